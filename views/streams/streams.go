// Package streams is the pane of logs that are read by position: their groups, how far those
// lag behind, and the entries themselves as they come.
package streams

import (
	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

type item = views.Item[backends.Stream]

// New returns the Streams pane.
func New(d *views.Deps) *views.List[backends.Stream] {
	return views.NewList(d, views.ListSpec[backends.Stream]{
		Name:    "Streams",
		Columns: columns(d.Theme),
		Key:     func(s backends.Stream) string { return s.Name },
		Text:    func(s backends.Stream) string { return s.Name },
		Role: func(s backends.Source) views.Lister[backends.Stream] {
			if role := s.Roles().Streams; role != nil {
				return role.ListStreams
			}
			return nil
		},
		Open:   func(it item) tea.Cmd { d.Nav.Push(newDetail(d, it)); return nil },
		Rule:   ruleOf,
		Absent: "No open source has streams.",
	})
}

// Detail returns the screen of a stream.
func Detail(d *views.Deps, it views.Item[backends.Stream]) views.Screen { return newDetail(d, it) }

// ruleOf is how a stream was recognised.
func ruleOf(it item) views.Rule {
	return views.Rule{Role: it.Source.Roles().Streams, Profile: it.Value.Profile}
}

func columns(t *ui.Theme) []ui.Column[item] {
	count := func(title string, hide int, get func(backends.Stream) backends.Count) ui.Column[item] {
		return ui.Column[item]{
			Title: title, Width: 8, Right: true, Hide: hide,
			Cell: func(it item) string { return views.Count(get(it.Value)) },
			Less: func(a, b item) bool { return get(a.Value).Value < get(b.Value).Value },
		}
	}
	groups := count("GROUPS", 3, func(s backends.Stream) backends.Count {
		return backends.ExactCount(int64(len(s.Groups)))
	})
	groups.Width = 6
	lag := count("LAG", 0, worstLag)
	lag.Cell = func(it item) string { return lagText(t, worstLag(it.Value)) }
	return []ui.Column[item]{
		ui.Names(ui.Column[item]{Title: "NAME", Width: 16, Flex: 1, Most: 64}, func(it item) string { return it.Value.Name }),
		count("LENGTH", 0, func(s backends.Stream) backends.Count { return s.Length }),
		{
			Title: "IN", Width: 8, Right: true, Hide: 4,
			Cell: func(it item) string { return views.Rate(it.Value.InRate) },
			Less: func(a, b item) bool { return a.Value.InRate.Value < b.Value.InRate.Value },
		},
		groups,
		lag,
		{
			Title: "BEHIND", Width: 7, Right: true, Hide: 5,
			Cell: func(it item) string { return views.Span(worstWait(it.Value)) },
			Less: func(a, b item) bool { return worstWait(a.Value).Value < worstWait(b.Value).Value },
		},
		count("PENDING", 2, pendingOf),
		{
			Title: "LAST", Width: 19, Hide: 6,
			Cell: func(it item) string { return t.Dim.Paint(lastText(it)) },
		},
	}
}

// worstLag is the lag of the group that is farthest behind, unknown when no group tells.
func worstLag(s backends.Stream) backends.Count {
	var worst backends.Count
	for _, g := range s.Groups {
		if g.Lag.Known() && (!worst.Known() || g.Lag.Value > worst.Value) {
			worst = g.Lag
		}
	}
	return worst
}

// worstWait is how long an entry has waited for the group that is farthest behind in time.
func worstWait(s backends.Stream) backends.Span {
	var worst backends.Span
	for _, g := range s.Groups {
		if g.LagTime.Known() && (!worst.Known() || g.LagTime.Value > worst.Value) {
			worst = g.LagTime
		}
	}
	return worst
}

// pendingOf is what all groups together have read and not acknowledged.
func pendingOf(s backends.Stream) backends.Count {
	var sum backends.Count
	for _, g := range s.Groups {
		if g.Pending.Known() {
			sum = backends.Count{Value: sum.Value + g.Pending.Value, Certainty: g.Pending.Certainty}
		}
	}
	return sum
}

// lagWarning is from how many entries on a lag is painted as a warning.
const lagWarning = 1000

func lagText(t *ui.Theme, lag backends.Count) string {
	text := views.Count(lag)
	if lag.Value >= lagWarning {
		return t.Warn.Paint(text)
	}
	return text
}

// lastText is when the newest entry was made; an earlier one's, where a newer one may have come since.
func lastText(it item) string {
	text := when(it.Value.LastTime, it.Value.LastID, it.At)
	if it.Value.EndsAt.IsZero() || text == views.Unknown {
		return text
	}
	return views.Mark(backends.AtLeast, text)
}
