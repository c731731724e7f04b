package broker

import "bustop/backends/demo/rabbitd/wire"

// Outlet takes what the broker sends a connection unasked. Its methods are called with the broker's
// lock held: they must neither block nor call the broker. What they are given may be kept but not
// changed: bodies and tables are shared by every copy of a message.
type Outlet interface {
	// Deliver is basic.deliver.
	Deliver(channel uint16, d Delivery)
	// Return is basic.return.
	Return(channel uint16, r Returned)
	// Confirm is basic.ack or basic.nack to a publisher.
	Confirm(channel uint16, tag uint64, multiple, ack bool)
	// CancelConsumer is basic.cancel; it is called only for clients with the capability
	// consumer_cancel_notify.
	CancelConsumer(channel uint16, tag string)
	// CloseChannel is channel.close. The Channel is closed already.
	CloseChannel(channel uint16, e *Error)
	// Blocked is connection.blocked; it is called only for clients with the capability
	// connection.blocked. Whether to stop reading is told by Connection.Blocked.
	Blocked(reason string)
	// Unblocked is connection.unblocked, and is called only after Blocked.
	Unblocked()
	// CloseWith is connection.close. The Connection is closed already.
	CloseWith(e *Error)
	// Full is true while so much waits to be written that nothing more should be delivered. The
	// session calls Connection.Resume when there is room again.
	Full() bool
}

// Delivery is one message on its way to a consumer, or the answer to basic.get.
type Delivery struct {
	ConsumerTag string // empty for basic.get
	DeliveryTag uint64
	Redelivered bool
	Exchange    string
	RoutingKey  string
	Properties  *wire.Properties
	// Header are Properties in the bytes that came with Publishing.Header; nil when the broker has
	// changed the properties since.
	Header []byte
	Body   []byte
}

// Got is a message that basic.get took.
type Got struct {
	Delivery
	MessageCount uint32 // what is left
}

// Returned is a message that could not be routed.
type Returned struct {
	Code       uint16
	Text       string
	Exchange   string
	RoutingKey string
	Properties *wire.Properties
	Header     []byte // as in Delivery
	Body       []byte
}
