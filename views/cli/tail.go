package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bustop/backends"
)

// tailOptions say when a tail ends by itself.
type tailOptions struct {
	n       int // 0: no limit
	span    time.Duration
	confirm []string
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
				if err != nil {
					return err
				}
				all = append(all, wanted{source, target})
			}
			return a.tail(ctx, all, opt)
		})
	cmd.Flags().IntVarP(&opt.n, "number", "n", 0, "end after `N` messages")
	cmd.Flags().DurationVar(&opt.span, "for", 0, "end after this `DURATION`, for example 30s")
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
	case backends.KindStream, backends.KindChannel, backends.KindExchange:
		return nil
	case backends.KindQueue:
		return usage("%s: to follow a queue is to take its messages from their consumers; bustop peek looks at what waits, and tail exchange/NAME at what arrives", target)
	default:
		return usage("%s: there are no messages to follow; bustop get %s --match NAME shows it", target, plural(target.Kind))
	}
}

func (a *app) tail(ctx context.Context, all []wanted, opt tailOptions) error {
	sel, failed, err := a.reach(ctx)
	if err != nil {
		return err
	}
	defer sel.close()
	var parts []part
	for _, w := range all {
		o, err := a.locate(ctx, sel.sources, w.source, w.target)
		if err != nil {
			return err
		}
		parts = joinPart(parts, o)
	}
	f := a.flow(parts, opt)
	defer f.close()
	for _, p := range parts {
		t, err := a.openTail(ctx, p, opt.confirm)
		if err != nil {
			return err
		}
		f.add(p, t)
	}
	if err := f.follow(ctx, opt.span); err != nil {
		return err
	}
	if failed != 0 {
		return &failure{failed, nil}
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

func (a *app) openTail(ctx context.Context, p part, confirm []string) (*backends.Tail, error) {
	// The tail is ended by Close, after its last messages were printed.
	ctx = context.WithoutCancel(ctx)
	if p.targets[0].Kind == backends.KindStream {
		return p.source.Roles().Streams.TailStream(ctx, p.targets[0].Name)
	}
	channels := p.source.Roles().Channels
	var looks []backends.Look
	for _, target := range p.targets {
		plan, err := channels.PlanTap(ctx, target)
		if err != nil {
			return nil, err
		}
		agreed := ""
		if slices.Contains(confirm, target.Name) {
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
