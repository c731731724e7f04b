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
		ui.Names(ui.Column[item]{Title: "NAME", Width: 22, Flex: 1, Most: 48}, func(it item) string { return it.Value.Name }),
		{
			Title: "MEMBERS", Width: 8, Right: true,
			Cell: func(it item) string { return views.Count(it.Value.Size) },
			Less: func(a, b item) bool { return a.Value.Size.Value < b.Value.Size.Value },
		},
		{Title: "KEPT BY", Width: 9, Hide: 4, Cell: func(it item) string { return t.Dim.Paint(ui.Clean(it.Value.Library)) }},
		{Title: "LEADING", Width: 32, Flex: 3, CellIn: func(it item, w int) string { return leading(t, it.Value, w) }},
	}
}

const (
	// leadersMax is how many leaders a row names, scoreRoom the cells of a score there.
	leadersMax = 3
	scoreRoom  = 12
)

// leading names those in front, as many as there is room for with their scores in full.
func leading(t *ui.Theme, l backends.Leaderboard, w int) string {
	const between = " · "
	var b strings.Builder
	for i, p := range l.Top[:min(len(l.Top), leadersMax)] {
		name, score := ui.Clean(p.Member), " "+views.LeanScore(p.Score, scoreRoom)
		room := w - ui.Width(score)
		if i > 0 {
			room -= ui.Width(between)
		}
		switch n := ui.Width(name); {
		case n > room && i > 0:
			return b.String()
		case n > room:
			name = ui.Fit(name, room)
		}
		if i > 0 {
			b.WriteString(t.Dim.Paint(between))
		}
		b.WriteString(name + t.Dim.Paint(score))
		w = room - ui.Width(name)
	}
	return b.String()
}
