package shop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// openRedis returns a client for one service.
func (s *Shop) openRedis(service string) *redis.Client {
	o := s.opt.Redis()
	o.ClientName, o.DisableIdentity, o.ContextTimeoutEnabled = "shop/"+service, true, true
	o.DialTimeout, o.ReadTimeout, o.PoolSize = time.Second, 3*time.Second, 2*billers
	o.DialerRetries = 1                                                                            // a service that cannot connect starts again
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled} // asks what few servers know
	db := redis.NewClient(o)
	db.AddHook(redisSpans{})
	return db
}

// openPoller is openRedis for a service that waits in blocking commands: go-redis ends these by
// deadline only, so the connections are closed under them when ctx ends.
func (s *Shop) openPoller(ctx context.Context, service string) (db *redis.Client, closeIt func()) {
	db = s.openRedis(service)
	stop := context.AfterFunc(ctx, func() { _ = db.Close() })
	return db, func() {
		if stop() {
			_ = db.Close()
		}
	}
}

// blockTime is how long blocking commands wait.
const blockTime = 2 * time.Second

// token is the random-looking secret of a lock's holder, the same for the same seed.
func (s *Shop) token(of string) string {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, uint64(s.opt.Seed)), of...))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// holder is a Redisson client's name for one of its threads, "UUID:thread".
func (s *Shop) holder(service string, thread int) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(s.opt.Seed, service)))
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x:%d", u[:4], u[4:6], u[6:8], u[8:10], u[10:], thread)
}

// loop lets work happen again and again with rests between, until it fails or ctx ends.
func loop(ctx context.Context, rest func() time.Duration, work func(context.Context) error) error {
	for pause(ctx, rest()) {
		if err := work(ctx); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// every is a rest of the same length each time.
func every(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

// isNil reports whether Redis answered that there is nothing.
func isNil(err error) bool { return errors.Is(err, redis.Nil) }
