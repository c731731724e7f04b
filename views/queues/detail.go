package queues

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/messages"
)

const (
	// peekCount is how many messages one look takes.
	peekCount = 10
	// namesakes bounds the listing in which the queue is found again: names that contain its own.
	namesakes = 500
)

// detail shows one queue: its figures, kept live, and copies of its messages once the person
// has asked for them. Where looking changes nothing they are there at once.
type detail struct {
	*messages.Screen
	deps *views.Deps
	item item
	feed *backends.Feed[page]
	last backends.Snapshot[page]
	now  time.Time
	// about describes the queue; nil where the source cannot, and its figures come from a listing.
	about *about

	asked    bool // the screen was opened in order to look
	plan     *backends.Plan
	planning bool
	taken    bool
	gone     time.Time // when the queue was first missing, zero while it is there
	failure  error
}

func newDetail(d *views.Deps, it item) *detail {
	q := &detail{deps: d, item: it, now: d.Now()}
	q.Screen = messages.New(d, messages.Options{
		Title: "queue " + ui.Clean(it.Value.Name), Source: it.Source.Identity().Name, Again: q.look,
	})
	if q.about = newAbout(d, it); q.about != nil {
		return q
	}
	q.feed = backends.NewFeed(it.Source.Pace(), views.Refreshing(d, "queue", func(ctx context.Context) (page, error) {
		return it.Source.Roles().Queues.ListQueues(ctx, backends.Query{Match: it.Value.Name, Limit: namesakes})
	}))
	return q
}

// Start is called when the screen is first shown: it finds out what a look would do, and looks
// where that changes nothing or was asked for.
func (q *detail) Start() tea.Cmd {
	return q.planned(func() {
		if q.plan.Consent == backends.Free || q.asked && q.plan.Consent != backends.Refused {
			q.deps.Nav.Run(q.ask())
		}
	})
}

// look plans anew, because each look may use up something, asks for consent where that is needed,
// and takes copies.
func (q *detail) look() tea.Cmd {
	return q.planned(func() { q.deps.Nav.Run(q.ask()) })
}

func (q *detail) planned(then func()) tea.Cmd {
	q.planning = true
	role, name := q.item.Source.Roles().Queues, q.item.Value.Name
	return views.Work(q.deps, "plan peek "+ui.CleanPlain(name),
		func(ctx context.Context) (backends.Plan, error) {
			return backends.PlanPeekOf(ctx, role, name, peekCount)
		},
		func(plan backends.Plan, err error) {
			q.failure, q.planning = err, false
			if err == nil {
				q.plan = &plan
				then()
			}
		})
}

func (q *detail) ask() tea.Cmd {
	role := q.item.Source.Roles().Queues
	return q.deps.Nav.Ask(*q.plan, peekCount, func(look backends.Look) tea.Cmd {
		return views.Work(q.deps, "peek "+ui.CleanPlain(look.Target.Name),
			func(ctx context.Context) ([]backends.Message, error) { return role.Peek(ctx, look) }, q.looked)
	})
}

func (q *detail) looked(msgs []backends.Message, err error) {
	if q.failure = err; err != nil {
		return
	}
	q.taken = true
	if q.about != nil {
		q.about.part = partMessages
		q.about.feed.Refresh() // a look may tell what nobody else does
	}
	q.Restart(messages.Options{
		Title: q.Title(), Source: q.item.Source.Identity().Name,
		History: msgs, Taken: q.deps.Now(), Again: q.look,
	})
}

// Sync implements views.Screen.
func (q *detail) Sync(now time.Time) bool {
	q.now = now
	changed := q.Screen.Sync(now)
	if q.about != nil {
		if q.about.sync(now) {
			q.described(q.about.last)
			changed = true
		}
		return changed
	}
	snap := q.feed.Look()
	if snap.Revision == q.last.Revision {
		return changed
	}
	q.last = snap
	if snap.Err == nil {
		q.find(snap)
		q.back()
	}
	return true
}

// back looks again when the server could not be reached before.
func (q *detail) back() {
	if q.plan == nil && !q.planning && q.failure != nil && backends.ReasonOf(q.failure) == backends.Unreachable {
		q.deps.Nav.Run(q.Start())
	}
}

// described takes over the figures of a description, or notes that the queue is not there any more.
func (q *detail) described(snap backends.Snapshot[backends.QueueDetail]) {
	switch {
	case snap.Err == nil:
		q.item.Value, q.item.At, q.gone = snap.Value.Queue, snap.At, time.Time{}
		q.back()
	case backends.ReasonOf(snap.Err) == backends.NotFound && q.gone.IsZero():
		q.gone = q.now
	}
}

// find takes the queue's own figures out of a listing, or notes that it is not there any more.
func (q *detail) find(snap backends.Snapshot[page]) {
	for _, v := range snap.Value.Items {
		if v.Name == q.item.Value.Name {
			q.item.Value, q.item.At, q.gone = v, snap.At, time.Time{}
			return
		}
	}
	if q.gone.IsZero() && len(snap.Value.Items) < namesakes {
		q.gone = snap.At
	}
}

// Close implements views.Screen.
func (q *detail) Close() {
	if q.about != nil {
		q.about.feed.Close()
	} else {
		q.feed.Close()
	}
	q.Screen.Close()
}

// Render implements views.Screen.
func (q *detail) Render(w, h int) []string {
	if q.about != nil && q.about.there() {
		return q.renderAbout(w, h)
	}
	lines := q.facts(w, h)
	if !q.taken {
		return ui.Pad(append(lines, q.invitation(w)...), w, h)
	}
	return append(lines, q.Screen.Render(w, h-len(lines))...)[:h]
}

// roomy is from how many lines on the figures and settings take more than one line each.
const roomy = 16

func (q *detail) facts(w, h int) []string {
	t, v := q.deps.Theme, q.item.Value
	most := 1
	if h >= roomy {
		most = 3
	}
	lines := views.Flow(t, w-1, most,
		t.Bold.Paint(views.Count(v.Ready))+" ready", views.Count(v.Unacked)+" unacked",
		views.Things(v.Consumers, "consumer", "consumers"),
		"in "+views.Rate(v.InRate), "out "+views.Rate(v.OutRate), "net "+views.SignedRate(v.NetRate),
	)
	lines = append(lines, views.Flow(t, w-1, most, q.settings()...)...)
	for i, l := range lines {
		lines[i] = ui.Fit(" "+l, w)
	}
	return append(lines, q.troubles(w)...)
}

// troubles are the lines that say that the queue is gone and what failed.
func (q *detail) troubles(w int) []string {
	t := q.deps.Theme
	var lines []string
	if !q.gone.IsZero() {
		lines = append(lines, ui.Fit(t.Bad.Paint(" not there since "+q.gone.Local().Format("15:04:05")+"; these are its last figures"), w))
	}
	if q.failure != nil {
		lines = append(lines, views.ErrorLines(t, q.failure, w)...)
	}
	return lines
}

// renderAbout draws the description with the part that is looked at.
func (q *detail) renderAbout(w, h int) []string {
	a := q.about
	lines := append(a.facts(w, h), q.troubles(w)...)
	if err := a.last.Err; err != nil && q.gone.IsZero() {
		lines = append(lines, views.ErrorLines(q.deps.Theme, err, w)...)
	}
	lines = append(lines[:min(len(lines), max(h-leastTable, 0))], a.bar(w))
	left := h - len(lines)
	switch {
	case a.part == partMessages && q.taken:
		return ui.Pad(append(lines, q.Screen.Render(w, left)...), w, h)
	case a.part == partMessages:
		return ui.Pad(append(lines, q.invitation(w)...), w, h)
	case w >= spacious && h >= spaciousLines && !a.last.Value.Blind:
		lines = append(lines, a.together(w, left)...)
	default:
		body := a.body(w, left)
		lines = append(lines, body[:min(len(body), left)]...)
	}
	if a.part == partReaders && !q.taken {
		more := q.invitation(w)
		if len(lines)+len(more) > h {
			more = q.shortInvitation(w)
		}
		// The end of the part makes room: that a look can be had is known on every screen.
		lines = append(lines[:max(min(len(lines), h-len(more)), 0)], more...)
	}
	return ui.Pad(lines, w, h)
}

// shortInvitation is the invitation where there is no room for what a look would do.
func (q *detail) shortInvitation(w int) []string {
	t := q.deps.Theme
	switch {
	case q.plan == nil:
		return nil
	case q.plan.Consent == backends.Refused:
		return []string{ui.Fit("  "+t.Warn.Paint("bustop does not look into this queue; Messages says why."), w)}
	}
	return []string{ui.Fit("  "+t.Key.Paint("p")+" takes a look; Messages says what that does to them", w)}
}

// settings are what kind of queue it is and how it is set up.
func (q *detail) settings() []string {
	t, v := q.deps.Theme, q.item.Value
	settings := []string{t.Dim.Paint(kind(v))}
	if v.Policy != "" {
		settings = append(settings, "policy "+ui.Clean(v.Policy))
	}
	if v.DeadLetterExchange != "" {
		settings = append(settings, "dead letters to "+ui.Clean(v.DeadLetterExchange))
	}
	if !v.HeadTime.IsZero() {
		settings = append(settings, "oldest "+views.Ago(v.HeadTime, q.now))
	}
	if v.Bytes.Known() {
		settings = append(settings, views.Bytes(v.Bytes))
	}
	for _, a := range v.Arguments {
		settings = append(settings, t.Dim.Paint(ui.Clean(a.Name)+"="+ui.Clean(string(a.Value))))
	}
	for _, s := range v.States {
		settings = append(settings, ui.Clean(s.Name)+" "+views.Count(s.Count))
	}
	return settings
}

// invitation says what a look at the messages would do and by which key it happens.
func (q *detail) invitation(w int) []string {
	t := q.deps.Theme
	switch {
	case q.plan == nil && q.failure == nil:
		return []string{"", t.Dim.Paint(" finding out what a look would do …")}
	case q.plan == nil:
		return nil
	}
	lines := []string{""}
	for _, effect := range q.plan.Effects {
		for _, l := range ui.CleanText(effect, max(w-4, 10), 0) {
			lines = append(lines, "  "+l)
		}
	}
	return append(append(lines, ""), offers(t, *q.plan)...)
}

// Bindings implements views.Screen.
func (q *detail) Bindings() []ui.Binding {
	bs := []ui.Binding{{Keys: []string{"p"}, Help: "peek at messages", Category: "Queue", Do: q.look, Disabled: q.refused}}
	if b, ok := views.NotThis(q.deps.Nav, ruleOf(q.item), "Queue", q.deps.Nav.Back); ok {
		bs = append(bs, b)
	}
	bs = append(bs, commandKey(q.deps, q.plan)...)
	if q.about != nil {
		bs = append(bs, q.about.bindings()...)
	}
	if q.taken && (q.about == nil || q.about.part == partMessages) {
		bs = append(bs, q.Screen.Bindings()...)
	}
	return bs
}

func (q *detail) refused() string {
	if q.plan != nil && q.plan.Consent == backends.Refused {
		return "refused: see above"
	}
	return ""
}

var (
	_ views.Screen  = (*detail)(nil)
	_ views.Starter = (*detail)(nil)
)
