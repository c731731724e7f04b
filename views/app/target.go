package app

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/inspector"
	"bustop/views/queues"
	"bustop/views/streams"
	"bustop/views/topology"
)

// namesakes is how many places whose names contain another one are listed to find it.
const namesakes = 100

// place is what a name of a span was found to be.
type place struct {
	source  backends.Source
	queue   *backends.Queue
	stream  *backends.Stream
	channel *backends.Channel
	message *backends.Message
}

// OpenTarget implements views.Nav.
func (m *model) OpenTarget(target views.SpanTarget) {
	sources := suited(m.deps.Sources, target)
	if len(target.Names) == 0 || len(sources) == 0 {
		m.Toast("no open source is the " + ui.CleanPlain(strings.TrimSpace(target.System+" "+target.Address)) + " of this span")
		return
	}
	m.Run(views.Work(m.deps, "find "+ui.CleanPlain(target.Names[0]),
		func(ctx context.Context) (*place, error) { return locate(ctx, sources, target) },
		func(p *place, err error) {
			switch {
			case err != nil:
				m.Toast(views.ErrorText(err))
			case p == nil:
				m.Toast(fmt.Sprintf("no queue, stream or channel of the open sources is called %s", ui.CleanPlain(strings.Join(target.Names, " or "))))
			default:
				m.openPlace(p, target)
			}
		}))
}

// suited are the sources that a span may mean: those of its system, and of them the one at its address
// where there is one. Addresses may differ by the network that they are seen from.
func suited(sources []backends.Source, target views.SpanTarget) []backends.Source {
	var kin, exact []backends.Source
	for _, s := range sources {
		id := s.Identity()
		if target.System != "" && id.Backend != strings.ToLower(target.System) {
			continue
		}
		kin = append(kin, s)
		if sameAddress(id.Address, target.Address) {
			exact = append(exact, s)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return kin
}

// sameAddress holds the address of a source, a URL or host:port, against host:port or a host.
func sameAddress(of, wanted string) bool {
	if wanted == "" {
		return false
	}
	if _, rest, ok := strings.Cut(of, "://"); ok {
		of = rest
	}
	of, _, _ = strings.Cut(of, "/")
	if of == wanted {
		return true
	}
	host, _, err := net.SplitHostPort(of)
	return err == nil && host == wanted
}

// locate looks for the names in turn: as a queue, a stream, a channel or exchange.
func locate(ctx context.Context, sources []backends.Source, target views.SpanTarget) (*place, error) {
	for _, name := range target.Names {
		for _, s := range sources {
			p, err := locateIn(ctx, s, name)
			if err != nil {
				return nil, err
			}
			if p == nil {
				continue
			}
			if p.stream != nil && target.Message != "" {
				p.message = messageAt(ctx, s, name, target.Message)
			}
			return p, nil
		}
	}
	return nil, nil
}

func locateIn(ctx context.Context, s backends.Source, name string) (*place, error) {
	q, roles := backends.Query{Match: name, Limit: namesakes, Complete: true}, s.Roles()
	if roles.Streams != nil {
		found, err := named(ctx, roles.Streams.ListStreams, q, func(v backends.Stream) string { return v.Name })
		if found != nil || err != nil {
			return &place{source: s, stream: found}, err
		}
	}
	if roles.Queues != nil {
		found, err := named(ctx, roles.Queues.ListQueues, q, func(v backends.Queue) string { return v.Name })
		if found != nil || err != nil {
			return &place{source: s, queue: found}, err
		}
	}
	if roles.Channels != nil {
		found, err := named(ctx, roles.Channels.ListChannels, q, func(v backends.Channel) string { return v.Name })
		if found != nil || err != nil {
			return &place{source: s, channel: found}, err
		}
	}
	return nil, nil
}

// named is the object of a listing that has exactly a name, nil when none has.
func named[T any](ctx context.Context, list views.Lister[T], q backends.Query, called func(T) string) (*T, error) {
	page, err := list(ctx, q)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(page.Items, func(v T) bool { return called(v) == q.Match })
	if i < 0 {
		return nil, nil
	}
	return &page.Items[i], nil
}

// messageAt is the entry of a stream with an id, nil when it is not there any more.
func messageAt(ctx context.Context, s backends.Source, stream, id string) *backends.Message {
	found, err := s.Roles().Streams.ReadStream(ctx, stream, id, 1)
	if err != nil || len(found) == 0 || found[0].Position != id {
		return nil
	}
	found[0].Source = s.Identity().Name
	return &found[0]
}

func (m *model) openPlace(p *place, target views.SpanTarget) {
	now := m.deps.Now()
	switch {
	case p.message != nil:
		m.Push(inspector.New(m.deps, *p.message))
		return
	case p.stream != nil:
		m.Push(streams.Detail(m.deps, views.Item[backends.Stream]{Source: p.source, At: now, Value: *p.stream}))
	case p.queue != nil:
		m.Push(queues.Detail(m.deps, views.Item[backends.Queue]{Source: p.source, At: now, Value: *p.queue}))
	case topology.Router(p.source) != nil:
		m.Push(topology.New(m.deps, p.source, backends.Target{Kind: backends.KindExchange, Name: p.channel.Name}))
	default:
		m.Toast("the channel " + ui.CleanPlain(p.channel.Name) + " keeps no messages; the Channels pane watches it")
	}
	if target.Message != "" {
		m.Toast("message " + ui.CleanPlain(target.Message) + " was sent here; it may have been taken since")
	}
}
