package profile

import (
	"fmt"
	"maps"
	"time"
)

// The jobs of the fixtures, as the libraries write them.
const (
	sidekiqJob   = `{"class":"HardJob","args":[1],"jid":"b4a577edbccf1d805744efa9","queue":"default","retry":true,"created_at":1700000000.1,"enqueued_at":1700000000.2}`
	resqueJob    = `{"class":"Archive","args":[1,"x"]}`
	resqueFailed = `{"failed_at":"2026/03/01 11:59:00 UTC","payload":{"class":"Archive","args":[1]},"exception":"IOError","error":"closed","backtrace":[],"worker":"w:1:*","queue":"files"}`
	kombuBody    = `{"body":"W1tdLCB7fSwge31d","content-encoding":"utf-8","content-type":"application/json","headers":{"task":"add","id":"1"},"properties":{"body_encoding":"base64"}}`
	laravelJob   = `{"uuid":"u","displayName":"App\\Jobs\\Mail","job":"Illuminate\\Queue\\CallQueuedHandler@call","maxTries":null,"data":{"commandName":"App\\Jobs\\Mail","command":"O:13:\"App\\Jobs\\Mail\":0:{}"}}`
	dramatiqJob  = `{"queue_name":"default","actor_name":"add","args":[1,2],"kwargs":{},"options":{"redis_message_id":"r1"},"message_id":"m1","message_timestamp":1700000000000}`
	beeJob       = `{"data":{"x":2},"options":{"timestamp":1700000000000,"stacktraces":[]},"status":"created"}`
	ident        = "web-1:4242:0123456789ab"
	binding      = "celery\x06\x16\x06\x16celery"
)

func jobFixtures() map[string]fixture {
	all := nodeFixtures()
	maps.Copy(all, rubyFixtures())
	maps.Copy(all, pythonFixtures())
	maps.Copy(all, moreJobFixtures())
	return all
}

func nodeFixtures() map[string]fixture {
	const meta, id, jobs = "bull:mail:meta", "bull:sms:id", "bq:add:jobs"
	return map[string]fixture{
		"bullmq": {
			keys: []seen{
				{key("list", "bull:mail:wait", -1, "17", 0.0).beside(meta, "bull:mail:id"), "bull:mail", State},
				{key("list", "{bull}:mail:active", -1, "16", 0.0).beside("{bull}:mail:meta"), "{bull}:mail", State},
				{key("zset", "bull:mail:delayed", -1, "18", soon(time.Minute)*4096).beside(meta), "bull:mail", State},
				{key("zset", "bull:mail:completed", -1, "1", soon(-time.Minute)).beside(meta), "bull:mail", State},
				{key("zset", "bull:mail:failed", -1, "1", soon(-time.Minute)).beside(meta), "bull:mail", State},
				{key("zset", "bull:mail:waiting-children", -1, "1", soon(-time.Minute)).beside(meta), "bull:mail", State},
				{key("list", "bull:mail:paused", -1, "my-own-id", 0.0).beside(meta), "bull:mail", State},
				{key("hash", meta, -1, "opts.maxLenEvents", 10000, "version", "bullmq:5.1"), "bull:mail", Sign},
				{key("hash", "bull:mail:17", -1, "name", "send", "data", `{"to":1}`, "opts", "{}", "timestamp", "1700000000000").beside(meta), "bull:mail", Item},
				{key("list", "bull:mail:17:logs", -1, "line", 0.0).beside(meta), "bull:mail", Companion},
				{key("string", "bull:mail:id", -1, "17").beside(meta), "bull:mail", Companion},
				{key("zset", "bull:mail:marker", -1, "0", 0.0).beside(meta), "bull:mail", Companion},
			},
			decoy: []Evidence{
				key("list", "shop:mail:wait", -1, "x", 0.0),
				key("zset", "bull:mail:delayed", -1, "18", 7.0), // a board of a farm: no meta
				key("hash", "bull:mail:meta", -1, "title", "a"),
				key("zset", "herd:mail:completed", -1, "ann", 7.0).beside("herd:mail:meta"), // a hash of the same name, and a board
				key("list", "herd:mail:paused", -1, "a plain text", 0.0).beside("herd:mail:meta"),
				key("zset", "herd:mail:delayed", -1, "18", 7.0).besideAs("string", "herd:mail:meta"), // somebody's own text
				key("list", "herd:mail:wait", -1, "18", 0.0).besideAs("list", "herd:mail:meta"),
				key("list", "bull:sms:wait", -1, "1", 0.0).beside(id), // the older library
			},
		},
		"bull": {
			keys: []seen{
				{key("list", "bull:sms:wait", -1, "17", 0.0).beside(id), "bull:sms", State},
				{key("list", "bull:sms:active", -1, "16", 0.0).beside(id), "bull:sms", State},
				{key("zset", "bull:sms:failed", -1, "1", soon(-time.Minute)).beside(id), "bull:sms", State},
				{key("zset", "bull:sms:completed", -1, "1", soon(-time.Minute)).beside(id), "bull:sms", State},
				{key("zset", "bull:sms:delayed", -1, "1", soon(time.Minute)*4096).beside(id), "bull:sms", State},
				{key("list", "bull:sms:paused", -1, "1", 0.0).beside(id), "bull:sms", State},
				{key("zset", "bull:sms:priority", -1, "3", 2.0).beside(id), "bull:sms", Companion},
				{key("string", id, -1, "17"), "bull:sms", Companion},
				{key("string", "bull:sms:meta-paused", -1, "1").beside(id), "bull:sms", Companion},
				{key("hash", "bull:sms:17", -1, "name", "__default__", "data", "{}", "opts", "{}", "timestamp", "1700000000000").beside(id), "bull:sms", Item},
			},
			decoy: []Evidence{
				key("list", "bull:sms:wait", -1, "17", 0.0),
				key("string", id, -1, "pedigree"),
				key("list", "bull:sms:wait", -1, "17", 0.0).besideAs("zset", id),
				key("zset", "bull:sms:points", -1, "ann", 3.0).beside(id),
				key("zset", "bull:sms:failed", -1, "ann", 3.0).beside(id), key("list", "bull:sms:active", -1, `{"a":1}`, 0.0).beside(id),
			},
		},
		"bee-queue": {
			keys: []seen{
				{key("list", "bq:add:waiting", -1, "2", 0.0).beside(jobs), "bq:add", State},
				{key("list", "bq:add:active", -1, "1", 0.0).beside(jobs, "bq:add:id"), "bq:add", State},
				{key("zset", "bq:add:delayed", -1, "3", soon(time.Minute)).beside(jobs, "bq:add:id"), "bq:add", State},
				{key("set", "bq:add:failed", -1, "4", 0.0).beside(jobs), "bq:add", State},
				{key("hash", jobs, -1, "1", beeJob), "bq:add", Sign},
				{key("string", "bq:add:stallBlock", 5000, "1").beside(jobs), "bq:add", Companion},
			},
			decoy: []Evidence{key("list", "bq:add:waiting", -1, "2", 0.0), key("list", "bq:add:waiting", -1, "2", 0.0).besideAs("list", jobs), key("hash", jobs, -1, "1", `{"title":"smith"}`)},
		},
	}
}

func rubyFixtures() map[string]fixture {
	at := soon(time.Minute) / 1000
	all := map[string]fixture{}
	for _, ns := range []struct{ prefix, name string }{{"", ""}, {"shop:", " namespaced"}} {
		all["sidekiq"+ns.name] = fixture{
			keys: []seen{
				{key("list", ns.prefix+"queue:default", -1, sidekiqJob, 0.0), ns.prefix + "queue:default", State},
				{key("set", ns.prefix+"processes", -1, ident, 0.0), ns.prefix + "processes", Companion},
				{key("hash", ns.prefix+"it-b4a577edbccf1d805744efa9", 1000, "ex", 2, "c", "[17]", "rt", "0.3"), ns.prefix + "it-b4a577edbccf1d805744efa9", Companion},
				{key("string", ns.prefix+"stat:processed", -1, "12").beside(ns.prefix + "processes"), ns.prefix + "stat:processed", Companion},
			},
			decoy: []Evidence{
				key("list", ns.prefix+"queue:default", -1, `{"class":"A","args":[]}`, 0.0), // no jid: Resque
				key("list", ns.prefix+"queue:default", -1, "plain", 0.0),
				key("set", ns.prefix+"processes", -1, "milling", 0.0),
				key("list", ns.prefix+"road-signals", -1, "STOP", 0.0),
				key("hash", ns.prefix+"it-department", -1, "head", "ann"),
			},
		}
		if ns.prefix == "" {
			f := all["sidekiq"]
			f.keys = append(
				f.keys,
				seen{key("hash", ident, 60_000, "info", "{}", "busy", 1, "beat", 1.5, "quiet", "false"), ns.prefix + ident, Companion},
				seen{key("hash", ident+":work", 60_000, "t1", `{"queue":"default","payload":"{}","run_at":1}`), ns.prefix + ident + ":work", Companion},
				seen{key("list", ident+"-signals", 60_000, "TSTP", 0.0), ns.prefix + ident + "-signals", Companion},
				seen{key("hash", "shop:"+ident, 60_000, "info", "{}", "busy", 1, "beat", 1.5), "shop:" + ident, Companion},
			)
			all["sidekiq"] = f
		}
		all["sidekiq sets"+ns.name] = fixture{
			keys: []seen{
				{key("zset", ns.prefix+"retry", -1, sidekiqJob, at), ns.prefix + "sidekiq:all", State},
				{key("zset", ns.prefix+"schedule", -1, sidekiqJob, at), ns.prefix + "sidekiq:all", State},
				{key("zset", ns.prefix+"dead", -1, sidekiqJob, at), ns.prefix + "sidekiq:all", State},
			},
			decoy: []Evidence{key("zset", ns.prefix+"dead", -1, "ann", 12.0), key("zset", ns.prefix+"schedule", -1, "17", at)},
		}
		resque := map[string]string{"": "resque:"}[ns.prefix]
		if resque == "" {
			resque = ns.prefix
		}
		all["resque"+ns.name] = fixture{
			keys: []seen{
				{key("list", resque+"queue:files", -1, resqueJob, 0.0).beside(resque + "queues"), resque + "queue:files", State},
				{key("zset", resque+"delayed_queue_schedule", -1, "1700000000", 1.7e9).beside(resque + "queues"), resque + "delayed_queue_schedule", Companion},
				{key("list", resque+"delayed:1700000000", -1, resqueJob, 0.0).beside(resque + "queues"), resque + "delayed:1700000000", Companion},
			},
			decoy: []Evidence{key("list", "cash:queue:files", -1, resqueJob, 0.0), key("list", "cash:queue:files", -1, resqueJob, 0.0).besideAs("string", "cash:queues"), key("zset", "resque:queue:files", -1, resqueJob, 1.0)},
		}
		all["resque failed"+ns.name] = fixture{
			keys:  []seen{{key("list", resque+"failed", -1, resqueFailed, 0.0).beside(resque + "queues"), resque + "failed", State}},
			decoy: []Evidence{key("list", resque+"failed", -1, "exam", 0.0).beside(resque + "queues")},
		}
	}
	return all
}

func pythonFixtures() map[string]fixture {
	var late []seen
	for n := 1; n <= 9; n++ {
		late = append(late, seen{key("list", fmt.Sprintf("celery\x06\x16%d", n), -1, kombuBody, 0.0), "celery", State})
	}
	return map[string]fixture{
		"rq": {
			keys: []seen{
				{key("list", "rq:queue:low", -1, "id1", 0.0), "rq:queue:low", State},
				{key("zset", "rq:wip:low", -1, "id2", soon(time.Minute)/1000), "rq:queue:low", State},
				{key("zset", "rq:failed:low", -1, "id3", soon(time.Hour)/1000), "rq:queue:low", State},
				{key("list", "rq:queue:low:intermediate", -1, "id4", 0.0), "rq:queue:low", Companion},
				{key("stream", "rq:results:id3", 1000, "type", 2), "rq:results:id3", Companion},
				{key("hash", "rq:job:id1", -1, "data", "x\x9c", "origin", "low"), "rq:job:id1", Item},
			},
			decoy: []Evidence{key("list", "faq:queue:low", -1, "id1", 0.0), key("zset", "rq:queue:low", -1, "id1", 3.0)},
		},
		"celery": {
			keys: append(
				late,
				seen{key("list", "celery", -1, kombuBody, 0.0), "celery", State},
				seen{key("list", "mail.high", -1, kombuBody, 0.0), "mail.high", State},
				seen{key("set", "_kombu.binding.celery", -1, binding, 0.0), "celery", Sign},
				seen{key("set", "_kombu.binding.celeryev", -1, "worker.#\x06\x16\x06\x16celeryev.1", 0.0), "_kombu.binding.celeryev", Companion},
			),
			decoy: []Evidence{
				key("list", "celery", -1, "stalk", 0.0), key("list", "celery", -1, `{"body":"x","properties":{}}`, 0.0),
				key("set", "kombu.binding.celery", -1, binding, 0.0), key("list", "celery\x06\x163", -1, "stalk", 0.0),
			},
		},
		"celery unacked": {
			keys: []seen{
				{key("hash", "unacked", -1, "tag", `[`+kombuBody+`,"","celery"]`), "unacked", State},
				{key("zset", "unacked_index", -1, "tag", soon(0)/1000), "unacked", Companion},
			},
			decoy: []Evidence{key("hash", "unacked", -1, "tag", `["a","b","c"]`), key("zset", "unacked_index", -1, "tag", 3.0)},
		},
		"dramatiq": {
			keys: []seen{
				{key("list", "dramatiq:default", -1, "r1", 0.0).beside("dramatiq:default.msgs"), "dramatiq:default", State},
				{key("hash", "dramatiq:default.msgs", -1, "r1", dramatiqJob), "dramatiq:default", Sign},
				{key("list", "dramatiq:default.DQ", -1, "r1", 0.0).beside("dramatiq:default.DQ.msgs"), "dramatiq:default", State},
				{key("hash", "dramatiq:default.DQ.msgs", -1, "r1", dramatiqJob), "dramatiq:default", Companion},
				{key("hash", "dramatiq:default.XQ.msgs", -1, "r1", dramatiqJob), "dramatiq:default", Companion},
				{key("zset", "dramatiq:default.XQ", -1, "r1", soon(0)).beside("dramatiq:default.XQ.msgs"), "dramatiq:default", State},
				{key("set", "dramatiq:__acks__.w1.default", -1, "r1", 0.0), "dramatiq:__acks__.w1.default", Companion},
				{key("zset", "dramatiq:__heartbeats__", -1, "w1", soon(0)), "dramatiq:__heartbeats__", Companion},
			},
			decoy: []Evidence{key("list", "dramatiq:default", -1, "r1", 0.0), key("list", "dramatiq:default", -1, "r1", 0.0).besideAs("string", "dramatiq:default.msgs"), key("hash", "mail:default.msgs", -1, "1", `{"text":"hi"}`)},
		},
		"arq": {
			keys: []seen{
				{key("zset", "arq:queue", -1, "id1", soon(0)), "arq:queue", State},
				{key("zset", "mail", -1, "id1", soon(0)).beside("mail:health-check"), "mail", State},
				{key("string", "arq:job:id1", 1000, "\x80\x05}."), "arq:job:id1", Item},
				{key("string", "arq:in-progress:id1", 1000, "1"), "arq:in-progress:id1", Companion},
			},
			decoy: []Evidence{key("zset", "arq:queue", -1, "ann", 12.0), key("zset", "mail", -1, "id1", soon(0)), key("zset", "mail", -1, "id1", soon(0)).besideAs("hash", "mail:health-check"), key("zset", "parq:queue", -1, "id1", soon(0))},
		},
	}
}

func moreJobFixtures() map[string]fixture {
	return map[string]fixture{
		"asynq": {
			keys: []seen{
				{key("list", "asynq:{low}:pending", -1, "id1", 0.0), "asynq:{low}", State},
				{key("zset", "asynq:{low}:retry", -1, "id2", soon(0)/1000), "asynq:{low}", State},
				{key("zset", "asynq:{low}:lease", -1, "id3", soon(0)/1000), "asynq:{low}", Companion},
				{key("hash", "asynq:{low}:t:id1", -1, "msg", "\x0a\x01x", "state", "pending"), "asynq:{low}", Item},
				{key("zset", "asynq:servers", -1, "asynq:servers:{h:1:x}", soon(0)/1000), "asynq:servers", Companion},
			},
			decoy: []Evidence{key("list", "asynq:low:pending", -1, "id1", 0.0), key("hash", "asynq:{low}:pending", -1, "a", 1)},
		},
		"laravel": {
			keys: []seen{
				{key("list", "laravel_database_queues:default", -1, laravelJob, 0.0), "laravel_database_queues:default", State},
				{key("list", "queues:{default}", -1, laravelJob, 0.0), "queues:{default}", State},
				{key("zset", "queues:default:delayed", -1, laravelJob, soon(time.Minute)/1000), "queues:default", State},
				{key("zset", "shop_horizon:queues:default:reserved", -1, laravelJob, soon(time.Minute)/1000), "shop_horizon:queues:default", State},
				{key("list", "queues:default:notify", -1, "1", 0.0), "queues:default", Companion},
			},
			decoy: []Evidence{key("list", "queues:default", -1, "ann", 0.0), key("list", "jobqueues:default", -1, laravelJob, 0.0), key("zset", "queues:default:delayed", -1, "train", 3.0)},
		},
		"horizon":            horizonFixture("shop_horizon"),
		"horizon unprefixed": horizonFixture("horizon"),
	}
}

func horizonFixture(app string) fixture {
	now := soon(0) / 1000
	return fixture{
		keys: []seen{
			{key("zset", app+":failed_jobs", -1, "u1", -now), app, State},
			{key("zset", app+":pending_jobs", -1, "u1", -now), app, State},
			{key("zset", app+":completed_jobs", -1, "u1", -now), app, State},
			{key("zset", app+":silenced_jobs", -1, "u1", -now), app, State},
			{key("zset", app+":recent_jobs", -1, "u1", -now), app, Companion},
			{key("zset", app+":masters", -1, "web-1-Xk3f", now), app, Sign},
			{key("zset", app+":supervisors", -1, "web-1-Xk3f:supervisor-1", now), app, Companion},
			{key("hash", app+":u1", 1000, "id", "u1", "queue", "default", "status", "failed", "payload", laravelJob), app, Item},
		},
		decoy: []Evidence{
			key("zset", app+":failed_jobs", -1, "ann", 3.0), key("hash", app+":u1", -1, "id", "u1"), key("zset", app+":masters", -1, "ann", 3.0),
		},
	}
}
