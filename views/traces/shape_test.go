package traces

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bustop/backends/spans"
)

func at(ms int) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(ms) * time.Millisecond)
}

// span is one of a trace, with its times in milliseconds.
func span(id, parent string, from, to int, kind string, links ...spans.Link) spans.Span {
	return spans.Span{
		TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", ID: id, Parent: parent, Name: id, Kind: kind, Start: at(from),
		Duration: time.Duration(to-from) * time.Millisecond, Links: links,
	}
}

func TestShapes(t *testing.T) {
	const in, out, client, server = "internal", "producer", "client", "consumer"
	for _, tc := range []struct {
		name     string
		list     []spans.Span
		self     []int    // milliseconds
		critical []string // for each span
		gaps     []string
	}{
		{name: "nothing"},
		{name: "one", list: []spans.Span{span("a", "", 0, 10, in)}, self: []int{10}, critical: []string{"0-10"}},
		{
			name: "one after the other",
			list: []spans.Span{span("a", "", 0, 10, in), span("b", "a", 1, 3, in), span("c", "a", 5, 9, in)},
			self: []int{4, 2, 4}, critical: []string{"0-1 3-5 9-10", "1-3", "5-9"},
		},
		{
			name: "side by side: the longer one is waited for",
			list: []spans.Span{span("a", "", 0, 10, in), span("b", "a", 1, 5, in), span("c", "a", 1, 9, in)},
			self: []int{2, 4, 8}, critical: []string{"0-1 9-10", "", "1-9"},
		},
		{
			name: "a consumer outlives its producer",
			list: []spans.Span{span("a", "", 0, 4, in), span("b", "a", 1, 2, out), span("c", "b", 10, 15, server)},
			self: []int{3, 1, 5}, critical: []string{"0-1", "1-2", "10-15"}, gaps: []string{"b>c 2-10"},
		},
		{
			name: "a receiver that is linked, not a child",
			list: []spans.Span{
				span("a", "", 0, 20, in), span("b", "a", 1, 2, out),
				span("c", "a", 9, 12, server, spans.Link{TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", SpanID: "b"}),
			},
			self: []int{16, 1, 3}, critical: []string{"0-1 2-9 12-20", "1-2", "9-12"}, gaps: []string{"b>c 2-9"},
		},
		{
			name: "a link into another trace is no gap here",
			list: []spans.Span{span("b", "", 1, 2, out), span("c", "", 9, 12, server, spans.Link{TraceID: "1", SpanID: "b"})},
			self: []int{1, 3}, critical: []string{"0-1", "8-11"},
		},
		{
			name: "what a consumer does is its own",
			list: []spans.Span{span("b", "", 0, 1, out), span("c", "b", 5, 9, server), span("d", "c", 7, 8, server), span("e", "c", 7, 8, client)},
			self: []int{1, 3, 1, 1}, critical: []string{"0-1", "5-7 8-9", "7-8", ""}, gaps: []string{"b>c 1-5"},
		},
		{
			name: "a parent that is missing", list: []spans.Span{span("a", "z", 0, 5, in), span("b", "y", 7, 9, in)},
			self: []int{5, 2}, critical: []string{"0-5", "7-9"},
		},
		{
			name: "a clock that is behind: the child starts before its parent",
			list: []spans.Span{span("a", "", 5, 10, in), span("b", "a", 0, 7, in)},
			self: []int{3, 7}, critical: []string{"7-10", "5-7"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := shapeOf(tc.list)
			for i := range tc.list {
				if got := int(s.self[i] / time.Millisecond); got != tc.self[i] {
					t.Errorf("self time of %s: %d, want %d", tc.list[i].ID, got, tc.self[i])
				}
				if got := words(s.critical[i]); got != tc.critical[i] {
					t.Errorf("critical parts of %s: %q, want %q", tc.list[i].ID, got, tc.critical[i])
				}
			}
			var gaps []string
			for _, g := range s.gaps {
				gaps = append(gaps, tc.list[g.producer].ID+">"+tc.list[g.consumer].ID+" "+words([]interval{g.interval}))
			}
			if !slices.Equal(gaps, tc.gaps) {
				t.Errorf("gaps %q, want %q", gaps, tc.gaps)
			}
		})
	}
}

// TestTimeInQueue holds that only the time in which nothing else was waited for counts.
func TestTimeInQueue(t *testing.T) {
	const in, out, taker = "internal", "producer", "consumer"
	link := spans.Link{TraceID: span("", "", 0, 0, in).TraceID, SpanID: "b"}
	for _, tc := range []struct {
		name string
		list []spans.Span
		want int // milliseconds
	}{
		{"none", []spans.Span{span("a", "", 0, 10, in)}, 0},
		{"the whole gap", []spans.Span{span("b", "", 0, 2, out), span("c", "b", 10, 15, taker)}, 8},
		{"two takers of one message", []spans.Span{span("b", "", 0, 2, out), span("c", "b", 6, 15, taker), span("d", "b", 10, 12, taker)}, 4},
		{"beside work", []spans.Span{span("a", "", 0, 20, in), span("b", "a", 1, 2, out), span("c", "a", 9, 12, taker, link)}, 0},
	} {
		if got := int(shapeOf(tc.list).queued() / time.Millisecond); got != tc.want {
			t.Errorf("%s: %d ms, want %d", tc.name, got, tc.want)
		}
	}
}

func words(list []interval) string {
	text := ""
	for _, iv := range list {
		if text != "" {
			text += " "
		}
		text += fmt.Sprintf("%d-%d", iv.from/time.Millisecond, iv.to/time.Millisecond)
	}
	return text
}

// randomTrace has any number of roots, children within, beside and behind their parents, and links.
func randomTrace(r *rand.Rand) []spans.Span {
	kinds := []string{"internal", "producer", "consumer", "client"}
	list := make([]spans.Span, r.IntN(40))
	for i := range list {
		from := r.IntN(1000)
		parent := ""
		if i > 0 && r.IntN(8) > 0 {
			parent = list[r.IntN(i)].ID
		}
		list[i] = span(fmt.Sprint("s", i), parent, from, from+1+r.IntN(300), kinds[r.IntN(len(kinds))])
		if i > 0 && r.IntN(4) == 0 {
			list[i].Links = []spans.Link{{TraceID: list[i].TraceID, SpanID: list[r.IntN(i)].ID}}
		}
	}
	return list
}

func TestShapesHoldOfAnyTrace(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		list := randomTrace(r)
		s := shapeOf(list)
		var all []interval
		for i := range list {
			from := list[i].Start.Sub(s.start)
			to := from + list[i].Duration
			if s.self[i] < 0 || s.self[i] > list[i].Duration {
				t.Fatalf("self time %v of %v", s.self[i], list[i].Duration)
			}
			for j, c := range s.critical[i] {
				if c.from < from || c.to > to || c.from >= c.to || j > 0 && c.from < s.critical[i][j-1].to {
					t.Fatalf("critical part %v of a span from %v to %v", s.critical[i], from, to)
				}
			}
			all = append(all, s.critical[i]...)
		}
		slices.SortFunc(all, func(a, b interval) int { return int(a.from - b.from) })
		for i := 1; i < len(all); i++ {
			if all[i].from < all[i-1].to {
				t.Fatalf("two spans are critical at once: %v", all)
			}
		}
		ended := 0
		for i := range list {
			if to := list[i].Start.Add(list[i].Duration); to.Equal(s.end) && len(s.critical[i]) > 0 {
				ended++
			}
		}
		if took := s.end.Sub(s.start); took > 0 && (ended != 1 || all[len(all)-1].to != took) {
			t.Fatalf("the path does not lead to the end: %v of %v", all, took)
		}
		for _, g := range s.gaps {
			if g.from >= g.to || !sends(&list[g.producer]) || !takes(&list[g.consumer]) {
				t.Fatalf("gap %+v", g)
			}
		}
	}
}
