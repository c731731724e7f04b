package backends

import (
	"context"
	"time"
)

// Streams lists streams and reads them by position. A role may be a StreamPager and a PendingReader
// too.
type Streams interface {
	ListStreams(ctx context.Context, q Query) (Page[Stream], error)
	// DescribeStream returns one stream with its groups and their consumers.
	DescribeStream(ctx context.Context, name string) (Stream, error)
	// ReadStream returns up to n messages. From is "first", "last", a position of the server or a
	// time in the form of RFC 3339; reading goes on from there towards newer messages, except for
	// "last", which returns the newest n, newest last.
	ReadStream(ctx context.Context, name, from string, n int) ([]Message, error)
	// TailStream follows a stream from its end. The tail ends when ctx does or by Close.
	TailStream(ctx context.Context, name string) (*Tail, error)
}

// StreamPager reads streams backwards.
type StreamPager interface {
	// ReadStreamBefore returns up to n messages that are older than a position or a time, the newest
	// of them, newest last.
	ReadStreamBefore(ctx context.Context, name, before string, n int) ([]Message, error)
}

// PendingReader reads what groups have been given and not acknowledged.
type PendingReader interface {
	ReadPending(ctx context.Context, name string, look PendingLook) (PendingPage, error)
}

// PendingLook selects pending entries of a group.
type PendingLook struct {
	Group string
	// Consumer keeps the entries of one consumer, "" those of all.
	Consumer string
	// From is PendingPage.Next of the page before, "" for the oldest entries.
	From string
	N    int
}

// PendingPage is a page of pending entries, in the order of their positions.
type PendingPage struct {
	Entries []PendingEntry
	// Next goes on, "" at the end.
	Next string
	// LookedAt is when some of the payloads were looked for, where that was not with the rest: to look
	// again would have moved large entries. Zero where all is as new.
	LookedAt time.Time
}

// PendingEntry is an entry that was delivered and not acknowledged.
type PendingEntry struct {
	Position string
	Consumer string
	// Made is when the entry was, zero where its position tells no time. Idle is how long ago it was
	// last delivered, Deliveries how often.
	Made       time.Time
	Idle       Span
	Deliveries Count
	// Payload says whether the stream still has the entry: it may be trimmed or deleted while it is
	// pending, and whoever claims it then gets nothing.
	Payload Presence
}

// Presence says whether something is there.
type Presence uint8

// The presences; the zero value is unknown.
const (
	PresenceUnknown Presence = iota
	Present
	Gone
)

// Stream is a log that is read by position and keeps what was read.
type Stream struct {
	Name string
	// Type is "stream" for both servers; it leaves room for kinds that differ.
	Type            string
	Length          Count
	FirstID, LastID string
	// FirstTime and LastTime are when these entries were made, zero where ids tell no time.
	FirstTime, LastTime time.Time
	// EndsAt is when FirstID, LastID, their times and EntriesAdded were read, where that was not with the
	// rest: to tell them again would have moved large entries. Zero where they are as new as Length.
	EndsAt time.Time
	// EntriesAdded counts everything ever appended, trimmed entries included.
	EntriesAdded Count
	InRate       Rate
	Bytes        Count
	Groups       []Group
	// Library is whose envelopes the entries are, "" when nothing tells; Profile the rule that
	// recognised it, "" where that is no more than its type.
	Library, Profile string
}

// Group is a consumer group of a stream.
type Group struct {
	Name          string
	Consumers     []Consumer
	ConsumerCount Count
	Pending       Count
	// Lag is how many entries the group has not been given yet, LagTime how long the oldest of them
	// has waited.
	Lag             Count
	LagTime         Span
	LastDeliveredID string
	// EntriesRead is how many entries of the stream's count the group has been given.
	EntriesRead Count
	// OldestPending is the age of the entry that has waited longest for its acknowledgement.
	OldestPending Span
}

// Consumer is one reader in a Group.
type Consumer struct {
	Name    string
	Pending Count
	Idle    Span
}
