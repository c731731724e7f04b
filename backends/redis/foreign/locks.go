package main

import (
	"time"

	"github.com/bsm/redislock"
	"github.com/go-redsync/redsync/v4"
	"github.com/go-redsync/redsync/v4/redis/goredis/v9"
)

// redsyncLocks takes a lock whose name says so, one whose does not, and a long one.
func redsyncLocks(s *stage) error {
	rs := redsync.New(goredis.NewPool(s.client))
	for _, m := range []*redsync.Mutex{
		rs.NewMutex("warehouse:7", redsync.WithExpiry(5*time.Minute)),
		rs.NewMutex("invoice-mutex", redsync.WithExpiry(time.Hour)),
	} {
		if err := m.LockContext(s); err != nil {
			return err
		}
		s.claim(claim{Kind: "lock", Name: m.Name(), Library: "redsync", Holder: m.Value()})
	}
	return nil
}

// redislockLocks takes a lock with metadata and one without.
func redislockLocks(s *stage) error {
	locker := redislock.New(s.client)
	for name, metadata := range map[string]string{"lock:import": "", "lock:export": "host-7"} {
		lock, err := locker.Obtain(s, name, 10*time.Minute, &redislock.Options{Metadata: metadata})
		if err != nil {
			return err
		}
		s.claim(claim{Kind: "lock", Name: name, Library: "bsm/redislock", Holder: lock.Token() + metadata})
	}
	return nil
}
