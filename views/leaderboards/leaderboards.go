// Package leaderboards is the pane of sets ordered by score: who leads, and, inside one, every rank
// page by page, who moved since the last look and since the screen was opened, who shares a rank, who
// is around a pinned member, and how the scores are spread.
package leaderboards

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

type item = views.Item[backends.Leaderboard]

// New returns the Leaderboards pane.
func New(d *views.Deps) *views.List[backends.Leaderboard] {
	return views.NewList(d, views.ListSpec[backends.Leaderboard]{
		Name:    "Leaderboards",
		Columns: columns(d.Theme),
		Key:     func(l backends.Leaderboard) string { return l.Name },
		Text:    func(l backends.Leaderboard) string { return l.Name },
		Role: func(s backends.Source) views.Lister[backends.Leaderboard] {
			if role := s.Roles().Leaderboards; role != nil {
				return role.ListLeaderboards
			}
			return nil
		},
		Open:   func(it item) tea.Cmd { d.Nav.Push(newBoard(d, it)); return nil },
		Rule:   ruleOf,
		Absent: "No open source has leaderboards.",
	})
}

// ruleOf is how a leaderboard was recognised.
func ruleOf(it item) views.Rule {
	return views.Rule{Role: it.Source.Roles().Leaderboards, Profile: it.Value.Profile}
}

func columns(t *ui.Theme) []ui.Column[item] {
	return []ui.Column[item]{
		{
			Title: "NAME", Width: 16, Flex: 1, Most: 48,
			Cell: func(it item) string { return ui.Clean(it.Value.Name) },
			Less: func(a, b item) bool { return a.Value.Name < b.Value.Name },
		},
		{
			Title: "MEMBERS", Width: 8, Right: true,
			Cell: func(it item) string { return views.Count(it.Value.Size) },
			Less: func(a, b item) bool { return a.Value.Size.Value < b.Value.Size.Value },
		},
		{Title: "KEPT BY", Width: 11, Hide: 4, Cell: func(it item) string { return t.Dim.Paint(ui.Clean(it.Value.Library)) }},
		{Title: "LEADING", Width: 40, Flex: 3, Cell: func(it item) string { return leading(t, it.Value) }},
	}
}

// leadersMax is how many leaders a row names.
const leadersMax = 3

func leading(t *ui.Theme, l backends.Leaderboard) string {
	var names []string
	for _, p := range l.Top[:min(len(l.Top), leadersMax)] {
		names = append(names, ui.Clean(p.Member)+t.Dim.Paint(" "+views.Score(p.Score)))
	}
	return strings.Join(names, t.Dim.Paint(" · "))
}
