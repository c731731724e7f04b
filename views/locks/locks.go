// Package locks is the pane of distributed locks: who holds one, how long it still lasts, who waits for it,
// and what has happened to it. The time left drains on screen between two readings.
package locks

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

type item = views.Item[backends.Lock]

// New returns the Locks pane.
func New(d *views.Deps) *Pane {
	p := &Pane{full: make(map[string]time.Duration), watches: newWatches(d), deps: d}
	p.List = views.NewList(d, views.ListSpec[backends.Lock]{
		Name:    "Locks",
		Columns: p.columns(d.Theme),
		Key:     func(l backends.Lock) string { return l.Name },
		Text:    func(l backends.Lock) string { return l.Name + " " + l.Holder + " " + l.Library + " " + l.Host },
		Role: func(s backends.Source) views.Lister[backends.Lock] {
			if role := s.Roles().Locks; role != nil {
				return role.ListLocks
			}
			return nil
		},
		Open:    func(it item) tea.Cmd { d.Nav.Push(newDetail(d, it, p.watches, p.sameName(it))); return nil },
		Rule:    ruleOf,
		Absent:  "No open source has locks.",
		Arrived: p.remember,
		Hint:    p.watches.hint,
	})
	return p
}

// ruleOf is how a lock was recognised.
func ruleOf(it item) views.Rule {
	return views.Rule{Role: it.Source.Roles().Locks, Profile: it.Value.Profile}
}

// Pane is the list of locks with what it remembers of them.
type Pane struct {
	*views.List[backends.Lock]
	deps *views.Deps
	// full is the longest time to live seen of each lock: the whole of its bar.
	full map[string]time.Duration
	// quorums are of names that are locked on several servers.
	quorums map[string]backends.LockQuorum
	rows    []item
	watches *watches
	drawn   int64 // quarter of a second of the last redraw
}

// Sync implements views.Screen: bars drain even when nothing new has come.
func (p *Pane) Sync(now time.Time) bool {
	p.watches.open()
	p.watches.show(p.rows, p.selectedFirst())
	changed := p.List.Sync(now)
	quarter := now.UnixMilli() / 250
	if quarter != p.drawn {
		p.drawn = quarter
		return true
	}
	return changed
}

// Close implements views.Screen.
func (p *Pane) Close() {
	p.List.Close()
	p.watches.close()
}

func (p *Pane) selectedFirst() *item {
	if it, ok := p.Selected(); ok {
		return &it
	}
	return nil
}

func keyOf(it item) string {
	id := it.Source.Identity()
	return id.Address + "\x00" + id.Namespace + "\x00" + it.Value.Name
}

func (p *Pane) remember(rows []item) {
	here := make(map[string]time.Duration, len(rows))
	for _, it := range rows {
		key := keyOf(it)
		here[key] = max(p.full[key], it.Value.TTL.Value)
	}
	p.full, p.rows = here, rows
	p.quorums = quorums(rows, lockServers(p.deps.Sources))
}

// lockServers are the sources that have locks, one for each server.
func lockServers(sources []backends.Source) (out []backends.Source) {
	seen := map[string]bool{}
	for _, s := range sources {
		if server := backends.ServerOf(s.Identity()); s.Roles().Locks != nil && !seen[server] {
			seen[server] = true
			out = append(out, s)
		}
	}
	return out
}

// quorums compares locks of one name on several servers.
func quorums(rows []item, servers []backends.Source) map[string]backends.LockQuorum {
	if len(servers) < 2 {
		return nil
	}
	names := make([]string, len(servers))
	for i, s := range servers {
		names[i] = backends.ServerOf(s.Identity())
	}
	held := make([]backends.LockSight, len(rows))
	for i, it := range rows {
		held[i] = backends.LockSight{Server: backends.ServerOf(it.Source.Identity()), At: it.At, Lock: it.Value, Held: true}
	}
	return backends.Quorums(held, names)
}

// sameName are the other servers on which a lock of this name may be, none when it is no lock of several.
func (p *Pane) sameName(it item) (others []backends.Source) {
	if _, ok := p.quorums[it.Value.Name]; !ok {
		return nil
	}
	for _, s := range lockServers(p.deps.Sources) {
		if backends.ServerOf(s.Identity()) != backends.ServerOf(it.Source.Identity()) {
			others = append(others, s)
		}
	}
	return others
}

// left is the time a lock still lasts, counted on from when it was read by the local clock,
// never below zero.
func (p *Pane) left(it item) time.Duration {
	if it.Stale {
		return it.Value.TTL.Value
	}
	return max(it.Value.TTL.Value-p.deps.Now().Sub(it.At), 0)
}

func (p *Pane) bar(t *ui.Theme, it item) string {
	full := p.full[keyOf(it)]
	if h, ok := p.watches.history(it.Source, it.Value.Name); ok {
		full = max(full, h.Longest)
	}
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
