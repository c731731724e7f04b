package shop

import (
	"context"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

// The click counter writes once for a batch, or once a second.
const (
	clickBatch = 100
	clickRest  = time.Second
)

// The keys of the click counter: how often each page was clicked, and a HyperLogLog of visitors.
const (
	hashClicks   = "clicks:pages"
	visitorsLife = 48 * time.Hour
)

func visitorsKey(now time.Time) string { return "visitors:" + now.UTC().Format(time.DateOnly) }

// batch are clicks that were read and are not yet counted.
type batch struct {
	pages    map[string]int64
	visitors []any
	last     amqp.Delivery
	size     int
}

// countClicks reads clicks, counts them a batch at a time and acknowledges the batch by its last
// message.
func (s *Shop) countClicks(ctx context.Context) error {
	db := s.openRedis("click-counter")
	defer db.Close()
	return s.onBroker(ctx, "click-counter", "", func(ctx context.Context, l *link) error {
		deliveries, err := start(l, reading{queue: queueClicks, prefetch: 5 * clickBatch})
		if err != nil {
			return err
		}
		tick := time.NewTicker(clickRest)
		defer tick.Stop()
		for b := new(batch); ; {
			select {
			case d, open := <-deliveries:
				if !open {
					return amqp.ErrClosed
				}
				if s.addClick(b, d); b.size < clickBatch {
					continue
				}
			case <-tick.C:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if err := b.count(ctx, db); err != nil {
				return err
			}
			b = new(batch)
		}
	})
}

func (s *Shop) addClick(b *batch, d amqp.Delivery) {
	b.last = d
	b.size++
	var c click
	if err := s.decode(format{d.ContentType, d.ContentEncoding}, d.Body, &c); err != nil || !slices.Contains(pages(), c.Page) {
		return // a stranger's: acknowledged with the others, not counted
	}
	if b.pages == nil {
		b.pages = map[string]int64{}
	}
	b.pages[c.Page]++
	b.visitors = append(b.visitors, c.Visitor)
}

func (b *batch) count(ctx context.Context, db *redis.Client) error {
	if b.size == 0 {
		return nil
	}
	pipe := db.Pipeline()
	for page, n := range b.pages {
		pipe.HIncrBy(ctx, hashClicks, page, n)
	}
	if len(b.visitors) > 0 {
		key := visitorsKey(time.Now())
		pipe.PFAdd(ctx, key, b.visitors...)
		pipe.Expire(ctx, key, visitorsLife)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	return b.last.Ack(true)
}
