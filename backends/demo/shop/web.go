package shop

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"
)

// How long the web server's keys live, and what its limiters let through.
const (
	sessionLife = 10 * time.Minute
	cacheLife   = 45 * time.Second
	limitWindow = time.Minute
	limitFixed  = 120 // requests of an address in a window
	limitSlide  = 100 // requests of a customer in the last window, whenever it began
)

// product is what is cached of a good.
type product struct {
	SKU     string    `json:"sku"`
	InStock bool      `json:"in_stock"`
	Cached  time.Time `json:"cached_at"`
}

// serveVisits answers browsers: it counts the visitor, limits the address and the customer, keeps
// the session and looks the product up in the cache.
func (s *Shop) serveVisits(ctx context.Context) error {
	db := s.openRedis("web")
	defer db.Close()
	tracer := s.tracer("web")
	return each(ctx, s.visits, func(v *visit) error {
		ctx, span := begin(ctx, tracer, v.trace, "GET /products/{sku}", trace.WithSpanKind(trace.SpanKindServer))
		return endSpan(span, s.serve(ctx, db, v))
	})
}

func (s *Shop) serve(ctx context.Context, db *redis.Client, v *visit) error {
	now := time.Now()
	within, err := s.admit(ctx, db, v, now)
	if err != nil || !within {
		return err
	}
	session := "session:" + s.token(fmt.Sprint("customer", v.customer.ID))
	visitors := visitorsKey(now)
	pipe := db.Pipeline()
	pipe.HSet(ctx, session, "customer", v.customer.Name, "email", v.customer.Email, "address", v.address, "last", v.sku, "seen", now.Unix())
	pipe.HIncrBy(ctx, session, "requests", 1)
	pipe.Expire(ctx, session, sessionLife)
	pipe.PFAdd(ctx, visitors, v.address)
	pipe.Expire(ctx, visitors, visitorsLife)
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	return s.lookUp(ctx, db, v)
}

// admit counts a request twice: in a counter that begins anew each minute, and in a sorted set of
// the requests of the last minute. The scripts bound both.
func (s *Shop) admit(ctx context.Context, db *redis.Client, v *visit, now time.Time) (bool, error) {
	const fixed = `local n = redis.call('incr', KEYS[1]) if n == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end return n`
	window := now.Truncate(limitWindow).Unix()
	n, err := db.Eval(ctx, fixed, []string{fmt.Sprintf("rate:%s:%d", v.address, window)}, limitWindow.Milliseconds()).Int()
	if err != nil || n > limitFixed {
		return false, err
	}
	const sliding = `redis.call('zremrangebyscore', KEYS[1], '-inf', ARGV[1])
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('zadd', KEYS[1], ARGV[2], ARGV[3]) redis.call('pexpire', KEYS[1], ARGV[5]) return 1`
	let, err := db.Eval(ctx, sliding, []string{fmt.Sprintf("limit:customer:%d", v.customer.ID)},
		now.Add(-limitWindow).UnixMilli(), now.UnixMilli(), v.trace.SpanID().String(), limitSlide, limitWindow.Milliseconds()).Int()
	return let == 1, err
}

// lookUp reads a product through the cache; in every other cell it is compressed.
func (s *Shop) lookUp(ctx context.Context, db *redis.Client, v *visit) error {
	key := "cache:product:" + v.sku
	err := db.Get(ctx, key).Err()
	if !isNil(err) {
		return err
	}
	f := format{typeMsgpack, ""}
	if len(v.sku)%2 == 0 {
		f = format{typeJSON, codingGzip}
	}
	body, err := s.encode(f, &product{v.sku, true, v.when})
	if err != nil {
		return err
	}
	return db.Set(ctx, key, body, cacheLife).Err()
}
