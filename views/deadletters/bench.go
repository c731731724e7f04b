package deadletters

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// peekCount is how many messages one look takes, where the plan allows as many.
const peekCount = 20

// bench shows one place: what leads there, and its messages in groups once the person has asked for
// copies of them.
type bench struct {
	deps *views.Deps
	item item
	open Opener
	now  time.Time

	plan    *backends.Plan
	read    time.Time // zero before the first look
	seen    int
	gaps    []string // what became of messages by the look, where they are not as before
	failure error
	table   *ui.Table[group]
}

func newBench(d *views.Deps, it item, open Opener) *bench {
	b := &bench{deps: d, item: it, open: open, now: d.Now()}
	b.table = ui.NewTable(group.key, b.columns()...)
	b.table.SortBy(-1, false)
	return b
}

func (b *bench) columns() []ui.Column[group] {
	t := b.deps.Theme
	ago := func(title string, of func(group) time.Time, hide int) ui.Column[group] {
		return ui.Column[group]{
			Title: title, Width: 7, Right: true, Hide: hide,
			Cell: func(g group) string { return views.Ago(of(g), b.now) },
			Less: func(a, b group) bool { return of(a).Before(of(b)) },
		}
	}
	return []ui.Column[group]{
		{
			Title: "COUNT", Width: 5, Right: true, Cell: func(g group) string { return strconv.Itoa(len(g.letters)) },
			Less: func(a, b group) bool { return len(a.letters) < len(b.letters) },
		},
		{
			Title: "ORIGIN", Width: 14, Flex: 1, Most: 40,
			CellIn: func(g group, w int) string {
				if g.queue == "" {
					return t.Dim.Paint("not told")
				}
				return ui.Middle(ui.Clean(g.queue), w)
			},
			Less: func(a, b group) bool { return a.queue < b.queue },
		},
		{
			Title: "REASON", Width: 14, Cell: func(g group) string { return nameOr(g.reason, t.Dim.Paint("not told")) },
			Less: func(a, b group) bool { return a.reason < b.reason },
		},
		{
			Title: "EXCEPTION", Width: 12, Flex: 2, Most: 70, Cell: func(g group) string { return t.Bad.Paint(ui.Clean(g.exception)) },
			Less: func(a, b group) bool { return a.exception < b.exception },
		},
		ago("OLDEST", func(g group) time.Time { return g.oldest }, 0),
		ago("NEWEST", func(g group) time.Time { return g.newest }, 1),
	}
}

// Title implements views.Screen.
func (b *bench) Title() string { return "dead letters in " + ui.Clean(b.item.Value.Target.Name) }

// Start implements views.Starter: it finds out what a look would do, and looks where that changes nothing.
func (b *bench) Start() tea.Cmd {
	if b.item.Value.Target.Kind != backends.KindQueue {
		return nil
	}
	return b.planned(func() {
		if b.plan.Consent == backends.Free {
			b.deps.Nav.Run(b.ask())
		}
	})
}

// look plans anew, because each look may use up something, and asks for consent where that is needed.
func (b *bench) look() tea.Cmd { return b.planned(func() { b.deps.Nav.Run(b.ask()) }) }

func (b *bench) planned(then func()) tea.Cmd {
	role, name := b.item.Source.Roles().Queues, b.item.Value.Target.Name
	return views.Work(b.deps, "plan peek "+ui.CleanPlain(name),
		func(ctx context.Context) (backends.Plan, error) {
			return backends.PlanPeekOf(ctx, role, name, peekCount)
		},
		func(plan backends.Plan, err error) {
			if b.failure = err; err == nil {
				b.plan = &plan
				then()
			}
		})
}

func (b *bench) ask() tea.Cmd {
	role := b.item.Source.Roles().Queues
	return b.deps.Nav.Ask(*b.plan, peekCount, func(look backends.Look) tea.Cmd {
		return views.Work(b.deps, "peek "+ui.CleanPlain(look.Target.Name),
			func(ctx context.Context) ([]backends.Message, error) { return role.Peek(ctx, look) }, b.looked)
	})
}

func (b *bench) looked(msgs []backends.Message, err error) {
	if b.failure = err; err != nil {
		return
	}
	var all []letter
	b.gaps = nil
	for _, m := range msgs {
		m.Source = b.item.Source.Identity().Name
		switch n := len(all); {
		case m.Gap == "":
			all = append(all, letter{msg: m, fate: b.fate(m)})
		case n == 0:
			b.gaps = append(b.gaps, m.Gap)
		default: // it is about the message before it
			all[n-1].gaps = append(all[n-1].gaps, m)
			b.gaps = append(b.gaps, "message "+all[n-1].msg.Position+": "+m.Gap)
		}
	}
	b.read, b.seen = b.deps.Now(), len(all)
	b.table.SetRows(grouped(all))
	b.deps.Nav.Run(b.reread())
}

// reread asks once for what is known of the place by now: the messages of a look may tell what it is for.
func (b *bench) reread() tea.Cmd {
	list, target := lister(b.item.Source), b.item.Value.Target
	if list == nil {
		return nil
	}
	return views.Work(b.deps, "read dead letters "+ui.CleanPlain(target.Name),
		func(ctx context.Context) (backends.Page[place], error) {
			return list(ctx, backends.Query{Complete: true, Match: target.Name})
		},
		func(page backends.Page[place], err error) {
			if b.failure = err; err != nil {
				return
			}
			if i := slices.IndexFunc(page.Items, func(p place) bool { return p.Target == target }); i >= 0 {
				b.item.Value, b.item.At = page.Items[i], b.deps.Now()
			}
		})
}

func (b *bench) fate(m backends.Message) backends.LetterFate {
	if role, ok := b.item.Source.Roles().Queues.(backends.DeadLetters); ok {
		return role.ReadFate(m, b.deps.Now())
	}
	return backends.LetterFate{}
}

// Sync implements views.Screen.
func (b *bench) Sync(now time.Time) bool {
	changed := now.Truncate(time.Second) != b.now.Truncate(time.Second)
	b.now = now
	return changed
}

// Close implements views.Screen.
func (b *bench) Close() {}

// Capturing implements views.Screen.
func (b *bench) Capturing() bool { return false }

// Type implements views.Screen.
func (b *bench) Type(tea.KeyMsg) tea.Cmd { return nil }

// Render implements views.Screen: what the place is, what leads there, the groups or what a look costs.
func (b *bench) Render(w, h int) []string {
	t, p := b.deps.Theme, b.item.Value
	lines := views.Flow(t, w-1, 1, purpose(t, p), t.Bold.Paint(views.Count(p.Ready))+" ready",
		views.Things(p.Consumers, "consumer", "consumers"), "as of "+b.item.At.Local().Format(time.TimeOnly))
	lines[0] = " " + lines[0]
	room := max(h/3, 2)
	var about []string
	for _, fact := range p.Facts {
		about = append(about, prefixed(" ", fact, w)...)
	}
	about = append(about, b.origins(w)...)
	if len(about) > room {
		about = append(about[:room-1], t.Dim.Paint(fmt.Sprintf("   … and %d lines more on a higher screen", len(about)-room+1)))
	}
	lines = append(lines, about...)
	if b.failure != nil {
		lines = append(lines, views.ErrorLines(t, b.failure, w)...)
	}
	for i := range lines {
		lines[i] = ui.Fit(lines[i], w)
	}
	if b.read.IsZero() {
		return ui.Pad(append(lines, b.invitation(w)...), w, h)
	}
	lines = append(lines, ui.Fit(" "+b.looksAt(), w))
	lines = append(lines, b.losses(w)...)
	return ui.Pad(append(lines, b.table.Render(t, w, max(h-len(lines), 1), true)...), w, h)
}

// looksAt says how much of the queue the groups are of.
func (b *bench) looksAt() string {
	t := b.deps.Theme
	text := t.Bold.Paint(views.Things(backends.ExactCount(int64(b.seen)), "message", "messages"))
	if of := b.item.Value.Ready; of.Known() && of.Value > int64(b.seen) {
		text += " of " + views.Count(of) + ", those at the head"
	}
	groups, _ := b.table.Len()
	return text + t.Dim.Paint(" · copies as of "+b.read.Local().Format(time.TimeOnly)+" · ") + views.Things(backends.ExactCount(int64(groups)), "group", "groups")
}

// gapsShown bounds the sentences about what a look changed.
const gapsShown = 3

func (b *bench) losses(w int) (lines []string) {
	t := b.deps.Theme
	for _, gap := range b.gaps[:min(len(b.gaps), gapsShown)] {
		for _, l := range prefixed(" ", "gap: "+gap, w) {
			lines = append(lines, ui.Fit(t.Warn.Paint(l), w))
		}
	}
	if more := len(b.gaps) - gapsShown; more > 0 {
		lines = append(lines, ui.Fit(t.Warn.Paint(fmt.Sprintf(" … and %d gaps more, among the messages of the groups", more)), w))
	}
	return lines
}

// originsShown bounds the lines about what leads here.
const originsShown = 6

func (b *bench) origins(w int) (lines []string) {
	t := b.deps.Theme
	for i, o := range b.item.Value.Origins {
		if i == originsShown {
			return append(lines, t.Dim.Paint(fmt.Sprintf("   … and %d more queues", len(b.item.Value.Origins)-i)))
		}
		text := "   " + t.Key.Paint(ui.Clean(o.Queue)) + " by its " + ui.Clean(o.By) + " over " + ui.Clean(o.Exchange)
		switch {
		case o.Exchange == "": // only the messages tell
			text = "   " + t.Key.Paint(ui.Clean(o.Queue)) + " by " + ui.Clean(o.By)
		case !o.KeyKept:
			text += " with the key " + ui.Clean(o.Key)
		case o.Perhaps:
			text += t.Dim.Paint(" if the message's own key leads here")
		}
		if o.Waits {
			text += t.Dim.Paint(" after waiting there")
		}
		lines = append(lines, ui.Fit(text, w))
	}
	return lines
}

// invitation says what a look at the messages would do and by which key it happens.
func (b *bench) invitation(w int) []string {
	t := b.deps.Theme
	if b.plan == nil {
		return nil
	}
	lines := []string{""}
	for _, effect := range b.plan.Effects {
		lines = append(lines, prefixed("  ", effect, w)...)
	}
	if b.plan.Consent == backends.Refused {
		return append(lines, "", "  "+t.Warn.Paint("bustop does not look into this queue."))
	}
	return append(lines, "", "  "+t.Key.Paint("p")+" takes a look and groups what it finds by origin, reason and exception")
}

// prefixed is a sentence in lines of w cells.
func prefixed(blank, sentence string, w int) (lines []string) {
	for _, l := range ui.CleanText(sentence, max(w-len(blank)-1, 10), 0) {
		lines = append(lines, blank+l)
	}
	return lines
}

func (b *bench) openGroup() {
	if g, ok := b.table.Selected(); ok {
		b.deps.Nav.Push(newLetters(b, g))
	}
}

func (b *bench) openQueue(name string) tea.Cmd { return b.open(b.item.Source, name) }

// origin is the queue that the selected group comes from, else the only one that leads here.
func (b *bench) origin() string {
	if g, ok := b.table.Selected(); ok {
		return g.queue
	}
	if len(b.item.Value.Origins) == 1 {
		return b.item.Value.Origins[0].Queue
	}
	return ""
}

// openOrigin opens that queue, or asks which one.
func (b *bench) openOrigin() tea.Cmd {
	if name := b.origin(); name != "" {
		return b.openQueue(name)
	}
	var names []string
	for _, o := range b.item.Value.Origins {
		names = append(names, ui.Clean(o.Queue))
	}
	b.deps.Nav.Choose("Which queue?", names, func(i int) tea.Cmd { return b.openQueue(b.item.Value.Origins[i].Queue) })
	return nil
}

// Bindings implements views.Screen.
func (b *bench) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"p"}, Help: "peek at messages and group them", Hint: "peek", Category: "Dead letters", Do: b.look, Disabled: b.refused},
		{Keys: []string{"enter"}, Help: "the messages of the group", Hint: "messages", Category: "Dead letters", Do: views.Do(b.openGroup), Disabled: b.noGroup},
		{Keys: []string{"o"}, Help: "open the queue where they were at first", Hint: "origin", Category: "Dead letters", Do: b.openOrigin, Disabled: func() string {
			if len(b.item.Value.Origins) > 0 {
				return ""
			}
			return noOrigin(b.origin())
		}},
		{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Dead letters", Do: views.Do(b.table.NextSort)},
		{Keys: []string{"S"}, Help: "reverse order", Category: "Dead letters", Hidden: true, Do: views.Do(b.table.ReverseSort)},
		{Keys: []string{"r"}, Help: "read counts and settings again", Hint: "refresh", Category: "Dead letters", Do: b.reread},
		{Keys: []string{"y"}, Help: "copy the name", Category: "Dead letters", Do: views.Do(func() { b.deps.Nav.Copy(ui.CleanPlain(b.item.Value.Target.Name)) })},
	}
	return append(bs, views.Moves(b.table.Move, b.table.Page, b.table.Home, b.table.End)...)
}

func (b *bench) noGroup() string {
	if _, ok := b.table.Selected(); !ok {
		return "no group is selected: p takes a look"
	}
	return ""
}

func (b *bench) refused() string {
	switch {
	case b.item.Value.Target.Kind != backends.KindQueue:
		return "what an exchange holds back cannot be looked at"
	case b.plan != nil && b.plan.Consent == backends.Refused:
		return "refused: see above"
	}
	return ""
}

var _ views.Starter = (*bench)(nil)
