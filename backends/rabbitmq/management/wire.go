package management

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

// Number is a number or unknown.
type Number struct {
	Value float64
	Known bool
}

// Num is a known number.
func Num(v float64) Number { return Number{v, true} }

// UnmarshalJSON takes a number or a string that holds one.
func (n *Number) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseFloat(string(bytes.Trim(text, `"`)), 64)
	if *n = (Number{}); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
		*n = Number{v, true}
	}
	return nil
}

// Count is the number as a count; negative ones, which overflow elsewhere, are unknown.
func (n Number) Count() backends.Count {
	if !n.Known || n.Value < 0 || n.Value > math.MaxInt64/2 {
		return backends.Count{}
	}
	return backends.ExactCount(int64(n.Value))
}

// Rate is the number as a rate.
func (n Number) Rate() backends.Rate {
	if !n.Known {
		return backends.Rate{}
	}
	return backends.ExactRate(n.Value)
}

// Word is a string; whatever is no string, and the Erlang words for nothing, are "".
type Word string

// UnmarshalJSON takes a string.
func (w *Word) UnmarshalJSON(text []byte) error {
	var s string
	if *w = ""; json.Unmarshal(text, &s) == nil && s != "undefined" && s != "none" {
		*w = Word(s)
	}
	return nil
}

// Truth is true only when the API says so.
type Truth bool

// UnmarshalJSON takes true, and "true" as some proxies write it.
func (f *Truth) UnmarshalJSON(text []byte) error {
	*f = string(bytes.Trim(text, `"`)) == "true"
	return nil
}

// Table is an object with values of any kind; numbers keep their text. It is nil when unknown,
// and not nil but empty for [], which is how an empty object is written.
type Table map[string]any

// UnmarshalJSON takes an object or an empty array.
func (t *Table) UnmarshalJSON(text []byte) error {
	*t = nil
	if bytes.HasPrefix(text, []byte("[")) {
		*t = Table{}
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

// Text returns a string value, "" when there is none.
func (t Table) Text(key string) string {
	s, _ := t[key].(string)
	return s
}

// Integer returns a number without fraction.
func (t Table) Integer(key string) (int64, bool) {
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

// Maybe is an object or unknown.
type Maybe[T any] struct {
	Value T
	known bool
}

// UnmarshalJSON takes an object.
func (m *Maybe[T]) UnmarshalJSON(text []byte) error {
	*m = Maybe[T]{}
	if bytes.HasPrefix(text, []byte("{")) {
		m.known = json.Unmarshal(text, &m.Value) == nil
	}
	return nil
}

// List is an array; anything else is empty, and items of another shape are left out.
type List[T any] []T

// UnmarshalJSON takes an array.
func (l *List[T]) UnmarshalJSON(text []byte) error {
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

// Seconds is a number of seconds since 1970 as a time, zero when unknown or absurd.
func (n Number) Seconds() time.Time {
	if !n.Known || n.Value <= 0 || n.Value > 253402300799 { // the end of the year 9999
		return time.Time{}
	}
	return time.Unix(int64(n.Value), 0)
}

// Text is the number with some decimals, "" when unknown.
func (n Number) Text(decimals int) string {
	if !n.Known {
		return ""
	}
	return strconv.FormatFloat(n.Value, 'f', decimals, 64)
}
