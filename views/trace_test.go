package views_test

import (
	"encoding/base64"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"bustop/backends"
	"bustop/views"
)

func TestTracesOfMessages(t *testing.T) {
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	field := func(name, value string) backends.Field { return backends.Field{Name: name, Value: []byte(value)} }
	for _, tc := range []struct {
		name    string
		headers []backends.Field
		body    string
		where   string // "" when nothing is to be found
		id      string
		ids     []string // names of all that was found
	}{
		{name: "nothing", headers: []backends.Field{field("who", "shop"), field("message-id", "7")}, body: `{"a":1}`},
		{name: "an AMQP header", headers: []backends.Field{field("who", "shop"), field("Traceparent", parent), field("tracestate", "a=b")}, where: "header Traceparent", id: id, ids: []string{"Traceparent", "tracestate"}},
		{name: "MassTransit", headers: []backends.Field{field("MT-Activity-Id", parent)}, where: "header MT-Activity-Id", id: id, ids: []string{"MT-Activity-Id"}},
		{name: "CloudEvents", headers: []backends.Field{field("ce-traceparent", parent)}, where: "header ce-traceparent", id: id, ids: []string{"ce-traceparent"}},
		{name: "a job's JSON", body: `{"class":"HardJob","args":[1],"traceparent":"` + parent + `"}`, where: "body", id: id, ids: []string{"traceparent"}},
		{name: "headers inside a body", body: `{"headers":{"traceparent":"` + parent + `"},"message":{}}`, where: "body", id: id, ids: []string{"traceparent"}},
		{name: "options of BullMQ", headers: []backends.Field{field("name", "send"), field("opts", `{"attempts":3,"tm":"{\"traceparent\":\"`+parent+`\"}"}`)}, where: "header opts", id: id, ids: []string{"traceparent"}},
		{name: "metadata of a stream entry", headers: []backends.Field{field("metadata", `{"traceparent":"`+parent+`"}`)}, where: "header metadata", id: id, ids: []string{"traceparent"}},
		{name: "headers of Celery", body: `{"body":"W10=","headers":{"task":"mail.send","traceparent":"` + parent + `"},"properties":{"body_encoding":"base64"}}`, where: "body", id: id, ids: []string{"traceparent"}},
		{name: "MassTransit in the envelope", body: `{"messageId":"7","headers":{"MT-Activity-Id":"` + parent + `"},"message":{}}`, where: "body", id: id, ids: []string{"mt-activity-id"}},
		{name: "a header of NServiceBus", headers: []backends.Field{field("NServiceBus.MessageId", "7"), field("traceparent", parent)}, where: "header traceparent", id: id, ids: []string{"traceparent"}},
		{name: "headers of a stream entry", headers: []backends.Field{field("headers", `{"traceparent":"`+parent+`"}`)}, where: "header headers", id: id, ids: []string{"traceparent"}},
		{name: "headers of asynq, a protobuf", body: asynqTask(parent), where: "body", id: id, ids: []string{"traceparent"}},
		{name: "a list of headers", body: `{"headers":[{"key":"traceparent","value":"` + parent + `"}]}`, where: "body", id: id, ids: []string{"traceparent"}},
		{name: "a field of a hash", headers: []backends.Field{field("state", "done"), field("traceparent", parent)}, where: "header traceparent", id: id, ids: []string{"traceparent"}},
		{name: "MessagePack", body: "\x81\xabtraceparent\xd9\x37" + parent, where: "body", id: id, ids: []string{"traceparent"}},
		{name: "base64 of JSON", body: base64.StdEncoding.EncodeToString([]byte(`{"traceparent":"` + parent + `"}`)), where: "body", id: id, ids: []string{"traceparent"}},
		{name: "the ids of the message too", headers: []backends.Field{field("traceparent", parent), field("correlation_id", "9")}, where: "header traceparent", id: id, ids: []string{"traceparent", "correlation_id"}},
		{name: "B3 in one header", headers: []backends.Field{field("b3", id+"-00f067aa0ba902b7-1")}, where: "header b3", id: id, ids: []string{"b3"}},
		{name: "B3 in several", headers: []backends.Field{field("X-B3-TraceId", id), field("X-B3-SpanId", "00f067aa0ba902b7")}, where: "header X-B3-TraceId", id: id, ids: []string{"X-B3-TraceId", "X-B3-SpanId"}},
		{name: "Jaeger, a zero left out", headers: []backends.Field{field("uber-trace-id", "bf92f3577b34da6a3ce929d0e0e4736:1:0:1")}, where: "header uber-trace-id", id: "0bf92f3577b34da6a3ce929d0e0e4736", ids: []string{"uber-trace-id"}},
		{name: "X-Ray", headers: []backends.Field{field("X-Amzn-Trace-Id", "Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Sampled=1")}, where: "header X-Amzn-Trace-Id", id: id, ids: []string{"X-Amzn-Trace-Id"}},
		{name: "Datadog has no id that is as long", headers: []backends.Field{field("x-datadog-trace-id", "1234567890")}, where: "header x-datadog-trace-id", ids: []string{"x-datadog-trace-id"}},
		{name: "the standard goes before others", headers: []backends.Field{field("b3", "11111111111111111111111111111111-00f067aa0ba902b7"), field("traceparent", parent)}, where: "header traceparent", id: id, ids: []string{"b3", "traceparent"}},
		{name: "broken", headers: []backends.Field{field("traceparent", "00-4bf9")}},
		{name: "all zero", headers: []backends.Field{field("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ref, ok := views.TraceOf(views.NewDecoder(), backends.Message{Headers: tc.headers, Body: []byte(tc.body), Size: len(tc.body)})
			if ok != (tc.where != "") || ref.Where != tc.where {
				t.Fatalf("found %v in %q, want %q", ok, ref.Where, tc.where)
			}
			if got := ref.Trace.String(); ref.Trace.IsValid() != (tc.id != "") || tc.id != "" && got != tc.id {
				t.Errorf("trace %s, want %q", got, tc.id)
			}
			if len(ref.IDs) != len(tc.ids) {
				t.Fatalf("ids %q, want %q", ref.IDs, tc.ids)
			}
			for i, name := range tc.ids {
				if ref.IDs[i].Name != name {
					t.Errorf("id %d is %s, want %s", i, ref.IDs[i].Name, name)
				}
			}
		})
	}
}

// asynqTask is a TaskMessage of asynq with a header (github.com/hibiken/asynq, internal/proto/asynq.proto).
func asynqTask(parent string) string {
	text := func(b []byte, n protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), s)
	}
	entry := text(text(nil, 1, "traceparent"), 2, parent)
	task := text(nil, 1, "mail:send")
	task = text(task, 2, `{"to":"a@example.org"}`)
	task = text(task, 3, "1b671a64-40d5-491e-99b0-da01ff1f3341")
	task = text(task, 4, "default")
	return string(text(task, 15, string(entry)))
}
