package app

import (
	"context"
	"net"
	"slices"
	"strings"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/inspector"
	"bustop/views/keys"
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
	key     string
}

// OpenTarget implements views.Nav.
func (m *model) OpenTarget(target views.SpanTarget) {
	sources := suited(m.deps.Sources, target)
	if len(target.Names) == 0 || len(sources) == 0 {
		m.Toast("no open source is the " + ui.CleanPlain(strings.TrimSpace(target.System+" "+target.Address)) + " of this span")
		return
	}
	if held, ok := m.held(sources, target); ok {
		m.Push(inspector.New(m.deps, held))
		return
	}
	m.Run(views.Work(m.deps, "find "+ui.CleanPlain(target.Names[0]),
		func(ctx context.Context) (*place, error) { return locate(ctx, sources, target) },
		func(p *place, err error) {
			switch {
			case err != nil:
				m.Toast(views.ErrorText(err))
			case p == nil:
				m.Toast(missing(target))
			default:
				m.openPlace(p, target)
			}
		}))
}

// missing says that nothing is called as a span says.
func missing(target views.SpanTarget) string {
	names := ui.CleanPlain(strings.Join(target.Names, " or "))
	if target.Key {
		return "the key " + names + " is not there any more"
	}
	return "no queue, stream, channel or key of the open sources is called " + names
}

// held is the message that a span names among those that any screen holds: copies that were looked at, a tap's.
func (m *model) held(sources []backends.Source, target views.SpanTarget) (backends.Message, bool) {
	if target.Message == "" {
		return backends.Message{}, false
	}
	wanted := func(msg backends.Message) bool {
		return slices.ContainsFunc(sources, func(s backends.Source) bool { return s.Identity().Name == msg.Source }) && isMessage(msg, target)
	}
	for _, tab := range m.tabs {
		for _, screen := range slices.Backward(tab.stack) {
			if holder, ok := screen.(views.Holder); ok {
				if msg, found := holder.Held(wanted); found {
					return msg, true
				}
			}
		}
	}
	return backends.Message{}, false
}

// isMessage reports whether a message has the id that a span names: in RabbitMQ the property that its publisher
// set, in a stream the id of the entry.
func isMessage(msg backends.Message, target views.SpanTarget) bool {
	if msg.Target.Kind == backends.KindStream && msg.Position == target.Message {
		return slices.Contains(target.Names, msg.Target.Name)
	}
	return slices.ContainsFunc(msg.Headers, func(h backends.Field) bool {
		return h.Name == "message-id" && string(h.Value) == target.Message
	})
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

// locate looks for the names in turn: as a stream, a queue, a channel or exchange, at last as a key. What is said
// to be a key is looked for as nothing else: that is one command, however many keys there are.
func locate(ctx context.Context, sources []backends.Source, target views.SpanTarget) (*place, error) {
	if target.Key {
		return locateKey(ctx, sources, target.Names)
	}
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
	return locateKey(ctx, sources, target.Names)
}

// locateKey looks for the names as those of keys.
func locateKey(ctx context.Context, sources []backends.Source, names []string) (*place, error) {
	for _, name := range names {
		for _, s := range sources {
			browser, ok := s.Roles().Keys.(backends.KeyBrowser)
			if !ok {
				continue
			}
			_, err := browser.PlanOpen(ctx, name)
			if err == nil {
				return &place{source: s, key: name}, nil
			}
			if backends.ReasonOf(err) != backends.NotFound {
				return nil, err
			}
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
	case p.key != "":
		m.Push(keys.Open(m.deps, p.source, p.key))
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
		m.Toast("message " + ui.CleanPlain(target.Message) + " was sent here; it is not among the messages looked at so far, and may have been taken since")
	}
}
