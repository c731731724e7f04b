package profile

// jobSystems are the libraries that keep queues of jobs in several keys.
func jobSystems() []Profile {
	return []Profile{bullmq()}
}

// bullmq is BullMQ (docs.bullmq.io). Its prefix, "bull" by default, is the user's, so the form of
// the names proves nothing; the hash "meta", which every queue has, does.
func bullmq() Profile {
	const queue = "<prefix>:<name>:"
	const meta = queue + "meta"
	state := func(word, typ string, counts Counts) Key {
		return Key{Match: queue + word, Type: typ, Part: State, Role: word, Counts: counts, Beside: meta, Confidence: 0.97}
	}
	companion := func(form, typ string) Key {
		return Key{Match: queue + form, Type: typ, Part: Companion, Beside: meta, Confidence: 0.97}
	}
	return Profile{
		Name: "bullmq", Library: "bullmq", Kind: Queue, Object: "<prefix>:<name>",
		Keys: []Key{
			state("wait", "list", Ready),
			state("prioritized", "zset", Ready),
			state("paused", "list", Ready),
			state("active", "list", Unacked),
			state("delayed", "zset", Apart),
			state("waiting-children", "zset", Apart),
			state("completed", "zset", Apart),
			state("failed", "zset", Apart),
			{Match: meta, Type: "hash", Part: Sign, Confirm: bullMeta, Confidence: 0.97},
			// The events are a stream that people follow: a row of its own among the streams, see envelopes.
			companion("id", "string"), companion("marker", "zset"), companion("pc", "string"),
			companion("stalled", "set"), companion("stalled-check", "string"), companion("limiter", "string"),
			companion("repeat", "zset"), companion("repeat:<id>", ""), companion("de:<id>", "string"),
			companion("metrics:<id>", ""), companion("<id>:logs", "list"), companion("<id>:dependencies", "set"),
			companion("<id>:processed", "hash"), companion("<id>:failed", "hash"), companion("<id>:unsuccessful", "zset"),
			{Match: queue + "<id:w>", Type: "hash", Part: Item, Role: "job", Beside: meta, Confirm: bullJob, Confidence: 0.97, Decode: "json", Payload: "data"},
		},
		Job: &Job{
			Key: queue + "<id>", Type: "hash", Payload: "data", Decode: "json", Time: "timestamp", Trace: "opts.tm", Oldest: true,
			Headers: []string{"name", "opts", "timestamp", "delay", "priority", "atm", "ats", "processedOn", "finishedOn", "pb", "failedReason", "returnvalue", "stacktrace"},
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
