package traces

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
)

// waterfall shows the spans of one trace against time, and the most telling of the selected one. While
// the trace is not here it says what to search for elsewhere, and waits for it.
type waterfall struct {
	deps     *views.Deps
	ref      views.TraceRef
	id       string
	spans    []spans.Span
	shape    *shape
	services []string // in the order in which they appear, for colours
	folded   map[string]bool
	rows     []int // indexes of the spans that are not folded away
	at       int   // index into rows
	finding  *find
	page     int
	revision uint64
	frozen   time.Time
	now      time.Time
	read     time.Time
}

func newWaterfall(d *views.Deps, ref views.TraceRef) *waterfall {
	w := &waterfall{deps: d, ref: ref, id: ref.Trace.String(), folded: map[string]bool{}, finding: newFind(), now: d.Now()}
	w.load()
	if ref.Span.IsValid() {
		w.selectSpan(ref.Span.String())
	}
	return w
}

// Title implements views.Screen.
func (w *waterfall) Title() string { return "trace " + w.id[:8] }

// Sync implements views.Screen: a trace may still grow, and what runs grows by itself.
func (w *waterfall) Sync(now time.Time) bool {
	w.now = now
	if !w.frozen.IsZero() {
		return false
	}
	revision := w.deps.Spans.Stats().Revision
	if revision == w.revision && (!w.running() || now.Sub(w.read) < time.Second/4) {
		return false
	}
	w.load()
	return true
}

// load takes the trace anew. Spans that the store has let go of since stay on screen.
func (w *waterfall) load() {
	w.revision, w.read = w.deps.Spans.Stats().Revision, w.now
	list := w.deps.Spans.Trace(w.id)
	if len(list) < len(w.spans) {
		return
	}
	before, wanted := w.selectedID(), len(w.spans) == 0 && w.ref.Span.IsValid()
	w.spans, w.shape, w.services = list, shapeOf(list), nil
	for i := range list {
		if name := list[i].Service(); !slices.Contains(w.services, name) {
			w.services = append(w.services, name)
		}
	}
	w.finding.over(list)
	w.arrange()
	if wanted {
		before = w.ref.Span.String()
	}
	w.selectSpan(before)
}

// arrange lists the rows that are not folded away.
func (w *waterfall) arrange() {
	w.rows = w.rows[:0]
	hidden := make([]bool, len(w.spans))
	for i, p := range w.shape.parent {
		hidden[i] = p >= 0 && (hidden[p] || w.folded[w.spans[p].ID])
		if !hidden[i] {
			w.rows = append(w.rows, i)
		}
	}
	w.at = min(max(w.at, 0), max(len(w.rows)-1, 0))
}

func (w *waterfall) running() bool {
	return slices.ContainsFunc(w.spans, func(s spans.Span) bool { return s.Running })
}

// selected is the index of the span under the marker; the trace must be here.
func (w *waterfall) selected() int { return w.rows[w.at] }

func (w *waterfall) selectedID() string {
	if len(w.rows) == 0 {
		return ""
	}
	return w.spans[w.selected()].ID
}

// selectSpan puts the marker on a span and unfolds what is above it.
func (w *waterfall) selectSpan(id string) {
	i := slices.IndexFunc(w.spans, func(s spans.Span) bool { return s.ID == id })
	if i < 0 {
		return
	}
	opened := false
	for p := w.shape.parent[i]; p >= 0; p = w.shape.parent[p] {
		opened = opened || w.folded[w.spans[p].ID]
		delete(w.folded, w.spans[p].ID)
	}
	if opened {
		w.arrange()
	}
	w.at = max(slices.Index(w.rows, i), 0)
}

func failed(s *spans.Span) bool { return s.Status == "Error" }

func (w *waterfall) move(by int) { w.at = min(max(w.at+by, 0), max(len(w.rows)-1, 0)) }

func (w *waterfall) pages(by int) { w.move(by * max(w.page-1, 1)) }

func (w *waterfall) home() { w.at = 0 }

func (w *waterfall) end() { w.at = max(len(w.rows)-1, 0) }

// fold hides what is below the selected span, or goes up to its parent when nothing is.
func (w *waterfall) fold() {
	if w.absent() != "" {
		return
	}
	i := w.selected()
	if len(w.shape.children[i]) > 0 && !w.folded[w.spans[i].ID] {
		w.folded[w.spans[i].ID] = true
		w.arrange()
	} else if p := w.shape.parent[i]; p >= 0 {
		w.selectSpan(w.spans[p].ID)
	}
}

func (w *waterfall) unfold() {
	if w.absent() == "" {
		delete(w.folded, w.spans[w.selected()].ID)
		w.arrange()
	}
}

// foldAll folds everything below the roots' children, or unfolds all.
func (w *waterfall) foldAll() {
	id := w.selectedID()
	if len(w.folded) > 0 {
		clear(w.folded)
	} else {
		for i := range w.spans {
			if w.spans[i].Depth > 0 && len(w.shape.children[i]) > 0 {
				w.folded[w.spans[i].ID] = true
			}
		}
	}
	w.arrange()
	w.keep(id)
}

// keep puts the marker on a span, or on the nearest one above it that is in sight.
func (w *waterfall) keep(id string) {
	i := slices.IndexFunc(w.spans, func(s spans.Span) bool { return s.ID == id })
	for ; i >= 0; i = w.shape.parent[i] {
		if at := slices.Index(w.rows, i); at >= 0 {
			w.at = at
			return
		}
	}
}

// next goes to the next span in a direction that is wanted, around the end.
func (w *waterfall) next(by int, wanted func(i int) bool) {
	from := w.selected()
	for n := range w.spans {
		j := ((from+by*(n+1))%len(w.spans) + len(w.spans)) % len(w.spans)
		if wanted(j) {
			w.selectSpan(w.spans[j].ID)
			return
		}
	}
}

// step is what n and N go by: what was searched for, else errors.
func (w *waterfall) step(by int) func() {
	return func() {
		if w.finding.active() {
			w.next(by, func(i int) bool { return w.finding.match[i] })
		} else {
			w.next(by, func(i int) bool { return failed(&w.spans[i]) })
		}
	}
}

func (w *waterfall) noStep() string {
	switch {
	case w.absent() != "":
		return w.absent()
	case w.finding.active() && w.finding.count == 0:
		return "no span matches"
	case !w.finding.active() && !slices.ContainsFunc(w.spans, func(s spans.Span) bool { return failed(&s) }):
		return "no span failed"
	}
	return ""
}

// absent says why nothing can be done with spans, "" when the trace is here.
func (w *waterfall) absent() string {
	if len(w.spans) == 0 {
		return "the trace is not here"
	}
	return ""
}

func (w *waterfall) freeze() {
	if w.frozen.IsZero() {
		w.frozen = w.now
	} else {
		w.frozen = time.Time{}
	}
}

// copyID copies the trace id. While the trace is not here a person searches elsewhere, maybe by another id of those
// that were found.
func (w *waterfall) copyID() {
	ids := w.ids()
	if w.absent() == "" || len(ids) == 1 {
		w.deps.Nav.Copy(string(ids[0].Value))
		return
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = ui.Clean(id.Name) + "  " + ui.Clean(string(id.Value))
	}
	w.deps.Nav.Choose("Copy which id?", names, func(i int) tea.Cmd {
		w.deps.Nav.Copy(ui.CleanPlain(string(ids[i].Value)))
		return nil
	})
}

// ids are all by which the trace can be searched for elsewhere, the trace's own first.
func (w *waterfall) ids() []backends.Field {
	var list []backends.Field
	if w.ref.Trace.IsValid() {
		list = append(list, backends.Field{Name: "trace id", Value: []byte(w.id)})
	}
	if w.ref.Span.IsValid() {
		list = append(list, backends.Field{Name: "span id", Value: []byte(w.ref.Span.String())})
	}
	if list = append(list, w.ref.IDs...); len(list) == 0 {
		list = append(list, backends.Field{Name: "trace id", Value: []byte(w.id)})
	}
	return list
}

func (w *waterfall) open() {
	w.deps.Nav.Push(newDetail(w.deps, w.spans[w.selected()], w.shape, w.selected()))
}

// Bindings implements views.Screen.
func (w *waterfall) Bindings() []ui.Binding {
	next, previous := "next error", "previous error"
	if w.finding.active() {
		next, previous = "next match", "previous match"
	}
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "all of the span; its links, its message", Hint: "span", Category: "Trace", Do: views.Do(w.open), Disabled: w.absent},
		{Keys: []string{"n"}, Help: next, Category: "Trace", Do: views.Do(w.step(1)), Disabled: w.noStep},
		{Keys: []string{"N"}, Help: previous, Category: "Trace", Hidden: true, Do: views.Do(w.step(-1)), Disabled: w.noStep},
		{Keys: []string{"/"}, Help: "find: text, name=GET*, status=error, >10ms, key=value, ! inverts", Hint: "find", Category: "Trace", Do: views.Do(w.finding.input.Begin), Disabled: w.absent},
		{Keys: []string{"left", "h"}, Help: "fold, then the parent", Category: "Trace", Hidden: true, Do: views.Do(w.fold)},
		{Keys: []string{"right", "l"}, Help: "unfold", Category: "Trace", Hidden: true, Do: views.Do(w.unfold)},
		{Keys: []string{"z"}, Help: "fold or unfold all", Hint: "fold", Category: "Trace", Do: views.Do(w.foldAll), Disabled: w.absent},
		{Keys: []string{" "}, Help: "freeze", Category: "Trace", Do: views.Do(w.freeze)},
		{Keys: []string{"e"}, Help: "export as OTLP/JSON to a file here", Hint: "export", Category: "Trace", Do: func() tea.Cmd { return export(w.deps, w.id) }, Disabled: w.absent},
		{Keys: []string{"y"}, Help: "copy the trace id", Hint: "copy", Category: "Trace", Do: views.Do(w.copyID)},
	}
	if w.finding.active() {
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "end the search", Category: "Trace", Do: views.Do(func() { w.finding.end(w.spans) })})
	}
	return append(bs, views.Moves(w.move, w.pages, w.home, w.end)...)
}

// Capturing implements views.Screen.
func (w *waterfall) Capturing() bool { return w.finding.input.Editing() }

// Type implements views.Screen. Enter goes to the first match.
func (w *waterfall) Type(key tea.KeyMsg) tea.Cmd {
	if w.finding.input.Type(key) {
		w.finding.parse()
		w.finding.over(w.spans)
	}
	if key.String() == "enter" && w.finding.count > 0 && !w.finding.match[w.selected()] {
		w.step(1)()
	}
	return nil
}

// Close implements views.Screen.
func (w *waterfall) Close() {}

var _ views.Screen = (*waterfall)(nil)

// Open returns the waterfall of a trace with the marker on the span that it names.
func Open(d *views.Deps, ref views.TraceRef) views.Screen { return newWaterfall(d, ref) }

// refOf is the reference to a span by its ids in hexadecimal digits.
func refOf(traceID, spanID string) views.TraceRef {
	var ref views.TraceRef
	ref.Trace, _ = trace.TraceIDFromHex(traceID) // zero, which no trace has, when it is no id
	ref.Span, _ = trace.SpanIDFromHex(spanID)
	return ref
}
