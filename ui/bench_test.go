package ui

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/charmbracelet/bubbles/table"
)

const benchRows, benchCols, benchWidth = 45, 8, 200

// benchData returns rows of eight cells that change with every round.
func benchData(round int) [][]string {
	rows := make([][]string, benchRows)
	for i := range rows {
		rows[i] = make([]string, benchCols)
		for j := range rows[i] {
			rows[i][j] = "cell-" + strconv.Itoa(round+i*benchCols+j)
		}
	}
	return rows
}

func benchTable() *Table[[]string] {
	var cols []Column[[]string]
	for j := range benchCols {
		cols = append(cols, Column[[]string]{Title: "COLUMN " + strconv.Itoa(j), Width: 12, Flex: 1, Cell: func(r []string) string { return r[j] }})
	}
	t := NewTable(func(r []string) string { return r[0] }, cols...)
	t.SetRows(benchData(0))
	return t
}

func drawOurs(t *Table[[]string], theme *Theme, rows [][]string) {
	t.SetRows(rows)
	t.Render(theme, benchWidth, benchRows+1, true)
}

func bubblesTable() table.Model {
	var cols []table.Column
	for j := range benchCols {
		cols = append(cols, table.Column{Title: "COLUMN " + strconv.Itoa(j), Width: benchWidth/benchCols - 2})
	}
	return table.New(table.WithColumns(cols), table.WithHeight(benchRows+1), table.WithFocused(true))
}

func drawBubbles(m *table.Model, rows [][]string) {
	cells := make([]table.Row, len(rows))
	for i, r := range rows {
		cells[i] = r
	}
	m.SetRows(cells)
	_ = m.View()
}

func BenchmarkTable(b *testing.B) {
	t, theme := benchTable(), NewTheme(false)
	data := [][][]string{benchData(0), benchData(1000)}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		drawOurs(t, theme, data[i%2])
	}
}

func BenchmarkTableBubbles(b *testing.B) {
	m := bubblesTable()
	data := [][][]string{benchData(0), benchData(1000)}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		drawBubbles(&m, data[i%2])
	}
}

func BenchmarkTableWide(b *testing.B) {
	t, theme := benchTable(), NewTheme(false)
	rows := benchData(0)
	for i := range rows {
		for j := range rows[i] {
			rows[i][j] = Clean(fmt.Sprintf("世界 注文-%d e\u0301 \x1b 👍", i))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		drawOurs(t, theme, rows)
	}
}

func BenchmarkClean(b *testing.B) {
	for name, s := range map[string]string{"ascii": "orders.eu-west-1.retry.0001", "latin": "Grüße aus München, größer", "cjk": "世界の注文キュー・長い名前です", "hostile": "a\x1b[31m\u202e👍🏽\xff"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Clean(s)
			}
		})
	}
}

func BenchmarkScreen(b *testing.B) {
	theme := NewTheme(false)
	left, right := newQueueTable(theme), newQueueTable(theme)
	b.ReportAllocs()
	for b.Loop() {
		l := Box(theme, "Queues", left.Render(theme, 98, 48, true), 100, 50, true)
		Zip(l, Box(theme, "Streams", right.Render(theme, 97, 48, false), 99, 50, false), 1)
	}
}

// TestTableCost holds what a drawn table may cost: at most 60 allocations, and a fifteenth of the time
// that the table of bubbles takes for the same cells. The times are the best of several rounds, so that
// other load on the machine does not count.
func TestTableCost(t *testing.T) {
	ours, theme, theirs := benchTable(), NewTheme(false), bubblesTable()
	data := [][][]string{benchData(0), benchData(1000)}
	if n := testing.AllocsPerRun(20, func() { drawOurs(ours, theme, data[1]) }); n > 60 {
		t.Errorf("%v allocations for a table", n)
	}
	best := func(draw func(rows [][]string)) time.Duration {
		least := time.Duration(1 << 62)
		for i := range 40 {
			start := time.Now()
			draw(data[i%2])
			least = min(least, time.Since(start))
		}
		return least
	}
	a := best(func(rows [][]string) { drawOurs(ours, theme, rows) })
	b := best(func(rows [][]string) { drawBubbles(&theirs, rows) })
	t.Logf("ours %v, bubbles/table %v, ratio %.0f", a, b, float64(b)/float64(a))
	if a*15 > b {
		t.Errorf("a table takes %v, bubbles/table %v: less than 15 times as fast", a, b)
	}
}
