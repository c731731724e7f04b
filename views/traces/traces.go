// Package traces is the pane of the spans that this process knows: everything bustop asked its servers, and
// why, and what applications sent. Opening a trace shows its waterfall, opening a span everything about it,
// with ways to the spans, messages and places that it names.
package traces

import (
	"slices"
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
	finding   *find
	title     string
	showPolls bool
	// all counts the traces there are when the search hides some.
	all    int
	follow bool // the marker stays on the newest
	frozen time.Time
	// frozenAt is how many spans there had been then.
	frozenAt uint64
	revision uint64
	loaded   bool
	now      time.Time
	drawn    int64 // second of the last redraw: ages are shown
}

// New returns the Traces pane.
func New(d *views.Deps) *Pane { return newPane(d, "Traces") }

func newPane(d *views.Deps, title string) *Pane {
	p := &Pane{deps: d, finding: newFind(), title: title, now: d.Now()}
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
			Title: "NAME", Width: 10, Flex: 4, Most: 80,
			Cell: func(s spans.Summary) string { return ui.Clean(s.Name) },
			Less: func(a, b spans.Summary) bool { return a.Name < b.Name },
		},
		{
			Title: "SERVICE", Width: 10, Flex: 1, Most: 20, Hide: 3,
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
		{
			Title: "AGE", Width: 5, Right: true, Hide: 1,
			Cell: func(s spans.Summary) string { return t.Dim.Paint(views.Ago(s.Start, p.now)) },
			Less: func(a, b spans.Summary) bool { return b.Start.Before(a.Start) },
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
func (p *Pane) Title() string { return p.title }

// Sync implements views.Screen.
func (p *Pane) Sync(now time.Time) bool {
	p.now = now
	revision := p.deps.Spans.Stats().Revision
	if !p.frozen.IsZero() || p.loaded && revision == p.revision {
		changed := now.Unix() != p.drawn
		p.drawn = now.Unix()
		return changed
	}
	p.load(revision)
	return true
}

func (p *Pane) query() spans.Query {
	return spans.Query{HidePolls: !p.showPolls, Where: p.finding.where, Limit: listMax}
}

func (p *Pane) load(revision uint64) {
	p.revision, p.loaded = revision, true
	query := p.query()
	rows := p.summaries(query)
	p.all = len(rows)
	if p.finding.active() {
		query.Where = spans.Search{}
		p.all = len(p.summaries(query))
	}
	p.table.SetRows(rows)
	if p.follow {
		p.newest()
	}
}

// summaries lists traces, of a list that is frozen none that began later.
func (p *Pane) summaries(q spans.Query) []spans.Summary {
	rows := p.deps.Spans.Summaries(q)
	if !p.frozen.IsZero() {
		rows = slices.DeleteFunc(rows, func(s spans.Summary) bool { return s.Start.After(p.frozen) })
	}
	return rows
}

// newest puts the marker on the trace that began last, wherever it is sorted to.
func (p *Pane) newest() {
	if rows := p.table.Rows(); len(rows) > 0 {
		last := slices.MaxFunc(rows, func(a, b spans.Summary) int { return a.Start.Compare(b.Start) })
		p.table.Select(last.TraceID)
	}
}

// histogramHeight is from how many lines on there is room for the histogram.
const histogramHeight = 16

// Render implements views.Screen.
func (p *Pane) Render(w, h int) []string {
	lines := []string{ui.Fit(" "+p.facts(w), w)}
	if p.deps.Traffic != nil && h >= trafficHeight {
		lines = append(lines, p.traffic(w))
	}
	if rows := p.table.Rows(); h >= histogramHeight && len(rows) > 1 {
		selected, _ := p.table.Selected()
		lines = append(lines, histogram(p.deps.Theme, rows, selected, w)...)
	}
	return append(lines, p.table.Render(p.deps.Theme, w, max(h-len(lines), 0), true)...)[:h]
}

func (p *Pane) facts(w int) string {
	t := p.deps.Theme
	if p.finding.input.Editing() {
		return p.finding.line(t, w-1)
	}
	shown, _ := p.table.Len()
	stats := p.deps.Spans.Stats()
	text := t.Bold.Paint(views.Things(backends.ExactCount(int64(shown)), "trace", "traces"))
	if p.finding.active() || p.finding.fault != nil {
		text += " of " + strconv.Itoa(p.all) + " " + p.finding.fact(t)
	}
	if !p.frozen.IsZero() {
		text += t.Warn.Paint(" · FROZEN " + views.Ago(p.frozen, p.now) + ", " + views.Exactly(seen(stats)-p.frozenAt) + " spans since")
	}
	text += t.Dim.Paint(" · " + views.Things(backends.ExactCount(int64(stats.Spans)), "span", "spans") + " kept in " + ui.Bytes(int64(stats.Bytes)))
	if stats.Dropped > 0 {
		text += t.Dim.Paint(" · " + ui.Count(int64(stats.Dropped)) + " dropped for room")
	}
	if !p.showPolls {
		text += t.Dim.Paint(" · polls hidden")
	}
	if p.follow && p.frozen.IsZero() {
		text += t.Live.Paint(" · following")
	}
	return text
}

// seen counts the spans that ever came, as far as a store tells.
func seen(s spans.Stats) uint64 { return uint64(s.Spans) + s.Dropped }

// Bindings implements views.Screen.
func (p *Pane) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "waterfall", Category: "Here", Do: views.Do(p.open), Disabled: p.needsTrace},
		{Keys: []string{"/"}, Help: "find: text, name=GET*, status=error, >10ms, key=value, ! inverts", Hint: "find", Category: "Here", Do: views.Do(p.finding.input.Begin)},
		{Keys: []string{"o"}, Help: "group by operation", Hint: "operations", Category: "Here", Do: views.Do(p.operations)},
		{Keys: []string{"p"}, Help: "show or hide polls", Hint: "polls", Category: "Here", Do: views.Do(p.togglePolls)},
		{Keys: []string{"n"}, Help: "next trace with an error", Hint: "next error", Category: "Here", Do: views.Do(func() { p.nextError(1) }), Disabled: p.noError},
		{Keys: []string{"N"}, Help: "previous trace with an error", Category: "Here", Hidden: true, Do: views.Do(func() { p.nextError(-1) }), Disabled: p.noError},
		{Keys: []string{"f"}, Help: "follow the newest", Hint: "follow", Category: "Here", Do: views.Do(p.toggleFollow)},
		{Keys: []string{" "}, Help: "freeze", Category: "Here", Do: views.Do(p.freeze)},
		{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Here", Do: views.Do(p.table.NextSort)},
		{Keys: []string{"S"}, Help: "reverse order", Category: "Here", Hidden: true, Do: views.Do(p.table.ReverseSort)},
		{Keys: []string{"e"}, Help: "export as OTLP/JSON to a file here", Hint: "export", Category: "Here", Do: p.export, Disabled: p.needsTrace},
		{Keys: []string{"y"}, Help: "copy the trace id", Hint: "copy", Category: "Here", Do: views.Do(p.copyID), Disabled: p.needsTrace},
	}
	if p.finding.active() || p.finding.fault != nil {
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "end the search", Category: "Here", Do: views.Do(p.endSearch)})
	}
	stop := func(move func(int)) func(int) {
		return func(by int) {
			p.follow = false
			move(by)
		}
	}
	return append(bs, views.Moves(stop(p.table.Move), stop(p.table.Page), func() { stop(func(int) { p.table.Home() })(0) }, func() { stop(func(int) { p.table.End() })(0) })...)
}

func (p *Pane) needsTrace() string {
	if _, ok := p.table.Selected(); !ok {
		return "no trace is selected"
	}
	return ""
}

func (p *Pane) open() {
	if s, ok := p.table.Selected(); ok {
		p.deps.Nav.Push(newWaterfall(p.deps, refOf(s.TraceID, "")))
	}
}

func (p *Pane) export() tea.Cmd {
	s, _ := p.table.Selected()
	return export(p.deps, s.TraceID)
}

func (p *Pane) operations() {
	p.deps.Nav.Push(newOperations(p.deps, p.query(), p.finding.input.Value()))
}

func (p *Pane) noError() string {
	if !slices.ContainsFunc(p.table.Rows(), func(s spans.Summary) bool { return s.Errors > 0 }) {
		return "no span failed"
	}
	return ""
}

// nextError goes to the next trace with an error, around the end.
func (p *Pane) nextError(by int) {
	p.follow = false
	rows, at := p.table.Rows(), max(p.table.Index(), 0)
	for n := range rows {
		if s := rows[((at+by*(n+1))%len(rows)+len(rows))%len(rows)]; s.Errors > 0 {
			p.table.Select(s.TraceID)
			return
		}
	}
}

func (p *Pane) toggleFollow() {
	if p.follow = !p.follow; p.follow {
		p.newest()
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
		p.frozen, p.frozenAt = p.now, seen(p.deps.Spans.Stats())
	} else {
		p.frozen = time.Time{}
	}
}

// Capturing implements views.Screen.
func (p *Pane) Capturing() bool { return p.finding.input.Editing() }

// Type implements views.Screen.
func (p *Pane) Type(key tea.KeyMsg) tea.Cmd {
	if p.finding.input.Type(key) {
		p.finding.parse()
		p.load(p.revision)
	}
	return nil
}

func (p *Pane) endSearch() {
	p.finding.end(nil)
	p.load(p.revision)
}

// Close implements views.Screen.
func (p *Pane) Close() {}

var _ views.Screen = (*Pane)(nil)
