package spans

import (
	"encoding/binary"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// recordCost is what a record takes beside its body, in bytes.
const recordCost = 88

// record is an ended span, packed: what lists and trees need stands in fields, all texts in one
// body that only the view of a single trace unpacks.
type record struct {
	id, parent trace.SpanID
	start      int64 // nanoseconds since 1970
	took       time.Duration
	kind       trace.SpanKind
	status     codes.Code
	resource   int // index into Store.resources
	origin     Origin
	// body is name, status text, scope, attributes, events and links, written by pack.
	body string
}

func (r *record) cost() int  { return recordCost + len(r.body) }
func (r *record) end() int64 { return r.start + int64(r.took) }

// pack makes a record of a span, all but its resource.
func pack(s sdktrace.ReadOnlySpan) record {
	status := s.Status()
	var stack [1024]byte
	b := packer(stack[:0])
	b.text(s.Name())
	b.text(status.Description)
	b.text(s.InstrumentationScope().Name)
	b.text(s.InstrumentationScope().Version)
	b.attributes(s.Attributes())
	events := s.Events()
	b.number(int64(len(events)))
	for _, e := range events {
		b.text(e.Name)
		b.number(e.Time.UnixNano())
		b.attributes(e.Attributes)
	}
	links := s.Links()
	b.number(int64(len(links)))
	for _, l := range links {
		b.text(l.SpanContext.TraceID().String())
		b.text(l.SpanContext.SpanID().String())
		b.attributes(l.Attributes)
	}
	return record{
		id: s.SpanContext().SpanID(), parent: s.Parent().SpanID(), start: s.StartTime().UnixNano(),
		took: s.EndTime().Sub(s.StartTime()), kind: s.SpanKind(), status: status.Code, body: string(b),
	}
}

// unpack makes a Span of a record, all but its resource and depth.
func (r *record) unpack() Span {
	b := unpacker(r.body)
	s := Span{
		ID: r.id.String(), Kind: r.kind.String(), Start: time.Unix(0, r.start), Duration: r.took, Status: r.status.String(),
		Origin: r.origin, Name: b.text(), StatusText: b.text(), Scope: b.text(), ScopeVersion: b.text(), Attributes: b.attributes(),
	}
	if r.parent.IsValid() {
		s.Parent = r.parent.String()
	}
	for range b.number() {
		s.Events = append(s.Events, Event{Name: b.text(), Time: time.Unix(0, b.number()), Attributes: b.attributes()})
	}
	for range b.number() {
		s.Links = append(s.Links, Link{TraceID: b.text(), SpanID: b.text(), Attributes: b.attributes()})
	}
	return s
}

// packer appends texts with their lengths and numbers, as varints.
type packer []byte

func (p *packer) number(n int64) { *p = binary.AppendVarint(*p, n) }

func (p *packer) text(s string) {
	p.number(int64(len(s)))
	*p = append(*p, s...)
}

func (p *packer) attributes(attrs []attribute.KeyValue) {
	p.number(int64(len(attrs)))
	for _, a := range attrs {
		p.number(int64(a.Value.Type()))
		p.text(string(a.Key))
		p.text(a.Value.String())
	}
}

// unpacker reads what a packer wrote; it is never given anything else.
type unpacker string

func (u *unpacker) number() int64 {
	var head [binary.MaxVarintLen64]byte
	n, size := binary.Varint(head[:copy(head[:], *u)])
	*u = (*u)[max(size, 0):]
	return n
}

func (u *unpacker) text() string {
	n := min(max(int(u.number()), 0), len(*u))
	s := string((*u)[:n])
	*u = (*u)[n:]
	return s
}

func (u *unpacker) attributes() []Attr {
	var attrs []Attr
	for range u.number() {
		of := attribute.Type(u.number())
		attrs = append(attrs, Attr{Key: u.text(), Value: u.text(), Type: of})
	}
	return attrs
}
