package viewtest

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"bustop/backends"
)

// SetPlaces changes the leaderboard while a screen looks at it.
func (s *Source) SetPlaces(places ...backends.Place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Places = places
}

// ranked are the places in the order of a look.
func (s *Source) ranked(ascending bool) []backends.Place {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.Places)
	slices.SortStableFunc(out, func(a, b backends.Place) int {
		if ascending {
			a, b = b, a
		}
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(b.Member, a.Member))
	})
	for i := range out {
		out[i].Rank = int64(i + 1)
	}
	return out
}

// ReadBoard implements backends.BoardReader.
func (s *Source) ReadBoard(_ context.Context, _ string, look backends.BoardLook) (backends.BoardView, error) {
	all := s.ranked(look.Ascending)
	cut := func(from, to int64) (out []backends.Standing) {
		for _, p := range all[min(max(from, 0), int64(len(all))):min(max(to, 0), int64(len(all)))] {
			st := backends.Standing{Place: p, Shared: p.Rank}
			for _, other := range all {
				if other.Score == p.Score {
					st.Shared, st.Equals = min(st.Shared, other.Rank), st.Equals+1
				}
			}
			out = append(out, st)
		}
		return out
	}
	view := backends.BoardView{Size: backends.ExactCount(int64(len(all))), Page: cut(look.Rank-1, look.Rank-1+int64(look.N))}
	for _, p := range all {
		if look.Pin != nil && *look.Pin == p.Member {
			view.Around = cut(p.Rank-1-int64(look.Beside), p.Rank+int64(look.Beside))
		}
	}
	for _, m := range look.Members {
		found := backends.Place{Member: m}
		for _, p := range all {
			if p.Member == m {
				found = p
			}
		}
		view.Members = append(view.Members, found)
	}
	return view, s.failing()
}

// SearchBoard implements backends.BoardReader: one half of the members in each of two steps.
func (s *Source) SearchBoard(_ context.Context, _ string, q backends.BoardQuery) (backends.BoardMatches, error) {
	all := s.ranked(q.Ascending)
	half, next := all[:len(all)/2], "second"
	if q.Cursor != "" {
		half, next = all[len(all)/2:], ""
	}
	out := backends.BoardMatches{Next: next, Scanned: backends.Count{Value: int64(len(half)), Certainty: backends.About}}
	for _, p := range half {
		if strings.Contains(p.Member, q.Text) {
			out.Places = append(out.Places, p)
		}
	}
	return out, s.failing()
}

// MeasureBoard implements backends.BoardReader, with four bars of equal width.
func (s *Source) MeasureBoard(context.Context, string) (backends.Spread, error) {
	all := s.ranked(true)
	out := backends.Spread{Size: backends.ExactCount(int64(len(all)))}
	if len(all) == 0 {
		return out, s.failing()
	}
	for i := range 11 {
		out.Deciles = append(out.Deciles, all[(len(all)-1)*i/10].Score)
	}
	finite := slices.DeleteFunc(slices.Clone(all), func(p backends.Place) bool { return math.IsInf(p.Score, 0) })
	low, high := finite[0].Score, finite[len(finite)-1].Score
	for i := range 4 {
		at := func(i int) float64 { return math.Round(low + (high-low)*float64(i)/4) }
		bar := backends.SpreadBar{From: at(i), To: at(i + 1), Members: backends.ExactCount(0)}
		for _, p := range all {
			if p.Score >= bar.From && (p.Score < bar.To || i == 3) {
				bar.Members.Value++
			}
		}
		out.Bars = append(out.Bars, bar)
	}
	return out, s.failing()
}
