package redis_test

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

func bullmqSystem() system {
	job := func(id string, age time.Duration, more ...any) []any {
		return append([]any{
			"HSET", "bull:mail:" + id, "name", "send", "data", `{"to":` + id + `}`, "opts", `{"attempts":3,"tm":"{\"traceparent\":\"` + traceparent + `\"}"}`,
			"timestamp", ms(ago(age)), "delay", 0, "priority", 0,
		}, more...)
	}
	return system{
		keys: keyspace{
			{"HSET", "bull:mail:meta", "opts.maxLenEvents", 10000, "version", "bullmq:5.1.0", "paused", 1},
			{"SET", "bull:mail:id", 5},
			{"ZADD", "bull:mail:marker", 0, "0"},
			{"SADD", "bull:mail:stalled", "1"},
			{"LPUSH", "bull:mail:paused", "2", "3"},
			{"LPUSH", "bull:mail:active", "1"},
			{"ZADD", "bull:mail:delayed", ms(ago(-time.Hour)) * 4096, "4"},
			{"ZADD", "bull:mail:failed", ms(ago(time.Minute)), "5", ms(ago(time.Hour)), "6"},
			job("1", time.Hour, "atm", 1, "pb", "worker-7"), job("2", 3*time.Minute), job("3", time.Minute), job("4", time.Minute),
			job("5", time.Minute, "atm", 3, "failedReason", "boom", "stacktrace", `["Error: boom\n at x"]`, "returnvalue", strings.Repeat("x", 100<<10)), job("6", time.Hour),
			{"RPUSH", "bull:mail:5:logs", "line"},
			{"HSET", "bull:mail:metrics:completed", "count", 9},
		},
		queues: []wantQueue{{name: "bull:mail", framework: "bullmq", states: "wait 0 prioritized 0 paused 2 active 1 delayed 1 waiting-children 0 completed 0 failed 2", ready: 2, unacked: 1, total: 3, state: "paused"}},
		jobs: []wantJob{
			{queue: "bull:mail", positions: "2 3", total: 2, body: `{"to":2}`, headers: map[string]string{"name": "send", "traceparent": traceparent, "max_attempts": "3", "state": "paused"}},
			{queue: "bull:mail", state: "failed", positions: "5 6", total: 2, body: `{"to":5}`, headers: map[string]string{"attempts": "3", "error": "boom", "backtrace": `["Error: boom\n at x"]`, "returnvalue": "(too long to be read)"}},
			{queue: "bull:mail", state: "active", positions: "1", total: 1, headers: map[string]string{"worker": "worker-7", "attempts": "1"}, body: `{"to":1}`},
		},
	}
}

func bullSystem() system {
	return system{
		keys: keyspace{
			{"SET", "bull:sms:id", 2},
			{"LPUSH", "bull:sms:wait", "1", "2"},
			{"ZADD", "bull:sms:priority", 1, "1"},
			{"SET", "bull:sms:meta-paused", 1},
			{"HSET", "bull:sms:1", "name", "__default__", "data", `{"a":1}`, "opts", `{"attempts":2}`, "timestamp", ms(ago(time.Minute)), "attemptsMade", 1},
			{"HSET", "bull:sms:2", "name", "__default__", "data", `{"a":2}`, "opts", "{}", "timestamp", ms(ago(time.Second))},
		},
		queues: []wantQueue{{name: "bull:sms", framework: "bull", states: "waiting 2 paused 0 active 0 delayed 0 completed 0 failed 0", ready: 2, total: 2, oldest: time.Minute, state: "paused"}},
		jobs:   []wantJob{{queue: "bull:sms", positions: "1 2", total: 2, body: `{"a":1}`, headers: map[string]string{"attempts": "1", "max_attempts": "2"}}},
	}
}

func beeSystem() system {
	job := func(x int, age time.Duration, status string) string {
		return fmt.Sprintf(`{"data":{"x":%d},"options":{"timestamp":%d,"retries":2,"stacktraces":["Error: no"]},"status":%q,"progress":10}`, x, ms(ago(age)), status)
	}
	return system{
		keys: keyspace{
			{"SET", "bq:add:id", 3},
			{"LPUSH", "bq:add:waiting", "2", "3"},
			{"LPUSH", "bq:add:active", "1"},
			{"SADD", "bq:add:stalling", "1"},
			{"SADD", "bq:add:failed", "4"},
			{"HSET", "bq:add:jobs", "1", job(1, time.Hour, "created"), "2", job(2, time.Minute, "created"), "3", job(3, 0, "created"), "4", job(4, time.Hour, "failed")},
		},
		queues: []wantQueue{{name: "bq:add", framework: "bee-queue", states: "waiting 2 active 1 delayed 0 succeeded 0 failed 1", ready: 2, unacked: 1, total: 3, oldest: time.Minute}},
		jobs: []wantJob{
			{queue: "bq:add", positions: "2 3", total: 2, body: `{"x":2}`, headers: map[string]string{"state": "created", "progress": "10"}},
			{queue: "bq:add", state: "failed", positions: "4", total: 1, body: `{"x":4}`, headers: map[string]string{"state": "failed", "backtrace": `["Error: no"]`}},
		},
	}
}

func sidekiqSystem() system {
	job := func(jid string, age time.Duration, more string) string {
		return fmt.Sprintf(`{"class":"HardJob","args":[1],"jid":%q,"queue":"default","retry":25,"created_at":%d,"enqueued_at":%d,"traceparent":%q%s}`,
			jid, ms(ago(age)), ms(ago(age)), traceparent, more)
	}
	const ident = "web-1:4242:0123456789ab"
	failed := `,"retry_count":1,"error_class":"IOError","error_message":"closed","error_backtrace":"eJyLVkrUS8kv"`
	return system{
		keys: keyspace{
			{"SADD", "queues", "default", "empty"},
			{"SET", "stat:processed", 12},
			{"SADD", "processes", ident},
			{"LPUSH", "queue:default", job("a", 3*time.Minute, ""), job("b", time.Minute, "")},
			{"HSET", ident, "info", `{"queues":["default","default","mail"],"concurrency":5}`, "busy", 1, "beat", unix(time.Now()), "quiet", "false"},
			{"HSET", ident + ":work", "t1", `{"queue":"default","payload":"{}","run_at":1}`},
			{"RPUSH", ident + "-signals", "TSTP"},
			{"ZADD", "retry", unix(ago(-time.Minute)), job("c", time.Hour, failed)},
			{"ZADD", "dead", unix(ago(time.Hour)), job("d", time.Hour, failed), unix(ago(time.Minute)), job("e", time.Hour, failed)},
		},
		queues: []wantQueue{
			{name: "queue:default", framework: "sidekiq", states: "enqueued 2 busy 1", ready: 2, unacked: 1, total: 3, oldest: 3 * time.Minute, consumers: 1},
			{name: "queue:empty", framework: "sidekiq", states: "enqueued 0 busy 0"},
			{name: "sidekiq:all", framework: "sidekiq", states: "retry 1 schedule 0 dead 2", ready: -1, unacked: -1, total: 3},
		},
		jobs: []wantJob{
			{queue: "queue:default", positions: "a b", total: 2, headers: map[string]string{"name": "HardJob", "traceparent": traceparent, "max_attempts": "25"}},
			{queue: "sidekiq:all", state: "retry", positions: "c", total: 1, headers: map[string]string{"attempts": "2", "error_class": "IOError", "error": "closed", "backtrace": "eJyLVkrUS8kv", "queue": "default"}},
			{queue: "sidekiq:all", state: "dead", positions: "e d", total: 2, headers: map[string]string{"state": "dead"}},
			{queue: "queue:empty", total: 0},
		},
	}
}

func resqueSystem() system {
	return system{
		keys: keyspace{
			{"SADD", "resque:queues", "files", "mail"},
			{"SADD", "resque:workers", "host:1:files,mail", "host:2:*"},
			{"SET", "resque:stat:processed", 3},
			{"RPUSH", "resque:queue:files", `{"class":"Archive","args":[1]}`, `{"class":"Archive","args":[2]}`},
			{"SET", "resque:worker:host:1:files,mail", `{"queue":"files","run_at":"x","payload":{"class":"Archive","args":[0]}}`},
			{"RPUSH", "resque:failed", `{"failed_at":"2026/03/01 11:00:00 UTC","payload":{"class":"Archive","args":[8]},"exception":"A","error":"a","backtrace":["x:1"],"worker":"w","queue":"files"}`, `{"failed_at":"2026/03/01 11:59:00 UTC","payload":{"class":"Archive","args":[9],"traceparent":"` + traceparent + `"},"exception":"IOError","error":"closed","backtrace":["x:1"],"worker":"w","queue":"files"}`},
			{"ZADD", "resque:delayed_queue_schedule", 1.7e9, "1700000000"},
			{"RPUSH", "resque:delayed:1700000000", `{"class":"Later","args":[]}`},
		},
		queues: []wantQueue{
			{name: "resque:failed", framework: "resque", states: "failed 2", ready: -1, unacked: -1, total: 2},
			{name: "resque:queue:files", framework: "resque", states: "pending 2 busy 1", ready: 2, unacked: 1, total: 3, consumers: 2},
			{name: "resque:queue:mail", framework: "resque", states: "pending 0 busy 0", consumers: 2},
		},
		jobs: []wantJob{
			{queue: "resque:queue:files", positions: "0 1", total: 2, body: `{"class":"Archive","args":[1]}`, headers: map[string]string{"name": "Archive"}},
			{queue: "resque:failed", state: "failed", positions: "0 1", total: 2, headers: map[string]string{"error_class": "IOError", "traceparent": traceparent, "backtrace": `["x:1"]`}},
		},
	}
}

func rqSystem() system {
	return system{
		keys: keyspace{
			{"SADD", "rq:queues", "rq:queue:low"},
			{"RPUSH", "rq:queue:low", "j1", "j2"},
			{"ZADD", "rq:wip:low", ms(ago(-time.Hour)) / 1000, "j3:e1"},
			{"ZADD", "rq:failed:low", ms(ago(-time.Hour)) / 1000, "j4"},
			{"SADD", "rq:workers:low", "rq:worker:a", "rq:worker:b"},
			{"SADD", "rq:workers", "rq:worker:a", "rq:worker:b"},
			{"HSET", "rq:job:j1", "data", "x\x9cpickle", "description", "app.add(1, 2)", "enqueued_at", ago(2 * time.Minute).UTC().Format("2006-01-02T15:04:05.000000Z"), "status", "queued", "origin", "low"},
			{"HSET", "rq:job:j2", "data", "x"},
			{"HSET", "rq:job:j3", "data", "y", "description", "app.busy()", "worker_name", "a"},
			{"HSET", "rq:job:j4", "data", "z", "exc_info", "x\x9c", "status", "failed"},
			{"XADD", "rq:results:j4", "1-0", "type", "2"},
		},
		queues: []wantQueue{{name: "rq:queue:low", framework: "rq", states: "queued 2 started 1 deferred 0 scheduled 0 finished 0 failed 1 canceled 0", ready: 2, unacked: 1, total: 3, oldest: 2 * time.Minute, consumers: 2}},
		jobs: []wantJob{
			{queue: "rq:queue:low", positions: "j1 j2", total: 2, body: "x\x9cpickle", headers: map[string]string{"name": "app.add(1, 2)", "state": "queued"}},
			{queue: "rq:queue:low", state: "started", positions: "j3:e1", total: 1, body: "y", headers: map[string]string{"worker": "a"}},
			{queue: "rq:queue:low", state: "failed", positions: "j4", total: 1, body: "z", headers: map[string]string{"backtrace": "x\x9c"}},
		},
	}
}

func celerySystem() system {
	message := func(id string) string {
		return `{"body":"W1sxXSwge30sIHt9XQ==","content-encoding":"utf-8","content-type":"application/json","headers":{"task":"app.add","id":"` + id +
			`","retries":1,"eta":"2026-03-01T12:00:00+00:00","traceparent":"` + traceparent + `"},"properties":{"body_encoding":"base64","priority":3,"delivery_info":{"exchange":"","routing_key":"celery"}}}`
	}
	return system{
		keys: keyspace{
			{"LPUSH", "celery", message("t1"), message("t2")},
			{"LPUSH", "celery\x06\x163", message("t3")},
			{"SADD", "_kombu.binding.celery", "celery\x06\x16\x06\x16celery"},
			{"SADD", "_kombu.binding.celeryev", "worker.#\x06\x16\x06\x16celeryev.9"},
			{"SADD", "_kombu.binding.mail", "mail\x06\x16\x06\x16mail"},
			{"SADD", "_kombu.binding.celery.pidbox", "\x06\x16\x06\x16celery@a.celery.pidbox", "\x06\x16\x06\x16celery@b.celery.pidbox"},
			{"HSET", "unacked", "tag", "[" + message("t4") + `,"","celery"]`},
			{"ZADD", "unacked_index", unix(time.Now()), "tag"},
		},
		queues: []wantQueue{
			{name: "celery", framework: "celery", states: "priority 3 1 messages 2 busy 1", ready: 3, unacked: 1, total: 4, consumers: 2},
			{name: "mail", framework: "celery", states: "messages 0 busy 0", consumers: 2},
			{name: "unacked", framework: "celery", states: "unacked 1", ready: -1, unacked: 1, total: 1},
		},
		jobs: []wantJob{
			{queue: "celery", state: "messages", positions: "t1 t2", total: 2, body: "W1sxXSwge30sIHt9XQ==", headers: map[string]string{"name": "app.add", "attempts": "1", "traceparent": traceparent, "priority": "3", "delay_until": "2026-03-01T12:00:00Z"}},
			{queue: "celery", state: "priority 3", positions: "t3", total: 1, body: "W1sxXSwge30sIHt9XQ=="},
			{queue: "unacked", positions: "t4", total: 1, body: "W1sxXSwge30sIHt9XQ==", headers: map[string]string{"queue": "celery"}},
		},
	}
}

func asynqSystem() system {
	return system{
		keys: keyspace{
			{"SADD", "asynq:queues", "low"},
			{"LPUSH", "asynq:{low}:pending", "i1", "i2"},
			{"LPUSH", "asynq:{low}:active", "i3"},
			{"ZADD", "asynq:{low}:lease", 1e10, "i3"},
			{"ZADD", "asynq:{low}:retry", ms(ago(-time.Minute)) / 1000, "i4"},
			{"SET", "asynq:{low}:paused", 1},
			{"HSET", "asynq:{low}:t:i1", "msg", task("mail:send", "{}", "i1", 0, ""), "state", "pending", "pending_since", ago(time.Minute).UnixNano()},
			{"HSET", "asynq:{low}:t:i4", "msg", task("mail:send", "{}", "i4", 2, "no route"), "state", "retry"},
			{"ZADD", "asynq:servers", ms(ago(-time.Minute)) / 1000, "asynq:servers:{h:1:u}"},
			{"SET", "asynq:servers:{h:1:u}", serverInfo("low")},
		},
		queues: []wantQueue{{name: "asynq:{low}", framework: "asynq", states: "pending 2 active 1 scheduled 0 retry 1 archived 0 completed 0", ready: 2, unacked: 1, total: 3, oldest: time.Minute, state: "paused", consumers: 1}},
		jobs: []wantJob{
			{queue: "asynq:{low}", positions: "i1 i2", total: 2, body: task("mail:send", "{}", "i1", 0, ""), headers: map[string]string{"name": "mail:send", "attempts": "0", "max_attempts": "25", "traceparent": traceparent}},
			{queue: "asynq:{low}", state: "retry", positions: "i4", total: 1, body: task("mail:send", "{}", "i4", 2, "no route"), headers: map[string]string{"attempts": "2", "error": "no route", "state": "retry"}},
		},
	}
}

func laravelJobText(id string, attempts int) string {
	return fmt.Sprintf(`{"uuid":%q,"displayName":"App\\Jobs\\Mail","job":"Illuminate\\Queue\\CallQueuedHandler@call","maxTries":3,"attempts":%d,"createdAt":%d,"data":{"commandName":"App\\Jobs\\Mail","command":"O:13:\"App\\Jobs\\Mail\":0:{}"}}`,
		id, attempts, ago(time.Minute).Unix())
}

func laravelSystem() system {
	const queue = "laravel_database_queues:default"
	return system{
		keys: keyspace{
			{"RPUSH", queue, laravelJobText("u1", 0), laravelJobText("u2", 0)},
			{"ZADD", queue + ":delayed", ms(ago(-time.Minute)) / 1000, laravelJobText("u3", 0)},
			{"ZADD", queue + ":reserved", ms(ago(-time.Minute)) / 1000, laravelJobText("u4", 1)},
			{"RPUSH", queue + ":notify", "1", "1"},
			{"RPUSH", "shop_database_queues:default", laravelJobText("u5", 0)},
			{"ZADD", "laravel_horizon:masters", unix(time.Now()), "web-1-Xk3f"},
			{"ZADD", "laravel_horizon:supervisors", unix(time.Now()), "web-1-Xk3f:mail", unix(time.Now()), "web-1-Xk3f:rest", unix(ago(time.Hour)), "web-0:mail"},
			{"HSET", "laravel_horizon:supervisor:web-1-Xk3f:mail", "processes", `{"redis:default":3,"redis:mail":1}`, "status", "running"},
			{"HSET", "laravel_horizon:supervisor:web-1-Xk3f:rest", "processes", `{"redis:low,default":2}`},
			{"HSET", "laravel_horizon:supervisor:web-0:mail", "processes", `{"redis:default":50}`},
		},
		queues: []wantQueue{
			{name: queue, framework: "laravel", states: "delayed 1 reserved 1 pending 2", ready: 2, unacked: 1, total: 3, oldest: time.Minute, consumers: 5},
			{name: "laravel_horizon", framework: "horizon", states: "pending 0 completed 0 failed 0 silenced 0", ready: -1, unacked: -1, consumers: 6},
			{name: "shop_database_queues:default", framework: "laravel", states: "delayed 0 reserved 0 pending 1", ready: 1, total: 1, oldest: time.Minute},
		},
		jobs: []wantJob{
			{queue: queue, positions: "u1 u2", total: 2, headers: map[string]string{"name": `App\Jobs\Mail`, "max_attempts": "3", "attempts": "0"}},
			{queue: queue, state: "reserved", positions: "u4", total: 1, headers: map[string]string{"attempts": "1"}},
		},
	}
}

func horizonSystem() system {
	return system{
		keys: keyspace{
			{"ZADD", "shop_horizon:failed_jobs", "-" + unix(ago(time.Hour)), "u1", "-" + unix(ago(time.Minute)), "u2"},
			{"ZADD", "shop_horizon:recent_jobs", "-" + unix(ago(time.Hour)), "u1"},
			{"HSET", "shop_horizon:u2", "id", "u2", "name", `App\Jobs\Mail`, "queue", "default", "status", "failed", "payload", laravelJobText("u2", 3), "exception", "Error: no"},
		},
		queues: []wantQueue{{name: "shop_horizon", framework: "horizon", states: "pending 0 completed 0 failed 2 silenced 0", ready: -1, unacked: -1, total: 2}},
		jobs:   []wantJob{{queue: "shop_horizon", state: "failed", positions: "u2 u1", total: 2, body: laravelJobText("u2", 3), headers: map[string]string{"error": "Error: no", "attempts": "3"}}},
	}
}

func dramatiqSystem() system {
	message := func(id string, age time.Duration) string {
		return fmt.Sprintf(`{"queue_name":"default","actor_name":"add","args":[1],"kwargs":{},"options":{"redis_message_id":%q,"retries":2,"traceback":"Traceback"},"message_id":"m-%s","message_timestamp":%d}`, id, id, ms(ago(age)))
	}
	return system{
		keys: keyspace{
			{"RPUSH", "dramatiq:default", "r1", "r2"},
			{"HSET", "dramatiq:default.msgs", "r1", message("r1", time.Minute), "r2", message("r2", 0), "r3", message("r3", 0)},
			{"RPUSH", "dramatiq:default.DQ", "r4"},
			{"HSET", "dramatiq:default.DQ.msgs", "r4", message("r4", 0)},
			{"ZADD", "dramatiq:default.XQ", ms(time.Now()), "r5"},
			{"HSET", "dramatiq:default.XQ.msgs", "r5", message("r5", 0)},
			{"SADD", "dramatiq:__acks__.w1.default", "r3"},
			{"ZADD", "dramatiq:__heartbeats__", ms(time.Now()), "w1"},
		},
		queues: []wantQueue{{name: "dramatiq:default", framework: "dramatiq", states: "delayed 1 dead 1 ready 2 busy 1", ready: 2, unacked: 1, total: 3, oldest: time.Minute}},
		jobs: []wantJob{
			{queue: "dramatiq:default", positions: "m-r1 m-r2", total: 2, headers: map[string]string{"name": "add", "attempts": "2", "backtrace": "Traceback"}},
			{queue: "dramatiq:default", state: "dead", positions: "m-r5", total: 1},
		},
	}
}

func arqSystem() system {
	return system{
		keys: keyspace{
			{"ZADD", "arq:queue", ms(ago(time.Minute)), "a1", ms(ago(-time.Hour)), "a2"},
			{"SET", "arq:job:a1", "\x80\x05}."},
			{"SET", "arq:job:a2", "\x80\x05N."},
			{"SET", "arq:queue:health-check", "ok", "EX", 100},
			{"SET", "arq:in-progress:a0", "1", "EX", 100},
		},
		queues: []wantQueue{{name: "arq:queue", framework: "arq", states: "queued 1 deferred 1", ready: 1, unacked: -1, total: 1, oldest: time.Minute, consumers: 1}},
		jobs:   []wantJob{{queue: "arq:queue", positions: "a1 a2", total: 2, body: "\x80\x05}."}},
	}
}

// task is asynq's TaskMessage.
func task(typ, payload, id string, retried uint64, problem string) string {
	var b []byte
	for i, s := range []string{typ, payload, id, "low"} {
		b = protowire.AppendTag(b, protowire.Number(i+1), protowire.BytesType)
		b = protowire.AppendString(b, s)
	}
	b = protowire.AppendTag(b, 5, protowire.VarintType)
	b = protowire.AppendVarint(b, 25)
	if retried > 0 {
		b = protowire.AppendTag(b, 6, protowire.VarintType)
		b = protowire.AppendVarint(b, retried)
		b = protowire.AppendTag(b, 7, protowire.BytesType)
		b = protowire.AppendString(b, problem)
	}
	entry := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "traceparent")
	entry = protowire.AppendString(protowire.AppendTag(entry, 2, protowire.BytesType), traceparent)
	return string(protowire.AppendBytes(protowire.AppendTag(b, 15, protowire.BytesType), entry))
}

// serverInfo is what an asynq server says of itself: the queues it takes from.
func serverInfo(queue string) string {
	entry := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), queue)
	entry = protowire.AppendVarint(protowire.AppendTag(entry, 2, protowire.VarintType), 1)
	return string(protowire.AppendBytes(protowire.AppendTag(nil, 5, protowire.BytesType), entry))
}

func systems() map[string]system {
	return map[string]system{
		"bullmq": bullmqSystem(), "bull": bullSystem(), "bee-queue": beeSystem(), "sidekiq": sidekiqSystem(), "resque": resqueSystem(),
		"rq": rqSystem(), "celery": celerySystem(), "asynq": asynqSystem(), "laravel": laravelSystem(), "horizon": horizonSystem(),
		"dramatiq": dramatiqSystem(), "arq": arqSystem(),
	}
}
