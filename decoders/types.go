package decoders

import (
	"math/big"
	"strconv"
	"time"
)

const rfc3339 = time.RFC3339Nano

// maxChecked is how much of a text Type looks at, in bytes.
const maxChecked = 1 << 20

// maxBig is the longest big number, in bytes, that is written in decimal; conversion takes more
// than linear time.
const maxBig = 1024

// timeOf reads a node that is a time: MessagePack's extension -1, CBOR's tags 0 and 1.
func (t *Tree) timeOf(i int) (time.Time, bool) {
	n := &t.nodes[i]
	if n.cut() || t.grammar == gJSON || t.side != nil {
		return time.Time{}, false
	}
	if t.grammar == gProtobuf {
		return t.protoTime(i)
	}
	if t.grammar == gBSON {
		return t.bsonTime(i)
	}
	h := t.headOf(i)
	switch {
	case n.kind == kindExt && h.ext == -1:
		return timestamp(t.raw(i, 0))
	case n.kind != kindTag || n.count == 0:
		return time.Time{}, false
	case h.arg == 1:
		return epochTime(t.headOf(i + 1))
	case h.arg == 0 && t.nodes[i+1].kind == kindText:
		when, err := time.Parse(time.RFC3339Nano, string(t.raw(i+1, maxLabel)))
		return when.UTC(), err == nil
	}
	return time.Time{}, false
}

// bigOf reads a node that is a big number: CBOR's tags 2 and 3 (RFC 8949 §3.4.3).
func (t *Tree) bigOf(i int) (*big.Int, bool) {
	n, h := &t.nodes[i], t.headOf(i)
	if n.kind != kindTag || n.count == 0 || n.cut() || h.arg != 2 && h.arg != 3 {
		return nil, false
	}
	b := t.raw(i+1, maxBig+1)
	if t.nodes[i+1].kind != kindBytes || len(b) > maxBig {
		return nil, false
	}
	v := new(big.Int).SetBytes(b)
	if h.arg == 3 {
		v.Not(v)
	}
	return v, true
}

// Type is the exact type of node i on the wire, in the words of its format: "uint8", "str8",
// "map16", "map (indefinite)", "tag 1 epoch time", "ext -1 timestamp". Text that is not UTF-8 says so.
func (t *Tree) Type(i int) string {
	n, h := &t.nodes[i], t.headOf(i)
	var name string
	switch {
	case n.kind == kindSeq:
		return "sequence"
	case n.kind == kindEntry:
		return "entry"
	case t.grammar == gJSON:
		name = jsonType(n.kind)
	case t.grammar == gProtobuf:
		name = t.protoType(i)
	case t.grammar == gBSON:
		name = t.bsonType(i)
	case t.grammar == gCSV:
		name = csvType(n)
	case t.grammar == gForeign:
		name = t.foreignType(i)
	case t.grammar == gCBOR:
		name = cborType(h)
	case t.isRecord(n):
		name = "record"
	default:
		name = msgpackType(t.data[n.start], h)
	}
	if n.kind == kindText {
		if s, valid := t.text(i, maxChecked); len(s) > 0 && !valid {
			name += ", not UTF-8"
		}
	}
	return name
}

func jsonType(k kind) string {
	switch k {
	case kindMap:
		return "object"
	case kindArray:
		return "array"
	case kindText:
		return "string"
	case kindNumber:
		return "number"
	case kindBool:
		return "boolean"
	default:
		return "null"
	}
}

// msgpackType names an initial byte as the specification does.
func msgpackType(c byte, h head) string {
	bits := strconv.Itoa(int(h.width) * 8)
	switch h.kind {
	case kindNull:
		return "nil"
	case kindBool:
		return "bool"
	case kindUint, kindNegint:
		switch {
		case h.width == 0:
			return "fixint"
		case c >= 0xd0:
			return "int" + bits
		}
		return "uint" + bits
	case kindFloat:
		return "float" + bits
	case kindText:
		return msgpackSized("str", h.width, bits)
	case kindBytes:
		return "bin" + bits
	case kindArray:
		return msgpackSized("array", h.width, bits)
	case kindMap:
		return msgpackSized("map", h.width, bits)
	default:
		name := "ext " + strconv.Itoa(int(h.ext))
		if h.ext == -1 {
			name += " timestamp"
		}
		return name
	}
}

func msgpackSized(name string, width uint8, bits string) string {
	if width == 0 {
		return "fix" + name
	}
	return name + bits
}

// cborType names a head with the words of RFC 8949 §3.1; the width is that of the argument.
func cborType(h head) string {
	bits := ""
	if h.width > 0 {
		bits = strconv.Itoa(int(h.width) * 8)
	}
	open := ""
	if h.open {
		open = " (indefinite)"
	}
	switch h.kind {
	case kindUint:
		return "uint" + bits
	case kindNegint:
		return "negative int" + bits
	case kindBytes:
		return "bytes" + open
	case kindText:
		return "text" + open
	case kindArray:
		return "array" + open
	case kindMap:
		return "map" + open
	case kindTag:
		name := "tag " + strconv.FormatUint(h.arg, 10)
		if known := tagName(h.arg); known != "" {
			name += " " + known
		}
		return name
	case kindFloat:
		return "float" + bits
	case kindNull:
		return "null"
	case kindUndefined:
		return "undefined"
	case kindBool:
		return "bool"
	default:
		return "simple"
	}
}

// tagName is the meaning of a tag in IANA's registry "CBOR Tags", for those met in messages.
func tagName(n uint64) string {
	switch n {
	case 0:
		return "time text"
	case 1:
		return "epoch time"
	case 2, 3:
		return "bignum"
	case 4:
		return "decimal fraction"
	case 5:
		return "bigfloat"
	case 21:
		return "expected base64url"
	case 22:
		return "expected base64"
	case 23:
		return "expected base16"
	case 24:
		return "encoded CBOR"
	case 55799:
		return "self-described CBOR"
	default:
		return tagNameMore(n)
	}
}

// tagNameMore goes on with the tags of later specifications.
func tagNameMore(n uint64) string {
	return map[uint64]string{
		16: "COSE_Encrypt0", 17: "COSE_Mac0", 18: "COSE_Sign1", 19: "COSE_Countersignature", 25: "string reference",
		28: "shareable", 29: "shared reference", 32: "URI", 33: "base64url text", 34: "base64 text",
		35: "regular expression", 36: "MIME message", 37: "UUID", 38: "language-tagged string", 39: "identifier",
		40: "multi-dimensional array", 41: "homogeneous array", 52: "IPv4", 54: "IPv6", 61: "CWT", 63: "encoded CBOR sequence",
		64: "uint8 array", 65: "uint16 BE array", 66: "uint32 BE array", 67: "uint64 BE array", 68: "uint8 clamped array",
		69: "uint16 LE array", 70: "uint32 LE array", 71: "uint64 LE array", 72: "int8 array", 73: "int16 BE array",
		74: "int32 BE array", 75: "int64 BE array", 77: "int16 LE array", 78: "int32 LE array", 79: "int64 LE array",
		80: "float16 BE array", 81: "float32 BE array", 82: "float64 BE array", 83: "float128 BE array",
		84: "float16 LE array", 85: "float32 LE array", 86: "float64 LE array", 87: "float128 LE array",
		96: "COSE_Encrypt", 97: "COSE_Mac", 98: "COSE_Sign", 100: "days since 1970", 256: "string namespace",
		258: "set", 259: "map", 1001: "extended time", 1002: "duration", 1003: "period", 1004: "date", 57343: "record",
	}[n]
}
