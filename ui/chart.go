package ui

import (
	"math"
	"strings"
)

// Sparkline draws values as a line of w block characters, newest at the right, scaled to the largest.
// Zeros and negative values are the lowest block. If there are more values than cells the oldest are left
// out, if there are fewer the line starts with spaces; without values it is blank.
func Sparkline(values []int64, w int) string {
	if w <= 0 {
		return ""
	}
	if len(values) > w {
		values = values[len(values)-w:]
	}
	var top int64
	for _, v := range values {
		top = max(top, v)
	}
	blocks := [...]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
	var b strings.Builder
	b.Grow(3 * w)
	b.WriteString(strings.Repeat(" ", w-len(values)))
	for _, v := range values {
		level := 0
		if v > 0 {
			level = min(int(float64(v)/float64(top)*7+0.5), 7)
		}
		b.WriteString(blocks[level])
	}
	return b.String()
}

// Bar draws a share of 0 to 1 as a bar of w cells in steps of an eighth of a cell.
func Bar(share float64, w int) string {
	if w <= 0 {
		return ""
	}
	if math.IsNaN(share) {
		share = 0
	}
	eighths := int(min(max(share, 0), 1)*float64(w)*8 + 0.5)
	if eighths == 0 && share > 0 {
		eighths = 1 // little is not nothing
	}
	full, part := eighths/8, eighths%8
	parts := [...]string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}
	rest := w - full
	if part > 0 {
		rest--
	}
	return strings.Repeat("█", full) + parts[part] + strings.Repeat("░", rest)
}
