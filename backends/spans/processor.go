package spans

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// maxRunning bounds the running spans: those beyond (somebody forgets to end them) are stored
// when they end, but not shown before.
const maxRunning = 2_000

// maxPending bounds the ended spans that wait to be kept.
const maxPending = 32

// runningSpan is a span that has not ended, with its id and its trace.
type runningSpan struct {
	id   trace.SpanID
	of   *entry
	span sdktrace.ReadOnlySpan
}

// endedSpan is a span that waits to be kept. Its trace, which counts it as running until then and so stays, is nil
// where it ran unseen.
type endedSpan struct {
	Data
	remote         bool // its parent is another program's
	scope, version string
	resource       *resource.Resource
	of             *entry
}

var _ sdktrace.SpanProcessor = (*Store)(nil)

// OnStart notes a running span.
func (s *Store) OnStart(ctx context.Context, span sdktrace.ReadWriteSpan) {
	c := span.SpanContext()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	if len(s.running) >= maxRunning {
		return
	}
	e := s.index.find(c.TraceID())
	if e == nil {
		e = s.started(ctx, c.TraceID(), span)
	}
	e.running++
	s.running = append(s.running, runningSpan{c.SpanID(), e, span})
}

// started makes the entry of a trace by the first of its spans that starts. The caller holds mu.
func (s *Store) started(ctx context.Context, id trace.TraceID, span sdktrace.ReadOnlySpan) *entry {
	trigger, ok := starting(ctx)
	if !ok && isRoot(span) { // asking is dear: the span looks for keys that it has twice
		trigger = triggerOf(span.Attributes())
	}
	return s.begin(id, span.Name(), s.aboutOf(span.Resource()).service, trigger, span.StartTime().UnixNano(), laneOf(trigger))
}

// OnEnd takes what an ended span says, to keep it with the next ones.
func (s *Store) OnEnd(span sdktrace.ReadOnlySpan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	n := len(s.pending)
	s.pending = s.pending[:n+1]
	p := &s.pending[n]
	p.fill(span)
	p.of = s.ended(p.TraceID, p.ID)
	if len(s.pending) == cap(s.pending) {
		s.settle()
	}
}

// ended takes a span from those that run and returns its trace, nil if it is none of them. The caller holds mu.
func (s *Store) ended(traceID trace.TraceID, id trace.SpanID) *entry {
	for i := len(s.running) - 1; i >= 0; i-- {
		if run := &s.running[i]; run.id == id && run.of.id == traceID {
			of := run.of
			copy(s.running[i:], s.running[i+1:])
			s.running[len(s.running)-1] = runningSpan{}
			s.running = s.running[:len(s.running)-1]
			return of
		}
	}
	return nil
}

// lock takes mu for what reads: it finds every span that has ended.
func (s *Store) lock() {
	s.mu.Lock()
	s.settle()
}

// settle keeps the spans that ended last. The caller holds mu.
func (s *Store) settle() {
	for i := range s.pending {
		p := &s.pending[i]
		s.keepOwn(p)
		if p.of != nil {
			p.of.running--
		}
	}
	clear(s.pending)
	s.pending = s.pending[:0]
	s.makeRoom()
}

// keepOwn keeps an ended span of ours. The caller holds mu.
func (s *Store) keepOwn(p *endedSpan) {
	root := uint8(anySpan)
	if !p.Parent.IsValid() {
		root = trueRoot
	} else if p.remote {
		root = localRoot
	}
	about := s.aboutOf(p.resource)
	from := source{about.attrs, about.distinct, about.service, p.scope, p.version, Own}
	s.keep(&p.Data, &from, root, p.of)
}

// about is the attributes of a resource, and its service.name.
type about struct {
	resource *resource.Resource
	distinct attribute.Distinct
	attrs    []attribute.KeyValue
	service  string
}

// maxKnown bounds Store.known.
const maxKnown = 64

// aboutOf returns what a resource of ours says, and remembers it: the SDK makes its attributes anew each
// time. The caller holds mu.
func (s *Store) aboutOf(r *resource.Resource) *about {
	if s.latest != nil && s.latest.resource == r {
		return s.latest
	}
	known, ok := s.known[r.Equivalent()]
	if !ok {
		if len(s.known) >= maxKnown {
			clear(s.known)
		}
		attrs := r.Attributes()
		known = &about{r, r.Equivalent(), attrs, serviceOf(attrs)}
		s.known[known.distinct] = known
	}
	s.latest = known
	return known
}

// Shutdown does nothing: what was stored stays readable.
func (s *Store) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing: there is nothing between a span's end and the store.
func (s *Store) ForceFlush(context.Context) error { return nil }

// fill sets what is kept of a span of ours: each question to an ended span of the SDK copies that span. It shares
// the span's slices, which do not change once it has ended.
func (p *endedSpan) fill(span sdktrace.ReadOnlySpan) {
	ids, parent, scope, status := span.SpanContext(), span.Parent(), span.InstrumentationScope(), span.Status()
	p.TraceID, p.ID, p.Parent, p.remote = ids.TraceID(), ids.SpanID(), parent.SpanID(), parent.IsRemote()
	p.Name, p.Kind, p.Start, p.End = span.Name(), span.SpanKind(), span.StartTime(), span.EndTime()
	p.Status, p.StatusText = status.Code, status.Description
	p.Attributes, p.Events, p.Links = span.Attributes(), span.Events(), span.Links()
	p.scope, p.version, p.resource = scope.Name, scope.Version, span.Resource()
}

// isRoot reports whether a span is where a trace begins in this program.
func isRoot(span sdktrace.ReadOnlySpan) bool {
	return !span.Parent().IsValid() || span.Parent().IsRemote()
}
