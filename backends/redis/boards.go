package redis

import (
	"context"
	"math"
	"strconv"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
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
	now := time.Now()
	out := make([]row[backends.Leaderboard], len(names))
	for i, name := range names {
		size, top := answers[2*i], answers[2*i+1]
		n, _ := size.value.(int64)
		if size.err != nil || top.err != nil || n == 0 {
			out[i].state = absent(size.err)
			continue
		}
		board := backends.Leaderboard{Name: name, Size: backends.ExactCount(n), Top: places(1, texts(top.value))}
		m := l.s.walker.catalog.matchOf(backends.KindLeaderboard, name)
		if m != nil {
			board.Library, board.Profile = m.Profile.Library, m.Profile.Name
		}
		out[i].item = board
		if m == nil && !l.merit(board, now) {
			out[i].state = other
		}
	}
	return out, nil
}

// merit reports whether the table still takes a sorted set, by the members at its top, for a
// leaderboard: of keys of one shape only samples were looked at.
func (l leaderboards) merit(board backends.Leaderboard, now time.Time) bool {
	e := profile.Evidence{Name: board.Name, Type: "zset", Left: -1, Read: true, Now: now}
	for _, p := range board.Top {
		e.Members = append(e.Members, profile.Member{Value: p.Member, Score: p.Score})
	}
	m, ok := l.s.profiles.Recognise(e)
	return !ok || m.Profile.Kind == profile.Leaderboard
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
		out = append(out, backends.Place{Rank: rank + int64(i/2), Member: flat[i], Score: scoreOf(flat[i+1])})
	}
	return out
}

// scoreOf reads a score; sorted sets hold no NaN, so that stands for what is none.
func scoreOf(text string) float64 {
	score, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(score, 0) {
		return math.NaN()
	}
	return score
}

// scoreBound writes a score as the bound of a range, so that it is read as the same number again.
func scoreBound(score float64) string {
	switch {
	case math.IsInf(score, 1):
		return "+inf"
	case math.IsInf(score, -1):
		return "-inf"
	}
	return strconv.FormatFloat(score, 'g', -1, 64)
}
