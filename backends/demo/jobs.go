package demo

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// The lists that serve as work queues, and their bound. The second has Sidekiq's shape: a list
// "queue:NAME" beside a set "queues", jobs as JSON (github.com/sidekiq/sidekiq, wiki "Job Format").
const (
	listThumbnails = "jobs:thumbnails"
	listMails      = "queue:mailers"
	maxJobs        = 500
)

// planJobs puts jobs into the lists, newest at the head. It also takes a lock without an expiry
// and never gives it back, as programs do that die at the wrong moment.
func (s *shop) planJobs(ctx context.Context) error {
	db := s.openRedis("job-planner")
	defer db.Close()
	return each(ctx, s.jobs, func(j *job) error {
		list, body, err := listThumbnails, []byte(nil), error(nil)
		if j.mail {
			list = listMails
			body, err = sidekiqJob(j, time.Now())
		} else {
			body, err = j.format.encode(j)
		}
		if err != nil {
			return err
		}
		pipe := db.Pipeline()
		pipe.SetNX(ctx, "lock:report:nightly", s.token("nightly"), 0)
		pipe.SAdd(ctx, "queues", "mailers")
		pipe.LPush(ctx, list, body)
		pipe.LTrim(ctx, list, 0, maxJobs-1)
		_, err = pipe.Exec(ctx)
		return err
	})
}

func sidekiqJob(j *job, now time.Time) ([]byte, error) {
	at := float64(now.UnixMicro()) / 1e6
	return json.Marshal(map[string]any{
		"class": "NewsletterMailer", "args": []any{j.Target, j.Width}, "jid": j.ID, "queue": "mailers",
		"retry": true, "created_at": at, "enqueued_at": at,
	})
}

// makeThumbnails works off its list in waves.
func (s *shop) makeThumbnails(ctx context.Context) error {
	return s.workOff(ctx, "thumbnailer", listThumbnails, 12, 5*time.Second)
}

// sendMails works off its list in smaller waves.
func (s *shop) sendMails(ctx context.Context) error {
	return s.workOff(ctx, "mailer", listMails, 5, 4*time.Second)
}

// workOff takes up to wave jobs from the tail of a list and then rests.
func (s *shop) workOff(ctx context.Context, name, list string, wave int, rest time.Duration) error {
	db := s.openRedis(name)
	defer db.Close()
	for pause(ctx, s.takes(rest)) {
		for range wave {
			err := db.BRPop(ctx, time.Second, list).Err()
			if errors.Is(err, redis.Nil) {
				break
			}
			if err != nil {
				return err
			}
		}
	}
	return context.Cause(ctx)
}
