package redis

import (
	"context"
	"math"
	"strconv"
	"time"

	"bustop/backends"
)

const (
	// topPlaces are shown in listings, maxPlaces are the most read at once.
	topPlaces = 10
	maxPlaces = 1000
)

// leaderboards is the role of sorted sets whose scores are an order of merit.
type leaderboards struct{ s *source }

// ListLeaderboards implements backends.Leaderboards.
func (l leaderboards) ListLeaderboards(ctx context.Context, q backends.Query) (backends.Page[backends.Leaderboard], error) {
	return lister[backends.Leaderboard]{
		kind: backends.KindLeaderboard, needs: []string{"ZCARD", "ZREVRANGE"}, read: l.rows,
	}.list(ctx, l.s, q)
}

func (l leaderboards) rows(ctx context.Context, names []string) ([]row[backends.Leaderboard], error) {
	cmds := make([]command, 0, 2*len(names))
	for _, name := range names {
		cmds = append(cmds, command{"ZCARD", name}, command{"ZREVRANGE", name, 0, topPlaces - 1, "WITHSCORES"})
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	out := make([]row[backends.Leaderboard], len(names))
	for i, name := range names {
		size, top := answers[2*i], answers[2*i+1]
		n, _ := size.value.(int64)
		if size.err != nil || top.err != nil || n == 0 {
			out[i].state = absent(size.err)
			continue
		}
		board := backends.Leaderboard{Name: name, Size: backends.ExactCount(n), Top: places(1, texts(top.value))}
		out[i].item = board
		if !merit(board.Top, time.Now()) {
			out[i].state = other
		}
	}
	return out, nil
}

// ReadLeaderboard implements backends.Leaderboards.
func (l leaderboards) ReadLeaderboard(ctx context.Context, name string, rank int64, n int) ([]backends.Place, error) {
	rank = max(rank, 1)
	v, err := l.s.one(ctx, "ZREVRANGE", name, rank-1, rank-2+int64(min(max(n, 1), maxPlaces)), "WITHSCORES")
	if err != nil {
		return nil, l.s.at.fault(name, err)
	}
	return places(rank, texts(v)), nil
}

// places are members and scores in turn, as WITHSCORES gives them.
func places(rank int64, flat []string) []backends.Place {
	out := make([]backends.Place, 0, len(flat)/2)
	for i := 0; i+1 < len(flat); i += 2 {
		score, err := strconv.ParseFloat(flat[i+1], 64)
		if err != nil {
			score = math.NaN()
		}
		out = append(out, backends.Place{Rank: rank + int64(i/2), Member: flat[i], Score: score})
	}
	return out
}

const (
	// decade is how far from now a score may be to be a time: of a delayed job, of a session.
	decade = 10 * 365 * 24 * time.Hour
	// Geohashes of GEOADD are whole numbers of 52 bits; away from the poles and the date line
	// their highest bits are set.
	geoMin, geoMax = 1 << 45, 1 << 52
)

// merit reports whether scores are an order of merit, and neither all times near now, in
// seconds, milliseconds or microseconds, nor all geohashes.
func merit(top []backends.Place, now time.Time) bool {
	times, geo := 0, 0
	for _, p := range top {
		if isTime(p.Score, now) {
			times++
		}
		if p.Score >= geoMin && p.Score < geoMax && p.Score == math.Trunc(p.Score) {
			geo++
		}
	}
	return len(top) == 0 || (times < len(top) && geo < len(top))
}

func isTime(score float64, now time.Time) bool {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		at := float64(now.UnixNano()) / float64(unit)
		if math.Abs(score-at) < float64(decade)/float64(unit) {
			return true
		}
	}
	return false
}
