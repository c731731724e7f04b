package leaderboards

import (
	"testing"

	"bustop/backends"
	"bustop/ui"

	"github.com/charmbracelet/x/ansi"
)

func places(members ...string) []backends.Place {
	rows := make([]backends.Place, len(members))
	for i, m := range members {
		rows[i] = backends.Place{Rank: int64(i + 1), Member: m, Score: float64(100 - i)}
	}
	return rows
}

func TestMovement(t *testing.T) {
	theme := ui.NewTheme(true)
	var m movement
	m.note(places("a", "b", "c"))
	m.note(places("a", "b", "c")) // nothing moved: what was before stays as it was
	for round := range 2 {        // a movement stays on screen until the next one
		rows := m.note(places("b", "a", "d"))
		want := []string{"▲1", "▼1", "new"}
		for i, r := range rows {
			if got := ansi.Strip(moved(theme, r.Rank, r.before)); got != want[i] {
				t.Errorf("round %d: %s moved %q, want %q", round, r.Member, got, want[i])
			}
		}
	}
	rows := m.note(places("b", "a", "c"))
	if got := ansi.Strip(moved(theme, rows[2].Rank, rows[2].first)); got != "·" {
		t.Errorf("c stands where it stood when the screen was opened, shown as %q", got)
	}
	if got := ansi.Strip(gained(theme, rows[0].Score, rows[0].first)); got != "+1" {
		t.Errorf("b gained %q", got)
	}
}
