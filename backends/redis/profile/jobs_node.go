package profile

import "strings"

// nodeJobs are the libraries of Node.js. Bee-Queue stands before Bull: it has an id counter, too.
func nodeJobs() []Profile { return []Profile{bullmq(), bee(), bull()} }

// bullQueue is how the keys of Bull and BullMQ begin. The prefix, "bull" by default, is the user's.
const bullQueue = "<prefix>:<name>:"

// bullmq is BullMQ (docs.bullmq.io). As the form of the names proves nothing, the hash "meta" does,
// which every queue has.
func bullmq() Profile {
	const meta = bullQueue + "meta"
	s := system{beside: meta, confidence: 0.97}
	return Profile{
		Name: "bullmq", Library: "bullmq", Kind: Queue, Object: "<prefix>:<name>",
		Keys: []Key{
			sure(s.state(bullQueue+"wait", "list", "wait", Ready), bullIDs),
			s.state(bullQueue+"prioritized", "zset", "prioritized", Ready),
			sure(s.state(bullQueue+"paused", "list", "paused", Ready), bullIDs),
			sure(s.state(bullQueue+"active", "list", "active", Unacked), bullIDs),
			sure(s.state(bullQueue+"delayed", "zset", "delayed", Apart), bullTimes),
			sure(s.state(bullQueue+"waiting-children", "zset", "waiting-children", Apart), bullTimes),
			sure(s.ended(bullQueue+"completed", "zset", "completed"), bullTimes),
			sure(s.ended(bullQueue+"failed", "zset", "failed"), bullTimes),
			{Match: meta, Type: "hash", Part: Sign, Confirm: bullMeta, Confidence: 0.97},
			// The events are a stream that people follow: a row of its own among the streams, see envelopes.
			s.companion(bullQueue+"id", "string"), s.companion(bullQueue+"marker", "zset"), s.companion(bullQueue+"pc", "string"),
			s.companion(bullQueue+"stalled", "set"), s.companion(bullQueue+"stalled-check", "string"), s.companion(bullQueue+"limiter", "string"),
			s.companion(bullQueue+"repeat", "zset"), s.companion(bullQueue+"repeat:<id>", ""), s.companion(bullQueue+"de:<id>", "string"),
			s.companion(bullQueue+"metrics:<id>", ""), s.companion(bullQueue+"<id>:logs", "list"), s.companion(bullQueue+"<id>:dependencies", "set"),
			s.companion(bullQueue+"<id>:processed", "hash"), s.companion(bullQueue+"<id>:failed", "hash"), s.companion(bullQueue+"<id>:unsuccessful", "zset"),
			s.item(bullQueue+"<id:w>", "hash", "job", "data", "json", bullJob),
		},
		Job: &Job{
			Key: bullQueue + "<id>", Type: "hash", Payload: "data", Decode: "json", Time: "timestamp", Trace: "opts.tm", Oldest: true,
			Headers: []string{
				"name", "opts", "timestamp", "delay", "priority", "atm", "ats", "stc", "attemptsMade", "processedOn", "finishedOn", "pb", "progress", "parentKey",
				"failedReason", "returnvalue", "stacktrace",
			},
		},
	}
}

// bullMeta: the meta hash holds the queue's options and the library's version.
func bullMeta(e Evidence) (Finding, bool) {
	return Finding{}, e.Has("opts.maxLenEvents") || e.Has("version")
}

func bullJob(e Evidence) (Finding, bool) {
	return Finding{}, e.Has("data", "opts", "timestamp")
}

// bull is the older Bull (github.com/OptimalBits/bull): the same names without the meta hash. Its
// counter of ids stands for it.
func bull() Profile {
	const id = bullQueue + "id"
	s := system{beside: id, confidence: 0.85}
	return Profile{
		Name: "bull", Library: "bull", Kind: Queue, Object: "<prefix>:<name>",
		Keys: []Key{
			sure(s.state(bullQueue+"wait", "list", "waiting", Ready), bullIDs),
			sure(s.state(bullQueue+"paused", "list", "paused", Ready), bullIDs),
			sure(s.state(bullQueue+"active", "list", "active", Unacked), bullIDs),
			sure(s.state(bullQueue+"delayed", "zset", "delayed", Apart), bullTimes),
			sure(s.ended(bullQueue+"completed", "zset", "completed"), bullTimes),
			sure(s.ended(bullQueue+"failed", "zset", "failed"), bullTimes),
			{Match: id, Type: "string", Part: Companion, Named: isBullID, Confirm: digits, Confidence: 0.85},
			{Match: bullQueue + "meta-paused", Type: "string", Part: Companion, Beside: id, Confidence: 0.9},
			s.companion(bullQueue+"priority", "zset"), s.companion(bullQueue+"repeat", "zset"), s.companion(bullQueue+"repeat:<job>", ""),
			s.companion(bullQueue+"stalled", "set"), s.companion(bullQueue+"stalled-check", "string"), s.companion(bullQueue+"limiter", "string"),
			s.companion(bullQueue+"<job>:logs", "list"), s.companion(bullQueue+"metrics:<job>", ""),
			s.item(bullQueue+"<job:w>", "hash", "job", "data", "json", bullJob),
		},
		Job: &Job{
			Key: bullQueue + "<id>", Type: "hash", Payload: "data", Decode: "json", Time: "timestamp", Trace: "opts.tm", Oldest: true,
			Headers: []string{
				"name", "opts", "timestamp", "delay", "priority", "attemptsMade", "processedOn", "finishedOn", "progress",
				"failedReason", "returnvalue", "stacktrace",
			},
		},
	}
}

// isBullID: under another prefix the counter alone proves nothing.
func isBullID(name string) bool { return strings.HasPrefix(name, "bull:") }

// bullIDs: the elements are ids, which have no spaces, braces or quotes; some lists hold a mark "0:…" that calls
// the workers.
func bullIDs(e Evidence) (Finding, bool) {
	return elements(func(id string) bool { return len(id) <= maxBullID && !strings.ContainsAny(id, " \t\r\n{}[]<>\"'") })(e)
}

// maxBullID bounds ids: a user's own may be long.
const maxBullID = 256

// bullTimes: the scores are times in milliseconds, those of delayed jobs with a counter of 12 bits behind.
func bullTimes(e Evidence) (Finding, bool) {
	for _, m := range e.Members {
		if !nearNow(m.Score, e.Now) && !nearNow(m.Score/(1<<12), e.Now) {
			return Finding{}, false
		}
	}
	return Finding{}, len(e.Members) > 0
}

// bee is Bee-Queue (github.com/bee-queue/bee-queue, README "Under the hood"): all jobs are JSON in
// one hash.
func bee() Profile {
	const jobs = bullQueue + "jobs"
	s := system{beside: jobs, confidence: 0.95}
	return Profile{
		Name: "bee-queue", Library: "bee-queue", Kind: Queue, Object: "<prefix>:<name>",
		Keys: []Key{
			s.state(bullQueue+"waiting", "list", "waiting", Ready),
			s.state(bullQueue+"active", "list", "active", Unacked),
			s.state(bullQueue+"delayed", "zset", "delayed", Apart),
			s.ended(bullQueue+"succeeded", "set", "succeeded"),
			s.ended(bullQueue+"failed", "set", "failed"),
			{Match: jobs, Type: "hash", Part: Sign, Confirm: beeJobs, Confidence: 0.95},
			s.companion(bullQueue+"id", "string"), s.companion(bullQueue+"stalling", "set"), s.companion(bullQueue+"stallBlock", "string"),
		},
		Job: &Job{In: jobs, Payload: "data", Decode: "json", Time: "options.timestamp", Oldest: true},
	}
}

// beeJobs: each value is a job.
func beeJobs(e Evidence) (Finding, bool) {
	is := object("data", "options", "status")
	for _, f := range e.Fields {
		if !is(string(f.Value)) {
			return Finding{}, false
		}
	}
	return Finding{}, len(e.Fields) > 0
}
