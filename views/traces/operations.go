package traces

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
)

// operations groups spans by what they are: how many there are, how long they take, how often they fail.
type operations struct {
	deps     *views.Deps
	query    spans.Query
	search   string // what the query was typed as
	table    *ui.Table[spans.Operation]
	filter   *views.Filter
	revision uint64
	read     time.Time
	frozen   bool
}

// operationsEvery is how often at most all spans are gone through.
const operationsEvery = time.Second

func newOperations(d *views.Deps, q spans.Query, search string) *operations {
	q.Limit = 0
	o := &operations{deps: d, query: q, search: search, filter: views.NewFilter()}
	o.table = ui.NewTable(func(op spans.Operation) string {
		return op.Service + "\x00" + op.Scope + "\x00" + op.Name + "\x00" + op.Kind
	}, o.columns()...)
	o.load()
	return o
}

func (o *operations) columns() []ui.Column[spans.Operation] {
	t := o.deps.Theme
	number := func(title string, hide int, get func(spans.Operation) time.Duration) ui.Column[spans.Operation] {
		return ui.Column[spans.Operation]{
			Title: title, Width: 7, Right: true, Hide: hide,
			Cell: func(op spans.Operation) string { return ui.Duration(get(op)) },
			Less: func(a, b spans.Operation) bool { return get(a) < get(b) },
		}
	}
	return []ui.Column[spans.Operation]{
		{
			Title: "OPERATION", Width: 16, Flex: 1, Most: 60,
			Cell: func(op spans.Operation) string { return ui.Clean(op.Name) },
			Less: func(a, b spans.Operation) bool { return a.Name < b.Name },
		},
		{
			Title: "SERVICE", Width: 12, Hide: 4,
			Cell: func(op spans.Operation) string { return t.Dim.Paint(ui.Clean(op.Service)) },
			Less: func(a, b spans.Operation) bool { return a.Service < b.Service },
		},
		{Title: "KIND", Width: 8, Hide: 7, Cell: func(op spans.Operation) string { return t.Dim.Paint(ui.Clean(op.Kind)) }},
		{
			Title: "COUNT", Width: 6, Right: true,
			Cell: func(op spans.Operation) string { return ui.Count(int64(op.Count)) },
			Less: func(a, b spans.Operation) bool { return a.Count < b.Count },
		},
		{
			Title: "ERR", Width: 5, Right: true,
			Cell: func(op spans.Operation) string { return errorRate(t, op) },
			Less: func(a, b spans.Operation) bool {
				return float64(a.Errors)/float64(max(a.Count, 1)) < float64(b.Errors)/float64(max(b.Count, 1))
			},
		},
		number("P50", 2, func(op spans.Operation) time.Duration { return op.P50 }),
		number("P95", 0, func(op spans.Operation) time.Duration { return op.P95 }),
		number("P99", 3, func(op spans.Operation) time.Duration { return op.P99 }),
		number("MAX", 6, func(op spans.Operation) time.Duration { return op.Max }),
		number("ITSELF", 1, func(op spans.Operation) time.Duration { return op.Self }),
		number("TOTAL", 5, func(op spans.Operation) time.Duration { return op.Total }),
	}
}

func errorRate(t *ui.Theme, op spans.Operation) string {
	if op.Errors == 0 {
		return ""
	}
	percent := 100 * float64(op.Errors) / float64(max(op.Count, 1))
	if percent < 1 {
		return t.Bad.Paint("<1%")
	}
	return t.Bad.Paint(fmt.Sprintf("%.0f%%", percent))
}

// Title implements views.Screen.
func (o *operations) Title() string { return "operations" }

// Sync implements views.Screen.
func (o *operations) Sync(now time.Time) bool {
	if o.frozen || o.deps.Spans.Stats().Revision == o.revision || now.Sub(o.read) < operationsEvery {
		return false
	}
	o.load()
	return true
}

func (o *operations) load() {
	o.revision, o.read = o.deps.Spans.Stats().Revision, o.deps.Now()
	o.table.SetRows(o.deps.Spans.Operations(o.query))
}

// Render implements views.Screen.
func (o *operations) Render(w, h int) []string {
	t := o.deps.Theme
	text := o.filter.Render(t, w-1)
	if !o.filter.Editing() {
		shown, all := o.table.Len()
		text = t.Bold.Paint(views.Things(backends.ExactCount(int64(shown)), "operation", "operations"))
		if shown != all {
			text += " of " + strconv.Itoa(all) + t.Accent.Paint(" /"+ui.Clean(o.filter.Value()))
		}
		if !o.query.Where.Empty() {
			text += t.Dim.Paint(" of spans that match ") + t.Accent.Paint(ui.Clean(o.search))
		}
		if o.query.HidePolls {
			text += t.Dim.Paint(" · polls hidden")
		}
		if o.frozen {
			text += t.Warn.Paint(" · FROZEN")
		}
	}
	return append([]string{ui.Fit(" "+text, w)}, o.table.Render(t, w, max(h-1, 0), true)...)[:h]
}

// Bindings implements views.Screen.
func (o *operations) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "its traces", Category: "Operations", Do: views.Do(o.open), Disabled: o.needsRow},
		{Keys: []string{"/"}, Help: "filter (! inverts)", Hint: "filter", Category: "Operations", Do: views.Do(o.filter.Begin)},
		{Keys: []string{" "}, Help: "freeze", Category: "Operations", Do: views.Do(func() { o.frozen = !o.frozen })},
		{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Operations", Do: views.Do(o.table.NextSort)},
		{Keys: []string{"S"}, Help: "reverse order", Category: "Operations", Hidden: true, Do: views.Do(o.table.ReverseSort)},
	}
	if !o.filter.Empty() {
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "drop the filter", Category: "Operations", Do: views.Do(func() {
			o.filter.Clear()
			o.refilter()
		})})
	}
	return append(bs, views.Moves(o.table.Move, o.table.Page, o.table.Home, o.table.End)...)
}

func (o *operations) needsRow() string {
	if _, ok := o.table.Selected(); !ok {
		return "no operation is selected"
	}
	return ""
}

// open lists the traces with a span of the operation.
func (o *operations) open() {
	op, ok := o.table.Selected()
	if !ok {
		return
	}
	p := newPane(o.deps, "traces of "+ui.Clean(op.Name))
	p.showPolls = !o.query.HidePolls
	p.finding.preset(strings.Join([]string{
		o.search, condition("name", op.Name), condition("service", op.Service), condition("kind", op.Kind),
	}, " "))
	o.deps.Nav.Push(p)
}

// condition is a term of a search. A quote cannot be written in one: the text before it is looked for.
func condition(field, value string) string {
	if value == "" {
		return ""
	}
	value, _, cut := strings.Cut(value, `"`)
	if cut {
		value += "*"
	}
	return field + `="` + value + `"`
}

func (o *operations) refilter() {
	if o.filter.Empty() {
		o.table.SetFilter(nil)
		return
	}
	o.table.SetFilter(func(op spans.Operation) bool { return o.filter.Match(op.Name + " " + op.Service + " " + op.Kind) })
}

// Capturing implements views.Screen.
func (o *operations) Capturing() bool { return o.filter.Editing() }

// Type implements views.Screen.
func (o *operations) Type(key tea.KeyMsg) tea.Cmd {
	if o.filter.Type(key) {
		o.refilter()
	}
	return nil
}

// Close implements views.Screen.
func (o *operations) Close() {}

var _ views.Screen = (*operations)(nil)
