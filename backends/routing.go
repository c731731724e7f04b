package backends

import "context"

// Router is Channels that know the ways of messages from exchanges to consumers. Nothing is sent to find
// one.
type Router interface {
	// ReadTopology returns what is declared and the ways between. Around names an exchange or a queue of
	// which all must be known even where there is too much to tell of everything; its zero value names none.
	ReadTopology(ctx context.Context, around Target) (Topology, error)
	// Route says where a message would go if it were published now.
	Route(ctx context.Context, p Posting) (Route, error)
}

// WayMeter is a Router whose server may count what passes on the ways themselves.
type WayMeter interface {
	// MeasureWays puts on a topology what the server counted on ways and of consumers, and who publishes.
	// It asks for no other places than those shown and the exchanges before them, and for a few of these
	// at each call, in turn. What was not counted stays as it was.
	MeasureWays(ctx context.Context, t Topology, shown []Target) Topology
}

// Way is the kind of a connection between two places.
type Way string

// The ways of messages.
const (
	// ByBinding is a binding of an exchange.
	ByBinding Way = "binding"
	// ByName is the default exchange's way to each queue by the queue's name (AMQP 0-9-1, 3.1.3.1).
	ByName Way = "name"
	// ByAlternate is the way of what no binding takes (https://www.rabbitmq.com/docs/ae).
	ByAlternate Way = "alternate"
	// ByDeath is the way of dead letters (https://www.rabbitmq.com/docs/dlx).
	ByDeath Way = "dead letters"
)

// Topology is what messages may pass through.
type Topology struct {
	Exchanges []Channel
	// Queues are those of all types, streams among them. One of which only bindings tell has a name
	// alone.
	Queues      []Queue
	Subscribers []Subscriber
	// Edges are the ways, in the order of where they come from and lead to. The default exchange's are
	// left out: it leads to every queue.
	Edges []Edge
	// Direct are the rates of the default exchange's ways by queue, where they were counted.
	Direct map[string]Rate
	// Publishers are those who publish to the exchanges that were measured.
	Publishers []Publisher
	Flaws      []Flaw
	// Notes say what is missing.
	Notes []string
}

// Edge is a way from one place to another, with all the bindings that make it.
type Edge struct {
	From, To Target
	Way      Way
	Bindings []Binding
	// Rate is messages a second over all bindings together. It is exact where the server counted it, and
	// otherwise inferred from the counts of places where they leave no other way.
	Rate Rate
	// Broken says that it leads to what does not exist.
	Broken bool
}

// Subscriber takes messages out of a queue.
type Subscriber struct {
	Queue, Tag string
	// Client is the address from which it connected, Channel the number of its channel there, 0 when that
	// is not known.
	Client, User string
	Channel      int64
	// Waiting says that another one gets the messages as long as it is there.
	Waiting bool
	// Rate is messages a second, unknown where the server counts those of all together.
	Rate Rate
}

// Publisher is a channel that publishes to an exchange.
type Publisher struct {
	Exchange string
	// Client is the address from which it connected.
	Client, User string
	Rate         Rate
}

// Flaw is a place where messages are lost or pile up.
type Flaw struct {
	Target   Target
	Severity Severity
	// Rule names what was found in a word or two, Text says why it matters in a sentence.
	Rule, Text string
}

// Posting is a message as far as its way depends on it.
type Posting struct {
	Exchange, Key string
	// Headers hold string, bool, int64, float64, nil or []string. CC and BCC are lists of further routing
	// keys (https://www.rabbitmq.com/docs/sender-selected).
	Headers map[string]any
}

// Route is the way of a message.
type Route struct {
	Posting Posting
	// Stops are the exchanges passed, each once; the first is the one that was published to.
	Stops []RouteStop
	// Queues are those reached, each once, in the order of their names.
	Queues []RouteEnd
	Fate   Fate
	// Notes say what else a publisher would meet.
	Notes []string
}

// Fate is what becomes of a message.
type Fate string

// The fates.
const (
	Delivered Fate = "delivered"
	Perhaps   Fate = "perhaps delivered"
	Dropped   Fate = "dropped"
)

// Choice is how an exchange picks among its bindings.
type Choice string

// The choices.
const (
	// ToAll gives a copy to every binding that matches.
	ToAll Choice = "all"
	// ToOne gives the message to one of the bindings, as hashing and random exchanges do.
	ToOne Choice = "one of"
	// ToUnknown is the choice of a type that is not known here.
	ToUnknown Choice = "unknown"
)

// RouteStop is an exchange that a message passes.
type RouteStop struct {
	Exchange, Type string
	Choice         Choice
	// Sure says that the message comes here whatever the unknown choices are.
	Sure bool
	// Bindings is how many there are.
	Bindings int
	Steps    []RouteStep
}

// RouteStep leads on from an exchange.
type RouteStep struct {
	To  Target
	Way Way
	// Bindings are those that match.
	Bindings []Binding
	Sure     bool
	// Again says that the message has been there before: it is not routed twice.
	Again bool
	// Missing says that there is no such exchange or queue.
	Missing bool
}

// RouteEnd is a queue that a message reaches.
type RouteEnd struct {
	Queue string
	Sure  bool
}
