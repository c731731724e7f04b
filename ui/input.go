package ui

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
)

const (
	maxPaste = 64 << 10 // bytes; the terminal library's parsing of longer pastes is slow already
	maxInput = 64 << 10 // characters that an Input holds
)

// An Input edits one line of text.
type Input struct {
	prompt string
	value  []rune
	cursor int    // index into value
	first  int    // index into value of the first character in sight
	debris string // the beginning of a mouse report that the next keys may complete
}

// NewInput returns an empty editor that shows prompt before the text.
func NewInput(prompt string) *Input { return &Input{prompt: prompt} }

// Value returns the text.
func (in *Input) Value() string { return string(in.value) }

// SetValue replaces the text and puts the cursor at its end.
func (in *Input) SetValue(s string) {
	in.value = typeable([]rune(s))
	in.cursor, in.first = len(in.value), 0
}

// Update handles a key and tells whether the text changed. Keys that edit nothing, such as enter, esc
// and tab, are the caller's.
func (in *Input) Update(msg tea.KeyMsg) (changed bool) {
	switch msg.Type {
	case tea.KeyRunes:
		return in.typed(msg)
	case tea.KeySpace:
		return !msg.Alt && in.insert([]rune{' '})
	case tea.KeyLeft, tea.KeyCtrlB:
		in.cursor = in.back(in.cursor)
	case tea.KeyRight, tea.KeyCtrlF:
		in.cursor = in.forth(in.cursor)
	case tea.KeyHome, tea.KeyCtrlA:
		in.cursor = 0
	case tea.KeyEnd, tea.KeyCtrlE:
		in.cursor = len(in.value)
	case tea.KeyBackspace:
		return in.remove(in.back(in.cursor), in.cursor)
	case tea.KeyDelete, tea.KeyCtrlD:
		return in.remove(in.cursor, in.forth(in.cursor))
	case tea.KeyCtrlW:
		return in.remove(in.wordStart(), in.cursor)
	case tea.KeyCtrlU:
		return in.remove(0, in.cursor)
	case tea.KeyCtrlK:
		return in.remove(in.cursor, len(in.value))
	default: // not an editing key
	}
	return false
}

func (in *Input) typed(msg tea.KeyMsg) bool {
	if msg.Paste {
		if len(string(msg.Runes)) > maxPaste {
			return false
		}
		return in.insert(typeable(msg.Runes))
	}
	runes := in.dropMouse(msg)
	if msg.Alt {
		return false
	}
	return in.insert(typeable(runes))
}

func (in *Input) insert(runes []rune) bool {
	if len(runes) == 0 || len(in.value)+len(runes) > maxInput {
		return false
	}
	in.value = slices.Insert(in.value, in.cursor, runes...)
	in.cursor += len(runes)
	return true
}

func (in *Input) remove(from, to int) bool {
	if from == to {
		return false
	}
	in.value = slices.Delete(in.value, from, to)
	in.cursor = from
	return true
}

// back and forth step over a character with its combining marks.
func (in *Input) back(i int) int {
	for i > 0 {
		i--
		if !unicode.IsMark(in.value[i]) {
			break
		}
	}
	return i
}

func (in *Input) forth(i int) int {
	if i < len(in.value) {
		i++
	}
	for i < len(in.value) && unicode.IsMark(in.value[i]) {
		i++
	}
	return i
}

func (in *Input) wordStart() int {
	i := in.cursor
	for i > 0 && in.value[i-1] == ' ' {
		i--
	}
	for i > 0 && in.value[i-1] != ' ' {
		i--
	}
	return i
}

// typeable keeps what a line of text may hold: line breaks and tabs become spaces, other control and
// format characters go.
func typeable(runes []rune) []rune {
	out := make([]rune, 0, len(runes))
	for _, r := range runes {
		switch {
		case r == '\n' || r == '\t':
			out = append(out, ' ')
		case unicode.IsPrint(r):
			out = append(out, r)
		}
	}
	return out
}

// An SGR mouse report is ESC [ < button ; column ; row M. When a read ends inside it, the terminal
// library hands the rest over as typed keys: alt+[ and then the digits.
var (
	mouseReport = regexp.MustCompile(`\[?<\d+;\d+;\d+[Mm]`)
	mouseStart  = regexp.MustCompile(`\[<[\d;]*$`)
	mouseRest   = regexp.MustCompile(`^\[?<?[\d;]*[Mm]?`)
)

// dropMouse returns what was typed less the debris of mouse reports.
func (in *Input) dropMouse(msg tea.KeyMsg) []rune {
	text := string(msg.Runes)
	if msg.Alt && text == "[" {
		in.debris = "["
		return nil
	}
	whole := in.debris + text
	if in.debris != "" {
		in.debris = ""
		rest := mouseRest.FindString(whole)
		if strings.HasPrefix(rest, "[<") {
			if rest == whole && !strings.HasSuffix(strings.ToLower(rest), "m") {
				in.debris = rest
				return nil
			}
			text = whole[len(rest):]
		}
	}
	if len(msg.Runes) == 1 {
		return []rune(text) // a person's key press
	}
	text = mouseReport.ReplaceAllString(text, "")
	if at := mouseStart.FindStringIndex(text); at != nil {
		in.debris = "[<" + strings.TrimLeft(text[at[0]:], "[<")
		text = text[:at[0]]
	}
	return []rune(text)
}

// Render draws prompt, text and cursor in exactly w cells. The part of the text around the cursor is in
// sight.
func (in *Input) Render(t *Theme, w int) string {
	if w <= 0 {
		return ""
	}
	prompt := ""
	if in.prompt != "" {
		prompt = t.Key.Paint(in.prompt)
	}
	room := w - Width(in.prompt)
	if room < 4 {
		prompt, room = "", w
	}
	in.scroll(room - 2) // a cell for the mark of a cut, one for the cursor behind the text
	var b strings.Builder
	b.WriteString(prompt)
	if in.first > 0 {
		b.WriteString(t.Dim.Paint(ellipsis))
	}
	b.WriteString(Clean(string(in.value[in.first:in.cursor])))
	end := in.forth(in.cursor)
	under := " "
	if end > in.cursor {
		under = Clean(string(in.value[in.cursor:end]))
	}
	b.WriteString(t.Selected.Paint(under))
	b.WriteString(Clean(string(in.value[end:min(end+room, len(in.value))])))
	return Fit(b.String(), w)
}

// scroll moves first so that the text from there to the cursor goes into room cells.
func (in *Input) scroll(room int) {
	in.first = min(in.first, in.cursor)
	if in.cursor-in.first > 4*room+64 {
		in.first = in.cursor - 4*room - 64
	}
	for in.first < in.cursor && Width(Clean(string(in.value[in.first:in.forth(in.cursor)]))) > max(room, 1) {
		in.first = in.forth(in.first)
	}
}
