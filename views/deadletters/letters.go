package deadletters

import (
	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/messages"
)

// letters are the messages of a group.
type letters struct {
	*messages.Screen
	bench  *bench
	group  group
	marked *backends.Message
}

func newLetters(b *bench, g group) *letters {
	var history []backends.Message
	for _, l := range g.letters {
		history = append(append(history, l.msg), l.gaps...)
	}
	return &letters{
		bench: b, group: g, Screen: messages.New(b.deps, messages.Options{
			Title: "dead letters of " + nameOr(g.queue, "an unknown queue"), Source: b.item.Source.Identity().Name, History: history, Taken: b.read,
		}),
	}
}

// Render implements views.Screen: how the message under the marker died stands below the list.
func (s *letters) Render(w, h int) []string {
	t := s.bench.deps.Theme
	var words []string
	if m, ok := s.Selected(); ok {
		for _, sentence := range s.bench.fate(m).Words {
			for _, l := range ui.CleanText(sentence, max(w-2, 10), 2) {
				words = append(words, ui.Fit(" "+t.Warn.Paint(l), w))
			}
		}
	}
	if s.marked != nil {
		words = append(words, ui.Fit(" "+t.Accent.Paint("message "+ui.Clean(s.marked.Position)+" is marked; c on another compares them"), w))
	}
	words = words[:min(len(words), h/3)]
	return append(s.Screen.Render(w, h-len(words)), words...)
}

// compare marks a message, and a second one opens the comparison.
func (s *letters) compare() {
	m, ok := s.Selected()
	switch {
	case !ok:
	case s.marked == nil:
		s.marked = &m
	case s.marked.Position == m.Position:
		s.marked = nil
	default:
		s.bench.deps.Nav.Push(newCompare(s.bench.deps, *s.marked, m))
		s.marked = nil
	}
}

// Bindings implements views.Screen.
func (s *letters) Bindings() []ui.Binding {
	return append([]ui.Binding{
		{Keys: []string{"c"}, Help: "mark, and compare with the marked one", Hint: "compare", Category: "Dead letters", Do: views.Do(s.compare)},
		{
			Keys: []string{"o"}, Help: "open the queue where they were at first", Hint: "origin", Category: "Dead letters",
			Do: func() tea.Cmd { return s.bench.openQueue(s.group.queue) }, Disabled: func() string { return noOrigin(s.group.queue) },
		},
	}, s.Screen.Bindings()...)
}

func noOrigin(queue string) string {
	if queue == "" {
		return "nothing tells where it was at first"
	}
	return ""
}

func nameOr(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return ui.Clean(name)
}
