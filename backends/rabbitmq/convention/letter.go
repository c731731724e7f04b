package convention

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bustop/backends"
)

// The bounds of what is read and said.
const (
	// maxBody is up to which size a body is read as JSON.
	maxBody = 256 << 10
	// maxWords cuts names and texts from outside, in bytes.
	maxWords = 200
)

// letter is a message that is being read.
type letter struct {
	m      backends.Message
	now    time.Time
	fields map[string]string
	body   any
	parsed bool
}

func newLetter(m backends.Message, now time.Time) *letter {
	l := &letter{m: m, now: now, fields: make(map[string]string, len(m.Headers))}
	for _, f := range m.Headers {
		if _, double := l.fields[f.Name]; !double { // a property comes before a header of its name
			l.fields[f.Name] = string(f.Value)
		}
	}
	return l
}

// get is a property or header.
func (l *letter) get(name string) string { return l.fields[name] }

// first is the first of several that is set.
func (l *letter) first(names ...string) string {
	for _, name := range names {
		if v := l.fields[name]; v != "" {
			return v
		}
	}
	return ""
}

// has reports how many of the fields are set.
func (l *letter) has(names ...string) (n int) {
	for _, name := range names {
		if _, ok := l.fields[name]; ok {
			n++
		}
	}
	return n
}

// prefixed is the first field whose name starts so.
func (l *letter) prefixed(prefix string) bool {
	for _, f := range l.m.Headers {
		if strings.HasPrefix(f.Name, prefix) {
			return true
		}
	}
	return false
}

// table is a header that holds a table or an array.
func (l *letter) table(name string) any { return parse([]byte(l.fields[name])) }

// json is the body when it is JSON, else nil.
func (l *letter) json() any {
	if !l.parsed {
		l.parsed = true
		if l.m.Complete() {
			l.body = parse(l.m.Body)
		}
	}
	return l.body
}

// parse reads an object or array of JSON; nil for everything else.
func parse(text []byte) any {
	text = bytes.TrimSpace(text)
	if len(text) > maxBody || len(text) < 2 || text[0] != '{' && text[0] != '[' {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return nil
	}
	return v
}

// at follows keys into objects and, where a key is a number, arrays.
func at(v any, keys ...string) any {
	for _, key := range keys {
		switch in := v.(type) {
		case map[string]any:
			v = in[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// text is a string or number further down, "" when there is none.
func text(v any, keys ...string) string {
	switch v := at(v, keys...).(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// number is a number, or a text that is one.
func number(v any, keys ...string) (int64, bool) {
	n, err := strconv.ParseInt(text(v, keys...), 10, 64)
	return n, err == nil
}

// count is a field as a number.
func (l *letter) count(name string) (int64, bool) {
	n, err := strconv.ParseInt(l.fields[name], 10, 64)
	return n, err == nil
}

// cut shortens text from outside.
func cut(s string) string {
	if len(s) <= maxWords {
		return s
	}
	s = s[:maxWords]
	for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	if r, _ := utf8.DecodeLastRuneInString(s); r == utf8.RuneError && s != "" {
		s = s[:len(s)-1]
	}
	return s + "…"
}

// line is the first line of a text, cut.
func line(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return cut(strings.TrimSpace(s))
}

// parseTime reads a time in one of the ways in which libraries write it; zero when it is none of them.
func parseTime(s string) time.Time {
	if len(s) > 19 && s[19] == ':' { // NServiceBus: 2006-01-02 15:04:05:123456 Z
		s = s[:19] + "." + s[20:]
	}
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
		"2006-01-02 15:04:05.999999999 MST", "2006-01-02 15:04:05 Z", "2006-01-02 15:04:05.999999999Z07:00",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// when words a time: with its day when that is another than now's.
func (l *letter) when(t time.Time) string { return clock(t, l.now) }

func clock(t, now time.Time) string {
	t = t.In(now.Location())
	if y, d := t.Year(), t.YearDay(); y == now.Year() && d == now.YearDay() {
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

// told collects a narration.
type told struct{ backends.Narration }

// say adds a part to the line when there is something to say.
func (n *told) say(before, text string) {
	if text == "" {
		return
	}
	if n.What != "" {
		n.What += ", "
	}
	n.What += before + cut(text)
}

// fact adds a fact when there is one.
func (n *told) fact(name, text string) {
	if text != "" {
		n.Facts = append(n.Facts, backends.Field{Name: name, Value: []byte(cut(text))})
	}
}

// attempt words a try: the number of it, and of how many when that is known.
func attempt(n int64, of int64) string {
	s := strconv.FormatInt(n, 10)
	if of > 0 {
		s += " of " + strconv.FormatInt(of, 10)
	}
	return s
}
