package convention

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
)

// now is when the tests read: the day of most of the times in the fixtures.
func now() time.Time { return time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC) }

// letterOf is a message with fields "name", "value", …, of which content-type and key are its own.
func letterOf(body string, pairs ...string) backends.Message {
	m := backends.Message{Target: backends.Target{Kind: backends.KindQueue, Name: "q"}, Body: []byte(body), Size: len(body)}
	for i := 0; i+1 < len(pairs); i += 2 {
		switch name, value := pairs[i], pairs[i+1]; name {
		case "content-type":
			m.ContentType = value
		case "key":
			m.Route = value
		case "at":
			m.Target.Name = value
		default:
			m.Headers = append(m.Headers, backends.Field{Name: name, Value: []byte(value)})
		}
	}
	return m
}

func facts(n backends.Narration) string {
	var parts []string
	for _, f := range n.Facts {
		parts = append(parts, f.Name+"="+string(f.Value))
	}
	return strings.Join(parts, " ")
}

type sample struct {
	name string
	m    backends.Message
	line string
	says string // a part of the facts
}

func check(t *testing.T, samples []sample) {
	t.Helper()
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			n := Narrate(s.m, now())
			if n.Line() != s.line || !strings.Contains(facts(n), s.says) {
				t.Errorf("it says %q (%s), not %q (%s)", n.Line(), facts(n), s.line, s.says)
			}
		})
	}
}

func TestCelery(t *testing.T) {
	headers := []string{
		"content-type", "application/json", "lang", "py", "task", "shop.tasks.charge", "id", "0d1f", "root_id", "0d1f", "retries", "1",
		"eta", "2026-11-23T12:03:00+00:00", "expires", "null", "group", "null", "argsrepr", "(17,)", "kwargsrepr", "{}", "origin", "gen7@web-1",
		"timelimit", "[null,30]",
	}
	check(t, []sample{
		{
			"json", letterOf(`[[17],{},{"callbacks":null,"errbacks":null,"chain":[{"task":"shop.tasks.done"},{"task":"shop.tasks.mail"}],"chord":null}]`, headers...),
			"Celery task shop.tasks.charge, attempt 2, eta 12:03:00", "args=(17,) kwargs={} id=0d1f sent by=gen7@web-1 time limit=hard none, soft 30 s then=shop.tasks.mail",
		},
		{"pickle", letterOf("\x80\x02K\x11.", append(slices.Clone(headers), "content-type", "application/x-python-serialize")...), "Celery task shop.tasks.charge, attempt 2, eta 12:03:00", "body=application/x-python-serialize"},
		{"expired", letterOf("[]", "lang", "py", "task", "t", "id", "1", "origin", "g", "expires", "2026-11-22T09:00:00Z"), "Celery task t, expired 2026-11-22 09:00:00", ""},
		{"protocol 1", letterOf(`{"id":"9","task":"add","args":[1,2],"kwargs":{},"retries":0,"eta":null}`, "content-type", "application/json"), "Celery task add, attempt 1", "protocol=1"},
		{"of celery-node", letterOf(`[[17],{},{}]`, "correlation-id", "7", "id", "7", "lang", "js", "task", "t"), "Celery task t", "id=7"},
		{"a task of somebody else", letterOf(`{"id":"9","task":"add","args":"none"}`, "task", "clean the kitchen", "id", "7"), "", ""},
	})
}

func TestMassTransit(t *testing.T) {
	envelope := `{"messageId":"1","conversationId":"c-1","sourceAddress":"rabbitmq://h/web","messageType":["urn:message:Shop.Contracts:OrderPlaced","urn:message:Shop:Event"],` +
		`"message":{"id":17},"sentTime":"2026-11-23T12:03:00.123Z","host":{"machineName":"web-1","processName":"Shop","massTransitVersion":"8.2.0"}}`
	check(t, []sample{
		{"json", letterOf(envelope, "content-type", "application/vnd.masstransit+json"), "MassTransit message OrderPlaced, sent 12:03:00", "conversation=c-1 from=rabbitmq://h/web host=web-1 Shop 8.2.0"},
		{
			"error queue", letterOf(envelope, "content-type", "application/vnd.masstransit+json", "MT-Fault-ExceptionType", "System.TimeoutException", "MT-Fault-Message", "no answer", "MT-Reason", "fault"),
			"MassTransit message OrderPlaced, sent 12:03:00, failed with TimeoutException", "error=no answer",
		},
		{
			"fault", letterOf(`{"messageType":["urn:message:MassTransit:Fault[[Shop.Contracts:OrderPlaced]]"],"message":{"exceptions":[{"exceptionType":"System.InvalidOperationException","message":"no stock"}]}}`,
				"content-type", "application/vnd.masstransit+json"),
			"MassTransit fault of OrderPlaced, InvalidOperationException", "error=no stock",
		},
		{"request", letterOf(`{"requestId":"1","responseAddress":"rabbitmq://h/bus","messageType":["urn:message:A:B"]}`, "content-type", "application/vnd.masstransit+json"), "MassTransit message B, awaits a reply", ""},
		{"msgpack", letterOf("\x81\xa1a\x01", "content-type", "application/vnd.masstransit+msgpack"), "MassTransit msgpack envelope", ""},
		{"an envelope alone", letterOf(envelope, "content-type", "application/json"), "", ""},
	})
}

func TestOtherDotNet(t *testing.T) {
	check(t, []sample{
		{
			"NServiceBus", letterOf("{}", "NServiceBus.EnclosedMessageTypes", "Shop.OrderPlaced, Shop, Version=1.0.0.0, Culture=neutral;Shop.IEvent, Shop", "NServiceBus.MessageId", "1",
				"NServiceBus.MessageIntent", "Publish", "NServiceBus.OriginatingEndpoint", "Web", "NServiceBus.TimeSent", "2026-11-23 12:03:00:123456 Z", "NServiceBus.Retries", "2",
				"NServiceBus.ExceptionInfo.ExceptionType", "System.ArgumentException", "NServiceBus.ExceptionInfo.Message", "bad id", "NServiceBus.FailedQ", "billing@[]"),
			"NServiceBus event OrderPlaced, from Web, delayed retry 2, failed with ArgumentException, sent 12:03:00", "error=bad id failed in=billing@[]",
		},
		{
			"Rebus", letterOf("{}", "rbs2-msg-id", "1", "rbs2-msg-type", "Shop.Charge, Shop.Messages", "rbs2-intent", "p2p", "rbs2-senttime", "2026-11-23T12:03:00.0000000+00:00", "rbs2-source-queue", "billing",
				"rbs2-error-details", "1 unhandled exceptions\n2026-11-23T12:03:00 System.TimeoutException: no answer\n   at Shop"),
			"Rebus command Charge, failed with TimeoutException, sent 12:03:00", "failed in=billing",
		},
		{
			"Wolverine", letterOf("{}", "type", "Shop.OrderPlaced", "conversation-id", "c", "attempts", "3", "source", "Shop", "sent-at", "2026-11-23T12:03:00Z"),
			"Wolverine message OrderPlaced, attempt 3, from Shop", "conversation=c",
		},
		{"not Wolverine", letterOf("{}", "type", "Shop.OrderPlaced", "attempts", "3"), "", ""},
		{"EasyNetQ", letterOf("{}", "type", "Shop.Messages.OrderPlaced, Shop.Messages"), "EasyNetQ message OrderPlaced", "type=Shop.Messages.OrderPlaced, Shop.Messages"},
		{"not EasyNetQ", letterOf("{}", "type", "order, placed"), "", ""},
		{
			"EasyNetQ error", letterOf(`{"RoutingKey":"k","Exchange":"x","Queue":"billing","Exception":"System.Exception: no stock\n at A","Message":"{}","DateTime":"2026-11-23T12:03:00Z"}`,
				"type", "EasyNetQ.SystemMessages.Error, EasyNetQ"),
			"EasyNetQ error, Exception", "error=no stock queue=billing key=k",
		},
	})
}

func TestOtherLibraries(t *testing.T) {
	moleculer := `{"ver":"4","sender":"node-1","id":"7","action":"posts.find","params":{},"caller":"$repl","requestID":"r"}`
	event := `{"specversion":"1.0","id":"7","source":"/shop","type":"order.placed","time":"2026-11-23T12:03:00Z","datacontenttype":"application/json","data":{}`
	check(t, []sample{
		{"Spring", letterOf("{}", "__TypeId__", "com.shop.OrderPlaced"), "Spring AMQP message OrderPlaced", "type=com.shop.OrderPlaced"},
		{
			"Spring failed", letterOf("{}", "x-exception-message", "Listener threw", "x-exception-stacktrace", "org.x.ListenerExecutionFailedException: Listener threw\n\tat a\nCaused by: java.lang.IllegalStateException: no stock\n\tat b", "x-original-exchange", "shop", "x-original-routingKey", "k"),
			"Spring AMQP message, failed with IllegalStateException", "error=no stock was at=shop k",
		},
		{"watermill", letterOf("{}", "_watermill_message_uuid", "u-1", "reason_poisoned", "no stock", "topic_poisoned", "orders"), "watermill message u-1, poisoned: no stock", "topic=orders"},
		{
			"rascal", letterOf("{}", "rascal", `{"originalQueue":"billing","originalExchange":"shop","originalRoutingKey":"k","recovery":{"billing":{"republished":3}},"error":{"message":"no stock","code":"E1"}}`),
			"rascal message, republished 3 times, failed with E1 no stock", "queue=billing exchange=shop key=k",
		},
		{"not rascal", letterOf("{}", "rascal", "a name"), "", ""},
		{"Moleculer request", letterOf(moleculer, "key", "MOL.REQB.posts.find"), "Moleculer request posts.find, from node-1", "id=7 called by=$repl request=r"},
		{"Moleculer in a namespace", letterOf(`{"ver":"4","sender":"node-1","id":"7","success":false,"error":{"name":"ValidationError","message":"no id"}}`, "at", "MOL-dev.RES.node-2"), "Moleculer response, failed with ValidationError no id, from node-1", ""},
		{"Moleculer event", letterOf(`{"ver":"4","sender":"n","event":"user.created","data":{}}`, "exchange", "MOL.EVENT.n"), "Moleculer event user.created, from n", ""},
		{"not Moleculer", letterOf(moleculer, "key", "MOLE.REQB.posts.find"), "", ""},
		{"no packet of Moleculer", letterOf(`{"ver":"4"}`, "key", "MOL.REQ.node"), "", ""},
		{
			"CloudEvents binary", letterOf("{}", "cloudEvents:specversion", "1.0", "cloudEvents:type", "order.placed", "cloudEvents:source", "/shop", "cloudEvents:id", "7", "cloudEvents:subject", "17"),
			"CloudEvents event order.placed, of 17, from /shop", "id=7",
		},
		{"CloudEvents with _", letterOf("{}", "cloudEvents_specversion", "1.0", "cloudEvents_type", "a"), "CloudEvents event a", ""},
		{"CloudEvents structured", letterOf(event+"}", "content-type", "application/cloudevents+json; charset=utf-8"), "CloudEvents event order.placed, from /shop, at 12:03:00", "data=application/json"},
		{"Dapr", letterOf(event + `,"topic":"orders","pubsubname":"rabbit"}`), "Dapr event order.placed, from /shop, at 12:03:00", "topic=orders component=rabbit"},
		{"no event", letterOf(`{"specversion":"1.0","id":"7"}`), "", ""},
		{
			"Symfony", letterOf("{}", "type", `App\Message\Order`, symfonyStamp+"BusNameStamp", `[{"busName":"messenger.bus.default"}]`, symfonyStamp+"RedeliveryStamp", `[{"retryCount":1},{"retryCount":2}]`,
				symfonyStamp+"ErrorDetailsStamp", `[{"exceptionClass":"App\\NoStock","exceptionMessage":"none left"}]`),
			"Symfony Messenger message Order, retry 2, failed with NoStock", "error=none left bus=messenger.bus.default",
		},
		{
			"Laravel", letterOf(`{"uuid":"u","displayName":"App\\Jobs\\Charge","job":"Illuminate\\Queue\\CallQueuedHandler@call","maxTries":4,"data":{"commandName":"App\\Jobs\\Charge"}}`, "laravel", `{"attempts":1}`),
			"Laravel job Charge, attempt 2 of 4", "id=u",
		},
		{"not Laravel", letterOf(`{"displayName":"Anna","job":"cook"}`), "", ""},
		{"Active Job", letterOf(`{"job_class":"MailJob","job_id":"1","queue_name":"mail","executions":0}`), "Active Job job MailJob, attempt 1", "queue=mail"},
		{
			"Sneakers", letterOf(`{"error":"reject","num_attempts":5,"failed_at":"2026-11-23T12:03:00Z","payload":"eyJqb2JfY2xhc3MiOiJNIn0=","queue":"billing","error_class":"KeyError","error_message":"no id"}`),
			"Sneakers error KeyError, attempt 5", "error=no id queue=billing job=M",
		},
		{"Hutch", letterOf("{}", "exchange", "hutch", "message-id", "1", "key", "order.placed"), "Hutch message order.placed", ""},
		{"nobody", letterOf(`{"id":17}`, "content-type", "application/json", "type", "order.placed", "x-retries", "3"), "", ""},
		{"nothing", letterOf(""), "", ""},
	})
}

// TestHostileText: what comes from outside is cut, whole characters at a time.
func TestHostileText(t *testing.T) {
	long := strings.Repeat("é", 500)
	n := Narrate(letterOf("{}", "__TypeId__", long), now())
	if len(n.What) > 2*maxWords || strings.ContainsRune(n.What, '\ufffd') {
		t.Errorf("%d bytes: %q", len(n.What), n.What)
	}
	for _, body := range []string{"{", "[", `{"task":`, strings.Repeat("[", 100_000), "{}" + strings.Repeat(" ", maxBody)} {
		_ = Narrate(letterOf(body, "rascal", body, "x-death", body), now())
		_ = ReadFate(letterOf(body, "rascal", body, "x-death", body), now())
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"task":"a","id":"b","args":[]}`, "x-death", `[{"queue":"q","reason":"expired","count":2,"time":"x","routing-keys":["a",1]}]`)
	f.Add(`{"specversion":"1.0"}`, "rbs2-error-details", "a.b: c")
	f.Add(`[]`, "x-exception-stacktrace", "Caused by: a.b: c")
	f.Fuzz(func(t *testing.T, body, name, value string) {
		m := letterOf(body, name, value)
		if n := Narrate(m, now()); n.Library == "" && n.What != "" {
			t.Error(fmt.Sprint(n))
		}
		if fate := ReadFate(m, now()); len(fate.Deaths) > 0 && !fate.Dead() {
			t.Error(fate)
		}
	})
}
