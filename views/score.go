package views

import (
	"math"
	"strconv"
	"strings"
)

const (
	// wholeScore is up to where whole scores are written with all their digits, as the server does.
	wholeScore = 1e17
	// scoreDigits is from how many characters on a fraction is written with an exponent where that is
	// shorter.
	scoreDigits = 20
)

// Score writes a double so that nothing of it is lost: whole numbers as such, fractions with as many
// digits as tell them from their neighbours.
func Score(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "+inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f == math.Trunc(f) && math.Abs(f) < wholeScore:
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if short := strconv.FormatFloat(f, 'g', -1, 64); len(text) > scoreDigits && len(short) < len(text) {
		return short
	}
	return text
}

// doubleDigits are the decimal digits that tell every double from its neighbours (IEEE 754).
const doubleDigits = 17

// FitScore writes a double in w cells: as Score does where that fits, else with an exponent, else rounded
// to as many digits as there is room for, with ~ before it. Where not even one digit fits, it is ~ or
// blank: a number must not be cut, as it would be read as another one.
func FitScore(f float64, w int) string { return fit(Score(f), f, "", w) }

// LeanScore is FitScore for where a score is only one of several things said: digits that are but the
// rounding of what a sum was made of (0.1 + 0.2) are left out, with ~ as for all that is rounded.
func LeanScore(f float64, w int) string {
	text := Score(f)
	if lean, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', deltaDigits, 64), 64); err == nil && lean != f {
		if short := Score(lean); len(short)+noise < len(text) {
			text = "~" + short
		}
	}
	return fit(text, f, "", w)
}

// noise is by how many characters a score has to be longer than its first digits to be taken for one that
// was rounded on the way.
const noise = 3

// FitScoreDelta is ScoreDelta in w cells, see FitScore.
func FitScoreDelta(from, to float64, w int) string {
	text := ScoreDelta(from, to)
	if text == "" {
		return ""
	}
	sign := ""
	if text[0] == '+' {
		sign = "+"
	}
	return fit(text, to-from, sign, w)
}

// fit writes f in w cells; text is how it is written where there is room, sign goes before its digits.
func fit(text string, f float64, sign string, w int) string {
	if len(text) <= w {
		return text
	}
	if math.IsInf(f, 0) {
		return fitInf(f, w)
	}
	for digits := doubleDigits; digits > 0; digits-- {
		scientific := short(strconv.FormatFloat(f, 'e', digits-1, 64))
		rounded, _ := strconv.ParseFloat(scientific, 64)
		mark := "~"
		if rounded == f && text[0] != '~' {
			mark = ""
		}
		for _, form := range []string{Score(rounded), scientific} {
			if form = mark + sign + form; len(form) <= w && !strings.HasSuffix(form, "inf") {
				return form
			}
		}
	}
	return strings.Repeat("~", min(max(w, 0), 1))
}

func fitInf(f float64, w int) string {
	text := "+∞"
	if f < 0 {
		text = "-∞"
	}
	if w < 2 {
		return strings.Repeat("~", max(w, 0))
	}
	return text
}

// short writes a number with an exponent without what it does not need: 1.500e+07 is 1.5e7.
func short(scientific string) string {
	mantissa, exponent, _ := strings.Cut(scientific, "e")
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	n, _ := strconv.Atoi(exponent)
	return mantissa + "e" + strconv.Itoa(n)
}

// deltaDigits are those of a difference: more of them are only the rounding of what it was made of.
const deltaDigits = 12

// ScoreDelta writes the difference between two scores with its sign; "" when there is none, as between
// equal infinities.
func ScoreDelta(from, to float64) string {
	delta := to - from
	if from == to || math.IsNaN(delta) {
		return ""
	}
	if delta != math.Trunc(delta) {
		delta, _ = strconv.ParseFloat(strconv.FormatFloat(delta, 'g', deltaDigits, 64), 64)
	}
	if delta > 0 && !math.IsInf(delta, 1) {
		return "+" + Score(delta)
	}
	return Score(delta)
}
