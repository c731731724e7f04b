package backends

import (
	"context"
	"errors"
	"time"
)

// A message broker may tell more of itself than a HealthReport holds. Each of these interfaces stands
// beside Health, is asked for by type assertion, and is asked only while what it tells is shown. An
// error of reason Denied names the right that is missing.
type (
	// BrokerNodes tells how the nodes of a cluster are.
	BrokerNodes interface {
		ReadNodes(ctx context.Context) ([]BrokerNode, error)
	}
	// BrokerClients tells who is connected, what hurts first: of many only a page is read, and a match
	// is looked for by the server in its own name of a connection, which holds the addresses. A page
	// after the last one is the error ErrPastEnd.
	BrokerClients interface {
		ReadConnections(ctx context.Context, q Query) (Page[BrokerConnection], error)
		ReadSessions(ctx context.Context, q Query) (Page[BrokerSession], error)
	}
	// BrokerStates counts connections by what holds them up.
	BrokerStates interface {
		CountStates(ctx context.Context) (ConnectionStates, error)
	}
	// BrokerVhosts tells what each virtual host holds and may hold.
	BrokerVhosts interface {
		ReadVhosts(ctx context.Context) ([]BrokerVhost, error)
	}
	// BrokerPolicies tells by which rules queues and exchanges get arguments that nobody declared.
	BrokerPolicies interface {
		ReadPolicies(ctx context.Context) (BrokerRules, error)
	}
	// BrokerLinks tells of what moves messages between queues and brokers by itself.
	BrokerLinks interface {
		ReadLinks(ctx context.Context) (BrokerTransfers, error)
	}
	// BrokerAccess tells who we are and what that lets us see.
	BrokerAccess interface {
		ReadAccess(ctx context.Context) (BrokerRights, error)
	}
	// BrokerFeatures tells which features of its version a cluster has switched on.
	BrokerFeatures interface {
		ReadFeatures(ctx context.Context) ([]BrokerFeature, error)
	}
)

// ErrPastEnd is the cause of the error for a page after the last one.
var ErrPastEnd = errors.New("page past the end")

// Part is one of several lists that take rights of their own: the items, or why there are none.
type Part[T any] struct {
	Items []T
	Err   error
}

// Usage is how much of a limit is used; either may be unknown.
type Usage struct{ Used, Limit Count }

// Share is the used part of the limit, unknown unless both are known.
func (u Usage) Share() Rate {
	if !u.Used.Known() || !u.Limit.Known() || u.Limit.Value <= 0 {
		return Rate{}
	}
	return ExactRate(float64(u.Used.Value) / float64(u.Limit.Value))
}

// BrokerNode is one node of a cluster.
type BrokerNode struct {
	Name string
	// Ours is the node that answers us.
	Ours bool
	// Down is a node that the cluster knows and that does not run; Draining one that is in maintenance.
	Down, Draining bool
	Kind           string // "disc", "ram", "" when it does not tell
	Uptime         Span
	// Memory and disk are in bytes; DiskLimit is how much has to stay free.
	Memory              Usage
	DiskFree, DiskLimit Count
	Files, Sockets      Usage
	Processes           Usage
	// RunQueue is how many Erlang processes wait for a processor.
	RunQueue Count
	// MemoryAlarm and DiskAlarm are how long an alarm has been on that blocks all publishers, unknown
	// while it is off: a lower bound when it was on at the first look.
	MemoryAlarm, DiskAlarm Span
	// Partitions are the nodes that this one has lost sight of.
	Partitions []string
}

// BrokerConnection is a client's connection.
type BrokerConnection struct {
	// Name is the server's, ClientName what the client calls itself.
	Name, ClientName           string
	Product, Version, Platform string
	User, Vhost, Protocol      string
	// Peer is host:port of the client, Node the node that it is connected to.
	Peer, Node string
	// State is "running"; "flow" while the server slows it down; "blocking" and, once it has published,
	// "blocked" while an alarm is on.
	State string
	// TLS is the version and cipher, "" without; Certificate the subject of the client's.
	Secure           bool
	TLS, Certificate string
	Mechanism        string
	Channels         Count
	Since            time.Time
	Heartbeat        Span
	// In and Out are bytes a second from and to the client, Pending is what waits to be sent.
	In, Out Rate
	Pending Count
	Ours    bool
}

// ConnectionStates are how many connections there are, and how many of them are in a state that slows or
// stops a publisher, as State of BrokerConnection names them.
type ConnectionStates struct{ Total, Blocked, Blocking, Flow Count }

// BrokerSession is an AMQP channel: a session within a connection.
type BrokerSession struct {
	Name string
	// Connection is the server's name of the connection, ClientName what its client calls itself, ""
	// when that is not known.
	Connection, ClientName string
	Number                 Count
	User, Vhost, Peer      string
	State                  string
	// Unacked are delivered and not acknowledged, Unconfirmed published and not confirmed, Uncommitted
	// within a transaction.
	Unacked, Unconfirmed, Uncommitted Count
	// Prefetch bounds Unacked for each consumer, GlobalPrefetch for all of the channel; 0 is no bound.
	Prefetch, GlobalPrefetch, Consumers Count
	// IdleSince is zero while it works, or when that is not known.
	IdleSince              time.Time
	Confirms, Transactions bool
	Publish, Deliver, Ack  Rate
	Ours                   bool
}

// BrokerVhost is a virtual host.
type BrokerVhost struct {
	Name, Description string
	Tags              []string
	// Ours is the one that the source is about.
	Ours bool
	// Tracing: every message is copied to amq.rabbitmq.trace.
	Tracing          bool
	DefaultQueueType string
	Ready, Unacked   Count
	Publish, Deliver Rate
	// Limits are those that are set, such as "max-queues".
	Limits map[string]int64
	// LimitsErr is why limits are not known.
	LimitsErr error
	// DownOn are the nodes on which it does not run.
	DownOn []string
}

// BrokerRules are the policies of all virtual hosts that we may see; those of an operator override.
type BrokerRules struct {
	Policies, Operator Part[BrokerPolicy]
}

// BrokerPolicy gives arguments to what its pattern matches.
type BrokerPolicy struct {
	Vhost, Name, Pattern, ApplyTo string
	Priority                      Count
	// Definition has an argument each, "key = value", sorted.
	Definition []string
}

// BrokerTransfers are shovels and federation links. A part without a plugin is not there at all.
type BrokerTransfers struct {
	Shovels, Federation Part[BrokerTransfer]
	// NoShovels and NoFederation: the plugin that tells of them is not there.
	NoShovels, NoFederation bool
}

// BrokerTransfer moves messages from one place to another.
type BrokerTransfer struct {
	Name, Vhost, Kind string
	// State is the server's word: "running", "starting", "terminated", "error".
	State    string
	From, To string
	Node     string
	// Since is when the state was entered, in the words of the server, whose clock names no time zone. For is
	// how long ago that is, where its zone is known from elsewhere.
	Since string
	For   Span
	// Problem is why it does not run.
	Problem string
}

// BrokerRights are who we are and what that lets us do.
type BrokerRights struct {
	User string
	Tags []string
	// Permissions and Topics are told to administrators only.
	Permissions Part[BrokerPermission]
	Topics      Part[BrokerTopicPermission]
	Abilities   []BrokerAbility
}

// BrokerPermission are regular expressions for the names a user may configure, write and read.
type BrokerPermission struct{ Vhost, Configure, Write, Read string }

// BrokerTopicPermission are those for routing keys at a topic exchange.
type BrokerTopicPermission struct{ Vhost, Exchange, Write, Read string }

// Verdict is yes, no, or not known.
type Verdict uint8

// The verdicts.
const (
	Undecided Verdict = iota
	Granted
	Missing
)

// BrokerAbility is something that bustop does, and whether our rights let it.
type BrokerAbility struct {
	What    string
	Verdict Verdict
	// Right is which right it takes, Advice how it is granted.
	Right, Advice string
}

// BrokerFeature is a feature that an upgrade brings and an administrator switches on.
type BrokerFeature struct {
	Name, State, Stability, Description string
}
