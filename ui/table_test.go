package ui

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type item struct {
	key string
	n   int
}

func itemTable() *Table[item] {
	return NewTable(
		func(i item) string { return i.key },
		Column[item]{Title: "KEY", Width: 6, Cell: func(i item) string { return i.key }, Less: func(a, b item) bool { return a.key < b.key }},
		Column[item]{Title: "FIXED", Width: 6, Cell: func(item) string { return "x" }},
		Column[item]{Title: "N", Width: 4, Right: true, Cell: func(i item) string { return Count(int64(i.n)) }, Less: func(a, b item) bool { return a.n < b.n }},
	)
}

func items(keys string) []item {
	var out []item
	for i, k := range strings.Fields(keys) {
		out = append(out, item{k, i})
	}
	return out
}

func keysOf(t *Table[item]) string {
	var out []string
	for _, r := range t.Rows() {
		out = append(out, r.key)
	}
	return strings.Join(out, " ")
}

func wantSelected(t *testing.T, table *Table[item], want string) {
	t.Helper()
	r, ok := table.Selected()
	if r.key != want || ok != (want != "") {
		t.Errorf("selected %q (%v), want %q", r.key, ok, want)
	}
}

func TestTableSelectionIsByKey(t *testing.T) {
	table := itemTable()
	wantSelected(t, table, "")
	table.SetRows(items("a b c d"))
	wantSelected(t, table, "a")
	table.Move(2)
	table.SetRows(items("d c b a x"))
	wantSelected(t, table, "c")
	if table.Index() != 1 {
		t.Errorf("index %d", table.Index())
	}
	table.SetRows(items("d b a")) // c is gone: its neighbour
	wantSelected(t, table, "b")
	table.SetFilter(func(i item) bool { return i.key == "zz" })
	wantSelected(t, table, "")
	if shown, all := table.Len(); shown != 0 || all != 3 {
		t.Errorf("%d of %d", shown, all)
	}
	table.SetFilter(nil)
	wantSelected(t, table, "b")
	if !table.Select("a") || table.Select("zz") {
		t.Error("Select does not tell whether the row is shown")
	}
	wantSelected(t, table, "a")
}

func TestTableMoves(t *testing.T) {
	table := itemTable()
	table.SetRows(items("a b c d e f g h i j"))
	table.Render(NewTheme(true), 40, 4, true) // three rows in sight
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() { table.Move(1) }, "b"},
		{func() { table.Page(1) }, "e"},
		{func() { table.Page(-1) }, "b"},
		{func() { table.Move(-9) }, "a"},
		{func() { table.End() }, "j"},
		{func() { table.Move(1) }, "j"},
		{func() { table.Home() }, "a"},
	} {
		step.do()
		wantSelected(t, table, step.want)
	}
}

func TestTableSort(t *testing.T) {
	table := itemTable()
	table.SetRows([]item{{"b", 2}, {"c", 1}, {"a", 2}, {"d", 0}})
	for _, step := range []struct {
		do    func()
		keys  string
		title string
	}{
		{func() {}, "b c a d", ""},
		{table.NextSort, "a b c d", "KEY"},
		{table.ReverseSort, "d c b a", "KEY"},
		{table.NextSort, "a b c d", "N"}, // descending; equal numbers by key
		{func() { table.SortBy(1, false) }, "a b c d", "N"},
		{table.ReverseSort, "d c a b", "N"},
		{table.NextSort, "b c a d", ""},
	} {
		step.do()
		title, _ := table.Sorting()
		if got := keysOf(table); got != step.keys || title != step.title {
			t.Errorf("sorted by %q: %s, want %q: %s", title, got, step.title, step.keys)
		}
	}
	table.SortBy(2, true)
	table.SetRows([]item{{"p", 1}, {"q", 5}})
	if got := keysOf(table); got != "q p" {
		t.Errorf("new rows are not sorted: %s", got)
	}
	head := stripSGR(table.Render(NewTheme(true), 40, 3, true)[0])
	if !strings.Contains(head, "N▼") {
		t.Errorf("no arrow in %q", head)
	}
}

func TestTableFollow(t *testing.T) {
	table := itemTable()
	table.Follow(true)
	table.SetRows(items("a b c"))
	wantSelected(t, table, "c")
	table.SetRows(items("b c d e"))
	wantSelected(t, table, "e")
	table.Move(-1)
	table.SetRows(items("c d e f g"))
	wantSelected(t, table, "d") // reading: not pulled away
	table.End()
	table.SetRows(items("d e f g h"))
	wantSelected(t, table, "h")
}

// TestTableKeepsItsPlace holds that what one reads stays where it is while rows leave at the front.
func TestTableKeepsItsPlace(t *testing.T) {
	table, theme := itemTable(), NewTheme(true)
	table.SetRows(items("a b c d e f g h i j"))
	table.End()
	table.Move(-4)
	line := func() int {
		return slices.IndexFunc(table.Render(theme, 40, 5, true), func(l string) bool { return strings.Contains(l, marker) })
	}
	table.Render(theme, 40, 5, true)
	before := line()
	table.SetRows(items("c d e f g h i j k l"))
	if after := line(); after != before {
		t.Errorf("the selected row went from line %d to line %d", before, after)
	}
	wantSelected(t, table, "f")
}

func TestTableDropsColumns(t *testing.T) {
	col := func(title string, width, hide int) Column[item] {
		return Column[item]{Title: title, Width: width, Hide: hide, Cell: func(i item) string { return i.key }}
	}
	table := NewTable(func(i item) string { return i.key }, col("NAME", 10, 0), col("SECOND", 8, 1), col("THIRD", 8, 2), col("KEEP", 6, 0))
	table.SetRows(items("a"))
	for _, tt := range []struct {
		w    int
		want string
	}{
		{60, "NAME SECOND THIRD KEEP"},
		{36, "NAME SECOND THIRD KEEP"}, // gaps of one cell
		{35, "NAME SECOND KEEP"},
		{27, "NAME SECOND KEEP"},
		{26, "NAME KEEP"},
		{12, "NAME KEEP"}, // narrowed
		{8, "NAME"},
		{3, "N…"},
	} {
		head := stripSGR(table.Render(NewTheme(true), tt.w, 2, true)[0])
		if got := strings.Join(strings.Fields(head), " "); got != tt.want {
			t.Errorf("%d cells: %q, want %q", tt.w, got, tt.want)
		}
	}
}

func TestTableScrollBar(t *testing.T) {
	table, theme := itemTable(), NewTheme(true)
	table.SetRows(items("a b c d e f g h"))
	bar := func() string {
		var out string
		for _, l := range table.Render(theme, 30, 5, true)[1:] {
			r := []rune(stripSGR(l))
			out += string(r[len(r)-1])
		}
		return out
	}
	if got := bar(); got != "┃┃││" {
		t.Errorf("at the top: %q", got)
	}
	table.End()
	if got := bar(); got != "││┃┃" {
		t.Errorf("at the end: %q", got)
	}
}

// TestTableModel compares the table with a plain model under random actions.
func TestTableModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := itemTable()
		t.Repeat(map[string]func(*rapid.T){
			"rows": func(t *rapid.T) {
				keys := rapid.SliceOfDistinct(rapid.StringMatching("[a-z]{1,2}"), rapid.ID[string]).Draw(t, "keys")
				old, had := table.Selected()
				var rows []item
				for i, k := range keys {
					rows = append(rows, item{k, i % 3})
				}
				table.SetRows(rows)
				now, _ := table.Selected()
				if had && slices.Contains(keys, old.key) && table.match == nil && now.key != old.key {
					t.Fatalf("the selection went from %q to %q", old.key, now.key)
				}
			},
			"filter": func(t *rapid.T) {
				c := rapid.StringMatching("[a-z]?").Draw(t, "filter")
				table.SetFilter(func(i item) bool { return strings.Contains(i.key, c) })
			},
			"sort":   func(*rapid.T) { table.NextSort() },
			"revert": func(*rapid.T) { table.ReverseSort() },
			"move":   func(t *rapid.T) { table.Move(rapid.IntRange(-9, 9).Draw(t, "delta")) },
			"draw": func(t *rapid.T) {
				h := rapid.IntRange(2, 9).Draw(t, "h")
				lines := table.Render(NewTheme(true), 30, h, true)
				marked := 0
				for _, l := range lines {
					marked += strings.Count(l, marker)
				}
				if _, ok := table.Selected(); ok != (marked == 1) {
					t.Fatalf("%d markers", marked)
				}
			},
			"": func(t *rapid.T) {
				shown, _ := table.Len()
				if _, ok := table.Selected(); ok != (shown > 0) {
					t.Fatalf("selected %v of %d rows", ok, shown)
				}
			},
		})
	})
}

// TestColumnsGrowToTheirMost: what one may not take goes to the next, and the rest stays blank.
func TestColumnsGrowToTheirMost(t *testing.T) {
	text := func(s string) string { return s }
	table := NewTable(text,
		Column[string]{Title: "A", Width: 4, Flex: 1, Most: 6, Cell: text},
		Column[string]{Title: "B", Width: 4, Flex: 1, Cell: text}, Column[string]{Title: "C", Width: 4, Cell: text})
	table.SetRows([]string{"x"})
	for _, step := range []struct {
		most int
		want string
	}{{0, " A       B                       C   "}, {10, " A       B           C               "}} {
		table.cols[1].Most = step.most
		if got := stripSGR(table.Render(NewTheme(true), 37, 2, false)[0]); got != step.want {
			t.Errorf("most %d: %q, want %q", step.most, got, step.want)
		}
	}
}

// TestColumnsGetWhatTheyWant: from what is spare and from what others do not want, not from what they do; a
// width stays when the row that wanted it goes.
func TestColumnsGetWhatTheyWant(t *testing.T) {
	text := func(s string) string { return s }
	for _, c := range []struct {
		name       string
		most, want int // of the second column
		rows       []string
		header     string
	}{
		{"short", 0, 0, []string{"x"}, " A          B                  C     "},
		{"long", 0, 0, []string{"x", "sixteen letters."}, " A                 B           C     "},
		{"more than there is", 0, 0, []string{strings.Repeat("x", 60)}, " A                      B      C     "},
		{"the other wants it too", 0, 16, []string{strings.Repeat("x", 60)}, " A           B                 C     "},
		{"what nobody takes", 5, 0, []string{strings.Repeat("x", 60)}, " A                      B      C     "},
	} {
		table := NewTable(text,
			Column[string]{Title: "A", Width: 4, Flex: 1, Most: 40, Cell: text, Want: Width},
			Column[string]{Title: "B", Width: 5, Flex: 2, Most: c.most, Cell: text, Want: func(string) int { return c.want }},
			Column[string]{Title: "C", Width: 6, Cell: text})
		for _, rows := range [][]string{c.rows, {"x"}} {
			table.SetRows(rows)
			if got := stripSGR(table.Render(NewTheme(true), 37, 9, false)[0]); got != c.header {
				t.Errorf("%s, %d rows: %q, want %q", c.name, len(rows), got, c.header)
			}
		}
	}
}

func TestNamesAreCutInTheMiddle(t *testing.T) {
	table := NewTable(
		func(i item) string { return i.key },
		Names(Column[item]{Title: "NAME", Width: 12}, func(i item) string { return i.key }),
	)
	table.SetRows([]item{{key: "orders:eu:west:1235"}, {key: "orders:eu:west:1234"}, {key: "or\x1bders"}, {key: "short"}})
	table.SortBy(0, false)
	want := []string{"short", "orders…:1234", "orders…:1235", Clean("or\x1bders")}
	text := strings.Join(table.Render(NewTheme(true), 13, 9, false), "\n")
	for _, name := range want {
		if !strings.Contains(text, name) {
			t.Errorf("%q is missing from:\n%s", name, text)
		}
	}
}

func TestScrolled(t *testing.T) {
	for _, c := range []struct {
		text    string
		from, w int
		want    string
	}{
		{"abcdefgh", 0, 4, "abc…"},
		{"abcdefgh", 2, 4, "…de…"},
		{"abcdefgh", 4, 4, "…fgh"},
		{"abcdefgh", 20, 4, "…   "},
		{"", 3, 2, "  "},
		{"\x1b[1mabcdef\x1b[0m", 2, 4, "…def"},
		{"日本語x", 2, 6, "… 語x "},
	} {
		if got := Scrolled(c.text, c.from, c.w); stripSGR(got) != c.want || Width(got) != c.w {
			t.Errorf("%q from %d in %d: %q, want %q", c.text, c.from, c.w, got, c.want)
		}
	}
}
