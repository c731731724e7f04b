package inspector

import (
	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// words are a message in words: what the library that made it says by it, and how it died. They are
// read once; a message never changes.
type words struct {
	read      bool
	narration backends.Narration
	fate      backends.LetterFate
}

// The lines that words take at most on a screen with room.
const (
	fateLines     = 3
	sentenceLines = 2
	factLines     = 2
)

// inWords are the lines between the facts and the headers. A low screen has the first of them only.
func (s *Screen) inWords(w, h int) []string {
	t := s.deps.Theme
	if !s.words.read {
		s.words = words{read: true, narration: s.deps.Narrate(s.msg), fate: s.deps.Fate(s.msg)}
	}
	var lines []string
	if line := s.words.narration.Line(); line != "" {
		lines = append(lines, t.Accent.Paint(ui.Clean(line)))
		var parts []string
		for _, f := range s.words.narration.Facts {
			parts = append(parts, t.Dim.Paint(ui.Clean(f.Name)+" ")+ui.Clean(string(f.Value)))
		}
		if len(parts) > 0 {
			lines = append(lines, views.Flow(t, w-1, factLines, parts...)...)
		}
	}
	for i, sentence := range s.words.fate.Words {
		if i == fateLines {
			break
		}
		for _, line := range ui.CleanText(sentence, max(w-1, 1), sentenceLines) {
			lines = append(lines, t.Warn.Paint(line))
		}
	}
	if h < roomy && len(lines) > 1 {
		lines = lines[:1]
	}
	for i, l := range lines {
		lines[i] = ui.Fit(" "+l, w)
	}
	return lines
}
