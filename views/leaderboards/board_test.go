package leaderboards_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/backends/redis"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/leaderboards"
	"bustop/views/viewtest"

	goredis "github.com/redis/go-redis/v9"
)

// season is a board of many members, with ties, a fraction, infinities and a hostile name.
func season() []backends.Place {
	out := []backends.Place{
		{Member: "anna", Score: 99.5},
		{Member: "ben", Score: 80},
		{Member: "cyd", Score: 80},
		{Member: viewtest.Hostile, Score: 79},
		{Member: "champion", Score: math.Inf(1)},
		{Member: "out", Score: math.Inf(-1)},
		{Member: "", Score: 0.1},
	}
	for i := range 243 {
		out = append(out, backends.Place{Member: fmt.Sprintf("player-%03d", i), Score: float64(70-i) + float64(i%4)/4})
	}
	return out
}

// onBoard opens the board of a source within a bubble.
func onBoard(t *testing.T, places []backends.Place, test func(s *viewtest.Source, nav *viewtest.Nav, screen views.Screen)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		source.Places = places
		d, nav := viewtest.Deps(t, true, source)
		pane := leaderboards.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, "enter")
		screen := nav.Pushed[0]
		defer screen.Close()
		viewtest.Settle(screen)
		test(source, nav, screen)
	})
}

// later lets the board be looked at again.
func later(s views.Screen) {
	for range 4 {
		time.Sleep(time.Second)
		viewtest.Settle(s)
	}
}

func TestBoardDrawings(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		then bool // the board changes
	}{
		{"top", nil, false},
		{"moved", nil, true},
		{"pinned", []string{"down", "down", "p"}, true},
		{"spread", []string{"d"}, false},
		{"everything", []string{"down", "p", "d"}, true},
		{"lowest", []string{"a"}, false},
		{"last", []string{"G"}, false},
		{"search", []string{"/", "-24", "enter"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoard(t, season(), func(s *viewtest.Source, nav *viewtest.Nav, screen views.Screen) {
				viewtest.Press(t, nav, screen, c.keys...)
				if c.then {
					next := season()
					next[1].Score, next[20].Score, next[0].Score = 123456.75, 75, -500
					s.SetPlaces(next...)
					later(screen)
				}
				for _, size := range [][2]int{{80, 24}, {200, 50}} {
					golden.Check(t, fmt.Sprintf("%s-%dx%d", c.name, size[0], size[1]), screen.Render(size[0], size[1]))
				}
				for _, size := range [][2]int{{20, 5}, {1, 1}, {40, 12}} {
					if lines := screen.Render(size[0], size[1]); len(lines) != size[1] {
						t.Errorf("%d lines of %d", len(lines), size[1])
					}
				}
			})
		})
	}
}

func TestBoardGoesThroughAllRanks(t *testing.T) {
	onBoard(t, season(), func(_ *viewtest.Source, nav *viewtest.Nav, screen views.Screen) {
		viewtest.Shows(t, screen, "250 members", "ranks 1–100", "highest first", "▌     1", "champion", "+inf")
		for range 99 {
			viewtest.Press(t, nav, screen, "down")
		}
		viewtest.Shows(t, screen, "▌   100")
		viewtest.Press(t, nav, screen, "down")
		viewtest.Shows(t, screen, "ranks 101–200", "▌   101")
		viewtest.Press(t, nav, screen, "up")
		viewtest.Shows(t, screen, "ranks 1–100", "▌   100")
		viewtest.Press(t, nav, screen, "G")
		viewtest.Shows(t, screen, "ranks 151–250", "▌   250", "-inf")
		nav.Answer = "120"
		viewtest.Press(t, nav, screen, "#")
		viewtest.Shows(t, screen, "ranks 120–219", "▌   120")
		viewtest.Press(t, nav, screen, "g")
		viewtest.Shows(t, screen, "▌     1", "champion")
		viewtest.Press(t, nav, screen, "a")
		viewtest.Shows(t, screen, "lowest first", "▌     1", "-inf")
		nav.Answer = "none"
		viewtest.Press(t, nav, screen, "#")
		if len(nav.Toasts) != 1 {
			t.Errorf("%q", nav.Toasts)
		}
	})
}

func TestBoardFollowsThePinned(t *testing.T) {
	onBoard(t, season(), func(s *viewtest.Source, nav *viewtest.Nav, screen views.Screen) {
		viewtest.Press(t, nav, screen, "down", "down", "p")
		viewtest.Shows(t, screen, "◆ cyd and its neighbours · rank 3, score 80", "=3 ×2", "+19.5")
		next := season()
		next[2].Score = -100.5
		s.SetPlaces(next...)
		later(screen)
		viewtest.Shows(t, screen, "◆ cyd and its neighbours · rank 178, score -100.5", "left the page: cyd now 178 ▼175")
		s.SetPlaces(next[:2]...)
		later(screen)
		viewtest.Shows(t, screen, "◆ cyd is not on the board", "champion removed")
		s.SetPlaces()
		later(screen)
		viewtest.Shows(t, screen, "the board is gone")
		s.SetPlaces(season()...)
		later(screen)
		viewtest.Press(t, nav, screen, "g", "down", "down", "p")
		viewtest.Lacks(t, screen, "neighbours")
	})
}

func TestBoardSearchAndFilter(t *testing.T) {
	onBoard(t, season(), func(_ *viewtest.Source, nav *viewtest.Nav, screen views.Screen) {
		viewtest.Press(t, nav, screen, "/", "ann")
		viewtest.Shows(t, screen, "anna")
		viewtest.Lacks(t, screen, "champion")
		viewtest.Press(t, nav, screen, "esc", "/", "player-24", "enter")
		viewtest.Shows(t, screen, "/player-24 3 matches", "all 250 searched", "player-240", "player-242")
		viewtest.Press(t, nav, screen, "down", "enter")
		viewtest.Shows(t, screen, "ranks 198–250", "▌   248", "player-241")
		viewtest.Press(t, nav, screen, "/", "nobody", "enter")
		viewtest.Shows(t, screen, "0 matches", "no member matches")
		viewtest.Press(t, nav, screen, "esc")
		viewtest.Shows(t, screen, "ranks 198–250", "player-241")
	})
}

func TestBoardOfAnOrdinarySource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := plainSource{viewtest.Redis()}
		d, nav := viewtest.Deps(t, true, source)
		pane := leaderboards.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, "enter")
		screen := nav.Pushed[0]
		defer screen.Close()
		viewtest.Settle(screen)
		viewtest.Shows(t, screen, "1.2k members", "anna", "99.5")
		viewtest.Press(t, nav, screen, "d")
		viewtest.Shows(t, screen, "cannot be measured")
		viewtest.Press(t, nav, screen, "/", "a", "enter")
		viewtest.Shows(t, screen, "cannot be searched")
	})
}

// plainSource offers no more than the role.
type plainSource struct{ *viewtest.Source }

func (s plainSource) Roles() backends.Roles {
	return backends.Roles{Leaderboards: struct{ backends.Leaderboards }{s.Source}}
}

// On a server: places, ties, neighbours, movement, search and spread as they are there.
func TestBoardOnServers(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		ctx := context.Background()
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		set := func(member string, score any) {
			if err := client.Do(ctx, "ZADD", "points", score, member).Err(); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 150 {
			set(fmt.Sprintf("m%03d", i), 1000-i)
		}
		set("first", "+inf")
		set("half", 0.5)
		set("last", "-inf")
		set("tie", 999)
		source, err := backends.Drivers{redis.Driver()}.Open(server.URL(), backends.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { source.Close() })
		d, nav := viewtest.Deps(t, true, source)
		pane := leaderboards.New(d)
		t.Cleanup(pane.Close)
		until := func(s views.Screen, texts ...string) {
			t.Helper()
			testkit.Eventually(t, fmt.Sprintf("the screen shows %q", texts), func() bool {
				s.Sync(time.Now())
				return viewtest.Has(s, texts...)
			})
		}
		press := func(s views.Screen, keys ...string) {
			t.Helper()
			viewtest.PressOnly(t, nav, s, keys...)
		}
		until(pane, "points", "154", "first +inf")
		press(pane, "enter")
		board := nav.Pushed[0]
		t.Cleanup(board.Close)
		until(board, "154 members", "ranks 1–100", "=3 ×2", "m000")
		press(board, "G")
		until(board, "ranks 55–154", "half", "0.5", "-inf")
		press(board, "a")
		until(board, "lowest first", "▌     1", "last")
		press(board, "a")
		until(board, "highest first", "▌     1", "+inf")
		press(board, "down", "p")
		until(board, "◆ m000 and its neighbours · rank 2, score 1000")
		set("m000", 10)
		until(board, "◆ m000 and its neighbours · rank 152, score 10", "left the page: m000 now 152 ▼150", "▲1")
		press(board, "/", "M14", "enter")
		until(board, "/M14 10 matches", "all 154 searched")
		press(board, "enter")
		until(board, "m14")
		press(board, "d")
		until(board, "spread of 154 scores", "50%")
	})
}
