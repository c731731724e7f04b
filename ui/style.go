package ui

import "strings"

const sgrReset = "\x1b[0m"

// A Style is how a piece of text looks: an SGR sequence that turns it on, built once. The zero Style
// paints nothing.
type Style struct{ on string }

// newStyle makes a style of SGR parameters such as "1;36" (ECMA-48, 8.3.117).
func newStyle(params string) Style {
	if params == "" {
		return Style{}
	}
	return Style{on: "\x1b[" + params + "m"}
}

// Paint returns s in this style. Styles inside s hold for their part; where they end, this one goes on.
func (st Style) Paint(s string) string {
	if st.on == "" || s == "" {
		return s
	}
	if strings.IndexByte(s, 0x1b) < 0 {
		return st.on + s + sgrReset
	}
	return string(st.appendPaint(make([]byte, 0, len(s)+4*len(st.on)), s))
}

// Line returns exactly w cells of s in this style alone: colours and attributes inside s are taken off,
// except for the reserved style of escapes. It is for the selected row.
func (st Style) Line(s string, w int) string {
	if st.on == "" {
		return Fit(s, w)
	}
	return st.Paint(Fit(keepEscapes(s), w))
}

// appendPaint appends s in this style to dst.
func (st Style) appendPaint(dst []byte, s string) []byte {
	if st.on == "" || s == "" {
		return append(dst, s...)
	}
	dst = append(dst, st.on...)
	var state sgrState
	for {
		i := strings.IndexByte(s, 0x1b)
		n := 0
		if i >= 0 {
			n = sgrLen(s[i:])
		}
		if n == 0 {
			break
		}
		before := state
		state = state.after(s[i : i+n])
		dst = append(dst, s[:i+n]...)
		if state&before != before || state == 0 { // something ended: it may have been ours too
			dst = append(dst, st.on...)
		}
		s = s[i+n:]
	}
	dst = append(dst, s...)
	return append(dst, sgrReset...)
}

// keepEscapes takes all SGR sequences off s except for those of the reserved style.
func keepEscapes(s string) string {
	if strings.IndexByte(s, 0x1b) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		n, _, kind := token(s, i)
		if t := s[i : i+n]; kind != tokenSGR || t == escapeOn || t == escapeOff {
			b.WriteString(t)
		}
		i += n
	}
	return b.String()
}

// sgrLen returns the length of the SGR sequence at the start of s, or 0.
func sgrLen(s string) int {
	if len(s) < 3 || s[0] != 0x1b || s[1] != '[' {
		return 0
	}
	for i := 2; i < len(s); i++ {
		switch b := s[i]; {
		case b == 'm':
			return i + 1
		case (b < '0' || b > '9') && b != ';' && b != ':':
			return 0
		}
	}
	return 0
}

// An sgrState is the set of attributes that are on, one bit for each that can be turned off by itself.
type sgrState uint16

const (
	sgrWeight sgrState = 1 << iota // bold, faint
	sgrItalic
	sgrUnderline
	sgrBlink
	sgrReverse
	sgrConceal
	sgrStrike
	sgrForeground
	sgrBackground
	sgrOther
)

// after returns the state after the sequence seq, which sgrLen has accepted.
func (st sgrState) after(seq string) sgrState {
	params := seq[2 : len(seq)-1]
	for more := true; more; {
		var p string
		p, params, more = strings.Cut(params, ";")
		n := sgrNumber(p)
		if (n == 38 || n == 48 || n == 58) && !strings.Contains(p, ":") {
			params, more = skipColour(params, more)
		}
		st = st.with(n)
	}
	return st
}

// with returns the state after one parameter.
func (st sgrState) with(n int) sgrState {
	switch {
	case n == 0:
		return 0
	case n == 1, n == 2:
		return st | sgrWeight
	case n == 5, n == 6:
		return st | sgrBlink
	case n == 21:
		return st | sgrUnderline
	case n <= 9:
		return st | []sgrState{3: sgrItalic, 4: sgrUnderline, 7: sgrReverse, 8: sgrConceal, 9: sgrStrike}[n]
	case n >= 22 && n <= 29:
		return st &^ []sgrState{sgrWeight, sgrItalic, sgrUnderline, sgrBlink, 0, sgrReverse, sgrConceal, sgrStrike}[n-22]
	case n == 39:
		return st &^ sgrForeground
	case n == 49:
		return st &^ sgrBackground
	case n >= 30 && n <= 38, n >= 90 && n <= 97:
		return st | sgrForeground
	case n >= 40 && n <= 48, n >= 100 && n <= 107:
		return st | sgrBackground
	}
	return st | sgrOther
}

// sgrNumber reads the decimal number at the start of p; an empty parameter means 0.
func sgrNumber(p string) int {
	n := 0
	for i := 0; i < len(p) && p[i] >= '0' && p[i] <= '9' && n < 1000; i++ {
		n = n*10 + int(p[i]-'0')
	}
	return n
}

// skipColour skips the parameters of an extended colour: 5;N or 2;R;G;B.
func skipColour(params string, more bool) (string, bool) {
	if !more {
		return params, false
	}
	var p string
	p, params, more = strings.Cut(params, ";")
	skip := 1
	if p == "2" {
		skip = 3
	}
	for ; more && skip > 0; skip-- {
		_, params, more = strings.Cut(params, ";")
	}
	return params, more
}
