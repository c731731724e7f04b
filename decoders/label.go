package decoders

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of the one-line texts, in bytes of the payload.
const (
	maxLabel = 256
	maxText  = 1024
	maxHex   = 64
)

// Key is the label of node i inside its parent: the key of a map entry, "[3]" for the fourth item
// of an array, "" for the root. Keys that are no text are shown in diagnostic notation, as is text
// that would read as something else. A key or index that a registry names has the name behind it:
// "1 (alg)". A long key is cut.
func (t *Tree) Key(i int) string {
	n := &t.nodes[i]
	switch n.role() {
	case roleItem:
		return withName("["+strconv.Itoa(int(n.ref))+"]", t.name(i))
	case roleValue:
		return withName(t.keyLabel(i), t.name(i))
	case roleEntry:
		if i+1 < int(n.next) {
			p := printer{t: t, room: maxLabel}
			p.item(i + 1)
			return string(p.out)
		}
		return ""
	case roleKey:
		return "key"
	case roleOf:
		return "value"
	case roleContent:
		return "content"
	default:
		return ""
	}
}

func withName(label, name string) string {
	if name == "" {
		return label
	}
	return label + " (" + name + ")"
}

// keySize is the length of the scalar key of node i.
func (t *Tree) keySize(i int) int {
	off := int(t.nodes[i].ref)
	if t.side != nil {
		return int(t.side.keys[off].size)
	}
	if f := t.field(i); f != nil {
		return t.typedKeySize(i, f)
	}
	if t.grammar != gJSON {
		h := t.grammar.readHead(t.data[off:])
		return h.size + int(h.content())
	}
	for at := off + 1; at < len(t.data); at++ {
		switch t.data[at] {
		case '\\':
			at++
		case '"':
			return at + 1 - off
		}
	}
	return len(t.data) - off
}

// keyText is the text of the scalar key of node i, and false for a key of another type or of
// bytes that are no UTF-8.
func (t *Tree) keyText(i int) ([]byte, bool) {
	if t.side != nil {
		f := t.side.keys[t.nodes[i].ref]
		if f.kind != kindText {
			return nil, false
		}
		return t.facetText(f, 0)
	}
	if t.grammar == gJSON {
		off := int(t.nodes[i].ref)
		s := unquote(t.data[off+1 : off+t.keySize(i)-1])
		return s, utf8.Valid(s)
	}
	h, content := t.keyHead(i)
	if h.kind != kindText {
		return nil, false
	}
	return content, utf8.Valid(content)
}

// keyHead is the head and the content of the scalar key of node i in a format whose keys have heads.
func (t *Tree) keyHead(i int) (h head, content []byte) {
	if f := t.field(i); f != nil {
		return t.typedKey(i, f)
	}
	d := t.data[t.nodes[i].ref:]
	h = t.grammar.readHead(d)
	return h, d[h.size : h.size+int(h.content())]
}

func (t *Tree) keyLabel(i int) string {
	if f := t.field(i); f != nil && f.key == nil {
		return f.name
	}
	s, ok := t.keyText(i)
	if !ok {
		p := printer{t: t, room: maxLabel}
		p.key(i)
		return string(p.out)
	}
	if t.grammar != gJSON && ambiguous(s) {
		return string(appendQuoted(nil, cutText(s, maxLabel)))
	}
	return string(cutText(s, maxLabel))
}

// cutText shortens s to about limit bytes, at a rune, and says so with "…".
func cutText(s []byte, limit int) []byte {
	if len(s) <= limit {
		return s
	}
	return append(bytes.Clone(wholeRunes(s[:limit])), "…"...)
}

// ambiguous reports whether text without quotes would read as another type, or not at all.
func ambiguous(s []byte) bool {
	if len(s) == 0 || s[0] == ' ' || s[len(s)-1] == ' ' {
		return true
	}
	if len(s) > maxText {
		s = s[:maxText]
	}
	for _, c := range s {
		if c < 0x20 || c == 0x7f {
			return true
		}
	}
	switch c := s[0]; {
	case c == '"', c == '{', c == '[', bytes.HasPrefix(s, []byte("h'")):
		return true
	case c == '-' || c == '+' || c == '.' || c >= '0' && c <= '9':
		_, err := strconv.ParseFloat(string(s), 64)
		return err == nil
	}
	switch string(s) {
	case "null", "true", "false", "undefined", "NaN", "Infinity":
		return true
	}
	return false
}

// Value is the value of node i on one line: scalars written out, text in quotes only where it would
// read as another type, "{3}" and "[7]" for containers, "[3 of 7]" when the rest is missing, bytes
// as h'0102…', what CBOR bytes hold as <<…>>. A tag whose content is as its specification demands is
// shown by its meaning: a time, a date, a number, a UUID. An integer that a registry names in its
// place has the name behind it: "-7 (ES256)". Long text is cut.
func (t *Tree) Value(i int) string {
	dst := t.appendValue(nil, i, 0)
	if note := t.note(i); note != "" {
		dst = append(append(append(dst, " ("...), note...), ')')
	}
	return string(dst)
}

// maxTags is how many tags inside each other Value writes out.
const maxTags = 4

func (t *Tree) appendValue(dst []byte, i, tags int) []byte {
	n, h := &t.nodes[i], t.headOf(i)
	if t.side != nil {
		if dst, ok := t.foreignValue(dst, i); ok {
			return dst
		}
	}
	switch n.kind {
	case kindText:
		return t.appendText(dst, i)
	case kindArray:
		return append(append(append(dst, '['), t.size(i, h)...), ']')
	case kindMap:
		return append(append(append(dst, '{'), t.size(i, h)...), '}')
	case kindSeq:
		return append(dst, plural(int(n.count), "item")...)
	case kindEntry:
		if n.count < 2 {
			return dst
		}
		return t.appendValue(dst, t.End(i+1), tags)
	case kindTag:
		return t.appendTag(dst, i, h, tags)
	case kindExt:
		return t.appendExt(dst, i, h)
	case kindBytes:
		if n.flags&flagInside != 0 && tags < maxTags {
			return append(t.appendValue(append(dst, "<<"...), i+1, tags+1), ">>"...)
		}
		dst = appendHex(dst, t.raw(i, maxHex+1), maxHex, len(t.raw(i, maxHex+1)))
		if size := t.contentSize(i); size > maxHex {
			dst = fmt.Appendf(dst, " (%d bytes)", size)
		}
		return dst
	default:
		return t.appendAtom(dst, i, h)
	}
}

// appendExt appends a scalar that only its format has.
func (t *Tree) appendExt(dst []byte, i int, h head) []byte {
	if when, ok := t.timeOf(i); ok {
		return when.AppendFormat(dst, rfc3339)
	}
	if t.grammar == gBSON {
		return t.appendBSON(dst, i)
	}
	if f := t.field(i); f != nil {
		return t.appendTyped(dst, i, f)
	}
	dst = append(strconv.AppendInt(append(dst, "ext "...), int64(h.ext), 10), ' ')
	return appendHex(dst, t.raw(i, maxHex), maxHex, int(h.arg))
}

// contentSize is the length of the content of a string that is there.
func (t *Tree) contentSize(i int) int {
	n := &t.nodes[i]
	if t.side != nil {
		return int(t.side.nodes[i].size)
	}
	if !t.chunked(n) {
		return int(n.end-n.start) - t.headOf(i).size
	}
	size := 0
	for c, last := i+1, t.End(i); c < last; c = t.End(c) {
		size += t.contentSize(c)
	}
	return size
}

// appendAtom appends a scalar that every notation writes in the same way.
func (t *Tree) appendAtom(dst []byte, i int, h head) []byte {
	n := &t.nodes[i]
	if t.grammar == gJSON {
		return append(dst, t.data[n.start:n.end]...)
	}
	switch n.kind {
	case kindNull:
		return append(dst, "null"...)
	case kindUndefined:
		return append(dst, "undefined"...)
	case kindBool:
		return strconv.AppendBool(dst, h.arg == 1)
	case kindUint, kindNegint:
		return appendInt(dst, h)
	case kindFloat:
		return appendFloat(dst, h.float(), min(64, max(32, int(h.width)*8)))
	default:
		return fmt.Appendf(dst, "simple(%d)", h.arg)
	}
}

func (t *Tree) appendText(dst []byte, i int) []byte {
	s, valid := t.text(i, maxText)
	more := t.nodes[i].cut() || len(t.raw(i, maxText+1)) > maxText
	if !valid || ambiguous(s) {
		dst = appendQuoted(dst, s)
	} else {
		dst = append(dst, s...)
	}
	if more {
		dst = append(dst, "…"...)
	}
	return dst
}

// size is the number of children, with the declared number when some are missing.
func (t *Tree) size(i int, h head) string {
	n := &t.nodes[i]
	have := strconv.Itoa(int(n.count))
	switch {
	case !n.cut() || t.grammar.counts() && !h.open && uint64(n.count) == h.arg:
		return have
	case !t.grammar.counts() || h.open:
		return have + "…"
	default:
		return have + " of " + strconv.FormatUint(h.arg, 10)
	}
}

// appendTag shows a tag by what it means, or as number and content.
func (t *Tree) appendTag(dst []byte, i int, h head, tags int) []byte {
	if dst, ok := t.appendMeaning(dst, i); ok {
		return dst
	}
	if h.arg == 55799 && t.nodes[i].count > 0 && tags < maxTags {
		return t.appendValue(dst, i+1, tags+1)
	}
	dst = append(strconv.AppendUint(dst, h.arg, 10), '(')
	if t.nodes[i].count > 0 {
		if tags >= maxTags {
			dst = append(dst, "…"...)
		} else {
			dst = t.appendValue(dst, i+1, tags+1)
		}
	}
	return append(dst, ')')
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// Text is the whole content of a text node, its escapes undone; false for nodes of other types.
func (t *Tree) Text(i int) (string, bool) {
	if t.nodes[i].kind != kindText {
		return "", false
	}
	s, _ := t.text(i, 0)
	return string(s), true
}

// Find returns the value of the first map entry, in the order of the payload, whose key equals key
// without regard to case.
func (t *Tree) Find(key string) (i int, ok bool) {
	for i := range t.nodes {
		n := &t.nodes[i]
		if n.role() != roleValue {
			continue
		}
		if t.grammar.counts() {
			h := t.grammar.readHead(t.data[n.ref:])
			if h.arg > uint64(2*len(key)+utf8.UTFMax) || h.kind != kindText {
				continue
			}
		}
		if s, ok := t.keyText(i); ok && strings.EqualFold(string(s), key) {
			return i, true
		}
	}
	return 0, false
}
