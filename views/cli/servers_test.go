package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"
	goredis "github.com/redis/go-redis/v9"
	"github.com/vmihailenco/msgpack/v5"

	"bustop/backends"
	"bustop/backends/rabbitmq"
	"bustop/backends/redis"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"
	"bustop/views/cli"
)

// actual runs commands on real servers.
type actual struct{ urls []string }

func (r actual) env(out, errs io.Writer) cli.Env {
	return cli.Env{
		Stdin: strings.NewReader(""), Stdout: out, Stderr: errs, Version: "1",
		Getenv:  func(name string) string { return map[string]string{"XDG_CONFIG_HOME": os.DevNull}[name] },
		Drivers: backends.Drivers{redis.Driver(), rabbitmq.Driver()},
	}
}

func (r actual) args(args []string) []string {
	for _, u := range r.urls {
		args = append(args, "--url", u)
	}
	return args
}

func (r actual) run(t *testing.T, args ...string) run {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var out, errs bytes.Buffer
	status := cli.Main(ctx, r.args(args), r.env(&out, &errs))
	return run{status, out.String(), errs.String()}
}

// objects runs a command and returns its JSON objects by kind and name.
func (r actual) objects(t *testing.T, args ...string) map[string]map[string]any {
	t.Helper()
	got := r.run(t, append(args, "-o", "json")...)
	if got.status != 0 {
		t.Fatalf("%q: %+v", args, got)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(got.stdout), &list); err != nil {
		t.Fatal(err)
	}
	byName := map[string]map[string]any{}
	for _, o := range list {
		byName[fmt.Sprint(o["kind"], " ", o["name"])] = o
	}
	return byName
}

// has compares some fields of an object.
func has(t *testing.T, objects map[string]map[string]any, name string, want map[string]any) {
	t.Helper()
	o := objects[name]
	if o == nil {
		t.Errorf("no %s", name)
		return
	}
	for field, value := range want {
		if !cmp.Equal(o[field], value) {
			t.Errorf("%s: %s is %v, want %v", name, field, o[field], value)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func packed(t *testing.T, v any) []byte {
	t.Helper()
	b, err := msgpack.Marshal(v)
	must(t, err)
	return b
}

// live collects stderr or stdout of a command that runs beside the test.
type live struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *live) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *live) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// tail starts a tail, waits until it watches, calls send and returns what was printed.
func (r actual) tail(t *testing.T, target string, n int, send func()) []map[string]any {
	t.Helper()
	return r.tailAll(t, []string{target}, 1, n, send)
}

// tailAll is tail for several targets, of which so many parts watch apart.
func (r actual) tailAll(t *testing.T, targets []string, parts, n int, send func()) []map[string]any {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var out, errs live
	done := make(chan int, 1)
	go func() {
		done <- cli.Main(ctx, r.args(append([]string{"tail", "-n", fmt.Sprint(n), "-o", "jsonl"}, targets...)), r.env(&out, &errs))
	}()
	testkit.Eventually(t, "the tail watches", func() bool {
		return strings.Count(errs.String(), ": watching") == parts || len(done) > 0
	})
	send()
	if status := <-done; status != 0 {
		t.Fatalf("%s: status %d, %s", targets, status, errs.String())
	}
	var got []map[string]any
	for _, line := range lines(out.String()) {
		var o map[string]any
		must(t, json.Unmarshal([]byte(line), &o))
		got = append(got, o)
	}
	return got
}

func payload(o map[string]any) (format, value any) {
	p, _ := o["payload"].(map[string]any)
	return p["format"], p["value"]
}

func TestOnRedis(t *testing.T) { each.OnRedis(t, testOnRedis) }

func testOnRedis(t *testing.T, server each.Redis) {
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer client.Close()
	ctx := t.Context()
	must(t, client.RPush(ctx, "orders", packed(t, map[string]any{"id": 1}), `{"id":2}`, "three").Err())
	must(t, client.RPush(ctx, "bin\xff", "x").Err())
	for i := range 5 {
		must(t, client.XAdd(ctx, &goredis.XAddArgs{Stream: "events", ID: fmt.Sprintf("%d-0", i+1), Values: []any{"n", i}}).Err())
	}
	must(t, client.XGroupCreate(ctx, "events", "slow", "0").Err())
	must(t, client.XReadGroup(ctx, &goredis.XReadGroupArgs{Group: "slow", Consumer: "w", Streams: []string{"events", ">"}, Count: 2}).Err())
	must(t, client.SetNX(ctx, "lock:invoice", "7f9c24e8-3b12-4c5a-9d1e-1a2b3c4d5e6f", time.Minute).Err())
	must(t, client.ZAdd(ctx, "leaderboard:sellers", goredis.Z{Member: "ann", Score: 3}, goredis.Z{Member: "bo", Score: 7.5}).Err())
	sub := client.Subscribe(ctx, "prices")
	defer sub.Close()
	_, err := sub.Receive(ctx)
	must(t, err)

	r := actual{[]string{server.URL()}}
	got := r.objects(t, "get", "queues", "streams", "channels", "locks", "leaderboards", "health")
	has(t, got, "queue orders", map[string]any{"backend": "redis", "namespace": "0", "type": "list", "ready": 3.0, "total": 3.0})
	has(t, got, `queue bin\xff`, map[string]any{"name_base64": "Ymlu/w==", "total": 1.0})
	has(t, got, "stream events", map[string]any{"length": 5.0, "first_id": "1-0", "last_id": "5-0", "entries_added": 5.0})
	groups, _ := got["stream events"]["groups"].([]any)
	if len(groups) != 1 {
		t.Fatalf("groups: %v", got["stream events"])
	}
	group, _ := groups[0].(map[string]any)
	has(t, map[string]map[string]any{"group": group}, "group", map[string]any{
		"name": "slow", "pending": 2.0, "lag": 3.0, "consumers": 1.0, "last_delivered_id": "2-0",
	})
	has(t, got, "channel prices", map[string]any{"type": "channel", "subscribers": 1.0})
	has(t, got, "lock lock:invoice", map[string]any{"holder": "7f9c24e8-3b12-4c5a-9d1e-1a2b3c4d5e6f", "no_expiry": false})
	if ttl, _ := got["lock lock:invoice"]["ttl_ms"].(float64); ttl <= 0 || ttl > 60000 {
		t.Errorf("ttl %v", ttl)
	}
	has(t, got, "leaderboard leaderboard:sellers", map[string]any{"size": 2.0, "top": []any{
		map[string]any{"rank": 1.0, "member": "bo", "score": 7.5}, map[string]any{"rank": 2.0, "member": "ann", "score": 3.0},
	}})

	testRedisMessages(t, r, client)
}

func testRedisMessages(t *testing.T, r actual, client *goredis.Client) {
	peeked := r.run(t, "peek", "queue/orders", "-o", "jsonl")
	if peeked.status != 0 {
		t.Fatalf("%+v", peeked)
	}
	formats := map[any]any{}
	for _, line := range lines(peeked.stdout) {
		var o map[string]any
		must(t, json.Unmarshal([]byte(line), &o))
		format, value := payload(o)
		formats[format] = value
	}
	want := map[any]any{"msgpack": map[string]any{"id": 1.0}, "json": map[string]any{"id": 2.0}, "text": "three"}
	if diff := cmp.Diff(want, formats); diff != "" {
		t.Error(diff)
	}
	for from, want := range map[string]string{"3-0": "3-0", "-10m": "", "1970-01-01": "1-0", "last": "5-0"} {
		out := r.run(t, "peek", "stream/events", "--from", from, "-n", "1", "-o", "jsonl")
		if found := strings.Contains(out.stdout, `"position":"`+want+`"`); out.status != 0 || found != (want != "") {
			t.Errorf("from %s: %+v", from, out)
		}
	}
	if out := r.run(t, "peek", `queue/bin\xff`, "-o", "jsonl"); out.status != 0 || len(lines(out.stdout)) != 1 {
		t.Errorf("a name as it is printed: %+v", out)
	}
	must(t, client.HSet(t.Context(), "profile:7", "name", "Anna").Err())
	must(t, client.Set(t.Context(), "page:7", strings.Repeat("x", 150_000), 0).Err())
	opened := r.run(t, "peek", "key/profile:7", "-o", "jsonl")
	if opened.status != 0 || len(lines(opened.stdout)) != 1 || !strings.Contains(opened.stdout, `"position":"name"`) || !strings.Contains(opened.stdout, `"value":"Anna"`) {
		t.Errorf("a hash: %+v", opened)
	}
	if out := r.run(t, "peek", "key/page:7", "-o", "jsonl"); out.status != 0 || !strings.Contains(out.stdout, `"bytes":150000`) || !strings.Contains(out.stdout, `"truncated":false`) {
		t.Errorf("a string of three pieces: status %d, %.200q", out.status, out.stdout)
	}
	must(t, client.Del(t.Context(), "profile:7", "page:7").Err())
	if out := r.run(t, "peek", "key/profile:7"); out.status != 1 || len(lines(out.stderr)) != 1 {
		t.Errorf("a key that is not there: %+v", out)
	}
	if out := r.run(t, "peek", "queue/nope"); out.status != 1 || len(lines(out.stderr)) != 1 {
		t.Errorf("a queue that is not there: %+v", out)
	}
	if n := client.LLen(t.Context(), "orders").Val(); n != 3 {
		t.Errorf("%d left in the list", n)
	}
	got := r.tail(t, "channel/pri*", 2, func() {
		must(t, client.Publish(t.Context(), "prices", packed(t, map[string]any{"eur": 5})).Err())
		must(t, client.Publish(t.Context(), "prices", "plain words").Err())
	})
	if format, value := payload(got[0]); format != "msgpack" || !cmp.Equal(value, any(map[string]any{"eur": 5.0})) || got[0]["route"] != "prices" {
		t.Errorf("%v", got[0])
	}
	got = r.tail(t, "stream/events", 1, func() {
		must(t, client.XAdd(t.Context(), &goredis.XAddArgs{Stream: "events", ID: "9-0", Values: []any{"n", 9}}).Err())
	})
	if got[0]["position"] != "9-0" {
		t.Errorf("%v", got[0])
	}
}

func TestOnRabbitMQ(t *testing.T) { each.OnRabbitMQ(t, testOnRabbitMQ) }

func testOnRabbitMQ(t *testing.T, server each.RabbitMQ) {
	conn, err := amqp.Dial(server.URL())
	must(t, err)
	defer conn.Close()
	ch, err := conn.Channel()
	must(t, err)
	must(t, ch.ExchangeDeclare("shop", "topic", true, false, false, false, nil))
	_, err = ch.QueueDeclare("orders", true, false, false, false, amqp.Table{"x-dead-letter-exchange": "lost"})
	must(t, err)
	_, err = ch.QueueDeclare("work", true, false, false, false, nil)
	must(t, err)
	_, err = ch.QueueDeclare("log", true, false, false, false, amqp.Table{"x-queue-type": "stream"})
	must(t, err)
	must(t, ch.QueueBind("work", "orders.*", "shop", false, nil))
	publish := func(exchange, key string, body []byte) {
		t.Helper()
		must(t, ch.PublishWithContext(t.Context(), exchange, key, false, false, amqp.Publishing{Body: body, DeliveryMode: 2}))
	}
	for i := range 4 {
		publish("shop", "orders.new", packed(t, map[string]any{"id": i}))
		publish("", "log", fmt.Appendf(nil, `{"n":%d}`, i))
	}

	u := strings.TrimSuffix(server.URL(), "/") + "/?management=" + server.ManagementURL()
	r := actual{[]string{u}}
	var got map[string]map[string]any
	// The management statistics are up to five seconds old.
	testkit.Eventually(t, "the counts arrive", func() bool {
		got = r.objects(t, "get", "queues", "streams", "channels", "health")
		return got["queue work"]["ready"] == 4.0 && got["queue work"]["consumers"] == 0.0
	})
	has(t, got, "queue work", map[string]any{"backend": "rabbitmq", "namespace": "/", "type": "classic", "unacked": 0.0, "total": 4.0, "consumers": 0.0})
	has(t, got, "queue orders", map[string]any{"total": 0.0, "dead_letter_exchange": "lost"})
	has(t, got, "stream log", map[string]any{"type": "stream"})
	has(t, got, "channel shop", map[string]any{"type": "topic"})
	brokerTold(t, got)
	if bindings, _ := got["channel shop"]["bindings"].([]any); len(bindings) != 1 {
		t.Errorf("bindings: %v", got["channel shop"])
	} else if b, _ := bindings[0].(map[string]any); b["destination"] != "queue/work" || b["routing_key"] != "orders.*" {
		t.Errorf("binding: %v", b)
	}
	testRabbitMessages(t, r, ch, publish)
}

// brokerTold holds the health of a broker to what a script on call asks for.
func brokerTold(t *testing.T, got map[string]map[string]any) {
	t.Helper()
	for what, o := range got {
		if !strings.HasPrefix(what, "health ") {
			continue
		}
		nodes, _ := o["nodes"].([]any)
		states, _ := o["connection_states"].(map[string]any)
		rights, _ := o["rights"].(map[string]any)
		if len(nodes) != 1 || states["blocked"] != 0.0 || states["blocking"] != 0.0 || states["flow"] != 0.0 || rights["user"] != "guest" || o["shovels"] != nil {
			t.Errorf("%v", o)
			return
		}
		node, _ := nodes[0].(map[string]any)
		has(t, map[string]map[string]any{"node": node}, "node", map[string]any{"running": true, "memory_alarm": false, "disk_alarm": false, "partitions": []any{}})
		if used, _ := node["memory_used"].(float64); used <= 0 {
			t.Errorf("%v", node)
		}
		return
	}
	t.Error("there is no health")
}

func testRabbitMessages(t *testing.T, r actual, ch *amqp.Channel, publish func(exchange, key string, body []byte)) {
	peeked := r.run(t, "peek", "queue/work", "-o", "json", "-n", "3")
	if peeked.status != 0 || !strings.Contains(peeked.stderr, "redelivered") {
		t.Fatalf("%+v", peeked)
	}
	var messages []map[string]any
	must(t, json.Unmarshal([]byte(peeked.stdout), &messages))
	for i, m := range messages {
		if format, value := payload(m); format != "msgpack" || !cmp.Equal(value, any(map[string]any{"id": float64(i)})) {
			t.Errorf("message %d: %v %v", i, format, value)
		}
	}
	if len(messages) != 3 {
		t.Errorf("%d messages", len(messages))
	}
	for i := range 4 {
		d, ok, err := ch.Get("work", true)
		if err != nil || !ok || !bytes.Equal(d.Body, packed(t, map[string]any{"id": i})) {
			t.Fatalf("after the peek: message %d: %v %v %q", i, err, ok, d.Body)
		}
	}
	got := r.tail(t, "exchange/shop", 1, func() { publish("shop", "orders.paid", []byte(`{"paid":true}`)) })
	if format, _ := payload(got[0]); format != "json" || got[0]["route"] != "orders.paid" {
		t.Errorf("%v", got[0])
	}
	got = r.tail(t, "stream/log", 1, func() { publish("", "log", []byte(`{"n":9}`)) })
	if _, value := payload(got[0]); !cmp.Equal(value, any(map[string]any{"n": 9.0})) {
		t.Errorf("%v", got[0])
	}
	if out := r.run(t, "peek", "stream/log", "-n", "2", "-o", "jsonl"); out.status != 0 || len(lines(out.stdout)) != 2 {
		t.Errorf("%+v", out)
	}
	if out := r.run(t, "tail", "exchange/nope"); out.status != 1 || len(lines(out.stderr)) != 1 {
		t.Errorf("%+v", out)
	}
}
