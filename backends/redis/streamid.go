package redis

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// parseID takes a stream id apart: milliseconds and a number within them
// (redis.io/docs/latest/develop/data-types/streams#entry-ids).
func parseID(id string) (ms, seq uint64, ok bool) {
	a, b, both := strings.Cut(id, "-")
	ms, err := strconv.ParseUint(a, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	if !both {
		return ms, 0, true
	}
	seq, err = strconv.ParseUint(b, 10, 64)
	return ms, seq, err == nil
}

func isID(s string) bool { _, _, ok := parseID(s); return ok }

func idOf(ms, seq uint64) string {
	return strconv.FormatUint(ms, 10) + "-" + strconv.FormatUint(seq, 10)
}

// olderID reports whether a is older than b; what is no id is older than any.
func olderID(a, b string) bool {
	am, as, _ := parseID(a)
	bm, bs, _ := parseID(b)
	return am < bm || (am == bm && as < bs)
}

// nextID is the first id after one, "" after the last there can be. Servers before 6.2 have no
// ranges that leave their bounds out.
func nextID(id string) string {
	ms, seq, _ := parseID(id)
	switch {
	case seq < math.MaxUint64:
		return idOf(ms, seq+1)
	case ms < math.MaxUint64:
		return idOf(ms+1, 0)
	}
	return ""
}

// prevID is the last id before one, "" before the first there can be.
func prevID(id string) string {
	ms, seq, _ := parseID(id)
	switch {
	case seq > 0:
		return idOf(ms, seq-1)
	case ms > 0:
		return idOf(ms-1, math.MaxUint64)
	}
	return ""
}

// idTime is the time in an id that the server made; zero for an id that is no time near ours, as those
// that clients choose may be.
func idTime(id string, now time.Time) time.Time {
	ms, _, ok := parseID(id)
	if !ok || ms > math.MaxInt64/2 {
		return time.Time{}
	}
	at := time.UnixMilli(int64(ms))
	if at.Year() < 2000 || at.After(now.Add(24*time.Hour)) {
		return time.Time{}
	}
	return at
}

// startID is a position or a time as an id.
func startID(text string) (string, bool) {
	if isID(text) {
		return text, true
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return "", false
	}
	return idOf(uint64(max(t.UnixMilli(), 0)), 0), true
}
