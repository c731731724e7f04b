package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"bustop/backends"
	"bustop/backends/testkit"

	"github.com/google/go-cmp/cmp"
)

// testLooking: after every kind of look and Close the server is as it was.
func testLooking(t *testing.T, w World) {
	w.furnish(t, "look-")
	before := w.Fingerprint(t)
	src, err := w.Drivers.Open(w.URL, w.Options)
	if err != nil {
		t.Fatal(err)
	}
	w.lookAtEverything(t, src, "look-")
	if err := src.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	w.nothingLeft(t)
	if diff := cmp.Diff(before, w.Fingerprint(t)); diff != "" {
		t.Errorf("looking changed the server (-before +after):\n%s", diff)
	}
}

// furnish makes one object of every kind the server has.
func (w World) furnish(t *testing.T, prefix string) {
	t.Helper()
	if w.Seed.Queue != nil {
		w.Seed.Queue(t, prefix+"queue", "one", "two", "three")
	}
	if w.Seed.Stream != nil {
		w.Seed.Stream(t, prefix+"stream", []string{"group"}, "one", "two")
	}
	if w.Seed.Channel != nil {
		w.Seed.Channel(t, prefix+"channel")
	}
	if w.Seed.Lock != nil {
		w.Seed.Lock(t, prefix+"lock", "somebody", 0)
	}
	if w.Seed.Leaderboard != nil {
		w.Seed.Leaderboard(t, prefix+"board", map[string]float64{"x": 1})
	}
	if w.Seed.Key != nil {
		w.Seed.Key(t, prefix+"key", "value")
	}
}

// lookAtEverything uses every method of every role that the source has.
func (w World) lookAtEverything(t *testing.T, src backends.Source, prefix string) {
	t.Helper()
	ctx := within(t)
	ok := func(what string, err error) {
		if err != nil && !errors.Is(err, backends.ErrRefused) {
			t.Errorf("%s: %v", what, err)
		}
	}
	r, all := src.Roles(), backends.Query{Complete: true}
	ok("ping", src.Ping(ctx))
	if r.Queues != nil {
		_, err := r.Queues.ListQueues(ctx, all)
		ok("queues", err)
		plan, err := r.Queues.PlanPeek(ctx, prefix+"queue")
		ok("plan", err)
		_, err = r.Queues.Peek(ctx, agree(plan, 2))
		ok("peek", err)
	}
	if r.Locks != nil {
		_, err := r.Locks.ListLocks(ctx, all)
		ok("locks", err)
	}
	if r.Leaderboards != nil {
		_, err := r.Leaderboards.ListLeaderboards(ctx, all)
		ok("leaderboards", err)
		_, err = r.Leaderboards.ReadLeaderboard(ctx, prefix+"board", 1, 10)
		ok("leaderboard", err)
		lookAtBoard(ctx, r.Leaderboards, prefix+"board", ok)
	}
	if r.Keys != nil {
		_, err := r.Keys.ListKeys(ctx, all)
		ok("keys", err)
	}
	if r.Health != nil {
		_, err := r.Health.ReadHealth(ctx)
		ok("health", err)
	}
	w.lookAtFlows(t, src, prefix, ok)
}

// lookAtBoard looks at a leaderboard from all sides that the role offers.
func lookAtBoard(ctx context.Context, role backends.Leaderboards, name string, ok func(string, error)) {
	reader, can := role.(backends.BoardReader)
	if !can {
		return
	}
	pin := "a"
	_, err := reader.ReadBoard(ctx, name, backends.BoardLook{N: 10, Pin: &pin, Beside: 5, Members: []string{"a", "nobody"}})
	ok("board", err)
	_, err = reader.SearchBoard(ctx, name, backends.BoardQuery{Text: "a"})
	ok("search", err)
	_, err = reader.MeasureBoard(ctx, name)
	ok("spread", err)
}

// lookAtPending reads a stream backwards and what is pending in its groups.
func lookAtPending(ctx context.Context, role backends.Streams, st backends.Stream, ok func(string, error)) {
	newest, err := role.ReadStream(ctx, st.Name, "last", 1)
	ok("the newest of a stream", err)
	if pager, can := role.(backends.StreamPager); can && len(newest) > 0 {
		_, err := pager.ReadStreamBefore(ctx, st.Name, newest[0].Position, 10)
		ok("stream backwards", err)
	}
	reader, can := role.(backends.PendingReader)
	if !can {
		return
	}
	for _, g := range st.Groups {
		_, err := reader.ReadPending(ctx, st.Name, backends.PendingLook{Group: g.Name, N: 10})
		ok("pending", err)
	}
}

// lookAtFlows reads a stream, and opens and closes tails.
func (w World) lookAtFlows(t *testing.T, src backends.Source, prefix string, ok func(string, error)) {
	t.Helper()
	ctx, r := within(t), src.Roles()
	var tails []*backends.Tail
	if r.Streams != nil {
		_, err := r.Streams.ListStreams(ctx, backends.Query{Complete: true})
		ok("streams", err)
		st, err := r.Streams.DescribeStream(ctx, prefix+"stream")
		ok("stream", err)
		lookAtPending(ctx, r.Streams, st, ok)
		_, err = r.Streams.ReadStream(ctx, prefix+"stream", "first", 10)
		ok("stream entries", err)
		tail, err := r.Streams.TailStream(context.Background(), prefix+"stream")
		ok("stream tail", err)
		tails = append(tails, tail)
	}
	if r.Channels != nil {
		_, err := r.Channels.ListChannels(ctx, backends.Query{Complete: true})
		ok("channels", err)
		if w.Seed.Channel != nil {
			tail, err := w.tap(t, src, prefix+"channel")
			ok("tap", err)
			tails = append(tails, tail)
		}
	}
	for _, tail := range tails {
		testkit.Eventually(t, "tail is live", func() bool { return tail.State().State == backends.Live })
	}
	if len(tails) > 0 {
		// One is left to the source: Close ends it.
		tails[0].Close()
	}
}

// tap opens a tail on a channel with whatever consent its plan asks for.
func (w World) tap(t *testing.T, src backends.Source, name string) (*backends.Tail, error) {
	t.Helper()
	target := backends.Target{Kind: w.Tapped, Name: name}
	plan, err := src.Roles().Channels.PlanTap(within(t), target)
	if err != nil {
		return nil, err
	}
	if plan.Consent == backends.Refused || plan.Target != target {
		return nil, fmt.Errorf("plan for %v: %+v", target, plan)
	}
	return src.Roles().Channels.Tap(context.Background(), agree(plan, 0))
}

// nothingLeft waits until the server has let go of what stems from us.
func (w World) nothingLeft(t *testing.T) {
	t.Helper()
	testkit.Eventually(t, "nothing of ours is left on the server", func() bool { return len(w.Leftovers(t)) == 0 })
}

// testPeek: a peek returns the bodies in order and leaves them as they were, or is refused.
func testPeek(t *testing.T, w World) {
	if w.Seed.Queue == nil {
		t.Skip("no queues")
	}
	const name = "peek-queue"
	want := []string{"first", "second", "third", "fourth"}
	w.Seed.Queue(t, name, want...)
	before := w.Fingerprint(t)
	src := w.open(t, w.URL, w.Options)
	queues := src.Roles().Queues
	plan, err := queues.PlanPeek(within(t), name)
	if err != nil || plan.Target != (backends.Target{Kind: backends.KindQueue, Name: name}) {
		t.Fatalf("plan: %+v, %v", plan, err)
	}
	for range 3 {
		got, err := queues.Peek(within(t), agree(plan, 3))
		switch {
		case plan.Consent == backends.Refused:
			if !errors.Is(err, backends.ErrRefused) {
				t.Errorf("a refused plan was carried out: %v", err)
			}
		case err != nil || !slices.Equal(bodies(got), want[:3]):
			t.Errorf("peek: %q, %v", bodies(got), err)
		}
	}
	if plan.Consent == backends.Confirm || plan.Consent == backends.TypeName {
		if _, err := queues.Peek(within(t), backends.Look{Target: plan.Target, N: 1}); !errors.Is(err, backends.ErrRefused) {
			t.Errorf("peek without consent: %v", err)
		}
	}
	if diff := cmp.Diff(before, w.Fingerprint(t)); diff != "" {
		t.Errorf("peeking changed the server (-before +after):\n%s", diff)
	}
	if _, err := queues.PlanPeek(within(t), "queue-that-is-not"); backends.ReasonOf(err) != backends.NotFound {
		t.Errorf("a queue that is not there: %v", err)
	}
}

// testTap: messages in flight arrive complete and in order.
func testTap(t *testing.T, w World) {
	if w.Seed.Channel == nil {
		t.Skip("no channels")
	}
	const name, n = "tap-channel", 500
	w.Seed.Channel(t, name)
	src := w.open(t, w.URL, w.Options)
	tail, err := w.tap(t, src, name)
	if err != nil {
		t.Fatalf("tap: %v", err)
	}
	testkit.Eventually(t, "tap is live", func() bool { return tail.State().State == backends.Live })
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("\xffmessage %d\x00", i))
		w.Seed.Publish(t, name, want[i])
	}
	testkit.Eventually(t, "all messages arrived", func() bool { return tail.Ring.Stats().Seen() >= n })
	got, _ := tail.Ring.Last(2 * n)
	if diff := cmp.Diff(want, bodies(got)); diff != "" {
		t.Errorf("tapped messages (-sent +got):\n%s", diff)
	}
}
