package resp

import (
	"math"
	"strconv"
	"strings"
)

// Writer builds replies in memory, in the version of the protocol that the client speaks.
type Writer struct {
	Buf []byte
	V3  bool
}

// Raw appends a reply that is complete already.
func (w *Writer) Raw(b []byte) { w.Buf = append(w.Buf, b...) }

// RawSet appends a complete reply, and makes an array of it a set where version 3 has sets.
func (w *Writer) RawSet(b []byte) {
	from := len(w.Buf)
	w.Raw(b)
	if w.V3 && len(b) > 0 && b[0] == '*' {
		w.Buf[from] = '~'
	}
}

func (w *Writer) head(kind byte, n int64) {
	w.Buf = append(w.Buf, kind)
	w.Buf = strconv.AppendInt(w.Buf, n, 10)
	w.Buf = append(w.Buf, '\r', '\n')
}

func (w *Writer) text(kind byte, s string) {
	w.Buf = append(w.Buf, kind)
	for i := range len(s) {
		if c := s[i]; c == '\r' || c == '\n' {
			w.Buf = append(w.Buf, ' ')
		} else {
			w.Buf = append(w.Buf, c)
		}
	}
	w.Buf = append(w.Buf, '\r', '\n')
}

// Simple writes a status.
func (w *Writer) Simple(s string) { w.text('+', s) }

// OK writes the status OK.
func (w *Writer) OK() { w.Buf = append(w.Buf, "+OK\r\n"...) }

// Error writes an error; its first word is the code.
func (w *Writer) Error(s string) { w.text('-', s) }

// Int writes an integer.
func (w *Writer) Int(n int64) { w.head(':', n) }

// Bulk writes a string of any bytes.
func (w *Writer) Bulk(s string) {
	w.head('$', int64(len(s)))
	w.Buf = append(w.Buf, s...)
	w.Buf = append(w.Buf, '\r', '\n')
}

// Bulks writes an array of strings.
func (w *Writer) Bulks(list []string) {
	w.Array(len(list))
	for _, s := range list {
		w.Bulk(s)
	}
}

// Verbatim writes a text that people read; version 2 knows no difference.
func (w *Writer) Verbatim(s string) {
	if !w.V3 {
		w.Bulk(s)
		return
	}
	w.head('=', int64(len(s)+4))
	w.Buf = append(w.Buf, "txt:"...)
	w.Buf = append(w.Buf, s...)
	w.Buf = append(w.Buf, '\r', '\n')
}

// Null writes the absence of a string.
func (w *Writer) Null() { w.null("$-1\r\n") }

// NullArray writes the absence of an array.
func (w *Writer) NullArray() { w.null("*-1\r\n") }

func (w *Writer) null(v2 string) {
	if w.V3 {
		v2 = "_\r\n"
	}
	w.Buf = append(w.Buf, v2...)
}

// Bool writes a truth value; version 2 has the integers 0 and 1 for it.
func (w *Writer) Bool(v bool) {
	switch {
	case w.V3 && v:
		w.Buf = append(w.Buf, "#t\r\n"...)
	case w.V3:
		w.Buf = append(w.Buf, "#f\r\n"...)
	case v:
		w.Int(1)
	default:
		w.Int(0)
	}
}

// Double writes a floating-point number; version 2 has a string for it.
func (w *Writer) Double(f float64) {
	s := FormatDouble(f)
	if !w.V3 {
		w.Bulk(s)
		return
	}
	w.Buf = append(w.Buf, ',')
	w.Buf = append(w.Buf, s...)
	w.Buf = append(w.Buf, '\r', '\n')
}

// Array begins an array of n replies.
func (w *Writer) Array(n int) { w.head('*', int64(n)) }

// Map begins a map of n keys and values in turn.
func (w *Writer) Map(n int) { w.either('%', n, 2*n) }

// Set begins a set of n replies.
func (w *Writer) Set(n int) { w.either('~', n, n) }

// Push begins a message of n parts that answers no request.
func (w *Writer) Push(n int) { w.either('>', n, n) }

func (w *Writer) either(v3 byte, n, inV2 int) {
	if w.V3 {
		w.head(v3, int64(n))
		return
	}
	w.Array(inV2)
}

// FormatDouble writes a number as Redis does: C's %.17g, and whole numbers without exponent
// within ±2^52.
func FormatDouble(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f == 0 && math.Signbit(f):
		return "-0"
	case f == math.Trunc(f) && math.Abs(f) < 1<<52:
		return strconv.FormatInt(int64(f), 10)
	}
	return general17(f)
}

// general17 is C's %.17g: scientific when the exponent is below -4 or above 16, no trailing zeros.
func general17(f float64) string {
	s := strconv.FormatFloat(f, 'e', 16, 64)
	mantissa, exponent, _ := strings.Cut(s, "e")
	e, err := strconv.Atoi(exponent)
	if err != nil {
		return s
	}
	if e < -4 || e >= 17 {
		return trimZeros(mantissa) + "e" + exponent
	}
	return trimZeros(strconv.FormatFloat(f, 'f', 16-e, 64))
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
