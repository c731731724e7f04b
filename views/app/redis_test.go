package app

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"bustop/backends/testkit/each"
)

func TestOnRedis(t *testing.T) { each.OnRedis(t, testOnRedis) }

func testOnRedis(t *testing.T, server each.Redis) {
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), MaxRetries: 5})
	t.Cleanup(func() { _ = client.Close() })
	seedRedis(t, client)
	c := liveConsole(t, server.URL())

	for _, step := range []struct {
		name string
		do   func(c *console)
	}{
		{"the panes list what is there", redisPanes},
		{"payloads of a list", func(c *console) {
			c.press("2", "/", "orders", "enter", "enter")
			c.see("3 messages", "copies as of")
			c.opensAll()
			c.press("esc", "esc")
		}},
		{"payloads of a stream", func(c *console) {
			c.press("3", "/", "tickets", "enter", "enter")
			c.see("● live", "gzip", "GROUP", "slow")
			c.press("up", "up")
			c.opensAll()
			c.press("esc", "esc")
		}},
		{"payloads of a channel", func(c *console) {
			c.watchPattern("ticket.*")
			for _, body := range payloads(c.t) {
				must(c.t, client.Publish(c.t.Context(), "ticket.new", body).Err())
			}
			c.see("3 seen")
			c.press("home")
			c.opensAll()
			c.press("esc")
		}},
		{"the spans of what arrives keep to their schema", func(c *console) { redisArrivals(c, client) }},
		{"a flood", func(c *console) { flood(c, client) }},
		{"killed and restarted", func(c *console) {
			redisRestart(c, client, server.Kill, func() error { return server.Start(context.Background()) })
		}},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.do(c.on(t)) }) {
			return // the console is not where the next step expects it
		}
	}
}

func seedRedis(t *testing.T, client *goredis.Client) {
	t.Helper()
	ctx := t.Context()
	for i, body := range payloads(t) {
		must(t, client.RPush(ctx, "orders", body).Err())
		must(t, client.XAdd(ctx, &goredis.XAddArgs{Stream: "tickets", ID: fmt.Sprintf("%d-0", i+1), Values: []any{"data", body}}).Err())
	}
	for range 412 {
		must(t, client.RPush(ctx, "emails", "dear").Err())
	}
	must(t, client.XGroupCreate(ctx, "tickets", "slow", "0").Err())
	must(t, client.XReadGroup(ctx, &goredis.XReadGroupArgs{Group: "slow", Consumer: "w", Streams: []string{"tickets", ">"}, Count: 2}).Err())
	must(t, client.SetNX(ctx, "lock:invoice", "7f9c24e8-3b12-4c5a-9d1e-1a2b3c4d5e6f", 10*time.Minute).Err())
	must(t, client.SetNX(ctx, "lock:forever", "worker-3", 0).Err())
	must(t, client.ZAdd(ctx, "leaderboard:sellers", goredis.Z{Member: "ann", Score: 3}, goredis.Z{Member: "bo", Score: 7.5}).Err())
	sub := client.Subscribe(ctx, "prices")
	t.Cleanup(func() { _ = sub.Close() })
	_, err := sub.Receive(ctx)
	must(t, err)
}

func redisPanes(c *console) {
	c.press("2")
	c.row("orders", "list", "3")
	c.row("emails", "list", "412")
	c.press("3")
	c.row("tickets", "3", "0/s", "1", "1", "–", "2", "3-0")
	c.press("4")
	c.row("prices", "channel", "1")
	c.press("5")
	c.row("lock:invoice")
	c.see("7f9c24e8-3b12")
	c.row("lock:forever", "worker-3", "no", "end")
	c.press("6")
	c.row("leaderboard:sellers", "2", "bo", "7.5", "·", "ann", "3")
	c.press("enter")
	c.row("1", "·", "bo", "7.5")
	c.row("2", "·", "ann", "3")
	c.press("esc", "1")
	c.see("redis 7.", "2 queues", "415 ready", "1 stream", "emails", "tickets ▸ slow")
}

// producer is the trace context that a message brings along.
const producer = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// redisArrivals lets messages with a trace context come by a channel and by a stream, and holds the spans that
// tell of them.
func redisArrivals(c *console, client *goredis.Client) {
	ctx := c.t.Context()
	c.watchPattern("traced.*")
	must(c.t, client.Publish(ctx, "traced.one", `{"traceparent":"`+producer+`","from":"Cervantes"}`).Err())
	c.see("1 seen")
	c.press("esc") // which ends the stretch of time
	c.ended("process traced.*")
	entry := &goredis.XAddArgs{Stream: "events", Values: []any{"author", "Cervantes", "traceparent", producer}}
	must(c.t, client.XAdd(ctx, entry).Err())
	c.press("3", "r", "/", "events", "enter")
	c.row("events", "1")
	c.press("enter")
	c.see("▸ stream events", "● live")
	must(c.t, client.XAdd(ctx, &goredis.XAddArgs{Stream: "events", Values: []any{"author", "Alcalá", "traceparent", producer}}).Err())
	c.see("Alcalá")
	c.press("esc", "esc")
	c.ended("xread events")
	must(c.t, client.Del(ctx, "events").Err())
	recorded := spansOf(c.t, c.deps.Spans)
	inSchema(c.t, recorded, all(append(commonSchema(), redisSchema()...)))
	linked(c.t, recorded, "process traced.*", "xread events")
	tellNothing(c.t, recorded, []string{"Cervantes", "Carla"})
}

// watchPattern watches channels by the prompt.
func (c *console) watchPattern(pattern string) {
	c.t.Helper()
	c.press("4", "p")
	c.shows("channels or patterns")
	c.press(pattern, "enter")
	c.see("● live", "▸ channel/"+pattern)
}

// The flood: 50 000 messages a second for 4 seconds.
const (
	floodRate    = 50_000
	floodSeconds = 4
	floodBatch   = 500
)

func flood(c *console, client *goredis.Client) {
	c.watchPattern("flood.*")
	sent := make(chan error, 1)
	go func() { sent <- pour(c.t.Context(), client) }()
	var took []time.Duration
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for done := false; !done; {
		select {
		case err := <-sent:
			must(c.t, err)
			done = true
		case <-tick.C:
			start := time.Now()
			c.Update(keyPress([]string{"up", "down"}[len(took)%2]))
			c.View()
			took = append(took, time.Since(start))
			c.beat()
		}
	}
	c.see("200,000 seen")
	slices.Sort(took)
	median := took[len(took)/2]
	c.t.Logf("%d keys while it flooded: median %v, 99 of 100 within %v, longest %v", len(took), median, took[len(took)*99/100], took[len(took)-1])
	if median > 100*time.Millisecond {
		c.t.Errorf("a key takes %v", median)
	}
	c.press("esc")
}

// pour publishes the flood, a batch every 10 milliseconds.
func pour(ctx context.Context, client *goredis.Client) error {
	tick := time.NewTicker(time.Second * floodBatch / floodRate)
	defer tick.Stop()
	for n := range floodRate * floodSeconds / floodBatch {
		<-tick.C
		_, err := client.Pipelined(ctx, func(p goredis.Pipeliner) error {
			for i := range floodBatch {
				p.Publish(ctx, "flood.a", fmt.Sprintf(`{"n":%d,"text":"about as long as a price"}`, n*floodBatch+i))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func redisRestart(c *console, client *goredis.Client, kill func(), start func() error) {
	c.press("2")
	c.row("orders", "list", "3")
	c.watchPattern("after.*")
	kill()
	c.see("○ redis", "down", "connection")
	c.keysWork()
	c.press("2")
	c.row("orders", "list", "3") // the last that was known
	c.press("3", "enter")
	c.see("▸ stream tickets", "connection refused", "r try again")
	c.press("4")
	must(c.t, start())
	c.see("● live", "gap", "1 gap", "● redis")
	must(c.t, client.Publish(c.t.Context(), "after.all", "still here").Err())
	c.see("still here")
	seedRedis(c.t, client)
	c.press("2")
	c.row("orders", "list", "3")
	c.see("● redis")
	c.press("3")
	c.see("▸ stream tickets", "● live", "gzip→msgpack") // opened by itself
	c.press("esc", "4", "esc")
}
