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

	goredis "github.com/redis/go-redis/v9"
)

// clientOf is a client for filling a server of either kind.
func clientOf(t *testing.T, server each.Redis) *goredis.Client {
	t.Helper()
	c := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
	t.Cleanup(func() { c.Close() })
	return c
}

func listen(t *testing.T, c *goredis.Client, names ...string) {
	t.Helper()
	sub := c.Subscribe(context.Background(), names...)
	t.Cleanup(func() { sub.Close() })
	for range names {
		_, err := sub.Receive(context.Background())
		must(t, err)
	}
}

func rowOf(t *testing.T, src backends.Source, name string) (backends.Channel, bool) {
	t.Helper()
	page, err := src.Roles().Channels.ListChannels(within(t), backends.Query{})
	must(t, err)
	i := slices.IndexFunc(page.Items, func(c backends.Channel) bool { return c.Name == name })
	if i < 0 {
		return backends.Channel{}, false
	}
	return page.Items[i], true
}

func looks(names ...string) (out []backends.Look) {
	for _, name := range names {
		out = append(out, backends.Look{Target: channel(name), Confirmed: true})
	}
	return out
}

func tapAll(t *testing.T, src backends.Source, names ...string) *backends.Tail {
	t.Helper()
	tail, err := src.Roles().Channels.(backends.ChannelMixer).TapAll(context.Background(), looks(names...))
	must(t, err)
	t.Cleanup(tail.Close)
	testkit.Eventually(t, "the tap is live", func() bool { return tail.State().State == backends.Live })
	return tail
}

// What our taps hear is counted exactly, by channel; of the rest no rate is known.
func TestRatesOfWhatIsHeard(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := clientOf(t, server)
		ctx := context.Background()
		listen(t, client, "price.eur", "price.usd", "silent")
		src := source(t, server.Addr(), nil)
		if row, ok := rowOf(t, src, "price.eur"); !ok || row.Heard || row.InRate.Known() || row.Subscribers != backends.ExactCount(1) {
			t.Errorf("before: %+v", row)
		}
		tail := tapAll(t, src, "price.*")
		const size = 20
		n := 0
		must(t, client.Publish(ctx, "price.orphan", "nobody listens to it by name").Err())
		testkit.Eventually(t, "a rate of all of them", func() bool {
			must(t, client.Publish(ctx, "price.eur", strings.Repeat("x", size)).Err())
			n++
			row, _ := rowOf(t, src, "price.eur")
			flow, _ := tail.Flows.Of("price.eur")
			return row.Heard && row.InRate.Certainty == backends.Exact && row.InRate.Value > 0 &&
				math.Round(row.ByteRate.Value-row.InRate.Value*size) == 0 && flow.Bytes == flow.Messages*size
		})
		testkit.Eventually(t, "each of them is counted", func() bool {
			flow, _ := tail.Flows.Of("price.eur")
			return flow.Messages == uint64(n)
		})
		quiet, _ := rowOf(t, src, "price.usd")
		silent, _ := rowOf(t, src, "silent")
		orphan, ok := rowOf(t, src, "price.orphan")
		if !quiet.Heard || quiet.InRate != backends.ExactRate(0) || silent.Heard || silent.InRate.Known() {
			t.Errorf("heard and quiet %+v, not heard %+v", quiet, silent)
		}
		if !ok || orphan.Subscribers != backends.ExactCount(0) {
			t.Errorf("a channel without subscribers that was heard: %+v, %v", orphan, ok)
		}
		tail.Close()
		if row, _ := rowOf(t, src, "price.eur"); row.Heard || row.InRate.Known() {
			t.Errorf("after the tap: %+v", row)
		}
	})
}

func TestSeveralChannelsAtOnce(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := clientOf(t, server)
		ctx := context.Background()
		src := source(t, server.Addr(), nil)
		tail := tapAll(t, src, "a", "b", "news.*")
		for i, name := range []string{"a", "b", "news.x", "c"} {
			must(t, client.Publish(ctx, name, fmt.Sprint(i)).Err())
		}
		must(t, client.SPublish(ctx, "b", "sharded").Err())
		testkit.Eventually(t, "four messages", func() bool { return tail.Ring.Stats().Seen() == 4 })
		got, _ := tail.Ring.Last(4)
		var said []string
		for _, m := range got {
			said = append(said, m.Target.Name+"<"+m.Route+"="+string(m.Body))
		}
		if want := []string{"a<a=0", "b<b=1", "news.*<news.x=2", "b<b=sharded"}; !slices.Equal(said, want) {
			t.Errorf("%q, want %q", said, want)
		}
		clients, err := client.ClientList(ctx).Result()
		must(t, err)
		if n := strings.Count(clients, "sub=2 psub=1"); n != 1 {
			t.Errorf("%d connections are subscribed to all three:\n%s", n, clients)
		}
		if _, err := src.Roles().Channels.(backends.ChannelMixer).TapAll(ctx, looks(manyNames(33)...)); backends.ReasonOf(err) != backends.BadUsage {
			t.Errorf("33 channels: %v", err)
		}
	})
}

func manyNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprint("n", i))
	}
	return names
}

// Of several channels the forbidden ones are named, and the others are watched.
func TestSomeChannelsAreForbidden(t *testing.T) {
	addr, client := server(t)
	user(t, client, "eve", "on", ">pw", "~*", "resetchannels", "&open", "+@all")
	src := as(t, addr, "eve", "pw")
	tail := tapAll(t, src, "secret", "open")
	must(t, client.Publish(context.Background(), "open", "x").Err())
	testkit.Eventually(t, "the open one is heard", func() bool { return tail.Ring.Stats().Seen() == 1 })
	notes := strings.Join(tail.State().Notes, "; ")
	if !strings.Contains(notes, "no permission for this channel: secret is not watched") {
		t.Errorf("notes: %s", notes)
	}
}

// A pane that lists again and again asks for the names of channels once in ten seconds.
func TestChannelsAreListedSeldom(t *testing.T) {
	addr, client := server(t)
	listen(t, client, "a", "b", "c")
	src := source(t, addr, nil)
	for range 5 {
		page, err := src.Roles().Channels.ListChannels(within(t), backends.Query{Limit: 2})
		must(t, err)
		if len(page.Items) != 2 || page.Total != backends.ExactCount(3) {
			t.Fatalf("%+v", page)
		}
	}
	stats, err := client.Info(context.Background(), "commandstats").Result()
	must(t, err)
	for name, want := range map[string]string{"pubsub|channels": "calls=1,", "pubsub|numsub": "calls=5,"} {
		_, line, _ := strings.Cut(stats, "cmdstat_"+name+":")
		if !strings.HasPrefix(line, want) {
			t.Errorf("%s: %.40s, want %s", name, line, want)
		}
	}
}

func TestKeyEventsAreSaidToBeOff(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := clientOf(t, server)
		src := source(t, server.Addr(), nil)
		plan, err := src.Roles().Channels.PlanTap(within(t), channel("__keyevent@0__:expired"))
		if err != nil || !strings.Contains(strings.Join(plan.Effects, " "), "publishes no key events") {
			t.Errorf("off: %+v, %v", plan, err)
		}
		must(t, client.ConfigSet(context.Background(), "notify-keyspace-events", "Ex").Err())
		plan, err = src.Roles().Channels.PlanTap(within(t), channel("__keyevent@0__:*"))
		if err != nil || !strings.Contains(strings.Join(plan.Effects, " "), "classes") {
			t.Errorf("on: %+v, %v", plan, err)
		}
		tail := tapAll(t, src, "__keyevent@0__:*")
		must(t, client.Set(context.Background(), "k", "v", time.Millisecond).Err())
		testkit.Eventually(t, "the key's end is told", func() bool {
			_ = client.Exists(context.Background(), "k").Err()
			return tail.Ring.Stats().Seen() == 1
		})
		if row, ok := rowOf(t, src, "__keyevent@0__:expired"); !ok || row.Use != "key events of database 0: expired" {
			t.Errorf("%+v", row)
		}
	})
}
