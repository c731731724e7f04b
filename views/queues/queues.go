// Package queues is the pane of places where messages wait to be taken once: how many wait, how
// many are out, who takes them, and, after the person has agreed to what it costs, what they say.
package queues

import (
	"cmp"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/deadletters"
	"bustop/views/topology"
)

// trendLength is how many past totals the trend column shows.
const trendLength = 12

type (
	item = views.Item[backends.Queue]
	page = backends.Page[backends.Queue]
)

// New returns the Queues pane.
func New(d *views.Deps) *views.List[backends.Queue] {
	trend := make(trends)
	var list *views.List[backends.Queue]
	list = views.NewList(d, views.ListSpec[backends.Queue]{
		Name:    "Queues",
		Columns: columns(d.Theme, trend),
		Key:     func(q backends.Queue) string { return q.Name },
		Text:    func(q backends.Queue) string { return q.Name + " " + q.Type + " " + q.State + " " + q.Framework },
		Role: func(s backends.Source) views.Lister[backends.Queue] {
			if role := s.Roles().Queues; role != nil {
				return role.ListQueues
			}
			return nil
		},
		Open: func(it item) tea.Cmd {
			d.Nav.Push(Detail(d, it))
			return nil
		},
		More: []ui.Binding{
			deadletters.Key(d, opener(d)),
			{
				Keys: []string{"p"}, Help: "peek at messages of the queue", Category: "Here", Hidden: true,
				Do: views.Do(func() {
					if it, ok := list.Selected(); ok {
						d.Nav.Push(forLook(d, it))
					}
				}),
			},
			{
				Keys: []string{"o"}, Help: "open a queue by its name", Category: "Here", Hidden: true,
				Do: views.Do(func() { askName(d, list) }),
			},
			topology.Binding(d, func() (backends.Source, backends.Target, bool) {
				it, ok := list.Selected()
				return it.Source, backends.Target{Kind: backends.KindQueue, Name: it.Value.Name}, ok
			}),
		},
		Rule:    ruleOf,
		Survey:  true,
		Barred:  d.Theme.Key.Paint("o") + " opens a queue of which you know the name.",
		Absent:  "No open source has queues.",
		Arrived: trend.add,
	})
	return list
}

// Detail returns the screen of a queue: of its jobs where it is a library's.
func Detail(d *views.Deps, it views.Item[backends.Queue]) views.Screen {
	if hasJobs(it) {
		return newJobs(d, it)
	}
	return newDetail(d, it)
}

// forLook is the screen of a queue that begins with a look, after the consent that this takes.
func forLook(d *views.Deps, it item) views.Screen {
	if hasJobs(it) {
		return newJobs(d, it)
	}
	q := newDetail(d, it)
	q.asked = true
	return q
}

// ruleOf is how a queue was recognised.
func ruleOf(it item) views.Rule {
	return views.Rule{Role: it.Source.Roles().Queues, Profile: it.Value.Profile}
}

func columns(t *ui.Theme, trend trends) []ui.Column[item] {
	number := func(title string, get func(backends.Queue) backends.Count, hide int) ui.Column[item] {
		return ui.Column[item]{
			Title: title, Width: 7, Right: true, Hide: hide,
			Cell: func(it item) string { return views.Count(get(it.Value)) },
			Less: func(a, b item) bool { return get(a.Value).Value < get(b.Value).Value },
		}
	}
	rate := func(title string, get func(backends.Queue) backends.Rate, hide int) ui.Column[item] {
		return ui.Column[item]{
			Title: title, Width: 8, Right: true, Hide: hide,
			Cell: func(it item) string { return views.Rate(get(it.Value)) },
			Less: func(a, b item) bool { return get(a.Value).Value < get(b.Value).Value },
		}
	}
	consumers := number("CONS", func(q backends.Queue) backends.Count { return q.Consumers }, 0)
	consumers.Width = 4
	consumers.Cell = func(it item) string { return nobody(t, it.Value) }
	net := rate("NET", func(q backends.Queue) backends.Rate { return q.NetRate }, 7)
	net.Cell = func(it item) string { return views.SignedRate(it.Value.NetRate) }
	return []ui.Column[item]{
		ui.Names(ui.Column[item]{
			Title: "NAME", Width: 16, Flex: 1, Most: 128,
			Want: func(it item) int { return ui.Width(ui.Clean(it.Value.Name)) },
		}, func(it item) string { return it.Value.Name }),
		{
			Title: "TYPE", Width: 8, Hide: 4,
			Cell: func(it item) string { return t.Dim.Paint(kind(it.Value)) },
			Less: func(a, b item) bool { return kind(a.Value) < kind(b.Value) },
		},
		number("READY", func(q backends.Queue) backends.Count { return q.Ready }, 0),
		number("UNACKED", func(q backends.Queue) backends.Count { return q.Unacked }, 2),
		consumers,
		rate("IN", func(q backends.Queue) backends.Rate { return q.InRate }, 5),
		rate("OUT", func(q backends.Queue) backends.Rate { return q.OutRate }, 6),
		net,
		{
			Title: "TREND", Width: trendLength, Hide: 8,
			Cell: func(it item) string { return t.Live.Paint(trend.line(it)) },
		},
		{
			Title: "STATES", Width: 24, Flex: 2, Most: 80, Hide: 10,
			Cell: func(it item) string { return summary(it.Value, it.At) },
			Want: func(it item) int { return ui.Width(summary(it.Value, it.At)) },
		},
	}
}

// nobody words the alarming case: messages wait and nobody takes them.
func nobody(t *ui.Theme, q backends.Queue) string {
	text := views.Count(q.Consumers)
	if q.Consumers.Known() && q.Consumers.Value == 0 && q.Ready.Value > 0 {
		return t.Bad.Paint("!" + text)
	}
	return text
}

// kind is what a queue is in a word.
func kind(q backends.Queue) string {
	if q.Framework != "" {
		return ui.Clean(q.Framework)
	}
	if q.State != "" && q.State != "running" {
		return ui.Clean(q.State)
	}
	return cmp.Or(ui.Clean(q.Type), views.Unknown)
}

// trends remember the last totals of each queue, by source and name.
type trends map[string]*trend

// trend holds a total for each listing that told one; at is when the last of them was read.
type trend struct {
	at     time.Time
	totals []int64
}

func trendKey(it item) string {
	id := it.Source.Identity()
	return id.Address + "\x00" + id.Namespace + "\x00" + it.Value.Name
}

// add notes the totals of a refresh and forgets queues that are gone. Rows of a source that was not
// asked again come along unchanged.
func (t trends) add(rows []item) {
	here := make(map[string]bool, len(rows))
	for _, it := range rows {
		key := trendKey(it)
		here[key] = true
		if t[key] == nil {
			t[key] = &trend{}
		}
		if past := t[key]; it.At.After(past.at) && it.Value.Total.Known() {
			totals := append(past.totals, it.Value.Total.Value)
			past.at, past.totals = it.At, totals[max(len(totals)-trendLength, 0):]
		}
	}
	for key := range t {
		if !here[key] {
			delete(t, key)
		}
	}
}

func (t trends) line(it item) string {
	past := t[trendKey(it)]
	if past == nil {
		return ""
	}
	return ui.Sparkline(past.totals, trendLength)
}
