package ui

import (
	"os"
	"strings"
	"testing"

	"github.com/muesli/cancelreader"
	"pgregory.net/rapid"
)

func TestKeyFilter(t *testing.T) {
	long := strings.Repeat("x", maxPaste+1000)
	for _, tt := range []struct {
		name   string
		blocks []string // a block that ends in "…" filled its buffer
		want   []string
	}{
		{"keys", []string{"abc", "\x1b[A\x1bOP"}, []string{"abc", "\x1b[A\x1bOP"}},
		{"escape alone", []string{"\x1b", "x"}, []string{"\x1b", "x"}},
		{"alt+[ alone", []string{"\x1b[", "x"}, []string{"\x1b[", "x"}},
		{"alt+x", []string{"\x1bx"}, []string{"\x1bx"}},
		{"mouse cut", []string{"a\x1b[<35;10", "0;40Mb"}, []string{"a", "\x1b[<35;100;40Mb"}},
		{"mouse cut after ESC", []string{"a\x1b…", "[<35;100;40M"}, []string{"a", "\x1b[<35;100;40M"}},
		{"mouse cut after the bracket", []string{"\x1b[…", "<35;100;40M"}, []string{"", "\x1b[<35;100;40M"}},
		{"SS3 cut", []string{"\x1bO…", "A"}, []string{"", "\x1bOA"}},
		{"paste begin cut", []string{"\x1b[20", "0~q", "\x1b[201~"}, []string{"", "\x1b[200~q", "\x1b[201~"}},
		{"sequence in a paste", []string{"\x1b[200~\x1b[<3", "\x1b[2", "01~\x1b[<3"}, []string{"\x1b[200~\x1b[<3", "\x1b[2", "01~"}},
		{"broken sequence", []string{"\x1b[12\x1b[A"}, []string{"\x1b[12\x1b[A"}},
		{"endless sequence", []string{"\x1b[" + strings.Repeat("1", 40)}, []string{"\x1b[" + strings.Repeat("1", 40)}},
		{"long paste", []string{"\x1b[200~" + long, long, "\x1b[201~q"}, []string{"\x1b[200~" + long[:maxPaste+7] + "\x1b[201~", "", "q"}},
		{"paste at the limit", []string{"\x1b[200~" + long[:maxPaste] + "\x1b[201~"}, []string{"\x1b[200~" + long[:maxPaste] + "\x1b[201~"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f keyFilter
			for i, b := range tt.blocks {
				in, full := strings.CutSuffix(b, "…")
				if got := string(f.pass([]byte(in), full)); got != tt.want[i] {
					t.Errorf("block %d: %.80q, want %.80q", i, got, tt.want[i])
				}
			}
		})
	}
}

// TestKeyFilterLosesNothing cuts input anywhere: all of it arrives, in order, in no larger pieces than
// there is room for.
func TestKeyFilterLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"a", "世", "\x1b", "\x1b[A", "\x1b[<35;100;40M", "\x1b[200~pasted\x1b[201~", "\x1bOP", "\x1bx", "\x1b[", "\xff", "\r"})
		in := strings.Join(rapid.SliceOf(part).Draw(t, "in"), "")
		var f keyFilter
		var out strings.Builder
		for rest := in; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			room := n + len(f.held) + len(pasteEnd)
			got := f.pass([]byte(rest[:n]), rapid.Bool().Draw(t, "full"))
			if len(got) > room {
				t.Fatalf("%d bytes for %d", len(got), room)
			}
			out.Write(got)
			rest = rest[n:]
		}
		if got := out.String() + string(f.held); got != in {
			t.Fatalf("got %q, want %q", got, in)
		}
	})
}

func TestKeyboard(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	k := NewKeyboard(r)
	var _ cancelreader.File = k // so that Bubble Tea can wait for it and stop waiting
	buf := make([]byte, 256)
	for _, step := range [][2]string{{"a\x1b[<1;2", "a"}, {";3Mb", "\x1b[<1;2;3Mb"}} {
		if _, err := w.WriteString(step[0]); err != nil {
			t.Fatal(err)
		}
		if n, err := k.Read(buf); string(buf[:n]) != step[1] || err != nil {
			t.Errorf("read %q, %v; want %q", buf[:n], err, step[1])
		}
	}
	w.Close()
	if n, err := k.Read(buf); n != 0 || err == nil {
		t.Errorf("at the end: %d, %v", n, err)
	}
}
