package locks

import (
	"fmt"
	"strings"
	"time"

	"bustop/backends"
	"bustop/ui"
)

// chartRows is the height of the chart of the time left.
const chartRows = 5

// chart draws the time that a lock had left, the newest at the right: how high it stood in each slice of
// the time watched, and below that what happened in it. It is chartRows+2 lines, none without two looks.
func chart(t *ui.Theme, h backends.LockHistory, w int) []string {
	const axis = 7
	cells := w - axis - 1
	if len(h.Samples) < 2 || h.Longest <= 0 || cells < 10 {
		return nil
	}
	from, to := h.Samples[0].At, h.Samples[len(h.Samples)-1].At
	slice := max(to.Sub(from)/time.Duration(cells-1), time.Second)
	first := to.Add(-slice * time.Duration(cells-1)) // the oldest cell; before the first look it is blank
	column := func(at time.Time) int { return int(at.Sub(first) / slice) }
	levels := levelsOf(h, cells, slice, column)
	lines := make([]string, 0, chartRows+2)
	for row := chartRows; row > 0; row-- {
		label := ""
		switch row {
		case chartRows:
			label = ui.Age(h.Longest)
		case 1:
			label = "0s"
		}
		lines = append(lines, t.Dim.Paint(ui.FitLeft(label, axis))+" "+t.Accent.Paint(chartLine(levels, row)))
	}
	lines = append(lines, strings.Repeat(" ", axis+1)+marksLine(t, h, cells, column))
	span := fmt.Sprintf("%s ago", ui.Age(to.Sub(first)))
	return append(lines, strings.Repeat(" ", axis+1)+t.Dim.Paint(span+ui.FitLeft("now", cells-ui.Width(span))))
}

// levelsOf are the eighths of a row that each column stands high, -1 where nobody looked. Between two looks
// the time drained.
func levelsOf(h backends.LockHistory, cells int, slice time.Duration, column func(time.Time) int) []int {
	levels := make([]int, cells)
	for i := range levels {
		levels[i] = -1
	}
	high := func(left time.Duration) int {
		return max(int(float64(left)/float64(h.Longest)*chartRows*8), 1)
	}
	for j, s := range h.Samples {
		until := cells
		if j+1 < len(h.Samples) {
			until = column(h.Samples[j+1].At)
		}
		first := max(column(s.At), 0)
		for i := first; i < min(max(until, first+1), cells); i++ {
			if levels[i] = max(levels[i], 0); s.Held {
				levels[i] = max(levels[i], high(s.TTL.Value-slice*time.Duration(i-first)))
			}
		}
	}
	return levels
}

func chartLine(levels []int, row int) string {
	blocks := []rune(" ▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, level := range levels {
		b.WriteRune(blocks[min(max(level-(row-1)*8, 0), 8)])
	}
	return b.String()
}

// marksLine has a sign under each column in which something happened.
func marksLine(t *ui.Theme, h backends.LockHistory, cells int, column func(time.Time) int) string {
	marks := make([]string, cells)
	for _, e := range h.Events {
		if i := column(e.At); i >= 0 && i < cells {
			if sign := signOf(e.Change); sign != "" {
				marks[i] = changeStyle(t, e.Change).Paint(sign)
			}
		}
	}
	for i := range marks {
		if marks[i] == "" {
			marks[i] = " "
		}
	}
	return strings.Join(marks, "")
}

func signOf(c backends.LockChange) string {
	switch c {
	case backends.LockRenewed:
		return "↑"
	case backends.LockMissed:
		return "!"
	case backends.LockHandedOver:
		return "⇄"
	case backends.LockAcquired:
		return "+"
	case backends.LockReleased, backends.LockEnded:
		return "-"
	case backends.LockExpired:
		return "×"
	default:
		return ""
	}
}
