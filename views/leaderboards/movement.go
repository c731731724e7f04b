package leaderboards

import (
	"slices"

	"bustop/backends"
)

// maxTracks bounds the members whose places are remembered; those met beyond move unseen.
const maxTracks = 20_000

// track is where a member stood: now, ahead of the last change that was seen, and when it was first
// met. A Rank of 0 is that of a member that is not on the board.
type track struct {
	first, before, now backends.Place
	// fresh says that it came into sight by the last change.
	fresh bool
}

// departed is a member that left the page, with where it is now.
type departed struct{ from, to backends.Place }

// movement remembers where members stood. Before moves on only when something on the page changed, so
// that a movement stays on screen until the next one.
type movement struct {
	tracks map[string]*track
	page   pageKey
	shown  []string
	// left are those that left the page by the last change.
	left []departed
}

// pageKey tells whether two looks are at the same page.
type pageKey struct {
	rank      int64
	n         int
	ascending bool
}

// row is a place with what happened to its member; track is nil when that is not remembered.
type row struct {
	backends.Standing
	track *track
}

// note takes in a look at a board. It returns the rows of the page and of the neighbours, and the
// members that left the page: they have to be looked up, and come again in View.Members.
func (m *movement) note(look backends.BoardLook, view backends.BoardView) (page, around []row, missing []string) {
	key := pageKey{look.Rank, look.N, look.Ascending}
	if m.tracks == nil || key.ascending != m.page.ascending {
		*m = movement{tracks: map[string]*track{}} // ranks count from the other end now
	}
	same := key == m.page
	names := make([]string, len(view.Page))
	changed := len(view.Page) != len(m.shown)
	for i, p := range view.Page {
		names[i] = p.Member
		t := m.tracks[p.Member]
		changed = changed || t == nil || t.now != p.Place
	}
	if same && changed {
		m.left = nil
		missing = without(m.shown, names)
	}
	if !same {
		m.left = nil
	}
	for _, p := range view.Page {
		m.meet(p.Place, changed, same)
	}
	for _, p := range view.Members {
		m.depart(p, names)
	}
	missing = m.departAround(view.Around, missing)
	m.page, m.shown = key, names
	for _, p := range view.Around {
		if !slices.Contains(names, p.Member) {
			t := m.tracks[p.Member]
			m.meet(p.Place, t == nil || t.now != p.Place, false)
		}
	}
	return m.rows(view.Page), m.rows(view.Around), missing
}

// meet moves a member's track on when the page changed. One met for the first time is news only where
// the page was in sight before.
func (m *movement) meet(p backends.Place, changed, news bool) {
	t := m.tracks[p.Member]
	switch {
	case t == nil && len(m.tracks) >= maxTracks:
	case t == nil:
		m.tracks[p.Member] = &track{first: p, before: p, now: p, fresh: news}
	case changed:
		t.before, t.now, t.fresh = t.now, p, news && t.now.Rank == 0
	}
}

// departAround notes those that are seen around the pinned member and need not be looked up, and
// returns the others.
func (m *movement) departAround(around []backends.Standing, missing []string) (rest []string) {
	for _, name := range missing {
		i := slices.IndexFunc(around, func(s backends.Standing) bool { return s.Member == name })
		if i < 0 {
			rest = append(rest, name)
		} else {
			m.depart(around[i].Place, nil)
		}
	}
	return rest
}

// depart notes where a member is that left the page.
func (m *movement) depart(p backends.Place, onPage []string) {
	t := m.tracks[p.Member]
	if t == nil || t.now == p || slices.Contains(onPage, p.Member) {
		return
	}
	m.left = append(m.left, departed{from: t.now, to: p})
	t.before, t.now, t.fresh = t.now, p, false
}

func (m *movement) rows(places []backends.Standing) []row {
	out := make([]row, len(places))
	for i, p := range places {
		out[i] = row{p, m.tracks[p.Member]}
	}
	return out
}

// without returns the names that are not among others.
func without(names, others []string) (out []string) {
	there := make(map[string]bool, len(others))
	for _, n := range others {
		there[n] = true
	}
	for _, n := range names {
		if !there[n] {
			out = append(out, n)
		}
	}
	return out
}
