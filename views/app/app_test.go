package app

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui/golden"
	"bustop/views/viewtest"
)

func TestMain(m *testing.M) { viewtest.Main(m) }

// console is a model with a driver's handle: keys go in, lines come out.
type console struct {
	t *testing.T
	*model
	shown  []string
	copied []string
	// results is set where the clock is real: commands run beside the console and what they bring
	// comes back with the next beat. Without it they run at once.
	results chan tea.Msg
}

// The console's handle is also its terminal.
func (c *console) Draw(lines []string) { c.shown = lines }
func (c *console) Repaint()            { c.shown = nil }
func (c *console) Copy(text string)    { c.copied = append(c.copied, text) }

func newConsole(t *testing.T, mono bool, sources ...backends.Source) *console {
	t.Helper()
	store := spans.NewStore(1 << 20)
	c := startConsole(t, Options{
		Sources: sources, Spans: store, Tracer: spans.Provider(store, "test"), Mono: mono,
	})
	c.beat()
	return c
}

func startConsole(t *testing.T, opt Options) *console {
	t.Helper()
	c := &console{t: t}
	c.model = newModel(opt, c)
	t.Cleanup(c.close)
	return c
}

// beat lets everything in the background finish, or takes what has, then ticks.
func (c *console) beat() {
	if c.results == nil {
		synctest.Wait()
	}
	for len(c.results) > 0 {
		c.take(<-c.results)
	}
	c.handle(tick{c.generation})
}

// handle gives a message to the model and carries out what it asks for, ticks excepted.
func (c *console) handle(msg tea.Msg) {
	_, cmd := c.Update(msg)
	if _, isTick := msg.(tick); !isTick || c.results != nil {
		c.run(cmd)
	}
}

func (c *console) run(cmd tea.Cmd) {
	switch {
	case cmd == nil:
	case c.results == nil:
		c.take(cmd())
	default:
		go func() { c.results <- cmd() }()
	}
}

func (c *console) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.BatchMsg:
		for _, one := range msg {
			c.run(one)
		}
	case nil, tea.QuitMsg:
	default:
		c.handle(msg)
	}
}

// press types keys: names of special keys, or text.
func (c *console) press(keys ...string) {
	for _, key := range keys {
		c.handle(keyPress(key))
		c.beat()
	}
}

func keyPress(key string) tea.KeyMsg {
	special := map[string]tea.KeyType{
		"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "down": tea.KeyDown, "up": tea.KeyUp,
		"home": tea.KeyHome, "end": tea.KeyEnd, "space": tea.KeySpace, "pgdown": tea.KeyPgDown, "right": tea.KeyRight,
	}
	if kind, ok := special[key]; ok {
		return tea.KeyMsg{Type: kind}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(key)}
}

// at draws the console at a size.
func (c *console) at(w, h int) []string {
	c.handle(tea.WindowSizeMsg{Width: w, Height: h})
	if text := c.View(); text != "" {
		c.t.Errorf("View returns %q", text)
	}
	return c.shown
}

// text is the screen without styles.
func (c *console) text() string { return ansi.Strip(strings.Join(c.at(100, 30), "\n")) }

func (c *console) shows(want ...string) {
	c.t.Helper()
	screen := c.text()
	for _, w := range want {
		if !strings.Contains(screen, w) {
			c.t.Errorf("the screen lacks %q:\n%s", w, screen)
		}
	}
}

func inConsole(t *testing.T, mono bool, f func(*console)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(newConsole(t, mono, viewtest.Redis(), viewtest.RabbitMQ()))
	})
}

// screens are ways to each kind of screen.
func screens() map[string][]string {
	return map[string][]string{
		"overview": {"1"}, "queues": {"2"}, "streams": {"3"}, "channels": {"4"}, "locks": {"5"}, "leaderboards": {"6"}, "keys": {"7"}, "traces": {"8"},
		"shape": {"7", "down", "enter"}, "key": {"7", "down", "enter", "enter"},
		"stream": {"3", "enter"}, "inspector": {"3", "enter", "up", "up", "enter"}, "tap": {"4", "enter"}, "lock": {"5", "enter"},
		"board": {"6", "enter"}, "help": {"2", "?"}, "filter": {"2", "/", "o", "r", "d"}, "frozen": {"2", "space"},
		"queue": {"2", "/", "d", "e", "a", "d", "enter", "enter"}, "consent": {"2", "/", "d", "e", "a", "d", "enter", "enter", "p"},
	}
}

// sizes are those at which a screen is drawn; tables with many columns are drawn wider, too.
func sizes(name string) [][2]int {
	sizes := [][2]int{{120, 40}, {80, 24}, {40, 12}, {20, 5}}
	if name == "keys" || name == "shape" || name == "key" {
		sizes = append(sizes, [2]int{200, 50})
	}
	return sizes
}

func TestScreensAreDrawnAsBefore(t *testing.T) {
	for name, keys := range screens() {
		t.Run(name, func(t *testing.T) {
			inConsole(t, name == "locks", func(c *console) {
				c.press(keys...)
				for _, size := range sizes(name) {
					lines := c.at(size[0], size[1])
					check(t, lines, size[0], size[1])
					if name != "traces" { // durations of real work differ from run to run
						golden.Check(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), lines)
					}
				}
			})
		})
	}
}

// check holds what is true of every frame: its size, valid text, and no control character but
// our own styles.
func check(t *testing.T, lines []string, w, h int) {
	t.Helper()
	if len(lines) != h {
		t.Fatalf("%d lines, want %d", len(lines), h)
	}
	for i, l := range lines {
		if got := ansi.StringWidth(l); got != w {
			t.Errorf("line %d is %d cells wide, want %d: %q", i, got, w, l)
		}
		if !utf8.ValidString(l) {
			t.Errorf("line %d is not UTF-8: %q", i, l)
		}
		for _, r := range withoutSGR(l) {
			if r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == '\u202e' {
				t.Errorf("line %d holds %U: %q", i, r, l)
			}
		}
	}
}

func withoutSGR(s string) string {
	for {
		i := strings.Index(s, "\x1b[")
		if i < 0 {
			return s
		}
		n := strings.IndexFunc(s[i+2:], func(r rune) bool { return r != ';' && (r < '0' || r > '9') })
		if n < 0 || s[i+2+n] != 'm' {
			return s
		}
		s = s[:i] + s[i+2+n+1:]
	}
}

func TestScreensFitAnySize(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, keys := range screens() {
		t.Run(name, func(t *testing.T) {
			inConsole(t, false, func(c *console) {
				c.press(keys...)
				for range 60 {
					w, h := 1+random.IntN(220), 1+random.IntN(60)
					check(t, c.at(w, h), w, h)
				}
			})
		})
	}
}

func TestAnUnknownSizeIs80x24(t *testing.T) {
	inConsole(t, false, func(c *console) {
		lines := c.at(0, 0)
		check(t, lines, 80, 24)
	})
}

func TestFilterKeepsTheMarkerOnItsRow(t *testing.T) {
	inConsole(t, true, func(c *console) {
		c.press("2", "/", "billing", "enter")
		c.shows("1 of 4 queues", "orders.billing", "/billing")
		c.press("esc")
		c.shows("4 queues", "▌orders.billing")
	})
}

func TestEscGoesBackAndNeverQuits(t *testing.T) {
	inConsole(t, false, func(c *console) {
		c.press("3", "enter")
		c.shows("▸ stream orders")
		c.press("esc", "esc", "esc")
		c.shows("[3 Streams]")
	})
}

func TestADeadKeyExplainsItself(t *testing.T) {
	inConsole(t, false, func(c *console) {
		c.press("8", "/", "nothing-like-this", "enter", "enter")
		c.shows("no trace is selected")
	})
}

func TestConsentIgnoresWhatWasTypedAhead(t *testing.T) {
	inConsole(t, false, func(c *console) {
		c.press("2", "/", "dead", "enter", "enter", "p", "y")
		c.shows("Before you look", "takes 10 messages out")
		time.Sleep(grace)
		c.press("y")
		c.shows("copies as of 00:00:00", "there are no messages")
	})
}

// TestConsentOffersACommand: it is copied by one key, the person agrees to nothing by that, and where the
// name is typed the letter belongs to the name.
func TestConsentOffersACommand(t *testing.T) {
	inConsole(t, false, func(c *console) {
		const line = "rabbitmq-queues peek --vhost / q 1"
		var agreed []backends.Look
		agree := func(l backends.Look) tea.Cmd {
			agreed = append(agreed, l)
			return nil
		}
		for _, consent := range []backends.Consent{backends.Refused, backends.Confirm} {
			plan := backends.Plan{Target: backends.Target{Kind: backends.KindQueue, Name: "Yq"}, Consent: consent, Command: line}
			c.Ask(plan, 1, agree)
			time.Sleep(grace)
			c.shows("Y copy the command")
			c.press("Y", "esc")
		}
		plan := backends.Plan{Target: backends.Target{Kind: backends.KindQueue, Name: "Yq"}, Consent: backends.TypeName, Command: line}
		c.Ask(plan, 1, agree)
		time.Sleep(grace)
		c.press("ctrl+y", "Y", "q", "enter")
		if !slices.Equal(c.copied, []string{line, line, line}) || len(agreed) != 1 || agreed[0].TypedName != "Yq" {
			t.Errorf("copied %q, agreed to %+v", c.copied, agreed)
		}
	})
}

func TestFreezeStopsTheRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		redis := viewtest.Redis()
		c := newConsole(t, false, redis)
		c.press("2")
		c.press("space")
		redis.SetQueues(backends.Page[backends.Queue]{Items: redis.QueuePage.Items[:1], Total: backends.ExactCount(1)})
		time.Sleep(5 * time.Second)
		c.beat()
		c.shows("2 queues", "FROZEN 5s")
		c.press("space")
		time.Sleep(3 * time.Second)
		c.beat()
		time.Sleep(3 * time.Second)
		c.beat()
		c.shows("1 queue")
	})
}

func TestOnlyTheNewestTickIsFollowed(t *testing.T) {
	inConsole(t, false, func(c *console) {
		if _, cmd := c.Update(tick{c.generation - 1}); cmd != nil {
			if msg := cmd(); msg != nil {
				if batch, ok := msg.(tea.BatchMsg); !ok || len(batch) > 0 {
					t.Errorf("an old tick started %T", msg)
				}
			}
		}
	})
}

func TestJumpToAnAbsentTraceSaysItsID(t *testing.T) {
	inConsole(t, false, func(c *console) {
		c.press("3", "enter", "enter", "t")
		c.shows("trace 4bf92f3577b34da6a3ce929d0e0e4736 is not here")
	})
}

func TestQuit(t *testing.T) {
	inConsole(t, false, func(c *console) {
		for _, key := range []tea.KeyMsg{{Type: tea.KeyCtrlC}, {Type: tea.KeyRunes, Runes: []rune("q")}} {
			_, cmd := c.Update(key)
			if cmd == nil {
				t.Fatalf("%s does nothing", key)
			}
			if _, ok := cmd().(tea.QuitMsg); !ok {
				t.Errorf("%s does not quit", key)
			}
		}
	})
}
