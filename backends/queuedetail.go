package backends

import (
	"context"
	"time"
)

// QueueDescriber is a Queues that can tell all of one queue: which consumer takes its messages,
// since when nothing happens, and whether other queues are in the same trouble.
type QueueDescriber interface {
	DescribeQueue(ctx context.Context, name string) (QueueDetail, error)
}

// Share is a part of a whole, 0 to 1.
type Share = Measure[float64]

// QueueDetail is everything that is known of one queue.
type QueueDetail struct {
	Queue
	// Traits are words for what kind of queue it is: durable, exclusive, auto-delete.
	Traits []string
	// Settings are its arguments and policies in words.
	Settings []QueueSetting
	// ReadyAt is when Ready and the other counts were taken; zero for just now.
	ReadyAt time.Time
	// Blind says that there was no way to read consumers, settings and other queues: that Readers, Settings
	// and Company are empty says nothing.
	Blind bool
	// AckRate is how many messages a second are done with, RedeliverRate how many come again.
	AckRate, RedeliverRate Rate
	// HeadWhy says why HeadTime is not known.
	HeadWhy string
	// Capacity is the share of time in which the queue's consumers could take a message at once.
	Capacity Share
	// Drain is how long until no message is ready, if all goes on as now.
	Drain Drain
	// Still tells since when no message was done with, Filled since when there have been some.
	Still, Filled Onset
	Memory        Count
	// Leader is the node that the queue is on; Members are all nodes of a replicated queue.
	Leader  string
	Members []QueueMember
	Readers []QueueReader
	// Company are other queues in trouble that share a consumer's connection or the policy.
	Company []QueueCompany
	// Compared is how many other queues that share something were looked at for Company, Sharing
	// how many there are.
	Compared, Sharing int
	// Notes say what is missing and how to get it.
	Notes []string
}

// QueueSetting is one setting with its meaning.
type QueueSetting struct {
	// Name is the argument as clients write it, Source where it was set: "argument", "policy NAME"
	// or "operator policy NAME".
	Name, Source string
	// Meaning is a sentence without a full stop.
	Meaning string
}

// Outlook is what becomes of the messages that wait.
type Outlook uint8

// The outlooks. The zero value is that nothing can be said.
const (
	OutlookUnknown Outlook = iota
	// Drained: nothing waits.
	Drained
	// Draining: it will be empty in a while.
	Draining
	// NeverDrained: at these rates it will not be.
	NeverDrained
)

// Drain is when a queue will be empty. In is known for Draining only.
type Drain struct {
	Outlook Outlook
	In      Span
}

// Onset is when a condition began. Before says that it began earlier than At, which is as far back as
// can be seen; a zero At says that the condition does not hold or that nothing is known, unless it has held
// Ever: for as long as the server has counted.
type Onset struct {
	At           time.Time
	Before, Ever bool
}

// QueueMember is a node that holds a replica.
type QueueMember struct {
	Node           string
	Online, Leader bool
}

// QueueReader is a consumer joined to its channel and connection. What could not be looked up is
// empty or unknown.
type QueueReader struct {
	Tag string
	// Active is false for a consumer that only waits for its turn (single active consumer); Activity
	// is the server's own word.
	Active   bool
	Activity string
	// Exclusive has the queue to itself.
	Exclusive bool
	// Acks says that the consumer acknowledges; otherwise a message is gone once it is sent.
	Acks bool
	// Prefetch is how many messages it may hold, 0 any number.
	Prefetch Count
	// Unacked is how many its channel holds, of this queue and others.
	Unacked Count
	// Channel and Connection are their names, State and ChannelState words for what is not as usual:
	// "blocked", "blocking", "flow", "idle".
	Channel, Connection string
	State, ChannelState string
	// AckRate is the channel's, ChannelIdle since when it has done nothing.
	AckRate     Rate
	ChannelIdle time.Time
	// Client is what the program calls itself, Product and Platform its library's words.
	Client, Product, Platform string
	// Address is host:port of the client, User who logged in, Since when it connected.
	Address, User string
	Since         time.Time
	// Others are further queues that the same connection reads.
	Others []string
}

// QueueCompany is another queue that is in trouble too.
type QueueCompany struct {
	Name string
	// Shares says what it has in common: "connection NAME", "policy NAME".
	Shares string
	// Trouble is what is wrong with it, in a few words.
	Trouble          string
	Ready, Consumers Count
}
