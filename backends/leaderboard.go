package backends

import "context"

// Leaderboards lists sets ordered by score. A role may be a BoardReader too.
type Leaderboards interface {
	ListLeaderboards(ctx context.Context, q Query) (Page[Leaderboard], error)
	// ReadLeaderboard returns up to n places from the given rank (1 is the highest score).
	ReadLeaderboard(ctx context.Context, name string, rank int64, n int) ([]Place, error)
}

// BoardReader looks at one leaderboard from all sides. No look takes the server more than the
// logarithm of the board's size for each place returned, but for SearchBoard, which goes in steps.
type BoardReader interface {
	ReadBoard(ctx context.Context, name string, look BoardLook) (BoardView, error)
	// SearchBoard makes one step of a search. The first step, with no cursor, finds the member that
	// has exactly the name as well.
	SearchBoard(ctx context.Context, name string, q BoardQuery) (BoardMatches, error)
	// MeasureBoard returns how the scores are spread.
	MeasureBoard(ctx context.Context, name string) (Spread, error)
}

// Leaderboard is a set of members ordered by score.
type Leaderboard struct {
	Name string
	Size Count
	Top  []Place
	// Library is what keeps the board, "" when nothing tells; Profile the rule that recognised it, ""
	// where that is no more than its type.
	Library, Profile string
}

// Place is one row of a leaderboard; Rank 1 has the highest score.
type Place struct {
	Rank   int64
	Member string
	Score  float64
}

// Standing is a place with what only a look at its neighbours tells.
type Standing struct {
	Place
	// Shared is the rank with ties taken for one: that of the first with the same score or, on a
	// dense board, one more than the number of better scores. 0: unknown.
	Shared int64
	// Equals is how many members have this score, itself among them. 0: unknown.
	Equals int64
	// Data is what the board's library keeps of the member, nil for nothing.
	Data []byte
}

// BoardLook says what to read of a board.
type BoardLook struct {
	// Rank is that of the first place wanted, from 1 on; at most N places are read.
	Rank int64
	N    int
	// Ascending turns the board round: rank 1 is then the lowest score.
	Ascending bool
	// Pin is a member whose neighbours are wanted too, Beside of them on either side; nil for none.
	Pin    *string
	Beside int
	// Members are looked up wherever they stand.
	Members []string
}

// BoardView is what a BoardLook saw.
type BoardView struct {
	Size Count
	Page []Standing
	// Around are the pinned member and its neighbours, none when it is not on the board.
	Around []Standing
	// Members are the members looked up, as far as the server tells; Rank 0: not on the board.
	Members []Place
	// Dense says that the board's library counts distinct scores for ranks.
	Dense bool
}

// BoardQuery is one step of a search.
type BoardQuery struct {
	// Text is what names must contain, whatever the case of its letters a to z; with *, ? or [ in
	// it, it is a pattern for the whole name, as KEYS takes one.
	Text      string
	Ascending bool
	// Cursor is BoardMatches.Next of the step before, "" at first.
	Cursor string
}

// BoardMatches is what one step found.
type BoardMatches struct {
	Places []Place
	// Scanned is how many members the step has looked at.
	Scanned Count
	// Next goes on, "" after the last step.
	Next string
}

// Spread says how the scores of a board are spread.
type Spread struct {
	Size Count
	// Deciles are the scores at 0, 10, … 100 percent of the members, the lowest first; none of an
	// empty board.
	Deciles []float64
	// Bars are counts of members by score, the lowest scores first.
	Bars []SpreadBar
}

// SpreadBar counts the members with scores from From up to, but not, To. In the last bar, and in one
// whose bounds are equal, To counts too.
type SpreadBar struct {
	From, To float64
	Members  Count
}
