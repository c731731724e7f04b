// Package app is the console: the only tea.Model. It routes keys and ticks to the screen in
// front, owns the one ticker, and draws the frame around the screen.
//
// Data do not come as messages. At each tick the screen in front pulls what is new; only ticks,
// keys and the results of what a person did reach Update, which is why keys are answered at
// once however much is coming in.
package app

import (
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/ui"
	"bustop/views"
)

// The beat of the console: how often it looks for news, after there were some, after there were none,
// and without the focus.
const (
	beat        = 100 * time.Millisecond
	beatQuiet   = 250 * time.Millisecond
	beatBlurred = 500 * time.Millisecond
)

// Below these sizes the frame around the screen is left out, and below tooSmall everything.
const (
	minFrameHeight = 8
	tooSmallWidth  = 20
	tooSmallHeight = 4
)

// tick is the beat; only the newest generation is followed, so that a second loop cannot start.
type tick struct{ generation int }

// terminal is what the console is drawn on, a ui.Screen.
type terminal interface {
	Draw(lines []string)
	Repaint()
	Copy(text string)
}

// model is the console.
type model struct {
	deps     *views.Deps
	terminal terminal
	tabs     []*tab
	front    int // index of the tab in front

	dialog dialog // takes all keys while it is open
	toast  toast
	alerts <-chan string
	// context and its colour are shown where the eye falls first: production looks like it.
	context, colour string

	width, height int
	blurred       bool
	quiet         bool // the last beat brought no news
	generation    int
	now           time.Time
	sized         bool      // the terminal has been asked for its size
	dirty         bool      // what it shows is old
	pending       []tea.Cmd // from Nav.Run, started with the next return of Update
}

// tab is a pane with what was opened from it on top.
type tab struct {
	name, short string
	stack       []views.Screen
}

func (t *tab) top() views.Screen { return t.stack[len(t.stack)-1] }

// Init implements tea.Model.
func (m *model) Init() tea.Cmd { return m.nextTick() }

func (m *model) nextTick() tea.Cmd {
	m.generation++
	generation := m.generation
	return tea.Tick(m.pause(), func(time.Time) tea.Msg { return tick{generation} })
}

// pause is the time until the next beat. However quiet it is, the clock moves with the second.
func (m *model) pause() time.Duration {
	switch {
	case m.blurred:
		return beatBlurred
	case m.quiet:
		return min(beatQuiet, m.now.Truncate(time.Second).Add(time.Second).Sub(m.now))
	}
	return beat
}

// hasten has the beat expect news, as after a key.
func (m *model) hasten() tea.Cmd {
	if m.blurred || !m.quiet {
		return nil
	}
	m.quiet = false
	return m.nextTick()
}

// Update implements tea.Model: it only routes.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	m.dirty = true
	switch msg := msg.(type) {
	case tick:
		cmd = m.onTick(msg)
	case tea.KeyMsg:
		cmd = tea.Batch(m.onKey(msg), m.hasten())
	case tea.WindowSizeMsg:
		m.width, m.height, m.sized = msg.Width, msg.Height, true
		m.terminal.Repaint()
	case tea.FocusMsg:
		m.blurred = false
		cmd = m.nextTick()
	case tea.BlurMsg:
		m.blurred = true
	case views.Result:
		msg.Apply()
	default:
		m.dirty = false
	}
	cmds := append(m.pending, cmd)
	m.pending = nil
	return m, tea.Batch(cmds...)
}

func (m *model) onTick(t tick) tea.Cmd {
	m.dirty = false
	if t.generation != m.generation {
		return nil
	}
	before := m.now
	m.now = m.deps.Now()
	m.quiet = !m.screen().Sync(m.now)
	select {
	case text := <-m.alerts:
		m.Toast(text)
		m.quiet = false
	default:
	}
	expired := m.toast.expire(m.now) // whether or not there are news
	m.dirty = !m.quiet || expired || before.Unix() != m.now.Unix()
	return m.nextTick()
}

// onKey gives a key to whoever comes first: the dialog, a text field, the bindings.
func (m *model) onKey(key tea.KeyMsg) tea.Cmd {
	switch {
	case key.String() == "ctrl+c":
		return tea.Quit
	case m.dialog != nil:
		return m.dialog.key(m, key)
	case m.screen().Capturing():
		return m.screen().Type(key)
	}
	if one, times := held(key); times > 1 {
		var cmds []tea.Cmd
		for range times {
			cmds = append(cmds, m.onKey(one))
		}
		return tea.Batch(cmds...)
	}
	binding, ok := ui.Match(m.bindings(), key)
	if !ok {
		return nil
	}
	if binding.Disabled != nil {
		if reason := binding.Disabled(); reason != "" {
			m.Toast(binding.Label() + ": " + reason)
			return nil
		}
	}
	cmd := binding.Do()
	m.screen().Sync(m.now)
	return cmd
}

// held takes apart what a key that is held down brings at once: terminals, ssh above all, hand over what has
// gathered, and the library makes one message of it. Different keys at once are pasted text and no keys.
func held(key tea.KeyMsg) (one tea.KeyMsg, times int) {
	const most = 100
	if key.Type != tea.KeyRunes || key.Paste || len(key.Runes) < 2 {
		return key, 1
	}
	for _, r := range key.Runes {
		if r != key.Runes[0] {
			return key, 1
		}
	}
	one, times = key, min(len(key.Runes), most)
	one.Runes = key.Runes[:1]
	return one, times
}

func (m *model) screen() views.Screen { return m.tabs[m.front].top() }

// View implements tea.Model. Bubble Tea calls it after every message; a frame is drawn only when
// something changed, and past Bubble Tea, which is to show nothing. Its first message is the size.
func (m *model) View() string {
	if m.dirty && m.sized {
		m.terminal.Draw(m.lines())
		m.dirty = false
	}
	return ""
}

// size is the terminal's, 80×24 where it tells none.
func (m *model) size() (w, h int) {
	if m.width <= 0 || m.height <= 0 {
		return 80, 24
	}
	return m.width, m.height
}

// lines is the whole screen: as many lines as it has.
func (m *model) lines() []string {
	w, h := m.size()
	if w < tooSmallWidth || h < tooSmallHeight {
		return ui.Pad([]string{"too small"}, w, h)
	}
	lines := m.framed(w, h)
	if m.dialog != nil {
		lines = ui.Overlay(lines, m.dialog.box(m.deps.Theme, w, h), w, h)
	}
	return lines
}

func (m *model) framed(w, h int) []string {
	if h < minFrameHeight {
		return m.screen().Render(w, h)
	}
	lines, bottom := []string{m.tabLine(w), m.sourceLine(w)}, m.bottom(w)
	lines = append(lines, m.screen().Render(w, h-2-len(bottom))...)
	return append(lines, bottom...)
}

// leaveTime is how long leaving waits for requests under way: a server that is silent must not
// keep the person.
const leaveTime = 500 * time.Millisecond

// close ends every screen, all at once.
func (m *model) close() {
	var screens sync.WaitGroup
	for _, t := range m.tabs {
		for _, s := range t.stack {
			screens.Go(s.Close)
		}
	}
	done := make(chan struct{})
	go func() {
		screens.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(leaveTime):
	}
}
