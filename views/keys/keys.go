// Package keys is the pane of the keyspace: first the forms that names have, as a keyspace may hold
// more keys than anybody can read; inside one its keys, page by page; inside a key its elements.
package keys

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

type item = views.Item[backends.KeyShape]

// New returns the Keys pane.
func New(d *views.Deps) *views.List[backends.KeyShape] {
	return views.NewList(d, views.ListSpec[backends.KeyShape]{
		Name: "Keys", Rows: "shapes", Columns: columns(d.Theme), Sort: 1, Desc: true,
		Key:  func(s backends.KeyShape) string { return s.Form },
		Text: func(s backends.KeyShape) string { return s.Form + " " + types(s) + " " + s.Profile },
		Role: func(s backends.Source) views.Lister[backends.KeyShape] {
			if role, ok := s.Roles().Keys.(backends.KeyBrowser); ok {
				return role.ListShapes
			}
			return nil
		},
		Open:   func(it item) tea.Cmd { d.Nav.Push(newShape(d, it)); return nil },
		Rule:   ruleOf,
		Absent: "No open source has keys.",
	})
}

// ruleOf is how a shape was recognised.
func ruleOf(it item) views.Rule {
	return views.Rule{Role: it.Source.Roles().Keys, Profile: it.Value.Profile}
}

func columns(t *ui.Theme) []ui.Column[item] {
	return []ui.Column[item]{
		{
			Title: "SHAPE", Width: 16, Flex: 3, Most: 56,
			Cell: func(it item) string { return form(t, it.Value.Form) },
			Less: func(a, b item) bool { return a.Value.Form < b.Value.Form },
		},
		{
			Title: "COUNT", Width: 8, Right: true,
			Cell: func(it item) string { return views.Count(it.Value.Count) },
			Less: func(a, b item) bool { return a.Value.Count.Value < b.Value.Count.Value },
		},
		{
			Title: "TYPE", Width: 10, Flex: 1, Most: 20,
			Cell: func(it item) string { return ui.Clean(types(it.Value)) },
			Less: func(a, b item) bool { return types(a.Value) < types(b.Value) },
		},
		{
			Title: "SIZE", Width: 9, Right: true, Hide: 1,
			Cell: func(it item) string { return views.Bytes(it.Value.Bytes) },
			Less: func(a, b item) bool { return a.Value.Bytes.Value < b.Value.Bytes.Value },
		},
		{
			Title: "TTL", Width: 14, Hide: 2,
			Cell: func(it item) string { return spread(t, it.Value) },
			Less: func(a, b item) bool { return a.Value.Longest.Value < b.Value.Longest.Value },
		},
		{
			Title: "WHAT", Width: 16, Flex: 2, Most: 32, Hide: 3,
			Cell: func(it item) string { return what(t, it.Value) },
			Less: func(a, b item) bool { return a.Value.Profile < b.Value.Profile },
		},
		{
			Title: "FOR EXAMPLE", Width: 28, Flex: 2, Most: 48, Hide: 4,
			Cell: func(it item) string { return t.Dim.Paint(ui.Clean(strings.Join(it.Value.Examples, "  "))) },
		},
	}
}

// form shows what varies in a form.
func form(t *ui.Theme, text string) string {
	clean := ui.Clean(text)
	for _, mark := range []string{"#", "*"} {
		clean = strings.ReplaceAll(clean, mark, t.Accent.Paint(mark))
	}
	return clean
}

// types are those of the keys looked at, the most frequent first named.
func types(s backends.KeyShape) string {
	names := make([]string, 0, len(s.Types))
	for _, n := range s.Types {
		names = append(names, n.Name)
	}
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}

// spread tells how long the keys looked at still live.
func spread(t *ui.Theme, s backends.KeyShape) string {
	text := ""
	switch {
	case s.Never+s.Expiring == 0:
		return "–"
	case s.Expiring == 0:
		return t.Dim.Paint("never")
	case s.Shortest == s.Longest:
		text = views.Span(s.Longest)
	default:
		text = views.Span(s.Shortest) + "–" + views.Span(s.Longest)
	}
	if s.Never > 0 {
		text += ", never"
	}
	return text
}

// what says what the keys are recognised as.
func what(t *ui.Theme, s backends.KeyShape) string {
	if s.Profile == "" {
		return "–"
	}
	text := ui.Clean(s.Profile)
	if s.Role != "" {
		text += " " + ui.Clean(s.Role)
	}
	if s.Use != "" && s.Use != "other" {
		text += t.Dim.Paint(" " + ui.Clean(s.Use))
	}
	return text
}
