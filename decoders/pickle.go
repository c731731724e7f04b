package decoders

import (
	"fmt"
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
