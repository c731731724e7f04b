package profile

import "strings"

// asynqJobs is asynq (github.com/hibiken/asynq, internal/base/base.go): the prefix and the braces
// prove it. A task is protobuf (internal/proto/asynq.proto) in a hash of its own.
func asynqJobs() []Profile {
	const queue = "asynq:{<name>}"
	s := system{confidence: 0.98}
	return []Profile{{
		Name: "asynq", Library: "asynq", Kind: Queue, Object: queue, Roots: []Root{{Set: "asynq:queues"}},
		Keys: []Key{
			s.state(queue+":pending", "list", "pending", Ready),
			s.state(queue+":active", "list", "active", Unacked),
			s.state(queue+":scheduled", "zset", "scheduled", Apart),
			s.state(queue+":retry", "zset", "retry", Apart),
			s.ended(queue+":archived", "zset", "archived"),
			s.ended(queue+":completed", "zset", "completed"),
			s.item(queue+":t:<id>", "hash", "task", "msg", "protobuf", nil),
			s.companion(queue+":lease", "zset"), s.companion(queue+":paused", "string"),
			s.companion(queue+":processed", "string"), s.companion(queue+":processed:<day>", "string"),
			s.companion(queue+":failed", "string"), s.companion(queue+":failed:<day>", "string"),
			s.companion(queue+":groups", "set"), s.companion(queue+":g:<group>", "zset"), s.companion(queue+":aggregation_sets", "zset"),
			s.companion("asynq:queues", "set"), s.companion("asynq:servers", "zset"), s.companion("asynq:workers", "zset"), s.companion("asynq:schedulers", "zset"),
			s.companion("asynq:servers:<id>", "string"), s.companion("asynq:workers:<id>", "hash"), s.companion("asynq:schedulers:<id>", "list"),
			s.companion("asynq:scheduler_history:<id>", "zset"),
		},
		Job: &Job{
			Key: queue + ":t:<id>", Type: "hash", Payload: "msg", Decode: "protobuf", Time: "pending_since", Trace: "traceparent", Oldest: true,
			Headers: []string{"state", "pending_since", "result", "group", "unique_key"},
		},
	}}
}

// laravelJobs is Laravel's Redis queue (github.com/laravel/framework, Illuminate/Queue/RedisQueue.php)
// and Horizon's record of jobs. What stands before "queues:" is the prefix of the connection.
func laravelJobs() []Profile {
	s := system{confidence: 0.95}
	job := elements(object("job", "data"))
	named := func(k Key) Key {
		k.Named = isLaravelQueue
		return k
	}
	queue := Profile{
		Name: "laravel", Library: "laravel", Kind: Queue, Object: "<queue>",
		Keys: []Key{
			named(s.companion("<queue>:notify", "list")),
			named(sure(s.state("<queue>:delayed", "zset", "delayed", Apart), job)),
			named(sure(s.state("<queue>:reserved", "zset", "reserved", Unacked), job)),
			named(sure(s.state("<queue>", "list", "pending", Ready), job)),
		},
		Job: &Job{Decode: "json", Time: "createdAt"},
	}
	return []Profile{queue, horizon("<app>horizon", ""), horizon("horizon", " unprefixed")}
}

// isLaravelQueue: [prefix]queues:NAME, in a cluster queues:{NAME}.
func isLaravelQueue(name string) bool {
	before, after, ok := strings.Cut(name, "queues:")
	return ok && after != "" && (before == "" || strings.ContainsAny(before[len(before)-1:], "_:-."))
}

// horizon is Laravel Horizon (github.com/laravel/horizon, src/Repositories/RedisJobRepository.php):
// what became of the jobs of all queues. Scores are the negative of a time. While it runs, its masters give a
// sign of life. What it calls itself begins with the application's name, in older versions it does not.
func horizon(object, name string) Profile {
	ns := object + ":"
	s := system{confidence: 0.93}
	set := func(word, role string) Key {
		return sure(s.state(ns+word, "zset", role, Apart), scoredBack)
	}
	return Profile{
		Name: "horizon" + name, Library: "horizon", Kind: Queue, Object: object,
		Keys: []Key{
			set("pending_jobs", "pending"), set("completed_jobs", "completed"), set("failed_jobs", "failed"), set("silenced_jobs", "silenced"),
			s.companion(ns+"recent_jobs", "zset"), s.companion(ns+"recent_failed_jobs", "zset"), s.companion(ns+"monitored_jobs", "zset"),
			{Match: ns + "masters", Type: "zset", Part: Sign, Confirm: scoredByTime, Confidence: 0.93},
			s.companion(ns+"supervisors", "zset"), s.companion(ns+"master:<id>", "hash"), s.companion(ns+"supervisor:<id>", "hash"),
			s.companion(ns+"snapshot:<id>", "zset"), s.companion(ns+"measured_jobs", "set"), s.companion(ns+"measured_queues", "set"),
			s.companion(ns+"queue:<id>", "hash"), s.companion(ns+"job:<id>", "hash"), s.companion(ns+"metrics:<id>", ""),
			s.item(ns+"<id:w>", "hash", "job", "payload", "json", fields("id", "queue", "status", "payload")),
		},
		Job: &Job{
			Key: ns + "<id>", Type: "hash", Payload: "payload", Decode: "json", Time: "created_at",
			Headers: []string{
				"name", "status", "queue", "connection", "exception", "context", "created_at", "updated_at", "reserved_at", "completed_at", "failed_at", "delay",
			},
		},
	}
}

// scoredBack: all scores are negative times near now, so that the newest comes first.
func scoredBack(e Evidence) (Finding, bool) {
	for _, m := range e.Members {
		if !nearNow(-m.Score, e.Now) {
			return Finding{}, false
		}
	}
	return Finding{}, len(e.Members) > 0
}
