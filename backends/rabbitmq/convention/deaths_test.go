package convention

import (
	"slices"
	"strings"
	"testing"

	"bustop/backends"
)

// ladder is what RabbitMQ 3.10 notes on a message that went over two rungs of a ladder and back: the latest
// death in front, the older ones in an order that is not that of time.
const ladder = `[
	{"count":3,"exchange":"shop.orders","queue":"billing","reason":"rejected","routing-keys":["order.placed.eu"],"time":"2026-11-23T12:00:00Z"},
	{"count":1,"exchange":"shop.retry","queue":"retry.5s","reason":"expired","routing-keys":["5s"],"time":"2026-11-23T12:00:05Z","original-expiration":"5000"},
	{"count":1,"exchange":"shop.retry","queue":"retry.30s","reason":"expired","routing-keys":["30s"],"time":"2026-11-23T12:00:40Z"}]`

func TestDeaths(t *testing.T) {
	f := ReadFate(letterOf("", "x-death", ladder, "x-first-death-queue", "billing", "x-first-death-reason", "rejected", "x-first-death-exchange", "shop.orders"), now())
	var queues []string
	for _, d := range f.Deaths {
		queues = append(queues, d.Queue)
	}
	if !slices.Equal(queues, []string{"billing", "retry.30s", "retry.5s"}) {
		t.Errorf("the order is %v", queues)
	}
	want := []string{
		"Latest: a consumer of billing rejected it 3 times, first at 12:00:00.",
		"Before: it expired in retry.30s at 12:00:40.",
		"Before: it expired in retry.5s (its own time to live was 5000 ms) at 12:00:05.",
		"The server does not keep the order of older deaths; they stand by the time of their first.",
		"It has been dead-lettered 5 times in all.",
		"At first it was in the queue billing by the exchange shop.orders with the key order.placed.eu.",
	}
	if !slices.Equal(f.Words, want) {
		t.Errorf("it says\n%s", strings.Join(f.Words, "\n"))
	}
	if f.Queue != "billing" || f.Reason != "rejected" || f.Key != "order.placed.eu" || f.Since.Hour() != 12 || !f.Dead() {
		t.Errorf("%+v", f)
	}
}

// TestDeathByManagement: there a timestamp is a number, and the headers of the first death may be missing.
func TestDeathByManagement(t *testing.T) {
	f := ReadFate(letterOf("", "x-death", `[{"count":1,"exchange":"","queue":"shipping","reason":"delivery_limit","routing-keys":["shipping"],"time":1795435200},{"queue":"a","reason":"maxlen","time":1795435100}]`), now())
	want := []string{
		"Latest: it was delivered from shipping more often than the delivery limit allows at 12:00:00.",
		"Before: it was pushed out of a, which was full at 11:58:20.",
		"It has been dead-lettered 2 times in all.",
		"At first it was in the queue a by the default exchange.",
	}
	if !slices.Equal(f.Words, want) || f.Reason != "delivery_limit" || f.Queue != "a" {
		t.Errorf("%+v\n%s", f, strings.Join(f.Words, "\n"))
	}
}

func TestWhoNotedTheError(t *testing.T) {
	for _, c := range []struct {
		name   string
		m      backends.Message
		want   [6]string // library, class, text, reason, queue, key
		phrase string
	}{
		{
			"MassTransit", letterOf("", "MT-Fault-ExceptionType", "System.TimeoutException", "MT-Fault-Message", "no answer", "MT-Reason", "fault", "MT-Fault-InputAddress", "rabbitmq://h/v/billing?durable=true", "MT-Fault-ConsumerType", "Shop.Charge"),
			[6]string{"MassTransit", "System.TimeoutException", "no answer", "fault", "billing", ""},
			"The consumer Shop.Charge failed.",
		},
		{"skipped", letterOf("", "MT-Reason", "skipped"), [6]string{"MassTransit", "", "", "skipped", "", ""}, "No consumer of the queue takes"},
		{
			"NServiceBus", letterOf("", "NServiceBus.ExceptionInfo.ExceptionType", "A.B", "NServiceBus.ExceptionInfo.Message", "m", "NServiceBus.FailedQ", "billing@host"),
			[6]string{"NServiceBus", "A.B", "m", "failed", "billing", ""},
			"NServiceBus noted the error A.B: m.",
		},
		{
			"Spring", letterOf("", "x-exception-stacktrace", "org.A: outer\nCaused by: c.B: middle\nCaused by: c.C: inner\n\tat x", "x-exception-message", "outer", "x-original-exchange", "shop", "x-original-routingKey", "k"),
			[6]string{"Spring AMQP", "c.C", "inner", "republished", "", "k"},
			"At first it was by the exchange shop with the key k.",
		},
		{
			"rascal", letterOf("", "rascal", `{"originalQueue":"billing","originalRoutingKey":"k","recovery":{"billing":{"forwarded":1}},"error":{"message":"no stock"}}`),
			[6]string{"rascal", "", "no stock", "forwarded", "billing", "k"},
			"Forwarded once.",
		},
		{"Rebus", letterOf("", "rbs2-error-details", "System.A: b\n at", "rbs2-source-queue", "billing"), [6]string{"Rebus", "System.A", "b", "failed", "billing", ""}, ""},
		{"Wolverine", letterOf("", "exception-type", "A.B", "exception-message", "m", "failed-at", "1795435200000"), [6]string{"Wolverine", "A.B", "m", "failed", "", ""}, ""},
		{"Symfony", letterOf("", symfonyStamp+"ErrorDetailsStamp", `[{"exceptionClass":"A","exceptionMessage":"m"}]`, symfonyStamp+"SentToFailureTransportStamp", `[{"originalReceiverName":"async"}]`), [6]string{"Symfony Messenger", "A", "m", "failed", "", ""}, "the receiver async"},
		{"nobody", letterOf("", "x-exception", "A", "error", "b"), [6]string{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := ReadFate(c.m, now())
			if got := [6]string{f.Library, f.Exception, f.Error, f.Reason, f.Queue, f.Key}; got != c.want {
				t.Errorf("it says %q", got)
			}
			if words := strings.Join(f.Words, " "); !strings.Contains(words, c.phrase) {
				t.Errorf("the words are %q", words)
			}
			if f.Dead() != (c.want[0] != "") {
				t.Errorf("dead: %v", f.Dead())
			}
		})
	}
}
