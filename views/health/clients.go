package health

import (
	"cmp"
	"net"
	"slices"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// grouping is by what clients are put together.
type grouping int

const (
	ungrouped grouping = iota
	byName
	byAddress
	byCommand
	groupings
)

// of is what a client is grouped under.
func (g grouping) of(c backends.ClientInfo) string {
	switch g {
	case byName:
		return cmp.Or(c.Name, "(no name)")
	case byAddress:
		host, _, err := net.SplitHostPort(c.Addr)
		if err != nil {
			return c.Addr
		}
		return host
	case byCommand:
		return c.Command
	case ungrouped, groupings:
	}
	return ""
}

func (g grouping) title() string {
	return map[grouping]string{byName: "NAME", byAddress: "ADDRESS", byCommand: "LAST COMMAND"}[g]
}

func (s *Screen) clientLines(w int) []string {
	return ofServers(s, s.clients.Last, w, func(l backends.ClientList, w int) []string {
		t := s.deps.Theme
		all := l.Clients
		if !s.ours {
			all = slices.DeleteFunc(slices.Clone(all), func(c backends.ClientInfo) bool { return c.Ours })
		}
		note := views.Things(l.Total, "client", "clients") + " " + views.Ago(l.At, s.now) + " ago, listed each 10s"
		if over := l.Total.Value - int64(len(l.Clients)); over > 0 {
			note += " · " + ui.Count(over) + " more are counted only"
		}
		if ours := len(l.Clients) - len(all); ours > 0 {
			note += " · " + ui.Count(int64(ours)) + " of bustop's own left out, o shows them"
		}
		lines := []string{" " + t.Dim.Paint(note)}
		if s.grouping != ungrouped {
			return append(lines, s.groups(all, w)...)
		}
		slices.SortStableFunc(all, func(a, b backends.ClientInfo) int {
			return cmp.Or(cmp.Compare(b.Output.Value, a.Output.Value), cmp.Compare(a.Idle.Value, b.Idle.Value), cmp.Compare(a.ID, b.ID))
		})
		var rows [][]string
		for _, c := range all {
			rows = append(rows, s.clientRow(c, w))
		}
		return append(lines, grid(t, w, clientHeads(w), rows)...)
	})
}

// roomy is from how many cells on a client has all its columns.
const roomy = 120

func clientHeads(w int) []head {
	heads := []head{{"NAME", 0, false}, {"ADDRESS", 21, false}, {"LAST COMMAND", 14, false}, {"IDLE", 6, true}, {"OUT", 9, true}, {"SUBS", 5, true}}
	if w >= roomy {
		heads = append(heads, head{"AGE", 6, true}, head{"MEMORY", 9, true}, head{"DB", 3, true}, head{"USER", 10, false}, head{"LIBRARY", 14, false})
	}
	return heads
}

func (s *Screen) clientRow(c backends.ClientInfo, w int) []string {
	t := s.deps.Theme
	command := ui.Clean(c.Command)
	if c.Blocked {
		command = t.Warn.Paint("⏸ ") + command
	}
	out := views.Bytes(c.Output)
	if c.Output.Value > 0 {
		out = t.Warn.Paint(out) // it does not read what it is sent
	}
	name := cmp.Or(c.Name, "–")
	if c.Ours {
		name = "bustop"
	}
	row := []string{ui.Clean(name), ui.Clean(c.Addr), command, views.Span(c.Idle), out, views.Count(c.Subscriptions)}
	if w >= roomy {
		row = append(row, views.Span(c.Age), views.Bytes(c.Memory), ui.Clean(c.Database), ui.Clean(c.User), ui.Clean(c.Library))
	}
	return row
}

// groups adds up clients that have something in common, the largest group first.
func (s *Screen) groups(all []backends.ClientInfo, w int) []string {
	type group struct {
		name           string
		n, blocked     int64
		output, memory int64
	}
	found := map[string]*group{}
	for _, c := range all {
		name := s.grouping.of(c)
		if found[name] == nil {
			found[name] = &group{name: name}
		}
		g := found[name]
		g.n++
		g.output, g.memory = g.output+c.Output.Value, g.memory+c.Memory.Value
		if c.Blocked {
			g.blocked++
		}
	}
	var list []*group
	for _, g := range found {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b *group) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.name, b.name)) })
	var rows [][]string
	for _, g := range list {
		rows = append(rows, []string{ui.Clean(g.name), ui.Count(g.n), ui.Count(g.blocked), ui.Bytes(g.output), ui.Bytes(g.memory)})
	}
	return grid(s.deps.Theme, w, []head{{s.grouping.title(), 0, false}, {"CLIENTS", 8, true}, {"BLOCKED", 8, true}, {"OUT", 10, true}, {"MEMORY", 10, true}}, rows)
}
