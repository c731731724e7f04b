// Package stream is the data structure behind Redis' stream commands: entries, consumer groups
// and their pending entries, with the counters that lag is worked out from.
// See https://redis.io/docs/latest/develop/data-types/streams.
package stream

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// ID names an entry: a time in Unix milliseconds and a sequence number within it.
type ID struct{ MS, Seq uint64 }

// MaxID is the highest ID.
func MaxID() ID { return ID{math.MaxUint64, math.MaxUint64} }

// Compare orders IDs by age.
func (id ID) Compare(other ID) int {
	if c := cmp.Compare(id.MS, other.MS); c != 0 {
		return c
	}
	return cmp.Compare(id.Seq, other.Seq)
}

// IsZero reports whether id is 0-0, which no entry has.
func (id ID) IsZero() bool { return id == ID{} }

func (id ID) String() string {
	return strconv.FormatUint(id.MS, 10) + "-" + strconv.FormatUint(id.Seq, 10)
}

// Next is the ID after id, and false after the highest.
func (id ID) Next() (ID, bool) {
	switch {
	case id.Seq < math.MaxUint64:
		return ID{id.MS, id.Seq + 1}, true
	case id.MS < math.MaxUint64:
		return ID{id.MS + 1, 0}, true
	}
	return ID{}, false
}

// Prev is the ID before id, and false before 0-0.
func (id ID) Prev() (ID, bool) {
	switch {
	case id.Seq > 0:
		return ID{id.MS, id.Seq - 1}, true
	case id.MS > 0:
		return ID{id.MS - 1, math.MaxUint64}, true
	}
	return ID{}, false
}

// ParseID reads "ms-seq", or "ms" alone with the sequence number given.
func ParseID(s string, seq uint64) (ID, bool) {
	ms, rest, whole := strings.Cut(s, "-")
	id := ID{Seq: seq}
	var err error
	if id.MS, err = parse(ms); err != nil {
		return ID{}, false
	}
	if whole {
		if id.Seq, err = parse(rest); err != nil {
			return ID{}, false
		}
	}
	return id, true
}

func parse(s string) (uint64, error) {
	if strings.HasPrefix(s, "+") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(s, 10, 64)
}
