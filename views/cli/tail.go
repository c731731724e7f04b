package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bustop/backends"
	"bustop/backends/spans"
)

// tailOptions say when a tail ends by itself.
type tailOptions struct {
	n       int // 0: no limit
	span    time.Duration
	confirm []string
	from    string // where streams are followed from, "" for their end
}

func (a *app) tailCommand() *cobra.Command {
	var opt tailOptions
	cmd := a.command("tail TARGET…", "Print messages as they come: of streams, channels, channel patterns and exchanges",
		cobra.MinimumNArgs(1), func(ctx context.Context, args []string) error {
			if opt.n < 0 || opt.span < 0 {
				return usage("-n and --for: expected something positive")
			}
			var all []wanted
			for _, arg := range args {
				source, target, err := parseTarget(arg)
				if err == nil {
					err = tailable(target)
				}
				if err == nil && opt.from != "" && target.Kind != backends.KindStream && target.Kind != backends.KindQueue {
					err = usage("--from %s: only streams are followed from a position", opt.from)
				}
				if err != nil {
					return err
				}
				all = append(all, wanted{source, target})
			}
			return a.tail(ctx, all, opt)
		})
	cmd.Flags().IntVarP(&opt.n, "number", "n", 0, "end after `N` messages")
	cmd.Flags().DurationVar(&opt.span, "for", 0, "end after this `DURATION`, for example 30s")
	cmd.Flags().StringVar(&opt.from, "from", "", "of a stream: begin at an `ID|TIME`: -5m, 14:03, 2026-11-23T10:00 (UTC), first")
	cmd.Flags().StringArrayVar(&opt.confirm, "confirm", nil, "agree to the effects of looking into an object, by its `NAME`; may be given for several")
	complete := completeTargets(backends.KindStream, backends.KindChannel, backends.KindExchange)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return complete(cmd, nil, begun) // for each of several
	}
	return cmd
}

// wanted is a target as it was asked for: the source may be left out.
type wanted struct {
	source string
	target backends.Target
}

// tailable says what to do instead where nothing flows.
func tailable(target backends.Target) error {
	switch target.Kind {
	case backends.KindStream, backends.KindChannel, backends.KindExchange, backends.KindQueue:
		return nil
	default:
		return usage("%s: there are no messages to follow; bustop get %s --match NAME shows it", target, plural(target.Kind))
	}
}

// tail follows targets. Its span ends when messages can come. The first spans of what comes are parts of its
// trace, what comes after that makes traces of its own for as long as it takes.
func (a *app) tail(ctx context.Context, all []wanted, opt tailOptions) error {
	var sel selection
	defer func() { sel.close() }()
	f, failed := (*flow)(nil), 0
	name := verbOn("tail", targetsOf(all)...)
	err := a.working(ctx, name, func(ctx context.Context) (err error) {
		if sel, failed, err = a.reach(ctx); err != nil {
			return err
		}
		parts, err := a.partsOf(ctx, sel.sources, all, opt)
		if err != nil {
			return err
		}
		f = a.flow(parts, opt)
		return f.open(spans.Gather(ctx), parts, opt)
	})
	if f != nil {
		defer f.close()
	}
	if err == nil {
		err = f.follow(ctx, opt.span)
	}
	if err == nil && failed != 0 {
		err = &failure{failed, nil}
	}
	return err
}

func targetsOf(all []wanted) []backends.Target {
	list := make([]backends.Target, len(all))
	for i, w := range all {
		list[i] = w.target
	}
	return list
}

// partsOf finds what is to be followed.
func (a *app) partsOf(ctx context.Context, sources []backends.Source, all []wanted, opt tailOptions) ([]part, error) {
	var parts []part
	for _, w := range all {
		o, err := a.locate(ctx, sources, w.source, w.target)
		if err != nil {
			return nil, err
		}
		if o, err = followable(ctx, o); err != nil {
			return nil, err
		}
		if opt.from != "" && o.target.Kind != backends.KindStream {
			return nil, usage("--from %s: %s is no stream", opt.from, o.target)
		}
		parts = joinPart(parts, o)
	}
	return parts, nil
}

// open begins to follow every part.
func (f *flow) open(ctx context.Context, parts []part, opt tailOptions) error {
	for _, p := range parts {
		t, err := f.app.openTail(ctx, p, opt)
		if err != nil {
			return err
		}
		f.add(p, t)
	}
	return nil
}

// part are the targets of one source that one tail follows.
type part struct {
	source  backends.Source
	targets []backends.Target
}

// joinPart adds an object to the part whose tail can follow it too, or makes a part of it.
func joinPart(parts []part, o object) []part {
	_, mixes := o.source.Roles().Channels.(backends.ChannelMixer)
	for i, p := range parts {
		switch {
		case p.source != o.source:
		case slices.Contains(p.targets, o.target):
			return parts // named twice
		case mixes && o.target.Kind != backends.KindStream && p.targets[0].Kind != backends.KindStream:
			parts[i].targets = append(p.targets, o.target)
			return parts
		}
	}
	return append(parts, part{o.source, []backends.Target{o.target}})
}

func (p part) String() string {
	names := make([]string, len(p.targets))
	for i, t := range p.targets {
		names[i] = t.String()
	}
	return strings.Join(names, " ")
}

// followable finds what to follow of a queue: it may be a stream, and some servers show what others deliver.
func followable(ctx context.Context, o object) (object, error) {
	if o.target.Kind != backends.KindQueue {
		return o, nil
	}
	roles := o.source.Roles()
	if roles.Streams != nil {
		if _, err := roles.Streams.DescribeStream(ctx, o.target.Name); err == nil {
			o.target.Kind = backends.KindStream
			return o, nil
		}
	}
	if w, ok := roles.Channels.(backends.DeliveryWatcher); ok && w.WatchesDeliveries() {
		return o, nil
	}
	return o, usage("%s: to follow a queue is to take its messages from their consumers; bustop peek looks at what waits, and tail exchange/NAME at what arrives", o.target)
}

// tailStream follows a stream from its end or from where it was asked for.
func tailStream(ctx context.Context, p part, from string) (*backends.Tail, error) {
	role, target := p.source.Roles().Streams, p.targets[0]
	if from == "" {
		return role.TailStream(ctx, target.Name)
	}
	start, err := startOf(target, from)
	if err != nil {
		return nil, err
	}
	follower, ok := role.(backends.StreamFollower)
	if !ok {
		return nil, usage("--from %s: streams of %s are followed from their end; bustop peek --from reads them from anywhere", from, p.source.Identity().Name)
	}
	return follower.TailStreamFrom(ctx, target.Name, start)
}

func (a *app) openTail(ctx context.Context, p part, opt tailOptions) (*backends.Tail, error) {
	// The tail is ended by Close, after its last messages were printed.
	ctx = context.WithoutCancel(ctx)
	if p.targets[0].Kind == backends.KindStream {
		return tailStream(ctx, p, opt.from)
	}
	channels := p.source.Roles().Channels
	var looks []backends.Look
	for _, target := range p.targets {
		plan, err := channels.PlanTap(ctx, target)
		if err != nil {
			return nil, err
		}
		agreed := ""
		if slices.Contains(opt.confirm, target.Name) {
			agreed = target.Name
		}
		look, err := a.consent(plan, object{p.source, target}, agreed)
		if err != nil {
			return nil, err
		}
		looks = append(looks, look)
	}
	if len(looks) == 1 {
		return channels.Tap(ctx, looks[0])
	}
	return channels.(backends.ChannelMixer).TapAll(ctx, looks)
}
