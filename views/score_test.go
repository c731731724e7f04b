package views_test

import (
	"math"
	"strconv"
	"testing"

	"bustop/views"
)

func TestScore(t *testing.T) {
	tenth := 0.1
	for want, f := range map[string]float64{
		"0": 0, "1000000": 1e6, "-42": -42, "12345678901234568": 12345678901234568, "100000000000000000": 1e17, "1e+20": 1e20, "1e+300": 1e300,
		"0.1": 0.1, "-2.5": -2.5, "99.5": 99.5, "0.30000000000000004": tenth + 0.2, "5e-324": 5e-324, "123456789.125": 123456789.125,
		"+inf": math.Inf(1), "-inf": math.Inf(-1),
	} {
		got := views.Score(f)
		if back, err := strconv.ParseFloat(got, 64); got != want || err != nil || back != f {
			t.Errorf("%v is %q, want %q", f, got, want)
		}
	}
}

func TestScoreDelta(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		from, to float64
		want     string
	}{
		{1, 3, "+2"},
		{3, 1, "-2"},
		{0.1, 0.3, "+0.2"},
		{2, 2, ""},
		{inf, inf, ""},
		{1, inf, "+inf"},
		{inf, 1, "-inf"},
		{1.7e308, -1.7e308, "-inf"},
	} {
		if got := views.ScoreDelta(c.from, c.to); got != c.want {
			t.Errorf("from %v to %v: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}
