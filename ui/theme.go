package ui

import (
	"slices"
	"strconv"
)

// marker stands before the selected row, so that the selection is seen without colours too.
const marker = "▌"

// A Theme names the looks that panes use. It uses the sixteen colours and the default foreground of the
// terminal itself, so it fits dark and light backgrounds and needs to ask the terminal nothing.
type Theme struct {
	Text, Dim, Bold, Accent Style
	Good, Warn, Bad         Style
	Selected, Header, Title Style
	Border, Key, Live       Style

	Categorical []Style // for kinds that have no order: services, key types
	Mono        bool    // attributes only, no colours (https://no-color.org)
}

// NewTheme returns the standard theme, or one of attributes only if mono is set. Colour never carries a
// meaning alone: views pair it with a word or a glyph.
func NewTheme(mono bool) *Theme {
	if mono {
		return &Theme{
			Dim: newStyle("2"), Bold: newStyle("1"), Accent: newStyle("1"),
			Warn: newStyle("1"), Bad: newStyle("1;4"),
			Selected: newStyle("7"), Header: newStyle("1"), Title: newStyle("1"),
			Border: newStyle("2"), Key: newStyle("1"), Live: newStyle("1"),
			Categorical: styles("", "1", "3", "4", "1;3", "1;4", "3;4", "1;3;4"),
			Mono:        true,
		}
	}
	return &Theme{
		Dim: newStyle("2"), Bold: newStyle("1"), Accent: newStyle("36"),
		Good: newStyle("32"), Warn: newStyle("33"), Bad: newStyle("1;31"),
		Selected: newStyle("7"), Header: newStyle("1"), Title: newStyle("1;36"),
		Border: newStyle("2"), Key: newStyle("1;36"), Live: newStyle("1;32"),
		Categorical: styles("36", "35", "32", "33", "94", "31", "96", "95"),
	}
}

func styles(params ...string) []Style {
	out := make([]Style, len(params))
	for i, p := range params {
		out[i] = newStyle(p)
	}
	return out
}

// Named returns the look of a label in one of the terminal's colours by its name, as a config file
// gives it: reversed, so that it stands out on any background. Unknown names and mono themes get
// the reversal alone.
func (t *Theme) Named(colour string) Style {
	names := []string{"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"}
	i := slices.Index(names, colour)
	if i < 0 || t.Mono {
		return newStyle("1;7")
	}
	return newStyle("1;7;3" + strconv.Itoa(i))
}
