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
	Hint     string   // the same in the hint line, where Help is too long for that
	Category string   // heading in the help
	Danger   bool     // changes or destroys something on a server
	Hidden   bool     // not in the hint line
	Keep     bool     // in the hint line before all others
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
// go in, in the order of the bindings. Those to be kept get their place first, those that cannot be used
// now, which are dim, last.
func HintLine(t *Theme, bs []Binding, w int) string {
	chosen := hints(bs, w)
	var line []byte
	for i, b := range bs {
		if !chosen[i] {
			continue
		}
		if len(line) > 0 {
			line = appendSpaces(line, hintGap)
		}
		label, text := b.hint()
		if b.Reason() != "" {
			line = t.Dim.appendPaint(line, label+" "+text)
		} else {
			line = append(t.Key.appendPaint(line, label), ' ')
			line = append(line, text...)
		}
	}
	return Fit(string(line), w)
}

// hintGap is the number of cells between two hints.
const hintGap = 2

// hint returns the key and the words of a hint, which are empty for what the hint line does not show.
func (b Binding) hint() (label, text string) {
	switch {
	case b.Hidden || len(b.Keys) == 0:
		return "", ""
	case b.Hint != "":
		return keyLabel(b.Keys[0]), b.Hint
	}
	return keyLabel(b.Keys[0]), b.Help
}

// hints tells for each binding whether it has a place in a hint line of w cells.
func hints(bs []Binding, w int) []bool {
	chosen := make([]bool, len(bs))
	left := w + hintGap
	for _, wanted := range []func(Binding) bool{
		func(b Binding) bool { return b.Keep },
		func(b Binding) bool { return b.Reason() == "" },
		func(Binding) bool { return true },
	} {
		for i, b := range bs {
			label, text := b.hint()
			n := Width(label) + 1 + Width(text) + hintGap
			if text != "" && !chosen[i] && n <= left && wanted(b) {
				chosen[i], left = true, left-n
			}
		}
	}
	return chosen
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
			out = append(out, helpLines(t, b, labels, w)...)
		}
	}
	return out
}

// wrapFrom is from how many cells on the text of a key goes on below; in fewer it is cut.
const wrapFrom = 10

// helpLines are a key and what it does, which goes on below itself where it is longer than a line.
func helpLines(t *Theme, b Binding, labels, w int) []string {
	text, key := b.Help, t.Key
	if reason := b.Reason(); reason != "" {
		text, key = text+" ("+reason+")", t.Dim
	}
	var out []string
	label := Fit(b.Label(), labels)
	room := w - labels - 4
	lines := []string{text}
	if room >= wrapFrom {
		lines = CleanText(text, room, 0)
	}
	for _, line := range lines {
		if key == t.Dim {
			line = t.Dim.Paint(line)
		}
		out = append(out, Fit("  "+key.Paint(label)+"  "+line, w))
		label = Fit("", labels)
	}
	return out
}
