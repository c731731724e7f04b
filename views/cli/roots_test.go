package cli_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	goredis "github.com/redis/go-redis/v9"

	"bustop/backends/spans"
	"bustop/backends/testkit/each"
	"bustop/views/cli"
)

// traced runs a command and returns where its spans are.
func (r actual) traced(t *testing.T, stdin string, args ...string) (run, *spans.Store) {
	t.Helper()
	store := spans.NewStore(1 << 20)
	provider := spans.Provider(store, "1")
	var out, errs bytes.Buffer
	env := r.env(&out, &errs)
	env.Stdin, env.Tracer = strings.NewReader(stdin), provider
	status := cli.Main(t.Context(), r.args(args), env)
	must(t, provider.Shutdown(t.Context()))
	return run{status, out.String(), errs.String()}, store
}

// oneTrace holds that a command is one trace that a person set off, with spans of these names below its root.
func (r actual) oneTrace(t *testing.T, command, root string, below ...string) {
	t.Helper()
	got, store := r.traced(t, "", strings.Fields(command)...)
	if got.status != 0 {
		t.Fatalf("%s: %+v", command, got)
	}
	all := store.Summaries(spans.Query{})
	if len(all) != 1 || all[0].Name != root || all[0].Trigger != spans.TriggerUser || all[0].Running {
		t.Errorf("%s: %+v", command, all)
		return
	}
	var names []string
	for _, s := range store.Trace(all[0].TraceID) {
		names = append(names, s.Name)
		if _, triggered := s.Attribute(string(spans.TriggerKey)); triggered != (s.Name == root) {
			t.Errorf("%s: %s says what set it off: %v", command, s.Name, triggered)
		}
	}
	for _, want := range below {
		if !slices.Contains(names[1:], want) {
			t.Errorf("%s: no %s in %q", command, want, names)
		}
	}
}

func TestCommandsAreOneTraceOnRedis(t *testing.T) { each.OnRedis(t, testOneTraceOnRedis) }

func testOneTraceOnRedis(t *testing.T, server each.Redis) {
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	defer client.Close()
	must(t, client.RPush(t.Context(), "orders", "one").Err())
	must(t, client.XAdd(t.Context(), &goredis.XAddArgs{Stream: "events", Values: []any{"n", 1}}).Err())
	must(t, client.SetNX(t.Context(), "lock:invoice", "x", 0).Err())
	r := actual{[]string{server.URL()}}
	for _, c := range []struct {
		command, root string
		below         []string
	}{
		{"get queues", "get queues", []string{"connect redis", "walk keyspace", "SCAN"}},
		{"get queues streams channels locks leaderboards keys health", "get queues streams channels locks leaderboards keys health", []string{"connect redis", "walk keyspace", "SCAN"}},
		{"peek queue/orders", "peek orders", []string{"connect redis", "decode messages"}},
		{"peek stream/events", "peek events", []string{"connect redis", "decode messages"}},
		{"peek key/orders", "peek key", []string{"connect redis"}},
		{"tail stream/events --for 50ms", "tail events", []string{"connect redis"}},
		{"tail stream/events channel/pri* --for 50ms", "tail events pri*", []string{"connect redis"}},
	} {
		r.oneTrace(t, c.command, c.root, c.below...)
	}
}

func TestCommandsAreOneTraceOnRabbitMQ(t *testing.T) { each.OnRabbitMQ(t, testOneTraceOnRabbitMQ) }

func testOneTraceOnRabbitMQ(t *testing.T, server each.RabbitMQ) {
	conn, err := amqp.Dial(server.URL())
	must(t, err)
	defer conn.Close()
	ch, err := conn.Channel()
	must(t, err)
	must(t, ch.ExchangeDeclare("shop", "topic", true, false, false, false, nil))
	must(t, ch.Confirm(false))
	for name, args := range map[string]amqp.Table{"work": nil, "log": {"x-queue-type": "stream"}} {
		_, err = ch.QueueDeclare(name, true, false, false, false, args)
		must(t, err)
		confirmed, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", name, false, false, amqp.Publishing{Body: []byte("x")})
		must(t, err)
		if ok, err := confirmed.WaitContext(t.Context()); !ok || err != nil {
			t.Fatalf("not confirmed: %v", err)
		}
	}
	r := actual{[]string{server.URL() + "?management=" + server.ManagementURL()}}
	for _, c := range []struct {
		command, root string
		below         []string
	}{
		{"get queues streams channels health", "get queues streams channels health", []string{"connect rabbitmq", "GET /api/queues/{vhost}"}},
		{"peek queue/work --confirm work", "peek work", []string{"connect rabbitmq", "get work"}},
		{"peek stream/log", "peek log", []string{"connect rabbitmq", "consume log"}},
		{"tail stream/log --from first -n 1", "tail log", []string{"connect rabbitmq", "consume log"}},
		{"tail exchange/shop --for 50ms --confirm shop", "tail shop", []string{"connect rabbitmq"}},
	} {
		r.oneTrace(t, c.command, c.root, c.below...)
	}
}

// TestSpanOfLines holds that lines are told of by their number and never by what they hold.
func TestSpanOfLines(t *testing.T) {
	got, store := actual{}.traced(t, `{"base64":"eyJhIjoxfQ=="}`+"\n\n"+`{"base64":"Quixote: 1605"}`+"\n"+`{"id":7,"base64":"gaFhAQ=="}`+"\n", "decode", "--lines")
	if got.status != 1 || len(lines(got.stdout)) != 3 {
		t.Fatalf("%+v", got)
	}
	all, _ := store.Search(spans.Query{})
	if len(all) != 1 || all[0].Name != "decode lines" {
		t.Fatalf("%+v", all)
	}
	said := map[string]string{}
	for _, a := range all[0].Attributes {
		said[a.Key] = a.Value
	}
	want := map[string]string{
		"bustop.trigger": "user", "codec.operation": "decode", "messaging.batch.message_count": "3", "bustop.batch.decode_errors": "1",
	}
	if len(said) != len(want) {
		t.Errorf("%v", said)
	}
	for key, value := range want {
		if said[key] != value {
			t.Errorf("%s is %q, want %q", key, said[key], value)
		}
	}
}
