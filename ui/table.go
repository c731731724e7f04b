package ui

import (
	"slices"
	"strings"
)

// A Column is one column of a Table of T.
type Column[T any] struct {
	Title string
	Width int // least width in cells
	Flex  int // share of the spare width; 0: fixed
	Most  int // greatest width of a flexible column; 0: any
	// Want is how many cells the text of a row takes where it is not cut. When set the column gets that for the rows
	// that were in sight, up to Most, before other flexible columns get more than they want; it never shrinks again.
	Want  func(T) int
	Right bool // numbers
	Hide  int  // when the terminal is narrow the column with the highest value goes first; 0: never

	Cell func(T) string // clean text, may hold SGR sequences
	// CellIn is Cell for what is written differently where there is less room, such as numbers that must
	// not be cut: it gets the width of the column. When set it goes before Cell.
	CellIn func(r T, w int) string
	Less   func(a, b T) bool // nil: not sortable
}

// Names makes c a column of names from outside: clean, sorted, and cut in the middle where there is less room,
// since names that begin alike differ at their end. It sets CellIn and Less.
func Names[T any](c Column[T], name func(T) string) Column[T] {
	c.CellIn = func(r T, w int) string { return Middle(Clean(name(r)), w) }
	c.Less = func(a, b T) bool { return name(a) < name(b) }
	return c
}

// A Table shows live rows. It knows rows by key: the selection stays on its row when rows come, go or
// change places. Only rows in sight are formatted. The zero Table is not usable; see NewTable. A Table
// is not safe for concurrent use.
type Table[T any] struct {
	key  func(T) string
	cols []Column[T]

	all   []T
	keys  []string // of all
	view  []int    // indexes into all: what the filter lets through, sorted
	match func(T) bool

	sortCol int // -1: in the order the rows came
	desc    bool

	sel    int    // index into view, -1 when it is empty
	selKey string // of the selected row, or of the last one if no row is shown
	picked bool   // selKey is set
	top    int    // index into view of the first row in sight
	page   int    // rows that went in at the last Render
	follow bool

	layout layout
	wants  []int // of each column, the most that Want told of a row in sight
	buf    []byte
	ends   []int
}

// NewTable returns a table without rows. Key must be different for each row.
func NewTable[T any](key func(T) string, cols ...Column[T]) *Table[T] {
	return &Table[T]{key: key, cols: cols, sortCol: -1, sel: -1, page: 1}
}

// SetRows replaces the rows. The table keeps the slice; the caller must not change it afterwards.
// Selection, sorting and filter stay. If the selected row is gone, its neighbour is selected.
func (t *Table[T]) SetRows(rows []T) {
	t.all = rows
	t.keys = slices.Grow(t.keys[:0], len(rows))
	for _, r := range rows {
		t.keys = append(t.keys, t.key(r))
	}
	t.arrange()
}

// SetFilter shows only the rows that match; nil shows all.
func (t *Table[T]) SetFilter(match func(T) bool) {
	t.match = match
	t.arrange()
}

// SortBy sorts by a column, if it is sortable; -1 returns to the order in which the rows came.
func (t *Table[T]) SortBy(col int, desc bool) {
	if col >= len(t.cols) || col >= 0 && t.cols[col].Less == nil {
		return
	}
	t.sortCol, t.desc = max(col, -1), desc
	t.arrange()
}

// NextSort sorts by the next sortable column in the same direction; after the last one the rows return
// to the order in which they came.
func (t *Table[T]) NextSort() {
	for i := t.sortCol + 1; i < len(t.cols); i++ {
		if t.cols[i].Less != nil {
			t.SortBy(i, t.desc)
			return
		}
	}
	t.SortBy(-1, t.desc)
}

// ReverseSort turns the sorting round.
func (t *Table[T]) ReverseSort() { t.SortBy(t.sortCol, !t.desc) }

// Sorting returns the title of the column that the rows are sorted by, "" if they are not.
func (t *Table[T]) Sorting() (title string, desc bool) {
	if t.sortCol < 0 {
		return "", t.desc
	}
	return t.cols[t.sortCol].Title, t.desc
}

// Follow keeps the selection on the last row as rows come. Moving away from the last row pauses that,
// moving back to it resumes.
func (t *Table[T]) Follow(on bool) {
	t.follow = on
	if on {
		t.End()
	}
}

// Move moves the selection by delta rows.
func (t *Table[T]) Move(delta int) { t.selectIndex(t.sel + delta) }

// Page moves the selection by delta times the rows in sight.
func (t *Table[T]) Page(delta int) { t.Move(delta * max(t.page, 1)) }

// Home selects the first row.
func (t *Table[T]) Home() { t.selectIndex(0) }

// End selects the last row.
func (t *Table[T]) End() { t.selectIndex(len(t.view) - 1) }

// Select selects the row with the key and tells whether it is shown.
func (t *Table[T]) Select(key string) bool {
	i := t.find(key)
	if i < 0 {
		return false
	}
	t.selectIndex(i)
	return true
}

// Selected returns the selected row; false when there is none.
func (t *Table[T]) Selected() (T, bool) {
	if t.sel < 0 {
		var zero T
		return zero, false
	}
	return t.all[t.view[t.sel]], true
}

// Rows returns the rows that the filter lets through, sorted.
func (t *Table[T]) Rows() []T {
	out := make([]T, len(t.view))
	for i, v := range t.view {
		out[i] = t.all[v]
	}
	return out
}

// InSight returns the rows that the last drawing showed.
func (t *Table[T]) InSight() []T {
	var rows []T
	for i := t.top; i < min(t.top+t.page, len(t.view)); i++ {
		rows = append(rows, t.all[t.view[i]])
	}
	return rows
}

// Len returns how many rows the filter lets through, and how many there are.
func (t *Table[T]) Len() (shown, all int) { return len(t.view), len(t.all) }

// Index returns the position of the selected row among those shown, -1 if there is none.
func (t *Table[T]) Index() int { return t.sel }

// arrange filters and sorts the rows again and finds the selection in them.
func (t *Table[T]) arrange() {
	atEnd := t.sel == len(t.view)-1
	t.view = slices.Grow(t.view[:0], len(t.all))
	for i, r := range t.all {
		if t.match == nil || t.match(r) {
			t.view = append(t.view, i)
		}
	}
	t.sort()
	if t.follow && atEnd {
		t.End()
		return
	}
	old := t.sel
	i := -1
	if t.picked {
		i = t.find(t.selKey)
	}
	if i < 0 {
		i = max(old, 0)
	} else if t.top > 0 && old >= 0 {
		t.top += i - old // the selected row keeps its place on the screen
	}
	t.selectIndex(i)
}

func (t *Table[T]) sort() {
	if t.sortCol < 0 {
		return
	}
	less := t.cols[t.sortCol].Less
	slices.SortFunc(t.view, func(a, b int) int {
		x, y := t.all[a], t.all[b]
		if t.desc {
			x, y = y, x
		}
		switch {
		case less(x, y):
			return -1
		case less(y, x):
			return 1
		}
		return strings.Compare(t.keys[a], t.keys[b])
	})
}

func (t *Table[T]) find(key string) int {
	return slices.IndexFunc(t.view, func(i int) bool { return t.keys[i] == key })
}

func (t *Table[T]) selectIndex(i int) {
	if len(t.view) == 0 {
		t.sel = -1
		return
	}
	t.sel = min(max(i, 0), len(t.view)-1)
	t.selKey, t.picked = t.keys[t.view[t.sel]], true
}
