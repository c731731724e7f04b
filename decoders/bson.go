package decoders

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Types of BSON elements (bsonspec.org/spec.html) that need a word of code.
const (
	bsonDouble    = 0x01
	bsonString    = 0x02
	bsonDocument  = 0x03
	bsonArray     = 0x04
	bsonBinary    = 0x05
	bsonUndefined = 0x06
	bsonObjectID  = 0x07
	bsonBool      = 0x08
	bsonDate      = 0x09
	bsonNull      = 0x0a
	bsonRegex     = 0x0b
	bsonPointer   = 0x0c
	bsonCode      = 0x0d
	bsonSymbol    = 0x0e
	bsonScoped    = 0x0f
	bsonInt32     = 0x10
	bsonTimestamp = 0x11
	bsonInt64     = 0x12
	bsonDecimal   = 0x13
	bsonMaxKey    = 0x7f
	bsonMinKey    = 0xff
)

// bsonWhole reports whether data is one BSON document: its length is that of the data and every
// element is well-formed.
func bsonWhole(data []byte, limits Limits) (walked, bool) {
	if len(data) < 5 || int64(binary.LittleEndian.Uint32(data)) != int64(len(data)) || data[len(data)-1] != 0 {
		return walked{}, false
	}
	w := walkBSON(data, limits)
	return w, (w.why == breakNone || w.why == breakLimit) && len(w.tree.nodes) > 0
}

// walkBSON reads a document. Names are keys; the items of an array, whose names must be their
// indexes, are items. In a frame left is the offset at which the document must end.
func walkBSON(data []byte, limits Limits) walked {
	w := walker{data: data, grammar: gBSON, limits: limits, stack: make([]frame, 0, shallow)}
	w.bsonOpen(node{kind: kindMap}, math.MaxInt32)
	for len(w.stack) > 0 && w.why == breakNone {
		w.bsonElement()
	}
	return w.finish()
}

// bsonOpen opens the document at the current offset; it must end before limit.
func (w *walker) bsonOpen(n node, limit int) bool {
	start := int(n.start)
	if len(w.data)-start < 4 {
		w.fail(breakEnd, start, "expected the length of a document, the data ends")
		return false
	}
	size := int64(binary.LittleEndian.Uint32(w.data[start:]))
	if size < 5 || size > int64(limit-start) {
		w.fail(breakSyntax, start, fmt.Sprintf("expected the length of a document, %d is none", size))
		return false
	}
	if w.deep(start) {
		return false
	}
	n.end = n.start + 4
	w.off = start + 4
	if !w.add(n) {
		return false
	}
	w.push(uint64(start)+uint64(size), true)
	return true
}

// bsonElement reads the next element of the innermost document, or its end.
func (w *walker) bsonElement() {
	f := &w.stack[len(w.stack)-1]
	end, at := int(f.left), w.off
	seen := min(end, len(w.data))
	switch {
	case at >= len(w.data):
		w.fail(breakEnd, at, "expected an element, the data ends")
		return
	case w.data[at] == 0 && at == end-1:
		w.off++
		w.pop()
		return
	case w.data[at] == 0, at >= end-1:
		w.fail(breakSyntax, at, fmt.Sprintf("expected the end of the document at %d", end-1))
		return
	}
	size := bytes.IndexByte(w.data[at+1:seen], 0)
	if size < 0 {
		if end > len(w.data) {
			w.fail(breakEnd, at, "expected the name of an element, the data ends")
		} else {
			w.fail(breakSyntax, at, "expected the name of an element")
		}
		return
	}
	n := node{start: uint32(at + size + 2), ref: uint32(at), flags: uint8(roleValue)}
	if f.kind == kindArray {
		n.ref, n.flags = f.have, uint8(roleItem)
		if strconv.Itoa(int(f.have)) != string(w.data[at+1:at+1+size]) {
			w.fail(breakSyntax, at, fmt.Sprintf("expected the item %d of the array", f.have))
			return
		}
	} else {
		w.keys++
	}
	level := len(w.stack) - 1
	if w.bsonValue(n, w.data[at], end) {
		w.stack[level].have++
	}
}

// bsonValue reads the value of an element in a document that ends at end, and reports whether it
// was added.
func (w *walker) bsonValue(n node, c byte, end int) bool {
	start := int(n.start)
	n.kind = bsonKind(c)
	switch n.kind {
	case kindInvalid:
		w.fail(breakSyntax, start, fmt.Sprintf("expected an element, the type %02x is none", c))
		return false
	case kindMap, kindArray:
		return w.bsonOpen(n, end-1)
	default:
	}
	size, why := bsonSize(w.data[start:], c)
	left := len(w.data) - start
	switch {
	case why == breakSyntax, size > end-1-start:
		w.fail(breakSyntax, start, "expected a value that fits its document")
		return false
	case c == bsonBool && left > 0 && w.data[start] > 1:
		w.fail(breakSyntax, start, "expected a truth value, 0 or 1")
		return false
	case why == breakEnd || size > left:
		return w.bsonCut(n, c, size)
	}
	w.off = start + size
	n.end = uint32(w.off)
	if n.kind == kindText {
		if n.end--; w.data[n.end] != 0 {
			w.fail(breakSyntax, int(n.end), "expected the zero byte after a string")
			return false
		}
	}
	return w.add(n)
}

// bsonCut reports a value that the end of the data cuts; of strings and bytes what is there is kept.
func (w *walker) bsonCut(n node, c byte, size int) bool {
	start, left := int(n.start), len(w.data)-int(n.start)
	w.fail(breakEnd, start, fmt.Sprintf("needs %d bytes, %d left", max(size, left+1), left))
	if n.kind != kindText && n.kind != kindBytes || left < bsonHeadSize(c) {
		return false
	}
	n.flags |= flagCut
	n.end = uint32(len(w.data))
	w.off = len(w.data)
	return w.add(n)
}

// bsonKind is the kind of a type of elements.
func bsonKind(c byte) kind {
	switch c {
	case bsonDouble:
		return kindFloat
	case bsonString, bsonCode, bsonSymbol:
		return kindText
	case bsonDocument:
		return kindMap
	case bsonArray:
		return kindArray
	case bsonBinary:
		return kindBytes
	case bsonUndefined:
		return kindUndefined
	case bsonBool:
		return kindBool
	case bsonNull:
		return kindNull
	case bsonInt32, bsonInt64:
		return kindUint
	case bsonObjectID, bsonDate, bsonRegex, bsonPointer, bsonScoped, bsonTimestamp, bsonDecimal, bsonMaxKey, bsonMinKey:
		return kindExt
	default:
		return kindInvalid
	}
}

// bsonHeadSize is how many bytes stand before the content of a value.
func bsonHeadSize(c byte) int {
	switch c {
	case bsonString, bsonCode, bsonSymbol:
		return 4
	case bsonBinary:
		return 5
	default:
		return 0
	}
}

// bsonSize is the length of the value at the start of d, the zero byte after a string included.
func bsonSize(d []byte, c byte) (int, breakKind) {
	switch c {
	case bsonUndefined, bsonNull, bsonMaxKey, bsonMinKey:
		return 0, breakNone
	case bsonBool:
		return 1, breakNone
	case bsonInt32:
		return 4, breakNone
	case bsonDouble, bsonDate, bsonTimestamp, bsonInt64:
		return 8, breakNone
	case bsonObjectID:
		return 12, breakNone
	case bsonDecimal:
		return 16, breakNone
	case bsonRegex:
		pattern := bytes.IndexByte(d, 0)
		options := bytes.IndexByte(d[pattern+1:], 0)
		if pattern < 0 || options < 0 {
			return 0, breakEnd
		}
		return pattern + options + 2, breakNone
	}
	if len(d) < 4 {
		return 4, breakEnd
	}
	size := int(int32(binary.LittleEndian.Uint32(d)))
	least, more := 1, 4
	switch c {
	case bsonBinary:
		least, more = 0, 5
	case bsonPointer:
		more = 4 + 12
	case bsonScoped:
		least, more = 14, 0
	}
	if size < least {
		return 0, breakSyntax
	}
	return size + more, breakNone
}

// bsonTypeAt is the type of node i, which stands before its name.
func (t *Tree) bsonTypeAt(i int) byte {
	n := &t.nodes[i]
	switch n.role() {
	case roleValue:
		return t.data[n.ref]
	case roleItem:
		digits := 1
		for v := n.ref; v > 9; v /= 10 {
			digits++
		}
		return t.data[int(n.start)-2-digits]
	default:
		return bsonDocument
	}
}

// bsonHead reads the head of a value back.
func (t *Tree) bsonHead(i int) head {
	n, c := &t.nodes[i], t.bsonTypeAt(i)
	d := t.data[n.start:n.end]
	h := head{kind: n.kind, size: bsonHeadSize(c)}
	switch c {
	case bsonDocument, bsonArray:
		h.arg = uint64(n.count)
	case bsonDouble:
		h.arg, h.width = binary.LittleEndian.Uint64(d), 8
	case bsonBool:
		h.arg = uint64(d[0])
	case bsonInt32:
		h.width = 4
		h.integer(int64(int32(binary.LittleEndian.Uint32(d))))
	case bsonInt64:
		h.width = 8
		h.integer(int64(binary.LittleEndian.Uint64(d)))
	default:
		h.arg, h.ext = uint64(max(len(d)-h.size, 0)), int8(c)
	}
	return h
}

// integer makes h an integer of either sign.
func (h *head) integer(v int64) {
	h.kind, h.arg = kindUint, uint64(v)
	if v < 0 {
		h.kind, h.arg = kindNegint, ^uint64(v)
	}
}

// bsonKey reads the type and the name of an element as the head of a key; the zero byte after the
// name is not part of it.
func bsonKey(d []byte) head {
	return head{kind: kindText, size: 1, arg: uint64(max(bytes.IndexByte(d[1:], 0), 0))}
}

// bsonTime reads a date: milliseconds since 1970.
func (t *Tree) bsonTime(i int) (time.Time, bool) {
	if t.nodes[i].kind != kindExt || t.bsonTypeAt(i) != bsonDate {
		return time.Time{}, false
	}
	ms := int64(binary.LittleEndian.Uint64(t.data[t.nodes[i].start:]))
	sec := ms / 1000
	if ms%1000 < 0 {
		sec--
	}
	return plainTime(sec, uint64(ms-sec*1000)*1_000_000)
}

// appendBSON shows the types that no other format has.
func (t *Tree) appendBSON(dst []byte, i int) []byte {
	d := t.raw(i, 0)
	switch t.bsonTypeAt(i) {
	case bsonObjectID:
		return fmt.Appendf(dst, "%x", d)
	case bsonTimestamp:
		return fmt.Appendf(dst, "%d, increment %d", binary.LittleEndian.Uint32(d[4:]), binary.LittleEndian.Uint32(d))
	case bsonRegex:
		pattern, options, _ := bytes.Cut(d, []byte{0})
		dst = append(append(dst, '/'), cutText(pattern, maxText)...)
		return append(append(dst, '/'), cutText(bytes.TrimRight(options, "\x00"), maxLabel)...)
	case bsonMinKey:
		return append(dst, "smallest key"...)
	case bsonMaxKey:
		return append(dst, "largest key"...)
	default:
		return appendHex(dst, d[:min(len(d), maxHex)], maxHex, len(d))
	}
}

// bsonType names the type of node i.
func (t *Tree) bsonType(i int) string {
	c := t.bsonTypeAt(i)
	if c == bsonBinary {
		return "binary" + bsonSubtype(t.data[t.nodes[i].start+4])
	}
	switch c {
	case bsonMinKey:
		return "min key"
	case bsonMaxKey:
		return "max key"
	}
	names := [...]string{
		"", "double", "string", "document", "array", "binary", "undefined", "ObjectId", "bool", "date", "null", "regular expression",
		"DBPointer", "code", "symbol", "code with scope", "int32", "timestamp", "int64", "decimal128",
	}
	return names[c]
}

// bsonSubtype names the subtypes of bytes; 80 and above are the user's.
func bsonSubtype(c byte) string {
	names := [...]string{
		"", " function", " old", " old UUID", " UUID", " MD5", " encrypted", " compressed column", " sensitive", " vector",
	}
	if int(c) < len(names) {
		return names[c]
	}
	return " subtype " + strconv.Itoa(int(c))
}
