package redisd

import (
	"math/rand/v2"
	"slices"
)

// hashBits is the length of a scan position: cursors stay below 2^53, so that clients which keep
// numbers as doubles can hold them.
const hashBits = 48

// hash orders names for scanning. It never changes while the program runs.
func hash(name string) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	h ^= h >> 33 // spread into the high bits, which choose the bucket
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	return h >> (64 - hashBits)
}

// dict holds the keys of a database: by name, and in buckets by the high bits of their hash.
// A scan goes through the buckets in order and its cursor is a hash, so that the number of
// buckets may change meanwhile: a key that is there throughout is always met.
type dict struct {
	names   map[string]*entry
	buckets [][]*entry
	bits    uint // 1<<bits buckets
}

func newDict() *dict {
	return &dict{names: map[string]*entry{}, buckets: make([][]*entry, 4), bits: 2}
}

func (d *dict) len() int { return len(d.names) }

func (d *dict) put(e *entry) {
	e.hash = hash(e.name)
	d.names[e.name] = e
	i := e.hash >> (hashBits - d.bits)
	d.buckets[i] = append(d.buckets[i], e)
	if len(d.names) > len(d.buckets) {
		d.resize(d.bits + 1)
	}
}

func (d *dict) remove(e *entry) {
	delete(d.names, e.name)
	i := e.hash >> (hashBits - d.bits)
	d.buckets[i] = slices.DeleteFunc(d.buckets[i], func(o *entry) bool { return o == e })
	if d.bits > 2 && len(d.names) < len(d.buckets)/8 {
		d.resize(d.bits - 1)
	}
}

func (d *dict) resize(bits uint) {
	d.bits, d.buckets = bits, make([][]*entry, 1<<bits)
	for _, e := range d.names {
		i := e.hash >> (hashBits - bits)
		d.buckets[i] = append(d.buckets[i], e)
	}
}

// scan visits whole buckets from a cursor on, about count of them, and returns the cursor to go
// on from, 0 at the end.
func (d *dict) scan(cursor uint64, count int, visit func(*entry)) uint64 {
	if cursor >= 1<<hashBits {
		return 0
	}
	met := 0
	for i := cursor >> (hashBits - d.bits); i < uint64(len(d.buckets)); i++ {
		if met >= count {
			return i << (hashBits - d.bits)
		}
		met += max(1, len(d.buckets[i]))
		for _, e := range d.buckets[i] {
			visit(e)
		}
	}
	return 0
}

// random picks any entry; the dict has to hold one.
func (d *dict) random() *entry {
	for {
		if b := d.buckets[rand.IntN(len(d.buckets))]; len(b) > 0 {
			return b[rand.IntN(len(b))]
		}
	}
}
