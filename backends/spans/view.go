package spans

import (
	"cmp"
	"slices"
	"strings"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Summaries lists traces, newest first.
func (s *Store) Summaries(q Query) []Summary {
	if q.Where.Empty() {
		return s.summaries(q)
	}
	limit := q.Limit
	q.Limit = 0
	var list []Summary
	for _, sum := range s.summaries(q) {
		if slices.ContainsFunc(s.Trace(sum.TraceID), func(span Span) bool { return q.Where.Match(&span) }) {
			if list = append(list, sum); len(list) == limit {
				break
			}
		}
	}
	return list
}

func (s *Store) summaries(q Query) []Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	match := strings.ToLower(q.Match)
	people, polls := newest(&s.people), newest(&s.polls)
	if q.HidePolls {
		polls = func() *entry { return nil }
	}
	var list []Summary
	a, b := people(), polls()
	for (a != nil || b != nil) && (q.Limit <= 0 || len(list) < q.Limit) {
		var e *entry
		if b == nil || (a != nil && a.start >= b.start) {
			e, a = a, people()
		} else {
			e, b = b, polls()
		}
		if strings.Contains(strings.ToLower(e.name), match) || strings.HasPrefix(e.id.String(), match) {
			list = append(list, s.summary(e))
		}
	}
	return list
}

// newest returns a function that gives the traces of a lane one by one, newest first, and then
// nil.
func newest(l *lane) func() *entry {
	at := l.entries.Back()
	return func() *entry {
		if at == nil {
			return nil
		}
		e := at.Value.(*entry)
		at = at.Prev()
		return e
	}
}

func (s *Store) summary(e *entry) Summary {
	sum := Summary{
		TraceID: e.id.String(), Name: e.name, Service: s.resources[e.resource].service, Start: time.Unix(0, e.start),
		Duration: time.Duration(max(e.end-e.start, 0)), Spans: len(e.records) + e.running, Dropped: e.dropped,
		Errors: e.errors, Trigger: e.trigger, Running: e.running > 0, Received: e.received,
	}
	if sum.Running {
		sum.Duration = age(e.start)
	}
	return sum
}

// Trace returns the spans of a trace in the order of a waterfall: parents before their
// children, siblings by start. It is nil when the trace is not kept (any more).
func (s *Store) Trace(id string) []Span {
	traceID, err := trace.TraceIDFromHex(id)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	e, ok := s.traces[traceID]
	if !ok {
		s.mu.Unlock()
		return nil
	}
	records := slices.Clone(e.records)
	resources := slices.Clone(s.resources)
	var live []sdktrace.ReadOnlySpan
	if e.running > 0 {
		for key, run := range s.running {
			if key.trace == traceID {
				live = append(live, run.span)
			}
		}
	}
	s.mu.Unlock()
	list := unpackAll(records, resources, live)
	for i := range list {
		list[i].TraceID = id
	}
	return waterfall(list)
}

func unpackAll(records []record, resources []resourceText, live []sdktrace.ReadOnlySpan) []Span {
	list := make([]Span, 0, len(records)+len(live))
	for i := range records {
		span := records[i].unpack()
		span.Resource = resources[records[i].resource].attrs
		list = append(list, span)
	}
	for _, l := range live {
		r := pack(l)
		span := r.unpack()
		if span.Running = l.EndTime().IsZero(); span.Running {
			span.Duration = age(r.start)
		}
		for _, a := range l.Resource().Attributes() {
			span.Resource = append(span.Resource, Attr{string(a.Key), a.Value.String(), a.Value.Type()})
		}
		list = append(list, span)
	}
	return list
}

// waterfall orders spans as a tree and sets their depths. A span whose parent is missing stands
// at depth 0; so do spans that name each other as parents.
func waterfall(list []Span) []Span {
	slices.SortStableFunc(list, func(a, b Span) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
	})
	known := map[string]bool{}
	for i := range list {
		known[list[i].ID] = true
	}
	children := map[string][]int{}
	for i := range list {
		if p := list[i].Parent; p != "" && known[p] {
			children[p] = append(children[p], i)
		}
	}
	ordered, placed := make([]Span, 0, len(list)), make([]bool, len(list))
	place := func(root int) {
		type step struct{ at, depth int }
		for stack := []step{{root, 0}}; len(stack) > 0; {
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if placed[top.at] {
				continue
			}
			placed[top.at] = true
			span := list[top.at]
			span.Depth = top.depth
			ordered = append(ordered, span)
			for _, c := range slices.Backward(children[span.ID]) {
				stack = append(stack, step{c, top.depth + 1})
			}
		}
	}
	for i := range list {
		if p := list[i].Parent; p == "" || !known[p] {
			place(i)
		}
	}
	for i := range list {
		place(i)
	}
	return ordered
}
