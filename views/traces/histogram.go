package traces

import (
	"math"
	"strings"
	"time"

	"bustop/backends/spans"
	"bustop/ui"
)

// bars are the lines of the histogram's bars; below them stand their times.
const bars = 3

// histogram draws how long traces took on a logarithmic scale: how many in each cell, the place of the
// selected one, and the times at the edges. Cells in which a trace failed are in red.
func histogram(t *ui.Theme, rows []spans.Summary, selected spans.Summary, w int) []string {
	cells := max(min(w-2, 100), 1)
	scale := scaleOf(rows, cells)
	counts, bad, most := make([]int, cells), make([]bool, cells), 0
	for _, s := range rows {
		at := scale.cell(s.Duration)
		counts[at]++
		bad[at] = bad[at] || s.Errors > 0
		most = max(most, counts[at])
	}
	lines := make([]string, 0, bars+1)
	for line := bars - 1; line >= 0; line-- {
		var b strings.Builder
		for at, n := range counts {
			cell := block(n, most, line)
			if bad[at] {
				cell = t.Bad.Paint(cell)
			}
			b.WriteString(cell)
		}
		lines = append(lines, ui.Fit(" "+b.String(), w))
	}
	return append(lines, ui.Fit(" "+scale.axis(t, selected, cells), w))
}

// block is the part of a bar of n, of most, that is in a line counted from the bottom.
func block(n, most, line int) string {
	eighths := int(math.Ceil(float64(n)/float64(max(most, 1))*bars*8)) - line*8
	switch {
	case eighths <= 0 && line == 0:
		return "▁"
	case eighths <= 0:
		return " "
	}
	return [...]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}[min(eighths, 8)-1]
}

// logScale maps durations to cells by their logarithm.
type logScale struct {
	low, high float64 // logarithms of nanoseconds
	cells     int
}

func scaleOf(rows []spans.Summary, cells int) logScale {
	s := logScale{low: math.Inf(1), high: math.Inf(-1), cells: cells}
	for _, r := range rows {
		d := math.Log(float64(max(r.Duration, 1)))
		s.low, s.high = min(s.low, d), max(s.high, d)
	}
	return s
}

func (s logScale) cell(d time.Duration) int {
	if s.high <= s.low {
		return 0
	}
	at := (math.Log(float64(max(d, 1))) - s.low) / (s.high - s.low) * float64(s.cells)
	return min(max(int(at), 0), s.cells-1)
}

// axis has the least, the middle and the greatest duration below their cells, and a mark below the
// selected trace's where there is room.
func (s logScale) axis(t *ui.Theme, selected spans.Summary, cells int) string {
	at := func(share float64) string {
		return ui.Duration(time.Duration(math.Exp(s.low + share*(s.high-s.low))))
	}
	line, mark := []rune(strings.Repeat(" ", cells)), -1
	if selected.TraceID != "" {
		mark = s.cell(selected.Duration)
		line[mark] = '▲'
	}
	put := func(from int, text string) {
		from = max(from, 0)
		if to := from + ui.Width(text); to <= cells && (mark < from || mark >= to) {
			copy(line[from:], []rune(text))
		}
	}
	put(2, at(0))
	if s.high > s.low {
		put(cells/2-4, at(0.5))
		put(cells-2-ui.Width(at(1)), at(1))
	}
	return t.Dim.Paint(string(line))
}
