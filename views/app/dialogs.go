package app

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// dialog lies over the screen and takes all keys.
type dialog interface {
	key(m *model, key tea.KeyMsg) tea.Cmd
	box(t *ui.Theme, w, h int) []string
}

// grace is how long a consent ignores keys, so that what was typed ahead agrees to nothing.
const grace = 400 * time.Millisecond

// dialogWidth is the width of a dialog on a wide terminal.
const dialogWidth = 76

func innerWidth(w int) int { return max(min(w-8, dialogWidth)-4, 10) }

// boxed frames lines of innerWidth cells, with a blank on either side.
func boxed(t *ui.Theme, title string, lines []string, w, h int) []string {
	for i, l := range lines {
		lines[i] = " " + l
	}
	return ui.Box(t, title, lines, innerWidth(w)+4, min(len(lines)+2, h), true)
}

// consent shows what a look would do and goes on only when the person agrees: by "y", or by
// typing the name of the object, as it is or as it is shown.
type consent struct {
	plan  backends.Plan
	look  backends.Look
	then  func(backends.Look) tea.Cmd
	since time.Time
	input *ui.Input
	wrong bool
	// scroll is the first line shown of what is to be read.
	scroll int
}

func newConsent(plan backends.Plan, look backends.Look, then func(backends.Look) tea.Cmd, now time.Time) *consent {
	return &consent{plan: plan, look: look, then: then, since: now, input: ui.NewInput("name: ")}
}

func (c *consent) key(m *model, key tea.KeyMsg) tea.Cmd {
	switch key.String() {
	case "esc":
		m.dialog = nil
		return nil
	case "up":
		c.scroll = max(c.scroll-1, 0)
		return nil
	case "down":
		c.scroll++
		return nil
	case c.copyKey():
		if c.plan.Command != "" && !key.Paste {
			m.Copy(c.plan.Command)
			return nil
		}
	}
	if key.Paste || m.deps.Now().Sub(c.since) < grace {
		return nil
	}
	switch c.plan.Consent {
	case backends.Confirm:
		if key.String() == "y" {
			return c.agree(m, func(l *backends.Look) { l.Confirmed = true })
		}
	case backends.TypeName:
		if key.String() != "enter" {
			c.wrong = false
			c.input.Update(key)
		} else if name := c.plan.Typed(); c.input.Value() == name || c.input.Value() == ui.CleanPlain(name) {
			return c.agree(m, func(l *backends.Look) { l.TypedName, l.Confirmed = name, true })
		} else {
			c.wrong = true
		}
	case backends.Refused, backends.Free:
	}
	return nil
}

func (c *consent) agree(m *model, how func(*backends.Look)) tea.Cmd {
	m.dialog = nil
	how(&c.look)
	return c.then(c.look)
}

func (c *consent) box(t *ui.Theme, w, h int) []string {
	inner := innerWidth(w)
	lines := []string{t.Bold.Paint(ui.Clean(c.plan.Target.String())), ""}
	for _, effect := range c.plan.Effects {
		lines = append(lines, ui.CleanText(effect, inner, 0)...)
	}
	foot := c.foot(t, inner)
	lines = c.scrolled(t, lines, max(h-2-len(foot), 1))
	return boxed(t, "Before you look", append(lines, foot...), w, h)
}

// copyKey copies the plan's command, "" when it has none. Where a name is typed letters are part of it.
func (c *consent) copyKey() string {
	switch {
	case c.plan.Command == "":
		return ""
	case c.plan.Consent == backends.TypeName:
		return "ctrl+y"
	}
	return "Y"
}

// foot is what the person can do, always in sight.
func (c *consent) foot(t *ui.Theme, inner int) []string {
	lines := c.agreement(t, inner)
	if key := c.copyKey(); key != "" {
		lines[len(lines)-1] += "   " + t.Key.Paint(key) + " copy the command"
	}
	return lines
}

// agreement is how the person agrees, and leaves.
func (c *consent) agreement(t *ui.Theme, inner int) []string {
	keys := t.Key.Paint("y") + " look   " + t.Key.Paint("esc") + " leave it"
	switch c.plan.Consent {
	case backends.Confirm:
	case backends.TypeName:
		keys = t.Key.Paint("enter") + " look   " + t.Key.Paint("esc") + " leave it"
		title, wrong := "Type the name to go on:", "That is not its name:"
		if c.plan.Phrase != "" {
			title, wrong = "Type "+ui.Clean(c.plan.Phrase)+" to go on:", "That is not it:"
		}
		if c.wrong {
			title = t.Bad.Paint(wrong)
		}
		return []string{"", title, c.input.Render(t, inner), keys}
	case backends.Refused, backends.Free:
		keys = t.Warn.Paint("bustop does not do this.") + "   " + t.Key.Paint("esc") + " back"
	}
	return []string{"", keys}
}

// scrolled is the part of what is to be read that goes into room lines.
func (c *consent) scrolled(t *ui.Theme, lines []string, room int) []string {
	return scrolled(t, lines, room, &c.scroll)
}

// scrolled are the lines from at on that fit the room. Where not all of them do the last line says so.
func scrolled(t *ui.Theme, lines []string, room int, at *int) []string {
	if len(lines) <= room {
		*at = 0
		return lines
	}
	room = max(room-1, 1)
	*at = min(*at, len(lines)-room)
	more := t.Dim.Paint("↑ ↓ the rest")
	if left := len(lines) - room - *at; left > 0 {
		more = t.Warn.Paint("↓ " + views.Things(backends.ExactCount(int64(left)), "more line", "more lines"))
	}
	return append(slices.Clone(lines[*at:*at+room]), more)
}

// prompt asks for a line of text.
type prompt struct {
	title, hint string
	input       *ui.Input
	then        func(string) tea.Cmd
}

func newPrompt(title, hint, initial string, then func(string) tea.Cmd) *prompt {
	p := &prompt{title: title, hint: hint, input: ui.NewInput("> "), then: then}
	p.input.SetValue(initial)
	return p
}

func (p *prompt) key(m *model, key tea.KeyMsg) tea.Cmd {
	switch key.String() {
	case "esc":
		m.dialog = nil
	case "enter":
		m.dialog = nil
		return p.then(p.input.Value())
	default:
		p.input.Update(key)
	}
	return nil
}

func (p *prompt) box(t *ui.Theme, w, h int) []string {
	inner := innerWidth(w)
	lines := ui.CleanText(p.hint, inner, 3)
	for i, l := range lines {
		lines[i] = t.Dim.Paint(l)
	}
	return boxed(t, p.title, append(lines, "", p.input.Render(t, inner)), w, h)
}

// choice asks for one of several options.
type choice struct {
	title   string
	options []string
	at      int
	then    func(int) tea.Cmd
}

func newChoice(title string, options []string, then func(int) tea.Cmd) *choice {
	return &choice{title: title, options: options, then: then}
}

func (c *choice) key(m *model, key tea.KeyMsg) tea.Cmd {
	switch key.String() {
	case "esc", "q":
		m.dialog = nil
	case "up", "k":
		c.at = max(c.at-1, 0)
	case "down", "j":
		c.at = min(c.at+1, len(c.options)-1)
	case "enter":
		m.dialog = nil
		return c.then(c.at)
	}
	return nil
}

func (c *choice) box(t *ui.Theme, w, h int) []string {
	visible := max(h-4, 1)
	from := min(max(c.at-visible/2, 0), max(len(c.options)-visible, 0))
	var lines []string
	for i, option := range c.options[from:min(from+visible, len(c.options))] {
		text := "  " + ui.Clean(option)
		if from+i == c.at {
			text = t.Selected.Line("▌ "+ui.Clean(option), innerWidth(w))
		}
		lines = append(lines, text)
	}
	return boxed(t, c.title, lines, w, h)
}

// help lists the keys that work in the screen below.
type help struct {
	bindings []ui.Binding
	scroll   int
}

func newHelp(bindings []ui.Binding) *help { return &help{bindings: bindings} }

func (x *help) key(m *model, key tea.KeyMsg) tea.Cmd {
	switch key.String() {
	case "up", "k":
		x.scroll = max(x.scroll-1, 0)
	case "down", "j":
		x.scroll++
	case "pgup", "ctrl+b", "home", "g":
		x.scroll = 0
	case "pgdown", "ctrl+f", "end", "G":
		x.scroll = 1 << 16 // more than there are: drawing holds it at the last lines
	case "esc", "q", "?", "enter":
		m.dialog = nil
	}
	return nil
}

func (x *help) box(t *ui.Theme, w, h int) []string {
	lines := ui.HelpLines(t, x.bindings, innerWidth(w))
	return boxed(t, "Keys", scrolled(t, lines, max(h-2, 1), &x.scroll), w, h)
}
