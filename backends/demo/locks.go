package demo

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// How long locks last when their holder does not give them back.
const (
	orderLease     = 8 * time.Second
	warehouseLease = 30 * time.Second
)

// errLocked says that somebody else has the lock.
var errLocked = errors.New("locked by somebody else")

// openRedis returns a client for one service.
func (s *shop) openRedis(name string) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: s.redisAddr, ClientName: "shop/" + name, DisableIdentity: true, ContextTimeoutEnabled: true,
		DialTimeout: time.Second, ReadTimeout: 3 * time.Second, PoolSize: 2 * billers,
	})
}

// token is the random-looking secret of a lock's holder, the same for the same seed.
func (s *shop) token(of string) string {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, uint64(s.seed)), of...))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// lockKey takes a lock by SET NX PX and returns what gives it back: a script that deletes the
// key only while it still holds the token
// (redis.io/docs/latest/develop/clients/patterns/distributed-locks).
func lockKey(ctx context.Context, db *redis.Client, key, token string, lease time.Duration) (unlock func(), err error) {
	reply, err := db.SetArgs(ctx, key, token, redis.SetArgs{Mode: "NX", TTL: lease}).Result()
	if errors.Is(err, redis.Nil) || (err == nil && reply != "OK") {
		return nil, errLocked
	}
	if err != nil {
		return nil, err
	}
	const release = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`
	return func() { db.Eval(context.WithoutCancel(ctx), release, []string{key}, token) }, nil
}

// lockWarehouse takes a lock shaped as Redisson's RLock: a hash whose one field names process
// and thread and counts how often they entered.
func lockWarehouse(ctx context.Context, db *redis.Client, name, holder string) (unlock func(), err error) {
	const enter = `if redis.call('exists', KEYS[1]) == 0 or redis.call('hexists', KEYS[1], ARGV[1]) == 1 then
redis.call('hincrby', KEYS[1], ARGV[1], 1) redis.call('pexpire', KEYS[1], ARGV[2]) return 1 end return 0`
	got, err := db.Eval(ctx, enter, []string{name}, holder, warehouseLease.Milliseconds()).Int()
	if err != nil {
		return nil, err
	}
	if got == 0 {
		return nil, errLocked
	}
	const leave = `if redis.call('hexists', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('hincrby', KEYS[1], ARGV[1], -1) <= 0 then redis.call('del', KEYS[1]) redis.call('publish', KEYS[2], '0') end return 1`
	channel := "redisson_lock__channel:{" + name + "}"
	return func() { db.Eval(context.WithoutCancel(ctx), leave, []string{name, channel}, holder) }, nil
}

// holder is a Redisson client's name for one of its threads, "UUID:thread".
func (s *shop) holder(service string, thread int) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(s.seed, service)))
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x:%d", u[:4], u[4:6], u[6:8], u[8:10], u[10:], thread)
}
