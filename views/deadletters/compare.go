package deadletters

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// compare shows two messages side by side.
type compare struct {
	deps  *views.Deps
	title string
	rows  []difference
	// all shows what is the same too.
	all    bool
	shown  []difference
	scroll int
	height int
}

func newCompare(d *views.Deps, a, b backends.Message) *compare {
	c := &compare{
		deps: d, title: "messages " + ui.Clean(a.Position) + " and " + ui.Clean(b.Position),
		rows: diff(leavesOf(a, d.Decoder), leavesOf(b, d.Decoder)),
	}
	c.choose()
	return c
}

func (c *compare) choose() {
	c.shown, c.scroll = nil, 0
	for _, r := range c.rows {
		if c.all && r.left+r.right != "" || r.change != same {
			c.shown = append(c.shown, r)
		}
	}
}

// Title implements views.Screen.
func (c *compare) Title() string { return c.title }

// Sync implements views.Screen. Copies never change.
func (c *compare) Sync(time.Time) bool { return false }

// Close implements views.Screen.
func (c *compare) Close() {}

// Capturing implements views.Screen.
func (c *compare) Capturing() bool { return false }

// Type implements views.Screen.
func (c *compare) Type(tea.KeyMsg) tea.Cmd { return nil }

// Render implements views.Screen: a line of facts, then a line for each value.
func (c *compare) Render(w, h int) []string {
	t := c.deps.Theme
	counts := map[change]int{}
	for _, r := range c.rows {
		counts[r.change]++
	}
	facts := fmt.Sprintf("%d differ · %d only left · %d only right · %d alike", counts[changed], counts[onlyLeft], counts[onlyRight], counts[same])
	lines := []string{ui.Fit(" "+facts, w)}
	name := min(max(w/4, 12), 44)
	value := max((w-name-6)/2, 1)
	line := func(mark, path, left, right string) string {
		return " " + mark + " " + ui.Fit(path, name) + " " + ui.Fit(left, value) + " " + ui.Fit(right, value)
	}
	lines = append(lines, t.Header.Line(line(" ", "VALUE", "LEFT", "RIGHT"), w))
	c.height = max(h-len(lines), 1)
	c.scroll = min(c.scroll, max(len(c.shown)-c.height, 0))
	for _, r := range c.shown[c.scroll:min(c.scroll+c.height, len(c.shown))] {
		path, left, right := ui.Clean(r.path), ui.Clean(r.left), ui.Clean(r.right)
		switch r.change {
		case changed:
			lines = append(lines, ui.Fit(line(t.Warn.Paint("≠"), t.Key.Paint(path), left, t.Warn.Paint(right)), w))
		case onlyLeft:
			lines = append(lines, ui.Fit(line(t.Warn.Paint("←"), t.Key.Paint(path), left, t.Dim.Paint(views.Unknown)), w))
		case onlyRight:
			lines = append(lines, ui.Fit(line(t.Warn.Paint("→"), t.Key.Paint(path), t.Dim.Paint(views.Unknown), right), w))
		case same:
			lines = append(lines, ui.Fit(t.Dim.Paint(line("=", path, left, right)), w))
		}
	}
	if len(c.shown) == 0 {
		lines = append(lines, "", t.Dim.Paint("  the messages are alike"))
	}
	return ui.Pad(lines, w, h)
}

// Bindings implements views.Screen.
func (c *compare) Bindings() []ui.Binding {
	by := func(n int) { c.scroll = min(max(c.scroll+n, 0), max(len(c.shown)-c.height, 0)) }
	return append([]ui.Binding{{
		Keys: []string{"a"}, Help: "show what is alike too", Hint: "all", Category: "Compare", Do: views.Do(func() { c.all = !c.all; c.choose() }),
	}}, views.Moves(by, func(n int) { by(n * c.height) }, func() { c.scroll = 0 }, func() { by(len(c.shown)) })...)
}
