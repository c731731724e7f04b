package ui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// A Binding is one action with its keys. Dispatch, hints, help, palette and the manual read the same
// record.
type Binding struct {
	Keys     []string // as tea.KeyMsg.String() names them; a space is " "
	Help     string   // what it does, a word or a few
	Category string   // heading in the help
	Danger   bool     // changes or destroys something on a server
	Hidden   bool     // not in the hint line
	Do       func() tea.Cmd
	Disabled func() string // why it cannot be used now; "" or a nil function: it can
}

// Label returns the keys as shown: "↑/k", "enter", "space".
func (b Binding) Label() string {
	names := make([]string, len(b.Keys))
	for i, k := range b.Keys {
		names[i] = keyLabel(k)
	}
	return strings.Join(names, "/")
}

// Reason returns why the binding cannot be used now, or "".
func (b Binding) Reason() string {
	if b.Disabled == nil {
		return ""
	}
	return b.Disabled()
}

func keyLabel(key string) string {
	switch key {
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	case " ":
		return "space"
	case "pgup":
		return "PgUp"
	case "pgdown":
		return "PgDn"
	}
	if rest, ok := strings.CutPrefix(key, "ctrl+"); ok {
		return "^" + rest
	}
	return key
}

// Match finds the binding for a key. Pasted text is no key press and never matches, and neither are
// several characters that came at once.
func Match(bs []Binding, msg tea.KeyMsg) (Binding, bool) {
	if msg.Paste || msg.Type == tea.KeyRunes && len(msg.Runes) != 1 {
		return Binding{}, false
	}
	key := msg.String()
	for _, b := range bs {
		if slices.Contains(b.Keys, key) {
			return b, true
		}
	}
	return Binding{}, false
}

// HintLine draws the bottom line of w cells, "enter open  / filter  ? help", with as many whole hints as
// go in. Bindings that cannot be used now are dim.
func HintLine(t *Theme, bs []Binding, w int) string {
	var line []byte
	col := 0
	for _, b := range bs {
		if b.Hidden || b.Help == "" || len(b.Keys) == 0 {
			continue
		}
		label := keyLabel(b.Keys[0])
		n := Width(label) + 1 + Width(b.Help)
		gap := 2
		if col == 0 {
			gap = 0
		}
		if col+gap+n > w {
			continue
		}
		line = appendSpaces(line, gap)
		if b.Reason() != "" {
			line = t.Dim.appendPaint(line, label+" "+b.Help)
		} else {
			line = append(t.Key.appendPaint(line, label), ' ')
			line = append(line, b.Help...)
		}
		col += gap + n
	}
	return Fit(string(line), w)
}

// HelpLines draws all bindings grouped by category, in order of first appearance, each line w cells.
// Bindings that cannot be used now are dim and say why.
func HelpLines(t *Theme, bs []Binding, w int) []string {
	var order []string
	groups := map[string][]Binding{}
	labels := 0
	for _, b := range bs {
		if b.Help == "" || len(b.Keys) == 0 {
			continue
		}
		if _, ok := groups[b.Category]; !ok {
			order = append(order, b.Category)
		}
		groups[b.Category] = append(groups[b.Category], b)
		labels = max(labels, Width(b.Label()))
	}
	labels = min(labels, max(w/3, 6))
	var out []string
	for i, name := range order {
		if i > 0 {
			out = append(out, Fit("", w))
		}
		if name != "" {
			out = append(out, Fit(t.Header.Paint(name), w))
		}
		for _, b := range groups[name] {
			out = append(out, Fit(helpLine(t, b, labels), w))
		}
	}
	return out
}

func helpLine(t *Theme, b Binding, labels int) string {
	label := Fit(b.Label(), labels)
	if reason := b.Reason(); reason != "" {
		return "  " + t.Dim.Paint(label+"  "+b.Help+" ("+reason+")")
	}
	return "  " + t.Key.Paint(label) + "  " + b.Help
}
