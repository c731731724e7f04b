package locks

import (
	"fmt"
	"strings"
	"time"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

func (p *Pane) columns(t *ui.Theme) []ui.Column[item] {
	cols := []ui.Column[item]{
		ui.Names(ui.Column[item]{Title: "NAME", Width: 16, Flex: 2, Most: 56}, func(it item) string { return it.Value.Name }),
		{
			Title: "HOLDER", Width: 14, Flex: 1, Most: 56,
			Cell: func(it item) string { return ui.Clean(holderShort(it.Value)) },
			Less: func(a, b item) bool { return holderShort(a.Value) < holderShort(b.Value) },
		},
		{
			Title: "LEFT", Width: 7, Right: true,
			Cell: func(it item) string { return leftText(t, it.Value, p.left(it)) },
			Less: func(a, b item) bool { return lasts(a.Value) < lasts(b.Value) },
		},
		{Title: "", Width: 12, Hide: 3, Cell: func(it item) string { return p.bar(t, it) }},
		{
			Title: "LIBRARY", Width: 13, Hide: 4,
			Cell: func(it item) string { return t.Dim.Paint(library(it.Value)) },
			Less: func(a, b item) bool { return a.Value.Library < b.Value.Library },
		},
		{
			Title: "×", Width: 3, Right: true, Hide: 6,
			Cell: func(it item) string { return views.Count(it.Value.Reentrancy) },
		},
		{
			Title: "WAIT", Width: 4, Right: true, Hide: 7,
			Cell: func(it item) string { return views.Count(it.Value.Waiters) },
			Less: func(a, b item) bool { return a.Value.Waiters.Value < b.Value.Waiters.Value },
		},
	}
	if len(lockServers(p.deps.Sources)) > 1 {
		cols = append(cols, ui.Column[item]{
			Title: "QUORUM", Width: 6, Right: true, Hide: 5,
			Cell: func(it item) string { return quorumShort(t, p.quorums, it.Value.Name) },
		})
	}
	if p.watches.any() {
		cols = append(cols, ui.Column[item]{
			Title: "LAST", Width: 19, Hide: 8,
			Cell: func(it item) string { return p.lastEvent(t, it) },
			Less: func(a, b item) bool { return p.lastAt(a).After(p.lastAt(b)) },
		})
	}
	return cols
}

// holderShort is who holds a lock in few characters: the host where the token names one, client and thread
// instead of a whole UUID, how many there are.
func holderShort(l backends.Lock) string {
	switch {
	case l.Permits.Known() && l.Holder == "":
		return views.Things(l.Permits, "permit left", "permits left")
	case l.Host != "":
		return l.Host
	case len(l.Holders) > 1:
		return fmt.Sprintf("%s +%d", tokenShort(l.Holders[0].Token), len(l.Holders)-1)
	case len(l.Holders) == 1:
		return tokenShort(l.Holders[0].Token)
	}
	return l.Holder
}

// tokenShort keeps the first part of a UUID and what stands behind it: "8743c9c0…:31".
func tokenShort(token string) string {
	const uuid = 36
	if len(token) > uuid && token[8] == '-' && token[uuid] == ':' {
		return token[:8] + "…" + token[uuid:]
	}
	return token
}

// lasts orders locks by the time they have left, those without end last.
func lasts(l backends.Lock) time.Duration {
	if l.NoExpiry {
		return 1<<63 - 1
	}
	return l.TTL.Value
}

func leftText(t *ui.Theme, l backends.Lock, left time.Duration) string {
	switch {
	case l.NoExpiry && l.Permits.Known():
		return t.Dim.Paint("no end") // as it should be
	case l.NoExpiry:
		return t.Bad.Paint("no end")
	case !l.TTL.Known():
		return views.Span(l.TTL)
	case left == 0:
		return t.Dim.Paint("over")
	case left < 10*time.Second:
		return fmt.Sprintf("%.1fs", left.Seconds())
	}
	return ui.Age(left)
}

// library is what a lock was recognised as; a guess says so.
func library(l backends.Lock) string {
	name := l.Library
	if name == "" {
		name = fmt.Sprintf("probable %.1f", l.Confidence)
	}
	if l.Variant != "" && l.Mode == "" {
		name += " " + l.Variant
	}
	if l.Mode != "" {
		name += " " + l.Mode
	}
	return ui.Clean(name)
}

// quorumShort is "2/3", without a majority as a warning.
func quorumShort(t *ui.Theme, all map[string]backends.LockQuorum, name string) string {
	q, ok := all[name]
	if !ok {
		return ""
	}
	text := fmt.Sprintf("%d/%d", q.Agree, q.Of)
	switch {
	case !q.Majority():
		return t.Bad.Paint(text)
	case q.Agree < q.Of:
		return t.Warn.Paint(text)
	}
	return t.Good.Paint(text)
}

// lastEvent is the newest change of a lock and when it was: "renewed 3s".
func (p *Pane) lastEvent(t *ui.Theme, it item) string {
	h, ok := p.watches.history(it.Source, it.Value.Name)
	if !ok {
		return ""
	}
	e, ok := h.Last()
	if !ok || e.Change == backends.LockFound {
		return ""
	}
	sign := ""
	if !p.watches.told(it) {
		sign = "~"
	}
	return changeStyle(t, e.Change).Paint(sign + strings.Join([]string{string(e.Change), views.Ago(e.At, p.deps.Now())}, " "))
}

func (p *Pane) lastAt(it item) time.Time {
	h, _ := p.watches.history(it.Source, it.Value.Name)
	if e, ok := h.Last(); ok && e.Change != backends.LockFound {
		return e.At
	}
	return time.Time{}
}

func changeStyle(t *ui.Theme, c backends.LockChange) ui.Style {
	switch c {
	case backends.LockMissed, backends.LockPersisted:
		return t.Bad
	case backends.LockHandedOver, backends.LockExpired, backends.LockEnded:
		return t.Warn
	case backends.LockRenewed, backends.LockAcquired:
		return t.Good
	default:
		return t.Text
	}
}
