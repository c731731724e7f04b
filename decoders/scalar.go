package decoders

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"
)

// headOf reads the head of a node back; for JSON only the kind is known.
func (t *Tree) headOf(i int) head {
	n := &t.nodes[i]
	switch {
	case t.grammar.headless(), n.kind == kindSeq, n.kind == kindEntry:
		return head{kind: n.kind, arg: uint64(n.count)}
	case t.grammar == gProtobuf:
		return t.protoHead(i)
	case t.grammar == gBSON:
		return t.bsonHead(i)
	case n.flags&flagBare != 0:
		return t.bareHead(n)
	case t.grammar == gForeign:
		h := t.facetHead(n.kind, t.side.nodes[i])
		if t.branch(n) {
			h.arg = uint64(n.count)
		}
		return h
	case t.isRecord(n):
		return t.recordHead(n)
	}
	return t.grammar.readHead(t.data[n.start:])
}

// raw is the content of a string, bytes or extension node as it stands in the data; JSON escapes
// are still in it. At most limit bytes are returned, limit 0 means all.
func (t *Tree) raw(i, limit int) []byte {
	n := &t.nodes[i]
	if t.chunked(n) {
		return t.chunks(i, limit)
	}
	start, end := int(n.start), int(n.end)
	if t.side != nil {
		s := t.side.content(t.data, t.side.nodes[i])
		if limit > 0 {
			s = s[:min(limit, len(s))]
		}
		return s
	}
	if t.grammar == gCSV {
		return csvRaw(t.data[start:end], limit)
	}
	if t.grammar == gJSON {
		if n.kind == kindText {
			start++
			if !n.cut() {
				end--
			}
		}
	} else {
		start += t.headOf(i).size
	}
	if limit > 0 {
		end = min(end, start+limit)
	}
	return t.data[start:end]
}

// chunks joins the chunks of an indefinite string.
func (t *Tree) chunks(i, limit int) []byte {
	var out []byte
	for c, last := i+1, t.End(i); c < last; c = t.End(c) {
		rest := 0
		if limit > 0 {
			if rest = limit - len(out); rest <= 0 {
				break
			}
		}
		out = append(out, t.raw(c, rest)...)
	}
	return out
}

// text is the content of a text node, its escapes undone, and whether it is UTF-8. At most limit
// bytes of the data are used, limit 0 means all.
func (t *Tree) text(i, limit int) (s []byte, valid bool) {
	s = t.raw(i, limit)
	switch t.grammar {
	case gJSON:
		s = unquote(s)
	case gCSV:
		s = csvText(s)
	case gForeign:
		s = t.side.nodes[i].code.plain(s)
	default:
	}
	if t.nodes[i].cut() || limit > 0 && len(s) >= limit {
		s = wholeRunes(s)
	}
	return s, utf8.Valid(s)
}

// wholeRunes drops the beginning of a rune at the end of s.
func wholeRunes(s []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax-1, len(s)); i++ {
		c := s[len(s)-i]
		if utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(s[len(s)-i:]) {
				return s[:len(s)-i]
			}
			break
		}
	}
	return s
}

// appendInt appends an integer of either sign; CBOR has negative ones of 65 bits.
func appendInt(dst []byte, h head) []byte {
	if h.kind == kindUint {
		return strconv.AppendUint(dst, h.arg, 10)
	}
	if h.arg <= math.MaxInt64 {
		return strconv.AppendInt(dst, -1-int64(h.arg), 10)
	}
	v := new(big.Int).SetUint64(h.arg)
	return v.Not(v).Append(dst, 10)
}

// appendFloat appends a float so that it cannot be read as an integer. bits is the precision to
// show: 32 gives the shortest text that is the same float32.
func appendFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	}
	format, abs := byte('f'), math.Abs(v)
	if abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, v, format, -1, bits)
	if format == 'e' {
		if n := len(dst); dst[n-2] == '0' && (dst[n-3] == '-' || dst[n-3] == '+') { // e-08 is e-8
			dst[n-2] = dst[n-1]
			dst = dst[:n-1]
		}
		return dst
	}
	if bytes.IndexByte(dst[from:], '.') >= 0 {
		return dst
	}
	return append(dst, ".0"...)
}

// appendHex appends h'…' with at most limit bytes of b; total is how many there are.
func appendHex(dst, b []byte, limit, total int) []byte {
	dst = append(dst, "h'"...)
	dst = hex.AppendEncode(dst, b[:min(limit, len(b))])
	if total > limit {
		dst = append(dst, "…"...)
	}
	return append(dst, '\'')
}

// timestamp reads the content of MessagePack's extension -1 (specification, "Timestamp").
func timestamp(b []byte) (time.Time, bool) {
	var sec int64
	var nsec uint64
	switch len(b) {
	case 4:
		sec = int64(bigEndian(b, 4))
	case 8:
		v := bigEndian(b, 8)
		sec, nsec = int64(v&(1<<34-1)), v>>34
	case 12:
		nsec, sec = bigEndian(b, 4), int64(bigEndian(b[4:], 8))
	default:
		return time.Time{}, false
	}
	return plainTime(sec, nsec)
}

// plainTime is a time that RFC 3339 can write.
func plainTime(sec int64, nsec uint64) (time.Time, bool) {
	const first, last = -62167219200, 253402300799 // the years 0000 to 9999
	if sec < first || sec > last || nsec > 999_999_999 {
		return time.Time{}, false
	}
	return time.Unix(sec, int64(nsec)).UTC(), true
}

// epochTime reads the content of CBOR tag 1 (RFC 8949 §3.4.2).
func epochTime(h head) (time.Time, bool) {
	switch h.kind {
	case kindUint:
		if h.arg <= math.MaxInt64 {
			return plainTime(int64(h.arg), 0)
		}
	case kindNegint:
		if h.arg <= math.MaxInt64 {
			return plainTime(-1-int64(h.arg), 0)
		}
	case kindFloat:
		v := h.float()
		if sec := math.Floor(v); math.Abs(sec) < 1<<40 {
			return plainTime(int64(sec), uint64((v-sec)*1e9))
		}
	default:
	}
	return time.Time{}, false
}
