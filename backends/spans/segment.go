package spans

import (
	"encoding/binary"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// segment is records with every text they refer to, so that it can be let go of as a
// whole. It holds no pointers to spans. Only the last segment of a lane grows; what stands in a
// segment never changes, so that readers need no lock for a copy of its fields.
type segment struct {
	// base is the position of data[0] in its lane; positions only grow.
	base uint64
	// data is the records. Each is the length of the rest as an uvarint, and the rest: see
	// writeRecord.
	data  []byte
	texts texts
	// ops are the operations of the records, about the resources of the operations.
	ops   []op
	about []byte // attributes, as writeAttributes writes them
	first int64  // nanoseconds since 1970, what starts are relative to
	spans int
	// stretches is whose the records are, in their order.
	stretches []stretch
	linked    bool // some record has links
	opIndex   map[opName]uint32
	// lastOp is the operation of the last span, lastName its name.
	lastName  opName
	lastOp    uint32
	resources map[attribute.Distinct]uint32
	// seen gives for each operation the attributes of its last span.
	seen [][]seen
}

// op is what the records of an operation have in common: numbers of texts, and the place of the
// resource's attributes in about.
type op struct {
	resource, service, name, scope, version uint32
	kind                                    uint8
}

// opName is an operation before its texts have numbers.
type opName struct {
	resource             attribute.Distinct
	name, scope, version string
	kind                 trace.SpanKind
}

// stretch is records of one trace that follow each other.
type stretch struct {
	trace uint32 // slot in Store.index
	spans uint32
}

// segmentCost is what a segment takes beside its slices, in bytes; opCost what an operation does, and
// opNameCost what its name does in a segment that grows.
const (
	segmentCost = 512
	opCost      = 24
	opNameCost  = 160 // in opIndex, with its texts
	stretchCost = 8
)

// newSegment returns an empty segment with room for what another one held, which may be nil.
func newSegment(base uint64, like *segment) *segment {
	s := &segment{base: base, opIndex: map[opName]uint32{}, resources: map[attribute.Distinct]uint32{}}
	if like == nil {
		s.texts = newTexts(0, 0, 0)
		return s
	}
	s.data = make([]byte, 0, withSpare(len(like.data)))
	s.texts = newTexts(withSpare(len(like.texts.bytes)), withSpare(len(like.texts.ends)), withSpare(like.texts.indexed))
	return s
}

// withSpare is a size with a little more, for what grows to about that size.
func withSpare(size int) int { return size + size/32 }

// trimmed is a slice with little room to spare. It is copied only where that saves enough.
func trimmed[T any](s []T) []T {
	if cap(s)-len(s) <= len(s)/16 {
		return s
	}
	return append(make([]T, 0, len(s)), s...)
}

// cost is what the segment takes, in bytes.
func (s *segment) cost() int {
	return segmentCost + cap(s.data) + s.texts.cost() + stretchCost*cap(s.stretches) + opCost*cap(s.ops) + cap(s.about) + opNameCost*len(s.opIndex) + opCost*len(s.resources)
}

// size is what the segment holds, in bytes.
func (s *segment) size() int { return len(s.data) + len(s.texts.bytes) + 4*len(s.texts.ends) }

// sealed returns the segment in little more memory than it takes, without a way to add.
func (s *segment) sealed() *segment {
	return &segment{
		base: s.base, data: trimmed(s.data), texts: s.texts.sealed(), ops: trimmed(s.ops), about: trimmed(s.about),
		first: s.first, spans: s.spans, stretches: trimmed(s.stretches), linked: s.linked,
	}
}

// count books a record of a trace.
func (s *segment) count(trace uint32) {
	s.spans++
	if n := len(s.stretches); n > 0 && s.stretches[n-1].trace == trace {
		s.stretches[n-1].spans++
		return
	}
	s.stretches = append(s.stretches, stretch{trace, 1})
}

// The flags of a record. The lowest two bits are its status.
const (
	flagParent = 1 << (iota + 2)
	flagStatusText
	flagEvents
	flagLinks
	flagReceived
	statusMask = 3
)

// source is what the records of a batch have in common.
type source struct {
	resource       []attribute.KeyValue
	distinct       attribute.Distinct
	service        string // of the resource
	scope, version string
	origin         Origin
}

// opOf returns the index of a span's operation, new if need be.
func (s *segment) opOf(d *Data, from *source) uint32 {
	name := opName{from.distinct, d.Name, from.scope, from.version, d.Kind}
	if len(s.ops) > 0 && s.lastName == name {
		return s.lastOp
	}
	if n, ok := s.opIndex[name]; ok {
		s.lastName, s.lastOp = name, n
		return n
	}
	at, ok := s.resources[from.distinct]
	if !ok {
		at = uint32(len(s.about))
		s.about = s.writeAttributes(s.about, from.resource, nil)
		s.resources[from.distinct] = at
	}
	n := uint32(len(s.ops))
	s.ops = append(s.ops, op{
		resource: at, name: s.add(d.Name), scope: s.add(from.scope), version: s.add(from.version),
		service: s.add(from.service), kind: uint8(d.Kind),
	})
	s.opIndex[name] = n
	s.lastName, s.lastOp = name, n
	return n
}

// add returns the number of a text, which is cut where it is longer than a span's may be.
func (s *segment) add(text string) uint32 { return s.texts.add(text[:min(len(text), maxAttribute)]) }

// linkPlaces returns the position of the last record with a link to a span, the place of a link
// chain; 0 for none, else the position + 1.
type linkPlaces interface {
	last(target trace.SpanID) uint64
}

// interval is when a span was, in nanoseconds: its start since 1970 and how long it took, which is never negative.
type interval struct{ start, took int64 }

// when returns the interval of a span.
func (d *Data) when() interval {
	return interval{d.Start.UnixNano(), max(int64(d.End.Sub(d.Start)), 0)}
}

// writeSized appends a span to the segment as a record with its size before it.
func (s *segment) writeSized(d *Data, from *source, at interval, pos, before uint64, links linkPlaces) {
	head := len(s.data)
	s.data = s.writeRecord(append(s.data, 0), d, from, at, pos, before, links)
	var size [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(size[:], uint64(len(s.data)-head-1))
	if n > 1 { // few are so long that they have to make room
		s.data = slices.Insert(s.data, head+1, size[1:n]...)
	}
	s.data[head] = size[0]
}

// writeRecord appends a span to out as a record that will stand at pos:
//
//	trace id, 16 bytes; span id, 8; operation, uvarint; flags, byte; [parent id, 8]
//	start relative to the segment's first, varint; duration, uvarint
//	distance to the record before it of the same trace in this lane, 0 for none, uvarint
//	[status text]; attributes; [events]; [links]
func (s *segment) writeRecord(out []byte, d *Data, from *source, at interval, pos, before uint64, links linkPlaces) []byte {
	if s.spans == 0 {
		s.first = at.start
	}
	operation := s.opOf(d, from)
	out = append(out, d.TraceID[:]...)
	out = append(out, d.ID[:]...)
	out = binary.AppendUvarint(out, uint64(operation))
	out = append(out, flagsOf(d, from.origin))
	if d.Parent.IsValid() {
		out = append(out, d.Parent[:]...)
	}
	out = binary.AppendVarint(out, at.start-s.first)
	out = binary.AppendUvarint(out, uint64(at.took))
	out = binary.AppendUvarint(out, distance(pos, before))
	if d.StatusText != "" {
		out = binary.AppendUvarint(out, uint64(s.add(d.StatusText)))
	}
	out = s.writeAttributes(out, d.Attributes, s.seenOf(operation, len(d.Attributes)))
	if len(d.Events) > 0 {
		out = s.writeEvents(out, d, at.start)
	}
	if len(d.Links) > 0 {
		out = s.writeLinks(out, d, pos, links)
	}
	return out
}

// distance from a position back to another, which is given + 1; 0 for none.
func distance(pos, before uint64) uint64 {
	if before == 0 {
		return 0
	}
	return pos - (before - 1)
}

func flagsOf(d *Data, origin Origin) byte {
	flags := byte(min(d.Status, codes.Ok)) & statusMask
	if d.Parent.IsValid() {
		flags |= flagParent
	}
	if d.StatusText != "" {
		flags |= flagStatusText
	}
	if len(d.Events) > 0 {
		flags |= flagEvents
	}
	if len(d.Links) > 0 {
		flags |= flagLinks
	}
	if origin == Received {
		flags |= flagReceived
	}
	return flags
}

// writeEvents appends the number of events, and of each its name, its time since the span's
// start and its attributes.
func (s *segment) writeEvents(out []byte, d *Data, start int64) []byte {
	events := d.Events[:min(len(d.Events), maxParts)]
	out = binary.AppendUvarint(out, uint64(len(events)))
	for i := range events {
		out = binary.AppendUvarint(out, uint64(s.add(events[i].Name)))
		out = binary.AppendVarint(out, events[i].Time.UnixNano()-start)
		out = s.writeAttributes(out, events[i].Attributes, nil)
	}
	return out
}

// writeLinks appends the number of links, and of each the ids of its target, the distance to the
// record before that links to the same span (0 for none) and its attributes.
func (s *segment) writeLinks(out []byte, d *Data, pos uint64, places linkPlaces) []byte {
	links := d.Links[:min(len(d.Links), maxParts)]
	out = binary.AppendUvarint(out, uint64(len(links)))
	for i := range links {
		to := links[i].SpanContext
		traceID, id := to.TraceID(), to.SpanID()
		out = append(out, traceID[:]...)
		out = append(out, id[:]...)
		out = binary.AppendUvarint(out, distance(pos, places.last(id)))
		out = s.writeAttributes(out, links[i].Attributes, nil)
	}
	return out
}

func serviceOf(resource []attribute.KeyValue) string {
	for i := range resource {
		if resource[i].Key == "service.name" {
			return resource[i].Value.String()
		}
	}
	return ""
}
