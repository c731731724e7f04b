package broker

import (
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// What the management API reads. Everything here is a copy, except tables: those are shared and must
// not be changed. Lists come sorted by virtual host and name. IDs are never given twice, so that a
// queue that was deleted and made again is told apart.

// Counters are cumulative since the object was made.
type Counters struct {
	Publish          uint64 // into the exchange by clients, into the queue by routing
	PublishIn        uint64 // exchanges: by clients
	PublishOut       uint64 // exchanges: copies into queues
	Confirm          uint64
	ReturnUnroutable uint64
	DropUnroutable   uint64
	Deliver          uint64
	DeliverNoAck     uint64
	Get              uint64
	GetNoAck         uint64
	GetEmpty         uint64
	Redeliver        uint64
	Ack              uint64
}

// DeliverGet is the sum that the management API calls deliver_get.
func (c Counters) DeliverGet() uint64 { return c.Deliver + c.DeliverNoAck + c.Get + c.GetNoAck }

// Detail are the counters that one object has because of another: a queue of an exchange, a channel
// of a queue, and so on. Peer fields that do not apply are empty.
type Detail struct {
	ID       uint64 // of the pair
	Exchange string
	Queue    string
	Channel  ChannelRef
	Counters Counters
}

// ChannelRef names a channel.
type ChannelRef struct {
	ID         uint64
	Name       string // "127.0.0.1:5000 -> 127.0.0.1:5672 (1)"
	Number     uint16
	Connection string // name
	User       string
	PeerHost   string
	PeerPort   int
}

// Totals are sums over queues.
type Totals struct {
	Messages, Ready, Unacked uint64
}

// Overview is the broker as a whole.
type Overview struct {
	Node, ClusterName, Version string
	Started                    time.Time
	Counters                   Counters
	Totals                     Totals
	Connections, Channels      int
	Consumers, Queues          int
	Exchanges                  int
	Churn                      Churn
}

// Churn counts what came and went.
type Churn struct {
	ConnectionCreated, ConnectionClosed       uint64
	ChannelCreated, ChannelClosed             uint64
	QueueDeclared, QueueCreated, QueueDeleted uint64
}

// Node is this one node.
type Node struct {
	Name        string
	Started     time.Time
	MemoryUsed  int64 // bytes, an estimate of what the messages take
	MemoryLimit int64
	MemoryAlarm bool
	DiskAlarm   bool
	Connections int
	Queues      int
	Channels    int
	BytesIn     uint64 // all connections, since the start
	BytesOut    uint64
	Churn       Churn
}

// VHost is a virtual host.
type VHost struct {
	ID               uint64
	Name             string
	Description      string
	Tags             []string
	DefaultQueueType string
	Tracing          bool
	Counters         Counters
	Totals           Totals
	BytesIn          uint64 // of its connections
	BytesOut         uint64
	Limits           map[string]int
	Creator          string // AddVHost only: user who performed the action
}

// QueueInfo is a queue.
type QueueInfo struct {
	ID         uint64
	VHost      string
	Name       string
	Type       string // classic, quorum, stream
	Durable    bool
	AutoDelete bool
	Exclusive  bool
	Arguments  wire.Table
	Owner      ConnectionRef // of an exclusive queue
	State      string        // running; whether it is idle IdleSince tells
	Creator    string        // user who declared it

	Policy          string
	OperatorPolicy  string
	EffectivePolicy map[string]any

	Messages, Ready, Unacked        int
	Bytes, ReadyBytes, UnackedBytes int64
	Persistent                      int
	PersistentBytes                 int64
	MemoryBytes                     int64 // estimate

	Consumers         int
	Capacity          float64 // consumer_capacity and consumer_utilisation, 0 to 1
	ExclusiveConsumer ConsumerRef
	ActiveConsumer    ConsumerRef // of a queue with x-single-active-consumer
	SingleActive      bool
	IdleSince         time.Time // zero while busy
	HeadTimestamp     time.Time // property timestamp of the first message, zero without
	PriorityLengths   []int     // messages ready by priority, nil without x-max-priority
	FirstOffset       int64     // streams
	LastOffset        int64     // streams: of the last message, -1 when empty
	Segments          int       // streams

	Counters Counters
	// Incoming and Deliveries are filled by Queue only, not by Queues.
	Incoming        []Detail // by exchange
	Deliveries      []Detail // by channel
	ConsumerDetails []ConsumerInfo
}

// ConnectionRef names a connection.
type ConnectionRef struct {
	Name     string
	PeerHost string
	PeerPort int
}

// ConsumerRef names a consumer.
type ConsumerRef struct {
	Tag     string
	Channel ChannelRef
}

// ConsumerInfo is a consumer.
type ConsumerInfo struct {
	Tag            string
	VHost          string
	Queue          string
	Channel        ChannelRef
	AckRequired    bool
	Exclusive      bool
	Active         bool
	ActivityStatus string // up, single_active, waiting
	Prefetch       int
	Priority       int32
	Arguments      wire.Table
	User           string
}

// ExchangeInfo is an exchange.
type ExchangeInfo struct {
	ID         uint64
	VHost      string
	Name       string
	Type       string
	Durable    bool
	AutoDelete bool
	Internal   bool
	Arguments  wire.Table
	Policy     string
	Creator    string // user who performed the action
	Counters   Counters
	// Incoming and Outgoing are filled by Exchange only, not by Exchanges.
	Incoming []Detail // by channel
	Outgoing []Detail // by queue
}

// BindingInfo is a binding.
type BindingInfo struct {
	VHost           string
	Source          string
	Destination     string
	DestinationType string // queue or exchange
	RoutingKey      string
	Arguments       wire.Table
}

// ConnectionInfo is a connection.
type ConnectionInfo struct {
	ID        uint64
	Info      ConnInfo
	State     string // running, blocking, blocked
	Connected time.Time
	Channels  int
	BytesIn   uint64
	BytesOut  uint64
	FramesIn  uint64
	FramesOut uint64
}

// ChannelInfo is a channel.
type ChannelInfo struct {
	Ref             ChannelRef
	VHost           string
	State           string
	Confirm         bool
	Transactional   bool
	Consumers       int
	Unacked         int
	Unconfirmed     int
	Uncommitted     int
	AcksUncommitted int
	Prefetch        int // of consumers to come
	GlobalPrefetch  int
	IdleSince       time.Time
	Counters        Counters
	// The rest is filled by ChannelByName only, not by Channels.
	Publishes       []Detail // by exchange
	Deliveries      []Detail // by queue
	ConsumerDetails []ConsumerInfo
}

// User is a user without the password.
type User struct {
	Name         string
	Tags         []string
	PasswordHash string // salted SHA-256, base64, as in RabbitMQ's definitions
	Limits       map[string]int
}

// Permission is what a user may do in a virtual host: three regular expressions over names.
type Permission struct {
	User, VHost            string
	Configure, Write, Read string
}

// TopicPermission is what a user may do with routing keys of a topic exchange.
type TopicPermission struct {
	User, VHost, Exchange string
	Write, Read           string
}

// Policy gives arguments to the queues and exchanges whose names match.
type Policy struct {
	VHost      string
	Name       string
	Pattern    string
	ApplyTo    string // queues, exchanges, all
	Priority   int
	Definition map[string]any
	Operator   bool // an operator policy: bounds what a user's policy or argument says
}

// Sample is one object's counters, for whoever computes rates.
type Sample struct {
	Kind     SampleKind
	ID       uint64
	Counters Counters
	Ready    int // queues, hosts and the broker
	Unacked  int
	BytesIn  uint64 // connections, hosts and the broker
	BytesOut uint64
}

// SampleKind is the kind of the object.
type SampleKind uint8

// The kinds.
const (
	SampleBroker SampleKind = iota
	SampleVHost
	SampleQueue
	SampleExchange
	SampleChannel
	SampleConnection
	SampleDetail
)
