package hostile

import (
	"slices"
	"testing"
)

func TestLive(t *testing.T) {
	for in, live := range map[string]bool{
		"plain 世界\n": false, "\x1b[1;31mred\x1b[0m": false,
		"\x1b[2J": true, "\x1b": true, "\r": true, "\t": true, "\x7f": true, "\u009b": true, "\x9b": true, "\u202e": true, "\u200b": true, "\u00a0": true, "\xff": true,
		"\x1b[38:2::1m": true, "\x1b[?1m": true,
	} {
		if got := Live(in); (got != "") != live {
			t.Errorf("Live(%q) = %q", in, got)
		}
	}
}

// TestStrings holds that most strings act on a terminal, and that none is there twice.
func TestStrings(t *testing.T) {
	all := Strings()
	live := 0
	for _, s := range all {
		if Live(s) != "" {
			live++
		}
	}
	if live < 160 {
		t.Errorf("%d of %d are live", live, len(all))
	}
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) {
		t.Errorf("%d of %d are there twice", len(all)-n, len(all))
	}
}
