package shop

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The stream of payments and its bound.
const (
	streamPayments = "payments"
	maxPayments    = 5000
)

// The groups that read payments, and how much the slow one may leave open: a pending entry
// stays in memory even when the stream has let go of it.
const (
	groupLedger = "ledger"
	groupFraud  = "fraud-check"
	maxPending  = 400
)

// pay adds a payment to the stream. Redis streams have no headers: the trace context is a field.
func (s *Shop) pay(ctx context.Context, db *redis.Client, o *order) error {
	payload, err := s.encode(o.format, &receipt{
		Order: o.ID, AmountCents: o.TotalCents, Currency: o.Currency, Method: "card", Approved: true, Signature: o.Signature,
	})
	if err != nil {
		return err
	}
	values := []string{"order", o.ID, "amount", fmt.Sprintf("%d.%02d", o.TotalCents/100, o.TotalCents%100), "receipt", string(payload)}
	for name, value := range carried(ctx) {
		values = append(values, name, value)
	}
	return db.XAdd(ctx, &redis.XAddArgs{Stream: streamPayments, MaxLen: maxPayments, Approx: true, Values: values}).Err()
}

// keepLedger reads every payment at once and acknowledges it.
func (s *Shop) keepLedger(ctx context.Context) error {
	db, done := s.openPoller(ctx, groupLedger)
	defer done()
	if err := makeGroup(ctx, db, groupLedger); err != nil {
		return err
	}
	tracer := s.tracer(groupLedger)
	credit := func(ctx context.Context, e redis.XMessage) error { return creditSeller(ctx, db, e) }
	for {
		if err := s.trouble.pass(ctx); err != nil {
			return err
		}
		entries, err := readGroup(ctx, db, groupLedger, "ledger-1", 50)
		if err != nil {
			return err
		}
		if err := settleEntries(ctx, db, tracer, groupLedger, entries, credit); err != nil {
			return err
		}
	}
}

// settleEntries keeps entries, each within the trace that it carries, and acknowledges them.
func settleEntries(ctx context.Context, db *redis.Client, tracer trace.Tracer, group string, entries []redis.XMessage, keep func(context.Context, redis.XMessage) error) error {
	if len(entries) == 0 {
		return nil
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
		ctx := propagation.TraceContext{}.Extract(ctx, fieldCarrier(e.Values))
		ctx, span := tracer.Start(ctx, "process "+streamPayments, trace.WithSpanKind(trace.SpanKindConsumer), producer(ctx),
			trace.WithAttributes(
				attribute.String("messaging.system", "redis"), attribute.String("messaging.operation.name", "process"),
				attribute.String("messaging.destination.name", streamPayments), attribute.String("messaging.consumer.group.name", group),
				attribute.String("messaging.message.id", e.ID),
			))
		if err := endSpan(span, keep(ctx, e)); err != nil {
			return err
		}
	}
	return db.XAck(ctx, streamPayments, group, ids...).Err()
}

// creditSeller gives the seller of what was paid a point.
func creditSeller(ctx context.Context, db *redis.Client, e redis.XMessage) error {
	names := sellers()
	sum := sha256.Sum256([]byte(fmt.Sprint(e.Values["order"])))
	return db.ZIncrBy(ctx, boardSellers, 1, names[int(sum[0])%len(names)]).Err()
}

// looksRight is what an inspector finds.
func looksRight(context.Context, redis.XMessage) error { return nil }

// fieldCarrier carries a trace context in the fields of a stream entry.
type fieldCarrier map[string]any

func (c fieldCarrier) Get(key string) string {
	text, _ := c[key].(string)
	return text
}

func (c fieldCarrier) Set(key, value string) { c[key] = value }

func (c fieldCarrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	return keys
}

// checkFraud reads payments one by one, slower than they come, and leaves every third for a
// person to look at: its lag and its pending entries grow.
func (s *Shop) checkFraud(ctx context.Context) error {
	db, done := s.openPoller(ctx, groupFraud)
	defer done()
	if err := makeGroup(ctx, db, groupFraud); err != nil {
		return err
	}
	tracer := s.tracer(groupFraud)
	for n := 0; ; n++ {
		consumer := []string{"inspector-a", "inspector-b"}[n%2]
		entries, err := readGroup(ctx, db, groupFraud, consumer, 1)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			continue
		}
		if !pause(ctx, s.takes(700*time.Millisecond)) {
			return context.Cause(ctx)
		}
		if n%3 == 0 {
			continue
		}
		if err := settleEntries(ctx, db, tracer, groupFraud, entries, looksRight); err != nil {
			return err
		}
		if err := settleOldest(ctx, db); err != nil {
			return err
		}
	}
}

func makeGroup(ctx context.Context, db *redis.Client, group string) error {
	err := db.XGroupCreateMkStream(ctx, streamPayments, group, "0").Err()
	if err != nil && strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return nil
	}
	return err
}

// readGroup returns new entries, none when nothing comes for a moment.
func readGroup(ctx context.Context, db *redis.Client, group, consumer string, count int64) ([]redis.XMessage, error) {
	streams, err := db.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: group, Consumer: consumer, Streams: []string{streamPayments, ">"}, Count: count, Block: blockTime,
	}).Result()
	if isNil(err) {
		return nil, ctx.Err()
	}
	var entries []redis.XMessage
	for _, stream := range streams {
		entries = append(entries, stream.Messages...)
	}
	return entries, err
}

// settleOldest acknowledges the oldest pending entries of the slow group beyond maxPending.
func settleOldest(ctx context.Context, db *redis.Client) error {
	pending, err := db.XPending(ctx, streamPayments, groupFraud).Result()
	if err != nil || pending.Count <= maxPending {
		return err
	}
	oldest, err := db.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: streamPayments, Group: groupFraud, Start: "-", End: "+", Count: pending.Count - maxPending,
	}).Result()
	if err != nil {
		return err
	}
	for _, p := range oldest {
		if err := db.XAck(ctx, streamPayments, groupFraud, p.ID).Err(); err != nil {
			return err
		}
	}
	return nil
}
