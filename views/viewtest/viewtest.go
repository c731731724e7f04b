// Package viewtest lets tests of screens stand on known ground: sources with fixed answers and a
// Nav that remembers what it was asked. What sources really answer is tested
// in the adapters, on real servers; here only the drawing is.
package viewtest

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/ui/golden"
	"bustop/views"
)

// Main is the TestMain of packages whose drawings show times of day: the same wherever the tests run.
func Main(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// Start is when the clock of a synctest bubble starts.
func Start() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// Hostile is a name that would take over a terminal if it were printed as it is, followed by
// wide and combining characters.
const Hostile = "evil\x1b]0;pwned\x07\x1b[2J\u202e日本語e\u0301\xff"

// Source answers with what it was given.
type Source struct {
	// Name is what a config calls the source, "" when it has only its address.
	Name    string
	Backend string
	Address string
	Now     backends.Status

	QueuePage       backends.Page[backends.Queue]
	StreamPage      backends.Page[backends.Stream]
	ChannelPage     backends.Page[backends.Channel]
	LockPage        backends.Page[backends.Lock]
	LeaderboardPage backends.Page[backends.Leaderboard]
	Places          []backends.Place
	Pending         []backends.PendingEntry
	Report          backends.HealthReport
	Messages        []backends.Message
	ShapePage       backends.Page[backends.KeyShape]
	KeyRows         []backends.Key
	Content         backends.KeyContent
	Plan            backends.Plan
	pace            *backends.Pace
	mu              sync.Mutex // guards QueuePage, LockPage, fault and off once a screen looks
	fault           error
	off             []string
}

// Fail makes everything that is asked from now on fail, until it is called with nil.
func (s *Source) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = err
}

func (s *Source) failing() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// Identity implements backends.Source.
func (s *Source) Identity() backends.Identity {
	return backends.Identity{Name: cmp.Or(s.Name, s.Address), Backend: s.Backend, Address: s.Address}
}

// Roles implements backends.Source.
func (s *Source) Roles() backends.Roles {
	roles := backends.Roles{Queues: s, Streams: s, Channels: s, Locks: s, Leaderboards: s, Health: s}
	if s.Backend == "redis" {
		roles.Keys = s
	}
	return roles
}

// Status implements backends.Source.
func (s *Source) Status() backends.Status { return s.Now }

// Pace implements backends.Source.
func (s *Source) Pace() *backends.Pace {
	if s.pace == nil {
		s.pace = backends.NewPace(time.Second)
	}
	return s.pace
}

// Ping implements backends.Source.
func (s *Source) Ping(context.Context) error { return nil }

// Close implements backends.Source.
func (s *Source) Close() error { return nil }

// ListQueues implements backends.Queues.
func (s *Source) ListQueues(context.Context, backends.Query) (backends.Page[backends.Queue], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.QueuePage, s.fault
}

// SetQueues changes the queues while a screen looks at them.
func (s *Source) SetQueues(page backends.Page[backends.Queue]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.QueuePage = page
}

// SetLocks changes the locks while a screen looks at them.
func (s *Source) SetLocks(page backends.Page[backends.Lock]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.LockPage = page
}

// PlanPeek implements backends.Queues.
func (s *Source) PlanPeek(_ context.Context, name string) (backends.Plan, error) {
	plan := s.Plan
	plan.Target = backends.Target{Kind: backends.KindQueue, Name: name}
	return plan, s.failing()
}

// Peek implements backends.Queues.
func (s *Source) Peek(context.Context, backends.Look) ([]backends.Message, error) {
	return s.Messages, s.failing()
}

// ListStreams implements backends.Streams.
func (s *Source) ListStreams(context.Context, backends.Query) (backends.Page[backends.Stream], error) {
	return s.StreamPage, s.failing()
}

// DescribeStream implements backends.Streams.
func (s *Source) DescribeStream(context.Context, string) (backends.Stream, error) {
	return s.StreamPage.Items[0], s.failing()
}

// ReadStream implements backends.Streams.
func (s *Source) ReadStream(_ context.Context, _, from string, n int) ([]backends.Message, error) {
	if from == "first" || from == "last" {
		return s.Messages, s.failing()
	}
	rest := s.Messages[s.position(from):]
	return rest[:min(n, len(rest))], s.failing()
}

// ReadStreamBefore implements backends.StreamPager.
func (s *Source) ReadStreamBefore(_ context.Context, _, before string, n int) ([]backends.Message, error) {
	older := s.Messages[:s.position(before)]
	return older[max(len(older)-n, 0):], s.failing()
}

// position is the index of the first message at or after a position, or a time.
func (s *Source) position(from string) int {
	at, err := time.Parse(time.RFC3339, from)
	for i, m := range s.Messages {
		if m.Position == from || (err == nil && !m.Time.Before(at)) {
			return i
		}
	}
	return len(s.Messages)
}

// ReadPending implements backends.PendingReader, with as many entries as the group has.
func (s *Source) ReadPending(_ context.Context, _ string, look backends.PendingLook) (backends.PendingPage, error) {
	var page backends.PendingPage
	if look.From != "" {
		page.Entries = s.Pending[slices.IndexFunc(s.Pending, func(e backends.PendingEntry) bool { return e.Position == look.From }):]
	} else {
		page.Entries = s.Pending
	}
	page.Entries = slices.DeleteFunc(slices.Clone(page.Entries), func(e backends.PendingEntry) bool {
		return look.Consumer != "" && e.Consumer != look.Consumer
	})
	if len(page.Entries) > look.N {
		page.Next = page.Entries[look.N].Position
		page.Entries = page.Entries[:look.N]
	}
	return page, s.failing()
}

// TailStream implements backends.Streams.
func (s *Source) TailStream(ctx context.Context, name string) (*backends.Tail, error) {
	if err := s.failing(); err != nil {
		return nil, err
	}
	return s.tail(ctx, backends.Target{Kind: backends.KindStream, Name: name}), nil
}

// ListChannels implements backends.Channels.
func (s *Source) ListChannels(context.Context, backends.Query) (backends.Page[backends.Channel], error) {
	return s.ChannelPage, s.failing()
}

// PlanTap implements backends.Channels.
func (s *Source) PlanTap(_ context.Context, target backends.Target) (backends.Plan, error) {
	plan := s.Plan
	plan.Target = target
	return plan, s.failing()
}

// Tap implements backends.Channels.
func (s *Source) Tap(ctx context.Context, look backends.Look) (*backends.Tail, error) {
	if err := s.failing(); err != nil {
		return nil, err
	}
	return s.tail(ctx, look.Target), nil
}

// ListLocks implements backends.Locks.
func (s *Source) ListLocks(context.Context, backends.Query) (backends.Page[backends.Lock], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.LockPage, s.fault
}

// ListLeaderboards implements backends.Leaderboards.
func (s *Source) ListLeaderboards(context.Context, backends.Query) (backends.Page[backends.Leaderboard], error) {
	return s.LeaderboardPage, s.failing()
}

// ReadLeaderboard implements backends.Leaderboards.
func (s *Source) ReadLeaderboard(context.Context, string, int64, int) ([]backends.Place, error) {
	return s.Places, s.failing()
}

// ReadHealth implements backends.Health.
func (s *Source) ReadHealth(context.Context) (backends.HealthReport, error) {
	return s.Report, s.failing()
}

// tail carries the source's messages and then stays open.
func (s *Source) tail(ctx context.Context, target backends.Target) *backends.Tail {
	return backends.OpenTail(ctx, target, func(ctx context.Context, t *backends.Tail) {
		t.Update(func(state *backends.TailState) { state.State, state.Notes = backends.Live, s.Now.Notes })
		t.Ring.Add(s.Messages...)
		<-ctx.Done()
	})
}

// Deps returns what a screen needs, with the given sources and a Nav that the test can read.
func Deps(t testing.TB, mono bool, sources ...backends.Source) (*views.Deps, *Nav) {
	t.Helper()
	store := spans.NewStore(1 << 20)
	provider := spans.Provider(store, "test")
	nav := &Nav{}
	return &views.Deps{
		Sources: sources, Spans: store, Tracer: provider.Tracer("test"), Theme: ui.NewTheme(mono), Nav: nav,
		Now: time.Now, Decoder: views.NewDecoder(),
	}, nav
}

// Settle lets a screen pull until everything in the background is still, within a synctest bubble.
func Settle(s views.Screen) {
	for range 2 {
		s.Sync(time.Now())
		synctest.Wait()
	}
	s.Sync(time.Now())
}

// Press types keys at a screen, as the console does: names of keys, or text for a field that is open.
// It waits, within a synctest bubble, until everything in the background is still.
func Press(t testing.TB, nav *Nav, s views.Screen, keys ...string) {
	t.Helper()
	for _, key := range keys {
		PressOnly(t, nav, s, key)
		Settle(s)
	}
}

// PressOnly is Press without waiting.
func PressOnly(t testing.TB, nav *Nav, s views.Screen, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if s.Capturing() {
			msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(key)}
			switch key {
			case "enter":
				msg = tea.KeyMsg{Type: tea.KeyEnter}
			case "esc":
				msg = tea.KeyMsg{Type: tea.KeyEsc}
			}
			nav.Run(s.Type(msg))
			continue
		}
		i := slices.IndexFunc(s.Bindings(), func(b ui.Binding) bool { return slices.Contains(b.Keys, key) })
		if i < 0 {
			t.Fatalf("no binding for %q", key)
		}
		if b := s.Bindings()[i]; b.Reason() == "" {
			nav.Run(b.Do())
		} else {
			nav.Toast(b.Reason())
		}
	}
}

// Has reports whether a screen of 100×30 cells shows all of the texts.
func Has(s views.Screen, texts ...string) bool {
	screen := Text(s, 100, 30)
	return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(screen, text) })
}

// Shows holds that a screen of 100×30 cells shows the texts.
func Shows(t testing.TB, s views.Screen, texts ...string) {
	t.Helper()
	screen := Text(s, 100, 30)
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("the screen lacks %q:\n%s", text, screen)
		}
	}
}

// Lacks holds that a screen of 100×30 cells shows none of the texts.
func Lacks(t testing.TB, s views.Screen, texts ...string) {
	t.Helper()
	screen := Text(s, 100, 30)
	for _, text := range texts {
		if strings.Contains(screen, text) {
			t.Errorf("the screen shows %q:\n%s", text, screen)
		}
	}
}

// Text is a screen without its styles.
func Text(s views.Screen, w, h int) string { return ansi.Strip(strings.Join(s.Render(w, h), "\n")) }

// LongNames are names that begin alike and have no room in a narrow list.
func LongNames() []string {
	const stem = "orders:eu:west:customers:of:the:winter:catalogue:by:the:hour:and:the:day:"
	return []string{stem + "1234", stem + "1235"}
}

// TellsLongNamesApart checks that a list of LongNames shows how they differ, and its drawing.
func TellsLongNamesApart(t *testing.T, list views.Screen) {
	t.Helper()
	Settle(list)
	Shows(t, list, ":1234 ", ":1235 ", "…")
	golden.Check(t, "names-80x24", list.Render(80, 24))
}
