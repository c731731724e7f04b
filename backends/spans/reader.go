package spans

import (
	"encoding/binary"
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// reader reads what a segment wrote; it is never given anything else.
type reader []byte

// uvarint reads a number. It is small enough to be inlined; most numbers are, too.
func (r *reader) uvarint() (n uint64) {
	if n = uint64((*r)[0]); n < 0x80 {
		*r = (*r)[1:]
		return n
	}
	return r.long()
}

// long reads a number of more than seven bits. Inlined, it would keep uvarint from being so.
//
//go:noinline
func (r *reader) long() uint64 {
	b := *r
	n := uint64(b[0]&0x7f) | uint64(b[1]&0x7f)<<7
	if b[1] < 0x80 {
		*r = b[2:]
		return n
	}
	for i, shift := 2, 14; ; i, shift = i+1, shift+7 {
		c := b[i]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			*r = b[i+1:]
			return n
		}
	}
}

func (r *reader) varint() int64 {
	n := r.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *reader) take(n int) []byte {
	b := (*r)[:n]
	*r = (*r)[n:]
	return b
}

// record is a record's head, with the rest still to be read.
type record struct {
	traceID trace.TraceID
	id      trace.SpanID
	parent  trace.SpanID
	op      uint32
	flags   byte
	start   int64 // nanoseconds since 1970
	took    int64
	// before is the distance to the record before it of the same trace, 0 for none.
	before uint64
	// status is the number of the status text, where flagged.
	status uint32
	// rest is the attributes, events and links.
	rest reader
}

func (r *record) failed() bool { return codes.Code(r.flags&statusMask) == codes.Error }

// record reads the record at an offset into data, and where the next one begins.
func (s *segment) record(at int, r *record) (next int) {
	b := reader(s.data[at:])
	size := int(b.uvarint())
	next = len(s.data) - len(b) + size
	b = b[:size]
	copy(r.traceID[:], b.take(16))
	copy(r.id[:], b.take(8))
	r.op = uint32(b.uvarint())
	r.flags = b.take(1)[0]
	r.parent = trace.SpanID{}
	if r.flags&flagParent != 0 {
		copy(r.parent[:], b.take(8))
	}
	r.start = s.first + b.varint()
	r.took = int64(b.uvarint())
	r.before = b.uvarint()
	if r.flags&flagStatusText != 0 {
		r.status = uint32(b.uvarint())
	}
	r.rest = b
	return next
}

// each calls visit for the head of every record with its offset.
func (s *segment) each(visit func(at int, r *record)) {
	var r record
	for at := 0; at < len(s.data); {
		next := s.record(at, &r)
		visit(at, &r)
		at = next
	}
}

// value is an attribute as it stands in a record.
type value struct {
	key, sort uint32
	text      uint32 // of sortText and sortOther
	bits      uint64 // of sortInt and sortFloat
	of        attribute.Type
}

func (r *reader) value() value {
	head := r.uvarint()
	v := value{key: uint32(head >> sortBits), sort: uint32(head & (1<<sortBits - 1))}
	switch v.sort {
	case sortText:
		v.text = uint32(r.uvarint())
	case sortInt:
		v.bits = uint64(r.varint())
	case sortFloat:
		v.bits = binary.LittleEndian.Uint64(r.take(8))
	case sortOther:
		v.of = attribute.Type(r.take(1)[0])
		v.text = uint32(r.uvarint())
	}
	return v
}

// skip leaves out the value of a sort.
func (r *reader) skip(sort uint64) {
	switch sort {
	case sortText, sortInt:
		r.uvarint()
	case sortFloat:
		r.take(8)
	case sortOther:
		r.take(1)
		r.uvarint()
	}
}

// attr makes an Attr of a value.
func (s *segment) attr(v value) Attr {
	a := Attr{Key: s.texts.text(v.key)}
	switch v.sort {
	case sortText:
		a.Type, a.Value = attribute.STRING, s.texts.text(v.text)
	case sortOther:
		a.Type, a.Value = v.of, s.texts.text(v.text)
	default:
		a.Type, a.Value = v.plain()
	}
	return a
}

// plain is the type and the text of a value that is not kept as a text.
func (v value) plain() (attribute.Type, string) {
	of := attribute.BoolValue(v.sort == sortTrue)
	switch v.sort {
	case sortInt:
		of = attribute.Int64Value(int64(v.bits))
	case sortFloat:
		of = attribute.Float64Value(math.Float64frombits(v.bits))
	}
	return of.Type(), of.String()
}

func (s *segment) attributes(r *reader) []Attr {
	n := r.uvarint()
	if n == 0 {
		return nil
	}
	list := make([]Attr, 0, n)
	for range n {
		list = append(list, s.attr(r.value()))
	}
	return list
}

// resource returns the attributes of the resource of an operation.
func (s *segment) resource(o op) []Attr {
	r := reader(s.about[o.resource:])
	return s.attributes(&r)
}

// span makes a Span of a record, all but its resource and depth.
func (s *segment) span(r *record) Span {
	o, rest := s.ops[r.op], r.rest
	out := Span{
		TraceID: r.traceID.String(), ID: r.id.String(), Name: s.texts.text(o.name), Kind: trace.SpanKind(o.kind).String(),
		Start: time.Unix(0, r.start), Duration: time.Duration(r.took), Status: codes.Code(r.flags & statusMask).String(),
		Scope: s.texts.text(o.scope), ScopeVersion: s.texts.text(o.version), Attributes: s.attributes(&rest),
	}
	if r.flags&flagReceived != 0 {
		out.Origin = Received
	}
	if r.flags&flagParent != 0 {
		out.Parent = r.parent.String()
	}
	if r.flags&flagStatusText != 0 {
		out.StatusText = s.texts.text(r.status)
	}
	if r.flags&flagEvents != 0 {
		for range rest.uvarint() {
			out.Events = append(out.Events, Event{
				Name: s.texts.text(uint32(rest.uvarint())), Time: time.Unix(0, r.start+rest.varint()), Attributes: s.attributes(&rest),
			})
		}
	}
	if r.flags&flagLinks != 0 {
		for range rest.uvarint() {
			l := readLink(&rest)
			out.Links = append(out.Links, Link{l.traceID.String(), l.id.String(), s.attributes(&rest)})
		}
	}
	return out
}

// link is a link without its attributes.
type link struct {
	traceID trace.TraceID
	id      trace.SpanID
	// before is the distance to the record before with a link to the same span, 0 for none.
	before uint64
}

func readLink(r *reader) link {
	var l link
	copy(l.traceID[:], r.take(16))
	copy(l.id[:], r.take(8))
	l.before = r.uvarint()
	return l
}

func (r *reader) skipAttributes() {
	for range r.uvarint() {
		r.value()
	}
}

// eachLink calls visit for the links of a record.
func (r *record) eachLink(visit func(link)) {
	if r.flags&flagLinks == 0 {
		return
	}
	rest := r.rest
	rest.skipAttributes()
	if r.flags&flagEvents != 0 {
		for range rest.uvarint() {
			rest.uvarint()
			rest.uvarint()
			rest.skipAttributes()
		}
	}
	for range rest.uvarint() {
		visit(readLink(&rest))
		rest.skipAttributes()
	}
}
