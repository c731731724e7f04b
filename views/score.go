package views

import (
	"math"
	"strconv"
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
