package channels

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/messages"
)

// marked are the rows to be watched together.
type marked map[backends.Source][]backends.Target

func (m marked) has(it item) bool {
	for _, t := range m[it.Source] {
		if t == target(it) {
			return true
		}
	}
	return false
}

func (m marked) toggle(it item) {
	var rest []backends.Target
	for _, t := range m[it.Source] {
		if t != target(it) {
			rest = append(rest, t)
		}
	}
	if len(rest) == len(m[it.Source]) {
		rest = append(rest, target(it))
	}
	m[it.Source] = rest
}

// with are the marked rows of a row's source and the row itself, or the row alone.
func (m marked) with(it item) []backends.Target {
	out := append([]backends.Target(nil), m[it.Source]...)
	if !m.has(it) {
		out = append(out, target(it))
	}
	return out
}

// planned are plans with the source that made them.
type planned struct {
	plans  []backends.Plan
	source backends.Source
}

// joint is one plan for all: the strictest consent, and every effect once.
func (p planned) joint() backends.Plan {
	sum := p.plans[0]
	var names []string
	sum.Effects = nil
	for _, one := range p.plans {
		names = append(names, one.Target.Name)
		sum.Consent = min(sum.Consent, one.Consent)
		for _, effect := range one.Effects {
			if len(p.plans) > 1 {
				effect = one.Target.Name + ": " + effect
			}
			sum.Effects = append(sum.Effects, effect)
		}
	}
	sum.Target.Name = strings.Join(names, " ")
	return sum
}

// looks are what the person agreed to, one by one.
func (p planned) looks(agreed backends.Look) (looks []backends.Look) {
	for _, one := range p.plans {
		look := agreed
		look.Target = one.Target
		if agreed.TypedName == p.joint().Target.Name {
			look.TypedName = one.Target.Name
		}
		looks = append(looks, look)
	}
	return looks
}

// watch plans a tap on the first of the sources that can tap such targets, asks where asking is due,
// and opens the flow.
func watch(d *views.Deps, targets []backends.Target, sources ...backends.Source) tea.Cmd {
	return views.Work(d, "plan tap "+ui.CleanPlain(targets[0].Name),
		func(ctx context.Context) (planned, error) { return plan(ctx, targets, sources) },
		func(p planned, err error) {
			if err != nil {
				d.Nav.Toast(views.ErrorText(err))
				return
			}
			d.Nav.Run(d.Nav.Ask(p.joint(), 0, func(look backends.Look) tea.Cmd { return open(d, p, look) }))
		})
}

// plan asks the sources in turn, until one has such targets or a person has to see why not. Redis has
// every channel, RabbitMQ only the exchanges that are declared.
func plan(ctx context.Context, targets []backends.Target, sources []backends.Source) (planned, error) {
	var first error
	for _, s := range sources {
		plans, err := plansOf(ctx, s, targets)
		if err == nil {
			return planned{plans, s}, nil
		}
		if first == nil {
			first = err
		}
	}
	return planned{}, first
}

func plansOf(ctx context.Context, s backends.Source, targets []backends.Target) (plans []backends.Plan, err error) {
	role := s.Roles().Channels
	if _, mixes := role.(backends.ChannelMixer); len(targets) > 1 && !mixes {
		return nil, &backends.Error{Reason: backends.Unsupported, Source: s.Identity().Address, What: "one at a time can be watched here"}
	}
	for _, t := range targets {
		one, err := role.PlanTap(ctx, t)
		if err != nil {
			return nil, err
		}
		plans = append(plans, one)
	}
	return plans, nil
}

func open(d *views.Deps, p planned, agreed backends.Look) tea.Cmd {
	looks, role := p.looks(agreed), p.source.Roles().Channels
	title := p.joint().Target
	watched := make([]string, len(looks))
	for i, look := range looks {
		watched[i] = look.Target.Name
	}
	return views.Work(d, "tap "+ui.CleanPlain(title.Name),
		func(ctx context.Context) (*backends.Tail, error) {
			ctx = context.WithoutCancel(ctx) // the tail outlives the work that opens it
			if len(looks) == 1 {
				return role.Tap(ctx, looks[0])
			}
			return role.(backends.ChannelMixer).TapAll(ctx, looks)
		},
		func(tail *backends.Tail, err error) {
			if err != nil {
				d.Nav.Toast(views.ErrorText(err))
				return
			}
			d.Nav.Push(messages.New(d, messages.Options{
				Title: ui.Clean(title.String()), Source: p.source.Identity().Name, Tail: tail, Colours: true, Watched: watched,
			}))
		})
}
