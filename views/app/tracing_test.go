package app

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	goredis "github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/spans/otlp"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"
)

// service is an application with the OpenTelemetry SDK that exports to a receiver.
type service struct {
	trace.Tracer
	provider *sdktrace.TracerProvider
}

func newService(t *testing.T, receiver, name string) service {
	t.Helper()
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint(receiver), otlptracehttp.WithInsecure())
	must(t, err)
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", name))))
	t.Cleanup(func() { _ = provider.Shutdown(context.WithoutCancel(t.Context())) })
	return service{provider.Tracer(name + "/work"), provider}
}

// messaging are the attributes of a span that works on a broker.
func messaging(system, operation, destination string, more ...attribute.KeyValue) trace.SpanStartEventOption {
	return trace.WithAttributes(append(more,
		attribute.String("messaging.system", system), attribute.String("messaging.operation.type", operation),
		attribute.String("messaging.destination.name", destination))...)
}

// headers carries a context in the headers of an AMQP message.
type headers amqp.Table

func (h headers) Get(key string) string { text, _ := h[key].(string); return text }
func (h headers) Set(key, value string) { h[key] = value }
func (h headers) Keys() []string        { return nil }

// journey is what the message went through.
type journey struct {
	trace trace.TraceID
	entry string // the id in the Redis stream
}

// travel lets an order go from the shop by RabbitMQ to the packer, and by a Redis stream to the mailer, whose
// span is linked and not a child.
func travel(t *testing.T, s *shop, redis *goredis.Client, receiver string) journey {
	t.Helper()
	w3c := propagation.TraceContext{}
	shopping, packing, mailing := newService(t, receiver, "shop"), newService(t, receiver, "packer"), newService(t, receiver, "mailer")
	_, err := s.ch.QueueDeclare("orders", true, false, false, false, nil)
	must(t, err)

	ctx, root := shopping.Start(t.Context(), "POST /orders", trace.WithSpanKind(trace.SpanKindServer))
	_, price := shopping.Start(ctx, "SELECT prices", trace.WithSpanKind(trace.SpanKindClient))
	price.End()
	sent, send := shopping.Start(ctx, "publish orders", trace.WithSpanKind(trace.SpanKindProducer),
		messaging("rabbitmq", "send", ":orders", attribute.String("messaging.message.id", "order-17")))
	table := headers{}
	w3c.Inject(sent, table)
	must(t, s.ch.PublishWithContext(ctx, "", "orders", false, false, amqp.Publishing{
		MessageId: "order-17", Headers: amqp.Table(table), Body: []byte(`{"order":17}`), ContentType: "application/json",
	}))
	send.End()
	root.End()

	s.arrives(t, "orders")
	got, ok, err := s.ch.Get("orders", true)
	must(t, err)
	if !ok {
		t.Fatal("nobody finds the order")
	}
	ctx, pack := packing.Start(w3c.Extract(t.Context(), headers(got.Headers)), "process orders", trace.WithSpanKind(trace.SpanKindConsumer),
		messaging("rabbitmq", "process", "orders", attribute.String("messaging.message.id", got.MessageId)))
	added, add := packing.Start(ctx, "xadd shipments", trace.WithSpanKind(trace.SpanKindProducer))
	fields := propagation.MapCarrier{"order": "17"}
	w3c.Inject(added, fields)
	entry, err := redis.XAdd(ctx, &goredis.XAddArgs{Stream: "shipments", Values: map[string]string(fields)}).Result()
	must(t, err)
	add.SetAttributes(attribute.String("messaging.system", "redis"), attribute.String("messaging.destination.name", "shipments"),
		attribute.String("messaging.message.id", entry))
	add.End()
	_, save := packing.Start(ctx, "HSET", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system.name", "redis"), attribute.String("db.query.text", "HSET order:17 state ? traceparent ?")))
	must(t, redis.HSet(ctx, "order:17", "state", "packed", "traceparent", fields["traceparent"]).Err())
	save.End()
	pack.End()
	// The order stands again in the queue, for the person to find.
	must(t, s.ch.PublishWithContext(ctx, "", "orders", false, false, amqp.Publishing{
		MessageId: "order-17", Headers: got.Headers, Body: got.Body, ContentType: got.ContentType,
	}))

	read, err := redis.XRange(ctx, "shipments", entry, entry).Result()
	must(t, err)
	link := trace.SpanContextFromContext(w3c.Extract(t.Context(), propagation.MapCarrier{"traceparent": read[0].Values["traceparent"].(string)}))
	_, mail := mailing.Start(t.Context(), "process shipments", trace.WithSpanKind(trace.SpanKindConsumer), trace.WithLinks(trace.Link{SpanContext: link}),
		messaging("redis", "process", "shipments", attribute.String("messaging.message.id", entry)))
	mail.SetStatus(codes.Error, "no such mailbox")
	mail.End()
	for _, one := range []service{shopping, packing, mailing} {
		must(t, one.provider.ForceFlush(t.Context()))
	}
	return journey{root.SpanContext().TraceID(), entry}
}

// arrives waits until a message is in a queue.
func (s *shop) arrives(t *testing.T, queue string) {
	t.Helper()
	testkit.Eventually(t, "a message in "+queue, func() bool {
		q, err := s.ch.QueueDeclarePassive(queue, true, false, false, false, nil)
		must(t, err)
		return q.Messages == 1
	})
}

// TestFromAMessageToItsTraceAndBack follows an order by its trace: from the copy of it in RabbitMQ, over the
// entry in Redis, to the service that failed, and back to the entry.
func TestFromAMessageToItsTraceAndBack(t *testing.T) {
	each.OnRabbitMQ(t, func(t *testing.T, server each.RabbitMQ) {
		redis := testkit.Redis(t)
		s := &shop{server: server}
		s.connect(t)
		t.Cleanup(func() { _ = s.conn.Close() })
		c := liveConsole(t, s.server.URL()+"?management="+s.server.ManagementURL(), redis.URL())
		receiver, err := otlp.Listen(t.Context(), otlp.NewReceiver(otlp.Options{Store: c.deps.Spans}), "127.0.0.1:0")
		must(t, err)
		t.Cleanup(receiver.Close)
		gone := travel(t, s, clientOf(t, redis.Addr()), receiver.Addresses()[0])
		id := gone.trace.String()

		c.press("2")
		c.row("orders", "classic", "1")
		c.openQueue("orders")
		c.see("0 consumers") // a real server does not know it at first, and then the name has to be typed
		c.press("p")
		c.see("Before you look", "leave it")
		c.until([]string{"1 message", "copies as of"}, "y")
		c.press("t") // right from the list
		c.see("▸ trace "+id[:8], id, "6 spans", "POST /orders", "publish orders", "process orders", "xadd shipments", "HSET")
		c.capture("trace-waterfall")
		c.press("esc", "enter", "t") // from the inspector
		c.see("▸ trace "+id[:8], "▌    ▾ publish orders")
		c.press("enter")
		c.until([]string{"▌  messaging.message.id order-17"}, "n")
		c.press("enter")
		c.see("span publish orders ▸ message", "order: 17", "message-id order-17") // the copy that was looked at
		c.press("esc", "esc")
		exported(c, id)
		c.press("/", "name=HSET", "enter", "enter")
		c.until([]string{"▌  db.query.text HSET order:17"}, "n")
		c.press("enter")
		c.see("▸ key order:17", "hash", "packed", "traceparent")
		c.press("t") // from the fields of a hash
		c.see("▸ key order:17 ▸ tr", id, "▌        xadd shipments")
		c.press("esc", "esc", "esc", "esc") // the search is still in force
		c.press("esc", "esc", "esc", "3")
		c.row("shipments", "1")
		c.press("enter")
		c.see("● live", "17")
		c.press("t") // from the stream's entry
		c.see("▸ trace "+id[:8], "▌        xadd shipments")
		c.press("enter")
		c.see("Linked from", "process shipments  consumer  mailer", "in queue")
		c.capture("trace-span")
		c.press("end", "home")
		c.until([]string{"▌  ← process shipments"}, "n")
		c.press("enter")
		c.see("1 span", "1 error", "failed: no such mailbox")
		c.press("enter")
		c.until([]string{"▌  messaging.message.id " + gone.entry}, "n")
		c.press("enter")
		c.see("stream/shipments · made", "order 17")
		c.home()
		c.press("2")
		c.home()
		c.press("8", "/", "name=publish* service=shop", "enter")
		c.see("1 trace of ", "POST /orders")
		c.press("enter", "/", "name=publish*", "enter", "enter")
		c.until([]string{"▌  messaging.message.id order-17"}, "n")
		c.press("enter") // no screen has the copy any more
		c.see("▸ queue orders", "message order-17 was sent here; it is not among the messages looked at so far")
		c.home()
		c.press("8", "/", "status=error service=mailer", "enter")
		c.see("1 trace of ", "process shipments")
		c.press("o")
		c.see("1 operation of spans that match status=error service=mailer", "100%")
		c.capture("trace-operations")
		c.press("esc", "esc")
		c.see("POST /orders", "▲")
		c.capture("trace-list")
	})
}

// exported holds the file that e writes to the OTLP that a receiver takes.
func exported(c *console, id string) {
	c.t.Helper()
	c.t.Chdir(c.t.TempDir())
	c.press("e")
	c.see("exported to ", id[:8])
	data, err := os.ReadFile(id + ".json")
	must(c.t, err)
	var out struct {
		ResourceSpans []struct {
			ScopeSpans []struct{ Spans []json.RawMessage }
		}
	}
	must(c.t, json.Unmarshal(data, &out))
	if len(out.ResourceSpans) != 2 || !strings.Contains(string(data), id) {
		c.t.Errorf("%d resources in %s", len(out.ResourceSpans), data)
	}
}
