package backends

import "context"

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

// Stream is a log that is read by position and keeps what was read.
type Stream struct {
	Name string
	// Type is "stream" for both servers; it leaves room for kinds that differ.
	Type            string
	Length          Count
	FirstID, LastID string
	// EntriesAdded counts everything ever appended, trimmed entries included.
	EntriesAdded Count
	InRate       Rate
	Bytes        Count
	Groups       []Group
}

// Group is a consumer group of a stream.
type Group struct {
	Name            string
	Consumers       []Consumer
	ConsumerCount   Count
	Pending         Count
	Lag             Count
	LastDeliveredID string
	// OldestPending is the age of the entry that has waited longest for its acknowledgement.
	OldestPending Span
}

// Consumer is one reader in a Group.
type Consumer struct {
	Name    string
	Pending Count
	Idle    Span
}
