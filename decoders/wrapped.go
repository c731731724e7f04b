package decoders

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// wrapped looks for a wrapping around data: by its magic and the check at its end, by the declared
// encoding, and, where there is no magic, by what comes out. It returns nil when there is none.
func (d *decoding) wrapped(data []byte, depth int) *Result {
	if name := magicOf(data); name != "" {
		if r := d.byMagic(name, data, depth); r != nil {
			return r
		}
	}
	if r := d.plainly(data, depth); r != nil {
		return r
	}
	if xzMagic(data) {
		return unopenedXZ(data, Layer{Reason: "magic fd 37 7a 58 5a 00", Confidence: 0.99})
	}
	if r := d.hinted(data, depth); r != nil {
		return r
	}
	if data[0] < utf8.RuneSelf || isText(data) {
		if r, ok := d.spelled(data, depth); ok {
			return r
		}
	}
	if d.partial {
		return nil
	}
	if r := d.flagged(data, depth); r != nil {
		return r
	}
	return d.snappy(data, depth)
}

// spelled looks for a wrapping that is text: a token, hex, base64. Where ok is set data looks like one,
// and only the result can tell that it is none.
func (d *decoding) spelled(data []byte, depth int) (r *Result, ok bool) {
	if header, parts := jwtParts(data); header != nil {
		return d.token(data, len(parts), depth), true
	}
	switch {
	case d.partial:
		return nil, false
	case hexLike(data):
		return d.encoded("hex", data, depth), true
	case base64Like(data):
		return d.encoded("base64", data, depth), true
	}
	return nil, false
}

func (d *decoding) byMagic(name string, data []byte, depth int) *Result {
	u := d.open(name, data)
	w, _ := wrappingNamed(name)
	layer := Layer{Format: name, Reason: w.proof, Confidence: 1}
	if u.why != breakNone {
		layer.Reason, layer.Confidence = "magic, then "+u.fault, brokenWrapping(name, u)
	}
	if layer.Confidence == 0 {
		d.output += u.spent
		return nil
	}
	return d.below(u, data, layer, nil, depth)
}

// brokenWrapping is how sure a magic is whose content breaks. zlib's two bytes are no magic: only
// a good deal of output, with nothing wrong but the end, speaks for it. Neither are the heads of
// MessagePack's extensions.
func brokenWrapping(name string, u unwrapped) float64 {
	switch {
	case u.why == breakLimit:
		return 0.99
	case name == "zlib" && (u.why == breakSyntax || len(u.data) < 64):
		return 0
	case name == "msgpack-lz4" && (u.why == breakSyntax || len(u.data) < 8):
		return 0
	case name == "zlib", name == "msgpack-lz4":
		return 0.9
	case len(u.data) == 0:
		return 0.7
	default:
		return 0.97
	}
}

// formatXZ is named but not opened.
const formatXZ = "xz"

func unopenedXZ(data []byte, layer Layer) *Result {
	r := leafResult(formatXZ, data, layer)
	r.Fault = &Fault{Text: "xz is not opened here"}
	return r
}

// hinted tries the declared content encoding once, on the outermost bytes. It counts when it goes to
// the end of the bytes, which may be the beginning of a longer payload.
func (d *decoding) hinted(data []byte, depth int) *Result {
	if depth > 0 || d.wrapHint == "" {
		return nil
	}
	name := d.wrapHint
	if name == "lz4" {
		name = "lz4block" // a frame has its magic
	}
	u := d.open(name, data)
	whole := u.why == breakNone || u.why == breakLimit || u.why == breakEnd && d.partial
	if !whole || len(u.data) == 0 {
		d.output += u.spent
		return nil
	}
	return d.below(u, data, Layer{Format: name, Reason: "declared, whole", Confidence: 0.98}, nil, depth)
}

// token opens a JSON Web Token.
func (d *decoding) token(data []byte, parts, depth int) *Result {
	u := d.open("jwt", data)
	layer := Layer{Format: "jwt", Confidence: 0.99}
	switch {
	case u.why != breakNone:
		layer.Reason, layer.Confidence = "a header with alg, then "+u.fault, 0.93
	case parts == 5:
		layer.Reason = "encrypted: header, key, IV, ciphertext and tag"
	default:
		layer.Reason = "header, payload and signature; the signature is not verified"
	}
	if d.partial && u.why == breakNone {
		u.why, u.fault = breakEnd, "jwt: the data ends early"
	}
	return d.below(u, data, layer, nil, depth)
}

// encoded decodes text that may be base64 or hex and takes it only when what comes out is
// recognised: any letters and digits are base64 by accident.
func (d *decoding) encoded(name string, data []byte, depth int) *Result {
	u := d.open(name, data)
	if u.why != breakNone || len(u.data) < 6 {
		d.output += u.spent
		return nil
	}
	layer := Layer{Format: name, Reason: "all characters are " + name + ", content recognised", Confidence: 0.97}
	return d.recognised(u, layer, depth, func(r *Result) bool {
		if r.Layers[0].Format == formatText {
			return name == "base64" && len(u.data) >= 8 && cleanText(u.data)
		}
		return known(r) && r.substantial()
	})
}

// substantial reports whether a tree of MessagePack or CBOR is more than a hash or an identifier in hex
// could be by accident: it has text or several items.
func (r *Result) substantial() bool {
	if r.Tree == nil || len(r.Layers) != 1 || r.Tree.grammar != gMsgpack && r.Tree.grammar != gCBOR {
		return true
	}
	const several = 4
	return r.Tree.Len() >= several || r.Tree.keys > 0 && !r.Tree.oddKeys
}

// known reports whether a result is sure of more than text.
func known(r *Result) bool {
	return r.Layers[0].Confidence >= 0.9 && r.Fault == nil &&
		r.Format != formatBinary && r.Format != formatEmpty && r.Layers[0].Format != formatText && r.sureProto()
}

// recognised takes a wrapping without a magic when good accepts what is in it; nil otherwise.
func (d *decoding) recognised(u unwrapped, layer Layer, depth int, good func(*Result) bool) *Result {
	inner := *d
	inner.hint, inner.limits.Nodes = "", d.nodesBeside(u)
	r := inner.run(u.data, nil, depth+1)
	if !good(r) {
		d.output += u.spent
		return nil
	}
	d.output = inner.output
	r.Layers = slices.Insert(r.Layers, 0, layer)
	return r
}

// flagged takes the flag byte off that go-redis/cache puts after MessagePack.
func (d *decoding) flagged(data []byte, depth int) *Result {
	if !redisCached(data) {
		return nil
	}
	u := d.open("go-redis-cache", data)
	if u.why != breakNone {
		d.output += u.spent
		return nil
	}
	layer := Layer{Format: "go-redis-cache", Reason: "flag 00 after a whole message: not compressed", Confidence: 0.93}
	if data[len(data)-1] == cacheS2 {
		layer.Reason, layer.Confidence = "flag 01 after a whole S2 block", 0.99
	}
	return d.recognised(u, layer, depth, func(r *Result) bool {
		return r.Format == "msgpack" && r.Fault == nil && r.Layers[0].Confidence >= 0.8
	})
}

// snappy takes a block without a frame. It has no magic and no checksum: it must come to exactly the
// size it claims, and what comes out must be recognised, or be text where the outside is none.
func (d *decoding) snappy(data []byte, depth int) *Result {
	if claim, _ := binary.Uvarint(data[:min(len(data), 5)]); claim > uint64(d.output) || !rawSnappy(data) {
		return nil
	}
	u := d.open("snappy", data)
	if u.why != breakNone {
		d.output += u.spent
		return nil
	}
	layer := Layer{Format: "snappy", Reason: "block of exactly the size it claims, content recognised", Confidence: 0.98}
	return d.recognised(u, layer, depth, func(r *Result) bool {
		if r.Layers[0].Format == formatText {
			return len(u.data) > 8 && !isText(data) && r.Fault == nil
		}
		return known(r)
	})
}

// cleanText reports whether d reads as text that someone wrote: mostly letters, digits and spaces.
func cleanText(d []byte) bool {
	return stringBits(d[:min(len(d), evidenceBytes)]) >= 2*float32(utf8.RuneCount(d[:min(len(d), evidenceBytes)]))
}
