package redis

import (
	"testing"
	"time"
)

const (
	uuid     = "b983c153-7421-469a-addb-44fb92259a1b"
	uuid1Hex = "8d3a5c1e9b2a11eeb9620242ac120002" // version nibble 1, variant b
	hex32    = "0f3c9a5be17d4c0298aa63e1d5b7f024"
)

func ms(d time.Duration) int64 {
	if d < 0 {
		return -1
	}
	return d.Milliseconds()
}

func TestLocksAreRecognised(t *testing.T) {
	t.Parallel()
	table := lockRules()
	for _, c := range []struct {
		library, name, value string
		life                 time.Duration
	}{
		{"shedlock", "job-lock:default:nightly", "ADDED:2024-05-06T07:08:09.123Z@web-1:" + uuid, time.Hour},
		{"redlock.net", "redlock:invoice", uuid, 30 * time.Second},
		{"bullmq", "bull:mail:17:lock", uuid + ":3", 30 * time.Second},
		{"asynq", "asynq:{default}:unique:mail:0f3c9a5be17d4c0298aa63e1d5b7f024", "task-1", time.Hour},
		{"python-redis-lock", "lock:report", "q83vASNFZ4mrze8BI0VniavN", 10 * time.Second},
		{"python-redis-lock", "lock:report", "q83vASNFZ4mrze8BI0VniavN", -1},
		{"redis-py", "nightly-import", uuid1Hex, 20 * time.Second},
		{"redis-py", "import-lock", uuid1Hex, -1},
		{"redsync", "orders", "3q2+7wABAgMEBQYHCAkKCw==", 8 * time.Second},
		{"node-redlock", "locks:account:322", hex32, time.Second},
		{"", "account:322", hex32, time.Second},
		{"bsm/redislock", "mutex:a", "AbCdEfGhIjKlMnOpQrStUv" + "host-7", 5 * time.Second},
		{"laravel", "shop-database-shop-cache-import", "a8Fk2Lq0Zx9Pw3Tn", 10 * time.Second},
		{"", "settings:lock", uuid, -1},
		{"", "registry:order-17", uuid, time.Minute},
		{"", "lock:simple", "1", 10 * time.Second},
		{"", "orderLock", "worker-3", time.Hour},
		{"", "Leader", "node-2", -1},
	} {
		lock, ok := table.recognise(probe{name: c.name, typ: "string", value: c.value, left: ms(c.life)})
		switch {
		case !ok:
			t.Errorf("%s %q = %q is not recognised", c.library, c.name, c.value)
		case lock.Library != c.library || lock.Holder != c.value || lock.Confidence < 0.4 || lock.Confidence > 0.98:
			t.Errorf("%q = %q: %+v, want library %q", c.name, c.value, lock, c.library)
		case lock.NoExpiry != (c.life < 0) || (c.life > 0 && lock.TTL.Value != c.life):
			t.Errorf("%q: life %+v", c.name, lock)
		}
	}
}

func TestDecoysAreNoLocks(t *testing.T) {
	t.Parallel()
	table := lockRules()
	for _, c := range []struct {
		name, value string
		life        time.Duration
	}{
		{"cache:page:1", hex32, -1},
		{"etag:logo.png", hex32, time.Hour},
		{"user:17:uuid", uuid, -1},
		{"user:17:uuid", uuid, time.Hour},
		{"counter:visits", "17", time.Minute},
		{"lock:failures", "17", -1},
		{"lock:failures", "17", time.Hour},
		{"sess:8f3a", `{"cookie":{"maxAge":86400},"user":17}`, 24 * time.Hour},
		{"lock:settings", `{"a":1}`, time.Minute},
		{"block:17", "worker", time.Minute},
		{"clock", "12:30", time.Minute},
		{"unlocked:7", "yes", time.Minute},
		{"rate:10.0.0.1", "5", time.Minute},
		{"lock:gone", uuid, -2 * time.Millisecond},
		{"lock:text", "two words", time.Minute},
		{"lock:empty", "", time.Minute},
	} {
		left := ms(c.life)
		if c.name == "lock:gone" {
			left = -2
		}
		if lock, ok := table.recognise(probe{name: c.name, typ: "string", value: c.value, left: left}); ok {
			t.Errorf("%q = %q is taken for a lock: %+v", c.name, c.value, lock)
		}
	}
	if _, ok := table.recognise(probe{name: "redlock:x", typ: "string", value: uuid, left: 1000, cut: true}); ok {
		t.Error("a value that was cut is taken for a lock")
	}
}

func TestRedisson(t *testing.T) {
	t.Parallel()
	table := lockRules()
	hash := func(left int64, flat ...string) probe {
		p := probe{name: "anything", typ: "hash", left: left}
		for i := 0; i < len(flat); i += 2 {
			p.fields, p.values = append(p.fields, flat[i]), append(p.values, flat[i+1])
		}
		return p
	}
	lock, ok := table.recognise(hash(30_000, uuid+":42", "3"))
	if !ok || lock.Library != "redisson" || lock.Holder != uuid+":42" || lock.Reentrancy.Value != 3 || !lock.Reentrancy.Known() {
		t.Errorf("RLock: %+v, %v", lock, ok)
	}
	lock, ok = table.recognise(hash(30_000, "mode", "write", uuid+":42:write", "1"))
	if !ok || lock.Mode != "write" {
		t.Errorf("write lock: %+v, %v", lock, ok)
	}
	lock, ok = table.recognise(hash(30_000, "mode", "read", uuid+":1", "1", uuid+":2", "2"))
	if !ok || lock.Mode != "read" || lock.Reentrancy.Known() || lock.Holder != uuid+":1, "+uuid+":2" {
		t.Errorf("read lock: %+v, %v", lock, ok)
	}
	for name, p := range map[string]probe{
		"no expiry": hash(-1, uuid+":42", "3"), "a count that is none": hash(1000, uuid+":42", "x"),
		"another field": hash(1000, uuid+":42", "1", "name", "2"), "empty": hash(1000),
		"a cart": hash(1000, "sku-1", "2"), "mode alone": hash(1000, "mode", "read"), "another mode": hash(1000, "mode", "x", uuid+":1", "1"),
	} {
		if lock, ok := table.recognise(p); ok {
			t.Errorf("%s: %+v", name, lock)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add("lock:a", "v", int64(5))
	f.Fuzz(func(t *testing.T, name, value string, left int64) {
		lock, ok := lockRules().recognise(probe{name: name, typ: "string", value: value, left: left})
		if ok && (lock.Name != name || lock.Holder != value || lock.Confidence <= 0) {
			t.Fatalf("%+v", lock)
		}
	})
}
