package backends

import (
	"slices"
	"strings"
	"time"
)

// The bounds of Calls.
const (
	// callsKept is how many calls are remembered; the oldest is forgotten first.
	callsKept = 10_000
	// callsTimed is how many latencies the median is of.
	callsTimed = 1000
)

// Call is a request and its reply.
type Call struct {
	// Request and Reply are the numbers by which the two were seen first; Reply is 0 while there is none.
	Request, Reply uint64
	// Asked is when the request was made.
	Asked time.Time
	// Took is how long the answer took: exact when the receipt of both was timed, about when only their
	// publishers' clocks are known, unknown where these contradict each other.
	Took Span
	// Aside says that the reply goes to the requester's channel and into no queue, so that only the
	// firehose shows it (https://www.rabbitmq.com/docs/direct-reply-to).
	Aside bool

	received bool
}

// Calls pairs requests and replies that are seen in one flow by their correlation id: a request says
// where the reply is to go (the properties reply-to and correlation-id of AMQP 0-9-1), and the reply has
// its correlation id and no address of its own. The zero value is ready. It is not safe for concurrent use.
type Calls struct {
	latest   map[string]*Call // by correlation id
	order    []started
	open     uint64
	answered uint64
	timed    []Span // the latest latencies
}

// started is a call in the order of the requests.
type started struct {
	id   string
	call *Call
}

// See takes the next message of the flow with a number of the caller's. It returns the call that the
// message belongs to, nil when it belongs to none; a reply whose request was not seen is none. The call
// changes when its reply is seen.
func (c *Calls) See(n uint64, m Message) *Call {
	id := m.Header("correlation-id")
	if id == "" || m.Gap != "" {
		return nil
	}
	call, copied := c.latest[id], copiedOnDelivery(m)
	if m.Header("reply-to") != "" {
		// A request that comes once more while it is open is a copy of the same.
		if call == nil || call.Reply != 0 && !copied {
			call = c.ask(id, n, m)
		}
		return call
	}
	switch {
	case call == nil, call.Reply != 0 && !copied:
		return nil
	case call.Reply == 0:
		c.answer(call, n, m)
	}
	return call
}

// copiedOnDelivery reports whether a message may have been seen before: delivered again, or copied by the
// firehose once more after it was copied when it was published.
func copiedOnDelivery(m Message) bool {
	return m.Redelivered || strings.HasPrefix(m.Header("firehose"), "delivered ")
}

// ask remembers a request.
func (c *Calls) ask(id string, n uint64, m Message) *Call {
	if c.latest == nil {
		c.latest = map[string]*Call{}
	}
	call := &Call{
		Request: n, Asked: m.Time, received: m.TimeReceived,
		Aside: strings.HasPrefix(m.Header("reply-to"), "amq.rabbitmq.reply-to") && m.Header("firehose") == "",
	}
	c.latest[id] = call
	c.order = append(c.order, started{id, call})
	c.open++
	if len(c.order) > callsKept {
		c.forget(c.order[0])
		c.order[0] = started{}
		c.order = c.order[1:] // append moves what is left now and then
	}
	return call
}

func (c *Calls) forget(oldest started) {
	if oldest.call.Reply == 0 {
		c.open--
	}
	if c.latest[oldest.id] == oldest.call {
		delete(c.latest, oldest.id)
	}
}

func (c *Calls) answer(call *Call, n uint64, m Message) {
	call.Reply, call.Took = n, between(call, m)
	c.open--
	c.answered++
	if call.Took.Known() {
		if c.timed = append(c.timed, call.Took); len(c.timed) > callsTimed {
			c.timed = c.timed[1:]
		}
	}
}

// between is how long a reply took. Clocks of two publishers may disagree: what comes out negative is
// not known.
func between(call *Call, reply Message) Span {
	took := reply.Time.Sub(call.Asked)
	switch {
	case call.received != reply.TimeReceived || took < 0 || call.Asked.IsZero():
		return Span{}
	case call.received:
		return ExactSpan(took)
	}
	return Span{Value: took, Certainty: About}
}

// CallStats are the calls of a flow.
type CallStats struct {
	Answered, Open uint64
	// Median is that of the latest latencies.
	Median Span
}

// Stats counts what was seen.
func (c *Calls) Stats() CallStats {
	stats := CallStats{Answered: c.answered, Open: c.open}
	if len(c.timed) == 0 {
		return stats
	}
	sorted := slices.SortedFunc(slices.Values(c.timed), func(a, b Span) int { return int(a.Value/time.Microsecond - b.Value/time.Microsecond) })
	stats.Median = sorted[len(sorted)/2]
	if slices.ContainsFunc(sorted, func(s Span) bool { return s.Certainty != Exact }) {
		stats.Median.Certainty = About
	}
	return stats
}
