package views

import (
	"context"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/decoders"
)

// Detect is what to ask for instead of a format to have it found out, even where a pin says what it is.
const Detect = "detect"

// Decoder opens payloads with what is known beside their bytes: the pins a person has set and what
// the object a message is from has held so far. Its methods may be called from any goroutine. A
// Decoder must not be copied.
type Decoder struct {
	changes atomic.Uint64 // times that the pins changed
	schema  atomic.Pointer[decoders.Schema]
	keeping sync.Mutex // held while keeper writes, before mu
	keeper  PinKeeper  // nil: pins last as long as the program

	mu        sync.Mutex // guards what follows
	pins      []Pin
	histories histories
}

// NewDecoder returns a Decoder with these pins, of which the first that matches counts.
func NewDecoder(pins ...Pin) *Decoder {
	d := &Decoder{pins: slices.Clone(pins)}
	d.histories.seed = maphash.MakeSeed()
	return d
}

// KeepIn says where pins are kept. It must be called before the Decoder is used.
func (d *Decoder) KeepIn(k PinKeeper) { d.keeper = k }

// UseSchema sets the message types that payloads of Protocol Buffers may be of; nil for none.
func (d *Decoder) UseSchema(s *decoders.Schema) { d.schema.Store(s) }

// Decode opens the body of a message. As is a format or a chain that a person asks for, Detect, or ""
// for what the pins say, and detection where none matches.
func (d *Decoder) Decode(m backends.Message, as string) *decoders.Result {
	return d.decode(payload{
		where:    place{source: m.Source, target: m.Target},
		route:    m.Route,
		position: m.Position, body: m.Body, partial: !m.Complete(),
		contentType: m.ContentType, contentEncoding: m.ContentEncoding,
		envelope: m.Envelope,
	}, as)
}

// DecodeField opens a header or a stream field of a message, as Decode does a body.
func (d *Decoder) DecodeField(m backends.Message, f backends.Field, as string) *decoders.Result {
	return d.decode(payload{
		where:    place{source: m.Source, target: m.Target, field: f.Name},
		route:    m.Route,
		position: m.Position, body: f.Value,
		envelope: m.Envelope,
	}, as)
}

// payload is what is known of the bytes to decode.
type payload struct {
	where                        place
	route, position              string
	body                         []byte
	partial                      bool
	contentType, contentEncoding string
	envelope                     *backends.Envelope
}

func (d *Decoder) decode(p payload, as string) *decoders.Result {
	opt := decoders.Options{ContentType: p.contentType, ContentEncoding: p.contentEncoding, Partial: p.partial}
	opt.Schema = d.schema.Load()
	if as != "" && as != Detect {
		opt.As = as
		return decoders.Decode(p.body, opt)
	}
	pin, pinned, prior := d.known(p, as != Detect)
	if pinned {
		opt.As = pin.As
		return pin.sign(decoders.Decode(p.body, opt))
	}
	if as == "" {
		if r := p.asEnveloped(opt); r != nil {
			return r
		}
	}
	opt.Prior = prior
	result := decoders.Decode(p.body, opt)
	if !p.partial {
		d.learn(p, result)
	}
	return result
}

// known is what is known of a payload before its bytes are looked at: its pin, if pins are wanted,
// else the prior of where it is from.
func (d *Decoder) known(p payload, pins bool) (pin Pin, pinned bool, prior map[string]float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if pins {
		if pin, pinned = d.match(p.where, p.route); pinned {
			return pin, true, nil
		}
	}
	return Pin{}, false, d.histories.of(p.where).prior
}

func (d *Decoder) learn(p payload, r *decoders.Result) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.histories.learn(p, r)
}

// DecodeTraced is Decode for the body, DecodeField for the field that a person has opened, nil for the
// body: it leaves a span.
func DecodeTraced(d *Deps, m backends.Message, f *backends.Field, as string) *decoders.Result {
	_, span := spans.Root(context.Background(), d.Tracer, "decode", spans.TriggerUser)
	defer span.End()
	size, result := len(m.Body), (*decoders.Result)(nil)
	if f != nil {
		size, result = len(f.Value), d.Decoder.DecodeField(m, *f, as)
	} else {
		result = d.Decoder.Decode(m, as)
	}
	DescribeDecoding(span, result, size)
	return result
}

// DescribeDecoding names a span after the format that so many bytes were decoded from, and tells how it went.
func DescribeDecoding(span trace.Span, result *decoders.Result, size int) {
	span.SetName(strings.ReplaceAll(result.Format, " ", "_") + ".decode")
	span.SetAttributes(
		attribute.String("codec.format", result.Format),
		attribute.String("codec.operation", "decode"),
		attribute.Int("codec.input_size_bytes", size),
		attribute.Int("codec.output_size_bytes", len(result.Data)),
	)
	if result.Fault != nil {
		span.SetStatus(codes.Error, "payload is broken")
		span.SetAttributes(attribute.String("error.type", "broken_payload"))
	}
}
