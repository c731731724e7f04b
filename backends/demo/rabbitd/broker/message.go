package broker

import "bustop/backends/demo/rabbitd/wire"

// message is what was published. All queues that hold it share it: nothing in it changes after it
// was routed, but refs and keeper.
type message struct {
	exchange   string
	key        string
	more       []string // further routing keys: the headers CC and BCC
	props      *wire.Properties
	header     []byte // props in bytes, nil when not known
	body       []byte
	persistent bool  // delivery mode 2
	ttl        int64 // milliseconds from the property expiration, or unlimited
	// refs counts the entries of queues and transactions that hold the message; while it is not
	// zero the message counts in Broker.memory.
	refs int32
}

// entryOverhead is what an entry and its place cost beside the body, in bytes; an estimate.
const entryOverhead = 320

// weight is the memory that the message takes, in bytes.
func (m *message) weight() int64 { return int64(len(m.body)+len(m.header)) + entryOverhead }

// keys visits all routing keys.
func (m *message) keys(visit func(string)) {
	visit(m.key)
	for _, key := range m.more {
		visit(key)
	}
}

// entry is a message's place in one queue.
type entry struct {
	msg         *message
	seq         uint64 // order of arrival in this queue
	expires     int64  // Broker.now when it expires, 0 for never
	deliveries  int64  // quorum queues: how often it came back as failed
	acquired    int64  // and how often at all
	redelivered bool
}

func (b *Broker) hold(m *message) {
	m.refs++
	if m.refs == 1 {
		b.memory += m.weight()
	}
}

func (b *Broker) release(m *message) {
	m.refs--
	if m.refs == 0 {
		b.memory -= m.weight()
	}
}

// withHeader is a copy of props with one more header.
func withHeader(props *wire.Properties, name string, value any) *wire.Properties {
	p := *props
	p.Headers = p.Headers.Clone()
	if p.Headers == nil {
		p.Headers = wire.Table{}
	}
	p.Headers[name] = value
	p.Present |= wire.HasHeaders
	return &p
}
