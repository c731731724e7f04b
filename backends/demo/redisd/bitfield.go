package redisd

import (
	"math"
	"strconv"
	"strings"
)

// bitOp is one operation of BITFIELD.
type bitOp struct {
	op       string // GET, SET, INCRBY
	signed   bool
	bits     uint
	offset   int64
	value    int64
	overflow string // WRAP, SAT, FAIL
}

// bitType reads i1 to i64 or u1 to u63.
func bitType(word string) (signed bool, bits uint, err error) {
	const wrong = failure("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
	if word == "" || word[0] != 'i' && word[0] != 'u' {
		return false, 0, wrong
	}
	n, err := strconv.ParseUint(word[1:], 10, 8)
	if err != nil || n == 0 || n > 64 || word[0] == 'u' && n > 63 {
		return false, 0, wrong
	}
	return word[0] == 'i', uint(n), nil
}

func bitOffset(word string, bits uint) (int64, error) {
	rest, multiplied := strings.CutPrefix(word, "#")
	v, err := integer(rest)
	if err == nil && multiplied && v <= maxString*8/int64(bits) {
		v *= int64(bits)
	} else if multiplied {
		v = -1
	}
	if err != nil || v < 0 || v+int64(bits) > maxString*8 {
		return 0, failure("ERR bit offset is not an integer or out of range")
	}
	return v, nil
}

func (k *call) bitOps() (ops []bitOp, err error) {
	overflow := "WRAP"
	o := options{args: k.args[2:]}
	for word, ok := o.next(); ok; word, ok = o.next() {
		if word == "OVERFLOW" && o.left() > 0 {
			if overflow, _ = o.next(); overflow != "WRAP" && overflow != "SAT" && overflow != "FAIL" {
				return nil, failure("ERR Invalid OVERFLOW type specified")
			}
			continue
		}
		op := bitOp{op: word, overflow: overflow}
		values := map[string]int{"GET": 2, "SET": 3, "INCRBY": 3}[word]
		if values == 0 || o.left() < values {
			return nil, errSyntax
		}
		kind, _ := o.value()
		if op.signed, op.bits, err = bitType(kind); err != nil {
			return nil, err
		}
		where, _ := o.value()
		if op.offset, err = bitOffset(where, op.bits); err != nil {
			return nil, err
		}
		if values == 3 {
			if op.value, err = o.integer(); err != nil {
				return nil, err
			}
		}
		if word != "GET" && k.cmd.name == "bitfield_ro" {
			return nil, failure("ERR BITFIELD_RO only supports the GET subcommand")
		}
		ops = append(ops, op)
	}
	return ops, nil
}

func (k *call) bitfield() error {
	ops, err := k.bitOps()
	if err != nil {
		return err
	}
	old, there, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	data, changed := []byte(old), false
	k.w.Array(len(ops))
	for _, op := range ops {
		raw := readBits(data, op.offset, op.bits)
		was := op.sign(raw)
		if op.op == "GET" {
			k.w.Int(was)
			continue
		}
		next, ok := op.next(was)
		if !ok {
			k.w.Null()
			continue
		}
		data = writeBits(data, op.offset, op.bits, uint64(next))
		changed = true
		if op.op == "SET" {
			k.w.Int(was)
		} else {
			k.w.Int(next)
		}
	}
	if !changed {
		return nil
	}
	e, err := k.store(k.args[1], string(data), there)
	if err != nil {
		return err
	}
	e.raw = true
	k.notify('$', "setbit", e.name)
	return nil
}

func (op *bitOp) sign(raw uint64) int64 {
	if op.signed && op.bits < 64 && raw&(1<<(op.bits-1)) != 0 {
		return int64(raw | math.MaxUint64<<op.bits)
	}
	return int64(raw)
}

// limits are the lowest and highest values of the type.
func (op *bitOp) limits() (low, high int64) {
	if op.signed {
		return math.MinInt64 >> (64 - op.bits), math.MaxInt64 >> (64 - op.bits)
	}
	return 0, int64(uint64(1)<<op.bits - 1)
}

// next is the value that SET or INCRBY stores, and false when OVERFLOW FAIL forbids it.
func (op *bitOp) next(was int64) (int64, bool) {
	low, high := op.limits()
	v, over, under := op.value, false, false
	if op.op == "INCRBY" {
		v = was + op.value // wraps
		over = op.value > 0 && (v < was || v > high)
		under = op.value < 0 && (v > was || v < low)
	} else {
		over, under = v > high || !op.signed && v < 0, op.signed && v < low
	}
	switch {
	case !over && !under:
		return v, true
	case op.overflow == "FAIL":
		return 0, false
	case op.overflow == "SAT" && over:
		return high, true
	case op.overflow == "SAT":
		return low, true
	}
	if op.bits == 64 {
		return v, true
	}
	return op.sign(uint64(v) & (1<<op.bits - 1)), true
}

func readBits(data []byte, offset int64, bits uint) uint64 {
	v := uint64(0)
	for i := offset; i < offset+int64(bits); i++ {
		v <<= 1
		if i/8 < int64(len(data)) {
			v |= uint64(data[i/8]>>(7-i%8)) & 1
		}
	}
	return v
}

func writeBits(data []byte, offset int64, bits uint, v uint64) []byte {
	if need := (offset + int64(bits) + 7) / 8; need > int64(len(data)) {
		data = append(data, make([]byte, need-int64(len(data)))...)
	}
	for i := range int64(bits) {
		at := offset + i
		bit := byte(v>>(int64(bits)-1-i)) & 1
		data[at/8] = data[at/8]&^(1<<(7-at%8)) | bit<<(7-at%8)
	}
	return data
}
