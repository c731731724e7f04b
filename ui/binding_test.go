package ui

import (
	"strings"
	"testing"
)

func TestHintLine(t *testing.T) {
	never := func() string { return "nothing is selected" }
	bs := []Binding{
		{Keys: []string{"enter"}, Help: "open", Disabled: never},
		{Keys: []string{"/"}, Help: "filter (! inverts)", Hint: "filter"},
		{Keys: []string{"up", "k"}, Help: "up", Hidden: true},
		{Keys: []string{" "}, Help: "freeze"},
		{Keys: []string{"?"}, Help: "help", Keep: true},
		{Help: "without a key"},
		{Keys: []string{"esc", "q"}, Help: "back", Keep: true},
	}
	theme := NewTheme(true)
	for w, want := range map[int]string{
		60: "enter open  / filter  space freeze  ? help  esc back",
		42: "/ filter  space freeze  ? help  esc back",
		30: "/ filter  ? help  esc back",
		18: "? help  esc back",
		10: "? help",
		3:  "",
	} {
		if got := strings.TrimRight(stripSGR(HintLine(theme, bs, w)), " "); got != want {
			t.Errorf("%d cells: %q, want %q", w, got, want)
		}
		if got := Width(HintLine(theme, bs, w)); got != w {
			t.Errorf("%d cells wide, want %d", got, w)
		}
	}
	if help := stripSGR(strings.Join(HelpLines(theme, bs, 24), "\n")); strings.Contains(help, "…") || !strings.Contains(help, "inverts)") {
		t.Errorf("a narrow help cuts what it could wrap:\n%s", help)
	}
	if help := stripSGR(strings.Join(HelpLines(theme, bs, 60), "\n")); !strings.Contains(help, "filter (! inverts)") {
		t.Errorf("the help is short too:\n%s", help)
	}
}
