package redis

import (
	"context"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

const (
	// maxBeside and maxLookups bound what one look asks for beside its page.
	maxBeside  = 50
	maxLookups = 100
	// maxMemberData is how much is kept of what a library stores about one member.
	maxMemberData = 4 << 10
)

// side is the direction in which a board is read.
type side struct{ ranges, rank string }

func sideOf(ascending bool) side {
	if ascending {
		return side{"ZRANGE", "ZRANK"}
	}
	return side{"ZREVRANGE", "ZREVRANK"}
}

// boardLooking is one look at one board.
type boardLooking struct {
	leaderboards
	side
	name string
	look backends.BoardLook
	view backends.BoardView
	// data and ties are keys of the board's library, "" for none.
	data, ties string
}

// ReadBoard implements backends.BoardReader, in at most three rounds: the page and the ranks; the
// neighbours of the pinned member; ties and what a library keeps beside the board.
func (l leaderboards) ReadBoard(ctx context.Context, name string, look backends.BoardLook) (backends.BoardView, error) {
	look.Rank, look.N = max(look.Rank, 1), min(max(look.N, 1), maxPlaces)
	look.Beside = min(max(look.Beside, 0), maxBeside)
	look.Members = look.Members[:min(len(look.Members), maxLookups)]
	b := &boardLooking{leaderboards: l, side: sideOf(look.Ascending), name: name, look: look}
	b.companions()
	pin, err := b.page(ctx)
	if err != nil {
		return b.view, l.s.at.fault(name, err)
	}
	if pin > 0 {
		err = b.around(ctx, pin)
	}
	if err == nil {
		err = b.beside(ctx)
	}
	return b.view, l.s.at.fault(name, err)
}

// companions finds the keys that the board's library keeps, if the walk has recognised one.
func (b *boardLooking) companions() {
	m := b.s.walker.catalog.matchOf(backends.KindLeaderboard, b.name)
	if m == nil {
		return
	}
	for _, made := range b.s.profiles.Keys(m.Profile, m.Vars, profile.Companion) {
		switch made.Key.Role {
		case profile.RoleMemberData:
			b.data = made.Name
		case profile.RoleTies:
			b.ties = made.Name
		}
	}
}

// page reads the size, the page, and where members stand. It returns the rank of the pinned one, 0
// when there is none.
func (b *boardLooking) page(ctx context.Context) (pin int64, err error) {
	cmds := []command{
		{"ZCARD", b.name}, {b.ranges, b.name, b.look.Rank - 1, b.look.Rank - 2 + int64(b.look.N), "WITHSCORES"},
	}
	for _, member := range b.look.Members {
		cmds = append(cmds, command{b.rank, b.name, member}, command{"ZSCORE", b.name, member})
	}
	if b.look.Pin != nil {
		cmds = append(cmds, command{b.rank, b.name, *b.look.Pin})
	}
	answers, err := b.s.many(ctx, cmds)
	if err != nil {
		return 0, err
	}
	if err := firstOf(answers[:2]); err != nil {
		return 0, err
	}
	if n, ok := answers[0].value.(int64); ok {
		b.view.Size = backends.ExactCount(n)
	}
	b.view.Page = standings(places(b.look.Rank, texts(answers[1].value)))
	for i, member := range b.look.Members {
		if p, known := placeOf(member, answers[2+2*i], answers[3+2*i]); known {
			b.view.Members = append(b.view.Members, p)
		}
	}
	if at, ok := answers[len(answers)-1].value.(int64); ok && b.look.Pin != nil {
		pin = at + 1
	}
	return pin, nil
}

// placeOf reads the answers to a rank and ZSCORE; Rank 0: not on the board.
func placeOf(member string, rank, score answer) (p backends.Place, known bool) {
	p.Member = member
	if rank.err != nil || score.err != nil {
		return p, false
	}
	at, ranked := rank.value.(int64)
	text, scored := score.value.(string)
	if ranked && scored {
		p.Rank, p.Score = at+1, scoreOf(text)
	}
	return p, true
}

func standings(places []backends.Place) []backends.Standing {
	out := make([]backends.Standing, len(places))
	for i, p := range places {
		out[i].Place = p
	}
	return out
}

func (b *boardLooking) around(ctx context.Context, pin int64) error {
	from := max(pin-int64(b.look.Beside), 1)
	v, err := b.s.one(ctx, b.ranges, b.name, from-1, pin+int64(b.look.Beside)-1, "WITHSCORES")
	b.view.Around = standings(places(from, texts(v)))
	return err
}

// beside asks for ties at the ends of what was read, and for the members' data. Without the right
// to any of that it stays unknown.
func (b *boardLooking) beside(ctx context.Context) error {
	var cmds []command
	var runs [][]backends.Standing
	for _, run := range [][]backends.Standing{b.view.Page, b.view.Around} {
		if len(run) > 0 {
			runs, cmds = append(runs, run), append(cmds, b.edges(run)...)
		}
	}
	ends := len(cmds)
	if b.data != "" && len(b.view.Page) > 0 {
		c := command{"HMGET", b.data}
		for _, p := range b.view.Page {
			c = append(c, p.Member)
		}
		cmds = append(cmds, c)
	}
	answers, err := b.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	for i, run := range runs {
		each := ends / len(runs)
		b.share(run, answers[each*i:each*(i+1)])
	}
	if len(answers) > ends {
		values, _ := answers[ends].value.([]any)
		for i, v := range values {
			if text, ok := v.(string); ok && i < len(b.view.Page) {
				b.view.Page[i].Data = []byte(text[:min(len(text), maxMemberData)])
			}
		}
	}
	return nil
}

// edges asks how many are ahead of a run's first score, how many share its first and its last one,
// and, where the library keeps distinct scores, how many of those are ahead and whether the first one is
// among them.
func (b *boardLooking) edges(run []backends.Standing) []command {
	first, last := run[0].Score, run[len(run)-1].Score
	from, to := "("+scoreBound(first), "+inf"
	if b.look.Ascending {
		from, to = "-inf", "("+scoreBound(first)
	}
	cmds := []command{
		{"ZCOUNT", b.name, from, to},
		{"ZCOUNT", b.name, scoreBound(first), scoreBound(first)},
		{"ZCOUNT", b.name, scoreBound(last), scoreBound(last)},
	}
	if b.ties != "" {
		cmds = append(cmds, command{"ZCOUNT", b.ties, from, to}, command{"ZCOUNT", b.ties, scoreBound(first), scoreBound(first)})
	}
	return cmds
}

// share fills in the ranks that equal scores share. Ties within a run show themselves.
func (b *boardLooking) share(run []backends.Standing, ends []answer) {
	ahead, known := ends[0].value.(int64)
	if !known {
		return
	}
	better, dense := int64(0), false
	if len(ends) > 4 {
		better, _ = ends[3].value.(int64)
		dense = ends[4].value == int64(1)
	}
	b.view.Dense = b.view.Dense || dense
	for i := 0; i < len(run); {
		n := i + 1
		for n < len(run) && run[n].Score == run[i].Score {
			n++
		}
		shared, equals := run[i].Rank, int64(n-i)
		if i == 0 {
			shared = min(ahead+1, run[0].Rank) // the board may have changed between two rounds
			equals = atLeast(equals, ends[1])
		}
		if n == len(run) {
			equals = atLeast(equals, ends[2])
		}
		if dense {
			better++
			shared = better
		}
		for ; i < n; i++ {
			run[i].Shared, run[i].Equals = shared, equals
		}
	}
}

func atLeast(n int64, a answer) int64 {
	counted, _ := a.value.(int64)
	return max(n, counted)
}
