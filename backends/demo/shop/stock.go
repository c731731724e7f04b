package shop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"
)

// The stock: how much of each good there is, counted under a fenced lock.
const (
	hashStock = "stock:levels"
	lockStock = "stock:count"
	// fenceStock is Redisson's name for the counter of a fenced lock: each holder gets a higher
	// token, and who writes with a lower one than was seen is refused.
	fenceStock = "redisson_lock_token:{" + lockStock + "}"
	fullStock  = 500
)

// The stocktaker's rhythm.
const (
	countTime = 3 * time.Second
	countRest = 9 * time.Second
)

// countStock fills the shelves, one stocktaker at a time.
func (s *Shop) countStock(ctx context.Context) error {
	db := s.openRedis("stocktaker")
	defer db.Close()
	return loop(ctx, every(countRest), func(ctx context.Context) error {
		unlock, err := lockHash(ctx, db, lockStock, s.holder("stocktaker", 1), stockLease)
		if errors.Is(err, errLocked) {
			return nil
		}
		if err != nil {
			return err
		}
		defer unlock()
		fence, err := db.Incr(ctx, fenceStock).Result()
		if err != nil {
			return err
		}
		pause(ctx, countTime)
		return fill(ctx, db, fence)
	})
}

// fill writes the count unless somebody with a higher token has.
func fill(ctx context.Context, db *redis.Client, fence int64) error {
	const script = `if tonumber(redis.call('hget', KEYS[1], 'fence') or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('hset', KEYS[1], 'fence', ARGV[1])
for i = 3, #ARGV do
  if tonumber(redis.call('hget', KEYS[1], ARGV[i]) or '0') < 100 then redis.call('hset', KEYS[1], ARGV[i], ARGV[2]) end
end return 1`
	args := []any{fence, fullStock}
	for _, sku := range goods() {
		args = append(args, sku)
	}
	return db.Eval(ctx, script, []string{hashStock}, args...).Err()
}

// takeStock takes what an order needs off the shelves.
func takeStock(ctx context.Context, db *redis.Client, o *order) error {
	pipe := db.Pipeline()
	for _, i := range o.Items {
		if slices.Contains(goods(), i.SKU) {
			pipe.HIncrBy(ctx, hashStock, i.SKU, -int64(i.Quantity))
		}
	}
	if pipe.Len() == 0 {
		return nil
	}
	_, err := pipe.Exec(ctx)
	return err
}

// stockReply answers a quote.
type stockReply struct {
	SKU       string `json:"sku" pb:"1"`
	Left      int64  `json:"left" pb:"2"`
	Available bool   `json:"available" pb:"3"`
}

// answerQuotes serves requests (rabbitmq.com/docs/direct-reply-to).
func (s *Shop) answerQuotes(ctx context.Context) error {
	db := s.openRedis("stock-desk")
	defer db.Close()
	return s.asPublisher(ctx, "stock-desk", func(ctx context.Context, out *link) error {
		return s.onBroker(ctx, "stock-desk", "", func(ctx context.Context, in *link) error {
			return consume(ctx, in, reading{queue: queueStock, workers: 2}, func(ctx context.Context, d amqp.Delivery) error {
				return s.answerQuote(ctx, db, out, d)
			})
		})
	})
}

func (s *Shop) answerQuote(ctx context.Context, db *redis.Client, out *link, d amqp.Delivery) error {
	var q quote
	f := format{d.ContentType, d.ContentEncoding}
	if err := s.decode(f, d.Body, &q); err != nil || d.ReplyTo == "" {
		return d.Reject(false)
	}
	left, err := db.HGet(ctx, hashStock, q.SKU).Int64()
	if err != nil && !isNil(err) {
		return err
	}
	body, err := s.encode(f, &stockReply{q.SKU, left, left >= int64(q.Quantity)})
	if err != nil {
		return err
	}
	if err := out.deliver(ctx, parcel{key: d.ReplyTo, format: f, correlation: d.CorrelationId, transient: true, body: body}); err != nil {
		return err
	}
	return d.Ack(false)
}

// quoteWait is how long a customer waits for a quote.
const quoteWait = 5 * time.Second

// replyQueue is the name that stands for answers without a queue.
const replyQueue = "amq.rabbitmq.reply-to"

// askQuotes asks the stock desk, one question after the other.
func (s *Shop) askQuotes(ctx context.Context) error {
	return s.onBroker(ctx, "checkout", "", func(ctx context.Context, l *link) error {
		replies, err := l.ch.Consume(replyQueue, "", true, false, false, false, nil)
		if err != nil {
			return err
		}
		n := 0
		return each(ctx, s.quotes, func(q *quote) error {
			n++
			ctx, span := begin(ctx, l.tracer, q.trace, "ask rpc.stock", trace.WithSpanKind(trace.SpanKindClient))
			return endSpan(span, s.askQuote(ctx, l, replies, q, fmt.Sprintf("quote-%d", n)))
		})
	})
}

// askQuote returns with the answer, or when the customer has had enough.
func (s *Shop) askQuote(ctx context.Context, l *link, replies <-chan amqp.Delivery, q *quote, id string) error {
	body, err := s.encode(q.format, q)
	if err != nil {
		return err
	}
	_, err = l.send(ctx, parcel{key: queueStock, format: q.format, id: id, replyTo: replyQueue, correlation: id, transient: true, body: body})
	if err != nil {
		return err
	}
	late := time.NewTimer(quoteWait)
	defer late.Stop()
	for {
		select {
		case d, open := <-replies:
			if !open {
				return amqp.ErrClosed
			}
			if d.CorrelationId == id { // else one that came too late
				return nil
			}
		case <-late.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
