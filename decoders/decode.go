package decoders

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxData is how much of a payload is looked at; offsets in the tree have 32 bits.
const maxData = 1<<31 - 1

// Decode finds the format of a payload and reads it. It never panics and never returns nil; its
// time is linear in the bytes of the payload and of what they unwrap to, its memory bounded by the
// limits. The result keeps data, which must not be changed afterwards.
func Decode(data []byte, opt Options) *Result {
	d := decoding{
		limits: opt.Limits.withDefaults(), partial: opt.Partial, prior: opt.Prior,
		hint: hintedFormat(opt.ContentType), wrapHint: hintedWrapping(opt.ContentEncoding),
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
	name := pins[0]
	layer := Layer{Format: name, Reason: "pinned", Confidence: 1}
	if depth >= maxPins || !slices.Contains(Formats(), name) {
		r := leafResult(formatBinary, data, Layer{Reason: "unknown format", Confidence: 1})
		r.Fault = &Fault{Text: fmt.Sprintf("no format %q; there are %s", name, strings.Join(Formats(), ", "))}
		return r
	}
	if isWrapping(name) {
		return d.below(d.open(name, data), data, layer, pins[1:], depth)
	}
	r := d.build(name, data)
	r.Layers = []Layer{layer}
	return r
}

// maxPins bounds the length of a pinned chain.
const maxPins = 16

func isWrapping(name string) bool {
	_, ok := wrappingNamed(name)
	return ok || name == "base64" || name == "hex" || name == formatUTF16 || name == formatLatin1 || name == "grpc"
}

// open takes data out of the named wrapping.
func (d *decoding) open(name string, data []byte) unwrapped {
	var u unwrapped
	var err error
	switch name {
	case "base64":
		u.data, err = unBase64(data)
	case "hex":
		u.data, err = unHex(data)
	case formatUTF16:
		u = unUTF16(data, d.output)
	case formatLatin1:
		u = unLatin1(data, d.output)
	case "grpc":
		u = unGRPC(data, d.output)
	default:
		w, _ := wrappingNamed(name)
		limit := min(d.output, max(freeOutput, d.limits.Ratio*len(data)))
		u = w.unwrap(data, limit)
	}
	if err != nil {
		u.why, u.fault = breakSyntax, name+": "+plainError(err)
	}
	d.output -= len(u.data)
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
	outer := d.partial
	d.partial = u.why != breakNone
	r := d.run(u.data, pins, depth+1)
	d.partial = outer
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

// wrapped looks for a wrapping around data: by its magic and the check at its end, by the declared
// encoding, and for text by what comes out. It returns nil when there is none.
func (d *decoding) wrapped(data []byte, depth int) *Result {
	for _, w := range magics(data) {
		u := d.open(w.name, data)
		layer := Layer{Format: w.name, Reason: w.proof, Confidence: 1}
		if u.why != breakNone {
			layer.Reason, layer.Confidence = "magic, then "+u.fault, brokenWrapping(w.name, u)
		}
		if layer.Confidence > 0 {
			return d.below(u, data, layer, nil, depth)
		}
		d.output += len(u.data)
	}
	if r := d.plainly(data, depth); r != nil {
		return r
	}
	if r := d.hinted(data, depth); r != nil {
		return r
	}
	if d.partial {
		return nil
	}
	switch {
	case hexLike(data):
		return d.encoded("hex", data, depth)
	case base64Like(data):
		return d.encoded("base64", data, depth)
	}
	return nil
}

// brokenWrapping is how sure a magic is whose content breaks. zlib's two bytes are no magic: only
// a good deal of output, with nothing wrong but the end, speaks for it.
func brokenWrapping(name string, u unwrapped) float64 {
	switch {
	case u.why == breakLimit:
		return 0.99
	case name == "zlib" && (u.why == breakSyntax || len(u.data) < 64):
		return 0
	case name == "zlib":
		return 0.9
	case len(u.data) == 0:
		return 0.7
	default:
		return 0.97
	}
}

// hinted tries the declared content encoding once, on the outermost bytes.
func (d *decoding) hinted(data []byte, depth int) *Result {
	if depth > 0 || d.wrapHint == "" {
		return nil
	}
	u := d.open(d.wrapHint, data)
	if u.why != breakNone || len(u.data) == 0 {
		d.output += len(u.data)
		return nil
	}
	return d.below(u, data, Layer{Format: d.wrapHint, Reason: "declared, whole", Confidence: 0.98}, nil, depth)
}

// encoded decodes text that may be base64 or hex and takes it only when what comes out is
// recognised: any letters and digits are base64 by accident.
func (d *decoding) encoded(name string, data []byte, depth int) *Result {
	u := d.open(name, data)
	if u.why != breakNone || len(u.data) < 6 {
		d.output += len(u.data)
		return nil
	}
	inner := *d
	inner.hint = ""
	r := inner.run(u.data, nil, depth+1)
	known := r.Layers[0].Confidence >= 0.9 && r.Fault == nil && r.Format != formatBinary && r.Format != formatEmpty && r.sureProto()
	if r.Layers[0].Format == formatText {
		known = name == "base64" && len(u.data) >= 8 && cleanText(u.data)
	}
	if !known {
		d.output += len(u.data)
		return nil
	}
	d.output = inner.output
	r.Layers = slices.Insert(r.Layers, 0, Layer{
		Format: name, Reason: "all characters are " + name + ", content recognised", Confidence: 0.97,
	})
	return r
}

// cleanText reports whether d reads as text that someone wrote: mostly letters, digits and spaces.
func cleanText(d []byte) bool {
	return stringBits(d[:min(len(d), evidenceBytes)]) >= 2*float32(utf8.RuneCount(d[:min(len(d), evidenceBytes)]))
}
