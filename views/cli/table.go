package cli

import (
	"fmt"
	"io"
	"strings"

	"bustop/ui"
)

// gap separates columns.
const gap = "  "

// column is a heading; numbers stand on the right.
type column struct {
	title   string
	numbers bool
}

// table is printed with a heading and columns as wide as their widest cell.
type table struct {
	columns []column
	rows    [][]string
}

// add appends a row of cells from outside, which are cleaned here.
func (t *table) add(cells ...string) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = ui.CleanPlain(cell)
	}
	t.rows = append(t.rows, row)
}

// write prints the table; lines are cut at the given width unless that is 0.
func (t *table) write(w io.Writer, width int) {
	widths := make([]int, len(t.columns))
	heading := make([]string, len(t.columns))
	for i, c := range t.columns {
		heading[i] = c.title
		widths[i] = ui.Width(c.title)
	}
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], ui.Width(cell))
		}
	}
	fmt.Fprintln(w, t.line(heading, widths, width))
	for _, row := range t.rows {
		fmt.Fprintln(w, t.line(row, widths, width))
	}
}

func (t *table) line(cells []string, widths []int, width int) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString(gap)
		}
		pad := strings.Repeat(" ", max(0, widths[i]-ui.Width(cell)))
		if t.columns[i].numbers {
			b.WriteString(pad + cell)
		} else {
			b.WriteString(cell + pad)
		}
	}
	return cut(strings.TrimRight(b.String(), " "), width)
}

// cut shortens a clean line to a width, 0 meaning any.
func cut(line string, width int) string {
	if width <= 0 || ui.Width(line) <= width {
		return line
	}
	return ui.Fit(line, width)
}
