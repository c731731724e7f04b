package messages_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"

	"bustop/backends"
	"bustop/views/messages"
	"bustop/views/viewtest"
)

// by is a message of a channel that was subscribed to by a name.
func by(name, channel string) backends.Message {
	return backends.Message{
		Target: backends.Target{Kind: backends.KindChannel, Name: name}, Route: channel, Body: []byte(`{"n":1}`), Size: 7, Time: viewtest.Start(),
	}
}

// bring lets messages come as an adapter does.
func bring(tail *backends.Tail, msgs ...backends.Message) {
	tail.Ring.Add(msgs...)
	tail.Flows.Add(msgs...)
}

func TestALegendTellsChannelsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := viewtest.Deps(t, true)
		tail := flow(t)
		defer tail.Close()
		tail.Flows.Run()
		s := messages.New(d, messages.Options{Title: "c", Tail: tail, Colours: true, Watched: []string{"a", "news.*", "quiet"}})
		look := func(w, h int) string {
			synctest.Wait()
			s.Sync(d.Now())
			lines := s.Render(w, h)
			if len(lines) != h {
				t.Errorf("%d lines of %d", len(lines), h)
			}
			for _, line := range lines {
				if ansi.StringWidth(line) != w {
					t.Errorf("%d cells of %d: %q", ansi.StringWidth(line), w, line)
				}
			}
			return ansi.Strip(strings.Join(lines, "\n"))
		}
		if text := look(100, 24); !strings.Contains(text, "a nothing yet     news.* nothing yet     quiet nothing yet") {
			t.Errorf("before anything has come:\n%s", text)
		}
		for range 3 {
			time.Sleep(time.Second)
			bring(tail, by("a", "a"), by("news.*", "news.x"), by("news.*", "news.x"), by("news.*", "news.y"))
		}
		text := look(100, 24)
		for _, want := range []string{"■ news.x 6 2.0/s", "● a 3 1.0/s", "▲ news.y 3 1.0/s", "quiet nothing yet", "● a ", "■ news.x  "} {
			if !strings.Contains(text, want) {
				t.Errorf("the screen lacks %q:\n%s", want, text)
			}
		}
		for i := range 600 {
			bring(tail, by("news.*", fmt.Sprintf("news.topic-%d", i)))
		}
		text = look(100, 24)
		if !strings.Contains(text, "+≥489 more") || !strings.Contains(text, "· news.topic-599") {
			t.Errorf("many channels:\n%s", text)
		}
		if strings.Contains(look(100, 8), " more\n") {
			t.Error("a legend on a low screen")
		}
		for _, size := range [][2]int{{20, 10}, {1, 12}, {40, 50}, {200, 50}} {
			look(size[0], size[1])
		}
	})
}

func TestNoLegendForOneChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := viewtest.Deps(t, true)
		tail := flow(t)
		defer tail.Close()
		s := messages.New(d, messages.Options{Title: "c", Tail: tail, Colours: true, Watched: []string{"a"}})
		bring(tail, by("a", "a"))
		synctest.Wait()
		s.Sync(d.Now())
		if text := screenText(s); strings.Contains(text, "●  a") || strings.Contains(text, "● a") {
			t.Errorf("one channel needs no mark:\n%s", text)
		}
	})
}
