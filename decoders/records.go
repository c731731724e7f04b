package decoders

import (
	"bytes"
	"fmt"
)

// Records of msgpackr (its README, "Record Structure Extension Specification"): extension 0x72 with an
// identifier, then an array of keys, then as many values. From there on a single byte 0x40 to 0x7f,
// the identifier, stands before the values of further records with the same keys; integers of that
// range are written uint8. Identifiers of two bytes have the lower five bits in the first.
const (
	extRecord   = 0x72
	firstRecord = 0x40
	lastRecord  = 0x7f
)

// recordBook is the keys of the records a walk has met.
type recordBook struct {
	keys [][]uint32      // offsets of the keys, by record
	ids  map[uint16]int  // record by its identifier
	wide map[uint16]bool // identifiers whose first byte has a second
	cut  int             // keys of a definition that the end of the data cuts
	room int             // definitions and keys that may still come
}

// maxRecordKeys bounds the definitions of records and their keys together: objects have few.
const maxRecordKeys = 1 << 16

// mayHaveRecords reports whether the bytes of a definition occur.
func mayHaveRecords(data []byte) bool {
	return bytes.Contains(data, []byte{0xd4, extRecord}) || bytes.Contains(data, []byte{0xd5, extRecord})
}

// walkRecords reads one MessagePack item with records, or with seq all up to the end of the data below
// a root of their own. found is how many records were defined, one that the end cuts after two keys
// included.
func walkRecords(data []byte, seq bool, limits Limits) (w walked, found int) {
	book := &recordBook{ids: map[uint16]int{}, wide: map[uint16]bool{}, room: maxRecordKeys}
	in := walker{data: data, grammar: gMsgpack, limits: limits, records: book}
	if seq {
		in.add(node{kind: kindSeq})
		in.push(endless, true)
	} else {
		in.item(0, roleRoot)
	}
	for len(in.stack) > 0 && in.why == breakNone {
		in.fill()
	}
	if found = len(book.keys); found == 0 && book.cut > 1 {
		found = 1
	}
	return in.finish(), found
}

// record opens a record that begins at the start of n with a head of the kind; false when it is none.
func (w *walker) record(n node, k kind, size int) (opened, ok bool) {
	start := int(n.start)
	rec, end := 0, 0
	switch {
	case k == kindExt:
		rec, end, ok = w.define(start, size)
	case size == 1 && w.data[start] >= firstRecord && w.data[start] <= lastRecord:
		rec, end, ok = w.recall(start)
	}
	if !ok {
		return false, w.why != breakNone
	}
	n.kind = kindMap
	keys := w.records.keys[rec]
	if !w.container(n, end, uint64(len(keys)), false) {
		return false, true
	}
	w.keys += len(keys)
	w.stack[len(w.stack)-1].record = uint32(rec + 1)
	return true, true
}

// recall finds a record by its identifier.
func (w *walker) recall(start int) (rec, end int, ok bool) {
	id, end := uint16(w.data[start]&0x3f), start+1
	if w.records.wide[id] {
		if end >= len(w.data) {
			return 0, 0, false
		}
		id |= uint16(w.data[end])<<6 | 1<<15
		end++
	}
	rec, ok = w.records.ids[id]
	return rec, end, ok
}

// define reads the definition whose head takes size bytes.
func (w *walker) define(start, size int) (rec, end int, ok bool) {
	c := w.data[start]
	end = start + size + 1
	if c == 0xd5 {
		end++
	}
	if c != 0xd4 && c != 0xd5 || end > len(w.data) || w.data[start+1] != extRecord {
		return 0, 0, false
	}
	if end == len(w.data) {
		w.keysCut()
		return 0, 0, false
	}
	id := uint16(w.data[start+2] & 0x3f)
	k, head, count := msgpackLead(w.data, end)
	if k == kindShort {
		w.keysCut()
	}
	if k != kindArray {
		return 0, 0, false
	}
	if count >= uint64(w.records.room) {
		w.fail(breakLimit, start, fmt.Sprintf("more than %d keys of records", maxRecordKeys))
		return 0, 0, false
	}
	keys, end, ok := w.recordKeys(end+head, count)
	if !ok {
		return 0, 0, false
	}
	if c == 0xd5 {
		w.records.wide[id] = true
		id |= uint16(w.data[start+3])<<6 | 1<<15
	}
	w.records.room -= len(keys) + 1
	w.records.keys = append(w.records.keys, keys)
	w.records.ids[id] = len(w.records.keys) - 1
	return len(w.records.keys) - 1, end, true
}

// keysCut ends the walk where the data ends within a definition.
func (w *walker) keysCut() {
	w.fail(breakEnd, len(w.data), "expected the keys of a record, the data ends")
}

// recordKeys reads count keys, which have to be text.
func (w *walker) recordKeys(off int, count uint64) (keys []uint32, end int, ok bool) {
	for range count {
		if off >= len(w.data) {
			w.keysCut()
			w.records.cut = len(keys)
			return nil, 0, false
		}
		k, size, arg := msgpackLead(w.data, off)
		if k == kindShort || k == kindText && arg > uint64(len(w.data)-off-size) {
			w.keysCut()
			w.records.cut = len(keys)
		}
		if k != kindText || w.why != breakNone {
			return nil, 0, false
		}
		keys = append(keys, uint32(off))
		off += size + int(arg)
	}
	return keys, off, true
}

// isRecord reports whether a map was read from a record.
func (t *Tree) isRecord(n *node) bool {
	if t.grammar != gMsgpack || n.kind != kindMap {
		return false
	}
	c := t.data[n.start]
	return c&0xf0 != 0x80 && c != 0xde && c != 0xdf
}

// recordTree reads MessagePack that its own lengths do not explain but records do: an item to the end
// of the data, several, one that the end cuts after at least one record, or one with other bytes after
// it; nil for all else.
func (d *decoding) recordTree(data []byte) *Result {
	if !mayHaveRecords(data) {
		return nil
	}
	if k, _, _ := msgpackLead(data, 0); !k.container() && k != kindExt {
		return nil // a scalar defines nothing
	}
	if s := msgpackSkip(data, 0); s.ok && s.end == len(data) {
		return nil
	}
	w, found := walkRecords(data, false, d.limits)
	if found > 0 && w.why == breakNone && w.off < len(data) {
		if all, _ := walkRecords(data, true, d.limits); all.why == breakNone || all.why == breakLimit {
			w = all
		}
	}
	reason, confidence := w.recordReason()
	if found == 0 || confidence == 0 {
		return nil
	}
	r := d.result("msgpack", data, w)
	r.Layers[0].Reason, r.Layers[0].Confidence = r.Tree.describe(reason)+", msgpackr records", confidence
	return r
}

// recordReason tells how a walk with records ended and how sure that is; 0 is not at all.
func (w walked) recordReason() (string, float64) {
	size := len(w.tree.data)
	switch {
	case w.why == breakLimit, w.why == breakNone && w.off == size:
		return "exact end, ", 0.99
	case w.why == breakEnd:
		return "cut after ", 0.93
	case w.why == breakNone && 2*w.off >= size:
		return "bytes that do not belong to it after ", 0.93
	default:
		return "", 0
	}
}

// recordHead is the head of a record: that of a map. How many entries a cut one should have is known
// only where its keys are defined.
func (t *Tree) recordHead(n *node) head {
	h := head{kind: kindMap, arg: uint64(n.count)}
	if !n.cut() {
		return h
	}
	off := int(n.start)
	switch t.data[off] {
	case 0xd4:
		off += 3
	case 0xd5:
		off += 4
	default:
		h.open = true
		return h
	}
	_, _, h.arg = msgpackLead(t.data, off)
	return h
}
