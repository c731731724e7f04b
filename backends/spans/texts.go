package spans

import (
	"hash/maphash"
	"slices"
)

// texts is a set of texts, numbered in the order in which they came. It holds no pointers to
// them, so that the garbage collector has nothing to follow.
type texts struct {
	bytes []byte
	ends  []uint32 // text i is bytes[ends[i-1]:ends[i]]
	// index is a hash table with open addressing of numbers + 1, a power of two long. It is nil
	// where nothing is added any more.
	index []uint32
	seed  maphash.Seed
}

// newTexts returns an empty set with room for so many bytes and texts.
func newTexts(bytes, count int) texts {
	size := 256
	for size < 2*count {
		size *= 2
	}
	return texts{
		bytes: make([]byte, 0, bytes), ends: make([]uint32, 0, count), index: make([]uint32, size), seed: maphash.MakeSeed(),
	}
}

// add returns the number of a text, new if need be.
func (t *texts) add(s string) uint32 {
	mask := uint64(len(t.index) - 1)
	at := maphash.String(t.seed, s) & mask
	for ; t.index[at] != 0; at = (at + 1) & mask {
		if n := t.index[at] - 1; string(t.get(n)) == s {
			return n
		}
	}
	n := uint32(len(t.ends))
	t.bytes = append(t.bytes, s...)
	t.ends = append(t.ends, uint32(len(t.bytes)))
	t.index[at] = n + 1
	if 2*len(t.ends) > len(t.index) {
		t.grow()
	}
	return n
}

// grow doubles the hash table.
func (t *texts) grow() {
	t.index = make([]uint32, 2*len(t.index))
	mask := uint64(len(t.index) - 1)
	for n := range uint32(len(t.ends)) {
		at := maphash.Bytes(t.seed, t.get(n)) & mask
		for t.index[at] != 0 {
			at = (at + 1) & mask
		}
		t.index[at] = n + 1
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

// sealed returns the same set in little more memory than it takes, without a way to add.
func (t *texts) sealed() texts {
	return texts{bytes: trimmed(t.bytes), ends: trimmed(t.ends)}
}

func (t *texts) cost() int { return cap(t.bytes) + 4*cap(t.ends) + 4*len(t.index) }

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
