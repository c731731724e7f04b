package shop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// How long locks last when their holder does not give them back.
const (
	orderLease     = 8 * time.Second
	warehouseLease = 30 * time.Second
	stockLease     = 10 * time.Second
	reportLease    = 30 * time.Second
)

var (
	// errLocked says that somebody else has the lock.
	errLocked = errors.New("locked by somebody else")
	// errLostLock says that a lock ran out or changed hands while its holder worked.
	errLostLock = errors.New("the lock is no longer ours")
	// errKilled is how the reporter of an incident ends.
	errKilled = errors.New("killed while it held " + lockReport)
)

// lockKey takes a lock by SET NX PX and returns what gives it back: a script that deletes the
// key only while it still holds the token
// (redis.io/docs/latest/develop/clients/patterns/distributed-locks). A lease of 0 never ends.
func lockKey(ctx context.Context, db *redis.Client, key, token string, lease time.Duration) (unlock func(), err error) {
	reply, err := db.SetArgs(ctx, key, token, redis.SetArgs{Mode: "NX", TTL: lease}).Result()
	if isNil(err) || (err == nil && reply != "OK") {
		return nil, errLocked
	}
	if err != nil {
		return nil, err
	}
	const release = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`
	return func() { partingEval(ctx, db, release, []string{key}, token) }, nil
}

// renew puts off the end of a lock that is still ours, as a watchdog does.
func renew(ctx context.Context, db *redis.Client, key, token string, lease time.Duration) error {
	const script = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0`
	held, err := db.Eval(ctx, script, []string{key}, token, lease.Milliseconds()).Int()
	if err == nil && held == 0 {
		err = errLostLock
	}
	return err
}

// lockHash takes a lock shaped as Redisson's RLock: a hash whose one field names process and
// thread and counts how often they entered.
func lockHash(ctx context.Context, db *redis.Client, name, holder string, lease time.Duration) (unlock func(), err error) {
	const enter = `if redis.call('exists', KEYS[1]) == 0 or redis.call('hexists', KEYS[1], ARGV[1]) == 1 then
redis.call('hincrby', KEYS[1], ARGV[1], 1) redis.call('pexpire', KEYS[1], ARGV[2]) return 1 end return 0`
	got, err := db.Eval(ctx, enter, []string{name}, holder, lease.Milliseconds()).Int()
	if err != nil {
		return nil, err
	}
	if got == 0 {
		return nil, errLocked
	}
	const leave = `if redis.call('hexists', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('hincrby', KEYS[1], ARGV[1], -1) <= 0 then redis.call('del', KEYS[1]) redis.call('publish', KEYS[2], '0') end return 1`
	channel := "redisson_lock__channel:{" + name + "}"
	return func() { partingEval(ctx, db, leave, []string{name, channel}, holder) }, nil
}

// partingEval gives something back, after the end of ctx too, but not for long.
func partingEval(ctx context.Context, db *redis.Client, script string, keys []string, arg string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	db.Eval(ctx, script, keys, arg) // a lock that could not be given back runs out
}

// Couriers hold a lock for as long as they are on tour and renew it: these are the locks one can
// watch drain and jump up again.
const (
	couriers     = 4
	courierLease = 15 * time.Second
	courierRenew = 5 * time.Second
	courierRest  = 4 * time.Second
)

// geoCouriers is where the couriers are (redis.io/docs/latest/commands/geoadd).
const geoCouriers = "couriers:positions"

// deliverOrders sends every courier on tour after tour.
func (s *Shop) deliverOrders(ctx context.Context) error {
	db := s.openRedis("couriers")
	defer db.Close()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	done := make(chan struct{}, couriers)
	for i := range couriers {
		go func() {
			defer func() { done <- struct{}{} }()
			for n := 0; ctx.Err() == nil; n++ {
				if err := s.tour(ctx, db, i, n); err != nil {
					stop(err)
				}
				pause(ctx, courierRest)
			}
		}()
	}
	for range couriers {
		<-done
	}
	return context.Cause(ctx)
}

// tour takes the courier's lock, renews it at every stop until the tour is over and gives it
// back.
func (s *Shop) tour(ctx context.Context, db *redis.Client, courier, n int) error {
	key, token := fmt.Sprintf("lock:courier:%d", courier+1), s.token(fmt.Sprint("tour", courier, n))
	unlock, err := lockKey(ctx, db, key, token, courierLease)
	if errors.Is(err, errLocked) {
		return nil // by an earlier run: it will run out
	}
	if err != nil {
		return err
	}
	defer unlock()
	for stop := range 2 + (courier+n)%4 {
		at := &redis.GeoLocation{
			Name: fmt.Sprintf("courier-%d", courier+1), Longitude: 13.2 + 0.07*float64(courier) + 0.02*float64(stop), Latitude: 52.4 + 0.03*float64((stop+n)%5),
		}
		if err := db.GeoAdd(ctx, geoCouriers, at).Err(); err != nil {
			return err
		}
		if !pause(ctx, courierRenew) {
			break
		}
		if err := renew(ctx, db, key, token, courierLease); err != nil {
			return err
		}
	}
	return nil
}

// The reporter's lock and rhythm.
const (
	lockReport = "lock:report:nightly"
	reportTime = 8 * time.Second
	reportRest = 12 * time.Second
)

// writeReport writes a report now and then, under a lock. Outside of an incident's story a
// reporter died long ago with a lock that has no expiry, and nobody has noticed; within one that
// is what happens in its course.
func (s *Shop) writeReport(ctx context.Context) error {
	db := s.openRedis("reporter")
	defer db.Close()
	for n := 0; ; n++ {
		lost := s.opt.Scenario != Incident || s.trouble.now().lost
		lease := reportLease
		if lost {
			lease = 0
		}
		unlock, err := lockKey(ctx, db, lockReport, s.token(lockReport), lease)
		switch {
		case errors.Is(err, errLocked) || (err == nil && lost && s.opt.Scenario != Incident):
		case err != nil:
			return err
		case lost:
			return errKilled
		default:
			pause(ctx, reportTime)
			unlock()
		}
		if !pause(ctx, reportRest) {
			return context.Cause(ctx)
		}
	}
}

// breakLock is what somebody does by hand in the end.
func (s *Shop) breakLock(ctx context.Context) {
	db := s.openRedis("operations")
	defer db.Close()
	if err := db.Del(ctx, lockReport).Err(); err != nil {
		s.opt.Log("incident: " + lockReport + ": " + err.Error())
	}
}
