package cli_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"bustop/backends"
	"bustop/backends/testkit/each"
	"bustop/ui/golden"

	amqp "github.com/rabbitmq/amqp091-go"
	goredis "github.com/redis/go-redis/v9"
)

// pair are two sources with letters in every flow.
func pair() *bench {
	b := two()
	for _, d := range b.sources {
		d.plan = backends.Plan{Consent: backends.Free}
		d.feed = func(ctx context.Context, tail *backends.Tail) {
			tail.Update(func(s *backends.TailState) { s.State = backends.Live })
			tail.Ring.Add(letters(tail.Target)...)
			<-ctx.Done()
		}
	}
	return b
}

func TestSeveralTargetsAreFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := pair()
		args := []string{"tail", "a:stream/x", "b:stream/x", "a:exchange/shop", "a:stream/x", "--url", "double://a", "--url", "double://b"}
		r := b.run(t, append(args, "-n", "9", "-o", "jsonl")...)
		if r.status != 0 {
			t.Fatalf("%+v", r)
		}
		var from []string
		for _, line := range lines(r.stdout) {
			var o struct{ Source, Target, Position string }
			if err := json.Unmarshal([]byte(line), &o); err != nil {
				t.Fatal(err)
			}
			from = append(from, o.Source+":"+o.Target+" "+o.Position)
		}
		if want := []string{
			"a:stream/x 1", "a:stream/x 2", "a:stream/x 3", "b:stream/x 1", "b:stream/x 2", "b:stream/x 3",
			"a:exchange/shop 1", "a:exchange/shop 2", "a:exchange/shop 3",
		}; !slices.Equal(from, want) {
			t.Errorf("%q", from)
		}
		golden.Check(t, "tail-several-sources", lines(b.run(t, append(args, "-n", "7")...).stdout))
		r = b.run(t, "tail", "stream/x", "exchange/shop", "--url", "double://a", "-n", "4")
		golden.Check(t, "tail-several", lines(r.stdout))
	})
}

// One flow that ends does not end the others, but is told and counts as a failure in the end.
func TestOneOfSeveralTailsBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := pair()
		b.sources["b"].feed = func(_ context.Context, tail *backends.Tail) {
			tail.Update(func(s *backends.TailState) {
				s.State, s.Err = backends.Down, &backends.Error{Source: "h", What: "the stream was deleted"}
			})
		}
		args := []string{"tail", "b:stream/x", "a:stream/x", "--url", "double://a", "--url", "double://b", "-o", "jsonl"}
		r := b.run(t, append(args, "-n", "3")...)
		if r.status != 0 || len(lines(r.stdout)) != 3 || !strings.Contains(r.stderr, "bustop: h: the stream was deleted\n") {
			t.Errorf("%+v", r)
		}
		b.sources["a"].feed = b.sources["b"].feed
		if r = b.run(t, args...); r.status != 1 || strings.Count(r.stderr, "bustop: h: the stream was deleted\n") != 2 {
			t.Errorf("all of them: %+v", r)
		}
	})
}

// froms are the targets and routes of messages in the order in which they stand in each flow.
func froms(objects []map[string]any) (out []string) {
	for _, o := range objects {
		source, _ := o["backend"].(string)
		target, _ := o["target"].(string)
		route, _ := o["route"].(string)
		out = append(out, source+" "+target+" "+route)
	}
	slices.Sort(out)
	return out
}

func TestSeveralTargetsOnRedis(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		defer client.Close()
		must(t, client.XAdd(t.Context(), &goredis.XAddArgs{Stream: "log", Values: []any{"n", 1}}).Err())
		r := actual{[]string{server.URL()}}
		got := r.tailAll(t, []string{"channel/orders", "stream/log", "channel/price.*"}, 2, 4, func() {
			for _, name := range []string{"orders", "price.eur", "other", "price.usd"} {
				must(t, client.Publish(t.Context(), name, "x").Err())
			}
			must(t, client.XAdd(t.Context(), &goredis.XAddArgs{Stream: "log", Values: []any{"n", 2}}).Err())
		})
		want := []string{"redis channel/orders orders", "redis channel/price.* price.eur", "redis channel/price.* price.usd", "redis stream/log "}
		if from := froms(got); !slices.Equal(from, want) {
			t.Errorf("%q, want %q", from, want)
		}
	})
}

func TestSeveralTargetsOnBothKindsOfServers(t *testing.T) {
	each.OnRabbitMQ(t, func(t *testing.T, broker each.RabbitMQ) {
		conn, err := amqp.Dial(broker.URL())
		must(t, err)
		defer conn.Close()
		ch, err := conn.Channel()
		must(t, err)
		for _, name := range []string{"mall", "fair"} {
			must(t, ch.ExchangeDeclare(name, "topic", false, false, false, false, nil))
		}
		each.OnRedis(t, func(t *testing.T, server each.Redis) {
			client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
			defer client.Close()
			r := actual{[]string{server.URL(), strings.TrimSuffix(broker.URL(), "/") + "/?management=" + broker.ManagementURL()}}
			got := r.tailAll(t, []string{"exchange/mall", "channel/orders", "exchange/fair", "--confirm", "mall", "--confirm", "fair"}, 3, 3, func() {
				must(t, client.Publish(t.Context(), "orders", "x").Err())
				for _, name := range []string{"mall", "fair"} {
					must(t, ch.PublishWithContext(t.Context(), name, "a.b", false, false, amqp.Publishing{Body: []byte("x")}))
				}
			})
			want := []string{"rabbitmq exchange/fair a.b", "rabbitmq exchange/mall a.b", "redis channel/orders orders"}
			if from := froms(got); !slices.Equal(from, want) {
				t.Errorf("%q, want %q", from, want)
			}
		})
	})
}
