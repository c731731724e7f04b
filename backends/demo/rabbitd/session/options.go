// Package session serves one AMQP 0-9-1 connection: bytes of package wire on one side, the broker on
// the other. It negotiates, keeps the heartbeats, follows the states of the connection and of its
// channels, puts contents together, and bounds what waits to be written.
//
// It answers as RabbitMQ 3.10.8 does, except that version 0-8 of the protocol, which that server
// still speaks, is refused.
package session

import (
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// Limits that RabbitMQ proposes unless it is configured otherwise.
const (
	defaultChannelMax = 2047
	defaultFrameMax   = 128 << 10
	defaultHeartbeat  = time.Minute
)

const (
	// handshakeLimit is how long a client may take until its connection is open.
	handshakeLimit = 10 * time.Second
	// closingLimit is how long a peer may take to confirm a close.
	closingLimit = 30 * time.Second
	// farewellLimit is how long the last bytes may take, how long a peer that cannot be followed any
	// more has to read them, and how long a client waits for the silence after a failed login to end.
	farewellLimit = 3 * time.Second
)

// Options describe what a client is told and what it may negotiate. Zero values are RabbitMQ's
// defaults.
type Options struct {
	ServerProperties wire.Table    // without capabilities, which are always the same
	ChannelMax       uint16        // default 2047
	FrameMax         uint32        // bytes; default 128 KiB
	Heartbeat        time.Duration // proposed to the client, whole seconds; default 60 s, negative for none
	// External offers the mechanism EXTERNAL to clients with a verified certificate: the user is
	// the common name in it.
	External bool
	// LoopbackUsers may log in from this machine only.
	LoopbackUsers []string
	// Faults, when not nil, make frames go wrong.
	Faults Faults
}

func (o Options) withDefaults() Options {
	if o.ChannelMax == 0 {
		o.ChannelMax = defaultChannelMax
	}
	if o.FrameMax == 0 {
		o.FrameMax = defaultFrameMax
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = defaultHeartbeat
	}
	o.Heartbeat = max(o.Heartbeat, 0)
	return o
}

// Faults are asked about each frame that is read (in) and each that is to be written, from two
// goroutines at the same time. The payload is valid during the call only.
type Faults func(in bool, frame wire.Frame) Fault

// Fault is what goes wrong with a frame. The zero value is nothing.
type Fault struct {
	Delay time.Duration // first wait; everything behind it waits too
	Drop  bool          // the frame disappears
	Cut   bool          // the connection ends here without a word
}
