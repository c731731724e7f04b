package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Couriers hold a lock for as long as they are on tour and renew it, as a watchdog does: these
// are the locks one can watch drain and jump up again.
const (
	couriers     = 4
	courierLease = 15 * time.Second
	courierRenew = 5 * time.Second
	courierRest  = 4 * time.Second
)

// errLostLock says that a lock ran out or changed hands while its holder worked.
var errLostLock = errors.New("the lock is no longer ours")

// deliverOrders sends every courier on tour after tour.
func (s *shop) deliverOrders(ctx context.Context) error {
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

// tour takes the courier's lock, renews it until the tour is over and gives it back.
func (s *shop) tour(ctx context.Context, db *redis.Client, courier, n int) error {
	key, token := fmt.Sprintf("lock:courier:%d", courier+1), s.token(fmt.Sprint("tour", courier, n))
	renewals := 2 + (courier+n)%4
	unlock, err := lockKey(ctx, db, key, token, courierLease)
	if errors.Is(err, errLocked) {
		return nil // by an earlier run: it will run out
	}
	if err != nil {
		return err
	}
	defer unlock()
	const renew = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0`
	for range renewals {
		if !pause(ctx, courierRenew) {
			break
		}
		held, err := db.Eval(ctx, renew, []string{key}, token, courierLease.Milliseconds()).Int()
		if err != nil {
			return err
		}
		if held == 0 {
			return errLostLock
		}
	}
	return nil
}
