package queues

import (
	"context"
	"time"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// part is a part of what is shown of a queue that can be described.
type part uint8

const (
	partReaders part = iota
	partSettings
	partOthers
	partMessages
	parts
)

// about is all that is known of one queue, kept live, for sources that can tell.
type about struct {
	deps *views.Deps
	name string
	feed *backends.Feed[backends.QueueDetail]
	last backends.Snapshot[backends.QueueDetail]
	now  time.Time

	part    part
	readers *ui.Table[backends.QueueReader]
	others  *ui.Table[backends.QueueCompany]
	top     int // lines of the settings scrolled away
	room    int // lines that did not fit
}

// newAbout returns nil where the source cannot describe queues.
func newAbout(d *views.Deps, it item) *about {
	role, ok := it.Source.Roles().Queues.(backends.QueueDescriber)
	if !ok {
		return nil
	}
	a := &about{deps: d, name: it.Value.Name, now: d.Now()}
	a.feed = backends.NewFeed(it.Source.Pace(), views.Refreshing(d, "queue", func(ctx context.Context) (backends.QueueDetail, error) {
		return role.DescribeQueue(ctx, a.name)
	}))
	a.readers = ui.NewTable(func(r backends.QueueReader) string { return r.Channel + "\x00" + r.Tag }, a.readerColumns()...)
	a.readers.SortBy(0, false)
	a.others = ui.NewTable(func(c backends.QueueCompany) string { return c.Name }, a.otherColumns()...)
	a.others.SortBy(-1, false)
	return a
}

// sync takes over what is new and reports whether there is any.
func (a *about) sync(now time.Time) bool {
	a.now = now
	snap := a.feed.Look()
	if snap.Revision == a.last.Revision {
		return false
	}
	a.last = snap
	if snap.Err == nil {
		a.readers.SetRows(snap.Value.Readers)
		a.others.SetRows(snap.Value.Company)
	}
	return true
}

// there reports whether the queue has been described yet.
func (a *about) there() bool { return !a.last.At.IsZero() }

func (a *about) turn(delta int) {
	a.part = part((int(a.part) + delta + int(parts)) % int(parts))
	a.top = 0
}

// move moves what the present part has to be moved.
func (a *about) move(delta int) {
	switch a.part {
	case partReaders:
		a.readers.Move(delta)
	case partOthers:
		a.others.Move(delta)
	case partSettings:
		a.top = min(max(a.top+delta, 0), a.room)
	case partMessages, parts:
	}
}

func (a *about) edge(delta int) { a.move(delta * (1 << 20)) }

// bindings are those of the parts that are not messages.
func (a *about) bindings() []ui.Binding {
	turn := func(delta int) func() { return func() { a.turn(delta) } }
	bs := []ui.Binding{
		{Keys: []string{"right", "l"}, Help: "next part", Hint: "part", Category: "Queue", Do: views.Do(turn(1))},
		{Keys: []string{"left", "h"}, Help: "part before", Category: "Queue", Hidden: true, Do: views.Do(turn(-1))},
	}
	if a.part == partMessages {
		return bs
	}
	switch a.part {
	case partReaders:
		bs = append(bs,
			ui.Binding{Keys: []string{"y"}, Help: "copy the consumer's address", Hint: "copy address", Category: "Queue", Do: views.Do(a.copyAddress), Disabled: a.needsReader},
			ui.Binding{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Queue", Do: views.Do(a.readers.NextSort)},
			ui.Binding{Keys: []string{"S"}, Help: "reverse order", Category: "Queue", Do: views.Do(a.readers.ReverseSort)},
		)
	case partOthers:
		bs = append(bs, ui.Binding{Keys: []string{"y"}, Help: "copy the name", Category: "Queue", Do: views.Do(a.copyOther), Disabled: a.needsOther})
	case partSettings, partMessages, parts:
	}
	bs = append(bs, ui.Binding{Keys: []string{"r"}, Help: "refresh now", Hint: "refresh", Category: "Queue", Do: views.Do(a.feed.Refresh)})
	return append(bs, views.Moves(a.move, func(n int) { a.move(10 * n) }, func() { a.edge(-1) }, func() { a.edge(1) })...)
}

func (a *about) copyAddress() {
	if r, ok := a.readers.Selected(); ok {
		a.deps.Nav.Copy(ui.CleanPlain(r.Address))
	}
}

func (a *about) needsReader() string {
	if r, ok := a.readers.Selected(); !ok || r.Address == "" {
		return "no consumer with an address is selected"
	}
	return ""
}

func (a *about) copyOther() {
	if c, ok := a.others.Selected(); ok {
		a.deps.Nav.Copy(ui.CleanPlain(c.Name))
	}
}

func (a *about) needsOther() string {
	if _, ok := a.others.Selected(); !ok {
		return "no queue is selected"
	}
	return ""
}

func (a *about) readerColumns() []ui.Column[backends.QueueReader] {
	type reader = backends.QueueReader
	t := a.deps.Theme
	text := func(title string, width, flex, most, hide int, get func(reader) string) ui.Column[reader] {
		return ui.Column[reader]{
			Title: title, Width: width, Flex: flex, Most: most, Hide: hide,
			Cell: func(r reader) string { return ui.Clean(get(r)) },
			Less: func(a, b reader) bool { return get(a) < get(b) },
		}
	}
	held := ui.Column[reader]{
		Title: "HOLDS", Width: 7, Right: true,
		Cell: func(r reader) string { return a.holds(r) },
		Less: func(a, b reader) bool { return a.Unacked.Value < b.Unacked.Value },
	}
	state := text("STATE", 8, 0, 0, 0, readerState)
	state.Cell = func(r reader) string {
		style := t.Dim
		if r.State != "" || !r.Active {
			style = t.Warn
		}
		return style.Paint(ui.Clean(readerState(r)))
	}
	return []ui.Column[reader]{
		text("CLIENT", 14, 2, 48, 0, clientOf),
		text("ADDRESS", 15, 1, 46, 0, func(r reader) string { return r.Address }),
		text("USER", 6, 1, 20, 3, func(r reader) string { return r.User }),
		{
			Title: "SINCE", Width: 5, Right: true,
			Cell: func(r reader) string { return views.Ago(r.Since, a.now) },
			Less: func(a, b reader) bool { return b.Since.Before(a.Since) },
		},
		held,
		{
			Title: "DONE", Width: 7, Right: true, Hide: 2,
			Cell: func(r reader) string { return views.Rate(r.AckRate) },
			Less: func(a, b reader) bool { return a.AckRate.Value < b.AckRate.Value },
		},
		state,
		text("ACKS", 4, 0, 0, 5, acksOf),
		text("TAG", 10, 1, 40, 6, func(r reader) string { return r.Tag }),
		text("LIBRARY", 12, 1, 36, 8, func(r reader) string { return r.Product }),
		text("PLATFORM", 8, 1, 20, 9, func(r reader) string { return r.Platform }),
	}
}

func (a *about) otherColumns() []ui.Column[backends.QueueCompany] {
	type other = backends.QueueCompany
	t := a.deps.Theme
	text := func(title string, width, flex, most int, get func(other) string) ui.Column[other] {
		return ui.Column[other]{
			Title: title, Width: width, Flex: flex, Most: most,
			Cell: func(c other) string { return ui.Clean(get(c)) },
			Less: func(a, b other) bool { return get(a) < get(b) },
		}
	}
	number := func(title string, get func(other) backends.Count) ui.Column[other] {
		return ui.Column[other]{
			Title: title, Width: 6, Right: true,
			Cell: func(c other) string { return views.Count(get(c)) },
			Less: func(a, b other) bool { return get(a).Value < get(b).Value },
		}
	}
	trouble := text("TROUBLE", 24, 2, 60, func(c other) string { return c.Trouble })
	trouble.Cell = func(c other) string { return t.Warn.Paint(ui.Clean(c.Trouble)) }
	return []ui.Column[other]{
		ui.Names(ui.Column[other]{Title: "QUEUE", Width: 14, Flex: 1, Most: 48}, func(c other) string { return c.Name }),
		number("READY", func(c other) backends.Count { return c.Ready }),
		number("CONS", func(c other) backends.Count { return c.Consumers }),
		trouble,
		text("SHARES", 14, 1, 48, func(c other) string { return c.Shares }),
	}
}

// clientOf is what a reader calls itself, else its tag.
func clientOf(r backends.QueueReader) string {
	for _, name := range []string{r.Client, r.Tag, r.Connection} {
		if name != "" {
			return name
		}
	}
	return views.Unknown
}

// holds is how many messages a reader holds of how many it may.
func (a *about) holds(r backends.QueueReader) string {
	most := "∞"
	if r.Prefetch.Value > 0 {
		most = ui.Count(r.Prefetch.Value)
	}
	text := views.Count(r.Unacked) + "/" + most
	if full(r) {
		return a.deps.Theme.Warn.Paint(text)
	}
	return text
}

// full reports whether a reader holds as many messages as it may: it gets none until it acknowledges.
func full(r backends.QueueReader) bool {
	return r.Acks && r.Prefetch.Value > 0 && r.Unacked.Known() && r.Unacked.Value >= r.Prefetch.Value
}

// readerState is in one word how a reader is.
func readerState(r backends.QueueReader) string {
	switch {
	case r.State != "":
		return r.State
	case !r.Active:
		return "waits"
	case r.ChannelState != "":
		return r.ChannelState
	case full(r):
		return "full"
	}
	return "active"
}

func acksOf(r backends.QueueReader) string {
	if r.Acks {
		return "yes"
	}
	return "no"
}

// tally names a part with how much is in it.
func (a *about) tally(p part) string {
	d := a.last.Value
	switch p {
	case partReaders:
		return "Consumers " + a.number(len(d.Readers))
	case partSettings:
		return "Settings " + a.number(len(d.Settings))
	case partOthers:
		return "Other queues " + a.number(len(d.Company))
	case partMessages, parts:
	}
	return "Messages"
}
