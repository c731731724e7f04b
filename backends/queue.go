package backends

import (
	"context"
	"time"
)

// Queues lists queues and looks at messages at rest.
type Queues interface {
	ListQueues(ctx context.Context, q Query) (Page[Queue], error)
	// PlanPeek says what looking into a queue would do to it, without doing it.
	PlanPeek(ctx context.Context, name string) (Plan, error)
	// Peek carries out a plan. It checks the plan again and fails with ErrRefused when consent
	// is missing or the queue has changed since.
	Peek(ctx context.Context, look Look) ([]Message, error)
}

// BoundedPeeks is the ability of Queues to say what a look at no more than n messages would do, which is
// carried out by Peek as any other.
type BoundedPeeks interface {
	PlanPeekOf(ctx context.Context, name string, n int) (Plan, error)
}

// PlanPeekOf returns what a look at no more than n messages of a queue would do, as exactly as the source can tell.
func PlanPeekOf(ctx context.Context, queues Queues, name string, n int) (Plan, error) {
	if exact, ok := queues.(BoundedPeeks); ok {
		return exact.PlanPeekOf(ctx, name, n)
	}
	return queues.PlanPeek(ctx, name)
}

// Queue is a place where messages wait to be taken once.
type Queue struct {
	Name string
	// Type is the server's own word: "list" on Redis; "classic", "quorum" or "stream" on RabbitMQ.
	Type string
	// State is the server's word for a queue that is not simply running, "" otherwise.
	State string
	// Ready wait for a consumer, Unacked are with one; Total is both.
	Ready, Unacked, Total Count
	Consumers             Count
	// InRate and OutRate are messages a second. NetRate is the slope of Total, for servers
	// that do not count both sides.
	InRate, OutRate, NetRate Rate
	Bytes                    Count
	DeadLetterExchange       string
	Policy                   string
	// HeadTime is when the oldest message was published; zero when that is not known.
	HeadTime time.Time
	// Framework is the job library whose queue this is ("sidekiq", …), "" when none is recognised.
	Framework string
	// States counts the jobs of a framework by its own words: wait, active, delayed, …
	States []NamedCount
	// Profile names the rule by which the queue was recognised, "" where that is no more than its type.
	Profile string
	// Arguments are the queue's own settings, for display.
	Arguments []Field
}

// NamedCount is a count with the word it is known by.
type NamedCount struct {
	Name  string
	Count Count
}
