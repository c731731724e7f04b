package ui

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"bustop/ui/hostile"
)

// plain returns s without the reserved style.
func plain(s string) string {
	return strings.NewReplacer(escapeOn, "", escapeOff, "").Replace(s)
}

func TestCleanHostile(t *testing.T) {
	all := hostile.Strings()
	if len(all) < 160 {
		t.Fatalf("only %d strings", len(all))
	}
	for _, s := range all {
		checkCleaned(t, s)
		for _, other := range []string{"[2J", "]0;t\a", "e", "\u0301", "🇩"} { // joined after cleaning
			if live := hostile.Live(Clean(s) + Clean(other)); live != "" {
				t.Errorf("Clean(%q) + Clean(%q): %s", s, other, live)
			}
		}
	}
}

// checkCleaned checks all forms of a cleaned string: nothing in them acts, the measures of their width
// agree, and putting them beside others changes no width.
func checkCleaned(t *testing.T, s string) {
	t.Helper()
	forms := append(CleanText(s, 20, 10), Clean(s), CleanPlain(s), CleanASCII(s))
	for _, c := range forms {
		if live := hostile.Live(c); live != "" || strings.Contains(c, "\n") {
			t.Errorf("%q cleaned is %q: %s", s, c, live)
		}
		w := Width(c)
		if aw := ansi.StringWidth(c); w != aw {
			t.Errorf("%q cleaned is %q: Width %d, x/ansi %d", s, c, w, aw)
		}
		if j := ansi.StringWidth("a" + c + "b"); j != w+2 {
			t.Errorf("%q cleaned is %q: %d cells, but %d more between others", s, c, w, j-2)
		}
	}
	for i, l := range CleanText(s, 20, 10) {
		if w := Width(l); w > 20 {
			t.Errorf("CleanText(%q) line %d is %d cells wide: %q", s, i, w, l)
		}
	}
	if c := CleanPlain(s); len(s) < maxField && utf8.ValidString(s) && printableASCII(s) && strings.ReplaceAll(c, `\\`, `\`) != s {
		t.Errorf("CleanPlain(%q) = %q", s, c)
	}
}

// TestCleanEveryRune holds that no character escapes the rule, and that those that are kept take as many
// cells alone as among others, whatever the neighbours are.
func TestCleanEveryRune(t *testing.T) {
	neighbours := []string{"a", "世", "각", "1", " ", "é"}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0xd800 && r <= 0xdfff {
			continue
		}
		s := string(r)
		c := Clean(s)
		if live := hostile.Live(c); live != "" {
			t.Fatalf("%U: %s", r, live)
		}
		if c != s {
			continue
		}
		if unicode.IsMark(r) || Width(c) == 0 {
			t.Errorf("%U is kept though it is not seen alone", r)
		}
		for _, n := range neighbours {
			if w := ansi.StringWidth(n + s + n); w != Width(s)+2*Width(n) {
				t.Errorf("%U between %q: %d cells", r, n, w)
			}
		}
	}
}

// TestCleanEscapes lists printable characters that are escaped though a font would draw something.
func TestCleanEscapes(t *testing.T) {
	for _, r := range []rune{
		0x34f, 0x1100, 0x115f, 0x1160, 0x11a8, 0x17b4, 0x17b5, 0x180b, 0x180f, 0x20dd, 0x20e3, 0x2500, 0x259f, 0x2800, 0x3164, 0xffa0,
		0xfffd, 0xfe00, 0xfe0f, 0xe0100, 0xe01ef, 0x1f1e6, 0x1f1ff, 0x1f3fb, 0x1f3ff, 0x488, 0x5d0, 0x627, 0x661, 0x1e900, 0xd4e, 0xe33, 0xff9e,
	} {
		want := `a\u{` + strconv.FormatInt(int64(r), 16) + `}b`
		if got := CleanPlain("a" + string(r) + "b"); got != want {
			t.Errorf("%U: %q, want %q", r, got, want)
		}
	}
}

func TestCleanLimits(t *testing.T) {
	long := strings.Repeat("x", maxField+10)
	if got, want := Clean(long), long[:maxField]+escapeOn+"… +10 bytes"+escapeOff; got != want {
		t.Errorf("end of a long field: %q", got[maxField-5:])
	}
	if got := CleanPlain(strings.Repeat("世", 2000)); !strings.HasSuffix(got, "世… +1905 bytes") {
		t.Errorf("cut inside a character: %q", got[len(got)-30:])
	}
	s := "printable"
	if allocs := testing.AllocsPerRun(10, func() { s = Clean(s) }); allocs != 0 {
		t.Errorf("printable ASCII costs %v allocations", allocs)
	}
}

func TestCleanText(t *testing.T) {
	for _, tt := range []struct {
		name, in     string
		width, lines int
		want         []string
	}{
		{"empty", "", 10, 0, []string{""}},
		{"lines", "a\nb\n", 10, 0, []string{"a", "b", ""}},
		{"tab", "a\tb", 20, 0, []string{"a       b"}},
		{"tab at the edge", "abcdefg\th", 8, 0, []string{"abcdefg ", "h"}},
		{"wrap", "abcdefgh", 3, 0, []string{"abc", "def", "gh"}},
		{"wrap exactly", "abcdef", 3, 0, []string{"abc", "def"}},
		{"words", "look at most at ten", 8, 0, []string{"look at ", "most at ", "ten"}},
		{"a blank behind a full row", "look at it", 7, 0, []string{"look at", "it"}},
		{"blanks at the end", "abc  ", 3, 0, []string{"abc"}},
		{"a long word", "a bcdefghij", 6, 0, []string{"a bcde", "fghij"}},
		{"an indented word", "    abcdef", 6, 0, []string{"    ab", "cdef"}},
		{"an escape in the last word", "look a\x00b", 8, 0, []string{"look ", `a\x00b`}},
		{"an escape at the edge", "ab c\x00d", 6, 0, []string{"ab ", `c\x00d`}},
		{"an escape wider than a row", "a b\u202e", 6, 0, []string{"a ", "b", `\u{202`, "e}"}},
		{"a tab between words", "ab\tcdef", 10, 0, []string{"ab      ", "cdef"}},
		{"full by words", "look at most at ten", 8, 2, []string{"look at ", "… +11 b…"}},
		{"wide", "世界x", 3, 0, []string{"世", "界x"}},
		{"too wide", "世a", 1, 0, []string{"…", "a"}},
		{"escape stays whole", "ab\x1bc", 3, 0, []string{"ab", `\ec`}},
		{"escape too long", "a\u202eb", 4, 0, []string{"a", `\u{2`, `02e}`, "b"}},
		{"right to left", "שלום", 10, 0, []string{"שלום"}},
		{"carriage return", "a\r\nb", 10, 0, []string{`a\r`, "b"}},
		{"full", "a\nb\nc\nd", 20, 3, []string{"a", "b", "… +3 bytes"}},
		{"full by wrapping", "abcdefghijkl", 5, 2, []string{"abcde", "… +7…"}},
		{"exactly full", "a\nb", 20, 2, []string{"a", "b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := CleanText(tt.in, tt.width, tt.lines)
			if plain(strings.Join(got, "|")) != strings.Join(tt.want, "|") {
				t.Errorf("CleanText(%q, %d, %d) = %q, want %q", tt.in, tt.width, tt.lines, got, tt.want)
			}
		})
	}
	big := CleanText(strings.Repeat("x", maxLine+7), maxLine+100, 0)
	if len(big) != 1 || !strings.HasSuffix(plain(big[0]), "x… +7 bytes") {
		t.Errorf("a long line has no mark: %d lines", len(big))
	}
	if many := CleanText(strings.Repeat("x\n", 6000), 20, 0); len(many) != maxLines {
		t.Errorf("%d lines", len(many))
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range hostile.Strings() {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, w int) {
		checkCleaned(t, s)
		w = max(w%200, -1)
		c := Clean(s)
		for _, fitted := range []string{Fit(c, w), FitLeft(c, w), Middle(c, w), newStyle("7").Line(c, w), newStyle("1").Line(Fit(c, w), w)} {
			if live := hostile.Live(fitted); live != "" {
				t.Errorf("%q fitted into %d: %s", s, w, live)
			}
			if got := ansi.StringWidth(fitted); got != max(w, 0) {
				t.Errorf("%q fitted into %d: %d cells: %q", s, w, got, fitted)
			}
		}
		for _, r := range stripSGR(Fit(s, w)) { // what was not cleaned must not act either
			if unicode.IsControl(r) {
				t.Errorf("%q fitted uncleaned: %q", s, Fit(s, w))
			}
		}
	})
}
