package decoders

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
)

// pickleValue is a value on the stack of a pickle or in a container. The stack makes values before
// what holds them; the tree wants them after it, so they are linked first and written down at the end.
type pickleValue struct {
	start, end uint32
	first      uint32 // children, as indexes; 0 is none
	last       uint32
	next       uint32
	f          facet
	kind       kind // kindBreak is a mark
	part       part // what a child of an object is
	cut        bool
}

// part is what a child of an object is.
type part uint8

const (
	partItem part = iota
	partCallable
	partArgs
	partKeywords
	partState
	partItems
	partEntries
	partValue
	partID
)

func (p part) String() string {
	names := [...]string{
		partItem: "item", partCallable: "callable", partArgs: "args", partKeywords: "kwargs", partState: "state",
		partItems: "items", partEntries: "entries", partValue: "value", partID: "id",
	}
	return names[p]
}

// pickleReader carries out the opcodes of a pickle as far as they make containers and scalars.
// Nothing is imported, called or built: a global is its name, a call is the name with its arguments.
// What the memo recalls is a reference, but for scalars of a few bytes, so nothing grows by it.
type pickleReader struct {
	foreignWalker
	values []pickleValue // 0 is unused
	stack  []uint32
	memo   []uint32
	sparse map[uint32]uint32 // memo numbers out of order
}

// emptyMade marks in facet.ref a container that was made empty: what is above a mark right above it
// will be put into it.
const emptyMade = 1

// maxSparse bounds the numbers of the memo that are not given one after the other.
const maxSparse = 1 << 16

// walkPickle reads a pickle of the protocols 0 to 5.
func walkPickle(data []byte, limits Limits) walked {
	ops := pickleOps()
	limits.Nodes = max(limits.Nodes/2, 1) // a value takes as much room again as its node
	r := pickleReader{foreignWalker: newForeign(data, limits)}
	r.values = make([]pickleValue, 1, min(ops.count(data), r.limits.Nodes)+2)
	done := false
	for !done && r.why == breakNone {
		if r.ends("an opcode") {
			break
		}
		s, why := ops.step(data, r.off)
		switch why {
		case breakSyntax:
			r.wrong(r.off, fmt.Sprintf("expected an opcode, %02x is none", data[r.off]))
		case breakEnd:
			r.tail(s)
			r.fail(breakEnd, s.at, fmt.Sprintf("%s needs %s, %d left", s.op.name, plural(s.end-s.at, "byte"), len(data)-s.at))
		default:
			done = s.op.do == doStop
			r.do(s)
		}
		if r.why == breakNone {
			r.off = s.end
		}
	}
	return r.write()
}

// tail keeps the beginning of a text that the end of the data cuts.
func (r *pickleReader) tail(s pickleStep) {
	text := s.op.arg == argSized || s.code == 'V' || s.code == 'S'
	if !text || s.from > len(r.data) || s.size == 0 {
		return
	}
	s.size = min(s.size, len(r.data)-s.from)
	s.end = len(r.data)
	before := len(r.values)
	r.scalar(s)
	if len(r.values) > before {
		r.values[len(r.values)-1].cut = true
	}
}

// do carries out one opcode.
func (r *pickleReader) do(s pickleStep) {
	switch s.op.do {
	case doScalar:
		r.scalar(s)
	case doEmpty:
		f, k := facet{form: formList, ref: emptyMade}, kindArray
		switch s.code {
		case '}':
			f.form, k = formDict, kindMap
		case ')':
			f.form, f.ref = formTuple, 0
		case 0x8f:
			f.form = formSet
		}
		r.push(s, k, f)
	case doMark:
		r.push(s, kindBreak, facet{})
	case doTuple:
		r.tuple(s, int(s.code-0x84))
	case doMarked:
		r.marked(s)
	case doAdd:
		r.put(s)
	case doStack:
		r.shuffle(s)
	case doMemo:
		r.recall(s)
	case doObject:
		r.object(s)
	case doStop:
		if len(r.stack) == 0 || r.top().kind == kindBreak {
			r.underflow(s)
		} else {
			r.stack = append(r.stack[:0], r.stack[len(r.stack)-1])
		}
	default:
	}
}

func (r *pickleReader) top() *pickleValue { return &r.values[r.stack[len(r.stack)-1]] }

// underflow is a fault: the stack has not what the opcode takes.
func (r *pickleReader) underflow(s pickleStep) {
	r.wrong(s.at, s.op.name+" finds no value on the stack that it could take")
}

// make adds a value that is not on the stack yet.
func (r *pickleReader) make(start, end int, k kind, f facet) (uint32, bool) {
	if len(r.values) > r.limits.Nodes {
		r.fail(breakLimit, start, fmt.Sprintf("more than %d nodes", r.limits.Nodes))
		return 0, false
	}
	r.values = append(r.values, pickleValue{start: uint32(start), end: uint32(end), kind: k, f: f})
	return uint32(len(r.values) - 1), true
}

func (r *pickleReader) push(s pickleStep, k kind, f facet) {
	if v, ok := r.make(s.at, s.end, k, f); ok {
		r.stack = append(r.stack, v)
	}
}

// pop takes the value on top, which is no mark.
func (r *pickleReader) pop(s pickleStep) (uint32, bool) {
	if len(r.stack) == 0 || r.top().kind == kindBreak {
		r.underflow(s)
		return 0, false
	}
	v := r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	return v, true
}

// toMark takes the values above the last mark, and the mark.
func (r *pickleReader) toMark(s pickleStep) (start int, items []uint32, ok bool) {
	for i := len(r.stack) - 1; i >= 0; i-- {
		if v := &r.values[r.stack[i]]; v.kind == kindBreak {
			items = r.stack[i+1:]
			r.stack = r.stack[:i]
			return int(v.start), items, true
		}
	}
	r.wrong(s.at, s.op.name+" finds no mark on the stack")
	return 0, nil, false
}

// hang makes v the last child of a value.
func (r *pickleReader) hang(to, v uint32, as part) {
	p := &r.values[to]
	r.values[v].part = as
	if p.first == 0 {
		p.first = v
	} else {
		r.values[p.last].next = v
	}
	p.last = v
	p.end = max(p.end, r.values[v].end)
}

// scalar pushes a number, a text, bytes or a constant.
func (r *pickleReader) scalar(s pickleStep) {
	f := facet{at: uint32(s.from), size: uint32(s.size)}
	d := r.data[s.from : s.from+s.size]
	var k kind
	switch s.code {
	case 'N':
		k, f = kindNull, facet{form: formNull}
	case 0x88, 0x89:
		k, f = kindBool, facet{form: formBool, ref: uint32(0x89 - s.code)}
	case 'K', 'M':
		k, f.code, f.form = kindUint, codeUintLE, formInt
	case 'J':
		k, f.form, f.code = intKind(intOfCoding(d, codeIntLE)), formInt, codeIntLE
	case 0x8a, 0x8b:
		k, f.form, f.code = kindNumber, formLong, codeBigLE
	case 'G':
		k, f.form, f.code = kindFloat, formFloat, codeFloatBE
	case 'I', 'L', 'F':
		k, f = r.digits(s, f)
	default:
		k, f = r.textual(s, f)
	}
	r.push(s, k, f)
}

// textual is text or bytes.
func (r *pickleReader) textual(s pickleStep, f facet) (kind, facet) {
	d := r.data[s.from : s.from+s.size]
	k := kindText
	switch s.code {
	case 'B', 'C', 0x8e, 'T', 'U':
		k, f.form = kindBytes, formBytes
		if s.code == 'T' || s.code == 'U' { // Python 2's str
			k, f.form = kindText, formString
		}
	case 0x96:
		k, f.form = kindBytes, formByteArray
	case 0x97:
		k, f.form = kindBytes, formBytes
	case 'S':
		if f.form, f.code = formString, codeEscaped; len(d) > 1 && (d[0] == '\'' || d[0] == '"') && d[len(d)-1] == d[0] {
			f.at, f.size = f.at+1, f.size-2
		}
	case 'V':
		f.form, f.code = formString, codeRawUnicode
	default:
		f.form = formString
	}
	return k, f
}

// digits is a number of protocol 0.
func (r *pickleReader) digits(s pickleStep, f facet) (kind, facet) {
	d := r.data[s.from : s.from+s.size]
	f.form, f.code = formInt, codeDigits
	switch {
	case s.code == 'I' && (string(d) == "01" || string(d) == "00"):
		return kindBool, facet{form: formBool, ref: uint32(d[1] - '0')}
	case s.code == 'L':
		f.form, f.size = formLong, uint32(len(bytes.TrimSuffix(d, []byte{'L'})))
	case s.code == 'F':
		f.form = formFloat
	}
	return kindNumber, f
}

// tuple makes a tuple of the n values on top.
func (r *pickleReader) tuple(s pickleStep, n int) {
	if len(r.stack) < n {
		r.underflow(s)
		return
	}
	items := r.stack[len(r.stack)-n:]
	for _, v := range items {
		if r.values[v].kind == kindBreak {
			r.underflow(s)
			return
		}
	}
	t, ok := r.make(int(r.values[items[0]].start), s.end, kindArray, facet{form: formTuple})
	if !ok {
		return
	}
	for _, v := range items {
		r.hang(t, v, partItem)
	}
	r.stack = append(r.stack[:len(r.stack)-n], t)
}

// marked makes a container of what is above the mark.
func (r *pickleReader) marked(s pickleStep) {
	start, items, ok := r.toMark(s)
	if !ok {
		return
	}
	f, k := facet{form: formList}, kindArray
	switch s.code {
	case 't':
		f.form = formTuple
	case 'd':
		f.form, k = formDict, kindMap
		if len(items)%2 == 1 {
			r.underflow(s)
			return
		}
	case 0x91:
		f.form = formFrozenSet
	}
	v, ok := r.make(start, s.end, k, f)
	if !ok {
		return
	}
	for _, item := range items {
		r.hang(v, item, partItem)
	}
	r.stack = append(r.stack, v)
}

// put puts what is on top into the container below it.
func (r *pickleReader) put(s pickleStep) {
	n := 1
	pairs := s.code == 's' || s.code == 'u'
	var items []uint32
	switch s.code {
	case 's':
		n = 2
		fallthrough
	case 'a':
		if len(r.stack) <= n {
			r.underflow(s)
			return
		}
		items = r.stack[len(r.stack)-n:]
		r.stack = r.stack[:len(r.stack)-n]
	default:
		var ok bool
		if _, items, ok = r.toMark(s); !ok {
			return
		}
	}
	if len(r.stack) == 0 || pairs && len(items)%2 == 1 || r.top().kind == kindBreak || !r.into(r.stack[len(r.stack)-1], items, pairs) {
		r.underflow(s)
		return
	}
	r.top().end = uint32(s.end)
}

// into hangs items into a container; an object or a reference gets a part for them.
func (r *pickleReader) into(to uint32, items []uint32, pairs bool) bool {
	for _, v := range items {
		if r.values[v].kind == kindBreak {
			return false
		}
	}
	p := &r.values[to]
	switch p.kind {
	case kindArray:
		if pairs {
			return false
		}
	case kindMap:
		if !pairs {
			return false
		}
	case kindObject, kindRef:
		as, k, f := partItems, kindArray, formList
		if pairs {
			as, k, f = partEntries, kindMap, formDict
		}
		if len(items) == 0 {
			return true
		}
		if p.last == 0 || r.values[p.last].part != as {
			v, ok := r.make(int(r.values[items[0]].start), int(r.values[items[0]].end), k, facet{form: f})
			if !ok {
				return true
			}
			r.hang(to, v, as)
		}
		to = r.values[to].last
	default:
		return false
	}
	for _, v := range items {
		r.hang(to, v, partItem)
	}
	return true
}

// shuffle pops and duplicates.
func (r *pickleReader) shuffle(s pickleStep) {
	switch {
	case len(r.stack) == 0:
		r.underflow(s)
	case s.code == '1':
		r.toMark(s)
	case s.code == '0': // a mark may be popped as well
		r.stack = r.stack[:len(r.stack)-1]
	case r.top().kind == kindBreak:
		r.underflow(s)
	default:
		r.refer(s, r.stack[len(r.stack)-1])
	}
}

// refer pushes a reference to a value: a scalar of a few bytes again, of all else the offset.
func (r *pickleReader) refer(s pickleStep, v uint32) {
	to := &r.values[v]
	f := to.f
	switch to.kind {
	case kindNull, kindBool, kindUint, kindNegint, kindFloat, kindName:
		r.push(s, to.kind, f)
		return
	case kindText, kindNumber:
		if f.size <= maxShared {
			if to.kind == kindText {
				f.form = formShared
			}
			r.push(s, to.kind, f)
			return
		}
	default:
	}
	r.push(s, kindRef, facet{form: formReference, ref: to.start})
}

// recall remembers the value on top or pushes a reference to a remembered one.
func (r *pickleReader) recall(s pickleStep) {
	n, ok := r.memoNumber(s)
	if !ok {
		r.wrong(s.at, "expected a number of the memo")
		return
	}
	switch s.code {
	case 'g', 'h', 'j':
		v := r.sparse[n]
		if int64(n) < int64(len(r.memo)) {
			v = r.memo[n]
		}
		if v == 0 {
			r.wrong(s.at, fmt.Sprintf("the memo has no %d", n))
			return
		}
		r.refer(s, v)
		return
	}
	switch {
	case len(r.stack) == 0 || r.top().kind == kindBreak:
		r.underflow(s)
	case int64(n) < int64(len(r.memo)):
		r.memo[n] = r.stack[len(r.stack)-1]
	case int(n) == len(r.memo) && len(r.memo) < r.limits.Nodes:
		r.memo = append(r.memo, r.stack[len(r.stack)-1])
	case len(r.sparse) >= maxSparse:
		r.fail(breakLimit, s.at, "too many numbers in the memo")
	default:
		if r.sparse == nil {
			r.sparse = map[uint32]uint32{}
		}
		r.sparse[n] = r.stack[len(r.stack)-1]
	}
}

// memoNumber is the number that an opcode of the memo means.
func (r *pickleReader) memoNumber(s pickleStep) (uint32, bool) {
	d := r.data[s.from : s.from+s.size]
	switch s.op.arg {
	case argLine:
		n, err := strconv.ParseUint(string(d[:min(len(d), 12)]), 10, 32)
		return uint32(n), err == nil
	case argFixed:
		var room [4]byte
		copy(room[:], d)
		return binary.LittleEndian.Uint32(room[:]), true
	default: // MEMOIZE
		return uint32(len(r.memo) + len(r.sparse)), true
	}
}
