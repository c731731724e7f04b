package spans

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
)

// AddReceived keeps spans that other programs sent. Spans without a trace or span id are left
// out; it returns how many it took.
func (s *Store) AddReceived(batches ...Batch) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := 0
	for i := range batches {
		b := &batches[i]
		resource := s.receivedResource(b.Resource)
		for j := range b.Spans {
			if d := &b.Spans[j]; d.TraceID.IsValid() && d.ID.IsValid() {
				s.add(d, b, resource)
				taken++
			}
		}
	}
	s.revision++
	return taken
}

func (s *Store) receivedResource(attrs []attribute.KeyValue) int {
	var text resourceText
	for _, a := range attrs {
		text.attrs = append(text.attrs, Attr{string(a.Key), a.Value.String(), a.Value.Type()})
		if a.Key == "service.name" {
			text.service = a.Value.String()
		}
	}
	s.resources = append(s.resources, text)
	return len(s.resources) - 1
}

func (s *Store) add(d *Data, b *Batch, resource int) {
	e, ok := s.traces[d.TraceID]
	if !ok {
		e = &entry{id: d.TraceID, lane: &s.people, start: d.Start.UnixNano(), name: d.Name, resource: resource, bytes: entryCost}
		s.traces[d.TraceID] = e
		e.lane.add(e)
	}
	r := packData(d, b)
	r.resource, r.origin = resource, Received
	e.received = true
	if !d.Parent.IsValid() {
		e.name, e.resource = d.Name, resource
	}
	if r.status == codes.Error {
		e.errors++
	}
	e.start, e.end = min(e.start, r.start), max(e.end, r.end())
	e.records = append(e.records, r)
	e.bytes += r.cost()
	e.lane.bytes += r.cost()
	s.spans++
	s.makeRoom(e)
}

// every returns the ended spans of the traces that a query is about.
func (s *Store) every(q Query) []Span {
	q.Limit, q.Where = 0, Search{}
	var list []Span
	for _, sum := range s.Summaries(q) {
		for _, span := range s.Trace(sum.TraceID) {
			if !span.Running {
				list = append(list, span)
			}
		}
	}
	return list
}

// Search returns the ended spans that a query selects, newest first, and how many there are
// beyond its limit too.
func (s *Store) Search(q Query) (found []Span, total int) {
	for _, span := range s.every(q) {
		if q.Where.Match(&span) {
			found = append(found, span)
		}
	}
	slices.SortStableFunc(found, func(a, b Span) int { return b.Start.Compare(a.Start) })
	total = len(found)
	if q.Limit > 0 && total > q.Limit {
		found = found[:q.Limit]
	}
	return found, total
}

// Find returns a span by its ids.
func (s *Store) Find(traceID, spanID string) (Span, bool) {
	for _, span := range s.Trace(traceID) {
		if span.ID == spanID {
			return span, true
		}
	}
	return Span{}, false
}

// Backlinks returns the ended spans with a link to the given span, oldest first: from a producer
// its consumers. The other way a span's Links and Find lead.
func (s *Store) Backlinks(traceID, spanID string) []Span {
	var list []Span
	for _, span := range s.every(Query{}) {
		if slices.ContainsFunc(span.Links, func(l Link) bool { return l.TraceID == traceID && l.SpanID == spanID }) {
			list = append(list, span)
		}
	}
	slices.SortStableFunc(list, func(a, b Span) int { return a.Start.Compare(b.Start) })
	return list
}

// Operations returns statistics of the ended spans that a query selects, by service, scope, name
// and kind, those with the greatest total time first. Percentiles are exact (nearest rank).
func (s *Store) Operations(q Query) []Operation {
	list := s.every(q)
	ops, keys := map[operationKey]int{}, []operationKey(nil)
	traces := map[string]int{}
	timings := make([]timing, len(list))
	for i := range list {
		span := &list[i]
		key := operationKey{span.Service(), span.Scope, span.Name, span.Kind}
		if _, ok := ops[key]; !ok {
			ops[key] = len(keys)
			keys = append(keys, key)
		}
		if _, ok := traces[span.TraceID]; !ok {
			traces[span.TraceID] = len(traces)
		}
		timings[i] = timing{
			op: ops[key], trace: traces[span.TraceID], id: number(span.ID), parent: number(span.Parent),
			start: span.Start.UnixNano(), took: int64(span.Duration), failed: span.Status == "Error", want: q.Where.Match(span),
		}
	}
	return operations(keys, timings)
}

// Rank returns the share of the kept spans of the same operation, in percent, that took no
// longer than this one, and how many there are.
func (s *Store) Rank(span Span) (percent float64, of int) {
	less := 0
	for _, o := range s.every(Query{}) {
		if o.Name == span.Name && o.Kind == span.Kind && o.Scope == span.Scope && o.Service() == span.Service() {
			of++
			if o.Duration <= span.Duration {
				less++
			}
		}
	}
	return 100 * float64(less) / float64(max(of, 1)), of
}

// NextError returns the failed span that follows the given one: the next in the order of the
// trace's waterfall, else the first of the next older trace that q selects and that has one,
// round the end. An empty spanID stands before the trace's first span. It is false when no span
// failed.
func (s *Store) NextError(traceID, spanID string, q Query) (Span, bool) {
	q.Limit = 0
	list := s.Summaries(q)
	at := max(slices.IndexFunc(list, func(t Summary) bool { return t.TraceID == traceID }), 0)
	past := spanID == ""
	for _, span := range s.Trace(traceID) {
		if past && span.Status == "Error" {
			return span, true
		}
		past = past || span.ID == spanID
	}
	for i := range list {
		next := list[(at+1+i)%len(list)]
		if next.Errors == 0 {
			continue
		}
		for _, span := range s.Trace(next.TraceID) {
			if span.Status == "Error" {
				return span, true
			}
		}
	}
	return Span{}, false
}

// number reads the 16 hexadecimal digits of a span id, 0 for none.
func number(id string) uint64 {
	var n uint64
	for i := range len(id) {
		c := id[i]
		if c >= 'a' {
			c -= 'a' - 10
		} else {
			c -= '0'
		}
		n = n<<4 | uint64(c)
	}
	return n
}

// packData makes a record of a received span, all but its resource.
func packData(d *Data, in *Batch) record {
	var b packer
	b.text(d.Name)
	b.text(d.StatusText)
	b.text(in.Scope)
	b.text(in.ScopeVersion)
	b.attributes(d.Attributes)
	b.number(int64(len(d.Events)))
	for _, e := range d.Events {
		b.text(e.Name)
		b.number(e.Time.UnixNano())
		b.attributes(e.Attributes)
	}
	b.number(int64(len(d.Links)))
	for _, l := range d.Links {
		b.text(l.SpanContext.TraceID().String())
		b.text(l.SpanContext.SpanID().String())
		b.attributes(l.Attributes)
	}
	return record{
		id: d.ID, parent: d.Parent, start: d.Start.UnixNano(), took: max(d.End.Sub(d.Start), 0),
		kind: d.Kind, status: d.Status, body: string(b),
	}
}
