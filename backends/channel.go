package backends

import "context"

// Channels lists channels and watches messages in flight.
type Channels interface {
	ListChannels(ctx context.Context, q Query) (Page[Channel], error)
	// PlanTap says what watching would do to the routing, without doing it.
	PlanTap(ctx context.Context, target Target) (Plan, error)
	// Tap watches a channel pattern (KindChannel) or an exchange (KindExchange). The tail ends
	// when ctx does or by Close.
	Tap(ctx context.Context, look Look) (*Tail, error)
}

// Channel is a place that passes messages on and keeps none: a Redis channel or pattern, a
// RabbitMQ exchange.
type Channel struct {
	Name string
	// Type is channel, shard or pattern on Redis; direct, topic, fanout, headers, … on RabbitMQ.
	Type        string
	Subscribers Count
	Bindings    []Binding
	InRate      Rate
	OutRate     Rate
	// Alternate is the exchange that gets what no binding matches, "" when there is none.
	Alternate string
	Flags     []string
}

// Binding leads from an exchange to a queue or another exchange.
type Binding struct {
	Destination Target
	RoutingKey  string
	Arguments   []Field
}
