package demo

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// The groups that read payments, and how much the slow one may leave open: a pending entry
// stays in memory even when the stream has let go of it.
const (
	groupLedger = "ledger"
	groupFraud  = "fraud-check"
	maxPending  = 400
)

// keepLedger reads every payment at once and acknowledges it.
func (s *shop) keepLedger(ctx context.Context) error {
	db := s.openRedis(groupLedger)
	defer db.Close()
	if err := makeGroup(ctx, db, groupLedger); err != nil {
		return err
	}
	for ctx.Err() == nil {
		ids, err := readGroup(ctx, db, groupLedger, "ledger-1", 50)
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			if err := db.XAck(ctx, streamPayments, groupLedger, ids...).Err(); err != nil {
				return err
			}
		}
	}
	return context.Cause(ctx)
}

// checkFraud reads payments one by one, slower than they come, and leaves every third for a
// person to look at: its lag and its pending entries grow.
func (s *shop) checkFraud(ctx context.Context) error {
	db := s.openRedis(groupFraud)
	defer db.Close()
	if err := makeGroup(ctx, db, groupFraud); err != nil {
		return err
	}
	for n := 0; ctx.Err() == nil; n++ {
		consumer := []string{"inspector-a", "inspector-b"}[n%2]
		ids, err := readGroup(ctx, db, groupFraud, consumer, 1)
		if err != nil {
			return err
		}
		pause(ctx, s.takes(700*time.Millisecond))
		if n%3 == 0 || len(ids) == 0 {
			continue
		}
		if err := db.XAck(ctx, streamPayments, groupFraud, ids...).Err(); err != nil {
			return err
		}
		if err := settleOldest(ctx, db); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

func makeGroup(ctx context.Context, db *redis.Client, group string) error {
	err := db.XGroupCreateMkStream(ctx, streamPayments, group, "0").Err()
	if err != nil && strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return nil
	}
	return err
}

// readGroup returns the ids of new entries, none when nothing comes for a moment.
func readGroup(ctx context.Context, db *redis.Client, group, consumer string, count int64) ([]string, error) {
	streams, err := db.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: group, Consumer: consumer, Streams: []string{streamPayments, ">"}, Count: count, Block: 500 * time.Millisecond,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	var ids []string
	for _, stream := range streams {
		for _, m := range stream.Messages {
			ids = append(ids, m.ID)
		}
	}
	return ids, err
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
