package backends

import "context"

// Roles are what a source can show. A nil role is one that it does not have; a pane asks for
// the role it needs and never for the kind of server.
type Roles struct {
	Queues       Queues
	Streams      Streams
	Channels     Channels
	Locks        Locks
	Leaderboards Leaderboards
	Keys         Keys
	Health       Health
}

// Query says how much of a listing is wanted.
type Query struct {
	// Complete waits until everything was seen (a command); otherwise what is known by now is
	// returned at once (a pane).
	Complete bool
	// Offset and Limit select rows of the listing in the order of names; Limit 0 leaves the
	// size to the adapter.
	Offset, Limit int
	// Match keeps names that contain it; servers that can filter do it there.
	Match string
}

// Page is a part of a listing.
type Page[T any] struct {
	Items []T
	// Total is how many objects the whole listing has.
	Total Count
	// Seen of SeenOf keys have been looked at; both are 0 where nothing is walked.
	Seen, SeenOf int64
	// Notes say what is missing from this page and how to get it.
	Notes []string
}

// Queues lists queues and looks at messages at rest.
type Queues interface {
	ListQueues(ctx context.Context, q Query) (Page[Queue], error)
	// PlanPeek says what looking into a queue would do to it, without doing it.
	PlanPeek(ctx context.Context, name string) (Plan, error)
	// Peek carries out a plan. It checks the plan again and fails with ErrRefused when consent
	// is missing or the queue has changed since.
	Peek(ctx context.Context, look Look) ([]Message, error)
}

// Streams lists streams and reads them by position.
type Streams interface {
	ListStreams(ctx context.Context, q Query) (Page[Stream], error)
	// DescribeStream returns one stream with its groups and their consumers.
	DescribeStream(ctx context.Context, name string) (Stream, error)
	// ReadStream returns up to n messages. From is "first", "last" or a position of the
	// server; reading goes on from there towards newer messages, except for "last", which
	// returns the newest n, newest last.
	ReadStream(ctx context.Context, name, from string, n int) ([]Message, error)
	// TailStream follows a stream from its end. The tail ends when ctx does or by Close.
	TailStream(ctx context.Context, name string) (*Tail, error)
}

// Channels lists channels and watches messages in flight.
type Channels interface {
	ListChannels(ctx context.Context, q Query) (Page[Channel], error)
	// PlanTap says what watching would do to the routing, without doing it.
	PlanTap(ctx context.Context, target Target) (Plan, error)
	// Tap watches a channel pattern (KindChannel) or an exchange (KindExchange). The tail ends
	// when ctx does or by Close.
	Tap(ctx context.Context, look Look) (*Tail, error)
}

// Locks lists distributed locks.
type Locks interface {
	ListLocks(ctx context.Context, q Query) (Page[Lock], error)
}

// Leaderboards lists sets ordered by score.
type Leaderboards interface {
	ListLeaderboards(ctx context.Context, q Query) (Page[Leaderboard], error)
	// ReadLeaderboard returns up to n places from the given rank (1 is the highest score).
	ReadLeaderboard(ctx context.Context, name string, rank int64, n int) ([]Place, error)
}

// Keys lists a keyspace.
type Keys interface {
	ListKeys(ctx context.Context, q Query) (Page[Key], error)
}

// Health reads how the server itself is.
type Health interface {
	ReadHealth(ctx context.Context) (HealthReport, error)
}
