package ui

// Render draws a header line and the rows in sight: exactly h lines of exactly w cells. The first cell
// of a line is the marker of the selected row; with focus that row is in the Selected style too. When not
// all rows fit, the last cell is a scroll bar.
func (t *Table[T]) Render(theme *Theme, w, h int, focus bool) []string {
	if h <= 0 {
		return nil
	}
	w = max(w, 0)
	t.page = max(h-1, 1)
	t.scroll(h - 1)
	t.buf, t.ends = t.buf[:0], t.ends[:0]
	inner := w
	bar := h > 1 && len(t.view) > h-1 && w > 4
	if bar {
		inner--
	}
	t.ask(h - 1)
	t.arrangeColumns(inner)
	t.header(theme, w, inner)
	t.endLine()
	thumb, size := scrollThumb(t.top, h-1, len(t.view))
	for y := range h - 1 {
		i := t.top + y
		switch {
		case i >= len(t.view):
			t.buf = appendSpaces(t.buf, inner)
		case i == t.sel:
			t.selectedRow(theme, inner, focus)
		default:
			t.row(t.all[t.view[i]], inner)
		}
		if bar {
			glyph := "│"
			if y >= thumb && y < thumb+size {
				glyph = "┃"
			}
			t.buf = theme.Border.appendPaint(t.buf, glyph)
		}
		t.endLine()
	}
	return t.lines()
}

// endLine closes a line of the buffer.
func (t *Table[T]) endLine() { t.ends = append(t.ends, len(t.buf)) }

// lines cuts the buffer into its lines. All of them share one string.
func (t *Table[T]) lines() []string {
	s := string(t.buf)
	out := make([]string, len(t.ends))
	from := 0
	for i, end := range t.ends {
		out[i] = s[from:end]
		from = end
	}
	return out
}

// scroll moves the rows in sight so that the selected one is among them and no space is wasted.
func (t *Table[T]) scroll(rows int) {
	if rows <= 0 {
		return
	}
	if t.sel >= 0 {
		t.top = min(t.top, t.sel)
		t.top = max(t.top, t.sel-rows+1)
	}
	t.top = max(min(t.top, len(t.view)-rows), 0)
}

// scrollThumb returns the first line and the length of the thumb of a scroll bar of the given lines.
func scrollThumb(top, lines, total int) (start, size int) {
	if total <= lines || lines <= 0 {
		return 0, lines
	}
	size = max(lines*lines/total, 1)
	return top * (lines - size) / (total - lines), size
}

// header appends the titles in inner cells, and blanks up to w.
func (t *Table[T]) header(theme *Theme, w, inner int) {
	line := make([]byte, 0, w+16)
	line = appendSpaces(line, min(inner, 1))
	for n, c := range t.layout.cols {
		col := t.cols[c.index]
		title := col.Title
		if c.index == t.sortCol {
			arrow := "▲"
			if t.desc {
				arrow = "▼"
			}
			title = Fit(title, min(Width(title), max(c.width-1, 0))) + arrow
		}
		if n > 0 {
			line = appendSpaces(line, t.layout.gap)
		}
		line = appendFit(line, title, c.width, col.Right)
	}
	line = appendSpaces(line, t.layout.rest+w-inner)
	t.buf = theme.Header.appendPaint(t.buf, string(line))
}

// row appends a row of w cells without its marker set.
func (t *Table[T]) row(r T, w int) {
	t.buf = appendSpaces(t.buf, min(w, 1))
	t.cells(r)
}

func (t *Table[T]) cells(r T) {
	for n, c := range t.layout.cols {
		if n > 0 {
			t.buf = appendSpaces(t.buf, t.layout.gap)
		}
		col := &t.cols[c.index]
		t.buf = appendFit(t.buf, col.text(r, c.width), c.width, col.Right)
	}
	t.buf = appendSpaces(t.buf, t.layout.rest)
}

// text is what a column shows of a row in w cells.
func (c *Column[T]) text(r T, w int) string {
	if c.CellIn != nil {
		return c.CellIn(r, w)
	}
	return c.Cell(r)
}

func (t *Table[T]) selectedRow(theme *Theme, w int, focus bool) {
	if w == 0 {
		return
	}
	if !focus {
		t.buf = theme.Accent.appendPaint(t.buf, marker)
		t.cells(t.all[t.view[t.sel]])
		return
	}
	from := len(t.buf)
	t.cells(t.all[t.view[t.sel]])
	line := marker + string(t.buf[from:])
	t.buf = append(t.buf[:from], theme.Selected.Line(line, w)...)
}

// A layout is the place of the columns that are shown at one width.
type layout struct {
	cols []colWidth
	gap  int // cells between columns
	rest int // cells after the last column
}

type colWidth struct{ index, width int }

// arrangeColumns gives w cells to the columns: one for the marker, then each its least width, the rest
// by shares. When that is too little it narrows the gaps, then drops columns by Hide, then narrows the
// widest columns, then drops from the right.
func (t *Table[T]) arrangeColumns(w int) {
	l := &t.layout
	l.cols, l.gap = l.cols[:0], 2
	for i, c := range t.cols {
		l.cols = append(l.cols, colWidth{i, max(c.Width, 1)})
	}
	avail := w - 1
	if l.need() > avail {
		l.gap = 1
	}
	for l.need() > avail {
		drop := t.mostHidden()
		if drop < 0 {
			break
		}
		l.cols = append(l.cols[:drop], l.cols[drop+1:]...)
	}
	l.shrink(avail)
	t.spread(avail - l.need())
	t.lend()
}

// ask finds out what columns want for the rows in sight, which are rows lines from the top on.
func (t *Table[T]) ask(rows int) {
	if t.wants == nil {
		t.wants = make([]int, len(t.cols))
	}
	for i := range t.cols {
		col := &t.cols[i]
		if col.Want == nil {
			continue
		}
		for _, at := range t.view[min(t.top, len(t.view)):min(t.top+max(rows, 0), len(t.view))] {
			t.wants[i] = max(t.wants[i], col.Want(t.all[at]))
		}
		if col.Most > 0 {
			t.wants[i] = min(t.wants[i], col.Most)
		}
	}
}

// lend gives columns that want more what is spare, then what others have beyond what they want.
func (t *Table[T]) lend() {
	l := &t.layout
	for n := range l.cols {
		lacks := max(t.wants[l.cols[n].index]-l.cols[n].width, 0)
		given := min(lacks, max(l.rest, 0))
		l.rest -= given
		for k := range l.cols {
			from := &t.cols[l.cols[k].index]
			if k == n || from.Flex == 0 {
				continue
			}
			over := max(l.cols[k].width-max(from.Width, t.wants[l.cols[k].index]), 0)
			part := min(lacks-given, over)
			l.cols[k].width -= part
			given += part
		}
		l.cols[n].width += given
	}
}

// mostHidden returns the place in the layout of the column that is to be dropped first, or -1.
func (t *Table[T]) mostHidden() int {
	found, most := -1, 0
	for n, c := range t.layout.cols {
		if hide := t.cols[c.index].Hide; hide > 0 && hide >= most {
			found, most = n, hide
		}
	}
	return found
}

// need returns the cells that the columns and the gaps between them take.
func (l *layout) need() int {
	n := l.gap * max(len(l.cols)-1, 0)
	for _, c := range l.cols {
		n += c.width
	}
	return n
}

// shrink makes the layout fit into avail cells.
func (l *layout) shrink(avail int) {
	const least = 4
	for over := l.need() - avail; over > 0; over-- {
		widest := 0
		for n, c := range l.cols {
			if c.width > l.cols[widest].width {
				widest = n
			}
		}
		if len(l.cols) == 0 || l.cols[widest].width <= least {
			break
		}
		l.cols[widest].width--
	}
	for len(l.cols) > 1 && l.need() > avail {
		l.cols = l.cols[:len(l.cols)-1]
	}
	if len(l.cols) == 1 {
		l.cols[0].width = max(min(l.cols[0].width, avail), 0)
	}
}

// spread gives the spare cells to the flexible columns; what one may not take goes to those behind it.
func (t *Table[T]) spread(spare int) {
	l := &t.layout
	shares := 0
	for _, c := range l.cols {
		shares += t.cols[c.index].Flex
	}
	l.rest = max(spare, 0)
	for n := range l.cols {
		col := t.cols[l.cols[n].index]
		flex := col.Flex
		if flex == 0 || shares == 0 {
			continue
		}
		add := l.rest * flex / shares
		if col.Most > 0 {
			add = min(add, max(col.Most-l.cols[n].width, 0))
		}
		l.cols[n].width += add
		l.rest -= add
		shares -= flex
	}
}
