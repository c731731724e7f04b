package redis

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// rawJob is what was read of a job.
type rawJob struct {
	// id is the element of the state, score that of a sorted set.
	id     string
	score  float64
	scored bool
	// fields are those of a job that is a hash, doc is a job that is JSON.
	fields map[string]string
	doc    doc
	// body is the payload and size its length, if it was too long to be read.
	body string
	size int
	// cut are fields that were too long to be read.
	cut []string
}

// at returns what is at a path: the first name is a field of a hash, what follows is in its JSON.
func (j rawJob) at(path string) (string, bool) {
	if j.fields == nil {
		return j.doc.at(path)
	}
	name, rest, deeper := strings.Cut(path, ".")
	text, ok := j.fields[name]
	if !ok || !deeper {
		return text, ok && text != ""
	}
	return parseDoc(text).at(rest)
}

// first returns what is at the first of the paths that lead anywhere.
func (j rawJob) first(paths ...string) (string, bool) {
	for _, p := range paths {
		if text, ok := j.at(p); ok {
			return text, true
		}
	}
	return "", false
}

func (j rawJob) time(path string) time.Time {
	text, ok := j.at(path)
	if !ok {
		return time.Time{}
	}
	at, _ := timeOf(text)
	return at
}

// part is a header of a library's jobs and where it is.
type part struct {
	header string
	from   []string
	// as changes the value; nil leaves it.
	as func(string) string
}

func one(header string, from ...string) part { return part{header: header, from: from} }

func when(header string, from ...string) part { return part{header: header, from: from, as: stamp} }

// stamp writes a time as RFC 3339; what is none stays as it is.
func stamp(text string) string {
	if at, ok := timeOf(text); ok {
		return at.Format(time.RFC3339Nano)
	}
	return text
}

// more adds one: libraries that count tries from 0.
func more(text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return text
	}
	return strconv.FormatInt(n+1, 10)
}

// partsOf are the headers of a library's jobs, in the order in which they are shown.
func partsOf(library string) []part {
	switch library {
	case "bullmq", "bull":
		return []part{
			one(backends.JobName, "name"), one(backends.JobAttempts, "atm", "ats", "attemptsMade"), one(backends.JobMaxAttempts, "opts.attempts"),
			one(backends.JobError, "failedReason"), one(backends.JobBacktrace, "stacktrace"), one(backends.JobPriority, "priority"), one(backends.JobProgress, "progress"),
			one(backends.JobWorker, "pb"), one(backends.JobResult, "returnvalue"), when(backends.JobCreated, "timestamp"), when(backends.JobStarted, "processedOn"),
			when(backends.JobEnded, "finishedOn"), one("delay_ms", "delay"), one("stalled", "stc"), one("parent", "parentKey"), one("opts", "opts"),
		}
	case "bee-queue":
		return []part{
			one(backends.JobState, "status"), one(backends.JobMaxAttempts, "options.retries"), one(backends.JobProgress, "progress"),
			one(backends.JobBacktrace, "options.stacktraces"), when(backends.JobDelayUntil, "options.delay"), when(backends.JobCreated, "options.timestamp"),
		}
	case "sidekiq":
		return []part{
			one(backends.JobName, "display_class", "wrapped", "class"), one(backends.JobQueueName, "queue"),
			{backends.JobAttempts, []string{"retry_count"}, more},
			one(backends.JobMaxAttempts, "retry"), one(backends.JobErrorClass, "error_class"), one(backends.JobError, "error_message"),
			one(backends.JobBacktrace, "error_backtrace"), when(backends.JobCreated, "created_at"), when("enqueued_at", "enqueued_at"),
			when("failed_at", "failed_at"), when("retried_at", "retried_at"), when(backends.JobDelayUntil, "at"), one("batch", "bid"),
		}
	case "resque":
		return []part{
			one(backends.JobName, "class", "payload.class"), one(backends.JobQueueName, "queue"), one(backends.JobErrorClass, "exception"), one(backends.JobError, "error"),
			one(backends.JobBacktrace, "backtrace"), one(backends.JobWorker, "worker"), when("failed_at", "failed_at"), when("retried_at", "retried_at"),
		}
	}
	return otherParts(library)
}

func otherParts(library string) []part {
	switch library {
	case "rq":
		return []part{
			one(backends.JobName, "description"), one(backends.JobState, "status"), one(backends.JobBacktrace, "exc_info"), one(backends.JobWorker, "worker_name"),
			one("retries_left", "retries_left"), one("number_of_retries", "number_of_retries"), when(backends.JobCreated, "created_at"), when("enqueued_at", "enqueued_at"),
			when(backends.JobStarted, "started_at"), when(backends.JobEnded, "ended_at"), one("timeout", "timeout"), one("meta", "meta"),
		}
	case "celery":
		return []part{
			one(backends.JobName, "headers.task", "task"), one(backends.JobAttempts, "headers.retries", "retries"), one(backends.JobPriority, "properties.priority"),
			one(backends.JobQueueName, "properties.delivery_info.routing_key"), when(backends.JobDelayUntil, "headers.eta", "eta"), when("expires", "headers.expires", "expires"),
			one("origin", "headers.origin"), one("args", "headers.argsrepr"), one("kwargs", "headers.kwargsrepr"), one("root_id", "headers.root_id"),
			one("parent_id", "headers.parent_id"), one("reply_to", "properties.reply_to"), one("correlation_id", "properties.correlation_id"),
			one("delivery_tag", "properties.delivery_tag"), one("content_type", "content-type"), one("content_encoding", "content-encoding"),
			one("body_encoding", "properties.body_encoding"),
		}
	case "laravel":
		return []part{
			one(backends.JobName, "displayName", "job"), one(backends.JobAttempts, "attempts"), one(backends.JobMaxAttempts, "maxTries"),
			when(backends.JobCreated, "createdAt", "pushedAt"), one("timeout", "timeout"), one("backoff", "backoff"), when("retry_until", "retryUntil"), one("tags", "tags"),
		}
	case "horizon":
		return []part{
			one(backends.JobName, "name"), one(backends.JobState, "status"), one(backends.JobQueueName, "queue"), one("connection", "connection"),
			one(backends.JobError, "exception"), one(backends.JobAttempts, "payload.attempts"), when(backends.JobCreated, "created_at"), when(backends.JobStarted, "reserved_at"),
			when(backends.JobEnded, "completed_at", "failed_at"), one("context", "context"),
		}
	case "dramatiq":
		return []part{
			one(backends.JobName, "actor_name"), one(backends.JobAttempts, "options.retries"), one(backends.JobBacktrace, "options.traceback"),
			when(backends.JobDelayUntil, "options.eta"), when(backends.JobCreated, "message_timestamp"),
		}
	case "asynq":
		return []part{
			one(backends.JobName, "1"), one(backends.JobState, "state"), one(backends.JobAttempts, "6"), one(backends.JobMaxAttempts, "5"), one(backends.JobError, "7"),
			when("failed_at", "11"), one("timeout_s", "8"), when("deadline", "9"), when(backends.JobEnded, "13"), one("group", "14"), when("enqueued_at", "pending_since"),
			one(backends.JobResult, "result"),
		}
	}
	return nil
}

// jobIDPaths are the paths to a job's id where the element is not the id.
func jobIDPaths(library string) []string {
	return map[string][]string{
		"sidekiq": {"jid"}, "celery": {"headers.id", "id", "properties.correlation_id"}, "laravel": {"uuid", "id"}, "dramatiq": {"message_id"},
	}[library]
}

// carriers are the names of trace context (w3.org/TR/trace-context, w3.org/TR/baggage).
func carriers() []string { return []string{"traceparent", "tracestate", "baggage"} }

// message makes a job a message. index is its place in the state, by which it is called when it has
// no id.
func (j rawJob) message(target backends.Target, p *profile.Profile, state *profile.Key, index int) backends.Message {
	if p.Library == "asynq" {
		j.openTask()
	}
	m := backends.Message{
		Target: target, Position: strconv.Itoa(index), Body: []byte(j.body), Size: max(j.size, len(j.body)), Time: j.time(p.Job.Time),
	}
	if p.Job.Key != "" || p.Job.In != "" {
		m.Position = j.id
	}
	if id, ok := j.first(jobIDPaths(p.Library)...); ok {
		m.Position = id
	}
	for _, h := range partsOf(p.Library) {
		text, ok := j.first(h.from...)
		if !ok {
			continue
		}
		if h.as != nil {
			text = h.as(text)
		}
		m.Headers = append(m.Headers, backends.Field{Name: h.header, Value: []byte(text)})
	}
	if m.Header(backends.JobState) == "" {
		m.Headers = append(m.Headers, backends.Field{Name: backends.JobState, Value: []byte(state.Role)})
	}
	if at, ok := j.due(p.Library, state.Role); ok && m.Header(backends.JobDelayUntil) == "" {
		m.Headers = append(m.Headers, backends.Field{Name: backends.JobDelayUntil, Value: []byte(at.Format(time.RFC3339Nano))})
	}
	for _, name := range j.cut {
		m.Headers = append(m.Headers, backends.Field{Name: name, Value: []byte("(too long to be read)")})
	}
	return j.traced(m, p)
}

// traced adds the trace context from beside where the profile says that it is.
func (j rawJob) traced(m backends.Message, p *profile.Profile) backends.Message {
	where := strings.TrimSuffix(p.Job.Trace, "traceparent")
	if where != "" && !strings.HasSuffix(where, ".") {
		where += "."
	}
	for _, name := range carriers() {
		if text, ok := j.first(where+name, "headers."+name); ok && p.Job.Trace != "" {
			m.Headers = append(m.Headers, backends.Field{Name: name, Value: []byte(text)})
		}
	}
	return m
}

// due is when a job is to run, by the score of the states of what comes later.
func (j rawJob) due(library, state string) (time.Time, bool) {
	later := []string{"delayed", "schedule", "scheduled", "retry", "queued", "deferred"}
	if !j.scored || !slices.Contains(later, state) {
		return time.Time{}, false
	}
	score := j.score
	if library == "bullmq" || library == "bull" {
		score /= 0x1000 // the low twelve bits keep jobs of one time in order
	}
	return timeOf(strconv.FormatFloat(score, 'f', -1, 64))
}

// openTask reads the fields of asynq's TaskMessage (internal/proto/asynq.proto) by their numbers;
// its headers are those of the trace.
func (j *rawJob) openTask() {
	if j.fields == nil {
		j.fields = map[string]string{}
	}
	eachField([]byte(j.body), func(num protowire.Number, value []byte, number uint64) {
		switch int(num) {
		case 1, 3, 4, 7, 10, 14:
			j.fields[strconv.Itoa(int(num))] = string(value)
		case 5, 6, 8, 9, 11, 12, 13:
			if number != 0 || num == 5 || num == 6 {
				j.fields[strconv.Itoa(int(num))] = strconv.FormatUint(number, 10)
			}
		case 15:
			j.taskHeader(value)
		}
	})
	if j.fields["6"] == "" {
		j.fields["6"] = "0" // proto3 leaves out zeros
	}
}

func (j *rawJob) taskHeader(entry []byte) {
	var pair [3]string
	eachField(entry, func(num protowire.Number, value []byte, _ uint64) {
		if num == 1 || num == 2 {
			pair[num] = string(value)
		}
	})
	if slices.Contains(carriers(), strings.ToLower(pair[1])) {
		j.fields[strings.ToLower(pair[1])] = pair[2]
	}
}
