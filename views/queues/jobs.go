package queues

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/inspector"
)

// jobsAtOnce is how many jobs of a state are read together.
const jobsAtOnce = 100

// jobRow is one job on screen.
type jobRow struct {
	msg backends.Message
	at  int // its place in the state
	// preview is made when the row is first drawn.
	preview *string
}

// jobs shows one queue of a job library: its states with their counts, kept live, and the jobs of
// one of them as they were when they were read.
type jobs struct {
	deps *views.Deps
	item item
	feed *backends.Feed[page]
	last backends.Snapshot[page]
	now  time.Time
	gone time.Time

	state   string // "" until the adapter has chosen
	offset  int
	page    backends.JobPage
	read    time.Time // zero before the first page
	reading bool
	failure error
	table   *ui.Table[jobRow]
	filter  *views.Filter
}

func newJobs(d *views.Deps, it item) *jobs {
	j := &jobs{deps: d, item: it, now: d.Now(), filter: views.NewFilter()}
	j.table = ui.NewTable(func(r jobRow) string { return strconv.Itoa(r.at) + "\x00" + r.msg.Position }, j.columns()...)
	j.table.SortBy(-1, false)
	j.feed = backends.NewFeed(it.Source.Pace(), views.Refreshing(d, "jobs", func(ctx context.Context) (page, error) {
		return it.Source.Roles().Queues.ListQueues(ctx, backends.Query{Match: it.Value.Name, Limit: namesakes})
	}))
	return j
}

// hasJobs reports whether a queue is one of a job library whose jobs can be read.
func hasJobs(it item) bool {
	_, ok := it.Source.Roles().Queues.(backends.JobQueues)
	return ok && it.Value.Framework != "" && len(it.Value.States) > 0
}

func (j *jobs) columns() []ui.Column[jobRow] {
	text := func(title, header string, width, flex, most, hide int) ui.Column[jobRow] {
		return ui.Column[jobRow]{
			Title: title, Width: width, Flex: flex, Most: most, Hide: hide,
			Cell: func(r jobRow) string { return ui.Clean(r.msg.Header(header)) },
			Less: func(a, b jobRow) bool { return a.msg.Header(header) < b.msg.Header(header) },
		}
	}
	failed := text("ERROR", backends.JobError, 14, 1, 60, 3)
	failed.Cell = func(r jobRow) string { return j.deps.Theme.Bad.Paint(ui.Clean(problem(r.msg))) }
	failed.Less = func(a, b jobRow) bool { return problem(a.msg) < problem(b.msg) }
	return []ui.Column[jobRow]{
		{
			Title: "ID", Width: 8, Flex: 1, Most: 36,
			Cell: func(r jobRow) string { return ui.Clean(r.msg.Position) },
			Less: func(a, b jobRow) bool { return byNumber(a.msg.Position, b.msg.Position) < 0 },
		},
		text("NAME", backends.JobName, 14, 1, 40, 0),
		{
			Title: "AGE", Width: 5, Right: true, Hide: 2,
			Cell: func(r jobRow) string { return views.Ago(r.msg.Time, j.now) },
			Less: func(a, b jobRow) bool { return b.msg.Time.Before(a.msg.Time) },
		},
		{
			Title: "TRIES", Width: 5, Right: true, Hide: 4,
			Cell: func(r jobRow) string { return ui.Clean(tries(r.msg)) },
			Less: func(a, b jobRow) bool {
				return byNumber(a.msg.Header(backends.JobAttempts), b.msg.Header(backends.JobAttempts)) < 0
			},
		},
		failed,
		{Title: "PAYLOAD", Width: 20, Flex: 2, Cell: j.preview},
	}
}

// byNumber compares texts that may be numbers.
func byNumber(a, b string) int {
	m, err := strconv.Atoi(a)
	n, other := strconv.Atoi(b)
	if err == nil && other == nil {
		return cmp.Compare(m, n)
	}
	return cmp.Compare(a, b)
}

// tries words how often a job was tried, of how often it may be.
func tries(m backends.Message) string {
	text := cmp.Or(m.Header(backends.JobAttempts), views.Unknown)
	if most := m.Header(backends.JobMaxAttempts); most != "" && len(most) <= 3 {
		text += "/" + most
	}
	return text
}

// problem is why a job failed, in one line.
func problem(m backends.Message) string {
	class, text := m.Header(backends.JobErrorClass), m.Header(backends.JobError)
	if class != "" && text != "" {
		return class + ": " + text
	}
	return class + text
}

const previewWidth = 160

func (j *jobs) preview(r jobRow) string {
	if *r.preview == "" {
		m := r.msg
		m.Source = j.item.Source.Identity().Name
		*r.preview = ui.Clean(j.deps.Decoder.Decode(m, "").Preview(previewWidth))
		if len(m.Body) == 0 && m.Size > 0 {
			*r.preview = j.deps.Theme.Dim.Paint(ui.Bytes(int64(m.Size)) + ", too long to be read here")
		}
	}
	return *r.preview
}

// Title implements views.Screen.
func (j *jobs) Title() string { return "queue " + ui.Clean(j.item.Value.Name) }

// Start implements views.Starter: the jobs that wait are read.
func (j *jobs) Start() tea.Cmd { return j.load() }

// load reads the jobs of the state that is chosen.
func (j *jobs) load() tea.Cmd {
	role, ok := j.item.Source.Roles().Queues.(backends.JobQueues)
	if !ok {
		return nil
	}
	j.reading = true
	name, state, offset := j.item.Value.Name, j.state, j.offset
	return views.Work(j.deps, "read jobs "+ui.CleanPlain(name),
		func(ctx context.Context) (backends.JobPage, error) {
			return role.ReadJobs(ctx, name, state, offset, jobsAtOnce)
		},
		func(page backends.JobPage, err error) {
			if state != j.state || offset != j.offset {
				return // the person has gone on to another state
			}
			j.reading, j.failure = false, err
			if err == nil {
				j.show(page)
			}
		})
}

func (j *jobs) show(page backends.JobPage) {
	j.page, j.state, j.read = page, page.State, j.deps.Now()
	rows := make([]jobRow, len(page.Jobs))
	for i, m := range page.Jobs {
		rows[i] = jobRow{msg: m, at: j.offset + i, preview: new(string)}
	}
	j.table.SetRows(rows)
}

// turn goes to the next state, or back.
func (j *jobs) turn(by int) tea.Cmd {
	states := j.item.Value.States
	at := slices.IndexFunc(states, func(s backends.NamedCount) bool { return s.Name == j.state })
	for range states { // states that only a count is known of cannot be opened
		at = (at + by + len(states)) % len(states)
		if !onlyCounted(states[at].Name) {
			break
		}
	}
	j.state, j.offset, j.page, j.read = states[at].Name, 0, backends.JobPage{}, time.Time{}
	j.table.SetRows(nil)
	return j.load()
}

// onlyCounted: what is in work is known from the workers, and the jobs are with them.
func onlyCounted(state string) bool { return state == "busy" }

// further reads the next or the previous jobs of the state.
func (j *jobs) further(by int) tea.Cmd {
	j.offset = max(j.offset+by*jobsAtOnce, 0)
	return j.load()
}

func (j *jobs) noFurther() string {
	if int64(j.offset+len(j.page.Jobs)) >= j.page.Total.Value {
		return "these are the last"
	}
	return ""
}

func (j *jobs) noBefore() string {
	if j.offset == 0 {
		return "these are the first"
	}
	return ""
}

// Sync implements views.Screen.
func (j *jobs) Sync(now time.Time) bool {
	j.now = now
	snap := j.feed.Look()
	if snap.Revision == j.last.Revision {
		return false
	}
	j.last = snap
	if snap.Err != nil {
		return true
	}
	i := slices.IndexFunc(snap.Value.Items, func(q backends.Queue) bool { return q.Name == j.item.Value.Name })
	switch {
	case i >= 0:
		j.item.Value, j.item.At, j.gone = snap.Value.Items[i], snap.At, time.Time{}
	case j.gone.IsZero() && len(snap.Value.Items) < namesakes:
		j.gone = snap.At
	}
	if !j.reading && backends.ReasonOf(j.failure) == backends.Unreachable && j.failure != nil {
		j.deps.Nav.Run(j.load()) // the server is back
	}
	return true
}

// Close implements views.Screen.
func (j *jobs) Close() { j.feed.Close() }

// Capturing implements views.Screen.
func (j *jobs) Capturing() bool { return j.filter.Editing() }

// Type implements views.Screen.
func (j *jobs) Type(key tea.KeyMsg) tea.Cmd {
	if j.filter.Type(key) {
		j.refilter()
	}
	return nil
}

func (j *jobs) refilter() {
	if j.filter.Empty() {
		j.table.SetFilter(nil)
		return
	}
	j.table.SetFilter(func(r jobRow) bool {
		text := r.msg.Position + "\n" + string(r.msg.Body)
		for _, h := range r.msg.Headers {
			text += "\n" + h.Name + " " + string(h.Value)
		}
		return j.filter.Match(text)
	})
}

func (j *jobs) dropFilter() {
	j.filter.Clear()
	j.refilter()
}

func (j *jobs) open() {
	if r, ok := j.table.Selected(); ok {
		r.msg.Source = j.item.Source.Identity().Name
		j.deps.Nav.Push(inspector.New(j.deps, r.msg))
	}
}

func (j *jobs) openTrace() {
	if r, ok := j.table.Selected(); ok {
		r.msg.Source = j.item.Source.Identity().Name
		views.OpenTraceOf(j.deps, r.msg)
	}
}

func (j *jobs) needsJob() string {
	if _, ok := j.table.Selected(); !ok {
		return "no job is selected"
	}
	return ""
}

func (j *jobs) copyID() {
	if r, ok := j.table.Selected(); ok {
		j.deps.Nav.Copy(ui.CleanPlain(r.msg.Position))
	}
}

// Bindings implements views.Screen.
func (j *jobs) Bindings() []ui.Binding {
	turn := func(by int) func() tea.Cmd { return func() tea.Cmd { return j.turn(by) } }
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "open", Category: "Jobs", Do: views.Do(j.open), Disabled: j.needsJob},
		{Keys: []string{"]"}, Help: "next state", Category: "Jobs", Do: turn(1)},
		{Keys: []string{"["}, Help: "previous state", Category: "Jobs", Hidden: true, Do: turn(-1)},
		{Keys: []string{"/"}, Help: "filter (! inverts)", Hint: "filter", Category: "Jobs", Do: views.Do(j.filter.Begin)},
		{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Jobs", Do: views.Do(j.table.NextSort)},
		{Keys: []string{"S"}, Help: "reverse order", Category: "Jobs", Hidden: true, Do: views.Do(j.table.ReverseSort)},
		{Keys: []string{">"}, Help: "the next jobs of this state", Hint: "more", Category: "Jobs", Do: func() tea.Cmd { return j.further(1) }, Disabled: j.noFurther},
		{Keys: []string{"<"}, Help: "the jobs before these", Category: "Jobs", Hidden: true, Do: func() tea.Cmd { return j.further(-1) }, Disabled: j.noBefore},
		{Keys: []string{"r"}, Help: "read the jobs again", Hint: "again", Category: "Jobs", Do: j.load},
		{Keys: []string{"t"}, Help: "its trace", Category: "Jobs", Do: views.Do(j.openTrace), Disabled: j.needsJob},
		{Keys: []string{"y"}, Help: "copy the id", Category: "Jobs", Do: views.Do(j.copyID), Disabled: j.needsJob},
	}
	if b, ok := views.NotThis(j.deps.Nav, ruleOf(j.item), "Jobs", j.deps.Nav.Back); ok {
		bs = append(bs, b)
	}
	if !j.filter.Empty() {
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "drop the filter", Category: "Jobs", Do: views.Do(j.dropFilter)})
	}
	return append(bs, views.Moves(j.table.Move, j.table.Page, j.table.Home, j.table.End)...)
}

var (
	_ views.Screen  = (*jobs)(nil)
	_ views.Starter = (*jobs)(nil)
)
