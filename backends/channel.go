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

// ChannelMixer is Channels that watch several targets as one flow, each with the consent that its own
// plan asks for. Messages say by Route which of them they came by.
type ChannelMixer interface {
	TapAll(ctx context.Context, looks []Look) (*Tail, error)
}

// Channel is a place that passes messages on and keeps none: a Redis channel or pattern, a
// RabbitMQ exchange.
type Channel struct {
	Name string
	// Type is channel, shard or pattern on Redis; direct, topic, fanout, headers, … on RabbitMQ.
	Type        string
	Subscribers Count
	Bindings    []Binding
	// InRate is messages a second, ByteRate the bytes of their payloads. On Redis, which counts
	// neither, they are exact for what a tap of ours hears and unknown for the rest.
	InRate   Rate
	ByteRate Rate
	OutRate  Rate
	// Heard says that a tap of ours hears what is published here.
	Heard bool
	// Use says what the channel is for, as far as its name tells: "Socket.IO adapter", "key events of
	// database 0: expired"; "" when it does not.
	Use string
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
