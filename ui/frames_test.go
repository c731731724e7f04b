package ui

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// A vt is a small terminal: what the frame writer and Bubble Tea use of one.
type vt struct {
	w     int
	rows  []string // of one-cell characters
	x, y  int
	wrap  bool
	modes map[string]bool // private modes that were set or reset
}

func newVT(w, h int) *vt {
	v := &vt{w: w, rows: make([]string, h), wrap: true, modes: map[string]bool{}}
	v.erase()
	return v
}

func (v *vt) erase() {
	for y := range v.rows {
		v.rows[y] = strings.Repeat(" ", v.w)
	}
}

var sequence = regexp.MustCompile(`^\x1b(\[(\??)([0-9;]*)([A-Za-z])|\].*?\a)`)

// write takes whole sequences only, as the writer writes them.
func (v *vt) write(out string) {
	for out != "" {
		if m := sequence.FindStringSubmatch(out); m != nil {
			v.control(m[2], m[3], m[4])
			out = out[len(m[0]):]
			continue
		}
		r, n := utf8.DecodeRuneInString(out)
		v.print(r)
		out = out[n:]
	}
}

func (v *vt) control(private, args, final string) {
	switch {
	case private != "":
		v.modes[args] = final == "h"
		v.wrap = v.wrap && args != "7" || args == "7" && final == "h"
	case final == "H":
		row, _ := strconv.Atoi(args)
		v.x, v.y = 0, max(row, 1)-1
	case final == "J":
		v.erase()
	case final == "K":
		x := min(v.x, v.w-1) // behind the last cell the cursor is on it
		v.rows[v.y] = string([]rune(v.rows[v.y])[:x]) + strings.Repeat(" ", v.w-x)
	}
}

func (v *vt) print(r rune) {
	if v.x == v.w {
		if v.wrap {
			v.x, v.y = 0, v.y+1
		} else {
			v.x--
		}
	}
	row := []rune(v.rows[v.y])
	row[v.x] = r
	v.rows[v.y] = string(row)
	v.x++
}

func (v *vt) shows(t *testing.T, lines []string) {
	t.Helper()
	if want := Pad(lines, v.w, len(v.rows)); !slices.Equal(v.rows, want) {
		t.Errorf("the terminal shows\n%s\nwant\n%s", strings.Join(v.rows, "|\n"), strings.Join(want, "|\n"))
	}
}

func TestAppendFrame(t *testing.T) {
	for _, tt := range []struct {
		name         string
		shown, lines []string
		want         string
	}{
		{"nothing on nothing", nil, nil, ""},
		{"the same", []string{"a", "b"}, []string{"a", "b"}, ""},
		{"nothing known", nil, []string{"a", "b"}, frameBegin + "\x1b[2J\x1b[1Ha\x1b[2Hb" + frameEnd},
		{"one line", []string{"a", "b", "c"}, []string{"a", "x", "c"}, frameBegin + "\x1b[2H\x1b[Kx" + frameEnd},
		{"fewer lines", []string{"a", "b"}, []string{"a"}, frameBegin + "\x1b[2H\x1b[K" + frameEnd},
		{"more lines", []string{"a"}, []string{"a", "b"}, frameBegin + "\x1b[2H\x1b[Kb" + frameEnd},
	} {
		if got := string(appendFrame(nil, tt.shown, tt.lines)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestFramesFollowEachOther draws many frames of any size one over the other.
func TestFramesFollowEachOther(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	v := newVT(12, 9)
	v.write("left over from before")
	var shown []string
	for range 500 {
		lines := slices.Clone(shown)
		lines = append(lines, make([]string, 9)...)[:random.IntN(10)]
		for range 3 {
			if len(lines) > 0 {
				lines[random.IntN(len(lines))] = strings.Repeat(string(rune('a'+random.IntN(26))), random.IntN(13))
			}
		}
		v.write(string(appendFrame(nil, shown, lines)))
		v.shows(t, lines)
		shown = lines
	}
	if !v.wrap || v.modes["2026"] {
		t.Errorf("left behind: %v", v.modes)
	}
}

// TestLinesStayLines draws lines that the terminal finds too wide.
func TestLinesStayLines(t *testing.T) {
	v := newVT(4, 2)
	v.write(string(appendFrame(nil, nil, []string{"abcdefgh", "ij"})))
	v.shows(t, []string{"abch", "ij"})
	v.write(string(appendFrame(nil, []string{"abcdefgh", "ij"}, []string{"abc", "klmnopq"})))
	v.shows(t, []string{"abc", "klmq"})
}
