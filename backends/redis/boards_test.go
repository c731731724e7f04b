package redis_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"bustop/backends"
	"bustop/backends/testkit/each"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
)

// board is a sorted set with a reader of it.
type board struct {
	t      *testing.T
	client *goredis.Client
	list   backends.Leaderboards
	reader backends.BoardReader
}

// onBoards runs a test on both servers.
func onBoards(t *testing.T, test func(t *testing.T, b board)) {
	t.Helper()
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		role := source(t, server.Addr(), nil).Roles().Leaderboards
		reader, ok := role.(backends.BoardReader)
		if !ok {
			t.Fatal("the role is no BoardReader")
		}
		test(t, board{t, client, role, reader})
	})
}

// add takes members and scores in turn, as ZADD's words without the scores' place.
func (b board) add(name string, pairs ...any) {
	b.t.Helper()
	words := []any{"ZADD", name}
	for i := 0; i < len(pairs); i += 2 {
		words = append(words, pairs[i+1], pairs[i])
	}
	must(b.t, b.client.Do(context.Background(), words...).Err())
}

func (b board) look(name string, look backends.BoardLook) backends.BoardView {
	b.t.Helper()
	view, err := b.reader.ReadBoard(within(b.t), name, look)
	must(b.t, err)
	return view
}

func standing(rank int64, member string, score float64, shared, equals int64) backends.Standing {
	return backends.Standing{Place: backends.Place{Rank: rank, Member: member, Score: score}, Shared: shared, Equals: equals}
}

// Ranks that are shared are known at the ends of a page too, where the others are out of sight.
func TestBoardTies(t *testing.T) {
	onBoards(t, func(t *testing.T, b board) {
		b.add("b", "a", 9, "b", 7, "c", 7, "d", 7, "e", 7, "f", "-inf", "g", -2.5)
		view := b.look("b", backends.BoardLook{Rank: 3, N: 2})
		want := []backends.Standing{standing(3, "d", 7, 2, 4), standing(4, "c", 7, 2, 4)}
		if diff := cmp.Diff(want, view.Page); diff != "" || view.Size != backends.ExactCount(7) {
			t.Errorf("size %v\n%s", view.Size, diff)
		}
		view = b.look("b", backends.BoardLook{Rank: 5, N: 9})
		want = []backends.Standing{standing(5, "b", 7, 2, 4), standing(6, "g", -2.5, 6, 1), standing(7, "f", math.Inf(-1), 7, 1)}
		if diff := cmp.Diff(want, view.Page); diff != "" {
			t.Error(diff)
		}
		view = b.look("b", backends.BoardLook{Rank: 1, N: 3, Ascending: true})
		want = []backends.Standing{standing(1, "f", math.Inf(-1), 1, 1), standing(2, "g", -2.5, 2, 1), standing(3, "b", 7, 3, 4)}
		if diff := cmp.Diff(want, view.Page); diff != "" {
			t.Error(diff)
		}
		if view := b.look("nothing", backends.BoardLook{}); view.Size != backends.ExactCount(0) || len(view.Page) != 0 {
			t.Errorf("no board: %+v", view)
		}
	})
}

func TestBoardPinAndLookups(t *testing.T) {
	onBoards(t, func(t *testing.T, b board) {
		for i := range 40 {
			b.add("b", fmt.Sprintf("m%02d", i), float64(100-i))
		}
		pin := "m20"
		view := b.look("b", backends.BoardLook{N: 1, Pin: &pin, Beside: 2, Members: []string{"m39", "nobody", "m00"}})
		var around []string
		for _, p := range view.Around {
			around = append(around, fmt.Sprint(p.Rank, " ", p.Member, " ", p.Shared))
		}
		if diff := cmp.Diff([]string{"19 m18 19", "20 m19 20", "21 m20 21", "22 m21 22", "23 m22 23"}, around); diff != "" {
			t.Error(diff)
		}
		want := []backends.Place{{Rank: 40, Member: "m39", Score: 61}, {Member: "nobody"}, {Rank: 1, Member: "m00", Score: 100}}
		if diff := cmp.Diff(want, view.Members); diff != "" {
			t.Error(diff)
		}
		pin = "m00"
		if view := b.look("b", backends.BoardLook{N: 1, Pin: &pin, Beside: 2}); len(view.Around) != 3 || view.Around[0].Member != "m00" {
			t.Errorf("around the first: %+v", view.Around)
		}
		pin = "nobody"
		if view := b.look("b", backends.BoardLook{N: 1, Pin: &pin, Beside: 2}); len(view.Around) != 0 {
			t.Errorf("around nobody: %+v", view.Around)
		}
	})
}

// The companions of agoragames' leaderboards tell about members, and rank by distinct scores.
func TestBoardCompanions(t *testing.T) {
	onBoards(t, func(t *testing.T, b board) {
		ctx := context.Background()
		b.add("highscores", "ann", 50, "bob", 50, "cyd", 40, "dan", 30)
		b.add("highscores:ties", "50.0", 50, "40.0", 40, "30.0", 30)
		must(t, b.client.HSet(ctx, "highscores:member_data", "bob", `{"level":3}`).Err())
		b.add("silk:ties", "red", 3) // a board whose name ends so
		page, err := b.list.ListLeaderboards(within(t), backends.Query{Complete: true})
		must(t, err)
		if len(page.Items) != 2 || page.Items[0].Name != "highscores" || page.Items[0].Library != "leaderboard" || page.Items[1].Name != "silk:ties" || page.Items[1].Library != "" {
			t.Fatalf("%+v", page.Items)
		}
		view := b.look("highscores", backends.BoardLook{Rank: 2, N: 3})
		ann, cyd, dan := standing(2, "ann", 50, 1, 2), standing(3, "cyd", 40, 2, 1), standing(4, "dan", 30, 3, 1)
		if diff := cmp.Diff([]backends.Standing{ann, cyd, dan}, view.Page); diff != "" || !view.Dense {
			t.Error(view.Dense, diff)
		}
		if view := b.look("highscores", backends.BoardLook{N: 1}); string(view.Page[0].Data) != `{"level":3}` {
			t.Errorf("data of %+v", view.Page[0])
		}
		if view := b.look("silk:ties", backends.BoardLook{N: 1}); view.Dense {
			t.Error("a board without companions is dense")
		}
	})
}

func TestBoardDecoys(t *testing.T) {
	onBoards(t, func(t *testing.T, b board) {
		b.add("points", "ann", 3, "job:1", 2)
		b.add("documents", `{"id":1}`, 3, `{"id":2}`, 2)
		b.add("jobs", "job:1", 3, "job:2", 2)
		b.add("delayed", "ann", float64(1_800_000_000), "bob", float64(1_790_000_000))
		must(t, b.client.GeoAdd(context.Background(), "places", &goredis.GeoLocation{Name: "Palermo", Longitude: 13.36, Latitude: 38.11}).Err())
		page, err := b.list.ListLeaderboards(within(t), backends.Query{Complete: true})
		must(t, err)
		if len(page.Items) != 1 || page.Items[0].Name != "points" {
			t.Errorf("%+v", page.Items)
		}
	})
}

func TestBoardSearch(t *testing.T) {
	onBoards(t, func(t *testing.T, b board) {
		ctx := context.Background()
		const n = 30_000
		members := make([]goredis.Z, n)
		for i := range members {
			members[i] = goredis.Z{Member: fmt.Sprintf("Player-%05d", i), Score: float64(i)}
		}
		must(t, b.client.ZAdd(ctx, "b", members...).Err())
		b.add("b", "10 [x]\\y", 0.5, "", 0.25)
		search := func(q backends.BoardQuery) (found []backends.Place, steps int) {
			for {
				m, err := b.reader.SearchBoard(within(t), "b", q)
				must(t, err)
				if steps++; m.Scanned.Certainty != backends.About || m.Scanned.Value > n {
					t.Fatalf("one step has looked at %+v", m.Scanned)
				}
				found = append(found, m.Places...)
				if q.Cursor = m.Next; q.Cursor == "" {
					return found, steps
				}
			}
		}
		found, steps := search(backends.BoardQuery{Text: "R-0001"})
		if len(found) != 10 || steps < 2 {
			t.Errorf("%d found in %d steps", len(found), steps)
		}
		for _, p := range found {
			if p.Rank != n-int64(p.Score) {
				t.Errorf("%+v", p)
			}
		}
		if found, _ := search(backends.BoardQuery{Text: "*-0000[12]", Ascending: true}); len(found) != 2 || found[0].Rank < 3 || found[0].Rank > 5 {
			t.Errorf("by a pattern: %+v", found)
		}
		if found, _ := search(backends.BoardQuery{Text: "10 [x]\\y"}); len(found) != 1 {
			t.Errorf("by the exact name: %+v", found)
		}
		first, err := b.reader.SearchBoard(within(t), "b", backends.BoardQuery{Text: "Player-29999"})
		must(t, err)
		if len(first.Places) == 0 || first.Places[0] != (backends.Place{Rank: 1, Member: "Player-29999", Score: n - 1}) {
			t.Errorf("the exact name comes at once: %+v", first.Places)
		}
	})
}

func TestBoardSpread(t *testing.T) {
	onBoards(t, func(t *testing.T, b board) {
		for i := range 1001 {
			b.add("even", fmt.Sprint("m", i), float64(i))
		}
		b.add("even", "far", 1e9)
		b.add("one", "a", 7, "b", 7)
		b.add("infinite", "a", "inf", "b", "-inf")
		b.add("mixed", "a", "inf", "b", 1, "c", 2, "d", 3.5, "e", "-inf")
		b.add("huge", "a", 1.7e308, "b", -1.7e308, "c", 5e-324)
		for name, want := range map[string]struct {
			size int64
			at50 float64
			bars int
		}{
			"even": {1002, 500, 11}, "one": {2, 7, 1}, "infinite": {2, math.Inf(-1), 1}, "mixed": {5, 2, 7}, "huge": {3, 5e-324, 8},
		} {
			s, err := b.reader.MeasureBoard(within(t), name)
			must(t, err)
			var sum int64
			for i, bar := range s.Bars {
				sum += bar.Members.Value
				if i > 0 && bar.From != s.Bars[i-1].To {
					t.Errorf("%s: bar %d of %+v begins elsewhere", name, i, s.Bars)
				}
			}
			if s.Size != backends.ExactCount(want.size) || sum != want.size || len(s.Deciles) != 11 || s.Deciles[5] != want.at50 || len(s.Bars) != want.bars || !slices.IsSorted(s.Deciles) {
				t.Errorf("%s: %+v, %d members in %d bars", name, s, sum, len(s.Bars))
			}
		}
		s, err := b.reader.MeasureBoard(within(t), "even")
		must(t, err)
		if got := s.Bars[1]; got != (backends.SpreadBar{From: 100, To: 200, Members: backends.ExactCount(100)}) {
			t.Errorf("the second bar: %+v", got)
		}
		if s, err := b.reader.MeasureBoard(within(t), "nothing"); err != nil || s.Size.Known() {
			t.Errorf("no board: %+v, %v", s, err)
		}
	})
}
