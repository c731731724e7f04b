package app

import (
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/views"
)

// rumour is a screen with news as the test has it.
type rumour struct {
	views.Screen
	news bool
}

func (r *rumour) Sync(time.Time) bool { return r.news }

// pauses gives the console a message and returns how long the beat that it starts waits.
func (c *console) pauses(msg tea.Msg) time.Duration {
	c.t.Helper()
	_, cmd := c.Update(msg)
	if cmd == nil {
		return 0
	}
	start := time.Now()
	if beat := cmd(); beat != (tick{c.generation}) {
		c.t.Fatalf("%#v after %T", beat, msg)
	}
	return time.Since(start)
}

func TestTheBeat(t *testing.T) {
	key := tea.KeyMsg{Type: tea.KeyF1} // without a meaning
	inConsole(t, false, func(c *console) {
		screen := &rumour{Screen: c.screen()}
		c.tabs[c.front].stack = []views.Screen{screen}
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
		for i, step := range []struct {
			msg  tea.Msg
			news bool
			want time.Duration
		}{
			{nil, true, beat},
			{nil, false, beatQuiet},
			{nil, false, beatQuiet},
			{nil, false, beatQuiet},
			{nil, false, time.Second - beat - 3*beatQuiet}, // the clock moves
			{key, false, beat},
			{key, false, 0}, // expected already
			{nil, false, beatQuiet},
			{tea.BlurMsg{}, false, 0},
			{nil, true, beatBlurred},
			{key, true, 0},
			{tea.FocusMsg{}, true, beat},
		} {
			screen.news = step.news
			if step.msg == nil {
				step.msg = tick{c.generation}
			}
			if got := c.pauses(step.msg); got != step.want {
				t.Errorf("step %d: the beat waits %v, want %v", i, got, step.want)
			}
		}
	})
}
