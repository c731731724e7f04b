package profile

import (
	"slices"
	"strings"
)

func rubyJobs() []Profile {
	return slices.Concat(sidekiq("", ""), sidekiq("<ns>:", " namespaced"), resque("resque:", ""), resque("<ns>:", " namespaced"))
}

// sidekiq is Sidekiq (github.com/sidekiq/sidekiq, wiki "Job Format" and "Using Redis"), with the
// namespace that redis-namespace puts before all keys. A job has a jid.
//
// What is to be tried again, comes later or is dead lies in three sets for all queues: a row of
// their own.
func sidekiq(ns, name string) []Profile {
	s := system{confidence: 0.97}
	job := elements(object("jid", "class"))
	var roots []Root
	if ns == "" {
		roots = []Root{{Set: "queues", Beside: "stat:processed"}}
	}
	queues := Profile{
		Name: "sidekiq" + name, Library: "sidekiq", Kind: Queue, Object: ns + "queue:<name>", Roots: roots,
		Keys: []Key{
			sure(s.state(ns+"queue:<name>", "list", "enqueued", Ready), job),
			{Match: ns + "queues", Type: "set", Part: Companion, Role: "names of queues", Beside: ns + "stat:processed", BesideType: "string", Confidence: 0.9},
			{Match: ns + "processes", Type: "set", Part: Companion, Role: "processes", Confirm: elements(isIdent), Confidence: 0.97},
			{Match: ns + "stat:<what>", Type: "string", Part: Companion, Confirm: digits, Beside: ns + "processes", Confidence: 0.8},
			{Match: ns + "j|<day:d>|<at>", Type: "hash", Part: Companion, Role: "metrics", Confidence: 0.9},
			{Match: ns + "it-<jid:w>", Type: "hash", Part: Companion, Role: "iteration", Confirm: fields("ex", "c"), Confidence: 0.9},
		},
		Job: &Job{Decode: "json", Time: "enqueued_at", Trace: "traceparent", Oldest: true},
	}
	if ns == "" { // the form of these holds a namespace, too
		queues.Keys = append(
			queues.Keys,
			Key{Match: "<ident>:work", Type: "hash", Part: Companion, Role: "jobs in work", Confirm: sidekiqWork, Confidence: 0.97},
			Key{Match: "<ident>-signals", Type: "list", Part: Companion, Role: "signals", Confirm: elements(isSignal), Confidence: 0.97},
			Key{Match: "<ident>", Type: "hash", Part: Companion, Role: "process", Confirm: fields("info", "busy", "beat"), Confidence: 0.97},
		)
	}
	sets := Profile{
		Name: "sidekiq sets" + name, Library: "sidekiq", Kind: Queue, Object: ns + "sidekiq:all",
		Keys: []Key{
			sure(s.state(ns+"retry", "zset", "retry", Apart), job),
			sure(s.state(ns+"schedule", "zset", "schedule", Apart), job),
			sure(s.ended(ns+"dead", "zset", "dead"), job),
		},
		Job: &Job{Decode: "json", Time: "created_at", Trace: "traceparent"},
	}
	return []Profile{queues, sets}
}

// isIdent: HOST:PID:NONCE, as a process calls itself.
func isIdent(s string) bool {
	parts := strings.Split(s, ":")
	n := len(parts)
	return n >= 3 && parts[n-2] != "" && strings.Trim(parts[n-2], "0123456789") == "" && strings.Trim(parts[n-1], "0123456789abcdef") == ""
}

func isSignal(s string) bool { return slices.Contains([]string{"TSTP", "TERM", "TTIN", "USR1"}, s) }

// sidekiqWork: a hash of threads with the job that each works on.
func sidekiqWork(e Evidence) (Finding, bool) {
	is := object("queue", "payload", "run_at")
	for _, f := range e.Fields {
		if !is(string(f.Value)) {
			return Finding{}, false
		}
	}
	return Finding{}, len(e.Fields) > 0
}

// resque is Resque (github.com/resque/resque, lib/resque/data_store.rb). Failed jobs of all queues
// lie in one list: a row of its own.
func resque(ns, name string) []Profile {
	s := system{confidence: 0.95}
	queue := s.state(ns+"queue:<name>", "list", "pending", Ready)
	var roots []Root
	if ns == "resque:" {
		roots = []Root{{Set: "resque:queues"}}
	} else {
		queue = sure(queue, elements(object("class", "args")))
		queue.Beside, queue.BesideType = ns+"queues", "set"
		s.beside, s.besideType = ns+"queues", "set"
	}
	queues := Profile{
		Name: "resque" + name, Library: "resque", Kind: Queue, Object: ns + "queue:<name>", Roots: roots,
		Keys: []Key{
			queue,
			s.companion(ns+"workers", "set"), s.companion(ns+"worker:<id>", "string"), s.companion(ns+"stat:<what>", "string"),
			s.companion(ns+"delayed_queue_schedule", "zset"), s.companion(ns+"delayed:<at:d>", "list"), s.companion(ns+"timestamps:<job>", "set"),
			s.companion(ns+"schedules", "hash"),
		},
		Job: &Job{Decode: "json", Trace: "traceparent"},
	}
	failed := Profile{
		Name: "resque failed" + name, Library: "resque", Kind: Queue, Object: ns + "failed",
		Keys: []Key{sure(s.ended(ns+"failed", "list", "failed"), elements(object("payload", "exception", "queue")))},
		Job:  &Job{Payload: "payload", Decode: "json", Time: "failed_at", Trace: "payload.traceparent"},
	}
	return []Profile{queues, failed}
}
