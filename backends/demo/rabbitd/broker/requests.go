package broker

import "bustop/backends/demo/rabbitd/wire"

// ExchangeDeclare is exchange.declare.
type ExchangeDeclare struct {
	Name       string
	Type       string
	Passive    bool
	Durable    bool
	AutoDelete bool
	Internal   bool
	Arguments  wire.Table
}

// QueueDeclare is queue.declare. An empty name asks for one made by the server.
type QueueDeclare struct {
	Name       string
	Passive    bool
	Durable    bool
	Exclusive  bool
	AutoDelete bool
	NoWait     bool // RabbitMQ then leaves the counts out
	Arguments  wire.Table
}

// QueueOK is queue.declare-ok.
type QueueOK struct {
	Name      string
	Messages  uint32
	Consumers uint32
}

// Publishing is basic.publish with its content. The broker keeps Properties, Header and Body: the
// caller must not touch them afterwards.
type Publishing struct {
	Exchange   string
	RoutingKey string
	Mandatory  bool
	Immediate  bool
	Properties *wire.Properties
	// Header may hold the properties in bytes as they came; it comes back with deliveries for as
	// long as it is true, so that nobody need encode them again.
	Header []byte
	Body   []byte
}

// ConsumeRequest is basic.consume. An empty Tag asks for one made by the server.
type ConsumeRequest struct {
	Queue     string
	Tag       string
	NoLocal   bool
	NoAck     bool
	Exclusive bool
	Arguments wire.Table
	// OK, when not nil, is called with the tag and the lock held before the first delivery, in the
	// way of an Outlet's methods: this is where basic.consume-ok is written.
	OK func(tag string)
}
