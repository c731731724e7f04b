package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func runes(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }

func key(k tea.KeyType) tea.KeyMsg { return tea.KeyMsg{Type: k} }

func paste(s string) tea.KeyMsg {
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s), Paste: true}
}

func alt(s string) tea.KeyMsg {
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s), Alt: true}
}

func TestInputEdits(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys []tea.KeyMsg
		want string // with | at the cursor
	}{
		{"types", []tea.KeyMsg{runes("a"), key(tea.KeySpace), runes("世")}, "a 世|"},
		{"moves", []tea.KeyMsg{runes("a"), runes("b"), key(tea.KeyLeft), runes("c")}, "ac|b"},
		{"home and end", []tea.KeyMsg{runes("b"), key(tea.KeyHome), runes("a"), key(tea.KeyEnd), runes("c")}, "abc|"},
		{"backspace", []tea.KeyMsg{runes("a"), runes("b"), key(tea.KeyBackspace)}, "a|"},
		{"backspace at the start", []tea.KeyMsg{key(tea.KeyBackspace)}, "|"},
		{"delete", []tea.KeyMsg{runes("a"), runes("b"), key(tea.KeyHome), key(tea.KeyDelete)}, "|b"},
		{"character with mark", []tea.KeyMsg{runes("e\u0301"), runes("x"), key(tea.KeyLeft), key(tea.KeyBackspace)}, "|x"},
		{"word", []tea.KeyMsg{paste("one two  "), key(tea.KeyCtrlW)}, "one |"},
		{"line", []tea.KeyMsg{paste("one two"), key(tea.KeyLeft), key(tea.KeyCtrlU)}, "|o"},
		{"paste", []tea.KeyMsg{paste("a\tb\nc\x1b[31m\u202e")}, "a b c[31m|"},
		{"paste looks like a mouse", []tea.KeyMsg{paste("[<35;100;40M")}, "[<35;100;40M|"},
		{"paste too long", []tea.KeyMsg{paste(strings.Repeat("x", maxPaste+1))}, "|"},
		{"alt", []tea.KeyMsg{alt("x")}, "|"},
		{"mouse report in two keys", []tea.KeyMsg{runes("a"), alt("["), runes("<35;100;40M"), runes("b")}, "ab|"},
		{"mouse report in pieces", []tea.KeyMsg{alt("["), runes("<35;1"), runes("00;40"), runes("M"), runes("b")}, "b|"},
		{"mouse report in one key", []tea.KeyMsg{runes("[<35;100;40M")}, "|"},
		{"mouse reports and text", []tea.KeyMsg{runes("[<35;1;4Ma[<35;2;4m[<35;3"), runes(";4Mb")}, "ab|"},
		{"typed at once", []tea.KeyMsg{runes("[12]"), runes("ttl<50;"), runes("[1")}, "[12]ttl<50;[1|"},
		{"brackets after alt", []tea.KeyMsg{alt("["), runes("5"), runes("0")}, "50|"},
		{"other keys", []tea.KeyMsg{key(tea.KeyEnter), key(tea.KeyEsc), key(tea.KeyTab)}, "|"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := NewInput("/")
			for _, k := range tt.keys {
				before := in.Value()
				if changed := in.Update(k); changed != (in.Value() != before) {
					t.Errorf("%v: changed is %v", k, changed)
				}
			}
			if got := string(in.value[:in.cursor]) + "|" + string(in.value[in.cursor:]); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInputShowsTheCursor(t *testing.T) {
	theme := NewTheme(true)
	in := NewInput("filter: ")
	in.SetValue("the quick brown 世界 fox jumps over the lazy dog")
	for range len(in.value) + 2 {
		line := in.Render(theme, 24)
		checkLines(t, "input", []string{line}, 24, 1)
		if strings.Count(line, theme.Selected.on) != 1 {
			t.Errorf("no cursor in %q", line)
		}
		in.Update(key(tea.KeyLeft))
	}
	if got := stripSGR(in.Render(theme, 24)); got != "filter: the quick brown…" {
		t.Errorf("at the start: %q", got)
	}
	in.Update(key(tea.KeyEnd))
	if got := stripSGR(in.Render(theme, 24)); !strings.HasSuffix(got, "lazy dog ") || !strings.HasPrefix(got, "filter: …") {
		t.Errorf("at the end: %q", got)
	}
}

func FuzzInput(f *testing.F) {
	f.Add("abc", "[<35;1;2M", true, uint8(3))
	f.Fuzz(func(t *testing.T, a, b string, isAlt bool, moves uint8) {
		in := NewInput("> ")
		for _, s := range []string{a, b, a} {
			if r := []rune(s); len(r) > 0 {
				in.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: r, Alt: isAlt && len(r) == 1})
			}
			for range moves % 8 {
				in.Update(key(tea.KeyLeft))
			}
			in.Update(key(tea.KeyBackspace))
			checkLines(t, "input", []string{in.Render(NewTheme(false), 20)}, 20, 1)
		}
	})
}
