package shop

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// The keys of a BullMQ queue (docs.bullmq.io/guide/architecture): lists of ids that wait or are
// worked on, sorted sets of those that come later or are done, a hash for each job, a stream of
// events.
const (
	bullPrefix = "bull:images:"
	bullEvents = 1000
	bullKept   = 100 // of the completed and of the failed each
	bullTries  = 3
	bullLease  = 30 * time.Second
)

func bull(name string) string { return bullPrefix + name }

// bullData and bullOptions are what a job's hash holds as JSON.
type bullData struct {
	job
	Failures int `json:"failures"`
}

type bullOptions struct {
	Attempts         int            `json:"attempts"`
	Delay            int64          `json:"delay,omitempty"`
	Backoff          map[string]any `json:"backoff"`
	RemoveOnComplete map[string]int `json:"removeOnComplete"`
	// Carrier is the trace context, as JSON within JSON.
	Carrier string `json:"tm,omitempty"`
}

// bullOf is the hash of a planned job, as field, value, field, value.
func bullOf(j *job, carrier map[string]string) ([]any, error) {
	data, err := json.Marshal(&bullData{*j, j.failures})
	if err != nil {
		return nil, err
	}
	tm, err := json.Marshal(carrier)
	if err != nil {
		return nil, err
	}
	opts, err := json.Marshal(&bullOptions{
		Attempts: bullTries, Delay: j.delay.Milliseconds(), Backoff: map[string]any{"type": "exponential", "delay": 1000},
		RemoveOnComplete: map[string]int{"count": bullKept}, Carrier: string(tm),
	})
	return []any{
		"name", j.Class, "data", data, "opts", opts, "timestamp", j.planned.UnixMilli(),
		"delay", j.delay.Milliseconds(), "priority", 0,
	}, err
}

// delayScore is BullMQ's: milliseconds in the high bits, the job's number in the low twelve.
func delayScore(at time.Time, id int64) float64 { return float64(at.UnixMilli()*0x1000 + id&0xfff) }

// planImage adds a job unless too many wait.
func (s *Shop) planImage(ctx context.Context, db *redis.Client, j *job) error {
	fields, err := bullOf(j, carried(ctx))
	if err != nil {
		return err
	}
	pipe := db.Pipeline()
	waiting, delayed := pipe.LLen(ctx, bull("wait")), pipe.ZCard(ctx, bull("delayed"))
	if _, err := pipe.Exec(ctx); err != nil || waiting.Val()+delayed.Val() >= maxJobs {
		return err
	}
	number, err := db.Incr(ctx, bull("id")).Result()
	if err != nil {
		return err
	}
	id := strconv.FormatInt(number, 10)
	pipe = db.TxPipeline()
	pipe.HSet(ctx, bull("meta"), "opts.maxLenEvents", bullEvents, "version", "bullmq:5.0.0")
	pipe.HSet(ctx, bull(id), fields...)
	bullEvent(ctx, pipe, "added", id, "name", j.Class)
	if j.delay > 0 {
		pipe.ZAdd(ctx, bull("delayed"), redis.Z{Score: delayScore(j.planned.Add(j.delay), number), Member: id})
		bullEvent(ctx, pipe, "delayed", id)
	} else {
		pipe.LPush(ctx, bull("wait"), id)
		bullEvent(ctx, pipe, "waiting", id)
	}
	_, err = pipe.Exec(ctx)
	return err
}

func bullEvent(ctx context.Context, pipe redis.Pipeliner, event, id string, more ...string) {
	values := append([]string{"event", event, "jobId", id}, more...)
	pipe.XAdd(ctx, &redis.XAddArgs{Stream: bull("events"), MaxLen: bullEvents, Approx: true, Values: values})
}

// imageWorker is a BullMQ worker.
type imageWorker struct {
	db    *redis.Client
	token string
	takes func(time.Duration) time.Duration
}

// workImages works on one job after the other.
func (s *Shop) workImages(ctx context.Context) error {
	db := s.openRedis("image-worker")
	defer db.Close()
	w := &imageWorker{db: db, token: s.holder("image-worker", 0), takes: s.takes}
	if err := w.rescue(ctx); err != nil {
		return err
	}
	return loop(ctx, func() time.Duration { return s.takes(250 * time.Millisecond) }, func(ctx context.Context) error {
		if err := w.promote(ctx); err != nil {
			return err
		}
		id, err := db.LMove(ctx, bull("wait"), bull("active"), "RIGHT", "LEFT").Result()
		if isNil(err) {
			pause(ctx, s.takes(500*time.Millisecond))
			return nil
		}
		if err != nil {
			return err
		}
		return w.work(ctx, id)
	})
}

// rescue puts back what a worker left that died: active jobs without a lock.
func (w *imageWorker) rescue(ctx context.Context) error {
	ids, err := w.db.LRange(ctx, bull("active"), 0, maxJobs).Result()
	if err != nil {
		return err
	}
	for _, id := range ids {
		locked, err := w.db.Exists(ctx, bull(id+":lock")).Result()
		if err != nil {
			return err
		}
		if locked > 0 {
			continue
		}
		pipe := w.db.TxPipeline()
		pipe.LRem(ctx, bull("active"), 0, id)
		pipe.RPush(ctx, bull("wait"), id)
		bullEvent(ctx, pipe, "stalled", id)
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// promote lets delayed jobs wait that are due.
func (w *imageWorker) promote(ctx context.Context) error {
	due, err := w.db.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: bull("delayed"), ByScore: true, Start: "-inf", Stop: strconv.FormatFloat(delayScore(time.Now(), 0xfff), 'f', 0, 64), Count: 20,
	}).Result()
	if err != nil || len(due) == 0 {
		return err
	}
	pipe := w.db.TxPipeline()
	for _, id := range due {
		pipe.ZRem(ctx, bull("delayed"), id)
		pipe.LPush(ctx, bull("wait"), id)
		bullEvent(ctx, pipe, "waiting", id, "prev", "delayed")
	}
	_, err = pipe.Exec(ctx)
	return err
}

// work does what an active job asks for and files it.
func (w *imageWorker) work(ctx context.Context, id string) error {
	pipe := w.db.TxPipeline()
	pipe.Set(ctx, bull(id+":lock"), w.token, bullLease)
	data := pipe.HGet(ctx, bull(id), "data")
	attempts := pipe.HIncrBy(ctx, bull(id), "atm", 1)
	pipe.HSet(ctx, bull(id), "processedOn", time.Now().UnixMilli())
	bullEvent(ctx, pipe, "active", id, "prev", "waiting")
	if _, err := pipe.Exec(ctx); err != nil && !isNil(err) {
		return err
	}
	if !pause(ctx, w.takes(200*time.Millisecond)) {
		return context.Cause(ctx)
	}
	var d bullData
	if json.Unmarshal([]byte(data.Val()), &d) == nil && int64(d.Failures) >= attempts.Val() {
		return w.fail(ctx, id, attempts.Val())
	}
	return w.file(ctx, id, "completed", "returnvalue", `{"ok":true}`)
}

// fail lets a job wait for its next try or files it.
func (w *imageWorker) fail(ctx context.Context, id string, attempts int64) error {
	const reason = "EIMAGE: unexpected end of file"
	if attempts >= bullTries {
		return w.file(ctx, id, "failed", "failedReason", reason)
	}
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		number = 0 // of a job that a stranger has named
	}
	pipe := w.db.TxPipeline()
	pipe.LRem(ctx, bull("active"), 0, id)
	pipe.Del(ctx, bull(id+":lock"))
	pipe.HSet(ctx, bull(id), "failedReason", reason)
	pipe.ZAdd(ctx, bull("delayed"), redis.Z{Score: delayScore(time.Now().Add(time.Second<<attempts), number), Member: id})
	bullEvent(ctx, pipe, "delayed", id, "prev", "active")
	_, err = pipe.Exec(ctx)
	return err
}

// file puts a job into the set of those that ended so, and forgets the oldest of them.
func (w *imageWorker) file(ctx context.Context, id, set, field, value string) error {
	now := time.Now().UnixMilli()
	pipe := w.db.TxPipeline()
	pipe.LRem(ctx, bull("active"), 0, id)
	pipe.Del(ctx, bull(id+":lock"))
	pipe.HSet(ctx, bull(id), "finishedOn", now, field, value)
	pipe.ZAdd(ctx, bull(set), redis.Z{Score: float64(now), Member: id})
	bullEvent(ctx, pipe, set, id, "prev", "active", field, value)
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	old, err := w.db.ZRange(ctx, bull(set), 0, -bullKept-1).Result()
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range old {
		errs = append(errs, w.db.ZRem(ctx, bull(set), id).Err(), w.db.Del(ctx, bull(id)).Err())
	}
	return errors.Join(errs...)
}
