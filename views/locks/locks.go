// Package locks is the pane of distributed locks: who holds one, and how long it still lasts.
// The time left drains on screen between two readings.
package locks

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

type item = views.Item[backends.Lock]

// New returns the Locks pane.
func New(d *views.Deps) *Pane {
	p := &Pane{full: make(map[string]time.Duration), deps: d}
	p.List = views.NewList(d, views.ListSpec[backends.Lock]{
		Name:    "Locks",
		Columns: p.columns(d.Theme),
		Key:     func(l backends.Lock) string { return l.Name },
		Text:    func(l backends.Lock) string { return l.Name + " " + l.Holder + " " + l.Library },
		Role: func(s backends.Source) views.Lister[backends.Lock] {
			if role := s.Roles().Locks; role != nil {
				return role.ListLocks
			}
			return nil
		},
		Open:    func(it item) tea.Cmd { d.Nav.Push(newDetail(d, it)); return nil },
		Absent:  "No open source has locks.",
		Arrived: p.remember,
	})
	return p
}

// Pane is the list of locks with what it remembers of them.
type Pane struct {
	*views.List[backends.Lock]
	deps *views.Deps
	// full is the longest time to live seen of each lock: the whole of its bar.
	full  map[string]time.Duration
	drawn int64 // quarter of a second of the last redraw
}

// Sync implements views.Screen: bars drain even when nothing new has come.
func (p *Pane) Sync(now time.Time) bool {
	changed := p.List.Sync(now)
	quarter := now.UnixMilli() / 250
	if quarter != p.drawn {
		p.drawn = quarter
		return true
	}
	return changed
}

func (p *Pane) remember(rows []item) {
	here := make(map[string]time.Duration, len(rows))
	for _, it := range rows {
		key := it.Source.Identity().Address + "\x00" + it.Value.Name
		here[key] = max(p.full[key], it.Value.TTL.Value)
	}
	p.full = here
}

// left is the time a lock still lasts, counted on from when it was read by the local clock,
// never below zero.
func (p *Pane) left(it item) time.Duration {
	if it.Stale {
		return it.Value.TTL.Value
	}
	return max(it.Value.TTL.Value-p.deps.Now().Sub(it.At), 0)
}

func (p *Pane) columns(t *ui.Theme) []ui.Column[item] {
	return []ui.Column[item]{
		{
			Title: "NAME", Width: 16, Flex: 2, Most: 56,
			Cell: func(it item) string { return ui.Clean(it.Value.Name) },
			Less: func(a, b item) bool { return a.Value.Name < b.Value.Name },
		},
		{
			Title: "HOLDER", Width: 14, Flex: 1, Most: 56,
			Cell: func(it item) string { return ui.Clean(it.Value.Holder) },
			Less: func(a, b item) bool { return a.Value.Holder < b.Value.Holder },
		},
		{
			Title: "LEFT", Width: 7, Right: true,
			Cell: func(it item) string { return leftText(t, it.Value, p.left(it)) },
			Less: func(a, b item) bool { return lasts(a.Value) < lasts(b.Value) },
		},
		{Title: "", Width: 12, Hide: 3, Cell: func(it item) string { return p.bar(t, it) }},
		{
			Title: "LIBRARY", Width: 13, Hide: 4,
			Cell: func(it item) string { return t.Dim.Paint(library(it.Value)) },
			Less: func(a, b item) bool { return a.Value.Library < b.Value.Library },
		},
		{
			Title: "×", Width: 3, Right: true, Hide: 6,
			Cell: func(it item) string { return views.Count(it.Value.Reentrancy) },
		},
		{
			Title: "WAIT", Width: 4, Right: true, Hide: 7,
			Cell: func(it item) string { return views.Count(it.Value.Waiters) },
		},
	}
}

// lasts orders locks by the time they have left, those without end last.
func lasts(l backends.Lock) time.Duration {
	if l.NoExpiry {
		return 1<<63 - 1
	}
	return l.TTL.Value
}

func leftText(t *ui.Theme, l backends.Lock, left time.Duration) string {
	switch {
	case l.NoExpiry:
		return t.Bad.Paint("no end")
	case !l.TTL.Known():
		return views.Span(l.TTL)
	case left == 0:
		return t.Dim.Paint("over")
	case left < 10*time.Second:
		return fmt.Sprintf("%.1fs", left.Seconds())
	}
	return ui.Age(left)
}

func (p *Pane) bar(t *ui.Theme, it item) string {
	full := p.full[it.Source.Identity().Address+"\x00"+it.Value.Name]
	if it.Value.NoExpiry || full <= 0 {
		return ""
	}
	share := float64(p.left(it)) / float64(full)
	style := t.Good
	if share < 0.25 {
		style = t.Warn
	}
	return style.Paint(ui.Bar(share, 12))
}

// library is what a lock was recognised as; a guess says so.
func library(l backends.Lock) string {
	if l.Library == "" {
		return fmt.Sprintf("probable %.1f", l.Confidence)
	}
	return ui.Clean(l.Library)
}
