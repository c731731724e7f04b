package rabbitmq

import (
	"context"

	"bustop/backends/rabbitmq/management"
	"bustop/backends/rabbitmq/routing"

	"bustop/backends"
)

// Route implements backends.Router: it reads what is declared now and follows the message by the rules of
// package routing.
func (s *source) Route(ctx context.Context, p backends.Posting) (backends.Route, error) {
	if p.Exchange == defaultExchange {
		p.Exchange = ""
	}
	var (
		d declared
		v management.Version
	)
	queues := map[string]bool{}
	err := s.manage(ctx, func(ctx context.Context) error {
		if p.Exchange == "" {
			return s.readAddressed(ctx, p, queues)
		}
		if err := s.readDeclared(ctx, &d, backends.Query{Complete: true}); err != nil {
			return err
		}
		v, _ = s.serverVersion(ctx) // one that is not known changes only how numbers in headers are compared
		return ctx.Err()
	})
	if err != nil {
		return backends.Route{}, err
	}
	net := network(d)
	net.Exact = v.AtLeast(3, 13)
	net.Queue = func(name string) bool { return queues[name] }
	route, ok := net.Route(p)
	if !ok {
		return route, &backends.Error{
			Reason: backends.NotFound, Source: s.address.shown, Object: p.Exchange,
			What: "there is no such exchange: the server would close the publisher's channel (404)",
		}
	}
	route.Notes = append(route.Notes, d.notes...)
	return route, nil
}

// maxAddressed bounds the queues that are looked up for a message to the default exchange.
const maxAddressed = 20

// readAddressed finds out which of the queues exist that a message to the default exchange names.
func (s *source) readAddressed(ctx context.Context, p backends.Posting, queues map[string]bool) error {
	for i, name := range routing.Keys(p) {
		if i == maxAddressed {
			return &backends.Error{Reason: backends.BadUsage, Source: s.address.shown, What: "a message with so many keys is not followed"}
		}
		if s.checkName(name) != nil {
			continue
		}
		var row management.Queue
		err := s.client.Get(ctx, management.To("/api/queues/{vhost}/{name}", s.address.vhost, name), nil, &row)
		if err != nil && backends.ReasonOf(err) != backends.NotFound {
			return err
		}
		queues[name] = err == nil
	}
	return nil
}

// network is what was read, as the rules of routing take it.
func network(d declared) routing.Network {
	net := routing.Network{Exchanges: map[string]routing.Exchange{}, Queue: func(string) bool { return true }}
	for _, row := range d.exchanges {
		x := routing.Exchange{Name: row.Name, Internal: bool(row.Internal)}
		x.Type, x.Delayed = row.Routing()
		x.Alternate, _ = row.Alternate(d.policies)
		for _, b := range d.bindings[row.Name] {
			x.Bindings = append(x.Bindings, routing.Binding{
				Binding: backends.Binding{Destination: b.Target(), RoutingKey: b.Key, Arguments: argumentFields(b.Arguments)},
				Table:   headerTable(b),
			})
		}
		net.Exchanges[row.Name] = x
	}
	return net
}

// headerTable are the arguments of a binding as values. A text that may stand for no type is taken for that:
// then a message is rather said to go where it may not than not to go where it does.
func headerTable(b management.Binding) map[string]any {
	out := make(map[string]any, len(b.Arguments))
	for name, value := range b.Arguments {
		if b.Unsure && value == management.VoidText {
			value = nil
		}
		out[name] = value
	}
	return out
}
