package ui

import (
	"slices"
	"strings"
)

// A TreeRow is one node of a tree, all its texts clean.
type TreeRow struct {
	Depth            int
	Key, Value, Note string
	Branch           bool // has nodes below it that can be folded away
	Closed           bool // could have nodes below it, which Insert puts there
	Mark             bool // carries a mark beside the selection's
}

// A Tree is a foldable view of the nodes of a tree in depth-first order. It asks for a row only when
// that row is in sight. A Tree is not safe for concurrent use.
type Tree struct {
	n   int
	row func(i int) TreeRow
	end func(i int) int

	folded map[int]bool
	view   []int // nodes that are not folded away; nil: all
	sel    int   // place in view
	top    int   // place in view of the first row in sight
	page   int
}

// NewTree returns a tree of n nodes, all unfolded. Row describes node i, end returns the index after
// the last node below i.
func NewTree(n int, row func(i int) TreeRow, end func(i int) int) *Tree {
	return &Tree{n: max(n, 0), row: row, end: end, folded: map[int]bool{}, page: 1}
}

// Move moves the selection by delta visible rows.
func (t *Tree) Move(delta int) { t.sel = min(max(t.sel+delta, 0), max(t.visible()-1, 0)) }

// Page moves the selection by delta times the rows in sight.
func (t *Tree) Page(delta int) { t.Move(delta * max(t.page, 1)) }

// Home selects the first row.
func (t *Tree) Home() { t.sel = 0 }

// End selects the last visible row.
func (t *Tree) End() { t.sel = max(t.visible()-1, 0) }

// Index returns the selected node, -1 if the tree is empty.
func (t *Tree) Index() int {
	if t.n == 0 {
		return -1
	}
	return t.node(t.sel)
}

// SetIndex selects node i and unfolds what hides it.
func (t *Tree) SetIndex(i int) {
	if i < 0 || i >= t.n {
		return
	}
	changed := false
	for f := range t.folded {
		if f < i && i < t.end(f) {
			delete(t.folded, f)
			changed = true
		}
	}
	if changed {
		t.rebuild()
	}
	t.sel = t.place(i)
}

// Fold folds the selected branch; on a leaf or a folded branch it selects the parent.
func (t *Tree) Fold() {
	i := t.Index()
	if i < 0 {
		return
	}
	if r := t.row(i); r.Branch && !r.Closed && !t.folded[i] {
		t.set(i, true)
		return
	}
	for p := i - 1; p >= 0; p-- {
		if t.end(p) > i {
			t.sel = t.place(p)
			return
		}
	}
}

// Unfold unfolds the selected branch; on an unfolded one it selects the first node below.
func (t *Tree) Unfold() {
	i := t.Index()
	switch {
	case i < 0 || !t.row(i).Branch:
	case t.folded[i]:
		t.set(i, false)
	case t.end(i) > i+1:
		t.Move(1)
	}
}

// Toggle folds or unfolds the selected branch.
func (t *Tree) Toggle() {
	if i := t.Index(); i >= 0 && t.row(i).Branch && !t.row(i).Closed {
		t.set(i, !t.folded[i])
	}
}

// Folded reports whether node i is folded.
func (t *Tree) Folded(i int) bool { return t.folded[i] }

// FoldFrom folds every branch of the given depth and more; FoldFrom(0) shows the roots only.
func (t *Tree) FoldFrom(depth int) {
	i := t.Index()
	for j := 0; j < t.n; {
		r := t.row(j)
		if r.Branch && r.Depth >= depth {
			t.folded[j] = true
			j = max(t.end(j), j+1)
			continue
		}
		j++
	}
	t.rebuild()
	t.sel = t.place(max(i, 0))
}

// UnfoldAll shows every node.
func (t *Tree) UnfoldAll() {
	i := t.Index()
	clear(t.folded)
	t.rebuild()
	t.sel = t.place(max(i, 0))
}

// Insert makes room for count nodes, unfolded, of which the first becomes node at. What the functions of
// NewTree say has changed then.
func (t *Tree) Insert(at, count int) {
	i := t.Index()
	if i >= at {
		i += count
	}
	shifted := make(map[int]bool, len(t.folded))
	for f := range t.folded {
		if f >= at {
			f += count
		}
		shifted[f] = true
	}
	t.folded = shifted
	t.n += count
	t.rebuild()
	t.sel = t.place(max(i, 0))
}

func (t *Tree) set(i int, fold bool) {
	if fold {
		t.folded[i] = true
	} else {
		delete(t.folded, i)
	}
	t.rebuild()
	t.sel = t.place(i)
}

// rebuild lists the visible nodes anew. It costs a step for each of them, and only on folding.
func (t *Tree) rebuild() {
	if len(t.folded) == 0 {
		t.view = nil
		return
	}
	t.view = t.view[:0]
	if t.view == nil {
		t.view = []int{}
	}
	for i := 0; i < t.n; {
		t.view = append(t.view, i)
		if t.folded[i] {
			i = max(t.end(i), i+1)
		} else {
			i++
		}
	}
}

func (t *Tree) visible() int {
	if t.view == nil {
		return t.n
	}
	return len(t.view)
}

// node returns the node at a place in view.
func (t *Tree) node(place int) int {
	if t.view == nil {
		return place
	}
	return t.view[place]
}

// place returns where node i is in view, or where the branch is that hides it.
func (t *Tree) place(i int) int {
	if t.view == nil {
		return i
	}
	p, found := slices.BinarySearch(t.view, i)
	if !found {
		p--
	}
	return max(p, 0)
}

// Render draws the rows in sight: exactly h lines of exactly w cells. The first cell is the marker of
// the selected row; with focus that row is in the Selected style too.
func (t *Tree) Render(theme *Theme, w, h int, focus bool) []string {
	if h <= 0 {
		return nil
	}
	t.page = h
	t.top = max(min(t.top, t.sel), t.sel-h+1)
	t.top = max(min(t.top, t.visible()-h), 0)
	inner := w
	bar := t.visible() > h && w > 4
	if bar {
		inner--
	}
	thumb, size := scrollThumb(t.top, h, t.visible())
	out := make([]string, h)
	for y := range out {
		place := t.top + y
		line := Fit("", inner)
		if place < t.visible() {
			line = t.line(theme, place, inner, focus)
		}
		if bar {
			glyph := "│"
			if y >= thumb && y < thumb+size {
				glyph = "┃"
			}
			line += theme.Border.Paint(glyph)
		}
		out[y] = line
	}
	return out
}

// line draws the row at a place in view.
func (t *Tree) line(theme *Theme, place, w int, focus bool) string {
	if w <= 0 {
		return ""
	}
	i := t.node(place)
	row := t.row(i)
	text := t.text(theme, row, t.folded[i] || row.Closed, w)
	switch {
	case place != t.sel && row.Mark:
		return Fit(theme.Warn.Paint("•")+text, w)
	case place != t.sel:
		return Fit(" "+text, w)
	case focus:
		return theme.Selected.Line(marker+text, w)
	}
	return theme.Accent.Paint(marker) + Fit(text, w-1)
}

// text draws indent, fold sign, key, value and note. Deep rows are indented by no more than a third of
// the width and show their depth.
func (t *Tree) text(theme *Theme, r TreeRow, folded bool, w int) string {
	var b strings.Builder
	indent := 2 * r.Depth
	if most := max(w/3, 2); indent > most {
		depth := Count(int64(r.Depth)) + "›"
		b.WriteString(theme.Dim.Paint(FitLeft(depth, max(most, Width(depth)))))
	} else {
		b.WriteString(strings.Repeat(" ", indent))
	}
	switch {
	case r.Branch && folded:
		b.WriteString("▸ ")
	case r.Branch:
		b.WriteString("▾ ")
	default:
		b.WriteString("  ")
	}
	if r.Key != "" {
		b.WriteString(theme.Key.Paint(r.Key))
		if r.Value != "" || r.Note != "" {
			b.WriteString(theme.Dim.Paint(":") + " ")
		}
	}
	b.WriteString(r.Value)
	if r.Note != "" {
		if r.Value != "" {
			b.WriteString("  ")
		}
		b.WriteString(theme.Dim.Paint(r.Note))
	}
	return b.String()
}
