package ui

import (
	"encoding/base64"
	"math"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

func TestFit(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		w        int
	}{
		{"abc", "abc  ", 5},
		{"abcdef", "ab…", 3},
		{"abc", "abc", 3},
		{"abc", "", 0},
		{"abc", "", -1},
		{"世界", "世…", 3},
		{"\x1b[1mabcdef\x1b[0m", "\x1b[1mab…\x1b[0m", 3},
		{"\x1b[1;31mab\x1b[39mcdef", "\x1b[1;31mab\x1b[39mc…\x1b[0m", 4},
		{"\x1b[31mab\x1b[39mcdef", "\x1b[31mab\x1b[39mc…", 4},
		{"\x1b[38;5;1mabcd\x1b[m", "\x1b[38;5;1ma…\x1b[0m", 2},
		{"\x1b[7mab", "\x1b[7mab\x1b[0m  ", 4},
		{"a\tb", "a" + escapeOn + `\t` + escapeOff + "b", 4},
		{"e\u0301e\u0301e", "e\u0301…", 2},
	} {
		if got := Fit(tt.in, tt.w); got != tt.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", tt.in, tt.w, got, tt.want)
		}
	}
	for got, want := range map[string]string{
		FitLeft("12", 4): "  12", FitLeft("12345", 4): "123…", Fit("世界", 2): "… ", FitLeft("世界", 2): "… ",
		Middle("abcdefghij", 5): "ab…ij", Middle("abc", 5): "abc  ", Middle("世界世界", 5): "世…界", Middle("世界世界", 6): "世 …界", Middle("abcdef", 2): "a…",
		Around("abcdefghijklmnopqrst", 8, 2): "abcd…rst", Around("abcdefghijklmnopqrst", 8, 10): "ab…hijk…", Around("abcdefghijklmnopqrst", 8, 19): "ab…pqrst",
		Around("abc", 8, 1): "abc     ", Around("abcdefghij", 7, 9): "abc…hij", Around("世界世界世界世界", 8, 15): "世… 世界", Around("abcdefghijklmnopqrst", 8, 99): "ab…pqrst",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPaint(t *testing.T) {
	bold, red := newStyle("1"), newStyle("31")
	for got, want := range map[string]string{
		bold.Paint("x"):                            "\x1b[1mx\x1b[0m",
		bold.Paint(""):                             "",
		Style{}.Paint("x"):                         "x",
		bold.Paint("a" + red.Paint("b") + "c"):     "\x1b[1ma\x1b[31mb\x1b[0m\x1b[1mc\x1b[0m",
		bold.Paint(Clean("a\x1bb")):                "\x1b[1ma\x1b[2;4m\\e\x1b[22;24m\x1b[1mb\x1b[0m",
		newStyle("7").Line(red.Paint("a")+"b", 3):  "\x1b[7mab \x1b[0m",
		newStyle("7").Line(Clean("\x1b"), 3):       "\x1b[7m\x1b[2;4m\\e\x1b[22;24m\x1b[7m \x1b[0m",
		Style{}.Line(red.Paint("abc"), 2):          "\x1b[31ma…\x1b[0m",
		newStyle("7").Line(Clean("ab\x1b\x1b"), 4): "\x1b[7mab\x1b[2;4m\\…\x1b[0m\x1b[7m\x1b[0m",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	bs := []Binding{{Keys: []string{"q"}, Help: "quit"}, {Keys: []string{" "}, Help: "freeze"}, {Keys: []string{"up", "k"}, Help: "up"}}
	for _, tt := range []struct {
		msg  tea.KeyMsg
		want string
	}{
		{runes("q"), "quit"},
		{key(tea.KeyUp), "up"},
		{tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(" ")}, "freeze"},
		{runes(" "), "freeze"},
		{paste("q"), ""},
		{runes("qq"), ""},
		{alt("q"), ""},
		{runes("Q"), ""},
	} {
		if b, ok := Match(bs, tt.msg); b.Help != tt.want || ok != (tt.want != "") {
			t.Errorf("%v: %q, want %q", tt.msg, b.Help, tt.want)
		}
	}
	if got := (Binding{Keys: []string{"up", "k", " ", "ctrl+c", "pgup"}}).Label(); got != "↑/k/space/^c/PgUp" {
		t.Errorf("label %q", got)
	}
}

func TestHints(t *testing.T) {
	theme := NewTheme(true)
	why := ""
	bs := []Binding{
		{Keys: []string{"enter"}, Help: "open", Category: "Rows"},
		{Keys: []string{"P"}, Help: "purge", Category: "Write", Disabled: func() string { return why }},
		{Keys: []string{"?"}, Help: "help", Category: "Rows"},
	}
	if got := stripSGR(HintLine(theme, bs, 40)); got != "enter open  P purge  ? help             " {
		t.Errorf("%q", got)
	}
	if got := stripSGR(HintLine(theme, bs, 18)); got != "enter open  ? help" {
		t.Errorf("whole hints only: %q", got)
	}
	why = "read-only"
	if got := HintLine(theme, bs, 40); !strings.Contains(got, theme.Dim.Paint("P purge")) {
		t.Errorf("a disabled hint is not dim: %q", got)
	}
	help := strings.Join(HelpLines(theme, bs, 40), "\n")
	if at := strings.Index(help, "Write"); !strings.Contains(help, "(read-only)") || at < strings.Index(help, "help") {
		t.Errorf("help:\n%s", stripSGR(help))
	}
}

func TestCharts(t *testing.T) {
	for got, want := range map[string]string{
		Sparkline([]int64{0, 1, 2, 7}, 4):           "▁▂▃█",
		Sparkline([]int64{0, 0}, 4):                 "  ▁▁",
		Sparkline([]int64{9, 9, 1, 2}, 2):           "▅█",
		Sparkline(nil, 3):                           "   ",
		Sparkline([]int64{1}, 0):                    "",
		Sparkline([]int64{-5, math.MaxInt64, 0}, 3): "▁█▁",
		Bar(0, 4): "░░░░", Bar(1, 4): "████", Bar(0.5, 4): "██░░", Bar(2, 2): "██", Bar(0.0001, 2): "▏░", Bar(math.NaN(), 2): "░░", Bar(0.56, 2): "█▏",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestHuman(t *testing.T) {
	for got, want := range map[string]string{
		Count(0): "0", Count(999): "999", Count(-999): "-999", Count(12_345): "12.3k", Count(4_600_000): "4.6M", Count(99_949): "99.9k", Count(99_999): "100k", Count(999_999): "1.0M",
		Count(math.MaxInt64): "9.2E", Count(math.MinInt64): "-9.2E",
		Bytes(512): "512 B", Bytes(1229): "1.2 KiB", Bytes(1 << 30): "1.0 GiB", Bytes(1<<20 - 1): "1.0 MiB",
		Rate(0): "0/s", Rate(12.34): "12.3/s", Rate(0.01): "<0.1/s", Rate(4567): "4.6k/s", Rate(250): "250/s", Rate(math.NaN()): "–", Rate(999.96): "1.0k/s",
		Age(0): "0s", Age(3 * time.Second): "3s", Age(130 * time.Second): "2m10s", Age(59 * time.Minute): "59m", Age(4 * time.Hour): "4h", Age(4*time.Hour + 10*time.Minute): "4h10m", Age(73 * time.Hour): "3d", Age(-1): "0s",
		Duration(850): "850ns", Duration(1_240_000): "1.24ms", Duration(12_345): "12.3µs", Duration(2500 * time.Millisecond): "2.50s", Duration(200 * time.Second): "3m20s", Duration(0): "0ns", Duration(999_999): "1.00ms", Duration(59*time.Second + 999*time.Millisecond): "60.0s", Duration(-1500): "-1.50µs",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCopySequence(t *testing.T) {
	decode := func(seq string) string {
		body, ok := strings.CutPrefix(seq, "\x1b]52;c;")
		body, ok2 := strings.CutSuffix(body, "\a")
		text, err := base64.StdEncoding.DecodeString(body)
		if !ok || !ok2 || err != nil {
			t.Fatalf("%q", seq)
		}
		return string(text)
	}
	if got := decode(CopySequence("a\x1b世")); got != "a\x1b世" {
		t.Errorf("%q", got)
	}
	if got := decode(CopySequence(strings.Repeat("世", 30_000))); len(got) > maxCopy || len(got) < maxCopy-3 || !strings.HasSuffix(got, "世") {
		t.Errorf("%d bytes", len(got))
	}
}

func TestOverlaySplitsWideCharacters(t *testing.T) {
	got := Overlay([]string{"世界世界世界"}, []string{"box"}, 12, 1)
	if s := stripSGR(got[0]); s != "世界box 世界" {
		t.Errorf("%q", s)
	}
}
