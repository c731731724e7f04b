package messages_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"bustop/backends"
	"bustop/views/messages"
	"bustop/views/viewtest"
)

// flow is a tail that the test fills.
func flow(t *testing.T) *backends.Tail {
	t.Helper()
	return backends.OpenTail(t.Context(), backends.Target{Kind: backends.KindChannel, Name: "c"},
		func(ctx context.Context, tail *backends.Tail) {
			tail.Update(func(s *backends.TailState) { s.State = backends.Live })
			<-ctx.Done()
		})
}

func numbered(from, n int) []backends.Message {
	msgs := make([]backends.Message, n)
	for i := range msgs {
		body := fmt.Sprintf(`{"n":%d}`, from+i)
		msgs[i] = backends.Message{Position: fmt.Sprint(from + i), Body: []byte(body), Size: len(body), Time: viewtest.Start()}
	}
	return msgs
}

func screenText(s *messages.Screen) string { return ansi.Strip(strings.Join(s.Render(100, 12), "\n")) }

func expect(t *testing.T, s *messages.Screen, want ...string) {
	t.Helper()
	got := screenText(s)
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("the screen lacks %q:\n%s", w, got)
		}
	}
}

func press(t *testing.T, s *messages.Screen, key string) {
	t.Helper()
	for _, b := range s.Bindings() {
		for _, k := range b.Keys {
			if k == key {
				b.Do()
				return
			}
		}
	}
	t.Fatalf("no binding for %q", key)
}

func TestFlowIsFollowedCountedAndFrozen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := viewtest.Deps(t, true)
		tail := flow(t)
		s := messages.New(d, messages.Options{Title: "c", Tail: tail})
		defer tail.Close()
		tail.Ring.Add(numbered(1, 50_000)...)
		synctest.Wait()
		s.Sync(d.Now())
		expect(t, s, "● live", "50,000 seen", `{n: 50000}`)
		press(t, s, "home")
		expect(t, s, "30,000 came too fast to be kept")
		press(t, s, "end")
		press(t, s, " ")
		tail.Ring.Add(numbered(50_001, 2_000)...)
		time.Sleep(4 * time.Second)
		s.Sync(d.Now())
		expect(t, s, "FROZEN 4s +2,000", `{n: 50000}`)
		press(t, s, " ")
		s.Sync(d.Now())
		expect(t, s, "52,000 seen", `{n: 52000}`)
		press(t, s, "up")
		tail.Ring.Add(numbered(52_001, 5)...)
		s.Sync(d.Now())
		if m, _ := s.Selected(); m.Position != "51999" {
			t.Errorf("the marker is on %q after more came", m.Position)
		}
	})
}

func TestHistoryAndFlowMeetWithoutARepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := viewtest.Deps(t, true)
		tail := flow(t)
		defer tail.Close()
		tail.Ring.Add(numbered(4, 3)...)
		s := messages.New(d, messages.Options{Tail: tail, History: numbered(1, 5)})
		s.Sync(d.Now())
		got := screenText(s)
		for n := 1; n <= 6; n++ {
			if strings.Count(got, fmt.Sprintf(`{n: %d}`, n)) != 1 {
				t.Errorf("message %d is not there exactly once:\n%s", n, got)
			}
		}
	})
}

func TestFilterLooksIntoBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := viewtest.Deps(t, true)
		s := messages.New(d, messages.Options{History: numbered(1, 40)})
		press(t, s, "/")
		for _, r := range `:39` {
			s.Type(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
		s.Type(tea.KeyMsg{Type: tea.KeyEnter})
		expect(t, s, `{n: 39}`, "/:39 1")
		if strings.Contains(screenText(s), `{n: 38}`) {
			t.Error("other messages are still shown")
		}
	})
}

func TestGapsAreMarkedAndNotOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true)
		tail := flow(t)
		defer tail.Close()
		s := messages.New(d, messages.Options{Tail: tail})
		tail.Gap("the server closed the connection")
		synctest.Wait()
		s.Sync(d.Now())
		expect(t, s, "▌ ┄┄ 00:00:00 gap: the server closed the connection", "0 seen", "1 gap")
		if got := s.Bindings()[0].Reason(); got != "this is a gap: the server closed the connection" {
			t.Errorf("it cannot be opened because %q", got)
		}
		press(t, s, "enter")
		if len(nav.Pushed) != 0 {
			t.Error("a gap was opened")
		}
	})
}
