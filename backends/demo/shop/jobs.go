package shop

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// The list that serves as a work queue, and the bound of it and of other queues.
const (
	listThumbnails = "jobs:thumbnails"
	maxJobs        = 500
)

// planJobs puts jobs into their queues.
func (s *Shop) planJobs(ctx context.Context) error {
	db := s.openRedis("job-planner")
	defer db.Close()
	tracer := s.tracer("job-planner")
	return each(ctx, s.jobs, func(j *job) error {
		ctx, span := begin(ctx, tracer, j.trace, "plan "+j.Class)
		switch j.queue {
		case onSidekiq:
			return endSpan(span, s.planMail(ctx, db, j))
		case onBull:
			return endSpan(span, s.planImage(ctx, db, j))
		default:
			return endSpan(span, s.planThumbnail(ctx, db, j))
		}
	})
}

// planThumbnail puts a job into the list, newest at the head.
func (s *Shop) planThumbnail(ctx context.Context, db *redis.Client, j *job) error {
	body, err := s.encode(j.format, j)
	if err != nil {
		return err
	}
	pipe := db.Pipeline()
	pipe.LPush(ctx, listThumbnails, body)
	pipe.LTrim(ctx, listThumbnails, 0, maxJobs-1)
	_, err = pipe.Exec(ctx)
	return err
}

// makeThumbnails takes up to a dozen jobs from the tail of its list and then rests.
func (s *Shop) makeThumbnails(ctx context.Context) error {
	db, done := s.openPoller(ctx, "thumbnailer")
	defer done()
	rest := func() time.Duration { return s.takes(5 * time.Second) }
	return loop(ctx, rest, func(ctx context.Context) error {
		for range 12 {
			err := db.BRPop(ctx, blockTime, listThumbnails).Err()
			if isNil(err) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
