// Package channels is the pane of places that pass messages on and keep none: Redis channels
// and patterns, RabbitMQ exchanges. Opening one watches it, after the person has agreed to what
// watching does.
package channels

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/messages"
)

type item = views.Item[backends.Channel]

// New returns the Channels pane.
func New(d *views.Deps) *views.List[backends.Channel] {
	var list *views.List[backends.Channel]
	list = views.NewList(d, views.ListSpec[backends.Channel]{
		Name:    "Channels",
		Columns: columns(d.Theme),
		Key:     func(c backends.Channel) string { return c.Type + "\x00" + c.Name },
		Called:  func(c backends.Channel) string { return c.Name },
		Text:    func(c backends.Channel) string { return c.Name + " " + c.Type },
		Role: func(s backends.Source) views.Lister[backends.Channel] {
			if role := s.Roles().Channels; role != nil {
				return role.ListChannels
			}
			return nil
		},
		Open: func(it item) tea.Cmd { return watch(d, target(it), it.Source) },
		More: []ui.Binding{{
			Keys: []string{"p"}, Help: "watch a channel or pattern", Hint: "watch", Category: "Here",
			Do: views.Do(func() { askPattern(d, list) }),
		}},
		Absent: "No open source has channels.",
	})
	return list
}

func columns(t *ui.Theme) []ui.Column[item] {
	return []ui.Column[item]{
		{
			Title: "NAME", Width: 16, Flex: 1, Most: 48,
			Cell: func(it item) string { return ui.Clean(it.Value.Name) },
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
			Title: "OUT", Width: 8, Right: true, Hide: 4,
			Cell: func(it item) string { return views.Rate(it.Value.OutRate) },
			Less: func(a, b item) bool { return a.Value.OutRate.Value < b.Value.OutRate.Value },
		},
		{
			Title: "LEADS TO", Width: 12, Flex: 1, Hide: 6,
			Cell: func(it item) string { return t.Dim.Paint(ui.Clean(leads(it.Value))) },
		},
	}
}

// listeners are subscribers where the server counts them, bindings elsewhere.
func listeners(c backends.Channel) backends.Count {
	if c.Subscribers.Known() {
		return c.Subscribers
	}
	return backends.ExactCount(int64(len(c.Bindings)))
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
	d.Nav.Prompt("Watch", "a channel, or a pattern such as price.*", "", func(name string) tea.Cmd {
		if name == "" {
			return nil
		}
		return watch(d, backends.Target{Kind: backends.KindChannel, Name: name}, sources...)
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

// planned is a plan with the source that made it.
type planned struct {
	plan   backends.Plan
	source backends.Source
}

// watch plans a tap on the first of the sources that can tap such a target, asks where asking is
// due, and opens the flow.
func watch(d *views.Deps, target backends.Target, sources ...backends.Source) tea.Cmd {
	return views.Work(d, "plan tap "+ui.CleanPlain(target.Name),
		func(ctx context.Context) (planned, error) { return plan(ctx, target, sources) },
		func(p planned, err error) {
			if err != nil {
				d.Nav.Toast(views.ErrorText(err))
				return
			}
			d.Nav.Run(d.Nav.Ask(p.plan, 0, func(look backends.Look) tea.Cmd { return open(d, p.source, look) }))
		})
}

// plan asks the sources in turn, until one has such a target or a person has to see why not. Redis has
// every channel, RabbitMQ only the exchanges that are declared.
func plan(ctx context.Context, target backends.Target, sources []backends.Source) (planned, error) {
	var first error
	for _, s := range sources {
		plan, err := s.Roles().Channels.PlanTap(ctx, target)
		if err == nil {
			return planned{plan, s}, nil
		}
		if first == nil {
			first = err
		}
	}
	return planned{}, first
}

func open(d *views.Deps, source backends.Source, look backends.Look) tea.Cmd {
	return views.Work(d, "tap "+ui.CleanPlain(look.Target.Name),
		func(context.Context) (*backends.Tail, error) {
			return source.Roles().Channels.Tap(context.Background(), look)
		},
		func(tail *backends.Tail, err error) {
			if err != nil {
				d.Nav.Toast(views.ErrorText(err))
				return
			}
			d.Nav.Push(messages.New(d, messages.Options{
				Title: ui.Clean(look.Target.String()), Source: source.Identity().Name, Tail: tail,
			}))
		})
}
