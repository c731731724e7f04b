package spans

import (
	"cmp"
	"slices"
	"strings"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Summaries lists traces, newest first. Of the newest Query.Limit that arrived, that is: those
// are then put in the order of their starts.
func (s *Store) Summaries(q Query) []Summary {
	var having map[trace.TraceID]bool
	if !q.Where.Empty() {
		having = s.having(q)
	}
	s.lock()
	defer s.mu.Unlock()
	var list []Summary
	s.index.newestFirst(func(e *entry) bool {
		if s.listed(e, q) && (having == nil || having[e.id]) {
			list = append(list, s.summary(e))
		}
		return q.Limit <= 0 || len(list) < q.Limit
	})
	slices.SortStableFunc(list, func(a, b Summary) int { return b.Start.Compare(a.Start) })
	return list
}

// listed reports whether a query is about a trace, whatever its spans. The caller holds mu.
func (s *Store) listed(e *entry, q Query) bool {
	if q.HidePolls && s.names.list[e.trigger] == TriggerPoll {
		return false
	}
	match := fold(q.Match)
	return match == "" || strings.Contains(fold(s.names.list[e.name]), match) || strings.HasPrefix(e.id.String(), match)
}

// summary describes a trace. The caller holds mu.
func (s *Store) summary(e *entry) Summary {
	sum := Summary{
		TraceID: e.id.String(), Name: s.names.list[e.name], Service: s.names.list[e.service], Start: time.Unix(0, e.start),
		Duration: time.Duration(max(e.end-e.start, 0)), Spans: int(e.spans + e.running), Dropped: int(e.forgotten),
		Errors: int(e.errors), Trigger: s.names.list[e.trigger], Running: e.running > 0, Received: e.received,
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
	s.lock()
	e := s.index.find(traceID)
	if e == nil {
		s.mu.Unlock()
		return nil
	}
	var live []sdktrace.ReadOnlySpan
	if e.running > 0 {
		for _, run := range s.running {
			if run.of == e {
				live = append(live, run.span)
			}
		}
	}
	var lanes [laneCount]reading
	last := e.last
	for i := range lanes {
		if last[i] != 0 {
			lanes[i] = s.lanes[i].snapshot()
		}
	}
	s.mu.Unlock()
	var list []Span
	var about resources
	for i := range lanes {
		lanes[i].chain(last[i], func(in *segment, r *record) uint64 {
			list = append(list, about.span(in, r))
			return r.before
		})
	}
	for _, span := range live {
		list = append(list, spanOf(span))
	}
	return waterfall(list)
}

// resources remembers the resources of spans that are unpacked together.
type resources map[*segment]map[uint32][]Attr

// span makes a Span of a record, all but its depth.
func (known *resources) span(in *segment, r *record) Span {
	if *known == nil {
		*known = resources{}
	}
	of := (*known)[in]
	if of == nil {
		of = map[uint32][]Attr{}
		(*known)[in] = of
	}
	at := in.ops[r.op].resource
	if _, ok := of[at]; !ok {
		of[at] = in.resource(in.ops[r.op])
	}
	span := in.span(r)
	span.Resource = of[at]
	return span
}

// spanOf makes a Span of one that has not ended, or only just.
func spanOf(live sdktrace.ReadOnlySpan) Span {
	var d endedSpan
	d.fill(live)
	attrs := d.resource.Attributes()
	from := source{attrs, d.resource.Equivalent(), serviceOf(attrs), d.scope, d.version, Own}
	running := d.End.IsZero()
	if running {
		d.End = d.Start.Add(age(d.Start.UnixNano()))
	}
	in := newSegment(0, nil)
	in.writeSized(&d.Data, &from, d.when(), 0, 0, noLinks{})
	var r record
	in.record(0, &r)
	span := in.span(&r)
	span.Resource, span.Running = in.resource(in.ops[r.op]), running
	return span
}

// noLinks is for a record on its own.
type noLinks struct{}

func (noLinks) last(trace.SpanID) uint64 { return 0 }

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
