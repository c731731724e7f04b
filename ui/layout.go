package ui

import "strings"

// Box draws lines inside a rounded border of w×h cells with the title in its top edge. Lines are cut
// and padded to the inside. Below 2×2 cells there is no room for a border and none is drawn.
func Box(t *Theme, title string, lines []string, w, h int, focus bool) []string {
	if w < 2 || h < 2 {
		return Pad(lines, w, h)
	}
	edge := t.Border
	if focus {
		edge = t.Accent
	}
	in := w - 2
	out := make([]string, 0, h)
	out = append(out, edge.Paint("╭")+titleEdge(t, edge, title, in)+edge.Paint("╮"))
	side := edge.Paint("│")
	buf := make([]byte, 0, w+32)
	for i := range h - 2 {
		buf = append(buf[:0], side...)
		if i < len(lines) {
			buf = appendFit(buf, lines[i], in, false)
		} else {
			buf = appendSpaces(buf, in)
		}
		buf = append(buf, side...)
		out = append(out, string(buf))
	}
	return append(out, edge.Paint("╰"+strings.Repeat("─", in)+"╯"))
}

// titleEdge draws the top edge between the corners: "─ title ───".
func titleEdge(t *Theme, edge Style, title string, w int) string {
	n := min(Width(title), w-4)
	if n < 1 {
		return edge.Paint(strings.Repeat("─", w))
	}
	return edge.Paint("─") + " " + t.Title.Paint(Fit(title, n)) + " " + edge.Paint(strings.Repeat("─", w-n-3))
}

// Overlay lays box over the middle of under, whose lines it dims. The result is h lines of w cells.
func Overlay(under, box []string, w, h int) []string {
	dim := newStyle("2")
	out := make([]string, 0, max(h, 0))
	bw := 0
	for _, l := range box {
		bw = max(bw, Width(l))
	}
	bw = min(bw, w)
	top, left := max(h-len(box), 0)/2, max(w-bw, 0)/2
	for y := range max(h, 0) {
		line := ""
		if y < len(under) {
			line = stripSGR(under[y])
		}
		if y < top || y-top >= len(box) {
			out = append(out, dim.Paint(Fit(line, w)))
			continue
		}
		before := string(appendCells(nil, line, 0, left))
		after := string(appendCells(nil, line, left+bw, w))
		out = append(out, dim.Paint(before)+Fit(box[y-top], bw)+dim.Paint(after))
	}
	return out
}

// Zip puts left and right side by side with gap cells between. The shorter one is filled up with blank
// lines of the width of its first line.
func Zip(left, right []string, gap int) []string {
	lw, rw := 0, 0
	if len(left) > 0 {
		lw = Width(left[0])
	}
	if len(right) > 0 {
		rw = Width(right[0])
	}
	out := make([]string, max(len(left), len(right)))
	buf := make([]byte, 0, 256)
	for i := range out {
		buf = appendLineOr(buf[:0], left, i, lw)
		buf = appendSpaces(buf, gap)
		buf = appendLineOr(buf, right, i, rw)
		out[i] = string(buf)
	}
	return out
}

func appendLineOr(dst []byte, lines []string, i, w int) []byte {
	if i < len(lines) {
		return append(dst, lines[i]...)
	}
	return appendSpaces(dst, w)
}

// Pad returns exactly h lines of exactly w cells.
func Pad(lines []string, w, h int) []string {
	out := make([]string, max(h, 0))
	for i := range out {
		if i < len(lines) {
			out[i] = Fit(lines[i], w)
		} else {
			out[i] = Fit("", w)
		}
	}
	return out
}

// stripSGR takes all styles off s.
func stripSGR(s string) string {
	if strings.IndexByte(s, 0x1b) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		n, _, kind := token(s, i)
		if kind != tokenSGR {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}
