package app

import (
	"strconv"
	"strings"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// tabLine is the first line: the panes with their numbers, and that nothing can be changed. Where it is
// narrow the names of the other panes go first, then the clock; that all is read-only stays.
func (m *model) tabLine(w int) string {
	t := m.deps.Theme
	readOnly := t.Good.Paint("read-only") + " "
	clock := t.Dim.Paint(m.now.Local().Format("15:04:05")) + " "
	full := func(o *tab) string { return " " + o.name }
	short := func(o *tab) string { return " " + o.short }
	number := func(*tab) string { return "" }
	var left, right string
	for _, try := range []struct {
		front, name func(*tab) string
		right       string
	}{
		{full, full, readOnly + clock},
		{full, short, readOnly + clock},
		{full, short, readOnly},
		{full, number, readOnly + clock},
		{full, number, readOnly},
		{short, number, readOnly},
	} {
		left, right = m.tabNames(try.front, try.name), try.right
		if ui.Width(left)+ui.Width(right) <= w {
			break
		}
	}
	return ui.Fit(left, max(w-ui.Width(right), 0)) + ui.Fit(right, min(ui.Width(right), w))
}

// contextWidth bounds the name of the context, in cells.
const contextWidth = 24

// tabNames are the panes, the one in front as front says and the others as name does.
func (m *model) tabNames(front, name func(*tab) string) string {
	t := m.deps.Theme
	left := " "
	if m.context != "" {
		text := " " + ui.Clean(m.context) + " "
		left = t.Named(m.colour).Paint(ui.Fit(text, min(ui.Width(text), contextWidth))) + " "
	}
	for i, o := range m.tabs {
		n := strconv.Itoa(i + 1)
		if i == m.front {
			left += t.Title.Paint("["+n+front(o)+"]") + " "
		} else {
			left += t.Dim.Paint(n+name(o)) + " "
		}
	}
	return left
}

// sourceLine is the second line: where one is, then how the sources are. Where it is narrow, the
// sources say less, those that fail as much as goes in, and then the crumbs are cut.
func (m *model) sourceLine(w int) string {
	t := m.deps.Theme
	crumbs, between := m.crumbs(), t.Dim.Paint(" │ ")
	sources := m.sources(between, func(s backends.Source) string { return views.StatusLine(t, s, m.now) })
	room := w - 1 - ui.Width(crumbs)
	if ui.Width(sources) > room {
		brief := func(cost bool, why int) string {
			return m.sources(between, func(s backends.Source) string { return m.deps.StatusShort(s, m.now, cost, why) })
		}
		cost := ui.Width(brief(true, 0)) <= room
		sources = brief(cost, 0)
		if left := room - ui.Width(sources); left > 0 {
			sources = brief(cost, left/max(m.failing(), 1))
		}
	}
	if room := max(w-1-ui.Width(sources), crumbsLeast); ui.Width(crumbs) > room {
		crumbs = ui.Fit(crumbs, room-3) + between
	}
	return ui.Fit(" "+crumbs+sources, w)
}

// failing is how many sources have an error to tell.
func (m *model) failing() int {
	n := 0
	for _, s := range m.deps.Sources {
		if s.Status().Err != nil {
			n++
		}
	}
	return n
}

// crumbsLeast is what is left of the crumbs where there is no room for all, in cells.
const crumbsLeast = 16

// crumbs are the titles of what lies on the pane, "" when nothing does.
func (m *model) crumbs() string {
	stack := m.tabs[m.front].stack
	if len(stack) < 2 {
		return ""
	}
	titles := make([]string, 0, len(stack))
	for _, s := range stack[1:] {
		titles = append(titles, s.Title())
	}
	t := m.deps.Theme
	return t.Accent.Paint("▸ "+strings.Join(titles, " ▸ ")) + t.Dim.Paint(" │ ")
}

func (m *model) sources(between string, say func(backends.Source) string) string {
	parts := make([]string, 0, len(m.deps.Sources))
	for _, s := range m.deps.Sources {
		parts = append(parts, say(s))
	}
	return strings.Join(parts, between)
}

// toastLines bounds the lines that a toast takes.
const toastLines = 3

// bottom is the toast while there is one, else the keys that work here.
func (m *model) bottom(w int) []string {
	t := m.deps.Theme
	if m.toast.text == "" {
		return []string{ui.HintLine(t, m.bindings(), w)}
	}
	lines := ui.CleanText(m.toast.text, max(w-1, 1), toastLines)
	for i, l := range lines {
		lines[i] = t.Warn.Line(" "+l, w)
	}
	return lines
}
