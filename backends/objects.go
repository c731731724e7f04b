package backends

import "time"

// Kind names a sort of object with the words of the command line and of the JSON output.
type Kind string

// The kinds of objects.
const (
	KindQueue       Kind = "queue"
	KindStream      Kind = "stream"
	KindChannel     Kind = "channel"
	KindExchange    Kind = "exchange"
	KindLock        Kind = "lock"
	KindLeaderboard Kind = "leaderboard"
	KindKey         Kind = "key"
	KindHealth      Kind = "health"
)

// Target names one object of a source. Name holds the exact bytes the server uses, which need
// not be UTF-8.
type Target struct {
	Kind Kind
	Name string
}

// String returns the form of the command line, "queue/NAME".
func (t Target) String() string { return string(t.Kind) + "/" + t.Name }

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
	// Arguments are the queue's own settings, for display.
	Arguments []Field
}

// NamedCount is a count with the word it is known by.
type NamedCount struct {
	Name  string
	Count Count
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

// Lock is a key that one holder owns for a while.
type Lock struct {
	Name string
	// Holder is the token or owner as the server keeps it.
	Holder string
	// TTL is what was left of the lock when it was read; NoExpiry says that it never ends.
	TTL      Span
	NoExpiry bool
	// Library is the recognised lock library, "" when the lock is only probable.
	Library string
	// Confidence is 0 to 1: how sure it is that this key is a lock.
	Confidence float64
	// Reentrancy is how often the holder has entered.
	Reentrancy   Count
	FencingToken Count
	Waiters      Count
	// Mode is "read" or "write" for read/write locks.
	Mode string
}

// Leaderboard is a set of members ordered by score.
type Leaderboard struct {
	Name string
	Size Count
	Top  []Place
}

// Place is one row of a leaderboard; Rank 1 has the highest score.
type Place struct {
	Rank   int64
	Member string
	Score  float64
}

// Key is one entry of a keyspace.
type Key struct {
	Name     string
	Type     string
	TTL      Span
	NoExpiry bool
	// Length is the number of bytes of a string, of elements of everything else.
	Length   Count
	Bytes    Count
	Encoding string
}

// Severity grades an Alarm.
type Severity string

// The severities, mildest first.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Alarm is something the server itself complains of.
type Alarm struct {
	Severity Severity
	Text     string
}

// Fact is a line of a health report that has no field of its own.
type Fact struct {
	Group, Name, Value string
}

// HealthReport is the state of one server or cluster.
type HealthReport struct {
	Product, Version string
	// Role is "master", "replica", "node", …
	Role        string
	Uptime      Span
	Connections Count
	// Operations are commands a second on Redis, messages published a second on RabbitMQ.
	Operations  Rate
	MemoryUsed  Count
	MemoryLimit Count
	Alarms      []Alarm
	Facts       []Fact
}
