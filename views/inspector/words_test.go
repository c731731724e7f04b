package inspector_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/backends/rabbitmq/convention"
	"bustop/ui/golden"
	"bustop/views/inspector"
	"bustop/views/messages"
	"bustop/views/viewtest"
)

// reader is a source that knows the conventions of RabbitMQ.
type reader struct{ *viewtest.Source }

func (r reader) Roles() backends.Roles { return backends.Roles{Queues: r} }

func (reader) Narrate(m backends.Message, now time.Time) backends.Narration {
	return convention.Narrate(m, now)
}

func (reader) ReadFate(m backends.Message, now time.Time) backends.LetterFate {
	return convention.ReadFate(m, now)
}

func (reader) ListDeadLetters(context.Context, backends.Query) (backends.Page[backends.DeadLetterPlace], error) {
	return backends.Page[backends.DeadLetterPlace]{}, nil
}

// charge is a task of Celery that was rejected.
func charge(source string) backends.Message {
	body := `[[17],{},{"callbacks":null}]`
	m := backends.Message{
		Source: source, Target: backends.Target{Kind: backends.KindQueue, Name: "celery.dlq"}, Position: "1", Time: viewtest.Start(),
		Body: []byte(body), Size: len(body), ContentType: "application/json",
	}
	for _, f := range [][2]string{
		{"correlation-id", "0d1f"},
		{"argsrepr", "(17, '" + viewtest.Hostile + "')"},
		{"eta", "2000-01-01T12:03:00+00:00"},
		{"id", "0d1f"},
		{"lang", "py"},
		{"origin", "gen7@web-1"},
		{"retries", "1"},
		{"task", "shop.tasks.charge"},
		{"x-death", `[{"count":2,"exchange":"","queue":"celery","reason":"rejected","routing-keys":["celery"],"time":"1999-12-31T23:59:00Z"}]`},
		{"x-first-death-queue", "celery"},
	} {
		m.Headers = append(m.Headers, backends.Field{Name: f[0], Value: []byte(f[1])})
	}
	return m
}

func TestAMessageInWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := reader{viewtest.RabbitMQ()}
		d, _ := viewtest.Deps(t, true, source)
		m := charge(source.Identity().Name)
		s := inspector.New(d, m)
		viewtest.Shows(t, s, "Celery task shop.tasks.charge, attempt 2, eta 12:03:00", "sent by gen7@web-1",
			"A consumer of celery rejected it 2 times, first at 1999-12-31 23:59:00.", "At first it was in the queue celery by the default exchange")
		for _, size := range [][2]int{{80, 24}, {80, 12}, {200, 50}} {
			golden.Check(t, fmt.Sprintf("words-%dx%d", size[0], size[1]), s.Render(size[0], size[1]))
		}

		list := messages.New(d, messages.Options{Title: "q", Source: source.Identity().Name, History: []backends.Message{m}, Taken: time.Now()})
		viewtest.Shows(t, list, "Celery task shop.tasks.charge")

		m.Source = "another"
		viewtest.Lacks(t, inspector.New(d, m), "Celery", "rejected it")
	})
}
