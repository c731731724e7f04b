package broker

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

func TestAlarms(t *testing.T) {
	b := newBroker(t)
	publisher, reader := dial(t, b), dial(t, b)
	if publisher.conn.Blocked() != nil {
		t.Fatal("blocked without an alarm")
	}
	b.SetMemoryAlarm(true)
	gate := publisher.conn.Blocked()
	if gate == nil || publisher.conn.Blocked() != gate {
		t.Fatal("not blocked, or by another gate")
	}
	same(t, "states", b.Connections()[0].State+" "+b.Connections()[1].State, "blocked blocking")
	b.SetDiskAlarm(true)
	b.SetMemoryAlarm(false)
	select {
	case <-gate:
		t.Error("free while the other alarm is on")
	default:
	}
	b.SetDiskAlarm(false)
	<-gate
	same(t, "told", publisher.out.blocked, []string{"low on memory", "over"})
	same(t, "not told", len(reader.out.blocked), 0)
	b.SetDiskAlarm(true)
	gate = publisher.conn.Blocked()
	publisher.conn.Close()
	<-gate
	if publisher.conn.Blocked() != nil {
		t.Error("a closed connection is blocked")
	}
}

func TestMemoryBound(t *testing.T) {
	b := New(Options{MemoryLimit: 100_000})
	defer b.Close()
	c := dial(t, b)
	c.queue("q", nil)
	sent := 0
	for c.conn.Blocked() == nil {
		c.send("q", strings.Repeat("x", 1000))
		sent++
	}
	if sent < 70 || sent > 80 {
		t.Errorf("blocked after %d messages", sent)
	}
	same(t, "alarm", b.NodeInfo().MemoryAlarm, true)
	for b.NodeInfo().MemoryAlarm {
		c.fetch("q")
		sent--
	}
	if sent > 75 || sent < 65 {
		t.Errorf("free with %d messages", sent)
	}
	same(t, "told", c.out.blocked, []string{"low on memory", "over"})
}

func TestPolicies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		set := func(p Policy) {
			t.Helper()
			p.VHost = "/"
			if err := b.SetPolicy(p); err != nil {
				t.Fatal(err)
			}
		}
		c.queue("a.q", nil)
		c.queue("arg", wire.Table{"x-max-length": int32(4)})
		c.send("a.q", numbers(1, 9)...)
		set(Policy{Name: "low", Pattern: "^a", ApplyTo: "queues", Definition: map[string]any{"max-length": 5.0}})
		same(t, "applied to what is there", info(t, b, "a.q").Ready, 5)
		set(Policy{Name: "high", Pattern: "^a\\.", ApplyTo: "queues", Priority: 1, Definition: map[string]any{"message-ttl": 1000}})
		same(t, "the higher one", info(t, b, "a.q").Policy, "high")
		c.send("a.q", numbers(1, 9)...)
		same(t, "instead of the other", info(t, b, "a.q").Ready, 14)
		time.Sleep(time.Second)
		synctest.Wait()
		same(t, "the new ones behind the old", info(t, b, "a.q").Ready, 14)
		set(Policy{Name: "op", Pattern: ".*", Operator: true, Definition: map[string]any{"max-length": 3, "message-ttl": 5000}})
		same(t, "the operator's", info(t, b, "a.q").Ready, 0)
		same(t, "bounds", fmt.Sprint(info(t, b, "a.q").EffectivePolicy), "map[max-length:3 message-ttl:1000]")
		c.send("arg", numbers(1, 9)...)
		same(t, "bounds arguments", info(t, b, "arg").Ready, 3)
		if err := b.DeletePolicy("/", "high", false); err != nil {
			t.Fatal(err)
		}
		same(t, "the next", info(t, b, "a.q").Policy, "low")
		set(Policy{Name: "x", Pattern: "^(?!amq\\.)", ApplyTo: "exchanges", Definition: map[string]any{"alternate-exchange": "amq.fanout"}})
		c.exchange("mine", "direct", nil)
		c.queue("spare", nil)
		c.ok(c.BindQueue("spare", "amq.fanout", "", nil))
		c.to("mine", "none", "m", nil)
		c.to("amq.direct", "none", "m", nil)
		same(t, "alternate", c.rest("spare"), []string{"m"})
		c.queue("qq", quorum())
		set(Policy{Name: "limit", Pattern: "^qq$", Priority: 9, Definition: map[string]any{"delivery-limit": 1}})
		same(t, "of the type", info(t, b, "qq").Policy, "limit")
		set(Policy{Name: "limit", Pattern: "^qq$", Priority: 9, Definition: map[string]any{"delivery-limit": 1, "queue-mode": "lazy"}})
		same(t, "not of the type", info(t, b, "qq").Policy, "")
		set(Policy{Name: "short", Pattern: "^spare$", Priority: 9, Definition: map[string]any{"expires": 1000}})
		time.Sleep(time.Second)
		synctest.Wait()
		if _, there := b.Queue("/", "spare"); there {
			t.Error("the policy's time to live does not hold")
		}
	})
}

func TestPolicyTexts(t *testing.T) {
	b := newBroker(t)
	for _, x := range []struct {
		p    Policy
		want string
	}{
		{Policy{Pattern: "(", Definition: map[string]any{"expires": 1}}, `pattern should be regular expression but is invalid: {"missing )",1}`},
		{Policy{Definition: map[string]any{"expires": 0}}, "0 is not a valid queue expiry"},
		{Policy{Definition: map[string]any{"overflow": "x"}}, `<<"x">> is not a valid overflow value`},
		{Policy{Definition: map[string]any{"max-length": 1.5}}, "1.5 is not a valid maximum length"},
		{Policy{Definition: map[string]any{}}, "no policy provided"},
		{Policy{ApplyTo: "all of them", Definition: map[string]any{"expires": 1}}, "apply-to 'all of them' unrecognised; should be 'queues', 'exchanges' or 'all'"},
		{Policy{Definition: map[string]any{"what": "ever"}}, `[{<<"what">>,<<"ever">>}] are not recognised policy settings`},
		{Policy{Operator: true, Definition: map[string]any{"overflow": "drop-head"}}, `[{<<"overflow">>,<<"drop-head">>}] are not recognised policy settings`},
	} {
		x.p.VHost, x.p.Name = "/", "p"
		same(t, "error", fmt.Sprint(b.SetPolicy(x.p)), "Validation failed\n\n"+x.want+"\n")
	}
}

func TestPermissions(t *testing.T) {
	b := newBroker(t)
	if err := b.AddUser("joe", "secret", "monitoring"); err != nil {
		t.Fatal(err)
	}
	same(t, "password", fmt.Sprint(b.Authenticate("joe", "secret"), b.Authenticate("joe", ""), b.Authenticate("jim", "")), "true false false")
	as := func() (*client, *Error) {
		out := &recorder{}
		conn, e := b.Connect(ConnInfo{User: "joe", VHost: "/"}, out)
		if e != nil {
			return nil, e
		}
		return (&client{t: t, conn: conn, out: out}).open(1), nil
	}
	_, e := as()
	same(t, "no permission at all", fmt.Sprint(e), "530 NOT_ALLOWED - access to vhost '/' refused for user 'joe'")
	if err := b.SetPermissions(Permission{User: "joe", VHost: "/", Configure: "^mine", Write: "^(mine|amq\\.default)", Read: "^mine"}); err != nil {
		t.Fatal(err)
	}
	c, e := as()
	if e != nil {
		t.Fatal(e)
	}
	root := dial(t, b)
	root.queue("theirs", nil)
	c.queue("mine", nil)
	c.send("mine", "m")
	_, e = c.DeclareQueue(QueueDeclare{Name: "other"})
	c.refused(e, "403 ACCESS_REFUSED - access to queue 'other' in vhost '/' refused for user 'joe'")
	_, e = c.Get("theirs", true)
	c.refused(e, "403 ACCESS_REFUSED - access to queue 'theirs' in vhost '/' refused for user 'joe'")
	c.refused(c.Publish(Publishing{Exchange: "amq.topic"}), "403 ACCESS_REFUSED - access to exchange 'amq.topic' in vhost '/' refused for user 'joe'")
	_, e = c.DeclareQueue(QueueDeclare{Name: "mine.too", Arguments: dead("amq.topic")})
	c.refused(e, "403 ACCESS_REFUSED - access to exchange 'amq.topic' in vhost '/' refused for user 'joe'")
	c.refused(c.Publish(Publishing{RoutingKey: "mine", Properties: &wire.Properties{UserID: "guest"}}),
		"406 PRECONDITION_FAILED - user_id property set to 'guest' but authenticated user was 'joe'")
	// What was allowed once is not when that changes.
	if err := b.SetPermissions(Permission{User: "joe", VHost: "/", Configure: "", Write: "", Read: ".*"}); err != nil {
		t.Fatal(err)
	}
	c.refused(c.Publish(Publishing{RoutingKey: "mine"}), "403 ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused for user 'joe'")
	if err := b.DeleteUser("joe"); err != nil {
		t.Fatal(err)
	}
	same(t, "closed", c.out.closed, []string{"320 CONNECTION_FORCED - user 'joe' is deleted"})
	_, e = b.Connect(ConnInfo{User: "guest", VHost: "none"}, &recorder{})
	same(t, "no such host", fmt.Sprint(e), "530 NOT_ALLOWED - vhost none not found")
}

func TestTopicPermissions(t *testing.T) {
	b := newBroker(t)
	c := dial(t, b)
	c.queue("q", nil)
	if err := b.SetTopicPermissions(TopicPermission{User: "guest", VHost: "/", Exchange: "amq.topic", Write: `^{username}\.`, Read: "^a"}); err != nil {
		t.Fatal(err)
	}
	c.to("amq.topic", "guest.x", "m", nil)
	c.refused(c.Publish(Publishing{Exchange: "amq.topic", RoutingKey: "joe.x"}),
		"403 ACCESS_REFUSED - access to topic 'joe.x' in exchange 'amq.topic' in vhost '/' refused for user 'guest'")
	c.ok(c.BindQueue("q", "amq.topic", "a.#", nil))
	c.refused(c.BindQueue("q", "amq.topic", "b.#", nil),
		"403 ACCESS_REFUSED - access to topic 'b.#' in exchange 'amq.topic' in vhost '/' refused for user 'guest'")
	if err := b.ClearTopicPermissions("guest", "/", ""); err != nil {
		t.Fatal(err)
	}
	c.to("amq.topic", "joe.x", "m", nil)
}

func TestVirtualHosts(t *testing.T) {
	b := newBroker(t)
	if err := b.AddVHost(VHost{Name: "v", DefaultQueueType: "quorum"}); err != nil {
		t.Fatal(err)
	}
	if err := b.SetPermissions(Permission{User: "guest", VHost: "v", Configure: ".*", Write: ".*", Read: ".*"}); err != nil {
		t.Fatal(err)
	}
	if err := b.SetVHostLimits("v", map[string]int{"max-connections": 1, "max-queues": 1}); err != nil {
		t.Fatal(err)
	}
	out := &recorder{}
	conn, e := b.Connect(ConnInfo{User: "guest", VHost: "v"}, out)
	if e != nil {
		t.Fatal(e)
	}
	c := (&client{t: t, conn: conn, out: out}).open(1)
	c.queue("q", nil)
	same(t, "type", b.Queues("v")[0].Type, "quorum")
	_, e = c.DeclareQueue(QueueDeclare{Name: "r", Durable: true})
	c.refused(e, "406 PRECONDITION_FAILED - cannot declare queue 'r': queue limit in vhost 'v' (1) is reached")
	_, e = b.Connect(ConnInfo{User: "guest", VHost: "v"}, out)
	same(t, "limit", fmt.Sprint(e), "530 NOT_ALLOWED - access to vhost 'v' refused for user 'guest': connection limit (1) is reached")
	if err := b.DeleteVHost("v"); err != nil {
		t.Fatal(err)
	}
	same(t, "closed", out.closed, []string{"320 CONNECTION_FORCED - vhost 'v' is deleted"})
	same(t, "queues", len(b.Queues("")), 0)
}

func TestDirectReplyTo(t *testing.T) {
	b := newBroker(t)
	server, c := dial(t, b), dial(t, b)
	server.queue("rpc", nil)
	server.consume("rpc", "s", nil)
	c.refused(c.Publish(Publishing{RoutingKey: "rpc", Properties: &wire.Properties{ReplyTo: replyQueue}}),
		"406 PRECONDITION_FAILED - fast reply consumer does not exist")
	_, e := c.Consume(ConsumeRequest{Queue: replyQueue})
	c.refused(e, "406 PRECONDITION_FAILED - reply consumer cannot acknowledge")
	_, e = c.Consume(ConsumeRequest{Queue: replyQueue, Tag: "r", NoAck: true})
	c.ok(e)
	c.to("", "rpc", "question", &wire.Properties{ReplyTo: replyQueue})
	address := server.out.got[0].Properties.ReplyTo
	if !strings.HasPrefix(address, replyPrefix+"g") {
		t.Fatalf("address %q", address)
	}
	ok, e := server.DeclareQueue(QueueDeclare{Name: address, Passive: true})
	server.ok(e)
	same(t, "there", ok.Consumers, 1)
	server.to("", address, "answer", nil)
	same(t, "answer", c.out.got[0].ConsumerTag+" "+string(c.out.got[0].Body), "r answer")
	c.ok(c.Cancel("r"))
	server.to("", address, "too late", nil)
	same(t, "answers", len(c.out.got), 1)
	_, e = server.DeclareQueue(QueueDeclare{Name: address, Passive: true})
	server.refused(e, fmt.Sprintf("404 NOT_FOUND - no queue '%s' in vhost '/'", address))
}

func TestFirehose(t *testing.T) {
	b := newBroker(t)
	c := dial(t, b)
	c.queue("q", nil)
	c.queue("trace", nil)
	c.ok(c.BindQueue("trace", traceExchange, "#", nil))
	if err := b.SetTracing("/", true); err != nil {
		t.Fatal(err)
	}
	c.to("", "q", "m", &wire.Properties{ContentType: "text/plain"})
	c.fetch("q")
	g := c.fetch("trace")
	same(t, "published", g.RoutingKey+string(g.Body), "publish.m")
	same(t, "routed to", term(g.Properties.Headers["routed_queues"]), `[{longstr,<<"q">>}]`)
	same(t, "properties", term(g.Properties.Headers["properties"]), `[{<<"content_type">>,longstr,<<"text/plain">>}]`)
	g = c.fetch("trace")
	same(t, "delivered", fmt.Sprint(g.RoutingKey, " ", g.Properties.Headers["redelivered"]), "deliver.q 0")
	same(t, "not itself", c.rest("trace"), []string{})
}

func TestCloseBroker(t *testing.T) {
	b := New(Options{})
	c := dial(t, b)
	c.queue("q", wire.Table{"x-message-ttl": int32(1000), "x-expires": int32(100_000)})
	c.send("q", "m")
	b.Close()
	b.Close()
	same(t, "told", c.out.closed, []string{"320 CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"})
	if e := c.Publish(Publishing{}); e != nil {
		t.Error(e)
	}
	if _, e := b.Connect(ConnInfo{User: "guest", VHost: "/"}, &recorder{}); e == nil {
		t.Error("connected to a closed broker")
	}
}

func TestConnectionsHaveNames(t *testing.T) {
	b := newBroker(t)
	a, c := dial(t, b), dial(t, b)
	same(t, "names", a.conn.Name()+", "+c.conn.Name(), "127.0.0.1:5000 -> 127.0.0.1:5672, 127.0.0.1:5000 -> 127.0.0.1:5672 #2")
	if err := b.CloseConnection(a.conn.Name(), "Closed via management plugin"); err != nil {
		t.Fatal(err)
	}
	same(t, "told", a.out.closed, []string{"320 CONNECTION_FORCED - Closed via management plugin"})
	same(t, "left", len(b.Connections()), 1)
}
