// Package channels is the pane of places that pass messages on and keep none: Redis channels
// and patterns, RabbitMQ exchanges. Opening a channel watches it, after the person has agreed to what
// watching does; opening an exchange shows where it leads.
package channels

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/topology"
)

type item = views.Item[backends.Channel]

// New returns the Channels pane.
func New(d *views.Deps) *views.List[backends.Channel] {
	var list *views.List[backends.Channel]
	marks := marked{}
	list = views.NewList(d, views.ListSpec[backends.Channel]{
		Name:    "Channels",
		Columns: columns(d.Theme, marks),
		Key:     func(c backends.Channel) string { return c.Type + "\x00" + c.Name },
		Called:  func(c backends.Channel) string { return c.Name },
		Text:    func(c backends.Channel) string { return c.Name + " " + c.Type + " " + c.Use },
		Role: func(s backends.Source) views.Lister[backends.Channel] {
			if role := s.Roles().Channels; role != nil {
				return role.ListChannels
			}
			return nil
		},
		Open: func(it item) tea.Cmd { return enter(d, marks, it) },
		More: []ui.Binding{
			{
				Keys: []string{"w"}, Help: "watch what passes", Hint: "tap", Category: "Here",
				Do: func() tea.Cmd {
					if it, ok := list.Selected(); ok {
						return watch(d, marks.with(it), it.Source)
					}
					return nil
				},
			},
			{
				Keys: []string{"p"}, Help: "watch channels or patterns", Hint: "watch", Category: "Here",
				Do: views.Do(func() { askPattern(d, list) }),
			},
			{
				Keys: []string{"x"}, Help: "mark, to watch several at once", Hint: "mark", Category: "Here",
				Do: views.Do(func() {
					if it, ok := list.Selected(); ok {
						marks.toggle(it)
					}
				}),
			},
			topology.Binding(d, func() (backends.Source, backends.Target, bool) {
				it, ok := list.Selected()
				return it.Source, backends.Target{}, ok // all of it: Enter shows it around one
			}),
		},
		Hint:   hint,
		Absent: "No open source has channels.",
	})
	return list
}

// enter shows an exchange with the ways to and from it, and watches what has none to show or was marked
// for that.
func enter(d *views.Deps, marks marked, it item) tea.Cmd {
	if target(it).Kind == backends.KindExchange && len(marks[it.Source]) == 0 && topology.Router(it.Source) != nil {
		d.Nav.Push(topology.New(d, it.Source, target(it)))
		return nil
	}
	return watch(d, marks.with(it), it.Source)
}

func columns(t *ui.Theme, marks marked) []ui.Column[item] {
	return []ui.Column[item]{
		{
			Title: "NAME", Width: 16, Flex: 1, Most: 48,
			CellIn: func(it item, w int) string {
				if marks.has(it) {
					return t.Accent.Paint("▪ ") + ui.Middle(ui.Clean(it.Value.Name), w-2)
				}
				return ui.Middle(ui.Clean(it.Value.Name), w)
			},
			Less: func(a, b item) bool { return a.Value.Name < b.Value.Name },
		},
		{
			Title: "TYPE", Width: 9,
			Cell: func(it item) string { return t.Dim.Paint(ui.Clean(it.Value.Type)) },
			Less: func(a, b item) bool { return a.Value.Type < b.Value.Type },
		},
		{
			Title: "LISTENERS", Width: 9, Right: true,
			Cell: func(it item) string { return views.Count(listeners(it.Value)) },
			Less: func(a, b item) bool { return listeners(a.Value).Value < listeners(b.Value).Value },
		},
		{
			Title: "IN", Width: 8, Right: true, Hide: 3,
			Cell: func(it item) string { return views.Rate(it.Value.InRate) },
			Less: func(a, b item) bool { return a.Value.InRate.Value < b.Value.InRate.Value },
		},
		{
			Title: "BYTES/S", Width: 9, Right: true, Hide: 7,
			Cell: func(it item) string { return byteRate(it.Value.ByteRate) },
			Less: func(a, b item) bool { return a.Value.ByteRate.Value < b.Value.ByteRate.Value },
		},
		{
			Title: "OUT", Width: 8, Right: true, Hide: 4,
			Cell: func(it item) string { return views.Rate(it.Value.OutRate) },
			Less: func(a, b item) bool { return a.Value.OutRate.Value < b.Value.OutRate.Value },
		},
		{
			Title: "LEADS TO, IS FOR", Width: 16, Flex: 1, Hide: 6,
			Cell: func(it item) string { return t.Dim.Paint(ui.Clean(purpose(it.Value))) },
		},
	}
}

// hint says why channels have no rate: a server that keeps no count of what it passes on tells of it only
// whom it passes it on to.
func hint(rows []item) string {
	unheard := slices.ContainsFunc(rows, func(it item) bool {
		return target(it).Kind == backends.KindChannel && !it.Value.InRate.Known()
	})
	if !unheard {
		return ""
	}
	return "IN –: Redis keeps no count; it is known while you watch (enter, x, p)"
}

// listeners are subscribers where the server counts them, bindings elsewhere.
func listeners(c backends.Channel) backends.Count {
	if c.Subscribers.Known() {
		return c.Subscribers
	}
	return backends.ExactCount(int64(len(c.Bindings)))
}

// byteRate is a flow of payloads.
func byteRate(r backends.Rate) string {
	if !r.Known() {
		return views.Unknown
	}
	return views.Mark(r.Certainty, ui.Bytes(int64(r.Value)))
}

// purpose is where an exchange leads to, or what a channel is for.
func purpose(c backends.Channel) string {
	if c.Use != "" {
		return c.Use
	}
	return leads(c)
}

// leadsMax bounds the destinations named in a row.
const leadsMax = 6

func leads(c backends.Channel) string {
	var to []string
	for _, b := range c.Bindings {
		if len(to) == leadsMax {
			to = append(to, "…")
			break
		}
		text := b.Destination.Name
		if b.RoutingKey != "" {
			text += " [" + b.RoutingKey + "]"
		}
		to = append(to, text)
	}
	return strings.Join(to, ", ")
}

// target says whether a row is a channel or an exchange: only channels have subscribers.
func target(it item) backends.Target {
	kind := backends.KindExchange
	switch it.Value.Type {
	case "channel", "pattern", "shard":
		kind = backends.KindChannel
	}
	return backends.Target{Kind: kind, Name: it.Value.Name}
}

// askPattern lets the person name what to watch: nothing is ever subscribed to unasked.
func askPattern(d *views.Deps, list *views.List[backends.Channel]) {
	sources := patternSources(d, list)
	if len(sources) == 0 {
		d.Nav.Toast("no open source has channels")
		return
	}
	d.Nav.Prompt("Watch", "channels or patterns such as price.*, several with blanks between", "", func(names string) tea.Cmd {
		var targets []backends.Target
		for _, name := range strings.Fields(names) {
			targets = append(targets, backends.Target{Kind: backends.KindChannel, Name: name})
		}
		if len(targets) == 0 {
			return nil
		}
		return watch(d, targets, sources...)
	})
}

// patternSources are the sources to ask, the one of the selected row first.
func patternSources(d *views.Deps, list *views.List[backends.Channel]) []backends.Source {
	var sources []backends.Source
	if it, ok := list.Selected(); ok {
		sources = append(sources, it.Source)
	}
	for _, s := range d.Sources {
		if s.Roles().Channels != nil && !slices.Contains(sources, s) {
			sources = append(sources, s)
		}
	}
	return sources
}
