package views

import (
	"hash/maphash"

	"bustop/backends"
	"bustop/decoders"
)

const (
	// maxHistories bounds the objects whose formats are remembered; the one not decoded from for the
	// longest time is forgotten.
	maxHistories = 256
	// seenSlots is how many payloads an object's history tells from new ones.
	seenSlots = 1024
)

// place is where payloads of one kind come from: an object, and the field for those that are no body.
type place struct {
	source string
	target backends.Target
	field  string
}

// history is what a place has held. Prior is made anew when it changes and never written to, so that
// it can be read without a lock.
type history struct {
	formats decoders.History
	prior   map[string]float64
	used    uint64 // histories.clock when last asked for
	// seen holds hashes of the payloads counted, each in the slot that it names.
	seen []uint64
}

// histories are those of all places.
type histories struct {
	all   map[place]*history
	clock uint64
	seed  maphash.Seed
}

// of returns the history of a place, and makes room for it.
func (hs *histories) of(p place) *history {
	hs.clock++
	h := hs.all[p]
	if h == nil {
		if hs.all == nil {
			hs.all = make(map[place]*history)
		}
		if len(hs.all) >= maxHistories {
			hs.forgetOldest()
		}
		h = &history{}
		hs.all[p] = h
	}
	h.used = hs.clock
	return h
}

func (hs *histories) forgetOldest() {
	var oldest place
	first := hs.clock + 1
	for p, h := range hs.all {
		if h.used < first {
			oldest, first = p, h.used
		}
	}
	delete(hs.all, oldest)
}

// learn counts the verdict on a payload, unless the payload was counted before: messages are decoded
// again whenever they come into sight. The same bytes elsewhere in a queue, where positions shift, are
// not told from the same message; in a stream the position tells them.
func (hs *histories) learn(p payload, r *decoders.Result) {
	h := hs.of(p.where)
	id := maphash.Bytes(hs.seed, p.body)
	if p.where.target.Kind == backends.KindStream {
		id ^= maphash.String(hs.seed, p.position)
	}
	if h.seen == nil {
		h.seen = make([]uint64, seenSlots)
	}
	slot := &h.seen[id%seenSlots]
	if *slot == id {
		return
	}
	*slot = id
	h.formats.Add(r)
	h.prior = h.formats.Prior()
}
