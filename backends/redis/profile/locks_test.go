package profile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
)

const (
	testUUID   = "b983c153-7421-469a-addb-44fb92259a1b"
	testUUID1  = "8d3a5c1e9b2a11eeb9620242ac120002" // version nibble 1, variant b
	testHex32  = "0f3c9a5be17d4c0298aa63e1d5b7f024"
	testHex40  = testHex32 + "01234567"
	testRaw    = "9TqXb4s_Lk2Zc7-WfRm1Ng" // 16 bytes
	testBase64 = "3q2+7wABAgMEBQYHCAkKCw=="
	testThread = "8743c9c0-0795-4907-87fd-6c719a6b4586:31"
	testJID    = "b4a577edbccf1d805744efa9"
	// testRandom is 20 bytes of a random source.
	testRandom = "\x8f\x12\xe4\x9b\x03\xd7\x5a\xc1\x77\xfe\x2d\x90\x1b\xa8\x46\xb3\x0e\xdc\x61\x95"
)

// row is a key that is the row of a lock.
func lockRow(e Evidence) seen { return seen{e, e.Name, Row} }

func beside(e Evidence, object string) seen { return seen{e, object, Companion} }

func lockFixtures() map[string]fixture {
	all := stringLockFixtures()
	for _, more := range []map[string]fixture{redissonFixtures(), sidekiqFixtures(), probableFixtures()} {
		for name, f := range more {
			all[name] = f
		}
	}
	return all
}

func stringLockFixtures() map[string]fixture {
	str := func(name string, left int64, value string) Evidence { return key("string", name, left, value) }
	cut := str("redlock:x", 1000, testUUID)
	cut.Cut = true
	return map[string]fixture{
		"shedlock": {
			[]seen{lockRow(str("job-lock:default:nightly", 3_600_000, "ADDED:2024-05-06T07:08:09.123Z@web-1:"+testUUID)), lockRow(str("job-lock:eu:x", -1, "ADDED:2024-05-06T07:08:09Z@web-1"))},
			[]Evidence{str("job-lock:default:nightly", 3_600_000, "ADDED:yesterday@web-1"), str("added", 1000, "ADDED")},
		},
		"redlock.net": {[]seen{lockRow(str("redlock:invoice", 30_000, testUUID))}, []Evidence{str("redlock:invoice", -1, testUUID), str("redlock:invoice", 30_000, "held"), cut}},
		"bullmq job lock": {
			[]seen{lockRow(str("bull:mail:17:lock", 30_000, testUUID+":3").beside("bull:mail:meta", "bull:mail:id")), lockRow(str("eu:mail:17:lock", 30_000, testUUID+":3").beside("eu:mail:meta"))},
			[]Evidence{
				str("bull:mail:17:lock", -1, testUUID).beside("bull:mail:meta"), str("eu:mail:17:lock", 30_000, testUUID+":3"),
				str("eu:mail:17:lock", 30_000, testUUID).besideAs("string", "eu:mail:meta"),
			},
		},
		"bull job lock": {
			[]seen{lockRow(str("bull:sms:17:lock", 30_000, testUUID).beside("bull:sms:id"))},
			[]Evidence{
				str("bull:sms:17:lock", 30_000, testUUID).beside("bull:sms:meta", "bull:sms:id"), str("bull:sms:17:lock", -1, testUUID).beside("bull:sms:id"),
				str("eu:sms:17:lock", 30_000, testUUID).beside("eu:sms:id"), str("bull:sms:17:lock", 30_000, testUUID).besideAs("set", "bull:sms:id"),
			},
		},
		"bull or bullmq job lock": {
			[]seen{lockRow(str("bull:sms:17:lock", 30_000, testUUID))},
			[]Evidence{str("bull:sms:17:lock", -1, testUUID), str("bull:sms:lock", 30_000, testUUID), str("cow:sms:17:lock", 30_000, testUUID)},
		},
		"asynq unique": {[]seen{lockRow(str("asynq:{default}:unique:mail:"+testHex32, 3_600_000, "task-1"))}, []Evidence{str("asynq:{default}:unique:mail", -1, "task-1"), str("asynq:default:unique:x", 1000, "task-1")}},
		"python-redis-lock": {
			[]seen{
				lockRow(str("lock:report", 10_000, "q83vASNFZ4mrze8BI0VniavN")), lockRow(str("lock:report", -1, "q83vASNFZ4mrze8BI0VniavN")),
				lockRow(str("lock:report", -1, "worker-3").beside("lock-signal:report")),
				beside(key("list", "lock-signal:report", -1, "1", 0.0), "lock:report"),
			},
			[]Evidence{str("lock:report", 10_000, "worker-3"), str("lock:report", 10_000, "q83vASNFZ4mrze8BI0VniavN=")},
		},
		"redis-py": {
			[]seen{lockRow(str("nightly-import", 20_000, testUUID1)), lockRow(str("import-lock", -1, testUUID1))},
			[]Evidence{str("nightly-import", 20_000, "6ba7b8109dad11d180b400c04fd430c8"), str("etag:logo", 3_600_000, testUUID1), str("session:9", 60_000, testUUID1), str("cache:x", -1, testUUID1), str("import-lock", -1, testHex32)},
		},
		"redsync": {
			[]seen{lockRow(str("orders", 8000, testBase64)), lockRow(str("orders:mutex", 3_600_000, testBase64))},
			[]Evidence{str("md5:logo", -1, testBase64), str("md5:logo", 30_000, testBase64), str("logo", 30_000, "3q2+7wABAgMEBQYHCAkKCx=="), str("md5:logo", 3_600_000, testBase64), str("mutex", -1, testBase64)},
		},
		"node-redlock": {
			[]seen{lockRow(str("locks:account:322", 1000, testHex32))},
			[]Evidence{str("cache:page:1", -1, testHex32), str("locks:hash", -1, testHex32), str("etag:logo.png", 3_600_000, testHex32)},
		},
		"bsm/redislock": {
			[]seen{lockRow(str("mutex:a", 5000, "AbCdEfGhIjKlMnOpQrStUwhost-7")), lockRow(str("mutex:a", 5000, "AbCdEfGhIjKlMnOpQrStUw"))},
			[]Evidence{str("mutex:a", 5000, "AbCdEfGhIjKlMnOpQrStUvhost-7"), str("mutex:a", 5000, "worker-of-the-second-rack-3"), str("mutex:a", -1, "AbCdEfGhIjKlMnOpQrStUw"), str("jwt:a", 5000, "AbCdEfGhIjKlMnOpQrStUw")},
		},
		"laravel unique job": {
			[]seen{lockRow(str("shop-database-shop-cache-laravel_unique_job:App\\Jobs\\Import:7", -1, "a8Fk2Lq0Zx9Pw3Tn")), lockRow(str("laravel_unique_job:X", 1000, "a8Fk2Lq0Zx9Pw3Tn"))},
			[]Evidence{str("laravel_unique_jobs", -1, "a8Fk2Lq0Zx9Pw3Tn"), str("laravel_unique_job:X", -1, "")},
		},
		"laravel lock": {
			[]seen{lockRow(str("shop-database-shop-cache-import", 10_000, "a8Fk2Lq0Zx9Pw3Tn")), lockRow(str("shop-cache-import-lock", -1, "a8Fk2Lq0Zx9Pw3Tn"))},
			[]Evidence{str("shop-cache-import", -1, "a8Fk2Lq0Zx9Pw3Tn"), str("shop-cache-import", 10_000, "a8Fk2Lq0Zx9Pw3T"), str("shop", 10_000, "a8Fk2Lq0Zx9Pw3Tn")},
		},
		"spring lock registry": {
			[]seen{lockRow(str("order-registry:17", 60_000, testUUID))},
			[]Evidence{str("order-registry:17", -1, testUUID), str("order-registry:17", 60_000, "held"), str("order:17", 60_000, testUUID)},
		},
		"redlock-rb": {
			[]seen{lockRow(str("import_lock", 3_600_000, testUUID))},
			[]Evidence{str("import_lock", -1, testUUID), str("import_lock", 1000, "b983c153-7421-169a-addb-44fb92259a1b"), str("import", 3_600_000, testUUID)},
		},
		"set nx px": {
			[]seen{lockRow(str("resource_lock", 30_000, testRandom)), lockRow(str("lock:x", 30_000, testHex32+"01234567"))},
			[]Evidence{str("resource_lock", 30_000, "twenty plain letters"), str("resource_lock", -1, testRandom), str("sha1:x", 30_000, testHex32+"01234567")},
		},
	}
}

func redissonFixtures() map[string]fixture {
	const queue, tagged = "redisson_lock_queue:{stock}", "redisson_lock_queue:a{b}"
	plain := key("hash", "stock", 30000, testThread, 2)
	reader := key("hash", "stock", 30000, "mode", "read", testUUID+":1", 1, testUUID+":2", 2)
	return map[string]fixture{
		"redisson fair": {
			[]seen{
				lockRow(plain.beside(queue)), lockRow(key("hash", "a{b}", 30000, testThread, 1).beside(tagged)),
				beside(key("list", queue, -1, testThread, 0.0), "stock"), beside(key("list", tagged, -1, testThread, 0.0), "a{b}"),
				beside(key("zset", "redisson_lock_timeout:{stock}", -1, testThread, soon(time.Minute)), "stock"),
			},
			[]Evidence{
				key("hash", "stock", 30000, testThread, 2), // an ordinary lock: nobody waits
				key("hash", "stock", 30000, "count", 2).beside(queue), key("hash", "stock", -1, testThread, 2).beside(queue),
			},
		},
		"redisson fenced": {
			[]seen{lockRow(key("hash", "stock", 30000, testThread, 2).beside("redisson_lock_token:{stock}")), lockRow(key("hash", "a{b}", 30000, testThread, 2).beside("redisson_lock_token:a{b}")), beside(key("string", "redisson_lock_token:{stock}", -1, "7"), "stock")},
			[]Evidence{key("hash", "stock", 30000, testThread, 2), key("hash", "stock", 30000, "n", 2).beside("redisson_lock_token:{stock}")},
		},
		"redisson read-write": {
			[]seen{
				lockRow(reader), lockRow(key("hash", "stock", 30000, "mode", "write", testThread+":write", 1)),
				beside(key("string", "{stock}:"+testUUID+":1:rwlock_timeout:1", 30000, "1"), "stock"),
			},
			[]Evidence{
				key("hash", "stock", 30000, "mode", "read"), key("hash", "stock", 30000, "mode", "x", testThread, 1),
				key("hash", "stock", -1, "mode", "read", testThread, 1), key("string", "stock:rwlock_timeout:1", 30000, "1"),
			},
		},
		"redisson lock": {
			[]seen{lockRow(key("hash", "anything", 30000, testThread, 3)), lockRow(key("hash", "import:lock", 30000, testThread, 3)), beside(key("string", "redisson_unlock_latch:{stock}:8a9f", 30000, "1"), "stock")},
			[]Evidence{
				key("hash", "lock", -1, testThread, 3), key("hash", "lock", 1000, testThread, "x"), key("hash", "lock", 1000),
				key("hash", "lock", 1000, testThread, 1, "name", 2), key("hash", "cart", 1000, "sku-1", 2),
			},
		},
		"redisson permit semaphore": {
			[]seen{
				lockRow(key("string", "pool_semaphore", -1, "7").beside("{pool_semaphore}:timeout")), lockRow(key("string", "semaphore{b}", -1, "7").beside("semaphore{b}:timeout")),
				{key("zset", "{pool}:timeout", -1, "8a9f", soon(time.Minute)).beside("pool"), "pool", Sign},
				{key("zset", "a{b}:timeout", -1, "8a9f", soon(time.Minute)).beside("a{b}"), "a{b}", Sign},
			},
			[]Evidence{key("string", "pool", -1, "7"), key("string", "semaphore", -1, "x").beside("{semaphore}:timeout"), key("zset", "{pool}:timeout", -1, "a", soon(time.Minute))},
		},
		"redisson semaphore": {
			[]seen{lockRow(key("string", "downloadSemaphore", -1, "3"))},
			[]Evidence{key("string", "downloads", -1, "3"), key("string", "semaphore", -1, "green"), key("string", "semaphore", -1, "-3")},
		},
		"redisson countdown latch": {
			[]seen{lockRow(key("string", "startLatch", -1, "3")), lockRow(key("string", "countdown-latch:a", -1, "0")), lockRow(key("string", "latch", -1, "1"))},
			[]Evidence{key("string", "splatch", -1, "3"), key("string", "latched", -1, "3"), key("string", "latch", -1, "open")},
		},
	}
}

func sidekiqFixtures() map[string]fixture {
	const digest = "uniquejobs:8f0d1a2b3c4d5e6f708192a3b4c5d6e7"
	const locked = digest + ":LOCKED"
	return map[string]fixture{
		"sidekiq-unique-jobs": {
			[]seen{
				lockRow(key("hash", locked, -1, testJID, "1700000000.5")), beside(key("string", digest, -1, testJID).beside(locked), locked),
				beside(key("list", digest+":QUEUED", -1, testJID, 0.0), locked), beside(key("list", digest+":PRIMED", -1, testJID, 0.0), locked),
				beside(key("string", digest+":INFO", -1, "{}"), locked), beside(key("zset", "uniquejobs:digests", -1, digest, 1.0), "uniquejobs:digests"),
			},
			[]Evidence{key("hash", locked, -1, "job", "1700000000.5"), key("hash", locked, -1), key("string", digest, -1, testJID)},
		},
		"sidekiq-unique-jobs 9": {
			[]seen{lockRow(key("hash", "myapp:8f0d:LOCKED", -1, testJID, `{"at":1700000000.5}`))},
			[]Evidence{key("hash", "DOORS:LOCKED", -1, "front", "{}"), key("hash", "myapp:8f0d:LOCKED", -1, testJID, "yes")},
		},
		"sidekiq-unique-jobs 6": {
			[]seen{lockRow(key("string", digest, -1, testJID))},
			[]Evidence{key("string", digest, -1, "12"), key("string", "uniquejobs:a:b", -1, testJID)},
		},
	}
}

func probableFixtures() map[string]fixture {
	str := func(name string, left int64, value string) Evidence { return key("string", name, left, value) }
	return map[string]fixture{"probable lock": {
		[]seen{
			lockRow(str("account:322", 1000, testHex32)), lockRow(str("settings:lock", -1, testUUID)), lockRow(str("order:17", 60_000, testUUID)),
			lockRow(str("lock:simple", 10_000, "1")), lockRow(str("orderLock", 3_600_000, "worker-3")), lockRow(str("Leader", -1, "node-2")),
			lockRow(str("resource", 30_000, testRandom)), lockRow(str("resource", 30_000, testHex32+"01234567")), lockRow(str("import:7", 30_000, testRaw)),
		},
		[]Evidence{
			str("cache:page:1", -1, testHex32), str("etag:logo.png", 3_600_000, testHex32), str("user:17:uuid", -1, testUUID),
			str("user:17:uuid", 3_600_000, testUUID), str("counter:visits", 60_000, "17"), str("lock:failures", -1, "17"),
			str("lock:failures", 3_600_000, "17"), str("sess:8f3a", 86_400_000, `{"cookie":{"maxAge":86400},"user":17}`),
			str("lock:settings", 60_000, `{"a":1}`), str("block:17", 60_000, "worker"), str("clock", 60_000, "12:30"),
			str("session:17", 60_000, testUUID), str("sess:17", 60_000, testHex32), str("user:17:sid", 60_000, testRaw), str("otp:17", 60_000, testRaw), // sessions, one-time codes
			str("otp:18", 60_000, "482913"), str("oauth_state:x", 60_000, testRaw), str("csrfToken:7", 60_000, testHex40), str("reset-password:ann", 60_000, testUUID),
			str("cache:page:2", 60_000, testHex40), str("sha1:logo", 60_000, testHex40), str("git:main", 60_000, testHex40), str("page:7", 60_000, "4uLU6hMCjMI75M1A2tKUQC"), // caches
			str("page:8", 60_000, "AbCdEfGhIjKlMnOpQrStUw"), str("page:9", 60_000, "aA1aA1aA1aA1aA1aA1aA1A"), str("import:7", 3_600_000, testRaw), str("import:8", 60_000, testRaw+"host"),
			str("unlocked:7", 60_000, "yes"), str("rate:10.0.0.1", 60_000, "5"), str("lock:text", 60_000, "two words"), str("lock:empty", 60_000, ""),
		},
	}}
}

// TestWhatALockTells: what the tokens of the libraries hold is told in words.
func TestWhatALockTells(t *testing.T) {
	table, err := New()
	if err != nil {
		t.Fatal(err)
	}
	uuid1 := "6ba7b8109dad11d180b400c04fd430c8" // RFC 9562's name space of DNS: 1998-02-04, node 00:c0:4f:d4:30:c8
	fresh := strings.Replace(testUUID1, "11ee", "11f0", 1)
	for _, c := range []struct {
		e     Evidence
		check func(l backends.Lock) bool
	}{
		{key("string", "a-lock", -1, uuid1), func(l backends.Lock) bool {
			return l.Since.IsZero() && l.Owner == "" && l.Holder == uuid1 // a time 28 years ago is chance
		}},
		{key("string", "a-lock", -1, fresh), func(l backends.Lock) bool {
			return l.Since.Year() == 2025 && l.Owner == "02:42:ac:12:00:02" && l.Holder == fresh
		}},
		{key("string", "job-lock:default:x", 9, "ADDED:2024-05-06T07:08:09.123Z@web-1:"+testUUID), func(l backends.Lock) bool {
			return l.Host == "web-1" && l.Since.Equal(time.Date(2024, 5, 6, 7, 8, 9, 123e6, time.UTC))
		}},
		{key("string", "mutex:a", 9, "AbCdEfGhIjKlMnOpQrStUwhost-7"), func(l backends.Lock) bool { return told(l, "metadata") == "host-7" }},
		{key("string", "bull:mail:1:lock", 9, testUUID+":3"), func(l backends.Lock) bool {
			return l.Owner == testUUID && l.Renewal == backends.Renewal{Part: 0.5, Always: true}
		}},
		{key("hash", "stock", 9, testThread, 2), func(l backends.Lock) bool {
			return told(l, "thread") == "31" && told(l, "client") == l.Owner && l.Reentrancy.Value == 2 && len(l.Holders) == 1 && l.Mode == ""
		}},
		{key("hash", "stock", 9, "mode", "write", testThread+":write", 1), func(l backends.Lock) bool {
			return l.Mode == "write" && l.Holders[0].Mode == "write" && l.Reentrancy.Value == 1
		}},
		{key("hash", "stock", 9, "mode", "read", testUUID+":2", 2, testUUID+":1", 1), func(l backends.Lock) bool {
			return l.Mode == "read" && len(l.Holders) == 2 && !l.Reentrancy.Known() && l.Holder == testUUID+":1, "+testUUID+":2"
		}},
		{key("string", "semaphore", -1, "7").beside("{semaphore}:timeout"), func(l backends.Lock) bool { return l.Permits == backends.ExactCount(7) && l.Holder == "" }},
		{key("hash", "uniquejobs:a:LOCKED", -1, testJID, "1700000000.5"), func(l backends.Lock) bool {
			return l.Holder == testJID && l.Since.Equal(time.UnixMilli(1_700_000_000_500))
		}},
		{key("hash", "a:LOCKED", -1, testJID, `{"at":1700000000.5}`), func(l backends.Lock) bool {
			return l.Since.Equal(time.UnixMilli(1_700_000_000_500))
		}},
	} {
		if m, ok := table.Recognise(c.e); !ok || !c.check(m.Lock) {
			t.Errorf("%s: %s tells %+v", c.e.Name, describe(m), m.Lock)
		}
	}
}

func told(l backends.Lock, name string) string {
	i := slices.IndexFunc(l.Tells, func(f backends.Field) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	return string(l.Tells[i].Value)
}

// TestLockNamesAskForARead: where reading keeps a key from being evicted, only a name is a reason.
func TestLockNamesAskForARead(t *testing.T) {
	table, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"import-lock": true, "Leader": true, "MUTEX:1": true, "asynq:{q}:unique:x": true, "my-laravel-cache-x": true,
		"block": false, "clock": false, "item:1": false,
	} {
		if w := table.Wants(name, "string", 1000); !w.Content || w.ByName != want {
			t.Errorf("%s wants %+v", name, w)
		}
	}
	if w := table.Wants("import-lock", "hash", 1000); !w.ByName {
		t.Errorf("a hash named like a lock wants %+v", w)
	}
}

func FuzzLocks(f *testing.F) {
	f.Add("lock:a", "v", int64(5), false)
	f.Add("lock", testUUID1, int64(-1), true)
	f.Add("x", "ADDED:2024-05-06T07:08:09Z@:", int64(-1), true)
	f.Add("uniquejobs:a:LOCKED", "{\"at\":\"x\"}", int64(-1), true)
	table, err := New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, value string, left int64, asHash bool) {
		e := Evidence{Name: name, Type: "string", Value: value, Left: left, Read: true, Now: now()}
		if asHash {
			e.Type, e.Fields = "hash", []backends.Field{{Name: value, Value: []byte(name)}, {Name: name, Value: []byte(value)}}
		}
		m, ok := table.Recognise(e)
		if ok && m.Profile.Kind == Lock && m.Key.Part == Row && (m.Object != name || m.Confidence <= 0 || m.Confidence > 1) {
			t.Fatalf("%+v", m)
		}
	})
}
