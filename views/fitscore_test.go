package views_test

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"bustop/views"
)

// awkward are scores of all sorts.
func awkward() []float64 {
	tenth := 0.1
	return []float64{
		0, 1, -1, 0.1, tenth + 0.2, -(tenth + 0.2), 236.92999999999998, -236.92999999999998, 99.5, 1e6, -1e6, 1766500000123, 12345678901234568,
		1e17, 1e20, -1e20, 1e300, -1.7976931348623157e308, math.MaxFloat64, 5e-324, -5e-324, 1.5e-7, 123456789.125, 0.00012345678,
		math.Inf(1), math.Inf(-1),
	}
}

func TestFitScore(t *testing.T) {
	tenth := 0.1
	for _, c := range []struct {
		f    float64
		w    int
		want string
	}{
		{236.92999999999998, 18, "236.92999999999998"},
		{236.92999999999998, 14, "~236.93"},
		{236.92999999999998, 6, "~236.9"},
		{-236.92999999999998, 8, "~-236.93"},
		{tenth + 0.2, 14, "~0.3"},
		{12345678901234568, 17, "12345678901234568"},
		{12345678901234568, 14, "~1.23456789e16"},
		{12345678901234568, 6, "~1e16"},
		{1e17, 14, "1e17"},
		{-1e20, 5, "-1e20"},
		{1e6, 6, "1e6"},
		{math.MaxFloat64, 8, "~1.8e308"},
		{5e-324, 6, "5e-324"},
		{1.5e-7, 6, "1.5e-7"},
		{math.Inf(1), 4, "+inf"},
		{math.Inf(-1), 3, "-∞"},
		{math.Inf(-1), 1, "~"},
		{1234, 1, "~"},
		{1234, 0, ""},
	} {
		if got := views.FitScore(c.f, c.w); got != c.want {
			t.Errorf("%v in %d cells is %q, want %q", c.f, c.w, got, c.want)
		}
	}
}

// What is shown is the score itself, or is marked and near it; it is never wider than there is room.
func TestFittedScoresAreTrue(t *testing.T) {
	for _, f := range awkward() {
		for w := range 26 {
			for name, got := range map[string]string{"fit": views.FitScore(f, w), "lean": views.LeanScore(f, w)} {
				if utf8.RuneCountInString(got) > w {
					t.Errorf("%s: %v in %d cells is %q", name, f, w, got)
				}
				digits, rounded := strings.CutPrefix(got, "~")
				if digits == "" {
					continue
				}
				back, err := strconv.ParseFloat(strings.Replace(digits, "∞", "inf", 1), 64)
				switch {
				case errors.Is(err, strconv.ErrRange) && rounded && math.Abs(f) > 1e308: // rounded to more than a double holds
				case err != nil:
					t.Errorf("%s: %v in %d cells is %q: %v", name, f, w, got, err)
				case !rounded && back != f, rounded && math.Abs(back-f) > math.Abs(f)/2:
					t.Errorf("%s: %v in %d cells is %q", name, f, w, got)
				}
			}
		}
	}
}

func TestLeanScore(t *testing.T) {
	tenth := 0.1
	for want, f := range map[string]float64{
		"~0.3": tenth + 0.2, "~236.93": 236.92999999999998, "0.1": 0.1, "99.25": 99.25, "1766500000123": 1766500000123, "+inf": math.Inf(1), "0.123456789": 0.123456789,
	} {
		if got := views.LeanScore(f, 20); got != want {
			t.Errorf("%v is %q, want %q", f, got, want)
		}
	}
}

func TestFitScoreDelta(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		from, to float64
		w        int
		want     string
	}{
		{1, 3, 10, "+2"},
		{0, 123376.75, 10, "+123376.75"},
		{0, 1123376.75, 10, "~+1123377"},
		{0, 1123376.75, 6, "~+1e6"},
		{0, -1123376.75, 6, "~-1e6"},
		{2, 2, 10, ""},
		{1, inf, 3, "+∞"},
		{inf, 1, 10, "-inf"},
		{1, 100, 1, "~"},
	} {
		if got := views.FitScoreDelta(c.from, c.to, c.w); got != c.want {
			t.Errorf("from %v to %v in %d cells: %q, want %q", c.from, c.to, c.w, got, c.want)
		}
	}
}
