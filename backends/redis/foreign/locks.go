package main

import (
	"strings"
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

// redislockLocks takes a lock with metadata and one without, and a short one whose name does not say lock: its
// token alone is proof of no library. One token of forty has no digit in it and looks like a word.
func redislockLocks(s *stage) error {
	locker := redislock.New(s.client)
	for {
		short, err := locker.Obtain(s, "warehouse:8", 5*time.Minute, nil)
		if err != nil {
			return err
		}
		if strings.ContainsAny(short.Token(), "0123456789") {
			s.claim(claim{Kind: "lock", Name: "warehouse:8", Holder: short.Token()})
			break
		}
		if err := short.Release(s); err != nil {
			return err
		}
	}
	for name, metadata := range map[string]string{"lock:import": "", "lock:export": "host-7"} {
		lock, err := locker.Obtain(s, name, 10*time.Minute, &redislock.Options{Metadata: metadata})
		if err != nil {
			return err
		}
		s.claim(claim{Kind: "lock", Name: name, Library: "bsm/redislock", Holder: lock.Token() + metadata})
	}
	return nil
}
