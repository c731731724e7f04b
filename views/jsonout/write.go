package jsonout

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"bustop/backends"
)

// object appends the fields of one JSON object.
type object struct {
	buf   []byte
	start int
}

func begin(dst []byte) object {
	return object{append(dst, '{'), len(dst) + 1}
}

func (o *object) end() []byte { return append(o.buf, '}') }

// key starts a field; the caller appends its value to buf.
func (o *object) key(name string) {
	if len(o.buf) > o.start {
		o.buf = append(o.buf, ',')
	}
	o.buf = append(AppendString(o.buf, name), ':')
}

func (o *object) null(name string) {
	o.key(name)
	o.buf = append(o.buf, "null"...)
}

// word appends a text of ours, null when it is empty.
func (o *object) word(name, s string) {
	if s == "" {
		o.null(name)
		return
	}
	o.key(name)
	o.buf = AppendString(o.buf, s)
}

// text appends a foreign text, with its exact bytes beside it where it is not UTF-8.
func (o *object) text(name, s string) {
	o.key(name)
	o.buf = AppendString(o.buf, s)
	if !utf8.ValidString(s) {
		o.key(name + "_base64")
		o.buf = appendBase64(o.buf, s)
	}
}

// optional is text, null when s is empty.
func (o *object) optional(name, s string) {
	if s == "" {
		o.null(name)
		return
	}
	o.text(name, s)
}

func (o *object) flag(name string, v bool) {
	o.key(name)
	o.buf = strconv.AppendBool(o.buf, v)
}

func (o *object) int(name string, v int64) {
	o.key(name)
	o.buf = strconv.AppendInt(o.buf, v, 10)
}

func (o *object) float(name string, v float64) {
	o.key(name)
	o.buf = appendFloat(o.buf, v)
}

// time appends a moment, null when it is zero or outside the years that RFC 3339 knows.
func (o *object) time(name string, t time.Time) {
	if t = t.UTC(); t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		o.null(name)
		return
	}
	o.key(name)
	o.buf = append(o.buf, '"')
	o.buf = t.AppendFormat(o.buf, time.RFC3339Nano)
	o.buf = append(o.buf, '"')
}

func (o *object) count(name string, c backends.Count) {
	if !c.Known() {
		o.null(name)
		return
	}
	o.int(name, c.Value)
	o.certainty(name, c.Certainty)
}

func (o *object) rate(name string, r backends.Rate) {
	if !r.Known() {
		o.null(name)
		return
	}
	o.float(name, r.Value)
	o.certainty(name, r.Certainty)
}

// span appends a length of time under name, which ends in "_ms".
func (o *object) span(name string, s backends.Span) {
	if !s.Known() {
		o.null(name)
		return
	}
	o.int(name, s.Value.Milliseconds())
	o.certainty(name, s.Certainty)
}

func (o *object) certainty(name string, c backends.Certainty) {
	switch c {
	case backends.AtLeast:
		o.word(name+"_certainty", "at_least")
	case backends.About:
		o.word(name+"_certainty", "about")
	default:
	}
}

// list appends an array of n elements, each written by one.
func (o *object) list(name string, n int, one func(dst []byte, i int) []byte) {
	o.key(name)
	o.buf = append(o.buf, '[')
	for i := range n {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = one(o.buf, i)
	}
	o.buf = append(o.buf, ']')
}

func (o *object) texts(name string, values []string) {
	o.list(name, len(values), func(dst []byte, i int) []byte { return AppendString(dst, values[i]) })
}

// fields appends names with values of any bytes as an object. Names that repeat or are not
// UTF-8 cannot be keys: then it is {"$map": [[name, value], …]}. A value that is not UTF-8 is
// {"$bytes": "base64"}.
func (o *object) fields(name string, fields []backends.Field) {
	if !keyable(fields) {
		o.key(name)
		inner := begin(o.buf)
		inner.list("$map", len(fields), func(dst []byte, i int) []byte {
			dst = appendValue(append(dst, '['), fields[i].Name)
			dst = appendValue(append(dst, ','), string(fields[i].Value))
			return append(dst, ']')
		})
		o.buf = inner.end()
		return
	}
	o.key(name)
	inner := begin(o.buf)
	for _, f := range fields {
		inner.key(f.Name)
		inner.buf = appendValue(inner.buf, string(f.Value))
	}
	o.buf = inner.end()
}

// types writes what the fields are on the wire, as far as that was told: a text "5" and a number 5 are the
// same among the values. null where fields share a name.
func (o *object) types(name string, fields []backends.Field) {
	if !keyable(fields) {
		o.null(name)
		return
	}
	o.key(name)
	inner := begin(o.buf)
	for _, f := range fields {
		if f.Type != "" {
			inner.text(f.Name, f.Type)
		}
	}
	o.buf = inner.end()
}

func keyable(fields []backends.Field) bool {
	seen := make(map[string]bool, len(fields))
	for _, f := range fields {
		if seen[f.Name] || !utf8.ValidString(f.Name) {
			return false
		}
		seen[f.Name] = true
	}
	return true
}

// appendValue appends a text, or {"$bytes": "base64"} where it is not UTF-8.
func appendValue(dst []byte, s string) []byte {
	if utf8.ValidString(s) {
		return AppendString(dst, s)
	}
	o := begin(dst)
	o.key("$bytes")
	o.buf = appendBase64(o.buf, s)
	return o.end()
}

func appendBase64(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, []byte(s))
	return append(dst, '"')
}

func appendFloat(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		name := map[bool]string{true: "Infinity", false: "-Infinity"}[v > 0]
		if math.IsNaN(v) {
			name = "NaN"
		}
		return append(append(append(dst, `{"$float":"`...), name...), `"}`...)
	}
	if math.Abs(v) >= 1e21 || (v != 0 && math.Abs(v) < 1e-6) {
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

// AppendString appends s as a JSON string. Characters that are not printable are escaped; a
// byte that is not UTF-8 is written as the four characters \xNN (and the backslash escaped).
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == utf8.RuneError && size == 1:
			dst = append(dst, `\\x`...)
			dst = append(dst, hexDigits[s[i]>>4], hexDigits[s[i]&15])
		case r >= ' ' && r < 0x7f:
			dst = append(dst, byte(r))
		default:
			dst = appendRune(dst, r)
		}
		i += size
	}
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

// appendRune appends one character of a JSON string, escaped unless it is printable.
func appendRune(dst []byte, r rune) []byte {
	switch {
	case r == '\n':
		return append(dst, `\n`...)
	case r == '\t':
		return append(dst, `\t`...)
	case r == '\r':
		return append(dst, `\r`...)
	case unicode.IsPrint(r):
		return utf8.AppendRune(dst, r)
	case r > 0xffff:
		hi, lo := utf16.EncodeRune(r)
		return appendEscape(appendEscape(dst, hi), lo)
	}
	return appendEscape(dst, r)
}

func appendEscape(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// Printable rewrites JSON so that inside its strings every character that is not printable is
// escaped, which leaves its meaning as it is.
func Printable(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < 0x7f {
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r < ' ' {
			dst = append(dst, text[i]) // white space between values
		} else {
			dst = appendRune(dst, r)
		}
		i += size
	}
	return dst
}
