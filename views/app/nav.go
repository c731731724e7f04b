package app

import (
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/traces"
)

// toastSpan is how long a toast stays.
const toastSpan = 6 * time.Second

// toast is a text shown for a while in place of the keys.
type toast struct {
	text  string
	until time.Time
}

// expire reports whether the toast has just gone.
func (t *toast) expire(now time.Time) bool {
	if t.text == "" || now.Before(t.until) {
		return false
	}
	t.text = ""
	return true
}

// Push implements views.Nav.
func (m *model) Push(s views.Screen) {
	tab := m.tabs[m.front]
	tab.stack = append(tab.stack, s)
	if starter, ok := s.(views.Starter); ok {
		m.Run(starter.Start())
	}
	s.Sync(m.now)
}

// Back implements views.Nav. The pane itself stays.
func (m *model) Back() {
	tab := m.tabs[m.front]
	if len(tab.stack) < 2 {
		return
	}
	top := tab.top()
	tab.stack = tab.stack[:len(tab.stack)-1]
	go top.Close() // a feed may be in the middle of a fetch; the person does not wait for it
	tab.top().Sync(m.now)
}

// Run implements views.Nav.
func (m *model) Run(cmd tea.Cmd) {
	if cmd != nil {
		m.pending = append(m.pending, cmd)
	}
}

// Ask implements views.Nav.
func (m *model) Ask(plan backends.Plan, n int, then func(backends.Look) tea.Cmd) tea.Cmd {
	look := backends.Look{Target: plan.Target, N: n}
	if plan.Max > 0 {
		look.N = min(max(n, 1), plan.Max)
	}
	if plan.Consent == backends.Free {
		return then(look)
	}
	m.dialog = newConsent(plan, look, then, m.now)
	return nil
}

// Prompt implements views.Nav.
func (m *model) Prompt(title, hint, initial string, then func(string) tea.Cmd) {
	m.dialog = newPrompt(title, hint, initial, then)
}

// Choose implements views.Nav.
func (m *model) Choose(title string, options []string, then func(int) tea.Cmd) {
	m.dialog = newChoice(title, options, then)
}

// Toast implements views.Nav.
func (m *model) Toast(text string) {
	m.toast = toast{text: text, until: m.now.Add(toastSpan)}
}

// Copy implements views.Nav.
func (m *model) Copy(text string) {
	m.terminal.Copy(text)
	m.Toast("copied " + ui.Bytes(int64(len(text))))
}

// OpenTrace implements views.Nav.
func (m *model) OpenTrace(ref views.TraceRef) { m.Push(traces.Open(m.deps, ref)) }

// goTo brings a pane to the front.
func (m *model) goTo(i int) {
	if i >= 0 && i < len(m.tabs) {
		m.front = i
		m.screen().Sync(m.now)
	}
}

// bindings are the screen's keys, then the console's own.
func (m *model) bindings() []ui.Binding {
	bs := m.screen().Bindings()
	for i, t := range m.tabs {
		bs = append(bs, ui.Binding{
			Keys: []string{strconv.Itoa(i + 1)}, Help: t.name, Category: "Panes", Hidden: true,
			Do: views.Do(func() { m.goTo(i) }),
		})
	}
	turn := func(by int) func() tea.Cmd {
		return views.Do(func() { m.goTo((m.front + by + len(m.tabs)) % len(m.tabs)) })
	}
	bs = append(bs,
		ui.Binding{Keys: []string{"tab"}, Help: "next pane", Category: "Panes", Hidden: true, Do: turn(1)},
		ui.Binding{Keys: []string{"shift+tab"}, Help: "previous pane", Category: "Panes", Hidden: true, Do: turn(-1)},
		ui.Binding{Keys: []string{"?"}, Help: "help", Category: "Console", Keep: true, Do: views.Do(m.help)},
	)
	if len(m.tabs[m.front].stack) > 1 {
		return append(bs, ui.Binding{
			Keys: []string{"esc", "backspace", "q"}, Help: "back", Category: "Console", Keep: true,
			Do: views.Do(m.Back),
		})
	}
	return append(bs, ui.Binding{Keys: []string{"q"}, Help: "quit", Category: "Console", Keep: true, Do: func() tea.Cmd { return tea.Quit }})
}

func (m *model) help() { m.dialog = newHelp(m.bindings()) }

var _ views.Nav = (*model)(nil)
