package decoders

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// walkJSON reads strict JSON (RFC 8259): one text, or with seq several that only space divides,
// below a root of their own (newline-delimited JSON). A byte order mark is passed over, as §8.1
// lets a parser do.
func walkJSON(data []byte, seq bool, limits Limits) walked {
	w := walker{data: data, grammar: gJSON, limits: limits, stack: make([]frame, 0, shallow)}
	w.nodes = make([]node, 0, min(jsonNodes(data), limits.Nodes))
	if bytes.HasPrefix(data, []byte(bom)) {
		w.off = len(bom)
	}
	w.space()
	if seq {
		w.add(node{kind: kindSeq})
		w.push(endless, true)
		w.jsonLines()
	} else {
		w.jsonValue(0, roleRoot)
		w.jsonRest(0)
		w.space()
	}
	return w.finish()
}

const bom = "\ufeff"

// jsonNodes estimates the nodes: every value but the first follows a comma or an opening bracket.
func jsonNodes(data []byte) int {
	return 1 + bytes.Count(data, []byte{','}) + bytes.Count(data, []byte{'['}) + bytes.Count(data, []byte{'{'})
}

// jsonLines reads texts up to the end of the data.
func (w *walker) jsonLines() {
	for w.why == breakNone && w.off < len(w.data) {
		before := len(w.nodes)
		w.jsonValue(w.stack[0].have, roleItem)
		if len(w.nodes) > before {
			w.stack[0].have++
		}
		w.jsonRest(1)
		w.space()
	}
	if w.why == breakNone {
		w.pop()
	}
}

// jsonRest reads until the containers above the given number are closed.
func (w *walker) jsonRest(above int) {
	for len(w.stack) > above && w.why == breakNone {
		w.jsonStep()
	}
}

func (w *walker) space() {
	for w.off < len(w.data) {
		switch w.data[w.off] {
		case ' ', '\t', '\n', '\r':
			w.off++
		default:
			return
		}
	}
}

// jsonStep reads the next child of the innermost container, or its end.
func (w *walker) jsonStep() {
	f := &w.stack[len(w.stack)-1]
	closing := byte(']')
	if f.kind == kindMap {
		closing = '}'
	}
	w.space()
	switch {
	case w.off >= len(w.data):
		w.fail(breakEnd, len(w.data), fmt.Sprintf("expected %q, the data ends", closing))
		return
	case w.data[w.off] == closing:
		w.off++
		w.pop()
		return
	case f.have > 0:
		if w.data[w.off] != ',' {
			w.fail(breakSyntax, w.off, fmt.Sprintf("expected ',' or %q", closing))
			return
		}
		w.off++
		w.space()
	}
	ref, as, level := f.have, roleItem, len(w.stack)-1
	if f.kind == kindMap {
		ref, as = uint32(w.off), roleValue
		if !w.jsonKey() {
			return
		}
	}
	before := len(w.nodes)
	w.jsonValue(ref, as)
	if len(w.nodes) > before {
		w.stack[level].have++
	}
}

// jsonKey reads a name and the colon after it.
func (w *walker) jsonKey() bool {
	if w.off < len(w.data) && w.data[w.off] != '"' {
		w.fail(breakSyntax, w.off, "expected a name in quotes")
		return false
	}
	if w.off >= len(w.data) {
		w.fail(breakEnd, w.off, "expected a name in quotes, the data ends")
		return false
	}
	if !w.jsonString() {
		return false
	}
	w.space()
	if w.off >= len(w.data) {
		w.fail(breakEnd, w.off, "expected ':' after the name, the data ends")
		return false
	}
	if w.data[w.off] != ':' {
		w.fail(breakSyntax, w.off, "expected ':' after the name")
		return false
	}
	w.off++
	w.keys++
	w.space()
	return true
}

// jsonValue reads a scalar, or opens a container. A string that the data cuts becomes a cut node;
// any other broken scalar leaves none.
func (w *walker) jsonValue(ref uint32, as role) {
	start := w.off
	if start >= len(w.data) {
		w.fail(breakEnd, start, "expected a value, the data ends")
		return
	}
	n := node{start: uint32(start), ref: ref, flags: uint8(as)}
	ok := false
	switch c := w.data[start]; {
	case c == '{', c == '[':
		w.jsonOpen(n, c)
		return
	case c == '"':
		n.kind = kindText
		if ok = w.jsonString(); !ok && w.why == breakEnd {
			n.flags |= flagCut
			ok = true
		}
	case c == 't':
		n.kind, ok = kindBool, w.jsonWord("true")
	case c == 'f':
		n.kind, ok = kindBool, w.jsonWord("false")
	case c == 'n':
		n.kind, ok = kindNull, w.jsonWord("null")
	case c == '-', c >= '0' && c <= '9':
		n.kind, ok = kindNumber, w.jsonNumber()
		if w.off == len(w.data) && len(w.stack) > 0 && w.stack[len(w.stack)-1].kind != kindSeq {
			n.flags |= flagCut // more digits may follow
		}
	default:
		w.fail(breakSyntax, start, "expected a value")
	}
	if ok {
		n.end = uint32(w.off)
		w.add(n)
	}
}

func (w *walker) jsonOpen(n node, c byte) {
	if w.deep(w.off) {
		return
	}
	n.kind = kindArray
	if c == '{' {
		n.kind = kindMap
	}
	w.off++
	n.end = uint32(w.off)
	if w.add(n) {
		w.push(endless, false)
	}
}

func (w *walker) jsonWord(word string) bool {
	left := w.data[w.off:]
	if len(left) < len(word) && word[:len(left)] == string(left) {
		w.fail(breakEnd, w.off, "expected "+word+", the data ends")
		return false
	}
	if !bytes.HasPrefix(left, []byte(word)) {
		w.fail(breakSyntax, w.off, "expected "+word)
		return false
	}
	w.off += len(word)
	return true
}

// jsonNumber reads a number (RFC 8259 §6). At the end of the data it is taken as it stands when it
// could end there.
func (w *walker) jsonNumber() bool {
	start := w.off
	if w.data[w.off] == '-' {
		w.off++
	}
	if w.off < len(w.data) && w.data[w.off] == '0' {
		w.off++
	} else if !w.digits(start) {
		return false
	}
	if w.off < len(w.data) && w.data[w.off] == '.' {
		w.off++
		if !w.digits(start) {
			return false
		}
	}
	if w.off < len(w.data) && w.data[w.off]|0x20 == 'e' {
		w.off++
		if w.off < len(w.data) && (w.data[w.off] == '+' || w.data[w.off] == '-') {
			w.off++
		}
		return w.digits(start)
	}
	return true
}

// digits reads one or more digits of the number that begins at start.
func (w *walker) digits(start int) bool {
	from := w.off
	for w.off < len(w.data) && w.data[w.off] >= '0' && w.data[w.off] <= '9' {
		w.off++
	}
	switch {
	case w.off > from:
		return true
	case w.off >= len(w.data):
		w.fail(breakEnd, start, "expected a digit, the data ends")
	default:
		w.fail(breakSyntax, w.off, "expected a digit")
	}
	return false
}

// jsonString passes over a string. Bytes that are not UTF-8 are let through: they are told when
// the string is shown.
func (w *walker) jsonString() bool {
	start, d := w.off, w.data
	for i := start + 1; i < len(d); i++ {
		switch c := d[i]; {
		case c == '"':
			w.off = i + 1
			return true
		case c < 0x20:
			w.off = i
			w.fail(breakSyntax, i, "a control character in a string must be escaped")
			return false
		case c == '\\':
			n := jsonEscape(d[i:])
			if n == 0 {
				w.off = i
				w.fail(breakSyntax, i, "no such escape in a string")
				return false
			}
			i += n - 1
		}
	}
	w.off = len(d)
	w.fail(breakEnd, start, "expected a closing quote, the data ends")
	return false
}

// jsonEscape is the length of the escape at the start of d, as far as the data goes; 0 is none.
func jsonEscape(d []byte) int {
	if len(d) < 2 {
		return 1
	}
	switch d[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		for i := 2; i < min(6, len(d)); i++ {
			if !isHex(d[i]) {
				return 0
			}
		}
		return 6
	default:
		return 0
	}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// unquote undoes the escapes between the quotes of a JSON string, as far as it goes. Lone
// surrogates become U+FFFD. Without escapes the result is s itself.
func unquote(s []byte) []byte {
	i := bytes.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	out := append(make([]byte, 0, len(s)), s[:i]...)
	for i < len(s) {
		if s[i] != '\\' || i+1 >= len(s) {
			out = append(out, s[i])
			i++
			continue
		}
		n := 2
		switch c := s[i+1]; c {
		case 'b', 'f', 'n', 'r', 't':
			out = append(out, "\b\f\n\r\t"[bytes.IndexByte([]byte("bfnrt"), c)])
		case 'u':
			var r rune
			r, n = unquoteRune(s[i:])
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
		i = min(i+n, len(s))
	}
	return out
}
