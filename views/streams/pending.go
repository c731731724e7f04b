package streams

import (
	"context"
	"strings"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/inspector"
)

// pendingRows is the size of a page of pending entries.
const pendingRows = 50

// pendingPage is a page with what it was asked by.
type pendingPage struct {
	look backends.PendingLook
	page backends.PendingPage
}

// pending shows what a group was given and has not acknowledged, page by page, kept live.
type pending struct {
	deps  *views.Deps
	item  item
	group backends.Group
	feed  *backends.Feed[pendingPage]
	last  backends.Snapshot[pendingPage]
	table *ui.Table[backends.PendingEntry]
	now   time.Time
	// before are the starts of the pages before this one.
	before []string

	mu   sync.Mutex
	look backends.PendingLook // guarded by mu
}

func newPending(d *views.Deps, it item, g backends.Group) *pending {
	p := &pending{deps: d, item: it, group: g, now: d.Now(), look: backends.PendingLook{Group: g.Name, N: pendingRows}}
	reader, _ := it.Source.Roles().Streams.(backends.PendingReader)
	p.feed = backends.NewFeed(it.Source.Pace(), views.Refreshing(d, "pending entries", func(ctx context.Context) (pendingPage, error) {
		look := p.looking()
		page, err := reader.ReadPending(ctx, it.Value.Name, look)
		return pendingPage{look, page}, err
	}))
	p.table = ui.NewTable(func(e backends.PendingEntry) string { return e.Position }, p.columns()...)
	return p
}

func (p *pending) looking() backends.PendingLook {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.look
}

// turn asks for another page.
func (p *pending) turn(change func(*backends.PendingLook)) {
	p.mu.Lock()
	change(&p.look)
	p.mu.Unlock()
	p.table.Home()
	p.feed.Refresh()
}

func (p *pending) columns() []ui.Column[backends.PendingEntry] {
	t := p.deps.Theme
	type entry = backends.PendingEntry
	return []ui.Column[entry]{
		{Title: "ENTRY", Width: 20, Cell: func(e entry) string { return ui.Clean(e.Position) }},
		{Title: "AGE", Width: 7, Right: true, Cell: func(e entry) string { return views.Ago(e.Made, p.now) }},
		{Title: "GIVEN", Width: 7, Right: true, Cell: func(e entry) string { return views.Span(e.Idle) }},
		{Title: "TIMES", Width: 6, Right: true, Cell: func(e entry) string {
			if e.Deliveries.Value > 1 {
				return t.Warn.Paint(views.Count(e.Deliveries))
			}
			return views.Count(e.Deliveries)
		}},
		{Title: "PAYLOAD", Width: 8, Cell: func(e entry) string {
			switch e.Payload {
			case backends.Present:
				return "there"
			case backends.Gone:
				return t.Bad.Paint("GONE")
			case backends.PresenceUnknown:
			}
			return t.Dim.Paint(views.Unknown)
		}},
		ui.Names(ui.Column[entry]{Title: "CONSUMER", Width: 12, Flex: 1, Most: 64}, func(e entry) string { return e.Consumer }),
	}
}

// Title implements views.Screen.
func (p *pending) Title() string { return "pending in " + ui.Clean(p.group.Name) }

// Sync implements views.Screen.
func (p *pending) Sync(now time.Time) bool {
	changed := p.now.Unix() != now.Unix()
	p.now = now
	snap := p.feed.Look()
	if snap.Revision == p.last.Revision {
		return changed
	}
	p.last = snap
	if snap.Err == nil && snap.Value.look == p.looking() {
		p.table.SetRows(snap.Value.page.Entries)
	}
	return true
}

// Render implements views.Screen.
func (p *pending) Render(w, h int) []string {
	t := p.deps.Theme
	lines := []string{ui.Fit(" "+p.facts(), w)}
	if p.last.Err != nil {
		lines = append(lines, views.ErrorLines(t, p.last.Err, w)...)
	}
	lines = append(lines, p.table.Render(t, w, max(h-len(lines), 1), true)...)
	if shown, _ := p.table.Len(); shown == 0 && p.last.Err == nil && len(lines) > 2 {
		text := "nothing is pending"
		if p.last.At.IsZero() {
			text = "waiting for the first answer"
		}
		lines[2] = ui.Fit(t.Dim.Paint("  "+text), w)
	}
	return ui.Pad(lines, w, h)
}

func (p *pending) facts() string {
	t, look := p.deps.Theme, p.last.Value.look
	var parts []string
	gone := 0
	for _, e := range p.table.Rows() {
		if e.Payload == backends.Gone {
			gone++
		}
	}
	shown, _ := p.table.Len()
	first := len(p.before)*pendingRows + 1
	if shown > 0 {
		parts = append(parts, t.Bold.Paint(views.Exactly(uint64(first))+"–"+views.Exactly(uint64(first+shown-1)))+" of the group's oldest first")
	}
	if look.Consumer != "" {
		parts = append(parts, t.Accent.Paint("of "+ui.Clean(look.Consumer)))
	}
	if gone > 0 {
		parts = append(parts, t.Bad.Paint(views.Things(backends.ExactCount(int64(gone)), "payload", "payloads")+" gone: trimmed or deleted"))
	}
	if at := p.last.Value.page.LookedAt; !at.IsZero() {
		parts = append(parts, t.Dim.Paint("payloads looked for "+views.Ago(at, p.now)+" ago"))
	}
	parts = append(parts, t.Dim.Paint(views.Ago(p.last.At, p.now)+" old"))
	return strings.Join(parts, t.Dim.Paint(" · "))
}

// Bindings implements views.Screen.
func (p *pending) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "open the entry", Category: "Pending", Do: p.open, Disabled: p.needsEntry},
		{Keys: []string{"]"}, Help: "next page", Hint: "next", Category: "Pending", Do: views.Do(p.next), Disabled: p.needsNext},
		{Keys: []string{"["}, Help: "page before", Hint: "before", Category: "Pending", Do: views.Do(p.back), Disabled: p.needsBefore},
		{Keys: []string{"c"}, Help: "of one consumer only", Hint: "consumer", Category: "Pending", Do: p.choose},
		{Keys: []string{"r"}, Help: "refresh now", Category: "Pending", Do: views.Do(p.feed.Refresh)},
		{Keys: []string{"y"}, Help: "copy the id", Category: "Pending", Do: views.Do(p.copyID), Disabled: p.needsEntry},
	}
	return append(bs, views.Moves(p.table.Move, p.table.Page, p.table.Home, p.table.End)...)
}

func (p *pending) needsEntry() string {
	e, ok := p.table.Selected()
	switch {
	case !ok:
		return "no entry is selected"
	case e.Payload == backends.Gone:
		return "its payload is gone: the entry was trimmed or deleted while it was pending"
	}
	return ""
}

func (p *pending) needsNext() string {
	if p.last.Value.page.Next == "" {
		return "this is the last page"
	}
	return ""
}

func (p *pending) needsBefore() string {
	if len(p.before) == 0 {
		return "this is the first page"
	}
	return ""
}

func (p *pending) next() {
	next := p.last.Value.page.Next
	p.turn(func(l *backends.PendingLook) {
		if l.From != next {
			p.before = append(p.before, l.From)
			l.From = next
		}
	})
}

func (p *pending) back() {
	from := p.before[len(p.before)-1]
	p.before = p.before[:len(p.before)-1]
	p.turn(func(l *backends.PendingLook) { l.From = from })
}

// choose keeps the entries of one consumer, or those of all.
func (p *pending) choose() tea.Cmd {
	options := []string{"all consumers"}
	for _, c := range p.group.Consumers {
		options = append(options, ui.Clean(c.Name)+"  "+views.Count(c.Pending)+" pending")
	}
	p.deps.Nav.Choose("Pending with", options, func(i int) tea.Cmd {
		p.before = nil
		p.turn(func(l *backends.PendingLook) {
			l.From, l.Consumer = "", ""
			if i > 0 {
				l.Consumer = p.group.Consumers[i-1].Name
			}
		})
		return nil
	})
	return nil
}

func (p *pending) copyID() {
	if e, ok := p.table.Selected(); ok {
		p.deps.Nav.Copy(ui.CleanPlain(e.Position))
	}
}

// open reads the entry and shows it.
func (p *pending) open() tea.Cmd {
	e, ok := p.table.Selected()
	if !ok {
		return nil
	}
	role, name := p.item.Source.Roles().Streams, p.item.Value.Name
	return views.Work(p.deps, "read stream "+ui.CleanPlain(name), func(ctx context.Context) ([]backends.Message, error) {
		return role.ReadStream(ctx, name, e.Position, 1)
	}, func(found []backends.Message, err error) {
		switch {
		case err != nil:
			p.deps.Nav.Toast(views.ErrorText(err))
		case len(found) == 0 || found[0].Position != e.Position:
			p.deps.Nav.Toast("its payload is gone: the entry was trimmed or deleted while it was pending")
		default:
			found[0].Source = p.item.Source.Identity().Name
			p.deps.Nav.Push(inspector.New(p.deps, found[0]))
		}
	})
}

// Capturing implements views.Screen.
func (p *pending) Capturing() bool { return false }

// Type implements views.Screen.
func (p *pending) Type(tea.KeyMsg) tea.Cmd { return nil }

// Close implements views.Screen.
func (p *pending) Close() { p.feed.Close() }

var (
	_ views.Screen  = (*pending)(nil)
	_ views.Screen  = (*detail)(nil)
	_ views.Starter = (*detail)(nil)
)
