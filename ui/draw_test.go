package ui

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"bustop/ui/golden"
	"bustop/ui/hostile"
)

type queue struct {
	name  string
	state string
	ready int
	rate  float64
}

func queueColumns(t *Theme) []Column[queue] {
	return []Column[queue]{
		{
			Title: "NAME", Width: 12, Flex: 2, Cell: func(q queue) string { return Clean(q.name) },
			Less: func(a, b queue) bool { return a.name < b.name },
		},
		{Title: "STATE", Width: 8, Hide: 2, Cell: func(q queue) string { return t.Good.Paint("● " + Clean(q.state)) }},
		{
			Title: "READY", Width: 7, Right: true, Cell: func(q queue) string { return Count(int64(q.ready)) },
			Less: func(a, b queue) bool { return a.ready < b.ready },
		},
		{Title: "RATE", Width: 8, Right: true, Hide: 1, Cell: func(q queue) string { return Rate(q.rate) }},
		{Title: "NOTE", Width: 10, Flex: 1, Hide: 3, Cell: func(q queue) string { return t.Dim.Paint(Clean(q.state + q.name)) }},
	}
}

func queues() []queue {
	names := []string{
		"orders", "payments.retry", "世界の注文キュー・長い名前です", "emoji 👍🏽 🇩🇪", "esc \x1b[2J\x1b]0;t\a", "mails\n2", "שלום", "Ünïcödé e\u0301",
		"a.very.long.queue.name.that.does.not.fit.into.its.column.at.all", "",
	}
	var out []queue
	for i := range 30 {
		name := names[i%len(names)]
		if i >= len(names) {
			name += "-" + strconv.Itoa(i)
		}
		out = append(out, queue{name, []string{"running", "idle", "flow"}[i%3], i * i * 731, float64(i*37) / 10})
	}
	return out
}

func newQueueTable(t *Theme) *Table[queue] {
	table := NewTable(func(q queue) string { return q.name }, queueColumns(t)...)
	table.SetRows(queues())
	return table
}

// sizes are those that every golden drawing is made at.
func sizes() [][2]int { return [][2]int{{120, 40}, {80, 24}, {40, 12}, {20, 5}} }

// checkLines fails unless lines are h lines of w cells that hold nothing but text and SGR sequences.
func checkLines(t interface{ Fatalf(string, ...any) }, what string, lines []string, w, h int) {
	if len(lines) != max(h, 0) {
		t.Fatalf("%s at %d×%d: %d lines", what, w, h, len(lines))
	}
	for i, l := range lines {
		if got := ansi.StringWidth(l); got != max(w, 0) {
			t.Fatalf("%s at %d×%d: line %d is %d cells: %q", what, w, h, i, got, l)
		}
		if live := hostile.Live(l); live != "" || strings.Contains(l, "\n") {
			t.Fatalf("%s at %d×%d: line %d: %s: %q", what, w, h, i, live, l)
		}
		if _, style, _ := measure(l); style != 0 {
			t.Fatalf("%s at %d×%d: line %d leaves a style on: %q", what, w, h, i, l)
		}
	}
}

func TestGoldenTable(t *testing.T) {
	for _, mono := range []bool{false, true} {
		theme := NewTheme(mono)
		for _, size := range sizes() {
			table := newQueueTable(theme)
			table.SortBy(2, true)
			table.Move(3)
			lines := table.Render(theme, size[0], size[1], true)
			checkLines(t, "table", lines, size[0], size[1])
			golden.Check(t, fmt.Sprintf("table-%dx%d%s", size[0], size[1], suffix(mono)), lines)
		}
	}
}

func suffix(mono bool) string {
	if mono {
		return "-mono"
	}
	return ""
}

func sampleTree() *Tree {
	rows := []TreeRow{
		{0, "", "", "object, 4 members", true, false, false},
		{1, "id", "18446744073709551615", "uint64", false, false, false},
		{1, "items", "", "array, 2 items", true, false, false},
		{2, "[0]", Clean("世界 \x1b[31m"), "", false, false, false},
		{2, "[1]", "", "object, 1 member", true, false, false},
		{3, "name", Clean("👍🏽 a long text that goes on and on and on, far beyond the edge of any window"), "text", false, false, false},
		{1, "paid", "true", "", false, false, false},
		{1, Clean("key\n"), "null", "", false, false, false},
	}
	ends := []int{8, 2, 6, 4, 6, 6, 7, 8}
	return NewTree(len(rows), func(i int) TreeRow { return rows[i] }, func(i int) int { return ends[i] })
}

func TestGoldenTree(t *testing.T) {
	theme := NewTheme(false)
	for _, size := range sizes() {
		tree := sampleTree()
		tree.SetIndex(3)
		lines := tree.Render(theme, size[0], size[1], true)
		checkLines(t, "tree", lines, size[0], size[1])
		golden.Check(t, fmt.Sprintf("tree-%dx%d", size[0], size[1]), lines)
	}
}

func TestGoldenScreen(t *testing.T) {
	theme := NewTheme(false)
	bindings := []Binding{
		{Keys: []string{"enter"}, Help: "open", Category: "Rows"},
		{Keys: []string{"up", "k"}, Help: "up", Category: "Rows", Hidden: true},
		{Keys: []string{"P"}, Help: "purge", Category: "Write", Danger: true, Disabled: func() string { return "read-only: start with --write" }},
		{Keys: []string{" "}, Help: "freeze", Category: "View"},
		{Keys: []string{"?"}, Help: "help", Category: "View"},
	}
	in := NewInput("/")
	in.SetValue("世界 ord")
	for _, size := range sizes() {
		w, h := size[0], size[1]
		table := newQueueTable(theme)
		left := Box(theme, "Queues", table.Render(theme, w/2-2, h-4, true), w/2, h-2, true)
		right := Box(theme, "Tree", sampleTree().Render(theme, w-w/2-3, h-4, false), w-w/2-1, h-2, false)
		screen := append(Zip(left, right, 1), in.Render(theme, w), HintLine(theme, bindings, w))
		checkLines(t, "screen", screen, w, h)
		help := HelpLines(theme, bindings, w/2)
		over := Overlay(screen, Box(theme, "Help", help, w/2+2, len(help)+2, true), w, h)
		checkLines(t, "overlay", over, w, h)
		golden.Check(t, fmt.Sprintf("screen-%dx%d", w, h), screen)
		golden.Check(t, fmt.Sprintf("overlay-%dx%d", w, h), over)
	}
}

// TestDrawAnySize draws everything in any size with any content.
func TestDrawAnySize(t *testing.T) {
	attacks := hostile.Strings()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(-1, 130).Draw(t, "w"), rapid.IntRange(-1, 30).Draw(t, "h")
		text := rapid.OneOf(rapid.SampledFrom(attacks), rapid.String())
		theme := NewTheme(rapid.Bool().Draw(t, "mono"))
		focus := rapid.Bool().Draw(t, "focus")
		n := rapid.IntRange(0, 40).Draw(t, "rows")
		rows := make([]queue, n)
		for i := range rows {
			rows[i] = queue{text.Draw(t, "name") + strconv.Itoa(i), text.Draw(t, "state"), i, float64(i)}
		}
		table := NewTable(func(q queue) string { return q.name }, queueColumns(theme)...)
		table.SetRows(rows)
		table.SortBy(rapid.IntRange(-1, 4).Draw(t, "sort"), focus)
		table.Move(rapid.IntRange(-5, 50).Draw(t, "move"))
		lines := table.Render(theme, w, h, focus)
		checkLines(t, "table", lines, w, h)
		checkLines(t, "box", Box(theme, Clean(text.Draw(t, "title")), lines, w, h, focus), w, h)
		checkLines(t, "overlay", Overlay(lines, Box(theme, "x", lines, w/2, h/2, focus), w, h), w, h)
		zipped := Zip(lines, lines, 1)
		checkLines(t, "zip", zipped, 2*max(w, 0)+1, len(zipped))
		tree := NewTree(n, func(i int) TreeRow {
			return TreeRow{Depth: i, Key: Clean(rows[i].name), Value: Clean(rows[i].state), Branch: true}
		}, func(int) int { return n })
		tree.SetIndex(n / 2)
		checkLines(t, "tree", tree.Render(theme, w, h, focus), w, h)
		in := NewInput("filter: ")
		in.SetValue(text.Draw(t, "input"))
		for range rapid.IntRange(0, 10).Draw(t, "left") {
			in.Update(tea.KeyMsg{Type: tea.KeyLeft})
		}
		checkLines(t, "input", []string{in.Render(theme, w)}, w, 1)
	})
}

func TestSelectionIsSeenWithoutColour(t *testing.T) {
	for _, focus := range []bool{true, false} {
		theme := NewTheme(true)
		table := newQueueTable(theme)
		table.Move(2)
		for i, l := range table.Render(theme, 60, 10, focus) {
			if marked := strings.HasPrefix(stripSGR(l), marker); marked != (i == 3) {
				t.Errorf("focus %v: line %d: marker %v", focus, i, marked)
			}
		}
	}
}
