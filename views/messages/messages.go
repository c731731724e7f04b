// Package messages is the screen that lists messages: copies taken from a queue, entries of a
// stream, or a flow as it comes. Only the rows on screen are decoded. A flow is pulled from its
// Tail at each tick; freezing stops the pulling, while the Tail goes on and counts.
package messages

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/inspector"
)

// pullMax bounds what one tick takes over from a Tail; what is beyond is skipped and counted.
const pullMax = 20_000

// gapRoom is room for marks of gaps beside as many messages as a Tail keeps.
const gapRoom = 100

// Options say where the messages come from.
type Options struct {
	// Title is the crumb, clean.
	Title string
	// Source is the name of the source that the messages are from.
	Source string
	// Tail is followed and closed with the screen; nil when there is nothing to follow.
	Tail *backends.Tail
	// History are messages older than the tail's, oldest first, or the copies of a peek.
	History []backends.Message
	// Taken is when copies were taken; zero for a flow.
	Taken time.Time
	// Again takes new copies; nil where that makes no sense.
	Again func() tea.Cmd
	// Fields shows the fields beside the body as columns, where there is room.
	Fields bool
	// Where says which part of a flow the messages are, clean; "" for copies and for its end.
	Where string
	// Colours gives each route a mark and a colour of its own and a legend tells of them, for a flow of
	// several.
	Colours bool
	// Watched are the names of all that a flow is of, for those by which nothing comes.
	Watched []string
}

// Screen lists messages.
type Screen struct {
	deps   *views.Deps
	opt    Options
	log    log
	filter *views.Filter
	rows   rows
	routes routes

	next     uint64 // number of the tail's next message to take over
	known    map[string]bool
	skipped  uint64
	selected uint64
	follow   bool
	frozen   time.Time
	frozenAt uint64 // what the tail had seen then
	now      time.Time
	height   int
	stats    backends.RingStats
	drawn    string // what the facts line showed last
	pairs    pairs

	closing sync.Mutex // guards closed, and opt.Tail against Close, which is called beside the event loop
	closed  bool
}

// New returns a screen over messages.
func New(d *views.Deps, opt Options) *Screen {
	s := &Screen{deps: d, filter: views.NewFilter(), now: d.Now()}
	s.log.max = backends.TailCount + gapRoom
	s.rows.deps = d
	s.Restart(opt)
	return s
}

// Restart shows other messages in the same screen, for copies taken again.
func (s *Screen) Restart(opt Options) {
	s.closing.Lock()
	if before := s.opt.Tail; before != nil && before != opt.Tail {
		go before.Close()
	}
	s.opt = opt
	if s.closed && opt.Tail != nil {
		go opt.Tail.Close() // the screen was left while the tail was being opened
	}
	s.closing.Unlock()
	s.log = log{source: opt.Source, max: s.log.max, match: s.log.match}
	s.pairs = pairs{}
	s.rows.forget()
	s.rows.routes, s.routes = nil, routes{}
	s.follow, s.next, s.skipped, s.frozen = opt.Tail != nil, 1, 0, time.Time{}
	s.known = make(map[string]bool, len(opt.History))
	for _, m := range opt.History {
		s.known[m.Position] = true
	}
	s.take(opt.History)
	s.selected = s.log.first()
	if s.follow {
		s.selected = s.log.last
	}
}

// Title implements views.Screen.
func (s *Screen) Title() string { return s.opt.Title }

// Close implements views.Screen.
func (s *Screen) Close() {
	s.closing.Lock()
	s.closed = true
	tail := s.opt.Tail
	s.closing.Unlock()
	if tail != nil {
		tail.Close()
	}
}

// Sync implements views.Screen.
func (s *Screen) Sync(now time.Time) bool {
	s.now = now
	before := s.log.last
	if s.opt.Tail != nil {
		s.stats = s.opt.Tail.Ring.Stats()
		if s.frozen.IsZero() {
			s.pull()
		}
	}
	facts := s.facts()
	changed := s.log.last != before || facts != s.drawn
	s.drawn = facts
	return changed
}

// pull takes over what came since the last tick.
func (s *Screen) pull() {
	before := s.skipped
	if behind := s.stats.Next - s.next; behind > pullMax {
		s.skipped += behind - pullMax
		s.next = s.stats.Next - pullMax
	}
	msgs, seq := s.opt.Tail.Ring.From(s.next, pullMax)
	s.skipped += seq - s.next
	s.next = seq + uint64(len(msgs))
	if len(s.known) > 0 && len(msgs) > 0 {
		msgs = s.withoutKnown(msgs)
	}
	if lost := s.skipped - before; lost > 0 {
		s.log.add(backends.Message{Time: s.now, TimeReceived: true, Gap: views.Exactly(lost) + " came too fast to be kept"})
	}
	s.take(msgs)
	if s.opt.Colours {
		s.routes.meet(msgs)
		if s.rows.routes == nil && len(s.routes.counts) > 1 {
			s.rows.routes = &s.routes
			s.rows.forget() // rows without marks
		}
	}
	if s.follow || s.selected == 0 {
		s.selected = s.log.last
	}
	s.selected = max(s.selected, s.log.first())
}

// take adds messages and pairs requests with replies.
func (s *Screen) take(msgs []backends.Message) {
	n := s.log.last
	s.log.add(msgs...)
	for i, m := range msgs {
		s.pairs.see(n+uint64(i)+1, s.log.first(), m) //nolint:gosec // an index is not negative
	}
}

// withoutKnown drops what the history had already: a tail starts before the history is read, so
// that nothing is missed between the two.
func (s *Screen) withoutKnown(msgs []backends.Message) []backends.Message {
	fresh := msgs[:0:0]
	for _, m := range msgs {
		if m.Gap != "" || !s.known[m.Position] {
			fresh = append(fresh, m)
		}
	}
	if len(fresh) > 0 {
		s.known = nil // positions grow: what follows is new
	}
	return fresh
}

// Capturing implements views.Screen.
func (s *Screen) Capturing() bool { return s.filter.Editing() }

// Type implements views.Screen.
func (s *Screen) Type(key tea.KeyMsg) tea.Cmd {
	if s.filter.Type(key) {
		s.refilter()
	}
	return nil
}

// refilter looks for the text in bodies, headers and routes as they are, and in what the row
// shows when the body is not text.
func (s *Screen) refilter() {
	if s.filter.Empty() {
		s.log.filter(nil)
		return
	}
	s.log.filter(s.matches)
}

func (s *Screen) matches(m backends.Message) bool {
	if m.Gap != "" {
		return true
	}
	text := m.Route + "\n" + m.Position + "\n" + string(bytes.ToLower(m.Body))
	for _, h := range m.Headers {
		text += "\n" + h.Name + " " + string(h.Value)
	}
	return s.filter.Match(text)
}

func (s *Screen) move(delta int) {
	if s.log.len() == 0 {
		return
	}
	i := min(max(s.log.index(s.selected)+delta, 0), s.log.len()-1)
	s.selected = s.log.at(i).n
	s.follow = s.opt.Tail != nil && i == s.log.len()-1 && delta > 0
}

func (s *Screen) page(pages int) { s.move(pages * max(s.height-3, 1)) }

func (s *Screen) home() { s.move(-s.log.len()) }

func (s *Screen) end() { s.move(s.log.len()) }

func (s *Screen) freeze() {
	if s.opt.Tail == nil {
		return
	}
	if s.frozen.IsZero() {
		s.frozen, s.frozenAt = s.now, s.stats.Seen()
	} else {
		s.frozen = time.Time{}
	}
}

// Ends returns the oldest and the newest message there is, gaps left out; false when there is none.
func (s *Screen) Ends() (oldest, newest backends.Message, ok bool) {
	for _, e := range s.log.entries[s.log.head:] {
		if e.msg.Gap != "" {
			continue
		}
		if newest = e.msg; !ok {
			oldest, ok = e.msg, true
		}
	}
	return oldest, newest, ok
}

// Last moves the marker to the newest message.
func (s *Screen) Last() { s.end() }

// Held implements views.Holder, whatever is filtered.
func (s *Screen) Held(wanted func(backends.Message) bool) (backends.Message, bool) {
	for _, e := range slices.Backward(s.log.entries[s.log.head:]) {
		if e.msg.Gap == "" && wanted(e.msg) {
			return e.msg, true
		}
	}
	return backends.Message{}, false
}

// Selected returns the message under the marker; gaps cannot be selected.
func (s *Screen) Selected() (backends.Message, bool) {
	i := s.log.index(s.selected)
	if i >= s.log.len() || s.log.at(i).msg.Gap != "" {
		return backends.Message{}, false
	}
	return s.log.at(i).msg, true
}

func (s *Screen) open() {
	if m, ok := s.Selected(); ok {
		s.deps.Nav.Push(inspector.New(s.deps, m))
	}
}

func (s *Screen) openTrace() {
	m, ok := s.Selected()
	if !ok {
		return
	}
	views.OpenTraceOf(s.deps, m)
}

func (s *Screen) copyBody() {
	if m, ok := s.Selected(); ok {
		s.deps.Nav.Copy(strings.Join(ui.CleanText(string(m.Body), 10_000, 5_000), "\n"))
	}
}

// Bindings implements views.Screen.
func (s *Screen) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "open", Category: "Messages", Do: views.Do(s.open), Disabled: s.needsMessage},
		{Keys: []string{"/"}, Help: "filter (! inverts)", Hint: "filter", Category: "Messages", Do: views.Do(s.filter.Begin)},
		{Keys: []string{"t"}, Help: "its trace", Category: "Messages", Do: views.Do(s.openTrace), Disabled: s.needsMessage},
		{Keys: []string{"y"}, Help: "copy the body as shown", Hint: "copy", Category: "Messages", Do: views.Do(s.copyBody), Disabled: s.needsMessage},
	}
	if len(s.pairs.of) > 0 {
		bs = append(bs, ui.Binding{Keys: []string{"m"}, Help: "from a request to its reply and back", Hint: "reply", Category: "Messages", Do: views.Do(s.jump), Disabled: s.needsCall})
	}
	if s.opt.Tail != nil {
		bs = append(bs, ui.Binding{Keys: []string{" "}, Help: "freeze", Category: "Messages", Do: views.Do(s.freeze)})
	}
	if s.opt.Again != nil {
		bs = append(bs, ui.Binding{Keys: []string{"r"}, Help: "take copies again", Category: "Messages", Do: s.opt.Again})
	}
	if !s.filter.Empty() {
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "drop the filter", Category: "Messages", Do: views.Do(s.dropFilter)})
	}
	return append(bs, views.Moves(s.move, s.page, s.home, s.end)...)
}

func (s *Screen) dropFilter() {
	s.filter.Clear()
	s.refilter()
}

// needsMessage says why nothing can be opened: of a gap, what it is, which its row may be too short for.
func (s *Screen) needsMessage() string {
	if _, ok := s.Selected(); ok {
		return ""
	}
	if i := s.log.index(s.selected); i < s.log.len() {
		return "this is a gap: " + ui.CleanPlain(s.log.at(i).msg.Gap)
	}
	return "no message is selected"
}
