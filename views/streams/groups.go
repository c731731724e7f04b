package streams

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// groups are at most limit lines: one for each group, its consumers behind it.
func (s *detail) groups(w, limit int) []string {
	t := s.deps.Theme
	if len(s.item.Value.Groups) == 0 {
		return []string{ui.Fit(t.Dim.Paint(" no consumer group"), w)}
	}
	cols := groupColumns(w)
	lines := []string{t.Header.Line("  "+cols.line("GROUP", "LAG", "BEHIND", "PENDING", "OLDEST", "GIVEN UP TO", "CONSUMERS (PENDING, IDLE)"), w)}
	for _, g := range s.item.Value.Groups {
		if len(lines) == limit {
			return append(lines, ui.Fit(t.Dim.Paint("  …"), w))
		}
		var consumers []string
		for _, c := range g.Consumers {
			consumers = append(consumers, ui.Clean(c.Name)+t.Dim.Paint(" ("+views.Count(c.Pending)+", "+views.Span(c.Idle)+")"))
		}
		if g.Consumers == nil {
			consumers = []string{views.Count(g.ConsumerCount)}
		}
		lines = append(lines, ui.Fit("  "+cols.line(
			ui.Clean(g.Name), lagText(t, g.Lag), views.Span(g.LagTime), views.Count(g.Pending), views.Span(g.OldestPending),
			t.Dim.Paint(ui.Clean(g.LastDeliveredID)), strings.Join(consumers, " "),
		), w))
	}
	return lines
}

// groupWidths are the widths of a group's columns; 0 leaves one out.
type groupWidths struct{ name, number, id int }

func groupColumns(w int) groupWidths {
	switch {
	case w >= 140:
		return groupWidths{24, 8, 20}
	case w >= 80:
		return groupWidths{14, 7, 0}
	}
	return groupWidths{10, 7, 0}
}

func (g groupWidths) line(name, lag, behind, pending, oldest, id, consumers string) string {
	parts := []string{ui.Fit(name, g.name)}
	for _, number := range []string{lag, behind, pending, oldest} {
		parts = append(parts, ui.FitLeft(number, g.number))
	}
	if g.id > 0 {
		parts = append(parts, "", ui.Fit(id, g.id))
	}
	return strings.Join(append(parts, "", consumers), " ")
}

// openPending opens what is pending in a group, chosen where there are several.
func (s *detail) openPending() tea.Cmd {
	groups := s.item.Value.Groups
	open := func(g backends.Group) { s.deps.Nav.Push(newPending(s.deps, s.item, g)) }
	if len(groups) == 1 {
		open(groups[0])
		return nil
	}
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = ui.Clean(g.Name) + "  " + views.Count(g.Pending) + " pending"
	}
	s.deps.Nav.Choose("Pending in", names, func(i int) tea.Cmd {
		open(groups[i])
		return nil
	})
	return nil
}

func (s *detail) needsGroup() string {
	if _, ok := s.item.Source.Roles().Streams.(backends.PendingReader); !ok {
		return "streams of this server have no groups"
	}
	if len(s.item.Value.Groups) == 0 {
		return "the stream has no group"
	}
	return ""
}
