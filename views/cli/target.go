package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bustop/backends"
	"bustop/ui"
)

// parseTarget takes "kind/NAME" or "SOURCE:kind/NAME" apart. A source's name may hold colons and
// slashes, an object's name anything, so the kind is looked for from the left.
func parseTarget(arg string) (source string, target backends.Target, err error) {
	for i := 0; i <= len(arg); {
		for _, kind := range backends.TargetKinds() {
			name, found := strings.CutPrefix(arg[i:], string(kind)+"/")
			if !found {
				continue
			}
			if name == "" {
				return "", target, usage("%s: a name is missing after the slash", arg)
			}
			return strings.TrimSuffix(arg[:i], ":"), backends.Target{Kind: kind, Name: name}, nil
		}
		colon := strings.IndexByte(arg[i:], ':')
		if colon < 0 {
			break
		}
		i += colon + 1
	}
	return "", target, usage("%s: not a target; expected for example queue/NAME, stream/NAME, channel/PATTERN, exchange/NAME or leaderboard/NAME", arg)
}

// object is a target on its source.
type object struct {
	source backends.Source
	target backends.Target
}

// locate finds the source of a target among the live ones. When several could have it, those
// that know the object count.
func (a *app) locate(ctx context.Context, sources []backends.Source, name string, target backends.Target) (object, error) {
	able := slices.DeleteFunc(slices.Clone(sources), func(s backends.Source) bool {
		return !hasRole(s, target.Kind) || (name != "" && s.Identity().Name != name)
	})
	if len(able) == 0 {
		return object{}, a.noSource(sources, name, target)
	}
	if len(able) > 1 {
		able = slices.DeleteFunc(able, func(s backends.Source) bool { return absent(probeObject(ctx, s, target)) })
	}
	switch len(able) {
	case 0:
		return object{}, fmt.Errorf("%s: not found on any source", target)
	case 1:
		return spelled(ctx, able[0], target), nil
	}
	var choices []string
	for _, s := range able {
		choices = append(choices, s.Identity().Name+":"+target.String())
	}
	return object{}, usage("%s is on several sources; name one: %s", target, strings.Join(choices, "  "))
}

func (a *app) noSource(sources []backends.Source, name string, target backends.Target) error {
	var known []string
	for _, s := range sources {
		if s.Identity().Name == name {
			return usage("%s has no %s", name, plural(target.Kind))
		}
		known = append(known, s.Identity().Name)
	}
	if name != "" {
		return usage("no source %q; known: %s", name, strings.Join(known, ", "))
	}
	return usage("no source here has %s", plural(target.Kind))
}

func plural(kind backends.Kind) string {
	if kind == backends.KindHealth {
		return string(kind)
	}
	return string(kind) + "s"
}

func hasRole(s backends.Source, kind backends.Kind) bool {
	roles := s.Roles()
	switch kind {
	case backends.KindQueue:
		return roles.Queues != nil
	case backends.KindStream:
		return roles.Streams != nil
	case backends.KindChannel, backends.KindExchange:
		return roles.Channels != nil
	case backends.KindLock:
		return roles.Locks != nil
	case backends.KindLeaderboard:
		return roles.Leaderboards != nil
	case backends.KindKey:
		return roles.Keys != nil
	default:
		return false
	}
}

// probeObject asks a source about an object in the way that changes nothing.
func probeObject(ctx context.Context, s backends.Source, target backends.Target) error {
	var err error
	switch target.Kind {
	case backends.KindQueue:
		_, err = s.Roles().Queues.PlanPeek(ctx, target.Name)
	case backends.KindStream:
		_, err = s.Roles().Streams.DescribeStream(ctx, target.Name)
	case backends.KindChannel, backends.KindExchange:
		_, err = s.Roles().Channels.PlanTap(ctx, target)
	case backends.KindKey:
		if browser, ok := s.Roles().Keys.(backends.KeyBrowser); ok {
			_, err = browser.PlanOpen(ctx, target.Name)
		}
	case backends.KindLeaderboard:
		_, err = s.Roles().Leaderboards.ReadLeaderboard(ctx, target.Name, 1, 1)
	default:
	}
	return err
}

// absent reports whether an error says that a source does not have the object.
func absent(err error) bool {
	var e *backends.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Reason {
	case backends.NotFound, backends.Unsupported, backends.BadUsage:
		return true
	default:
		return false
	}
}

// spelled replaces a name as the tables print it, with escapes, by the exact bytes. Only names
// with a backslash can be meant so; for those the listing decides.
func spelled(ctx context.Context, s backends.Source, target backends.Target) object {
	o := object{s, target}
	if !strings.Contains(target.Name, `\`) {
		return o
	}
	names := namesOf(ctx, s, target.Kind)
	if slices.Contains(names, target.Name) {
		return o
	}
	for _, name := range names {
		if ui.CleanPlain(name) == target.Name {
			o.target.Name = name
			break
		}
	}
	return o
}

// namesOf lists the names of a kind; a listing that fails has none.
func namesOf(ctx context.Context, s backends.Source, kind backends.Kind) []string {
	q := backends.Query{Complete: true, Limit: everything}
	switch kind {
	case backends.KindQueue:
		page, _ := s.Roles().Queues.ListQueues(ctx, q)
		return names(page.Items, func(q backends.Queue) string { return q.Name })
	case backends.KindStream:
		page, _ := s.Roles().Streams.ListStreams(ctx, q)
		return names(page.Items, func(s backends.Stream) string { return s.Name })
	case backends.KindChannel, backends.KindExchange:
		page, _ := s.Roles().Channels.ListChannels(ctx, q)
		return names(page.Items, func(c backends.Channel) string { return c.Name })
	case backends.KindLeaderboard:
		page, _ := s.Roles().Leaderboards.ListLeaderboards(ctx, q)
		return names(page.Items, func(l backends.Leaderboard) string { return l.Name })
	default:
		return nil
	}
}

func names[T any](items []T, name func(T) string) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = name(item)
	}
	return out
}
