package leaderboards

import (
	"fmt"
	"testing"

	"bustop/backends"
	"bustop/ui"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

func places(from int64, members ...string) []backends.Standing {
	rows := make([]backends.Standing, len(members))
	for i, m := range members {
		rank := from + int64(i)
		rows[i].Place = backends.Place{Rank: rank, Member: m, Score: float64(100 - rank)}
	}
	return rows
}

// told is a page as the movement columns show it.
func told(rows []row) []string {
	t := ui.NewTheme(true)
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = ansi.Strip(fmt.Sprintf("%s %s%s/%s%s", r.Member, moved(t, r, false), gained(t, r, false, 20), moved(t, r, true), gained(t, r, true, 20)))
	}
	return out
}

func TestMovement(t *testing.T) {
	var m movement
	look := backends.BoardLook{Rank: 1, N: 3}
	step := func(look backends.BoardLook, page []backends.Standing, members []backends.Place, want, missing []string) {
		t.Helper()
		rows, _, gone := m.note(look, backends.BoardView{Page: page, Members: members})
		if diff := cmp.Diff(want, told(rows)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(missing, gone); diff != "" {
			t.Error("missing", diff)
		}
	}
	step(look, places(1, "a", "b", "c"), nil, []string{"a ·/·", "b ·/·", "c ·/·"}, nil)
	// A movement stays on screen until the next one; c is asked for once.
	moved := []string{"b ▲1+1/▲1+1", "a ▼1-1/▼1-1", "d new/new"}
	step(look, places(1, "b", "a", "d"), nil, moved, []string{"c"})
	step(look, places(1, "b", "a", "d"), []backends.Place{{Rank: 7, Member: "c", Score: 93}}, moved, nil)
	if len(m.left) != 1 || m.left[0].from.Rank != 3 || m.left[0].to.Rank != 7 {
		t.Errorf("left: %+v", m.left)
	}
	step(look, places(1, "b", "a", "d"), nil, moved, nil)
	// It comes back from where it was found; since it was first met nothing has changed.
	step(look, places(1, "b", "a", "c"), nil, []string{"b ·/▲1+1", "a ·/▼1-1", "c ▲4+4/·"}, []string{"d"})
	if len(m.left) != 0 {
		t.Errorf("left: %+v", m.left)
	}
	// Turning to another page is no movement, and who was on the one before has not left.
	step(backends.BoardLook{Rank: 4, N: 3}, places(4, "e", "f"), nil, []string{"e ·/·", "f ·/·"}, nil)
	step(look, places(1, "a", "b", "c"), nil, []string{"a ▲1+1/·", "b ▼1-1/·", "c ·/·"}, nil)
	// From the other end ranks are others.
	step(backends.BoardLook{Rank: 1, N: 3, Ascending: true}, places(1, "c", "b", "a"), nil, []string{"c ·/·", "b ·/·", "a ·/·"}, nil)
}

func TestMovementIsBounded(t *testing.T) {
	var m movement
	for page := range 300 {
		names := make([]string, 100)
		for i := range names {
			names[i] = fmt.Sprint(page, "-", i)
		}
		rank := int64(page*100 + 1)
		m.note(backends.BoardLook{Rank: rank, N: 100}, backends.BoardView{Page: places(rank, names...)})
	}
	if len(m.tracks) != maxTracks {
		t.Errorf("%d members are remembered", len(m.tracks))
	}
	rows, _, _ := m.note(backends.BoardLook{Rank: 30_001, N: 1}, backends.BoardView{Page: places(30_001, "late")})
	if got := told(rows); got[0] != "late –/–" {
		t.Errorf("%q", got)
	}
}
