package rabbitmq

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"bustop/backends"
)

// The management API's JSON is written by Erlang: an absent value may be missing, null, "" or
// "undefined", and an empty object may be []. The types below take all of these as unknown; none
// of them fails.

// number is a number or unknown.
type number struct {
	value float64
	known bool
}

// UnmarshalJSON takes a number or a string that holds one.
func (n *number) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseFloat(string(bytes.Trim(text, `"`)), 64)
	if *n = (number{}); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
		*n = number{v, true}
	}
	return nil
}

// count is the number as a count; negative ones, which overflow elsewhere, are unknown.
func (n number) count() backends.Count {
	if !n.known || n.value < 0 || n.value > math.MaxInt64/2 {
		return backends.Count{}
	}
	return backends.ExactCount(int64(n.value))
}

func (n number) rate() backends.Rate {
	if !n.known {
		return backends.Rate{}
	}
	return backends.ExactRate(n.value)
}

// word is a string; whatever is no string, and the Erlang words for nothing, are "".
type word string

// UnmarshalJSON takes a string.
func (w *word) UnmarshalJSON(text []byte) error {
	var s string
	if *w = ""; json.Unmarshal(text, &s) == nil && s != "undefined" && s != "none" {
		*w = word(s)
	}
	return nil
}

// truth is true only when the API says so.
type truth bool

// UnmarshalJSON takes true, and "true" as some proxies write it.
func (f *truth) UnmarshalJSON(text []byte) error {
	*f = string(bytes.Trim(text, `"`)) == "true"
	return nil
}

// table is an object with values of any kind; numbers keep their text. It is nil when unknown,
// and not nil but empty for [], which is how an empty object is written.
type table map[string]any

// UnmarshalJSON takes an object or an empty array.
func (t *table) UnmarshalJSON(text []byte) error {
	*t = nil
	if bytes.HasPrefix(text, []byte("[")) {
		*t = table{}
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var m map[string]any
	if decoder.Decode(&m) == nil && m != nil {
		*t = m
	}
	return nil
}

// text returns a string value, "" when there is none.
func (t table) text(key string) string {
	s, _ := t[key].(string)
	return s
}

// integer returns a number without fraction.
func (t table) integer(key string) (int64, bool) {
	switch v := t[key].(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n, true
		}
	}
	return 0, false
}

// maybe is an object or unknown.
type maybe[T any] struct {
	value T
	known bool
}

// UnmarshalJSON takes an object.
func (m *maybe[T]) UnmarshalJSON(text []byte) error {
	*m = maybe[T]{}
	if bytes.HasPrefix(text, []byte("{")) {
		m.known = json.Unmarshal(text, &m.value) == nil
	}
	return nil
}

// list is an array; anything else is empty, and items of another shape are left out.
type list[T any] []T

// UnmarshalJSON takes an array.
func (l *list[T]) UnmarshalJSON(text []byte) error {
	*l = nil
	var raw []json.RawMessage
	if json.Unmarshal(text, &raw) != nil {
		return nil
	}
	for _, r := range raw {
		var item T
		if bytes.HasPrefix(r, []byte("{")) && json.Unmarshal(r, &item) == nil {
			*l = append(*l, item)
		}
	}
	return nil
}

// seconds is a number of seconds since 1970 as a time, zero when unknown or absurd.
func (n number) seconds() time.Time {
	if !n.known || n.value <= 0 || n.value > 253402300799 { // the end of the year 9999
		return time.Time{}
	}
	return time.Unix(int64(n.value), 0)
}

// text is the number with some decimals, "" when unknown.
func (n number) text(decimals int) string {
	if !n.known {
		return ""
	}
	return strconv.FormatFloat(n.value, 'f', decimals, 64)
}
