package app

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"bustop/backends"
	"bustop/views/viewtest"
)

// line is one line of the console at a width, without styles.
func (c *console) line(n, w, h int) string {
	lines := c.at(w, h)
	return strings.TrimRight(ansi.Strip(lines[(n+len(lines))%len(lines)]), " ")
}

func TestTheFirstLineKeepsWhatMatters(t *testing.T) {
	inConsole(t, true, func(c *console) {
		c.press("6")
		for w, want := range map[int]string{
			130: " 1 Overview 2 Queues 3 Streams 4 Channels 5 Locks [6 Leaderboards] 7 Keys 8 Traces                             read-only 00:00:00",
			90:  " 1 Over 2 Queue 3 Strm 4 Chan 5 Lock [6 Leaderboards] 7 Keys 8 Trace   read-only 00:00:00",
			80:  " 1 Over 2 Queue 3 Strm 4 Chan 5 Lock [6 Leaderboards] 7 Keys 8 Trace  read-only",
			60:  " 1 2 3 4 5 [6 Leaderboards] 7 8          read-only 00:00:00",
			40:  " 1 2 3 4 5 [6 Board] 7 8      read-only",
		} {
			if got := c.line(0, w, 24); got != want {
				t.Errorf("%d cells:\n got %q\nwant %q", w, got, want)
			}
		}
	})
}

func TestTheSecondLineSaysWhatIsDown(t *testing.T) {
	inConsole(t, true, func(c *console) {
		for w, want := range map[int]string{
			150: " ● redis 127.0.0.1:6379 live 3.5/s asked │ ○ rabbitmq 127.0.0.1:5672 down 12s connection refused – tried again every 2s",
			80:  " ● redis live 3.5/s asked │ ○ rabbitmq down 12s connection refused – tried agai…",
			40:  " ● redis │ ○ rabbitmq down 12s connecti…",
			28:  " ● redis │ ○ rabbitmq down …",
		} {
			if got := c.line(1, w, 24); got != want {
				t.Errorf("%d cells:\n got %q\nwant %q", w, got, want)
			}
		}
		c.press("3", "enter")
		if got, want := c.line(1, 40, 24), " ▸ stream ord… │ ● redis │ ○ rabbitmq d…"; got != want {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
	})
}

func TestALongToastTakesMoreLines(t *testing.T) {
	inConsole(t, true, func(c *console) {
		c.press("3", "enter")
		c.Toast("the trace 4bf92f3577b34da6a3ce929d0e0e4736 was kept in the file 4bf92f3577b34da6a3ce929d0e0e4736.json")
		if got, want := c.line(-2, 80, 24)+c.line(-1, 80, 24), " the trace 4bf92f3577b34da6a3ce929d0e0e4736 was kept in the file 4bf92f3577b34da6a3ce929d0e0e4736.json"; got != want {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
		time.Sleep(toastSpan)
		c.beat()
		if got := c.line(-1, 80, 24); !strings.Contains(got, "esc back") {
			t.Errorf("the toast stays: %q", got)
		}
	})
}

// asks is a console before a consent with long effects, of a queue whose name cannot be typed.
func asks(t *testing.T, consent backends.Consent, do func(t *testing.T, c *console)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		source.QueuePage.Items = []backends.Queue{{Name: "a\nb"}}
		source.Plan = backends.Plan{Consent: consent, Effects: []string{"First. " + strings.Repeat("Then something else happens. ", 60) + "Last."}}
		c := newConsole(t, true, source)
		c.press("2", "enter", "p")
		time.Sleep(grace)
		do(t, c)
	})
}

func TestALongConsentScrollsAndKeepsItsKeys(t *testing.T) {
	asks(t, backends.Confirm, func(t *testing.T, c *console) {
		c.shows("First.", "↓ 2 more lines", "y look")
		if screen := ansi.Strip(strings.Join(c.at(80, 14), "\n")); !strings.Contains(screen, "more lines") || !strings.Contains(screen, "y look") {
			t.Errorf("no keys:\n%s", screen)
		}
		for range 40 {
			c.press("down")
			c.at(100, 30)
		}
		c.shows("Last.", "the rest", "y look")
		for range 40 {
			c.press("up")
		}
		c.shows("First.")
		c.press("y")
		c.shows("4 messages")
	})
}

func TestANameMayBeTypedAsItIsShown(t *testing.T) {
	asks(t, backends.TypeName, func(_ *testing.T, c *console) {
		c.shows("Type the name to go on:")
		c.press("a", "enter")
		c.shows("That is not its name:")
		c.press(`\nb`)
		c.shows("Type the name to go on:")
		c.press("enter")
		c.shows("4 messages")
	})
}

func TestARefusalIsExplained(t *testing.T) {
	asks(t, backends.Refused, func(_ *testing.T, c *console) {
		c.shows("First.", "bustop does not look into this queue.", "p: refused: see above")
	})
}

// A key that is held down comes as one message of many; what is pasted is no key.
func TestAHeldKeyCountsEachTime(t *testing.T) {
	for text, want := range map[string]int{"j": 1, "jjj": 3, "jk": 1, "jjjjjjjj": 8} {
		key := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)}
		one, times := held(key)
		if times != want || (want > 1 && string(one.Runes) != "j") {
			t.Errorf("%q is %q %d times", text, string(one.Runes), times)
		}
	}
	if _, times := held(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jjj"), Paste: true}); times != 1 {
		t.Error("what is pasted is taken for keys")
	}
	inConsole(t, true, func(c *console) {
		c.press("2")
		c.handle(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jj")})
		c.beat()
		held := c.text()
		c.press("g", "j", "j")
		if again := c.text(); again != held {
			t.Errorf("two at once:\n%s\none after the other:\n%s", held, again)
		}
		c.press("g")
		if c.text() == held {
			t.Error("the marker has not moved")
		}
	})
}
