package spans

import (
	"hash/maphash"
	"slices"
)

// texts is a list of texts, numbered in the order in which they came. Those that were added stand there once, those
// that were appended as often as they came. It holds no pointers to them, so that the garbage collector has
// nothing to follow.
type texts struct {
	bytes []byte
	ends  []uint32 // text i is bytes[ends[i-1]:ends[i]]
	// index is a hash table with open addressing, a power of two long: of each text the highest bits of its hash,
	// so that few others are looked at, and below them its number + 1. It is nil where nothing is added any more.
	index   []uint64
	indexed int // how many texts stand in index
	seed    maphash.Seed
}

// numberBits is how much of a place in texts.index is the number.
const numberBits = 32

// newTexts returns an empty list with room for so many bytes and texts, of which so many are added.
func newTexts(bytes, count, added int) texts {
	size := 256
	for size < 2*added {
		size *= 2
	}
	return texts{
		bytes: make([]byte, 0, bytes), ends: make([]uint32, 0, count), index: make([]uint64, size), seed: maphash.MakeSeed(),
	}
}

// add returns the number of a text, new if need be.
func (t *texts) add(s string) uint32 {
	hash, mask := maphash.String(t.seed, s), uint64(len(t.index)-1)
	at := hash & mask
	for ; t.index[at] != 0; at = (at + 1) & mask {
		if n := uint32(t.index[at]) - 1; (t.index[at]^hash)>>numberBits == 0 && string(t.get(n)) == s {
			return n
		}
	}
	n := t.append(s)
	t.index[at] = hash>>numberBits<<numberBits | uint64(n+1)
	if t.indexed++; 2*t.indexed > len(t.index) {
		t.grow()
	}
	return n
}

// append returns the number of a text that is new, or not worth a search for whether it is.
func (t *texts) append(s string) uint32 {
	t.bytes = append(t.bytes, s...)
	t.ends = append(t.ends, uint32(len(t.bytes)))
	return uint32(len(t.ends) - 1)
}

// grow doubles the hash table.
func (t *texts) grow() {
	old := t.index
	t.index = make([]uint64, 2*len(old))
	mask := uint64(len(t.index) - 1)
	for _, place := range old {
		if place == 0 {
			continue
		}
		at := maphash.Bytes(t.seed, t.get(uint32(place)-1)) & mask
		for t.index[at] != 0 {
			at = (at + 1) & mask
		}
		t.index[at] = place
	}
}

// get returns a text by its number. The caller must not write to it.
func (t *texts) get(n uint32) []byte {
	from := uint32(0)
	if n > 0 {
		from = t.ends[n-1]
	}
	return t.bytes[from:t.ends[n]]
}

func (t *texts) text(n uint32) string { return string(t.get(n)) }

// sealed returns the same list in little more memory than it takes, without a way to add.
func (t *texts) sealed() texts {
	return texts{bytes: trimmed(t.bytes), ends: trimmed(t.ends), indexed: t.indexed}
}

func (t *texts) cost() int { return cap(t.bytes) + 4*cap(t.ends) + 8*len(t.index) }

// containing marks the texts that contain a pattern in small letters, and reports whether there
// are any. It goes over all texts at once (Horspool's algorithm, with the case of ASCII letters
// ignored).
func (t *texts) containing(pattern string) (hit []bool, some bool) {
	if pattern == "" {
		return slices.Repeat([]bool{true}, len(t.ends)), len(t.ends) > 0
	}
	var skip [256]int
	last := len(pattern) - 1
	for i := range skip {
		skip[i] = len(pattern)
	}
	for i := range last {
		skip[pattern[i]] = last - i
		if c := pattern[i]; 'a' <= c && c <= 'z' {
			skip[c-'a'+'A'] = last - i
		}
	}
	for at := 0; at+last < len(t.bytes); {
		end := foldByte(t.bytes[at+last])
		if end != pattern[last] || !foldEqual(t.bytes[at:at+last], pattern[:last]) {
			at += skip[t.bytes[at+last]]
			continue
		}
		n, _ := slices.BinarySearch(t.ends, uint32(at+1)) // the text that the first byte is in
		if at+last < int(t.ends[n]) {
			if hit == nil {
				hit = make([]bool, len(t.ends))
			}
			hit[n], some = true, true
			at = int(t.ends[n])
		} else {
			at++
		}
	}
	return hit, some
}

// foldEqual reports whether b is the pattern, in whichever case.
func foldEqual(b []byte, pattern string) bool {
	for i := range len(pattern) {
		if foldByte(b[i]) != pattern[i] {
			return false
		}
	}
	return true
}
