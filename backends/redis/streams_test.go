package redis_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
)

// onStreams runs a test on both servers.
func onStreams(t *testing.T, test func(t *testing.T, c *goredis.Client, role backends.Streams)) {
	t.Helper()
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		test(t, client, source(t, server.Addr(), nil).Roles().Streams)
	})
}

// add appends an entry with an id.
func add(t *testing.T, c *goredis.Client, stream, id string, fields ...string) {
	t.Helper()
	must(t, c.XAdd(context.Background(), &goredis.XAddArgs{Stream: stream, ID: id, Values: fields}).Err())
}

func readGroup(t *testing.T, c *goredis.Client, stream, group, consumer string, n int64) {
	t.Helper()
	must(t, c.XReadGroup(context.Background(), &goredis.XReadGroupArgs{Group: group, Consumer: consumer, Streams: []string{stream, ">"}, Count: n}).Err())
}

// Whoever claims a pending entry that was trimmed or deleted gets nothing: the page says so.
func TestPendingEntries(t *testing.T) {
	onStreams(t, func(t *testing.T, c *goredis.Client, role backends.Streams) {
		ctx := context.Background()
		for i := 1; i <= 9; i++ {
			add(t, c, "s", fmt.Sprintf("%d-1", i), "n", strings.Repeat("x", 300<<10))
		}
		must(t, c.XGroupCreate(ctx, "s", "g", "0").Err())
		readGroup(t, c, "s", "g", "ann", 6)
		readGroup(t, c, "s", "g", "bob", 3)
		must(t, c.XClaim(ctx, &goredis.XClaimArgs{Stream: "s", Group: "g", Consumer: "bob", Messages: []string{"4-1"}}).Err())
		must(t, c.XTrimMinID(ctx, "s", "3").Err())
		must(t, c.XDel(ctx, "s", "5-1", "7-1").Err())
		reader := role.(backends.PendingReader)
		read := func(look backends.PendingLook) (out []string, next string) {
			look.Group = "g"
			page, err := reader.ReadPending(within(t), "s", look)
			must(t, err)
			for _, e := range page.Entries {
				if !e.Idle.Known() || e.Idle.Value > time.Minute || !e.Made.IsZero() {
					t.Errorf("%+v", e)
				}
				out = append(out, fmt.Sprint(e.Position, " ", e.Consumer, " ", e.Deliveries.Value, " ", e.Payload))
			}
			return out, page.Next
		}
		// Trimmed, then there, claimed, deleted; after 7-1 nothing was deleted.
		want := []string{"1-1 ann 1 2", "2-1 ann 1 2", "3-1 ann 1 1", "4-1 bob 2 1", "5-1 ann 1 2", "6-1 ann 1 1", "7-1 bob 1 2", "8-1 bob 1 1", "9-1 bob 1 1"}
		first, next := read(backends.PendingLook{N: 4})
		rest, end := read(backends.PendingLook{N: 9, From: next})
		if diff := cmp.Diff(want, append(first, rest...)); diff != "" || len(first) != 4 || end != "" {
			t.Errorf("%d in the first page, next %q\n%s", len(first), end, diff)
		}
		if got, _ := read(backends.PendingLook{N: 9, Consumer: "bob"}); len(got) != 4 || got[0] != want[3] {
			t.Errorf("bob's: %q", got)
		}
		_, err := reader.ReadPending(within(t), "s", backends.PendingLook{Group: "nobody"})
		if backends.ReasonOf(err) != backends.NotFound {
			t.Errorf("a group that is not there: %v", err)
		}
	})
}

// What payloads take bounds how many of them are read to find out whether they are there.
func TestPendingCheckIsBounded(t *testing.T) {
	onStreams(t, func(t *testing.T, c *goredis.Client, role backends.Streams) {
		ctx := context.Background()
		for i := 1; i <= 12; i++ {
			add(t, c, "s", fmt.Sprintf("%d-1", i), "n", strings.Repeat("x", 400<<10))
		}
		must(t, c.XGroupCreate(ctx, "s", "g", "0").Err())
		readGroup(t, c, "s", "g", "ann", 12)
		must(t, c.XDel(ctx, "s", "12-1").Err())
		page, err := role.(backends.PendingReader).ReadPending(within(t), "s", backends.PendingLook{Group: "g", N: 50})
		must(t, err)
		var there []backends.Presence
		for _, e := range page.Entries {
			there = append(there, e.Payload)
		}
		if len(there) != 12 || there[0] != backends.Present || there[11] != backends.PresenceUnknown {
			t.Errorf("%v", there)
		}
	})
}

func TestLagInEntriesAndTime(t *testing.T) {
	onStreams(t, func(t *testing.T, c *goredis.Client, role backends.Streams) {
		ctx := context.Background()
		ago := func(d time.Duration) string { return fmt.Sprintf("%d-0", time.Now().Add(-d).UnixMilli()) }
		big := strings.Repeat("x", 30<<10)
		given := ago(time.Hour)
		add(t, c, "s", given, "n", "1")
		for _, group := range []string{"behind", "never", "done"} {
			must(t, c.XGroupCreate(ctx, "s", group, "0").Err())
		}
		readGroup(t, c, "s", "behind", "ann", 1)
		add(t, c, "s", ago(time.Minute), "n", big)
		for range 9 {
			add(t, c, "s", "*", "n", big)
		}
		readGroup(t, c, "s", "done", "ann", 10)
		// A deletion among what waits makes the server say that it does not know.
		last, err := c.XRevRangeN(ctx, "s", "+", "-", 2).Result()
		must(t, err)
		must(t, c.XDel(ctx, "s", last[1].ID).Err())
		describe := func() map[string]backends.Group {
			st, err := role.DescribeStream(within(t), "s")
			must(t, err)
			if st.FirstTime.IsZero() || time.Since(st.LastTime) > time.Minute || st.EntriesAdded != backends.ExactCount(11) {
				t.Errorf("%+v", st)
			}
			out := map[string]backends.Group{}
			for _, g := range st.Groups {
				out[g.Name] = g
			}
			return out
		}
		near := func(s backends.Span, want time.Duration, how backends.Certainty) bool {
			return s.Certainty == how && math.Abs(float64(s.Value-want)) < float64(30*time.Second)
		}
		got := describe()
		// Ten are there, one was read: at least nine wait. Of entries this large two are looked at.
		if g := got["behind"]; g.Lag != backends.CountAtLeast(9) || !near(g.LagTime, time.Minute, backends.Exact) {
			t.Errorf("behind: %+v", g)
		}
		if g := got["never"]; g.Lag != backends.ExactCount(10) || !near(g.LagTime, time.Hour, backends.Exact) {
			t.Errorf("never: %+v", g)
		}
		if g := got["done"]; g.Lag != backends.ExactCount(1) || !near(g.LagTime, 0, backends.Exact) {
			t.Errorf("done: %+v", g)
		}
		readGroup(t, c, "s", "done", "ann", 10)
		if g := describe()["done"]; g.Lag != backends.ExactCount(0) || g.LagTime != backends.ExactSpan(0) {
			t.Errorf("done now: %+v", g)
		}
		// In a listing nothing is read for the age: it is about that of the last entry given.
		page, err := role.ListStreams(within(t), backends.Query{Complete: true})
		must(t, err)
		for _, g := range page.Items[0].Groups {
			if g.Name == "behind" && !near(g.LagTime, time.Hour, backends.About) {
				t.Errorf("in the listing: %+v", g)
			}
		}
		add(t, c, "own ids", "7-7", "n", "1")
		must(t, c.XGroupCreate(ctx, "own ids", "g", "0").Err())
		st, err := role.DescribeStream(within(t), "own ids")
		must(t, err)
		if !st.FirstTime.IsZero() || st.Groups[0].LagTime.Known() || st.Groups[0].Lag != backends.ExactCount(1) {
			t.Errorf("ids that are no times: %+v", st)
		}
	})
}

func TestReadStreamBothWays(t *testing.T) {
	onStreams(t, func(t *testing.T, c *goredis.Client, role backends.Streams) {
		for i := 1; i <= 9; i++ {
			add(t, c, "s", fmt.Sprintf("%d-1", 1_700_000_000_000+i*1000), "n", fmt.Sprint(i))
		}
		bodies := func(ms []backends.Message, err error) string {
			t.Helper()
			must(t, err)
			var out []string
			for _, m := range ms {
				out = append(out, string(m.Body))
			}
			return strings.Join(out, " ")
		}
		pager := role.(backends.StreamPager)
		at := func(seconds float64) string {
			return time.UnixMilli(1_700_000_000_000 + int64(seconds*1000)).UTC().Format(time.RFC3339Nano)
		}
		for _, tt := range []struct {
			from, forward, back string
		}{
			{"1700000005000-1", "5 6 7", "2 3 4"},
			{"1700000005000", "5 6 7", "2 3 4"},
			{at(4.5), "5 6 7", "2 3 4"},
			{at(0), "1 2 3", ""},
			{at(99), "", "7 8 9"},
			{"0-0", "1 2 3", ""},
			{"18446744073709551615-18446744073709551615", "", "7 8 9"},
			{"1969-01-01T00:00:00Z", "1 2 3", ""},
		} {
			if got := bodies(role.ReadStream(within(t), "s", tt.from, 3)); got != tt.forward {
				t.Errorf("from %s: %q, want %q", tt.from, got, tt.forward)
			}
			if got := bodies(pager.ReadStreamBefore(within(t), "s", tt.from, 3)); got != tt.back {
				t.Errorf("before %s: %q, want %q", tt.from, got, tt.back)
			}
		}
		for _, bad := range []string{"", "yesterday", "$"} {
			if _, err := pager.ReadStreamBefore(within(t), "s", bad, 3); backends.ReasonOf(err) != backends.BadUsage {
				t.Errorf("before %q: %v", bad, err)
			}
		}
	})
}

// The table says in which field an envelope has its payload; the tail and the pages agree.
func TestStreamEnvelopes(t *testing.T) {
	onStreams(t, func(t *testing.T, c *goredis.Client, role backends.Streams) {
		for name, e := range map[string]struct {
			fields  []string
			body    string
			headers int
		}{
			"watermill": {[]string{"_watermill_message_uuid", "u", "metadata", "\x80", "payload", "w"}, "w", 2},
			"socket.io": {[]string{"uid", "u", "nsp", "/", "type", "3", "data", "{}"}, "{}", 3},
			"spring":    {[]string{"_raw", "r", "data", "d"}, "r", 1},
			"one":       {[]string{"msg", "m", "tenant", "t"}, "m", 1},
			"none":      {[]string{"a", "1", "b", "2"}, "", 2},
		} {
			add(t, c, name, "1-1", e.fields...)
			tail, err := role.TailStream(context.Background(), name)
			must(t, err)
			testkit.Eventually(t, "the tail is live", func() bool { return tail.State().State == backends.Live })
			add(t, c, name, "2-1", e.fields...)
			read, err := role.ReadStream(within(t), name, "first", 9)
			must(t, err)
			testkit.Eventually(t, "the tail has the entry", func() bool { return tail.Ring.Stats().Seen() > 0 })
			followed, _ := tail.Ring.Last(9)
			tail.Close()
			for _, m := range slices.Concat(read, followed) {
				if known := name == "watermill" || name == "socket.io" || name == "spring"; (m.Envelope != nil) != known {
					t.Errorf("%s: envelope %+v", name, m.Envelope)
				}
				if string(m.Body) != e.body || len(m.Headers) != e.headers {
					t.Errorf("%s: body %q, %d headers", name, m.Body, len(m.Headers))
				}
			}
		}
	})
}
