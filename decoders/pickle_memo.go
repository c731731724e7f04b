package decoders

import (
	"encoding/binary"
	"fmt"
	"strconv"
)

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
