package traces

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
)

// The glyphs of bars: shape tells the critical path from the rest, colour the service.
const (
	barCritical = '█'
	barBeside   = '▄'
	barQueued   = '╌'
	barRunning  = '▸'
)

// From these sizes on there is room for the services' names, the legend and the ruler.
const (
	serviceWidth = 100
	legendHeight = 12
)

// columns are the cells that the parts of a row take.
type columns struct{ names, service, bars int }

const tookWidth = 9

func (w *waterfall) columns(width int) columns {
	c := columns{names: min(max(width/3, 16), 44)}
	if width >= serviceWidth && len(w.services) > 1 {
		c.service = 11
	}
	c.bars = max(width-c.names-c.service-tookWidth-3, 4)
	return c
}

// Render implements views.Screen.
func (w *waterfall) Render(width, h int) []string {
	if len(w.spans) == 0 {
		return ui.Pad(w.elsewhere(width), width, h)
	}
	cols := w.columns(width)
	lines := []string{ui.Fit(" "+w.facts(width), width)}
	if h >= legendHeight {
		lines = append(lines, ui.Fit(" "+w.legend(width-1), width), w.ruler(cols, width))
	}
	head := len(lines)
	detail := w.brief(width)
	w.page = max(h-head-min(len(detail), max(h/2-1, 1)), 1)
	w.page = max(w.page, min(h-head-len(detail), len(w.rows)))
	from := min(max(w.at-w.page/2, 0), max(len(w.rows)-w.page, 0))
	for at := from; at < min(from+w.page, len(w.rows)); at++ {
		lines = append(lines, w.row(at, cols, width))
	}
	lines = ui.Pad(lines, width, head+w.page)
	return ui.Pad(append(lines, detail...), width, h)
}

func (w *waterfall) facts(width int) string {
	t := w.deps.Theme
	if w.finding.input.Editing() {
		return w.finding.line(t, width-1)
	}
	parts := []string{
		t.Bold.Paint(w.id),
		fmt.Sprintf("%s, %s", views.Things(backends.ExactCount(int64(len(w.spans))), "span", "spans"), ui.Duration(w.shape.end.Sub(w.shape.start))),
	}
	if errors := w.errors(); errors > 0 {
		parts = append(parts, t.Bad.Paint(views.Things(backends.ExactCount(int64(errors)), "error", "errors")))
	}
	if w.running() {
		parts = append(parts, t.Live.Paint("running"))
	}
	if !w.frozen.IsZero() {
		parts = append(parts, t.Warn.Paint("FROZEN "+views.Ago(w.frozen, w.now)))
	}
	if w.finding.active() || w.finding.fault != nil {
		parts = append(parts, w.finding.matched(t))
	}
	parts = append(parts, t.Dim.Paint("from "+w.shape.start.Local().Format("15:04:05.000000")))
	return strings.Join(parts, t.Dim.Paint(" · "))
}

func (w *waterfall) errors() int {
	n := 0
	for i := range w.spans {
		if failed(&w.spans[i]) {
			n++
		}
	}
	return n
}

// legend tells the services with their share of the critical path, and what the glyphs of the bars mean. Where it is
// narrow the glyphs go first, then the services that nothing waited for.
func (w *waterfall) legend(width int) string {
	t := w.deps.Theme
	critical := make([]time.Duration, len(w.services))
	for i, parts := range w.shape.critical {
		at := slices.Index(w.services, w.spans[i].Service())
		for _, p := range parts {
			critical[at] += p.to - p.from
		}
	}
	var parts, waited []string
	for i, name := range w.services {
		share := 100 * float64(critical[i]) / float64(w.shape.took())
		if name == "" {
			name = "no service"
		}
		parts = append(parts, w.colour(i).Paint("■ "+ui.Clean(name))+t.Dim.Paint(fmt.Sprintf(" %.0f%%", share)))
		if share >= 0.5 {
			waited = append(waited, parts[i])
		}
	}
	if len(w.shape.gaps) > 0 {
		share := 100 * float64(w.shape.queued()) / float64(w.shape.took())
		queue := t.Warn.Paint(fmt.Sprintf("╌ in queue %.0f%%", share))
		parts, waited = append(parts, queue), append(waited, queue)
	}
	for _, glyphs := range []string{"█ critical path  ▄ beside it", "█ critical"} {
		if text := strings.Join(append(parts, t.Dim.Paint(glyphs)), "  "); ui.Width(text) <= width {
			return text
		}
	}
	if text := strings.Join(parts, "  "); ui.Width(text) <= width {
		return text
	}
	return strings.Join(waited, "  ")
}

// ruler marks times above the bars.
func (w *waterfall) ruler(c columns, width int) string {
	const apart = 14
	marks := int(max(min(time.Duration(c.bars/apart), w.shape.took()), 1))
	text := ""
	for i := range marks {
		text = ui.Fit(text, i*c.bars/marks) + "│" + ui.Duration(w.shape.took()*time.Duration(i)/time.Duration(marks))
	}
	left := " " + ui.Fit("", c.names+c.service+tookWidth+2)
	return ui.Fit(w.deps.Theme.Dim.Paint(left+ui.Fit(text, c.bars)), width)
}

// row is one span: its name indented by its depth, its service, its time, its bar.
func (w *waterfall) row(at int, c columns, width int) string {
	t, i := w.deps.Theme, w.rows[at]
	s := &w.spans[i]
	left := ui.Fit(w.mark(i)+indent(s.Depth, c.names/2)+w.foldMark(i)+ui.Clean(s.Name), c.names)
	name := ""
	if c.service > 0 {
		name = ui.Fit(" "+ui.Clean(s.Service()), c.service)
	}
	took := ui.FitLeft(ui.Duration(s.Duration), tookWidth)
	bar := w.bar(i, c.bars)
	if at == w.at {
		return t.Selected.Line("▌"+left+name+" "+took+" "+bar, width)
	}
	style := w.colour(slices.Index(w.services, s.Service()))
	if failed(s) {
		style = t.Bad
	}
	if w.finding.active() && !w.finding.match[i] {
		return ui.Fit(t.Dim.Paint(" "+left+name+" "+took+" "+bar), width)
	}
	if s.Running {
		took = t.Live.Paint(took)
	} else {
		took = t.Dim.Paint(took)
	}
	return ui.Fit(" "+left+style.Paint(name)+" "+took+" "+style.Paint(bar), width)
}

// indent is what stands before the name of a span at a depth: two cells a level, and the number of the level where
// that leaves no room for names.
func indent(depth, most int) string {
	if 2*depth <= most {
		return strings.Repeat("  ", depth)
	}
	return ui.FitLeft("…"+strconv.Itoa(depth)+" ", most)
}

// mark says that a span failed or matches.
func (w *waterfall) mark(i int) string {
	switch {
	case w.finding.active() && w.finding.match[i]:
		return w.deps.Theme.Accent.Paint("* ")
	case failed(&w.spans[i]):
		return w.deps.Theme.Bad.Paint("! ")
	}
	return "  "
}

func (w *waterfall) foldMark(i int) string {
	switch {
	case len(w.shape.children[i]) == 0:
		return ""
	case w.folded[w.spans[i].ID]:
		return "▸ "
	}
	return "▾ "
}

// colour tells services apart by the order in which they appear.
func (w *waterfall) colour(service int) ui.Style {
	return w.deps.Theme.Categorical[service%len(w.deps.Theme.Categorical)]
}

// bar stands where the span's time stands in the trace's; the shortest is one cell. Before it stands the
// time that a message lay in a queue until the span took it.
func (w *waterfall) bar(i, cells int) string {
	line := []rune(strings.Repeat(" ", cells))
	total := w.shape.took()
	cell := func(d time.Duration) int {
		return min(max(int(float64(d)/float64(total)*float64(cells)), 0), cells-1)
	}
	fill := func(iv interval, r rune) {
		for at := cell(iv.from); at < max(cell(iv.to-1)+1, cell(iv.from)+1); at++ {
			line[at] = r
		}
	}
	for _, g := range w.shape.gaps {
		if g.consumer == i {
			fill(g.interval, barQueued)
			label(line[cell(g.from):cell(g.to)], "in queue "+ui.Duration(g.to-g.from))
		}
	}
	s := &w.spans[i]
	from := s.Start.Sub(w.shape.start)
	fill(interval{from, from + s.Duration}, barBeside)
	for _, part := range w.shape.critical[i] {
		fill(part, barCritical)
	}
	if s.Running {
		line[cell(from+s.Duration)] = barRunning
	}
	return string(line)
}

// label writes a text in the middle of cells where it leaves some at both sides.
func label(cells []rune, text string) {
	runes := []rune(" " + text + " ")
	if len(cells) < len(runes)+4 {
		return
	}
	copy(cells[(len(cells)-len(runes))/2:], runes)
}

// brief is the most telling of the selected span; Enter shows all.
func (w *waterfall) brief(width int) []string {
	t, i := w.deps.Theme, w.selected()
	s := &w.spans[i]
	lines := []string{t.Header.Line(" "+headOf(s), width)}
	lines = append(lines, ui.Fit("   "+strings.Join(timesOf(t, s, w.shape, i), t.Dim.Paint(" · ")), width))
	if doubt := w.shape.doubt(s, i); doubt != "" {
		lines = append(lines, "   "+t.Warn.Paint(doubt))
	}
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
		if linked, here := w.deps.Spans.Find(l.TraceID, l.SpanID); here {
			if doubt := untimely(&linked, s); doubt != "" {
				lines = append(lines, "   "+t.Warn.Paint(doubt))
			}
		}
	}
	return lines
}

// headOf is what a span is, in a line.
func headOf(s *spans.Span) string {
	parts := []string{ui.Clean(s.Name), strings.ToLower(s.Kind), ui.Clean(s.Service()), ui.Clean(s.Scope)}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "  ")
}

// timesOf are the times of a span within its trace.
func timesOf(t *ui.Theme, s *spans.Span, sh *shape, i int) []string {
	parts := []string{"took " + ui.Duration(s.Duration)}
	if s.Running {
		parts = []string{t.Live.Paint("running for " + ui.Duration(s.Duration))}
	}
	parts = append(parts, "itself "+ui.Duration(sh.self[i]))
	critical := time.Duration(0)
	for _, p := range sh.critical[i] {
		critical += p.to - p.from
	}
	parts = append(parts, fmt.Sprintf("critical %s (%.0f%%)", ui.Duration(critical), 100*float64(critical)/float64(sh.took())))
	parts = append(parts, "began "+ui.Duration(s.Start.Sub(sh.start))+" in")
	for _, g := range sh.gaps {
		if g.consumer == i {
			parts = append(parts, t.Warn.Paint("its message lay in queue for "+ui.Duration(g.to-g.from)))
		}
	}
	return parts
}

// doubt is what makes the place of a span among the others uncertain, "" for nothing.
func (sh *shape) doubt(s *spans.Span, i int) string {
	switch {
	case s.Parent != "" && sh.parent[i] < 0:
		return "its parent is not here"
	case sh.early[i] > 0:
		return "began " + ui.Duration(sh.early[i]) + " before its parent: their clocks may differ"
	}
	return ""
}

// elsewhere says that the trace is not here, and what to search for where it may be.
func (w *waterfall) elsewhere(width int) []string {
	t := w.deps.Theme
	lines := []string{""}
	say := func(style ui.Style, text string) {
		for _, line := range ui.CleanText(text, max(width-4, 10), 4) {
			lines = append(lines, "  "+style.Paint(line))
		}
	}
	if w.ref.Trace.IsValid() {
		say(t.Bold, "trace "+w.id+" is not here")
		say(t.Dim, "No span of it has reached this console. It opens as soon as one does. Search for these ids where the applications send their spans:")
	} else {
		say(t.Bold, "this message has no id that OpenTelemetry uses")
		say(t.Dim, "Search for these ids in the system that made them:")
	}
	lines = append(lines, "")
	add := func(name, value string) {
		lines = append(lines, "  "+t.Key.Paint(ui.Fit(ui.Clean(name), max(min(ui.Width(name), 24), 16)))+" "+ui.Clean(value))
	}
	for _, id := range w.ids() {
		add(id.Name, string(id.Value))
	}
	if w.ref.Where != "" {
		add("found in", w.ref.Where)
	}
	return lines
}
