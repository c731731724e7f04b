package app

import (
	"strconv"
	"strings"

	"bustop/ui"
	"bustop/views"
)

// wideTabs is from how many cells on all panes are named in full.
const wideTabs = 100

// tabLine is the first line: the panes with their numbers, the crumbs of what is open, and that
// nothing can be changed.
func (m *model) tabLine(w int) string {
	t := m.deps.Theme
	right := t.Good.Paint("read-only") + " " + t.Dim.Paint(m.now.Local().Format("15:04:05")) + " "
	left := " "
	if m.context != "" {
		left = t.Named(m.colour).Paint(" "+ui.Clean(m.context)+" ") + " "
	}
	for i, tab := range m.tabs {
		name := tab.name
		if w < wideTabs && i != m.front {
			name = tab.short
		}
		label := strconv.Itoa(i+1) + " " + name
		if i == m.front {
			left += t.Title.Paint("["+label+"]") + " "
		} else {
			left += t.Dim.Paint(label) + " "
		}
	}
	space := w - ui.Width(right)
	if ui.Width(left) > space {
		return ui.Fit(left, w)
	}
	return ui.Fit(left, space) + right
}

// sourceLine is the second line: where one is, then how the sources are.
func (m *model) sourceLine(w int) string {
	t := m.deps.Theme
	var parts []string
	if stack := m.tabs[m.front].stack; len(stack) > 1 {
		crumbs := make([]string, 0, len(stack))
		for _, s := range stack[1:] {
			crumbs = append(crumbs, s.Title())
		}
		parts = append(parts, t.Accent.Paint("▸ "+strings.Join(crumbs, " ▸ ")))
	}
	for _, s := range m.deps.Sources {
		parts = append(parts, views.StatusLine(t, s, m.now))
	}
	for _, n := range m.notes {
		parts = append(parts, t.Dim.Paint(n))
	}
	return ui.Fit(" "+strings.Join(parts, t.Dim.Paint(" │ ")), w)
}

// bottomLine is the toast while there is one, else the keys that work here.
func (m *model) bottomLine(w int) string {
	if m.toast.text != "" {
		return m.deps.Theme.Warn.Line(" "+m.toast.text, w)
	}
	return ui.HintLine(m.deps.Theme, m.bindings(), w)
}
