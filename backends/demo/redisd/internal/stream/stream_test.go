package stream_test

import (
	"testing"
	"time"

	"bustop/backends/demo/redisd/internal/stream"
)

func id(n int) stream.ID { return stream.ID{MS: uint64(n)} }

// filled has the entries 1-0 to n-0.
func filled(n int) *stream.Stream {
	s := &stream.Stream{Groups: map[string]*stream.Group{}}
	for i := range n {
		s.Add(id(i+1), []string{"f", "v"})
	}
	return s
}

// The lag is exact as long as it can be told, and unknown after deletions ahead.
func TestLag(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(s *stream.Stream) *stream.Group
		lag  int64
		ok   bool
	}{
		{"nothing read", func(*stream.Stream) *stream.Group { return stream.NewGroup(stream.ID{}, stream.Unknown) }, 10, true},
		{"all read", func(*stream.Stream) *stream.Group { return stream.NewGroup(id(10), stream.Unknown) }, 0, true},
		{"three read", func(s *stream.Stream) *stream.Group {
			g := stream.NewGroup(stream.ID{}, stream.Unknown)
			for i := range 3 {
				g.Advance(s, id(i+1))
			}
			return g
		}, 7, true},
		{"in the middle of a stream nobody counted", func(*stream.Stream) *stream.Group { return stream.NewGroup(id(5), stream.Unknown) }, 0, false},
		{"trimmed", func(s *stream.Stream) *stream.Group {
			g := stream.NewGroup(stream.ID{}, 0)
			s.Trim(stream.Trim{MaxLen: 4})
			return g
		}, 10, true},
		{"deleted ahead", func(s *stream.Stream) *stream.Group {
			g := stream.NewGroup(stream.ID{}, stream.Unknown)
			g.Advance(s, id(1))
			s.Delete(id(5))
			return g
		}, 0, false},
		{"deleted behind", func(s *stream.Stream) *stream.Group {
			g := stream.NewGroup(stream.ID{}, stream.Unknown)
			for i := range 6 {
				g.Advance(s, id(i+1))
			}
			s.Delete(id(5))
			return g
		}, 4, true},
		{"beyond the end", func(*stream.Stream) *stream.Group { return stream.NewGroup(id(99), stream.Unknown) }, 0, false},
	} {
		s := filled(10)
		if lag, ok := c.do(s).Lag(s); ok != c.ok || ok && lag != c.lag {
			t.Errorf("%s: lag %d, known %v", c.name, lag, ok)
		}
	}
}

func TestTrimWholeNodes(t *testing.T) {
	s := filled(250)
	if n := s.Trim(stream.Trim{MaxLen: 10, Approx: true}); n != 200 || s.Len() != 50 {
		t.Errorf("trimmed %d, %d left", n, s.Len())
	}
	if keys, nodes := filled(250).Tree(); keys != 3 || nodes != 8 {
		t.Errorf("%d keys, %d nodes in the tree", keys, nodes)
	}
	if n := filled(250).Trim(stream.Trim{MaxLen: 10, Approx: true, Limit: 150}); n != 100 {
		t.Errorf("trimmed %d with a limit of 150", n)
	}
	if n := filled(250).Trim(stream.Trim{ByID: true, MinID: id(31)}); n != 30 {
		t.Errorf("trimmed %d by ID", n)
	}
}

func TestPending(t *testing.T) {
	now := time.Now()
	g := stream.NewGroup(stream.ID{}, stream.Unknown)
	a, made := g.Consumer("a", now)
	b, _ := g.Consumer("b", now)
	if _, again := g.Consumer("a", now); !made || again {
		t.Error("consumers are made once")
	}
	for i := range 5 {
		g.Give(id(5-i), a, now).Count = 1
	}
	g.Give(id(2), b, now)
	if a.Owned != 4 || b.Owned != 1 || len(g.Pending(id(2), id(4))) != 3 {
		t.Errorf("a has %d, b %d", a.Owned, b.Owned)
	}
	s := filled(5)
	s.Groups["g"] = g
	c := s.Clone()
	if !g.Ack(id(1)) || g.Ack(id(1)) || !g.Ack(id(4)) || a.Owned != 2 {
		t.Errorf("after two acknowledgements a has %d", a.Owned)
	}
	if n := g.Remove("a"); n != 2 || len(g.Pending(stream.ID{}, stream.MaxID())) != 1 {
		t.Errorf("removing a dropped %d", n)
	}
	if copied := c.Groups["g"]; len(copied.Pending(stream.ID{}, stream.MaxID())) != 5 || copied.Consumers["a"].Owned != 4 {
		t.Error("a clone changes with its original")
	}
}

func TestID(t *testing.T) {
	for text, want := range map[string]stream.ID{"5": {MS: 5, Seq: 7}, "5-3": {MS: 5, Seq: 3}, "18446744073709551615-18446744073709551615": stream.MaxID()} {
		if got, ok := stream.ParseID(text, 7); !ok || got != want {
			t.Errorf("%s: %v %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "-", "1-", "-1", "+1", "1-+1", "a", "1-2-3", "18446744073709551616"} {
		if got, ok := stream.ParseID(text, 0); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
	if _, ok := stream.MaxID().Next(); ok {
		t.Error("there is an ID after the last")
	}
	if prev, _ := (stream.ID{MS: 1}).Prev(); prev.String() != "0-18446744073709551615" {
		t.Errorf("before 1-0: %v", prev)
	}
}
