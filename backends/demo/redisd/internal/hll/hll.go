// Package hll reads and writes HyperLogLogs as Redis keeps them in strings, byte for byte but for
// the way runs of registers may be cut in the sparse form. The estimator is that of Otmar Ertl,
// "New cardinality estimation algorithms for HyperLogLog sketches", 2017.
package hll

import (
	"encoding/binary"
	"math"
	"math/bits"
)

const (
	registers = 1 << 14
	width     = 6 // bits of a register in the dense form
	maxRank   = 64 - 14 + 1
	header    = 16 // HYLL, form, 3 unused, cached count
	denseSize = header + registers*width/8
	dense     = 0
	sparse    = 1
	maxSparse = 3000 // bytes after the header before the dense form is taken: hll-sparse-max-bytes
)

// Sketch is a HyperLogLog.
type Sketch struct {
	reg    [registers]uint8
	dense  bool
	cached uint64 // the count, with the highest bit set when it is not known
}

const stale = 1 << 63

// New returns an empty sketch.
func New() *Sketch { return &Sketch{} }

// Parse reads a sketch from a string.
func Parse(s string) (*Sketch, bool) {
	if len(s) < header || s[:4] != "HYLL" || s[4] > sparse {
		return nil, false
	}
	k := &Sketch{dense: s[4] == dense, cached: binary.LittleEndian.Uint64([]byte(s[8:16]))}
	if k.dense {
		return k, k.readDense(s)
	}
	return k, k.readSparse(s[header:])
}

func (k *Sketch) readDense(s string) bool {
	if len(s) != denseSize {
		return false
	}
	for i := range k.reg {
		bit := i * width
		at := header + bit/8
		v := uint16(s[at])
		if at+1 < len(s) {
			v |= uint16(s[at+1]) << 8
		}
		k.reg[i] = uint8(v>>(bit%8)) & (1<<width - 1)
	}
	return true
}

func (k *Sketch) readSparse(s string) bool {
	i := 0
	for p := 0; p < len(s); p++ {
		op, n, v := s[p], 0, uint8(0)
		switch {
		case op&0x80 != 0: // VAL: 1vvvvvxx
			v, n = op>>2&31+1, int(op&3)+1
		case op&0x40 == 0: // ZERO: 00xxxxxx
			n = int(op&63) + 1
		default: // XZERO: 01xxxxxx yyyyyyyy
			p++
			if p == len(s) {
				return false
			}
			n = (int(op&63)<<8 | int(s[p])) + 1
		}
		if i+n > registers {
			return false
		}
		for ; n > 0; n-- {
			k.reg[i] = v
			i++
		}
	}
	return i == registers
}

// String writes the sketch.
func (k *Sketch) String() string {
	out := make([]byte, header, denseSize)
	copy(out, "HYLL")
	binary.LittleEndian.PutUint64(out[8:], k.cached)
	if !k.dense {
		if all, ok := k.writeSparse(out); ok {
			all[4] = sparse
			return string(all)
		}
		k.dense = true
	}
	out = out[:denseSize]
	clear(out[header:]) // the attempt at the sparse form was there
	for i, v := range k.reg {
		bit := i * width
		at := header + bit/8
		out[at] |= v << (bit % 8)
		if at+1 < denseSize {
			out[at+1] |= uint8(uint16(v) << (bit % 8) >> 8)
		}
	}
	return string(out)
}

func (k *Sketch) writeSparse(out []byte) ([]byte, bool) {
	for i := 0; i < registers; {
		v, n := k.reg[i], 1
		for i+n < registers && k.reg[i+n] == v {
			n++
		}
		i += n
		switch {
		case v > 32:
			return nil, false
		case v > 0:
			for ; n > 0; n -= 4 {
				out = append(out, 0x80|(v-1)<<2|uint8(min(n, 4)-1))
			}
		case n <= 64:
			out = append(out, uint8(n-1))
		default:
			out = append(out, 0x40|uint8((n-1)>>8), uint8((n-1)&255))
		}
		if len(out) > header+maxSparse {
			return nil, false
		}
	}
	return out, true
}

// Add adds an element and reports whether that changed the sketch.
func (k *Sketch) Add(element string) bool {
	h := murmur(element, 0xadc83b19)
	i := h & (registers - 1)
	rank := uint8(bits.TrailingZeros64(h>>14|1<<50)) + 1
	if k.reg[i] >= rank {
		return false
	}
	k.reg[i], k.cached = rank, k.cached|stale
	return true
}

// Merge takes over what another sketch has seen.
func (k *Sketch) Merge(o *Sketch) {
	for i, v := range o.reg {
		k.reg[i] = max(k.reg[i], v)
	}
	k.dense = k.dense || o.dense
	k.cached |= stale
}

// Cached is the count that was kept, if it is still right.
func (k *Sketch) Cached() (int64, bool) { return int64(k.cached &^ stale), k.cached&stale == 0 }

// Count estimates how many different elements were added, and keeps that.
func (k *Sketch) Count() int64 {
	var histogram [64]int
	for _, v := range k.reg {
		histogram[v]++
	}
	const m = float64(registers)
	z := m * tau((m-float64(histogram[maxRank]))/m)
	for j := maxRank - 1; j >= 1; j-- {
		z = (z + float64(histogram[j])) * 0.5
	}
	z += m * sigma(float64(histogram[0])/m)
	n := int64(math.Round(0.721347520444481703680 * m * m / z))
	k.cached = uint64(n)
	return n
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		last := z
		z += x * y
		y += y
		if z == last {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		last := z
		y *= 0.5
		z -= (1 - x) * (1 - x) * y
		if z == last {
			return z / 3
		}
	}
}

// murmur is MurmurHash64A.
func murmur(s string, seed uint64) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	b := []byte(s)
	h := seed ^ uint64(len(b))*m
	for ; len(b) >= 8; b = b[8:] {
		k := binary.LittleEndian.Uint64(b) * m
		k ^= k >> r
		h = (h ^ k*m) * m
	}
	if len(b) > 0 {
		var tail uint64
		for i, c := range b {
			tail |= uint64(c) << (8 * i)
		}
		h = (h ^ tail) * m
	}
	h ^= h >> r
	h *= m
	return h ^ h>>r
}
