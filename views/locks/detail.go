package locks

import (
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/ui"
	"bustop/views"
)

// detail shows everything known of one lock, as it was when it was opened.
type detail struct {
	deps *views.Deps
	item item
}

func newDetail(d *views.Deps, it item) *detail { return &detail{deps: d, item: it} }

// Title implements views.Screen.
func (l *detail) Title() string { return "lock " + ui.Clean(l.item.Value.Name) }

// Sync implements views.Screen.
func (l *detail) Sync(time.Time) bool { return true }

// Render implements views.Screen.
func (l *detail) Render(w, h int) []string {
	t, v := l.deps.Theme, l.item.Value
	expiry := "in " + views.Span(v.TTL) + " from when it was read"
	if v.NoExpiry {
		expiry = t.Bad.Paint("never: whoever holds it has to release it")
	}
	lines := []string{""}
	add := func(name, value string) {
		lines = append(lines, " "+ui.FitLeft(t.Dim.Paint(name), 16)+"  "+value)
	}
	add("holder", ui.Clean(v.Holder))
	add("expires", expiry)
	add("read", views.Ago(l.item.At, l.deps.Now())+" ago")
	add("recognised as", library(v)+t.Dim.Paint(" confidence "+strconv.FormatFloat(v.Confidence, 'f', 2, 64)))
	if v.Mode != "" {
		add("mode", ui.Clean(v.Mode))
	}
	add("entered", views.Things(v.Reentrancy, "time", "times"))
	add("fencing token", views.Count(v.FencingToken))
	add("waiters", views.Count(v.Waiters))
	add("source", views.SourceName(l.item.Source))
	return ui.Pad(lines, w, h)
}

// Bindings implements views.Screen.
func (l *detail) Bindings() []ui.Binding {
	return []ui.Binding{{
		Keys: []string{"y"}, Help: "copy the holder", Category: "Lock",
		Do: views.Do(func() { l.deps.Nav.Copy(ui.CleanPlain(l.item.Value.Holder)) }),
	}}
}

// Capturing implements views.Screen.
func (l *detail) Capturing() bool { return false }

// Type implements views.Screen.
func (l *detail) Type(tea.KeyMsg) tea.Cmd { return nil }

// Close implements views.Screen.
func (l *detail) Close() {}

var (
	_ views.Screen = (*detail)(nil)
	_ views.Screen = (*Pane)(nil)
)
