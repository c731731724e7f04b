package conformance

import (
	"context"
	"slices"
	"testing"

	"bustop/backends"
	"bustop/backends/testkit"
)

// testStreams: listing, description, reading in both directions, and a tail that starts at the
// end and misses nothing from there on.
func testStreams(t *testing.T, w World) {
	if w.Seed.Stream == nil {
		t.Skip("no streams")
	}
	const name = "stream-a"
	w.Seed.Stream(t, name, []string{"g1", "g2"}, "one", "two", "three", "four")
	src := w.open(t, w.URL, w.Options)
	streams := src.Roles().Streams
	page, err := streams.ListStreams(within(t), backends.Query{Complete: true})
	expect(t, page, err, name, streamName, func(s backends.Stream) {
		if s.Length.Known() && s.Length.Value != 4 {
			t.Errorf("length: %+v", s.Length)
		}
	})
	if s, err := streams.DescribeStream(within(t), name); err != nil || s.Name != name {
		t.Errorf("describe: %+v, %v", s, err)
	}
	for from, want := range map[string][]string{"first": {"one", "two"}, "last": {"three", "four"}} {
		got, err := streams.ReadStream(within(t), name, from, 2)
		if err != nil || !slices.Equal(bodies(got), want) {
			t.Errorf("read from %s: %q, %v", from, bodies(got), err)
		}
		if from == "last" && len(got) == 2 {
			again, err := streams.ReadStream(within(t), name, got[1].Position, 1)
			if err != nil || !slices.Equal(bodies(again), []string{"four"}) {
				t.Errorf("read from position %s: %q, %v", got[1].Position, bodies(again), err)
			}
		}
	}
	if _, err := streams.DescribeStream(within(t), "stream-that-is-not"); backends.ReasonOf(err) != backends.NotFound {
		t.Errorf("a stream that is not there: %v", err)
	}
	followStream(t, w, streams, name)
}

func followStream(t *testing.T, w World, streams backends.Streams, name string) {
	tail, err := streams.TailStream(context.Background(), name)
	if err != nil {
		t.Fatalf("tail: %v", err)
	}
	defer tail.Close()
	testkit.Eventually(t, "the stream tail is live", func() bool { return tail.State().State == backends.Live })
	w.Seed.Append(t, name, "five")
	w.Seed.Append(t, name, "six")
	testkit.Eventually(t, "the tail has both new entries", func() bool { return tail.Ring.Stats().Seen() >= 2 })
	got, _ := tail.Ring.Last(10)
	if !slices.Equal(bodies(got), []string{"five", "six"}) {
		t.Errorf("tail: %q", bodies(got))
	}
}
