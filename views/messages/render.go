package messages

import (
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// Render implements views.Screen: a line of facts, the column titles, the newest or chosen rows.
func (s *Screen) Render(w, h int) []string {
	t := s.deps.Theme
	lines := append([]string{ui.Fit(" "+s.facts(), w)}, s.legend(w, h)...)
	visible := max(h-1-len(lines), 0)
	s.height = visible + 2
	total, at := s.log.len(), s.log.index(s.selected)
	from := min(max(at-visible/2, 0), max(total-visible, 0))
	if s.follow {
		from = max(total-visible, 0)
	}
	call := s.callColumn(w)
	cols := s.rows.layout(w-call, s.fieldNames(from, min(from+visible, total), w-call))
	title := "  " + cols.titles()
	if call > 0 {
		title += " REPLY"
	}
	lines = append(lines, t.Header.Line(title, w))
	for i := from; i < min(from+visible, total); i++ {
		lines = append(lines, s.line(s.log.at(i), cols, w))
	}
	if total == 0 && visible > 1 {
		lines = append(lines, "", t.Dim.Paint("  "+s.nothing()))
	}
	return ui.Pad(lines, w, h)
}

func (s *Screen) line(e entry, cols columns, w int) string {
	t := s.deps.Theme
	if e.msg.Gap != "" {
		mark := "  "
		if e.n == s.selected {
			mark = "▌ "
		}
		return t.Warn.Line(mark+"┄┄ "+e.msg.Time.Local().Format("15:04:05")+" gap: "+ui.Clean(e.msg.Gap), w)
	}
	text := s.rows.text(e, cols)
	if s.callColumn(w) > 0 {
		text += " " + s.callCell(e)
	}
	if e.n == s.selected {
		return t.Selected.Line("▌ "+text, w)
	}
	return ui.Fit("  "+text, w)
}

// nothing says why the list is empty.
func (s *Screen) nothing() string {
	switch {
	case !s.filter.Empty():
		return "no message matches the filter"
	case s.opt.Tail != nil:
		if err := s.opt.Tail.State().Err; err != nil {
			return views.ShortError(err)
		}
		return "nothing has come yet"
	}
	return "there are no messages"
}

// facts is the line above the messages: how many, how fast, what was lost.
func (s *Screen) facts() string {
	t := s.deps.Theme
	if s.filter.Editing() {
		return s.filter.Render(t, 60)
	}
	var parts []string
	if s.opt.Tail == nil {
		parts = s.copyFacts()
	} else {
		parts = s.flowFacts()
	}
	if !s.filter.Empty() {
		parts = append(parts, t.Accent.Paint("/"+ui.Clean(s.filter.Value())+" "+strconv.Itoa(s.log.len())))
	}
	return strings.Join(parts, t.Dim.Paint(" · "))
}

func (s *Screen) copyFacts() []string {
	t := s.deps.Theme
	kept := backends.ExactCount(int64(s.log.kept()))
	parts := []string{t.Bold.Paint(views.Things(kept, "message", "messages"))}
	if s.opt.Where != "" {
		parts = append(parts, t.Accent.Paint(s.opt.Where))
	}
	if !s.opt.Taken.IsZero() {
		parts = append(parts, t.Dim.Paint("copies as of "+s.opt.Taken.Local().Format("15:04:05")))
	}
	if calls := s.callFacts(); calls != "" {
		parts = append(parts, calls)
	}
	return parts
}

func (s *Screen) flowFacts() []string {
	t := s.deps.Theme
	state := s.opt.Tail.State()
	parts := []string{s.flowState(state)}
	parts = append(parts, t.Bold.Paint(views.Exactly(s.seen(state)))+" seen")
	if flow := s.opt.Tail.Flows.Sum(); flow.ByteRate.Known() {
		parts = append(parts, ui.Bytes(int64(flow.ByteRate.Value))+"/s")
	}
	parts = append(parts, ui.Rate(s.stats.Rate)+" "+t.Live.Paint(ui.Sparkline(s.stats.History[backends.RateSpan-20:], 20)))
	if s.skipped > 0 {
		parts = append(parts, t.Warn.Paint(views.Exactly(s.skipped)+" not kept"))
	}
	if state.LostAtServer.Value > 0 {
		parts = append(parts, t.Warn.Paint(views.Count(state.LostAtServer)+" dropped by the server"))
	}
	if state.Gaps > 0 {
		parts = append(parts, t.Warn.Paint(views.Things(backends.ExactCount(int64(state.Gaps)), "gap", "gaps")))
	}
	if state.Sampled {
		parts = append(parts, t.Warn.Paint("sampled"))
	}
	if calls := s.callFacts(); calls != "" {
		parts = append(parts, calls)
	}
	for _, n := range state.Notes {
		parts = append(parts, t.Dim.Paint(ui.Clean(n)))
	}
	return parts
}

// callFacts are the requests and replies of the flow, once both were seen: "12 calls answered in 4ms, 1 open".
func (s *Screen) callFacts() string {
	stats := s.pairs.calls.Stats()
	if stats.Answered == 0 { // replies may go where nobody looks
		return ""
	}
	text := views.Things(backends.ExactCount(int64(stats.Answered)), "call", "calls") + " answered"
	if stats.Median.Known() {
		text += " in " + views.Mark(stats.Median.Certainty, ui.Duration(stats.Median.Value))
	}
	return text + ", " + views.Exactly(stats.Open) + " open"
}

// seen is how many messages have come; the marks of gaps stand among them and are none.
func (s *Screen) seen(state backends.TailState) uint64 {
	all := s.stats.Seen()
	return all - min(uint64(state.Gaps), all)
}

func (s *Screen) flowState(state backends.TailState) string {
	t := s.deps.Theme
	if !s.frozen.IsZero() {
		more := views.Exactly(s.stats.Seen() - s.frozenAt)
		return t.Warn.Paint("FROZEN " + views.Ago(s.frozen, s.now) + " +" + more)
	}
	switch state.State {
	case backends.Live:
		return t.Live.Paint("● live")
	case backends.Connecting:
		return t.Warn.Paint("◌ connecting")
	case backends.Stale, backends.Down:
	}
	text := "○ " + state.State.String() + " " + views.Ago(state.Since, s.now)
	if state.Err != nil {
		text += " " + views.ShortError(state.Err)
	}
	return t.Bad.Paint(text)
}

// rows makes the text of rows and remembers it while the layout stays.
type rows struct {
	deps *views.Deps
	// routes are told apart by their marks; nil where there are no several.
	routes *routes
	memo   map[uint64]string
	cols   columns
	// changes are those of the pins that memo was made with.
	changes uint64
}

// memoMax bounds the remembered rows.
const memoMax = 4_000

// columns are the widths of a layout; a width of 0 leaves the column out.
type columns struct {
	clock, where, format, size, preview int
	// fields are the names of the fields that have a column, each followed by a zero byte.
	fields string
}

func (r *rows) layout(w int, fields []string) columns {
	c := columns{clock: 12, where: 20, format: 14, size: 9}
	if w < 100 {
		c = columns{clock: 8, where: 16, format: 12, size: 8}
	}
	if w < 60 {
		c = columns{clock: 8, format: 9}
	}
	c.preview = w - 2
	for _, width := range []int{c.clock, c.where, c.format, c.size} {
		if width > 0 {
			c.preview -= width + 1
		}
	}
	for _, name := range fields {
		c.fields += name + "\x00"
		c.preview -= fieldWidth + 1
	}
	c.preview = max(c.preview, 8)
	if c != r.cols {
		r.cols = c
		r.forget()
	}
	return c
}

func (r *rows) forget() { r.memo = make(map[uint64]string) }

func (c columns) titles() string {
	names := c.fieldNames()
	for i, name := range names {
		names[i] = ui.Clean(name)
	}
	return c.join("TIME", "WHERE", "FORMAT", "SIZE", names, "PAYLOAD")
}

func (c columns) join(clock, where, format, size string, fields []string, preview string) string {
	var b strings.Builder
	for _, cell := range []struct {
		text  string
		width int
		fit   func(string, int) string
	}{{clock, c.clock, ui.Fit}, {where, c.where, ui.Fit}, {format, c.format, ui.Fit}, {size, c.size, ui.FitLeft}} {
		if cell.width > 0 {
			b.WriteString(cell.fit(cell.text, cell.width))
			b.WriteByte(' ')
		}
	}
	for _, value := range fields {
		b.WriteString(ui.Fit(value, fieldWidth))
		b.WriteByte(' ')
	}
	b.WriteString(ui.Fit(preview, c.preview))
	return b.String()
}

func (r *rows) text(e entry, c columns) string {
	if changes := r.deps.Decoder.Changes(); changes != r.changes {
		r.forget()
		r.changes = changes
	}
	if text, ok := r.memo[e.n]; ok {
		return text
	}
	if len(r.memo) > memoMax {
		r.forget()
	}
	m := e.msg
	where := m.Route
	if m.Position != "" {
		where = m.Position
	}
	format, preview := r.payload(m, c)
	shown := ui.Clean(where)
	if r.routes != nil {
		shown = r.routes.paint(r.deps.Theme, m.Route, shown)
	}
	text := c.join(clock(m.Time, c.clock), shown, fitChain(format, c.format), ui.Bytes(size(m)), r.fieldValues(m, c), preview)
	r.memo[e.n] = text
	return text
}

// fitChain shortens a chain of layers from the outside: the innermost says what the payload is.
func fitChain(chain string, width int) string {
	chain = strings.ReplaceAll(chain, " → ", "→")
	for ui.Width(chain) > width {
		_, inner, found := strings.Cut(strings.TrimPrefix(chain, "…→"), "→")
		if !found {
			break
		}
		chain = "…→" + inner
	}
	return chain
}

// size is that of the body, or of the fields of a message that has none.
func size(m backends.Message) int64 {
	if m.Size > 0 {
		return int64(m.Size)
	}
	n := 0
	for _, f := range m.Headers {
		n += len(f.Name) + len(f.Value)
	}
	return int64(n)
}

// payload is the decode chain and a one-line look at a message.
func (r *rows) payload(m backends.Message, c columns) (format, preview string) {
	if len(m.Body) == 0 && len(m.Headers) > 0 {
		return "fields", ui.Clean(r.fieldsPreview(m, c))
	}
	d := r.deps.Decoder.Decode(m, "")
	preview = ui.Clean(d.Preview(c.preview))
	if said := r.deps.Narrate(m).Line(); said != "" {
		preview = r.deps.Theme.Accent.Paint(ui.Clean(said)) + r.deps.Theme.Dim.Paint(" · ") + preview
	}
	return d.Chain(), preview
}

// fieldsPreview shows a message that is all fields, as stream entries are, without those that have a
// column.
func (r *rows) fieldsPreview(m backends.Message, c columns) string {
	var b strings.Builder
	for _, f := range m.Headers {
		if b.Len() > c.preview {
			break
		}
		if tracing(f.Name) || strings.Contains("\x00"+c.fields, "\x00"+f.Name+"\x00") {
			continue
		}
		value := r.deps.Decoder.DecodeField(m, f, "")
		b.WriteString(f.Name + "=" + value.Preview(c.preview) + "  ")
	}
	return b.String()
}

func clock(t time.Time, width int) string {
	switch {
	case t.IsZero():
		return "–"
	case width < 12:
		return t.Local().Format("15:04:05")
	}
	return t.Local().Format("15:04:05.000")
}
