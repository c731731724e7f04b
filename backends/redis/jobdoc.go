package redis

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// doc is a JSON text, opened once.
type doc struct{ value any }

// maxDoc is the size from which a job's JSON is not opened for its headers.
const maxDoc = 1 << 20

// parseDoc opens a JSON object; of anything else, or of a larger one, nothing is found.
func parseDoc(text string) doc {
	var d doc
	if len(text) > maxDoc || !strings.HasPrefix(text, "{") {
		return d
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if dec.Decode(&d.value) != nil {
		return doc{}
	}
	return d
}

// at returns what is at a path of names with dots between them, as text: a string as it is, anything
// else as JSON. A string that holds a JSON object is entered. null is nothing.
func (d doc) at(path string) (string, bool) {
	v := d.value
	for name := range strings.SplitSeq(path, ".") {
		if s, ok := v.(string); ok {
			v = parseDoc(s).value
		}
		members, ok := v.(map[string]any)
		if !ok {
			return "", false
		}
		v = members[name]
	}
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	text, err := json.Marshal(v)
	return string(text), err == nil
}

// The forms in which libraries write times beside numbers. Those without a zone are UTC.
func timeForms() []string {
	return []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006/01/02 15:04:05 MST",
		"2006-01-02 15:04:05.999999999-07:00",
	}
}

// timeOf reads a time: a number of seconds, milliseconds, microseconds or nanoseconds since 1970, by
// its size, or text.
func timeOf(text string) (time.Time, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		for _, form := range timeForms() {
			if t, err := time.Parse(form, text); err == nil {
				return t.UTC(), true
			}
		}
		return time.Time{}, false
	}
	unit := float64(time.Second)
	for _, limit := range []float64{1e11, 1e14, 1e17} { // the year 5138 in the smaller unit
		if n >= limit {
			unit /= 1000
		}
	}
	at := n * unit
	if !(n > 0) || at >= math.MaxInt64 {
		return time.Time{}, false
	}
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil { // a float of nanoseconds is not exact
		return time.Unix(0, whole*int64(unit)).UTC(), true
	}
	return time.Unix(0, int64(at)).UTC().Truncate(time.Microsecond), true
}
