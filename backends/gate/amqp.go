package gate

import (
	"bytes"
	"encoding/binary"
	"net"
)

// Frame types of AMQP 0-9-1 (specification, section 2.3.5), and the octet that ends a frame.
const (
	frameMethod    = 1
	frameHeartbeat = 8
	frameEnd       = 0xCE
)

// maxFrame bounds a method frame's payload. What may be sent holds a few names and small tables.
const maxFrame = 64 << 10

// AMQP returns conn with a gate that lets through the AMQP 0-9-1 methods by which a client
// looks: it opens, gets and puts back, consumes from queues of its own and from streams, and
// declares and binds queues that go away with the connection. Content is never sent.
func AMQP(conn net.Conn) net.Conn {
	return gate(conn, &amqpRules{methods: amqpTable(), got: map[uint16]bool{}})
}

// amqpRules is one connection's view of what it may send.
type amqpRules struct {
	methods map[methodID]amqpMethod
	greeted bool
	// got marks channels that have used basic.get: what they hold belongs to somebody else's
	// queue and is not theirs to acknowledge.
	got map[uint16]bool
}

func (r *amqpRules) next(buf []byte) (int, *Refusal) {
	if !r.greeted {
		return r.greet(buf)
	}
	if len(buf) < 7 {
		return 0, frameTypeAllowed(buf[0])
	}
	channel, size := binary.BigEndian.Uint16(buf[1:]), int(binary.BigEndian.Uint32(buf[3:]))
	if refusal := frameTypeAllowed(buf[0]); refusal != nil {
		return 0, refusal
	}
	if size > maxFrame || (buf[0] == frameHeartbeat && size > 0) {
		return 0, &Refusal{What: "AMQP frame", Why: "too long"}
	}
	end := 7 + size
	if len(buf) <= end {
		return 0, nil
	}
	if buf[end] != frameEnd {
		return 0, &Refusal{What: "AMQP frame", Why: "not ended as a frame is"}
	}
	if buf[0] == frameMethod {
		if refusal := r.method(channel, buf[7:end]); refusal != nil {
			return 0, refusal
		}
	}
	return end + 1, nil
}

// greet expects the protocol header (section 4.2.2) as the first bytes.
func (r *amqpRules) greet(buf []byte) (int, *Refusal) {
	header := []byte("AMQP\x00\x00\x09\x01")
	if n := min(len(buf), len(header)); !bytes.Equal(buf[:n], header[:n]) {
		return 0, &Refusal{What: "AMQP stream", Why: "it does not begin with the header of AMQP 0-9-1"}
	}
	if len(buf) < len(header) {
		return 0, nil
	}
	r.greeted = true
	return len(header), nil
}

func frameTypeAllowed(kind byte) *Refusal {
	switch kind {
	case frameMethod, frameHeartbeat:
		return nil
	case 2, 3: // content header and content body
		return &Refusal{What: "AMQP content", Why: "bustop publishes nothing"}
	}
	return &Refusal{What: "AMQP frame", Why: "of an unknown type"}
}

func (r *amqpRules) method(channel uint16, payload []byte) *Refusal {
	if len(payload) < 4 {
		return &Refusal{What: "AMQP method", Why: "too short"}
	}
	id := methodID{binary.BigEndian.Uint16(payload), binary.BigEndian.Uint16(payload[2:])}
	m, known := r.methods[id]
	switch {
	case !known:
		return &Refusal{What: "AMQP method", Why: "unknown"}
	case m.rule == nil:
		return &Refusal{What: m.name}
	}
	if why := m.rule(r, channel, &fields{rest: payload[4:]}); why != "" {
		return &Refusal{What: m.name, Why: why}
	}
	return nil
}
