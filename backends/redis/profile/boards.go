package profile

import (
	"encoding/json"
	"math"
	"strings"
	"time"
)

// boards are the libraries that keep leaderboards in more than one key.
func boards() []Profile {
	return []Profile{{
		// github.com/agoragames/leaderboard: what is known of the members and, with ties, the distinct
		// scores, beside the board.
		Name: "agoragames leaderboard", Library: "leaderboard", Kind: Leaderboard, Object: "<name>",
		Keys: []Key{
			{Match: "<name>:member_data", Type: "hash", Part: Companion, Role: RoleMemberData, Beside: "<name>", Confidence: 0.9},
			{Match: "<name>:ties", Type: "zset", Part: Companion, Role: RoleTies, Beside: "<name>", Confidence: 0.9},
			{Match: "<name>", Type: "zset", Beside: "<name>:member_data", Confidence: 0.9},
			{Match: "<name>", Type: "zset", Beside: "<name>:ties", Confidence: 0.8},
		},
	}, {
		// A schedule or a queue by priority that no library claims: its members are the work itself.
		Name: "sorted documents", Kind: Other,
		Keys: []Key{{Match: "*", Type: "zset", Confirm: documents, Confidence: 0.7}},
	}, {
		Name: "sorted jobs", Kind: Other,
		Keys: []Key{{Match: "*", Type: "zset", Confirm: jobNames, Confidence: 0.6}},
	}}
}

// documents: all members are JSON objects or arrays.
func documents(e Evidence) (Finding, bool) {
	for _, m := range e.Members {
		text := strings.TrimSpace(m.Value)
		if text == "" || (text[0] != '{' && text[0] != '[') || !json.Valid([]byte(text)) {
			return Finding{}, false
		}
	}
	return Finding{}, len(e.Members) > 0
}

// jobNames: all members say that they are jobs: "job:17", "task-8743c9c0-0795".
func jobNames(e Evidence) (Finding, bool) {
	for _, m := range e.Members {
		if !namesJob(m.Value) {
			return Finding{}, false
		}
	}
	return Finding{}, len(e.Members) > 0
}

// namesJob: a word for a piece of work, a separator, then an id with a digit in it.
func namesJob(s string) bool {
	s = strings.ToLower(s)
	for _, word := range []string{"job", "task", "msg", "message"} {
		id, ok := strings.CutPrefix(s, word)
		if ok && len(id) > 1 && strings.ContainsRune(":-_/#.", rune(id[0])) {
			return strings.Trim(id[1:], "0123456789abcdef-") == "" && strings.ContainsAny(id, "0123456789")
		}
	}
	return false
}

const (
	// decade is how far from now a score may be to be a time: of a delayed job, of a session.
	decade = 10 * 365 * 24 * time.Hour
	// Geohashes of GEOADD are whole numbers of 52 bits; away from the poles and the date line
	// their highest bits are set.
	geoMin, geoMax = 1 << 45, 1 << 52
)

// scoredByTime: all scores are times near now, so the set is a schedule and no order of merit.
func scoredByTime(e Evidence) (Finding, bool) {
	for _, m := range e.Members {
		if !nearNow(m.Score, e.Now) {
			return Finding{}, false
		}
	}
	return Finding{}, len(e.Members) > 0
}

// nearNow reports whether a number is a time near now in seconds, milliseconds or microseconds.
func nearNow(score float64, now time.Time) bool {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		at := float64(now.UnixNano()) / float64(unit)
		if math.Abs(score-at) < float64(decade)/float64(unit) {
			return true
		}
	}
	return false
}

// scoredByPlace: all scores are geohashes (redis.io/docs/latest/commands/geoadd).
func scoredByPlace(e Evidence) (Finding, bool) {
	for _, m := range e.Members {
		if m.Score < geoMin || m.Score >= geoMax || m.Score != math.Trunc(m.Score) {
			return Finding{}, false
		}
	}
	return Finding{}, len(e.Members) > 0
}
