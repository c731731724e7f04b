package backends

import "context"

// Leaderboards lists sets ordered by score.
type Leaderboards interface {
	ListLeaderboards(ctx context.Context, q Query) (Page[Leaderboard], error)
	// ReadLeaderboard returns up to n places from the given rank (1 is the highest score).
	ReadLeaderboard(ctx context.Context, name string, rank int64, n int) ([]Place, error)
}

// Leaderboard is a set of members ordered by score.
type Leaderboard struct {
	Name string
	Size Count
	Top  []Place
}

// Place is one row of a leaderboard; Rank 1 has the highest score.
type Place struct {
	Rank   int64
	Member string
	Score  float64
}
