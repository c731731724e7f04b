// Foreign keeps in a RabbitMQ server what Go's libraries keep there, and says what a viewer has to make of it:
//
//	go run . amqp://guest:guest@127.0.0.1:5672/
//
// It writes a JSON object a line, see claim, the last of them of the kind "ready". Consumers stay until its
// standard input ends. The program in npm does the same with libraries of Node.js.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	watermillamqp "github.com/ThreeDotsLabs/watermill-amqp/v3/pkg/amqp"
	"github.com/ThreeDotsLabs/watermill/message"
	amqp "github.com/rabbitmq/amqp091-go"
)

// claim is what has to be recognised.
type claim struct {
	// Kind is queue, exchange, place for dead letters or delays, or message for one that waits in the
	// queue Name.
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
	// Type of a queue or exchange, purpose of a place.
	Type      string `json:"type,omitempty"`
	Ready     int64  `json:"ready,omitempty"`
	Unacked   int64  `json:"unacked,omitempty"`
	Consumers int64  `json:"consumers,omitempty"`
	// Bound are the binding keys of an exchange by its destinations.
	Bound map[string]string `json:"bound,omitempty"`
	// Origins of a place.
	Origins []string `json:"origins,omitempty"`
	// Says is what the message in words begins with; Origin, Reason and Error are those of a dead one.
	Says   string `json:"says,omitempty"`
	Origin string `json:"origin,omitempty"`
	Reason string `json:"reason,omitempty"`
	Error  string `json:"error,omitempty"`
	// Headers are headers of the message as they have to be shown, Types their types.
	Headers map[string]string `json:"headers,omitempty"`
	Types   map[string]string `json:"types,omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: foreign amqp://USER:PASSWORD@HOST:PORT/")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(url string) error {
	conn, err := amqp.Dial(url)
	if err != nil {
		return err
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	claims, err := orders(ch)
	if err != nil {
		return err
	}
	more, err := typed(ch)
	if err != nil {
		return err
	}
	poisoned, end, err := watermillTopic(ch, url)
	if err != nil {
		return err
	}
	defer end()
	out := json.NewEncoder(os.Stdout)
	for _, c := range append(append(append(claims, more...), poisoned...), claim{Kind: "ready"}) {
		if err := out.Encode(c); err != nil {
			return err
		}
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// orders are a topic exchange, a queue with a consumer that holds one of three messages, and one that was
// rejected.
func orders(ch *amqp.Channel) ([]claim, error) {
	if err := ch.Confirm(false); err != nil {
		return nil, err
	}
	for _, x := range [][2]string{{"go.orders", "topic"}, {"go.dead", "fanout"}} {
		if err := ch.ExchangeDeclare(x[0], x[1], true, false, false, false, nil); err != nil {
			return nil, err
		}
	}
	for name, args := range map[string]amqp.Table{
		"go.billing":     {"x-dead-letter-exchange": "go.dead", "x-max-length": int32(100)},
		"go.quorum":      {"x-queue-type": "quorum", "x-delivery-limit": int32(5)},
		"go.letters.dlq": nil,
	} {
		if _, err := ch.QueueDeclare(name, true, false, false, false, args); err != nil {
			return nil, err
		}
	}
	if err := ch.QueueBind("go.billing", "order.placed.#", "go.orders", false, nil); err != nil {
		return nil, err
	}
	if err := ch.QueueBind("go.letters.dlq", "", "go.dead", false, nil); err != nil {
		return nil, err
	}
	for i := range 4 {
		body := fmt.Sprintf(`{"id":%d}`, i)
		if err := publish(ch, "go.orders", "order.placed.eu", amqp.Publishing{Body: []byte(body), ContentType: "application/json"}); err != nil {
			return nil, err
		}
	}
	if err := publish(ch, "", "go.quorum", amqp.Publishing{Body: []byte("one")}); err != nil {
		return nil, err
	}
	if err := ch.Qos(1, 0, false); err != nil {
		return nil, err
	}
	deliveries, err := ch.Consume("go.billing", "go-worker", false, false, false, false, nil)
	if err != nil {
		return nil, err
	}
	first := <-deliveries
	if err := first.Nack(false, false); err != nil {
		return nil, err
	}
	<-deliveries // is held
	return []claim{
		{Kind: "exchange", Name: "go.orders", Type: "topic", Bound: map[string]string{"go.billing": "order.placed.#"}},
		{Kind: "queue", Name: "go.billing", Type: "classic", Ready: 2, Unacked: 1, Consumers: 1},
		{Kind: "queue", Name: "go.quorum", Type: "quorum", Ready: 1},
		{Kind: "queue", Name: "go.letters.dlq", Type: "classic", Ready: 1},
		{Kind: "place", Name: "go.letters.dlq", Type: "dead", Origins: []string{"go.billing"}},
		{Kind: "message", Name: "go.letters.dlq", Origin: "go.billing", Reason: "rejected"},
	}, nil
}

func publish(ch *amqp.Channel, exchange, key string, p amqp.Publishing) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	confirmation, err := ch.PublishWithDeferredConfirmWithContext(ctx, exchange, key, false, false, p)
	if err != nil {
		return err
	}
	_, err = confirmation.WaitContext(ctx)
	return err
}

// typed is a message on a quorum queue, which is looked at over AMQP, with headers of every type of a field
// table that the library writes.
func typed(ch *amqp.Channel) ([]claim, error) {
	if _, err := ch.QueueDeclare("go.typed", true, false, false, false, amqp.Table{"x-queue-type": "quorum"}); err != nil {
		return nil, err
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	err := publish(ch, "", "go.typed", amqp.Publishing{Headers: amqp.Table{
		"bool": true, "int8": int8(-8), "uint8": byte(200), "int16": int16(-16), "int32": int32(-32), "int64": int64(9007199254740993),
		"float32": float32(0.5), "float64": 0.25, "decimal": amqp.Decimal{Scale: 2, Value: 1234}, "text": "Zoë", "bytes": []byte("raw"), "time": at,
		"void": nil, "table": amqp.Table{"inner": amqp.Table{"n": int32(1)}}, "array": []any{int32(1), "two", nil},
	}})
	return []claim{
		{Kind: "queue", Name: "go.typed", Type: "quorum", Ready: 1},
		{Kind: "message", Name: "go.typed", Headers: map[string]string{
			"bool": "true", "int8": "-8", "uint8": "200", "int16": "-16", "int32": "-32", "int64": "9007199254740993", "float32": "0.5", "float64": "0.25",
			"decimal": "12.34", "text": "Zoë", "bytes": "raw", "time": "2026-01-02T03:04:05Z", "void": "null", "table": `{"inner":{"n":1}}`, "array": `[1,"two",null]`,
		}, Types: map[string]string{
			"bool": "boolean", "int8": "signed 8-bit", "uint8": "unsigned 8-bit", "int16": "signed 16-bit", "int32": "signed 32-bit", "int64": "signed 64-bit",
			"float32": "32-bit float", "float64": "64-bit float", "decimal": "decimal", "text": "text", "bytes": "byte array", "time": "timestamp", "void": "void",
			"table": "table", "array": "array",
		}},
	}, err
}

// watermillTopic publishes by watermill to a durable queue.
func watermillTopic(ch *amqp.Channel, url string) ([]claim, func(), error) {
	if _, err := ch.QueueDeclare("go.watermill", true, false, false, false, nil); err != nil { // a subscriber of watermill would
		return nil, nil, err
	}
	publisher, err := watermillamqp.NewPublisher(watermillamqp.NewDurableQueueConfig(url), watermill.NopLogger{})
	if err != nil {
		return nil, nil, err
	}
	m := message.NewMessage("0d1f", []byte(`{"id":17}`))
	m.Metadata.Set("reason_poisoned", "no stock")
	if err := publisher.Publish("go.watermill", m); err != nil {
		return nil, nil, err
	}
	return []claim{
		{Kind: "queue", Name: "go.watermill", Type: "classic", Ready: 1},
		{Kind: "message", Name: "go.watermill", Says: "watermill message 0d1f, poisoned: no stock"},
	}, func() { _ = publisher.Close() }, nil
}
