package redis_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"
)

func channel(name string) backends.Target {
	return backends.Target{Kind: backends.KindChannel, Name: name}
}

func tap(t *testing.T, src backends.Source, name string) *backends.Tail {
	t.Helper()
	tail, err := src.Roles().Channels.Tap(context.Background(), backends.Look{Target: channel(name), Confirmed: true})
	must(t, err)
	testkit.Eventually(t, "the tap is live", func() bool { return tail.State().State == backends.Live })
	return tail
}

// 50 000 messages a second for two seconds: all are counted, and the server has nothing left
// to send.
func TestTapKeepsUp(t *testing.T) {
	addr, client := server(t)
	tail := tap(t, source(t, addr, nil), "prices")
	const perTick, ticks = 500, 200
	body := strings.Repeat("x", 256)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range ticks {
		<-tick.C
		pipe := client.Pipeline()
		for range perTick {
			pipe.Publish(context.Background(), "prices", body)
		}
		_, err := pipe.Exec(context.Background())
		must(t, err)
	}
	testkit.Eventually(t, "all messages are counted", func() bool { return tail.Ring.Stats().Seen() >= perTick*ticks })
	if stats := tail.Ring.Stats(); stats.Seen() != perTick*ticks || tail.State().Gaps != 0 {
		t.Errorf("%d of %d messages, %d gaps", stats.Seen(), perTick*ticks, tail.State().Gaps)
	}
}

func TestTapByPattern(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	src := source(t, addr, nil)
	plans := src.Roles().Channels
	for name, want := range map[string]backends.Consent{
		"news": backends.Free, "news.*": backends.Free, "news.[ab]?": backends.Free, "*": backends.Confirm, "**": backends.Confirm,
	} {
		plan, err := plans.PlanTap(ctx, channel(name))
		if err != nil || plan.Consent != want || (len(plan.Effects) == 0) != (name == "news") {
			t.Errorf("%s: %+v, %v", name, plan, err)
		}
	}
	if _, err := plans.Tap(ctx, backends.Look{Target: channel("*")}); !errors.Is(err, backends.ErrRefused) {
		t.Errorf("everything, without a yes: %v", err)
	}
	if _, err := plans.PlanTap(ctx, backends.Target{Kind: backends.KindExchange, Name: "x"}); backends.ReasonOf(err) != backends.BadUsage {
		t.Errorf("an exchange: %v", err)
	}
	reader := client.Subscribe(ctx, "news.a")
	defer reader.Close()
	_, err := reader.Receive(ctx)
	must(t, err)
	pattern, exact := tap(t, src, "news.*"), tap(t, src, "news.a")
	page, err := plans.ListChannels(within(t), backends.Query{Complete: true})
	must(t, err)
	if len(page.Items) != 1 || page.Items[0].Name != "news.a" || page.Items[0].Subscribers != backends.ExactCount(1) ||
		len(page.Notes) != 1 || !strings.HasPrefix(page.Notes[0], "listeners by 1 pattern") {
		t.Errorf("channels: %+v", page)
	}
	must(t, client.Publish(ctx, "news.b", "1").Err())
	must(t, client.Publish(ctx, "news.a", "2").Err())
	testkit.Eventually(t, "two by the pattern", func() bool { return pattern.Ring.Stats().Seen() == 2 })
	testkit.Eventually(t, "one by the name", func() bool { return exact.Ring.Stats().Seen() == 1 })
	got, _ := pattern.Ring.Last(2)
	if got[0].Route != "news.b" || got[1].Route != "news.a" || got[0].Target != channel("news.*") || !got[0].TimeReceived {
		t.Errorf("%+v", got)
	}
}

func TestTapOfAShardedChannel(t *testing.T) {
	addr, client := server(t)
	src := source(t, addr, nil)
	reader := client.SSubscribe(context.Background(), "shard")
	defer reader.Close()
	_, err := reader.Receive(context.Background())
	must(t, err)
	tail := tap(t, src, "shard")
	testkit.Eventually(t, "a message through the shard", func() bool {
		must(t, client.SPublish(context.Background(), "shard", "x").Err())
		return tail.Ring.Stats().Seen() > 0
	})
	page, err := src.Roles().Channels.ListChannels(within(t), backends.Query{Complete: true})
	must(t, err)
	if len(page.Items) != 1 || page.Items[0].Type != "shard" || page.Items[0].Subscribers != backends.ExactCount(1) {
		t.Errorf("channels: %+v", page.Items)
	}
}

func TestTapMarksABrokenConnection(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	tail := tap(t, source(t, addr, nil), "c")
	must(t, client.Publish(ctx, "c", "before").Err())
	testkit.Eventually(t, "the first", func() bool { return tail.Ring.Stats().Seen() == 1 })
	must(t, client.ClientKillByFilter(ctx, "TYPE", "pubsub").Err())
	testkit.Eventually(t, "a gap", func() bool { return tail.State().Gaps == 1 && tail.State().State == backends.Live })
	must(t, client.Publish(ctx, "c", "after").Err())
	testkit.Eventually(t, "the last", func() bool { return tail.Ring.Stats().Seen() == 3 })
	got, _ := tail.Ring.Last(3)
	if string(got[0].Body) != "before" || got[1].Gap == "" || string(got[2].Body) != "after" {
		t.Errorf("%+v", got)
	}
}

// proxy passes bytes on until it is told to swallow them, as a network does that fails without
// a word.
type proxy struct {
	addr  string
	stall atomic.Bool
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{addr: l.Addr().String()}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			context.AfterFunc(ctx, func() { in.Close(); out.Close() })
			go p.copy(in, out)
			go p.copy(out, in)
		}
	}()
	return p
}

func (p *proxy) copy(to, from net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if p.stall.Load() {
			n = 0
		}
		if err == nil {
			_, err = to.Write(buf[:n])
		}
		if err != nil {
			if !p.stall.Load() || !errors.Is(err, io.EOF) {
				to.Close()
			}
			return
		}
	}
}

// A connection that falls silent is noticed by tap and requests, and left for a new one.
func TestSilence(t *testing.T) {
	t.Parallel()
	addr, client := server(t)
	p := newProxy(t, addr)
	src := source(t, p.addr, nil)
	tail := tap(t, src, "c")
	must(t, src.Ping(within(t)))
	p.stall.Store(true)
	if err := src.Ping(within(t)); backends.ReasonOf(err) != backends.Unreachable {
		t.Errorf("a ping into silence: %v", err)
	}
	if st := src.Status().State; st != backends.Stale && st != backends.Down {
		t.Errorf("state %v", st)
	}
	testkit.Eventually(t, "the tap notices", func() bool { return tail.State().State == backends.Down })
	p.stall.Store(false)
	testkit.Eventually(t, "the tap is back", func() bool { return tail.State().State == backends.Live })
	testkit.Eventually(t, "the source is back", func() bool { return src.Ping(within(t)) == nil })
	must(t, client.Publish(context.Background(), "c", "after").Err())
	testkit.Eventually(t, "a gap and a message", func() bool { return tail.Ring.Stats().Seen() == 2 })
}

// One large message, and one that is larger than what is kept.
func TestTapOfLargeMessages(t *testing.T) {
	addr, client := server(t)
	tail := tap(t, source(t, addr, nil), "big")
	for _, size := range []int{1 << 20, 6 << 20, 1} {
		must(t, client.Publish(context.Background(), "big", strings.Repeat("x", size)).Err())
	}
	testkit.Eventually(t, "three messages", func() bool { return tail.Ring.Stats().Seen() == 3 })
	got, _ := tail.Ring.Last(3)
	if !got[0].Complete() || got[1].Complete() || got[1].Size != 6<<20 || len(got[1].Body) != 4<<20 || string(got[2].Body) != "x" {
		t.Errorf("sizes %d/%d %d/%d", len(got[0].Body), got[0].Size, len(got[1].Body), got[1].Size)
	}
}
