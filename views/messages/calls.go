package messages

import (
	"time"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// pairs are the requests and replies among the messages of a screen.
type pairs struct {
	calls backends.Calls
	of    map[uint64]*backends.Call // by the number of a message
}

// see takes entry number n. Entries before first are not kept any more.
func (p *pairs) see(n, first uint64, m backends.Message) {
	call := p.calls.See(n, m)
	if call == nil {
		return
	}
	if p.of == nil {
		p.of = map[uint64]*backends.Call{}
	}
	p.of[n] = call
	if len(p.of) > 2*backends.TailCount {
		for old := range p.of {
			if old < first {
				delete(p.of, old)
			}
		}
	}
}

// partner is the other one of the pair that an entry belongs to, 0 when there is none. A copy of a request
// has the same partner as the request.
func (p *pairs) partner(n uint64, m backends.Message) uint64 {
	call := p.of[n]
	switch {
	case call == nil:
		return 0
	case m.Header("reply-to") != "":
		return call.Reply
	}
	return call.Request
}

// The column of calls.
const (
	callWidth = 15
	// callFrom is the width of a screen from which there is one.
	callFrom = 60
)

// callColumn is the width of the column at the end of the rows, 0 while there is no request to tell of.
func (s *Screen) callColumn(w int) int {
	if len(s.pairs.of) == 0 || w < callFrom {
		return 0
	}
	return callWidth
}

// callCell says of a request how long its reply took, or for how long there has been none, and of a reply
// how long it took.
func (s *Screen) callCell(e entry) string {
	t, call := s.deps.Theme, s.pairs.of[e.n]
	switch {
	case call == nil:
		return ""
	case e.msg.Header("reply-to") == "":
		return t.Good.Paint("◂ ") + tookText(call.Took)
	case call.Reply != 0:
		return t.Good.Paint("▸ ") + tookText(call.Took)
	case call.Aside:
		return t.Dim.Paint("▸ aside")
	}
	return t.Warn.Paint("▸ none" + s.openFor(call))
}

// openFor is for how long a request has waited; copies stand still, and nobody knows.
func (s *Screen) openFor(call *backends.Call) string {
	if s.opt.Tail == nil || call.Asked.IsZero() {
		return ""
	}
	until := s.now
	if !s.frozen.IsZero() {
		until = s.frozen
	}
	return " " + views.Ago(call.Asked, until)
}

// tookText is a latency. Publishers stamp whole seconds, between which nothing is known.
func tookText(took backends.Span) string {
	switch {
	case !took.Known():
		return "answered"
	case took.Certainty == backends.About && took.Value < time.Second:
		return "<1s"
	}
	return views.Mark(took.Certainty, ui.Duration(took.Value))
}

// jump moves the marker to the reply of a request, or to the request of a reply.
func (s *Screen) jump() {
	m, ok := s.Selected()
	if !ok {
		return
	}
	n := s.pairs.partner(s.selected, m)
	switch i := s.log.index(n); {
	case n == 0:
		s.deps.Nav.Toast(s.unanswered())
	case n < s.log.first():
		s.deps.Nav.Toast("the other one is not kept any more")
	case i >= s.log.len() || s.log.at(i).n != n:
		s.deps.Nav.Toast("the filter hides the other one")
	default:
		s.selected, s.follow = n, false
	}
}

// unanswered says why there is no reply to go to.
func (s *Screen) unanswered() string {
	if call := s.pairs.of[s.selected]; call != nil && call.Aside {
		return "the reply goes straight to the requester's channel: only the firehose shows it"
	}
	if s.opt.Tail == nil {
		return "no reply is among these messages"
	}
	return "no reply has been seen here; what goes by other exchanges is not seen"
}

// needsCall says why there is no other one to go to.
func (s *Screen) needsCall() string {
	if _, ok := s.Selected(); !ok || s.pairs.of[s.selected] == nil {
		return "this is neither a request nor a reply whose request was seen"
	}
	return ""
}
