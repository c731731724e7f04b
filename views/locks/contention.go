package locks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// contention is a look at who tries to take the lock.
type contention struct {
	tail    *backends.Tail
	started time.Time
	next    uint64 // the first attempt not counted yet
	by      map[string]*contender
}

// contender is a client with its attempts.
type contender struct {
	client, last string
	n            int64
	at           time.Time
}

// mayContend is why nobody can be looked for, "" when that is possible.
func (l *detail) mayContend() string {
	c := l.contention()
	switch _, ok := l.item.Source.Roles().Locks.(backends.LockContender); {
	case !ok:
		return "this source cannot tell who tries to take a lock"
	case c != nil && c.tail.State().State == backends.Live:
		return "it is being looked for"
	}
	return ""
}

// contend asks for consent and then looks who tries to take the lock.
func (l *detail) contend() tea.Cmd {
	role, ok := l.item.Source.Roles().Locks.(backends.LockContender)
	if !ok {
		return nil
	}
	d, name := l.deps, l.item.Value.Name
	fail := func(err error) { d.Nav.Toast(views.ErrorText(err)) }
	plan := func(ctx context.Context) (backends.Plan, error) { return role.PlanContention(ctx, name) }
	return views.Work(d, "plan monitoring", plan, func(p backends.Plan, err error) {
		if err != nil {
			fail(err)
			return
		}
		d.Nav.Run(d.Nav.Ask(p, 0, func(look backends.Look) tea.Cmd {
			watch := func(ctx context.Context) (*backends.Tail, error) { return role.WatchContention(ctx, look) }
			return views.Work(d, "monitor lock", watch, func(tail *backends.Tail, err error) {
				if err != nil {
					fail(err)
					return
				}
				l.adopt(tail)
			})
		}))
	})
}

// contention is the present or last look, nil when there was none.
func (l *detail) contention() *contention {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tries
}

// adopt shows a look in place of the one before. The screen may be gone by the time that it began.
func (l *detail) adopt(tail *backends.Tail) {
	l.mu.Lock()
	defer l.mu.Unlock()
	over := tail
	if !l.closed {
		over = nil
		if l.tries != nil {
			over = l.tries.tail
		}
		l.tries = &contention{tail: tail, started: l.deps.Now(), next: 1, by: map[string]*contender{}}
	}
	if over != nil {
		l.deps.Nav.Run(func() tea.Msg { over.Close(); return nil })
	}
}

// maxContenders bounds the clients that are told apart.
const maxContenders = 200

// pull counts new attempts and reports whether there were any.
func (c *contention) pull() bool {
	fresh, first := c.tail.Ring.From(c.next, backends.TailCount)
	c.next = first + uint64(len(fresh))
	for _, m := range fresh {
		who := c.by[m.Route]
		if who == nil {
			if len(c.by) >= maxContenders {
				continue
			}
			who = &contender{client: m.Route}
			c.by[m.Route] = who
		}
		who.n, who.last, who.at = who.n+1, string(m.Body), m.Time
	}
	return len(fresh) > 0
}

// lines are the clients, those that tried most often first.
func (c *contention) lines(t *ui.Theme, now time.Time) []string {
	state := c.tail.State()
	head := "who tries"
	note := ""
	switch {
	case state.Err != nil:
		note = t.Bad.Paint("  " + views.ShortError(state.Err))
	case state.State == backends.Live:
		note = t.Warn.Paint(fmt.Sprintf("  monitoring the server for %s", ui.Age(now.Sub(c.started))))
	case len(state.Notes) > 0:
		note = t.Dim.Paint("  " + ui.Clean(state.Notes[len(state.Notes)-1]))
	}
	lines := []string{"", " " + t.Bold.Paint(head) + note}
	all := make([]*contender, 0, len(c.by))
	for _, who := range c.by {
		all = append(all, who)
	}
	slices.SortFunc(all, func(a, b *contender) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.client, b.client)) })
	for _, who := range all {
		lines = append(lines, fmt.Sprintf("   %s  %s  %s", ui.Fit(ui.Clean(who.client), 24),
			ui.FitLeft(views.Things(backends.ExactCount(who.n), "attempt", "attempts"), 14), t.Dim.Paint("last "+ui.Clean(who.last)+" at "+who.at.Local().Format("15:04:05.000"))))
	}
	if len(all) == 0 && state.Err == nil {
		lines = append(lines, t.Dim.Paint("   nobody so far"))
	}
	return lines
}
