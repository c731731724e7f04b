package traces

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
)

// waterfall shows the spans of one trace against time, and everything about the selected one.
type waterfall struct {
	deps     *views.Deps
	id       string
	spans    []spans.Span
	at       int
	page     int
	revision uint64
}

func newWaterfall(d *views.Deps, id string) *waterfall {
	return &waterfall{deps: d, id: id, spans: d.Spans.Trace(id)}
}

// Title implements views.Screen.
func (w *waterfall) Title() string { return "trace " + w.id[:8] }

// Sync implements views.Screen: a trace may still grow.
func (w *waterfall) Sync(time.Time) bool {
	revision := w.deps.Spans.Stats().Revision
	if revision == w.revision {
		return false
	}
	w.revision = revision
	if now := w.deps.Spans.Trace(w.id); len(now) >= len(w.spans) {
		w.spans = now
	}
	return true
}

func failed(s spans.Span) bool { return s.Status == "Error" }

// service is the service.name of a span's resource.
func service(s spans.Span) string {
	for _, a := range s.Resource {
		if a.Key == "service.name" {
			return a.Value
		}
	}
	return ""
}

// window is the time from the first start to the last end.
func (w *waterfall) window() (start time.Time, length time.Duration) {
	start = w.spans[0].Start
	end := start
	for _, s := range w.spans {
		if s.Start.Before(start) {
			start = s.Start
		}
		if s.Start.Add(s.Duration).After(end) {
			end = s.Start.Add(s.Duration)
		}
	}
	return start, max(end.Sub(start), time.Nanosecond)
}

// Render implements views.Screen.
func (w *waterfall) Render(width, h int) []string {
	t := w.deps.Theme
	start, length := w.window()
	lines := []string{ui.Fit(fmt.Sprintf(" %s %s", t.Bold.Paint(w.id),
		t.Dim.Paint(fmt.Sprintf("%s, %s from %s", views.Things(backends.ExactCount(int64(len(w.spans))), "span", "spans"), ui.Duration(length), start.Local().Format("15:04:05.000000")))), width)}
	detail := w.detail(width)
	w.page = max(h-1-min(len(detail), h/2), 1)
	from := min(max(w.at-w.page/2, 0), max(len(w.spans)-w.page, 0))
	names := min(max(width/3, 16), 48)
	for i := from; i < min(from+w.page, len(w.spans)); i++ {
		lines = append(lines, w.row(i, names, width, start, length))
	}
	lines = ui.Pad(lines, width, 1+w.page)
	return ui.Pad(append(lines, detail...), width, h)
}

// row is one span: its name indented by its depth, its time, its bar.
func (w *waterfall) row(i, names, width int, start time.Time, length time.Duration) string {
	t, s := w.deps.Theme, w.spans[i]
	mark := "  "
	if failed(s) {
		mark = t.Bad.Paint("! ")
	}
	left := ui.Fit(mark+strings.Repeat("  ", s.Depth)+ui.Clean(s.Name), names)
	right := ui.FitLeft(ui.Duration(s.Duration), 9)
	bar := w.bar(s, max(width-names-9-4, 4), start, length)
	if i == w.at {
		return t.Selected.Line("▌"+left+" "+right+" "+bar, width)
	}
	return ui.Fit(" "+left+" "+t.Dim.Paint(right)+" "+w.colour(s).Paint(bar), width)
}

// colour tells services apart, so that a trace across services can be read at a glance.
func (w *waterfall) colour(s spans.Span) ui.Style {
	t := w.deps.Theme
	if failed(s) {
		return t.Bad
	}
	sum := 0
	for _, r := range service(s) {
		sum += int(r)
	}
	return t.Categorical[sum%len(t.Categorical)]
}

// bar stands where the span's time stands in the trace's; the shortest is one cell.
func (w *waterfall) bar(s spans.Span, cells int, start time.Time, length time.Duration) string {
	scale := func(d time.Duration) int { return int(float64(d) / float64(length) * float64(cells)) }
	from := min(max(scale(s.Start.Sub(start)), 0), cells-1)
	size := min(max(scale(s.Duration), 1), cells-from)
	return strings.Repeat(" ", from) + strings.Repeat("█", size)
}

// detail is everything about the selected span.
func (w *waterfall) detail(width int) []string {
	t, s := w.deps.Theme, w.spans[w.at]
	lines := []string{t.Header.Line(" "+ui.Clean(s.Name)+"  "+strings.ToLower(s.Kind)+"  "+ui.Clean(service(s))+"  "+ui.Clean(s.Scope), width)}
	if failed(s) {
		lines = append(lines, t.Bad.Paint("   failed: "+ui.Clean(s.StatusText)))
	}
	add := func(name, value string) {
		lines = append(lines, "   "+t.Key.Paint(ui.Clean(name))+" "+ui.Clean(value))
	}
	for _, a := range s.Attributes {
		add(a.Key, a.Value)
	}
	for _, e := range s.Events {
		add("event "+e.Name, ui.Duration(e.Time.Sub(s.Start))+" in")
	}
	for _, l := range s.Links {
		add("link", l.TraceID+" "+l.SpanID)
	}
	return lines
}

func (w *waterfall) move(by int) { w.at = min(max(w.at+by, 0), len(w.spans)-1) }

func (w *waterfall) pages(by int) { w.move(by * max(w.page-1, 1)) }

func (w *waterfall) home() { w.at = 0 }

func (w *waterfall) end() { w.at = len(w.spans) - 1 }

// nextError goes to the next span that failed, around the end.
func (w *waterfall) nextError() {
	for i := range w.spans {
		if j := (w.at + 1 + i) % len(w.spans); failed(w.spans[j]) {
			w.at = j
			break
		}
	}
}

func (w *waterfall) noError() string {
	for _, s := range w.spans {
		if failed(s) {
			return ""
		}
	}
	return "no span failed"
}

// Bindings implements views.Screen.
func (w *waterfall) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"n"}, Help: "next error", Category: "Trace", Do: views.Do(w.nextError), Disabled: w.noError},
		{Keys: []string{"y"}, Help: "copy the trace id", Category: "Trace", Do: views.Do(func() { w.deps.Nav.Copy(w.id) })},
	}
	return append(bs, views.Moves(w.move, w.pages, w.home, w.end)...)
}

// Capturing implements views.Screen.
func (w *waterfall) Capturing() bool { return false }

// Type implements views.Screen.
func (w *waterfall) Type(tea.KeyMsg) tea.Cmd { return nil }

// Close implements views.Screen.
func (w *waterfall) Close() {}

var _ views.Screen = (*waterfall)(nil)
