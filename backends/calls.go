package backends

import (
	"slices"
	"time"
)

// The bounds of Calls.
const (
	// callsOpen is how many requests without an answer are remembered; the oldest is forgotten first.
	callsOpen = 10_000
	// callsTimed is how many latencies the median is of.
	callsTimed = 1000
)

// Calls pairs requests and replies that are seen in one flow by their correlation id: a request says
// where the reply is to go (the properties reply-to and correlation-id of AMQP 0-9-1), and the reply has
// its correlation id and no address of its own. The zero value is ready. It is not safe for concurrent use.
type Calls struct {
	open     map[string]Message
	order    []string // correlation ids in the order of the requests, answered ones among them
	answered uint64
	timed    []Span // the latest latencies
}

// See takes the next message of the flow. For a reply it returns the request and how long the answer
// took: exact when the receipt of both was timed, about when only their publishers' clocks are known.
func (c *Calls) See(m Message) (request Message, took Span, reply bool) {
	id := m.Header("correlation-id")
	if id == "" || m.Gap != "" {
		return Message{}, Span{}, false
	}
	if m.Header("reply-to") != "" {
		c.ask(id, m)
		return Message{}, Span{}, false
	}
	request, found := c.open[id]
	if !found {
		return Message{}, Span{}, false
	}
	delete(c.open, id)
	c.answered++
	took = between(request, m)
	if took.Known() {
		if c.timed = append(c.timed, took); len(c.timed) > callsTimed {
			c.timed = slices.Delete(c.timed, 0, 1)
		}
	}
	return request, took, true
}

// ask remembers a request; a copy of one that is open already changes nothing.
func (c *Calls) ask(id string, m Message) {
	if _, again := c.open[id]; again {
		return
	}
	if c.open == nil {
		c.open = map[string]Message{}
	}
	m.Body = nil
	c.open[id] = m
	c.order = append(c.order, id)
	for len(c.open) > callsOpen || len(c.order) > 2*callsOpen {
		delete(c.open, c.order[0])
		c.order = slices.Delete(c.order, 0, 1)
	}
}

// between is how long a reply took. Clocks of two publishers may disagree: what comes out negative is
// not known.
func between(request, reply Message) Span {
	took := reply.Time.Sub(request.Time)
	switch {
	case request.TimeReceived != reply.TimeReceived || took < 0:
		return Span{}
	case request.TimeReceived:
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
	stats := CallStats{Answered: c.answered, Open: uint64(len(c.open))}
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
