package shop

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// The keys of Sidekiq (github.com/sidekiq/sidekiq, wiki "Job Format" and "Using Redis"): lists
// "queue:NAME" beside a set of their names, sorted sets of what comes later with the time as
// score, and what its processes say of themselves.
const (
	mailQueue    = "mailers"
	setQueues    = "queues"
	setSchedule  = "schedule"
	setRetry     = "retry"
	setDead      = "dead"
	setProcesses = "processes"
	maxDead      = 100
	// mailTries is how often a job fails until it is dead.
	mailTries = 3
	// processLife is how long a process counts as alive after a beat.
	processLife = time.Minute
	statLife    = 48 * time.Hour
)

// sidekiqJob is a job as it waits; its times are seconds since 1970.
type sidekiqJob struct {
	Class       string  `json:"class"`
	Args        []any   `json:"args"`
	ID          string  `json:"jid"`
	Queue       string  `json:"queue"`
	Retry       bool    `json:"retry"`
	CreatedAt   float64 `json:"created_at"`
	EnqueuedAt  float64 `json:"enqueued_at,omitempty"`
	At          float64 `json:"at,omitempty"`
	RetryCount  *int    `json:"retry_count,omitempty"`
	FailedAt    float64 `json:"failed_at,omitempty"`
	ErrorClass  string  `json:"error_class,omitempty"`
	Error       string  `json:"error_message,omitempty"`
	Backtrace   string  `json:"error_backtrace,omitempty"` // base64 of zlib of JSON
	TraceParent string  `json:"traceparent,omitempty"`
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// sidekiqOf is the job as it is planned. Its third argument is how often it will fail.
func sidekiqOf(j *job, traceParent string) *sidekiqJob {
	k := &sidekiqJob{
		Class: "NewsletterMailer", Args: []any{j.Target, j.Width, j.failures}, ID: j.ID, Queue: mailQueue, Retry: true,
		CreatedAt: seconds(j.planned), EnqueuedAt: seconds(j.planned), TraceParent: traceParent,
	}
	if j.delay > 0 {
		k.EnqueuedAt, k.At = 0, seconds(j.planned.Add(j.delay))
	}
	return k
}

func (s *Shop) planMail(ctx context.Context, db *redis.Client, j *job) error {
	k := sidekiqOf(j, carried(ctx)["traceparent"])
	body, err := json.Marshal(k)
	if err != nil {
		return err
	}
	pipe := db.Pipeline()
	pipe.SAdd(ctx, setQueues, mailQueue)
	if k.At > 0 {
		pipe.ZAdd(ctx, setSchedule, redis.Z{Score: k.At, Member: body})
		pipe.ZRemRangeByRank(ctx, setSchedule, maxJobs, -1)
	} else {
		pipe.LPush(ctx, "queue:"+mailQueue, body)
		pipe.LTrim(ctx, "queue:"+mailQueue, 0, maxJobs-1)
	}
	_, err = pipe.Exec(ctx)
	return err
}

// sendMails is a Sidekiq process: it takes a few jobs from the tail of its list and then rests.
func (s *Shop) sendMails(ctx context.Context) error {
	db, done := s.openPoller(ctx, "mailer")
	defer done()
	m := &mailer{db: db, ident: "mailer-1:4242:" + s.token("mailer")[:12]}
	rest := func() time.Duration { return s.takes(4 * time.Second) }
	return loop(ctx, rest, func(ctx context.Context) error {
		if err := errors.Join(m.beat(ctx), m.enqueueDue(ctx, setSchedule), m.enqueueDue(ctx, setRetry)); err != nil {
			return err
		}
		for range 5 {
			popped, err := db.BRPop(ctx, blockTime, "queue:"+mailQueue).Result()
			if isNil(err) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.perform(ctx, popped[1], s.takes(120*time.Millisecond)); err != nil {
				return err
			}
		}
		return nil
	})
}

type mailer struct {
	db    *redis.Client
	ident string // HOST:PID:NONCE
}

// beat says that the process is alive.
func (m *mailer) beat(ctx context.Context) error {
	info := fmt.Sprintf(`{"hostname":"mailer-1","pid":4242,"tag":"shop","concurrency":1,"queues":["%s"],"identity":"%s"}`, mailQueue, m.ident)
	pipe := m.db.Pipeline()
	pipe.SAdd(ctx, setProcesses, m.ident)
	pipe.HSet(ctx, m.ident, "info", info, "busy", 0, "beat", seconds(time.Now()), "quiet", "false")
	pipe.Expire(ctx, m.ident, processLife)
	_, err := pipe.Exec(ctx)
	return err
}

// enqueueDue moves what is due from a sorted set to its queue.
func (m *mailer) enqueueDue(ctx context.Context, set string) error {
	now := fmt.Sprintf("%f", seconds(time.Now()))
	due, err := m.db.ZRangeArgs(ctx, redis.ZRangeArgs{Key: set, ByScore: true, Start: "-inf", Stop: now, Count: 20}).Result()
	if err != nil || len(due) == 0 {
		return err
	}
	pipe := m.db.TxPipeline()
	for _, body := range due {
		pipe.ZRem(ctx, set, body)
		pipe.LPush(ctx, "queue:"+mailQueue, body)
	}
	pipe.LTrim(ctx, "queue:"+mailQueue, 0, maxJobs-1)
	_, err = pipe.Exec(ctx)
	return err
}

// perform works on one job and writes down how it went.
func (m *mailer) perform(ctx context.Context, body string, takes time.Duration) error {
	now := time.Now()
	work := m.ident + ":work"
	entry, err := json.Marshal(map[string]any{"queue": mailQueue, "payload": body, "run_at": now.Unix()})
	if err != nil {
		return err
	}
	pipe := m.db.Pipeline()
	pipe.HSet(ctx, m.ident, "busy", 1)
	pipe.HSet(ctx, work, "t1", entry)
	pipe.Expire(ctx, work, processLife)
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	if !pause(ctx, takes) {
		return context.Cause(ctx)
	}
	pipe = m.db.Pipeline()
	pipe.HSet(ctx, m.ident, "busy", 0)
	pipe.Del(ctx, work)
	count(ctx, pipe, "stat:processed", now)
	if failed, dead := failOnce(body, now); failed != nil {
		count(ctx, pipe, "stat:failed", now)
		if dead {
			pipe.ZAdd(ctx, setDead, redis.Z{Score: seconds(now), Member: failed})
			pipe.ZRemRangeByRank(ctx, setDead, 0, -maxDead-1)
		} else {
			pipe.ZAdd(ctx, setRetry, redis.Z{Score: seconds(now.Add(15 * time.Second)), Member: failed})
			pipe.ZRemRangeByRank(ctx, setRetry, maxJobs, -1)
		}
	}
	_, err = pipe.Exec(ctx)
	return err
}

// count counts for ever and for the day.
func count(ctx context.Context, pipe redis.Pipeliner, key string, now time.Time) {
	day := key + ":" + now.UTC().Format(time.DateOnly)
	pipe.Incr(ctx, key)
	pipe.Incr(ctx, day)
	pipe.Expire(ctx, day, statLife)
}

// failOnce returns the job as it is kept when this try fails, or nil when it succeeds, and
// whether that was the last try.
func failOnce(body string, now time.Time) (failed []byte, dead bool) {
	var k sidekiqJob
	if err := json.Unmarshal([]byte(body), &k); err != nil {
		return nil, false // a stranger's: done
	}
	var failures float64
	if len(k.Args) > 2 {
		failures, _ = k.Args[2].(float64)
	}
	tries := 0
	if k.RetryCount != nil {
		tries = max(*k.RetryCount, 0) + 1
	}
	if float64(tries) >= failures {
		return nil, false
	}
	k.RetryCount, k.FailedAt = &tries, seconds(now)
	k.ErrorClass, k.Error = "Net::SMTPServerBusy", "450 4.2.1 the mailbox is busy"
	k.Backtrace = backtrace("app/mailers/newsletter_mailer.rb:12:in `deliver'", "lib/smtp/pool.rb:88:in `with'")
	failed, err := json.Marshal(&k)
	if err != nil {
		return nil, false
	}
	return failed, tries+1 >= mailTries
}

func backtrace(lines ...string) string {
	text, err := json.Marshal(lines)
	if err != nil {
		return ""
	}
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err = w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}
