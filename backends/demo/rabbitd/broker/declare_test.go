package broker

import (
	"math"
	"strings"
	"testing"

	"bustop/backends/demo/rabbitd/wire"
)

func TestQueueArgumentTexts(t *testing.T) {
	c := dial(t, newBroker(t))
	for _, x := range []struct {
		args wire.Table
		want string
	}{
		{wire.Table{"x-message-ttl": int32(-1)}, "invalid arg 'x-message-ttl' for queue 'q' in vhost '/': {value_negative,-1}"},
		{wire.Table{"x-message-ttl": int64(315360000001)}, "invalid arg 'x-message-ttl' for queue 'q' in vhost '/': {value_too_large,315360000001}"},
		{wire.Table{"x-message-ttl": "5"}, `invalid arg 'x-message-ttl' for queue 'q' in vhost '/': "expected integer, got longstr"`},
		{wire.Table{"x-expires": int8(0)}, "invalid arg 'x-expires' for queue 'q' in vhost '/': {value_zero,0}"},
		{wire.Table{"x-max-priority": int32(256)}, "invalid arg 'x-max-priority' for queue 'q' in vhost '/': {max_value_exceeded,256}"},
		{wire.Table{"x-overflow": "drop-tail"}, "invalid arg 'x-overflow' for queue 'q' in vhost '/': invalid_overflow"},
		{wire.Table{"x-overflow": int32(1)}, "invalid arg 'x-overflow' for queue 'q' in vhost '/': {unacceptable_type,signedint}"},
		{wire.Table{"x-queue-mode": "busy"}, `invalid arg 'x-queue-mode' for queue 'q' in vhost '/': "unsupported queue mode 'busy'"`},
		{wire.Table{"x-queue-type": "fast"}, `invalid arg 'x-queue-type' for queue 'q' in vhost '/': "unsupported queue type 'fast'"`},
		{wire.Table{"x-queue-version": int32(3)}, `invalid arg 'x-queue-version' for queue 'q' in vhost '/': "unsupported queue version '3'"`},
		{wire.Table{"x-dead-letter-exchange": int32(1)}, "invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'"},
		{wire.Table{"x-dead-letter-routing-key": "k"}, "invalid arg 'x-dead-letter-routing-key' for queue 'q' in vhost '/': routing_key_but_no_dlx_defined"},
		{wire.Table{"x-single-active-consumer": "true"}, "invalid arg 'x-single-active-consumer' for queue 'q' in vhost '/': {unacceptable_type,longstr}"},
		{wire.Table{"x-delivery-limit": int32(1)}, "invalid arg 'x-delivery-limit' for queue 'q' in vhost '/' of queue type rabbit_classic_queue"},
		{wire.Table{"x-queue-type": "quorum", "x-max-priority": int32(1)}, "invalid arg 'x-max-priority' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue"},
		{wire.Table{"x-queue-type": "stream", "x-max-age": "5x"}, "invalid arg 'x-max-age' for queue 'q' in vhost '/': invalid_max_age"},
	} {
		_, e := c.DeclareQueue(QueueDeclare{Name: "q", Durable: true, Arguments: x.args})
		c.refused(e, "406 PRECONDITION_FAILED - "+x.want)
	}
}

func TestQueueProperties(t *testing.T) {
	c := dial(t, newBroker(t))
	quorum, stream := wire.Table{"x-queue-type": "quorum"}, wire.Table{"x-queue-type": "stream"}
	for _, x := range []struct {
		r    QueueDeclare
		want string
	}{
		{QueueDeclare{Name: "q", Arguments: quorum}, "406 PRECONDITION_FAILED - invalid property 'non-durable' for queue 'q' in vhost '/'"},
		{QueueDeclare{Name: "q", Durable: true, AutoDelete: true, Arguments: stream}, "406 PRECONDITION_FAILED - invalid property 'auto-delete' for queue 'q' in vhost '/'"},
		{QueueDeclare{Name: "q", Durable: true, Exclusive: true, Arguments: quorum}, "406 PRECONDITION_FAILED - invalid property 'exclusive-owner' for queue 'q' in vhost '/'"},
		{QueueDeclare{Durable: true, Arguments: quorum}, "406 PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_quorum_queue"},
		{QueueDeclare{Name: "amq.mine"}, "403 ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'"},
		{QueueDeclare{Name: "none", Passive: true}, "404 NOT_FOUND - no queue 'none' in vhost '/'"},
		{QueueDeclare{Name: strings.Repeat("n", 255), Passive: true}, ("404 NOT_FOUND - no queue '" + strings.Repeat("n", 255))[:4+252] + "..."},
	} {
		_, e := c.DeclareQueue(x.r)
		c.refused(e, x.want)
	}
	ok, e := c.DeclareQueue(QueueDeclare{Name: "line\r\nend"})
	c.ok(e)
	same(t, "name", ok.Name, "lineend")
}

func TestDeclareAgain(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", wire.Table{"x-max-length": int32(5), "x-message-ttl": int64(1), "x-queue-type": "classic", "x-unknown": "a"})
	args := func(change wire.Table) wire.Table {
		t := wire.Table{"x-max-length": int64(5), "x-message-ttl": int8(1)}
		for name, value := range change {
			if t[name] = value; value == nil {
				delete(t, name)
			}
		}
		return t
	}
	for _, x := range []struct {
		r    QueueDeclare
		want string
	}{
		{QueueDeclare{Durable: true, Arguments: args(nil)}, ""},
		{QueueDeclare{Arguments: args(nil)}, "'durable' for queue 'q' in vhost '/': received 'false' but current is 'true'"},
		{QueueDeclare{Durable: true, AutoDelete: true, Arguments: args(nil)}, "'auto_delete' for queue 'q' in vhost '/': received 'true' but current is 'false'"},
		{QueueDeclare{Durable: true, Arguments: args(wire.Table{"x-max-length": int32(6)})}, "'x-max-length' for queue 'q' in vhost '/': received '6' but current is '5'"},
		{QueueDeclare{Durable: true, Arguments: args(wire.Table{"x-max-length": nil})}, "'x-max-length' for queue 'q' in vhost '/': received none but current is the value '5' of type 'signedint'"},
		{QueueDeclare{Durable: true, Arguments: args(wire.Table{"x-overflow": "drop-head"})}, "'x-overflow' for queue 'q' in vhost '/': received the value 'drop-head' of type 'longstr' but current is none"},
		{QueueDeclare{Durable: true, Arguments: args(wire.Table{"x-message-ttl": 60000.0})}, "'x-message-ttl' for queue 'q' in vhost '/': received '6.0e4' but current is '1'"},
	} {
		x.r.Name = "q"
		if _, e := c.DeclareQueue(x.r); x.want != "" {
			c.refused(e, "406 PRECONDITION_FAILED - inequivalent arg "+x.want)
		} else {
			c.ok(e)
		}
	}
	c.ok(c.DeclareExchange(ExchangeDeclare{Name: "x", Type: "topic"}))
	c.refused(c.DeclareExchange(ExchangeDeclare{Name: "x", Type: "fanout"}),
		"406 PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '/': received 'fanout' but current is 'topic'")
	c.refused(c.DeclareExchange(ExchangeDeclare{Name: "x", Type: "topic", Internal: true}),
		"406 PRECONDITION_FAILED - inequivalent arg 'internal' for exchange 'x' in vhost '/': received 'true' but current is 'false'")
}

func TestExchangeRules(t *testing.T) {
	c := dial(t, newBroker(t))
	c.refused(c.DeclareExchange(ExchangeDeclare{Name: "amq.mine", Type: "direct"}),
		"403 ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'")
	c.refused(c.DeclareExchange(ExchangeDeclare{Name: "", Type: "direct"}),
		"403 ACCESS_REFUSED - operation not permitted on the default exchange")
	c.refused(c.DeleteExchange("amq.topic", false),
		"403 ACCESS_REFUSED - deletion of system exchange 'amq.topic' in vhost '/' not allowed")
	c.refused(c.DeleteExchange("", false), "403 ACCESS_REFUSED - operation not permitted on the default exchange")
	c.queue("q", nil)
	c.refused(c.BindQueue("q", "", "k", nil), "403 ACCESS_REFUSED - operation not permitted on the default exchange")
	c.refused(c.BindQueue("q", "none", "k", nil), "404 NOT_FOUND - no exchange 'none' in vhost '/'")
	c.refused(c.BindQueue("none", "amq.topic", "k", nil), "404 NOT_FOUND - no queue 'none' in vhost '/'")
	c.refused(c.BindQueue("q", "amq.headers", "", wire.Table{"x-match": "some"}),
		`406 PRECONDITION_FAILED - Invalid x-match field value <<"some">>; expected all, any, all-with-x, or any-with-x`)
	c.ok(c.BindQueue("q", "amq.topic", "k", nil))
	c.ok(c.UnbindQueue("q", "amq.topic", "other", nil))
	c.exchange("x", "fanout", nil)
	c.ok(c.BindQueue("q", "x", "", nil))
	c.refused(c.DeleteExchange("x", true), "406 PRECONDITION_FAILED - exchange 'x' in vhost '/' in use")
	c.ok(c.DeleteExchange("x", false))
	c.ok(c.DeleteExchange("x", false))
	c.refused(c.Publish(Publishing{Exchange: "x"}), "404 NOT_FOUND - no exchange 'x' in vhost '/'")
	c.refused(c.Publish(Publishing{Exchange: "amq.rabbitmq.trace"}),
		"403 ACCESS_REFUSED - cannot publish to internal exchange 'amq.rabbitmq.trace' in vhost '/'")
	c.refused(c.DeclareExchange(ExchangeDeclare{Name: "y", Type: "x-none"}), "503 COMMAND_INVALID - unknown exchange type 'x-none'")
	if _, e := c.conn.Channel(2); e == nil {
		t.Error("the connection is still open")
	}
}

func TestExclusiveQueues(t *testing.T) {
	b := newBroker(t)
	a, c := dial(t, b), dial(t, b)
	ok, e := a.DeclareQueue(QueueDeclare{Exclusive: true})
	a.ok(e)
	if !strings.HasPrefix(ok.Name, "amq.gen-") {
		t.Errorf("name %q", ok.Name)
	}
	locked := NewError(ResourceLocked, "cannot obtain exclusive access to locked queue '%s' in vhost '/'. It could be originally "+
		"declared on another connection or the exclusive property value does not match that of the original declaration.", ok.Name).Error()
	_, e = c.Get(ok.Name, true)
	c.refused(e, locked)
	_, e = c.Consume(ConsumeRequest{Queue: ok.Name})
	c.refused(e, locked)
	_, e = c.DeclareQueue(QueueDeclare{Name: ok.Name, Passive: true})
	c.refused(e, locked)
	c.refused(c.BindQueue(ok.Name, "amq.topic", "", nil), locked)
	c.send(ok.Name, "others may publish")
	// The name of the queue that was declared last stands for an empty one.
	g, e := a.Get("", true)
	a.ok(e)
	same(t, "body", string(g.Body), "others may publish")
	a.conn.Close()
	if _, there := b.Queue("/", ok.Name); there {
		t.Error("the queue outlived its connection")
	}
}

func TestErlangTerms(t *testing.T) {
	for _, x := range []struct {
		value any
		want  string
	}{
		{nil, "undefined"},
		{true, "true"},
		{int32(-5), "-5"},
		{"", "<<>>"},
		{"a\"b\\", `<<"a\"b\\">>`},
		{"\x00\xff", "<<0,255>>"},
		{wire.Table{"b": "x", "a": int32(1)}, `[{<<"a">>,signedint,1},{<<"b">>,longstr,<<"x">>}]`},
		{[]any{"x", true}, `[{longstr,<<"x">>},{bool,true}]`},
		{1.5, "1.5"},
		{60000.0, "6.0e4"},
		{-0.001, "-0.001"},
		{1e-10, "1.0e-10"},
		{123456.0, "123456.0"},
		{1.25e30, "1.25e30"},
		{0.0, "0.0"},
		{math.Inf(1), "0.0"},
	} {
		same(t, "term", term(x.value), x.want)
	}
}

func TestExpirationTexts(t *testing.T) {
	for text, want := range map[string]string{
		"0": "", "5000": "", "+5": "", "": "no_integer", "x": "no_integer", "+-5": "no_integer", " 5": "no_integer",
		"5s": `{leftover_string,"s"}`, "1.5": `{leftover_string,".5"}`, "-1": "{value_negative,-1}",
		"315360000001": "{value_too_large,315360000001}", "99999999999999999999": "{value_too_large,99999999999999999999}",
		"-99999999999999999999": "{value_negative,-99999999999999999999}",
	} {
		if _, got := parseExpiration(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
