package redis

import (
	"strconv"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// jobMore is what a library keeps of a queue beside its states: whether it is paused, what it has
// counted. ask makes the commands, always as many; tell reads their answers into the row.
type jobMore struct {
	ask  func(m *profile.Match, fill func(form string) string) []command
	tell func(q *backends.Queue, told jobTold)
}

type jobTold struct {
	answers []answer
	rates   *slopes
	now     time.Time
}

// number is the answer to question i, which may be the text of a counter.
func (t jobTold) number(i int) (int64, bool) {
	if t.answers[i].err != nil {
		return 0, false
	}
	switch v := t.answers[i].value.(type) {
	case int64:
		return v, true
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}

// is reports whether something is there.
func (t jobTold) is(i int) bool {
	n, _ := t.number(i)
	return n > 0
}

// rate is how fast a counter of the library grows; counts of what began anew are none.
func (t jobTold) rate(q *backends.Queue, what string, i int) backends.Rate {
	n, ok := t.number(i)
	if !ok {
		return backends.Rate{}
	}
	r := t.rates.rate("job/"+q.Name+"/"+what, n, t.now)
	if r.Value < 0 {
		return backends.Rate{}
	}
	return r
}

// paused is the word for a queue whose workers take nothing.
const paused = "paused"

func jobMores() map[string]jobMore {
	return map[string]jobMore{
		"bullmq": {askBullMQ, tellBullMQ}, "bull": {askBull, tellBull}, "bee-queue": {askBee, tellBee}, "rq": {askRQ, tellRQ},
		"asynq": {askAsynq, tellAsynq}, "sidekiq": {askSidekiq, tellSidekiq}, "arq": {askArq, tellArq},
	}
}

// askBullMQ: pausing is a field of meta; ids are counted, and what was completed where the queue
// keeps metrics.
func askBullMQ(_ *profile.Match, fill func(string) string) []command {
	return []command{
		{"HGET", fill("<prefix>:<name>:meta"), "paused"},
		{"GET", fill("<prefix>:<name>:id")},
		{"HGET", fill("<prefix>:<name>:metrics:completed"), "count"},
		{"HGET", fill("<prefix>:<name>:metrics:failed"), "count"},
	}
}

func tellBullMQ(q *backends.Queue, t jobTold) {
	if t.is(0) {
		q.State = paused
	}
	q.InRate = named(t.rate(q, "id", 1))
	if done := t.rate(q, "completed", 2); done.Known() {
		q.OutRate = done
		q.OutRate.Value += t.rate(q, "failed", 3).Value
	}
}

// named makes a rate of ids a lower bound: jobs with an id of their own are not counted.
func named(r backends.Rate) backends.Rate {
	if r.Known() {
		r.Certainty = backends.AtLeast
	}
	return r
}

func askBull(_ *profile.Match, fill func(string) string) []command {
	return []command{{"EXISTS", fill("<prefix>:<name>:meta-paused")}, {"GET", fill("<prefix>:<name>:id")}}
}

func tellBull(q *backends.Queue, t jobTold) {
	if t.is(0) {
		q.State = paused
	}
	q.InRate = named(t.rate(q, "id", 1))
}

func askBee(_ *profile.Match, fill func(string) string) []command {
	return []command{{"GET", fill("<prefix>:<name>:id")}}
}

func tellBee(q *backends.Queue, t jobTold) { q.InRate = named(t.rate(q, "id", 0)) }

func askRQ(_ *profile.Match, fill func(string) string) []command {
	return []command{{"EXISTS", "rq:suspended"}, {"SCARD", fill("rq:workers:<name>")}}
}

func tellRQ(q *backends.Queue, t jobTold) {
	if t.is(0) {
		q.State = paused
	}
	if n, ok := t.number(1); ok {
		q.Consumers = backends.ExactCount(n)
	}
}

// askAsynq: processed and failed count for ever in newer versions, by the day (UTC) in all.
func askAsynq(_ *profile.Match, fill func(string) string) []command {
	day := time.Now().UTC().Format(time.DateOnly)
	return []command{
		{"EXISTS", fill("asynq:{<name>}:paused")}, {"GET", fill("asynq:{<name>}:processed:") + day},
	}
}

func tellAsynq(q *backends.Queue, t jobTold) {
	if t.is(0) {
		q.State = paused
	}
	q.OutRate = t.rate(q, "processed", 1)
}

// askSidekiq: processed jobs are counted for all queues together, and shown where these are.
func askSidekiq(m *profile.Match, fill func(string) string) []command {
	ns := ""
	if m.Vars["ns"] != "" {
		ns = fill("<ns>:")
	}
	if m.Vars["name"] != "" {
		return []command{{"SISMEMBER", ns + "paused", m.Vars["name"]}} // of Sidekiq Pro
	}
	return []command{{"GET", ns + "stat:processed"}}
}

func tellSidekiq(q *backends.Queue, t jobTold) {
	if q.Ready.Known() {
		if t.is(0) {
			q.State = paused
		}
		return
	}
	q.OutRate = t.rate(q, "processed", 0)
}

// askArq: ids wait in the order in which they are to run; a worker writes of its health.
func askArq(_ *profile.Match, fill func(string) string) []command {
	name := fill("<queue>")
	return []command{{"ZCOUNT", name, "-inf", time.Now().UnixMilli()}, {"EXISTS", name + ":health-check"}}
}

func tellArq(q *backends.Queue, t jobTold) {
	due, ok := t.number(0)
	if !ok || len(q.States) == 0 {
		return
	}
	later := max(q.States[0].Count.Value-due, 0)
	q.States = []backends.NamedCount{
		{Name: "queued", Count: backends.ExactCount(due)}, {Name: "deferred", Count: backends.ExactCount(later)},
	}
	q.Ready, q.Total = q.States[0].Count, q.States[0].Count
	q.Consumers = backends.ExactCount(0)
	if t.is(1) {
		q.Consumers = backends.CountAtLeast(1)
	}
}
