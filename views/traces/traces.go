// Package traces is the pane of the spans recorded in this process: everything bustop asked its
// servers, and why. Opening a trace shows its waterfall.
package traces

import (
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
)

// listMax bounds the traces listed.
const listMax = 2000

// Pane lists traces, newest first.
type Pane struct {
	deps      *views.Deps
	table     *ui.Table[spans.Summary]
	filter    *views.Filter
	showPolls bool
	frozen    time.Time
	revision  uint64
	loaded    bool
	now       time.Time
	drawn     int64 // second of the last redraw: ages are shown
}

// New returns the Traces pane.
func New(d *views.Deps) *Pane {
	p := &Pane{deps: d, filter: views.NewFilter(), now: d.Now()}
	p.table = ui.NewTable(func(s spans.Summary) string { return s.TraceID }, p.columns()...)
	p.table.SortBy(0, true)
	return p
}

func (p *Pane) columns() []ui.Column[spans.Summary] {
	t := p.deps.Theme
	return []ui.Column[spans.Summary]{
		{
			Title: "STARTED", Width: 12,
			Cell: func(s spans.Summary) string { return t.Dim.Paint(s.Start.Local().Format("15:04:05.000")) },
			Less: func(a, b spans.Summary) bool { return a.Start.Before(b.Start) },
		},
		{
			Title: "NAME", Width: 10, Flex: 1, Most: 80,
			Cell: func(s spans.Summary) string { return ui.Clean(s.Name) },
			Less: func(a, b spans.Summary) bool { return a.Name < b.Name },
		},
		{
			Title: "SERVICE", Width: 10, Hide: 3,
			Cell: func(s spans.Summary) string { return t.Dim.Paint(ui.Clean(s.Service)) },
		},
		{
			Title: "WHY", Width: 7, Hide: 4,
			Cell: func(s spans.Summary) string { return t.Dim.Paint(ui.Clean(s.Trigger)) },
			Less: func(a, b spans.Summary) bool { return a.Trigger < b.Trigger },
		},
		{
			Title: "TOOK", Width: 9, Right: true,
			Cell: func(s spans.Summary) string { return took(t, s) },
			Less: func(a, b spans.Summary) bool { return a.Duration < b.Duration },
		},
		{
			Title: "SPANS", Width: 5, Right: true, Hide: 2,
			Cell: func(s spans.Summary) string { return strconv.Itoa(s.Spans) },
			Less: func(a, b spans.Summary) bool { return a.Spans < b.Spans },
		},
		{
			Title: "ERR", Width: 4, Right: true,
			Cell: func(s spans.Summary) string { return failures(t, s.Errors) },
			Less: func(a, b spans.Summary) bool { return a.Errors < b.Errors },
		},
	}
}

func took(t *ui.Theme, s spans.Summary) string {
	if s.Running {
		return t.Live.Paint("running")
	}
	return ui.Duration(s.Duration)
}

func failures(t *ui.Theme, n int) string {
	if n == 0 {
		return ""
	}
	return t.Bad.Paint("!" + strconv.Itoa(n))
}

// Title implements views.Screen.
func (p *Pane) Title() string { return "Traces" }

// Sync implements views.Screen.
func (p *Pane) Sync(now time.Time) bool {
	p.now = now
	if !p.frozen.IsZero() {
		return false
	}
	revision := p.deps.Spans.Stats().Revision
	if p.loaded && revision == p.revision {
		changed := now.Unix() != p.drawn
		p.drawn = now.Unix()
		return changed
	}
	p.load(revision)
	return true
}

func (p *Pane) load(revision uint64) {
	p.revision, p.loaded = revision, true
	p.table.SetRows(p.deps.Spans.Summaries(spans.Query{HidePolls: !p.showPolls, Limit: listMax}))
}

// Render implements views.Screen.
func (p *Pane) Render(w, h int) []string {
	return append([]string{ui.Fit(" "+p.facts(w), w)}, p.table.Render(p.deps.Theme, w, max(h-1, 0), true)...)[:h]
}

func (p *Pane) facts(w int) string {
	t := p.deps.Theme
	if p.filter.Editing() {
		return p.filter.Render(t, w-1)
	}
	shown, all := p.table.Len()
	stats := p.deps.Spans.Stats()
	text := t.Bold.Paint(views.Things(backends.ExactCount(int64(shown)), "trace", "traces"))
	if shown != all {
		text += " of " + strconv.Itoa(all) + t.Accent.Paint(" /"+ui.Clean(p.filter.Value()))
	}
	text += t.Dim.Paint(" · " + views.Things(backends.ExactCount(int64(stats.Spans)), "span", "spans") + " kept in " + ui.Bytes(int64(stats.Bytes)))
	if stats.Dropped > 0 {
		text += t.Dim.Paint(" · " + ui.Count(int64(stats.Dropped)) + " dropped for room")
	}
	if !p.showPolls {
		text += t.Dim.Paint(" · polls hidden")
	}
	if !p.frozen.IsZero() {
		text += t.Warn.Paint(" · FROZEN " + views.Ago(p.frozen, p.now))
	}
	return text
}

// Bindings implements views.Screen.
func (p *Pane) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "waterfall", Category: "Here", Do: views.Do(p.open), Disabled: p.needsTrace},
		{Keys: []string{"/"}, Help: "filter (! inverts)", Hint: "filter", Category: "Here", Do: views.Do(p.filter.Begin)},
		{Keys: []string{"p"}, Help: "show or hide polls", Hint: "polls", Category: "Here", Do: views.Do(p.togglePolls)},
		{Keys: []string{" "}, Help: "freeze", Category: "Here", Do: views.Do(p.freeze)},
		{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Here", Do: views.Do(p.table.NextSort)},
		{Keys: []string{"S"}, Help: "reverse order", Category: "Here", Do: views.Do(p.table.ReverseSort)},
		{Keys: []string{"y"}, Help: "copy the trace id", Category: "Here", Do: views.Do(p.copyID), Disabled: p.needsTrace},
	}
	if !p.filter.Empty() {
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "drop the filter", Category: "Here", Do: views.Do(p.dropFilter)})
	}
	return append(bs, views.Moves(p.table.Move, p.table.Page, p.table.Home, p.table.End)...)
}

func (p *Pane) needsTrace() string {
	if _, ok := p.table.Selected(); !ok {
		return "no trace is selected"
	}
	return ""
}

func (p *Pane) open() {
	if s, ok := p.table.Selected(); ok {
		if screen, found := Open(p.deps, s.TraceID); found {
			p.deps.Nav.Push(screen)
		}
	}
}

func (p *Pane) copyID() {
	if s, ok := p.table.Selected(); ok {
		p.deps.Nav.Copy(s.TraceID)
	}
}

func (p *Pane) togglePolls() {
	p.showPolls = !p.showPolls
	p.load(p.revision)
}

func (p *Pane) freeze() {
	if p.frozen.IsZero() {
		p.frozen = p.now
	} else {
		p.frozen = time.Time{}
	}
}

// Capturing implements views.Screen.
func (p *Pane) Capturing() bool { return p.filter.Editing() }

// Type implements views.Screen.
func (p *Pane) Type(key tea.KeyMsg) tea.Cmd {
	if p.filter.Type(key) {
		p.refilter()
	}
	return nil
}

func (p *Pane) dropFilter() {
	p.filter.Clear()
	p.refilter()
}

func (p *Pane) refilter() {
	if p.filter.Empty() {
		p.table.SetFilter(nil)
		return
	}
	p.table.SetFilter(func(s spans.Summary) bool {
		return p.filter.Match(s.Name + " " + s.Service + " " + s.Trigger + " " + s.TraceID)
	})
}

// Close implements views.Screen.
func (p *Pane) Close() {}

// Open returns the waterfall of a trace, given by its 32 hexadecimal digits, false when it is not
// in the store.
func Open(d *views.Deps, id string) (views.Screen, bool) {
	if len(d.Spans.Trace(id)) == 0 {
		return nil, false
	}
	return newWaterfall(d, id), true
}

var _ views.Screen = (*Pane)(nil)
