package broker

import (
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// Options set a Broker up. The zero value is a broker like a fresh RabbitMQ node.
type Options struct {
	Node        string // name of the node, default rabbit@localhost
	ClusterName string // default Node
	// Version is what the broker says that it is, default 3.10.8. With 3.13 or later headers exchanges tell
	// 1 from 1.0, with 4.0 or later quorum queues have a delivery limit of 20 by themselves, and from 4.3 on a
	// nack is no failed delivery.
	Version  string
	User     string // first administrator, default guest
	Password string // default guest

	// MemoryLimit is the bound in bytes of all messages with their overhead: the memory alarm goes
	// on above it and off below it. Default 256 MiB.
	MemoryLimit int64
	// MaxMessageSize bounds one body; default 128 MiB, as in RabbitMQ.
	MaxMessageSize int64
	// ConsumerTimeout closes a channel that holds a delivery longer without an acknowledgement;
	// default 30 minutes, negative for never.
	ConsumerTimeout time.Duration
}

// ConnInfo describes a connection that was negotiated.
type ConnInfo struct {
	Name     string // default "PeerHost:PeerPort -> Host:Port"
	PeerHost string
	PeerPort int
	Host     string
	Port     int

	User      string
	VHost     string
	Mechanism string // PLAIN, AMQPLAIN, EXTERNAL
	Protocol  string // default "AMQP 0-9-1"; what the management API does itself is "Direct 0-9-1"

	ClientProperties wire.Table
	ChannelMax       uint16 // 0 without limit
	FrameMax         uint32 // bytes, 0 without limit
	Heartbeat        time.Duration

	TLS         bool
	TLSProtocol string // as the management API spells it: tlsv1.3
	TLSCipher   string
}

// MaxMessageSize is the largest body that a broker takes with these options.
func (b *Broker) MaxMessageSize() int64 { return b.opt.MaxMessageSize }
