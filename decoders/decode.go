package decoders

import (
	"slices"
	"strings"
)

// maxData is how much of a payload is looked at; offsets in the tree have 32 bits.
const maxData = 1<<31 - 1

// Decode finds the format of a payload and reads it. It never panics and never returns nil; its
// time is linear in the bytes of the payload and of what they unwrap to, its memory bounded by the
// limits. The result keeps data, which must not be changed afterwards.
func Decode(data []byte, opt Options) *Result {
	d := decoding{
		schema: opt.Schema,
		limits: opt.Limits.withDefaults(), partial: opt.Partial, prior: opt.Prior,
	}
	if opt.ContentType != "" {
		d.hint = hintedFormat(opt.ContentType)
	}
	if opt.ContentEncoding != "" {
		d.wrapHint = hintedWrapping(opt.ContentEncoding)
	}
	d.output = d.limits.Output
	if len(data) > maxData {
		data, d.partial = data[:maxData], true
	}
	return d.run(data, chainOf(opt.As), 0)
}

// decoding is the state of one Decode.
type decoding struct {
	limits   Limits
	schema   *Schema
	partial  bool // the bytes at hand are only the beginning
	prior    map[string]float64
	hint     string
	wrapHint string
	output   int // bytes that wrappings may still unwrap to
}

// run decodes d's bytes below depth wrappings; pins are the formats a person asks for.
func (d *decoding) run(data []byte, pins []string, depth int) *Result {
	if len(pins) > 0 {
		return d.pinned(data, pins, depth)
	}
	if len(data) == 0 {
		return leafResult(formatEmpty, data, Layer{Reason: "no bytes", Confidence: 1})
	}
	if depth < d.limits.Layers {
		if r := d.wrapped(data, depth); r != nil {
			return r
		}
	}
	return d.content(data, depth)
}

// leafResult is a result without a tree.
func leafResult(format string, data []byte, layer Layer) *Result {
	layer.Format = format
	return &Result{Format: format, Data: data, Layers: []Layer{layer}}
}

// pinned uses the first pin as said.
func (d *decoding) pinned(data []byte, pins []string, depth int) *Result {
	name, message, _ := strings.Cut(pins[0], ":")
	layer := Layer{Format: name, Reason: ReasonPinned, Confidence: 1}
	if err := checkPin(pins[0], d.schema); err != nil || depth >= maxPins {
		if err == nil {
			err = errTooMany
		}
		r := leafResult(formatBinary, data, Layer{Reason: "unknown format", Confidence: 1})
		r.Fault = &Fault{Text: err.Error()}
		return r
	}
	if name == formatXZ {
		return unopenedXZ(data, layer)
	}
	if isWrapping(name) {
		return d.below(d.open(name, data), data, layer, pins[1:], depth)
	}
	if name == formatProtobuf {
		return d.pinnedProto(message, data)
	}
	r := d.build(name, data)
	r.Layers = []Layer{layer}
	return r
}

// maxPins bounds the length of a pinned chain.
const maxPins = 16

func isWrapping(name string) bool {
	_, ok := wrappingNamed(name)
	return ok
}

// open takes data out of the named wrapping.
func (d *decoding) open(name string, data []byte) unwrapped {
	w, _ := wrappingNamed(name)
	limit := min(d.output/w.cost, max(freeOutput, d.limits.Ratio*len(data)))
	u := w.unwrap(data, limit)
	u.spent = len(u.data) * w.cost
	d.output -= u.spent
	return u
}

// below decodes what came out of a wrapping and puts the wrapping's layer before it. A wrapping
// from which nothing came is the end of the chain.
func (d *decoding) below(u unwrapped, data []byte, layer Layer, pins []string, depth int) *Result {
	if len(u.data) == 0 && u.why != breakNone {
		r := leafResult(layer.Format, data, layer)
		r.Fault, r.Truncated = &Fault{Text: u.fault}, u.why == breakEnd
		return r
	}
	outer, nodes := d.partial, d.limits.Nodes
	d.partial, d.limits.Nodes = u.why != breakNone, d.nodesBeside(u)
	r := d.run(u.data, pins, depth+1)
	d.partial, d.limits.Nodes = outer, nodes
	r.Layers = slices.Insert(r.Layers, 0, layer)
	if u.why != breakNone {
		if r.Fault == nil {
			r.Fault = &Fault{Offset: len(r.Data), Text: u.fault}
		} else {
			r.Fault = &Fault{Offset: r.Fault.Offset, Text: r.Fault.Text + " (" + u.fault + ")"}
		}
		r.Truncated = r.Truncated || u.why != breakSyntax
	}
	return r
}

// nodesBeside is how many nodes the tree of what came out of a wrapping may have: up to half of them
// give way to the bytes that are in memory beside them.
func (d *decoding) nodesBeside(u unwrapped) int {
	give := float64(d.limits.Nodes) / 2 * float64(len(u.data)) / float64(max(d.limits.Output, 1))
	return max(d.limits.Nodes-int(give), 1)
}
