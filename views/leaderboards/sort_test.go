package leaderboards_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"bustop/backends"
	"bustop/views"
	"bustop/views/leaderboards"
	"bustop/views/viewtest"
)

// order is in which order a screen shows some words.
func order(s views.Screen, words ...string) []string {
	text := viewtest.Text(s, 120, 30)
	slices.SortFunc(words, func(a, b string) int { return strings.Index(text, a) - strings.Index(text, b) })
	return words
}

func TestAPageIsSortedByColumn(t *testing.T) {
	places := []backends.Place{{Member: "wim", Score: 30}, {Member: "ada", Score: 20}, {Member: "mia", Score: 10}, {Member: "kim", Score: 5}}
	onBoard(t, places, func(s *viewtest.Source, nav *viewtest.Nav, screen views.Screen) {
		s.SetPlaces(backends.Place{Member: "wim", Score: 1}, backends.Place{Member: "ada", Score: 20}, backends.Place{Member: "mia", Score: 40}, backends.Place{Member: "kim", Score: 5})
		later(screen)
		for _, c := range []struct {
			key, says string
			want      []string
		}{
			{"", "highest first", []string{"mia", "ada", "kim", "wim"}},
			{"s", "this page by rank ▲", []string{"mia", "ada", "kim", "wim"}},
			{"S", "this page by rank ▼", []string{"wim", "kim", "ada", "mia"}},
			{"S", "this page by rank ▲", []string{"mia", "ada", "kim", "wim"}},
			{"s", "this page by moved ▲", []string{"mia", "kim", "ada", "wim"}}, // +2, +1, 0, -3
			{"s", "this page by member ▲", []string{"ada", "kim", "mia", "wim"}},
			{"s", "this page by score ▲", []string{"wim", "kim", "ada", "mia"}},
			{"s", "this page by gained ▲", []string{"mia", "ada", "kim", "wim"}},
		} {
			if c.key != "" {
				viewtest.Press(t, nav, screen, c.key)
			}
			viewtest.Shows(t, screen, c.says)
			if got := order(screen, "ada", "kim", "mia", "wim"); !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", c.says, got, c.want)
			}
		}
		viewtest.Press(t, nav, screen, "s")
		viewtest.Lacks(t, screen, "this page by")
	})
}

// A score in the list is never cut: it is rounded and says so, or left out together with its member.
func TestLeadersHaveWholeScores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, tenth := viewtest.Redis(), 0.1
		source.LeaderboardPage.Items = []backends.Leaderboard{
			{Name: "fractions", Top: []backends.Place{{Rank: 1, Member: "Farid", Score: 466.33}, {Rank: 2, Member: "Bjørn", Score: 236.92999999999998}, {Rank: 3, Member: "Liú", Score: tenth + 0.2}}},
			{Name: "extremes", Top: []backends.Place{{Rank: 1, Member: "top", Score: math.Inf(1)}, {Rank: 2, Member: "huge", Score: 1.7e308}, {Rank: 3, Member: "low", Score: -123456.7890123}}},
			{Name: "long", Top: []backends.Place{{Rank: 1, Member: strings.Repeat("member", 40), Score: -0.5}, {Rank: 2, Member: "second", Score: -1}}},
		}
		d, _ := viewtest.Deps(t, true, source)
		pane := leaderboards.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		for _, c := range []struct {
			w     int
			shows []string
			lacks []string
		}{
			{160, []string{"Farid 466.33 · Bjørn ~236.93 · Liú ~0.3", "top +inf · huge 1.7e+308 · low ~-123456.789", " -0.5"}, []string{"second", "236.9299"}},
			{80, []string{"Farid 466.33 · Bjørn ~236.93", "top +inf · huge 1.7e+308", "… -0.5"}, []string{"Liú", "low", "second"}},
			{40, []string{"466.33", "+inf"}, []string{"236.9", "e+3"}},
		} {
			text := viewtest.Text(pane, c.w, 24)
			for _, want := range c.shows {
				if !strings.Contains(text, want) {
					t.Errorf("%d cells lack %q:\n%s", c.w, want, text)
				}
			}
			for _, not := range c.lacks {
				if strings.Contains(text, not) {
					t.Errorf("%d cells show %q:\n%s", c.w, not, text)
				}
			}
		}
	})
}

// Names that begin alike stay apart where there is no room for all of them.
func TestLongNamesDifferAtTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		source.LeaderboardPage.Items = nil
		for _, name := range viewtest.LongNames() {
			source.LeaderboardPage.Items = append(source.LeaderboardPage.Items, backends.Leaderboard{Name: name, Size: backends.ExactCount(1)})
		}
		d, _ := viewtest.Deps(t, true, source)
		pane := leaderboards.New(d)
		defer pane.Close()
		viewtest.TellsLongNamesApart(t, pane)
	})
}
