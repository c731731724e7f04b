package decoders

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// maxDiagnostic is the room of Diagnostic, in bytes.
const maxDiagnostic = 1 << 20

// Diagnostic is the content in diagnostic notation (RFC 8949 §8): MessagePack and CBOR alike, JSON
// as it stands, text in quotes, bytes as h'…'.
//
// MessagePack extensions are written ext(type, h'…'), timestamps dt'…'. A CBOR head that is longer
// than it needs to be carries its encoding indicator (5_1). Text that is not UTF-8 is h'…' with a
// comment. "..." stands for what a break has cut off, and a comment at the end tells the break.
// Beyond 1 MiB the notation ends with "…".
func (r *Result) Diagnostic() string {
	return r.diagnostic(Notation{Limit: maxDiagnostic})
}

// diagnostic writes the content on one line.
func (r *Result) diagnostic(opt Notation) string {
	if r.Tree != nil && r.Tree.grammar != gJSON {
		p := printer{t: r.Tree, room: opt.Limit, widths: opt.Widths}
		p.item(0)
		if p.full() {
			p.out = append(wholeRunes(p.out[:opt.Limit]), "…"...)
		}
		if r.Fault != nil {
			p.out = fmt.Appendf(p.out, " /offset %d: %s/", r.Fault.Offset, uncomment(r.Fault.Text))
		}
		return string(p.out)
	}
	data, more := r.Data, ""
	if len(data) > opt.Limit {
		data, more = wholeRunes(data[:opt.Limit]), "…"
	}
	switch {
	case r.Tree != nil:
		return string(data) + more
	case r.Format == formatText:
		return string(appendQuoted(nil, data)) + more
	default:
		return "h'" + hex.EncodeToString(data) + more + "'"
	}
}

// Preview is the content on one line of at most width runes, made from as much of the payload as
// fits. It may contain any character of the payload.
func (r *Result) Preview(width int) string {
	if width <= 0 {
		return ""
	}
	var line []byte
	switch {
	case r.Tree != nil:
		room := min(width, 1<<16) * utf8.UTFMax
		p := printer{t: r.Tree, room: room, brief: true, out: make([]byte, 0, min(room+room/4, 2*len(r.Data)))}
		p.item(0)
		line = p.out
	case r.Format == formatText:
		line = r.Data[:min(len(r.Data), width*utf8.UTFMax+utf8.UTFMax)]
	default:
		line = spaced(r.Data[:min(len(r.Data), width/3+2)])
	}
	return oneLine(line, width)
}

// oneLine makes white space of line breaks and cuts at width runes, the last one being "…" then.
func oneLine(s []byte, width int) string {
	out := make([]byte, 0, min(len(s), width*utf8.UTFMax))
	before := 0 // length of out without its last rune
	for n := 0; len(s) > 0; n++ {
		if n == width {
			return string(append(out[:before], "…"...))
		}
		before = len(out)
		r, size := utf8.DecodeRune(s)
		if r == '\n' || r == '\r' || r == '\t' {
			r = ' '
		}
		out = utf8.AppendRune(out, r)
		s = s[size:]
	}
	return string(out)
}

// spaced is "a3 66 …" without the dots.
func spaced(b []byte) []byte {
	out := make([]byte, 0, 3*len(b))
	for i, c := range b {
		if i > 0 {
			out = append(out, ' ')
		}
		out = hex.AppendEncode(out, []byte{c})
	}
	return out
}

// JSON is the content as a json.RawMessage; see AppendJSON.
func (r *Result) JSON() any { return json.RawMessage(r.AppendJSON(nil)) }

// AppendJSON appends the content as one JSON value, the order of keys kept. What JSON cannot say is
// an object with one reserved name:
//
//	{"$bytes": "base64"}              bytes, and text that is not UTF-8
//	{"$number": "18446744073709551615"} integers beyond 2^53 and numbers that no float64 holds
//	{"$float": "NaN"}                 NaN and the infinities
//	{"$simple": 23}                   CBOR simple values; 23 is undefined
//	{"$ext": 5, "value": …}           MessagePack extensions
//	{"$tag": 37, "value": …}          CBOR tags but for times and big numbers
//	{"$time": "2013-03-21T20:04:00Z"} MessagePack timestamps, CBOR tags 0 and 1
//	{"$class": "shop.Order", …}       objects of Python, PHP, Ruby and Java: their parts or properties
//	                                  follow as members; alone it is the name of a class or function
//	{"$ref": 17}                      references: the offset of the item they refer to
//	{"$value": …, "@a": 1}            values with instance variables of their own
//	{"$map": [[k, v], …]}             maps with keys that are no text, repeat, or are reserved names
//
// Several items that follow each other make an array. Of a broken payload comes what could be
// read: a value that is missing is left out.
func (r *Result) AppendJSON(dst []byte) []byte {
	switch {
	case r.Tree != nil:
		w := jsonWriter{t: r.Tree, out: dst}
		w.item(0)
		return w.out
	case r.Format == formatText && utf8.Valid(r.Data):
		return appendQuoted(dst, r.Data)
	case r.Format == formatEmpty:
		return append(dst, "null"...)
	default:
		return appendBytes(dst, r.Data)
	}
}

func appendBytes(dst, b []byte) []byte {
	dst = append(dst, `{"$bytes":"`...)
	return append(base64.StdEncoding.AppendEncode(dst, b), `"}`...)
}

// jsonWriter writes nodes by the mapping of AppendJSON.
type jsonWriter struct {
	t   *Tree
	out []byte
}

func (w *jsonWriter) puts(s string) { w.out = append(w.out, s...) }

func (w *jsonWriter) item(i int) {
	n := &w.t.nodes[i]
	if w.t.side != nil && w.foreignJSON(i) {
		return
	}
	switch n.kind {
	case kindArray, kindSeq:
		w.array(i)
	case kindMap:
		w.object(i)
	case kindEntry:
		w.pair(i)
	case kindText:
		if s, ok := w.t.text(i, 0); ok {
			w.out = appendQuoted(w.out, s)
		} else {
			w.out = appendBytes(w.out, w.t.raw(i, 0))
		}
	case kindBytes:
		w.out = appendBytes(w.out, w.t.raw(i, 0))
	case kindTag, kindExt:
		w.extended(i)
	case kindNumber:
		w.number(w.t.data[n.start:n.end])
	default:
		if h := w.t.headOf(i); w.t.grammar == gJSON {
			w.out = append(w.out, w.t.data[n.start:n.end]...)
		} else {
			w.scalar(h)
		}
	}
}

// scalar writes a leaf of MessagePack or CBOR without content.
func (w *jsonWriter) scalar(h head) {
	switch h.kind {
	case kindNull:
		w.puts("null")
	case kindBool:
		w.out = strconv.AppendBool(w.out, h.arg == 1)
	case kindUint, kindNegint:
		if h.arg > 1<<53 {
			w.puts(`{"$number":"`)
			w.out = append(appendInt(w.out, h), `"}`...)
			return
		}
		w.out = appendInt(w.out, h)
	case kindFloat:
		v := h.float()
		if v-v != 0 { // NaN or infinite
			w.puts(`{"$float":"`)
			w.out = append(appendFloat(w.out, v, 64), `"}`...)
			return
		}
		w.out = appendFloat(w.out, v, 64)
	default:
		w.out = fmt.Appendf(w.out, `{"$simple":%d}`, h.arg)
	}
}

// number writes a JSON number that a float64 holds, and {"$number": …} for the others.
func (w *jsonWriter) number(s []byte) {
	if !exactNumber(s) {
		w.puts(`{"$number":"`)
		w.out = append(append(w.out, s...), `"}`...)
		return
	}
	w.out = append(w.out, s...)
}

// exactNumber reports whether a float64 keeps a JSON number: integers up to 2^53, fractions of up
// to 17 digits within its range.
func exactNumber(s []byte) bool {
	if len(s) <= 15 {
		for _, c := range s {
			if c|0x20 == 'e' {
				_, err := strconv.ParseFloat(string(s), 64)
				return err == nil
			}
		}
		return true
	}
	if v, err := strconv.ParseInt(string(s), 10, 64); err == nil {
		return v >= -1<<53 && v <= 1<<53
	}
	digits, fraction := 0, false
	for _, c := range s {
		if c|0x20 == 'e' {
			break
		}
		if c == '.' {
			fraction = true
		} else if c != '-' && (digits > 0 || c != '0') {
			digits++
		}
	}
	_, err := strconv.ParseFloat(string(s), 64)
	return err == nil && digits <= 17 && (fraction || digits <= 15)
}

func (w *jsonWriter) array(i int) {
	w.puts("[")
	for c, end := i+1, w.t.End(i); c < end; c = w.t.End(c) {
		if c > i+1 {
			w.puts(",")
		}
		w.item(c)
	}
	w.puts("]")
}
