package profile

import (
	"fmt"
	"strings"
)

func pythonJobs() []Profile { return []Profile{rq(), celeryUnacked(), dramatiq(), arq()} }

// rq is RQ (github.com/rq/rq, rq/job.py and rq/registry.py): the prefix proves it. A job's data are
// a pickle, which is shown and never executed.
func rq() Profile {
	s := system{confidence: 0.97}
	return Profile{
		Name: "rq", Library: "rq", Kind: Queue, Object: "rq:queue:<name>", Roots: []Root{{Set: "rq:queues", Member: "rq:queue:<name>"}},
		Keys: []Key{
			s.companion("rq:queue:<name>:intermediate", "list"),
			s.state("rq:queue:<name>", "list", "queued", Ready),
			s.state("rq:wip:<name>", "zset", "started", Unacked),
			s.state("rq:deferred:<name>", "zset", "deferred", Apart),
			s.state("rq:scheduled:<name>", "zset", "scheduled", Apart),
			s.ended("rq:finished:<name>", "zset", "finished"),
			s.ended("rq:failed:<name>", "zset", "failed"),
			s.ended("rq:canceled:<name>", "zset", "canceled"),
			s.companion("rq:queues", "set"), s.companion("rq:workers", "set"), s.companion("rq:workers:<name>", "set"), s.companion("rq:worker:<id>", "hash"),
			s.companion("rq:results:<id>", "stream"), s.companion("rq:executions:<id>", "zset"), s.companion("rq:execution:<id>", "hash"),
			s.companion("rq:job:<id>:dependents", "set"), s.companion("rq:job:<id>:dependencies", "set"),
			s.companion("rq:clean_registries:<name>", "string"), s.companion("rq:suspended", "string"), s.companion("rq:scheduler:<id>", ""),
			s.item("rq:job:<id>", "hash", "job", "data", "zlib → pickle", nil),
		},
		Job: &Job{
			Key: "rq:job:<id>", Type: "hash", Payload: "data", Decode: "zlib → pickle", Time: "enqueued_at",
			Headers: []string{
				"description", "status", "created_at", "enqueued_at", "started_at", "ended_at", "origin", "timeout", "worker_name",
				"retries_left", "number_of_retries", "exc_info", "meta", "success_callback_name", "failure_callback_name",
			},
		},
	}
}

// celery is Celery on kombu's Redis transport (github.com/celery/kombu, kombu/transport/redis.py): a
// list for each queue, whose name is the user's, and one for each priority but the highest. The
// messages tell it; an empty queue is known by the set of its bindings.
func celery() Profile {
	s := system{confidence: 0.97}
	message := elements(object("body", "content-type", "properties"))
	keys := []Key{
		{Match: "_kombu.binding.<name>", Type: "set", Part: Sign, Confirm: kombuBinding, Confidence: 0.95},
		{Match: "_kombu.binding.<exchange>", Type: "set", Part: Companion, Role: "bindings", Confidence: 0.95},
		s.item("celery-task-meta-<id>", "string", "result", "", "json", nil),
	}
	var late []Key
	for n := 1; n <= 9; n++ { // the steps are the user's: 3, 6 and 9 by default
		k := sure(s.state(fmt.Sprintf("<name>%s%d", kombuSeparator, n), "list", fmt.Sprintf("priority %d", n), Ready), message)
		k.Rare = true
		late = append(late, k)
	}
	keys = append(keys, late...)
	keys = append(keys, sure(s.state("<name>", "list", "messages", Ready), message))
	return Profile{
		Name: "celery", Library: "celery", Kind: Queue, Object: "<name>", Roots: []Root{{Key: "celery"}}, Keys: keys,
		Job: &Job{Payload: "body", Decode: "base64 → json", Trace: "headers.traceparent", Oldest: true},
	}
}

// kombuSeparator stands between a queue's name and a priority, and between the parts of a binding.
const kombuSeparator = "\x06\x16"

// kombuBinding: the exchange has a queue of its own name, as Celery's direct queues do.
func kombuBinding(e Evidence) (Finding, bool) {
	name := strings.TrimPrefix(e.Name, "_kombu.binding.")
	for _, m := range e.Members {
		if parts := strings.Split(m.Value, kombuSeparator); len(parts) == 3 && parts[2] == name {
			return Finding{}, true
		}
	}
	return Finding{}, false
}

// celeryUnacked is what workers of all queues hold and have not acknowledged.
func celeryUnacked() Profile {
	return Profile{
		Name: "celery unacked", Library: "celery", Kind: Queue, Object: "unacked",
		Keys: []Key{
			{Match: "unacked", Type: "hash", Part: State, Role: "unacked", Counts: Unacked, Confirm: kombuUnacked, Confidence: 0.97},
			{Match: "unacked_index", Type: "zset", Part: Companion, Role: "delivery times", Confirm: scoredByTime, Confidence: 0.95},
			{Match: "unacked_mutex", Type: "string", Part: Companion, Role: "restore mutex", Life: Expires, Confidence: 0.95},
		},
		Job: &Job{Payload: "body", Decode: "base64 → json", Trace: "headers.traceparent"},
	}
}

// kombuUnacked: each value is the array [message, exchange, routing key].
func kombuUnacked(e Evidence) (Finding, bool) {
	is := object("body", "properties")
	for _, f := range e.Fields {
		parts := jsonArray(string(f.Value))
		if len(parts) != 3 || !is(string(parts[0])) {
			return Finding{}, false
		}
	}
	return Finding{}, len(e.Fields) > 0
}

// dramatiq is dramatiq (github.com/Bogdanp/dramatiq, dramatiq/brokers/redis/dispatch.lua): ids in
// lists, messages in a hash beside each; ".DQ" comes later, ".XQ" is dead.
func dramatiq() Profile {
	const queue = "<ns>:<name>"
	s := system{beside: queue + ".msgs", confidence: 0.93}
	delayed := s.state(queue+".DQ", "list", "delayed", Apart)
	delayed.Beside = queue + ".DQ.msgs"
	dead := s.ended(queue+".XQ", "zset", "dead")
	dead.Beside = queue + ".XQ.msgs"
	certain := system{confidence: 0.97}
	acks, beats := certain.companion("<ns>:__acks__.<worker>", "set"), certain.companion("<ns>:__heartbeats__", "zset")
	return Profile{
		Name: "dramatiq", Library: "dramatiq", Kind: Queue, Object: queue,
		Keys: []Key{
			acks, beats, delayed, dead,
			s.state(queue, "list", "ready", Ready),
			{Match: queue + ".DQ.msgs", Type: "hash", Part: Companion, Confirm: dramatiqMessages, Confidence: 0.97},
			{Match: queue + ".XQ.msgs", Type: "hash", Part: Companion, Confirm: dramatiqMessages, Confidence: 0.97},
			{Match: queue + ".msgs", Type: "hash", Part: Sign, Confirm: dramatiqMessages, Confidence: 0.97},
		},
		Job: &Job{In: "<state>.msgs", Decode: "json", Time: "message_timestamp", Trace: "options.traceparent"},
	}
}

func dramatiqMessages(e Evidence) (Finding, bool) {
	is := object("queue_name", "actor_name", "message_id")
	for _, f := range e.Fields {
		if !is(string(f.Value)) {
			return Finding{}, false
		}
	}
	return Finding{}, len(e.Fields) > 0
}

// arq is arq (github.com/python-arq/arq, arq/constants.py): a sorted set of ids by the time at which
// they are to run, "arq:queue" by default, with the health of its worker beside it; jobs are pickles
// in strings of their own.
func arq() Profile {
	s := system{confidence: 0.95}
	other := s.state("<queue>", "zset", "queued", Ready)
	other.Beside = "<queue>:health-check"
	return Profile{
		Name: "arq", Library: "arq", Kind: Queue, Object: "<queue>",
		Keys: []Key{
			s.companion("arq:abort", "zset"),
			s.companion("<queue>:health-check", "string"),
			sure(other, scoredByTime),
			{Match: "<queue>", Type: "zset", Part: State, Role: "queued", Counts: Ready, Named: isArqQueue, Confirm: scoredByTime, Confidence: 0.95},
			s.companion("arq:in-progress:<id>", "string"), s.companion("arq:retry:<id>", "string"),
			s.item("arq:job:<id>", "string", "job", "", "pickle", nil), s.item("arq:result:<id>", "string", "result", "", "pickle", nil),
		},
		Job: &Job{Key: "arq:job:<id>", Type: "string", Decode: "pickle"},
	}
}

func isArqQueue(name string) bool {
	return name == "arq:queue" || strings.HasPrefix(name, "arq:queue:")
}
