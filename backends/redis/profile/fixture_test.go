package profile

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"

	"bustop/backends"
)

// now is when the fixtures are looked at.
func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// fixture is keys of one profile as its library writes them, and a decoy: a key like one of them
// that is something else.
type fixture struct {
	keys  []seen
	decoy []Evidence
}

// seen is a key with what it has to be recognised as.
type seen struct {
	Evidence
	object string
	part   Part
}

// key makes evidence of a key; Read is set. parts are pairs of fields for hashes and streams, the
// value for strings, members with scores for the others.
func key(typ, name string, left int64, parts ...any) Evidence {
	e := Evidence{Name: name, Type: typ, Left: left, Read: true, Now: now(), Beside: map[string]string{}}
	switch typ {
	case "string":
		if len(parts) > 0 {
			e.Value = fmt.Sprint(parts[0])
		}
	case "hash", "stream":
		for i := 0; i+1 < len(parts); i += 2 {
			e.Fields = append(e.Fields, backends.Field{Name: fmt.Sprint(parts[i]), Value: []byte(fmt.Sprint(parts[i+1]))})
		}
	default:
		for i := 0; i+1 < len(parts); i += 2 {
			score, _ := parts[i+1].(float64)
			e.Members = append(e.Members, Member{Value: fmt.Sprint(parts[i]), Score: score})
		}
	}
	return e
}

// beside says which other keys are there, of the types that libraries give them.
func (e Evidence) beside(names ...string) Evidence {
	for _, n := range names {
		e.Beside[n] = "hash"
		for typ, form := range map[string]*regexp.Regexp{"string": besideString, "list": besideList, "zset": besideSorted, "set": besideSet} {
			if form.MatchString(n) {
				e.Beside[n] = typ
			}
		}
	}
	return e
}

var (
	besideString = regexp.MustCompile(`:(id|timer|processed|health-check)$|^redisson_lock_token|^(pool|a\{b\}|egg|laravel-cache-login)$`)
	besideList   = regexp.MustCompile(`^redisson_lock_queue|^lock-signal:`)
	besideSorted = regexp.MustCompile(`:(ties|timeout)$|^(scores|silk)$`)
	besideSet    = regexp.MustCompile(`(queues|processes)$`)
)

// besideAs says that another key is there, of a type.
func (e Evidence) besideAs(typ, name string) Evidence {
	e.Beside[name] = typ
	return e
}

func soon(d time.Duration) float64 { return float64(now().Add(d).UnixMilli()) }

func fixtures() map[string]fixture {
	all := map[string]fixture{}
	for _, some := range []map[string]fixture{jobFixtures(), lockFixtures(), envelopeFixtures(), sessionFixtures(), limiterFixtures(), cacheFixtures(), boardFixtures(), plainFixtures()} {
		for name, f := range some {
			all[name] = f
		}
	}
	return all
}

func envelopeFixtures() map[string]fixture {
	random := strings.Repeat("\x07", 12)
	return map[string]fixture{
		"bullmq events":        {[]seen{{key("stream", "bull:mail:events", -1, "event", "added", "jobId", 1), "bull:mail:events", Row}}, []Evidence{key("stream", "bull:mail:log", -1, "event", "added")}},
		"socket.io streams":    {[]seen{{key("stream", "socket.io", -1, "uid", "a", "nsp", "/", "type", 3, "data", "{}"), "socket.io", Row}}, []Evidence{key("stream", "socket.io", -1, "uid", "a", "text", "x")}},
		"watermill":            {[]seen{{key("stream", "orders", -1, "_watermill_message_uuid", "u", "metadata", "\x80", "payload", "x"), "orders", Row}}, []Evidence{key("stream", "orders", -1, "metadata", "{}", "payload", "x")}},
		"dapr":                 {[]seen{{key("stream", "orders", -1, "data", `{"id":"1","source":"s","specversion":"1.0","type":"t","data":{}}`), "orders", Row}}, []Evidence{key("stream", "orders", -1, "data", `{"id":"1"}`)}},
		"taskiq":               {[]seen{{key("stream", "taskiq", -1, "data", `{"task_id":"1","task_name":"app:mail","labels":{},"args":[],"kwargs":{}}`), "taskiq", Row}}, []Evidence{key("stream", "taskiq", -1, "data", `{"task_id":"1"}`)}},
		"faststream":           {[]seen{{key("stream", "orders", -1, "__data__", "x"), "orders", Row}}, []Evidence{key("stream", "orders", -1, "__data", "x")}},
		"symfony messenger":    {[]seen{{key("stream", "messages", -1, "message", `{"body":"O:8:\\u0022Envelope","headers":[]}`), "messages", Row}}, []Evidence{key("stream", "messages", -1, "message", `{"body":"x"}`)}},
		"nestjs-redis-streams": {[]seen{{key("stream", "users", -1, "correlationId", "c", "data", `{"name":"ann"}`), "users", Row}}, []Evidence{key("stream", "users", -1, "correlationId", "c", "data", "ann")}},
		"spring data raw":      {[]seen{{key("stream", "orders", -1, "_raw", "x"), "orders", Row}}, []Evidence{key("stream", "orders", -1, "raw", "x")}},
		"spring data":          {[]seen{{key("stream", "orders", -1, "_class", "com.shop.Order", "id", 1), "orders", Row}}, []Evidence{key("stream", "orders", -1, "class", "x")}},
		"one field":            {[]seen{{key("stream", "orders", -1, "payload", "x", "trace", "y"), "orders", Row}}, []Evidence{key("stream", "orders", -1, "payload", "x", "data", "y")}},
		"channels_redis": {
			[]seen{
				{key("zset", "asgi:specific.abc!", -1, random+"\x81\xa1a\x01", soon(0)/1000), "asgi:specific.abc!", Row},
				{key("zset", "asgispecific.abc!", -1, random+"\x81\xa1a\x01", soon(0)/1000), "asgispecific.abc!", Row},
				{key("zset", "asgi:group:room", -1, "specific.abc!x", soon(0)/1000), "asgi:group:room", Row},
			},
			[]Evidence{key("zset", "asgi:scores", -1, "alice", 12.0), key("zset", "asgi:x", -1, random+"\x81\xa1a", soon(0)/1000)},
		},
	}
}

func sessionFixtures() map[string]fixture {
	const id = "spring:session:sessions:33fdd1b6"
	return map[string]fixture{
		"spring session": {
			[]seen{
				{key("hash", id, 2_000_000, "creationTime", "1700000000000", "maxInactiveInterval", "1800", "lastAccessedTime", "1700000000000", "sessionAttr:a", "\xac\xed"), id, Row},
				{key("string", "spring:session:sessions:expires:33fdd1b6", 1_000_000, "").beside(id), id, Companion},
				{key("set", "spring:session:expirations:1700000000000", 1_000_000, "expires:33fdd1b6", 0.0), "spring:session:sessions:1700000000000", Companion},
				{key("zset", "spring:session:sessions:expirations", -1, "33fdd1b6", soon(0)), "spring:session:sessions:expirations", Companion},
				{key("set", "spring:session:index:ann", -1, "33fdd1b6", 0.0), "spring:session:sessions:ann", Companion},
			},
			[]Evidence{key("hash", "spring:session:sessions:x", -1, "creationTime", "1"), key("string", "spring:session:sessions:expires:x", 1000, "")},
		},
		"express session": {
			[]seen{{key("string", "sess:Kq2", 86_400_000, `{"cookie":{"path":"/"},"user":1}`), "sess:Kq2", Row}},
			[]Evidence{key("string", "sess:Kq2", 86_400_000, `{"user":1}`), key("string", "sess:Kq2", 86_400_000, `"cookie"`)},
		},
	}
}

func limiterFixtures() map[string]fixture {
	tat := now().Sub(time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)).Seconds() + 3.5
	return map[string]fixture{
		"redis_rate": {
			[]seen{{key("string", "rate:user:1", 3500, fmt.Sprintf("%.6f", tat)), "rate:user:1", Row}},
			[]Evidence{key("string", "rate:eur", 3_600_000, "1.0842"), key("string", "rate:user:1", -1, fmt.Sprintf("%.6f", tat))},
		},
		"express rate limit": {
			[]seen{{key("string", "rl:10.0.0.1", 60_000, "7"), "rl:10.0.0.1", Row}},
			[]Evidence{key("string", "rl:10.0.0.1", -1, "7"), key("string", "rl:a", 60_000, "seven")},
		},
		"redisson limiter": {
			[]seen{
				{key("hash", "api", -1, "rate", 5, "interval", 1000, "type", 0, "keepAliveTime", 0), "api", Row},
				{key("zset", "{api}:permits", -1, "\x08abcdefgh\x01\x00\x00\x00", soon(0)).beside("api"), "api", Companion},
				{key("string", "{api}:value", -1, "4").beside("api"), "api", Companion},
			},
			[]Evidence{key("hash", "api", -1, "rate", "high", "interval", 1, "type", 0), key("zset", "{api}:permits", -1, "a", 3.0)},
		},
		"laravel limiter": {
			[]seen{
				{key("string", "laravel-cache-login", 60_000, "3").beside("laravel-cache-login:timer"), "laravel-cache-login", Row},
				{key("string", "laravel-cache-login:timer", 60_000, "i:"+fmt.Sprint(now().Unix()+60)+";").beside("laravel-cache-login"), "laravel-cache-login", Companion},
			},
			[]Evidence{key("string", "login", 60_000, "3"), key("string", "egg:timer", 60_000, "soft").beside("egg")},
		},
	}
}

// cutOff is a string of which the first 512 bytes were read.
func cutOff(value string) Evidence {
	e := key("string", "catalogue", 300_000, value[:512])
	e.Cut = true
	return e
}

// longCache is a long value as go-redis/cache compresses it, cut off.
func longCache(start string) Evidence {
	random := rand.New(rand.NewPCG(1, 2))
	body := []byte(start)
	for range 4000 {
		body = append(body, byte('a'+random.IntN(26)))
	}
	return cutOff(string(s2.Encode(nil, body)) + "\x01")
}

func cacheFixtures() map[string]fixture {
	return map[string]fixture{
		"asp.net cache": {
			[]seen{
				{key("hash", "app:1", 1000, "absexp", -1, "sldexp", -1, "data", "x"), "app:1", Row},
				{key("hash", "app:2", 1000, "aev", -1, "swv", -1, "dv", "x"), "app:2", Row},
			},
			[]Evidence{key("hash", "app:1", 1000, "absexp", -1, "data", "x")},
		},
		"spring data entity": {
			[]seen{
				{key("hash", "people:1", -1, "_class", "com.P", "name", "x"), "people:1", Row},
				{key("hash", "people:1:phantom", 1000, "_class", "com.P", "name", "x"), "people:1", Companion},
				{key("set", "people:1:idx", -1, "people:name:x", 0.0).beside("people:1"), "people:1", Companion},
			},
			[]Evidence{key("hash", "people:1", -1, "class", "P"), key("set", "people:1:idx", -1, "x", 0.0)},
		},
		"django cache": {
			[]seen{
				{key("string", ":1:views.page", 300_000, "\x80\x05\x95K\x01."), ":1:views.page", Row},
				{key("string", ":1:hits", 300_000, "12"), ":1:hits", Row},
			},
			[]Evidence{key("string", ":1:views.page", 300_000, "\x80\x09x."), key("string", "a:1:b", 300_000, "12")},
		},
		"go-redis cache": {
			[]seen{
				{key("string", "user:1", 300_000, "\x82\xa1a\x01\xa1b\x93\x01\x02\x03\x00"), "user:1", Row},
				{key("string", "user:1", 300_000, "\x1fx\x82\xa1a\x01\xa1b\xb8xxxxxxxxxxxxxxxxxxxxxxxx\x01"), "user:1", Row}, // S2: 31 bytes, all of them as they are
				{longCache("\x82\xa4name\xda\x10\x00"), "catalogue", Row},
				{longCache("\x93\x82\xa2id\x11\xa4name"), "catalogue", Row},
			},
			[]Evidence{
				key("string", "user:1", 300_000, "\x03\x08abc\x01"), key("string", "user:1", 300_000, "\x00\x01"), // S2 of a text, of nothing
				key("string", "user:1", 300_000, "\x82\xa1a\x01\xa1b\x93\x01\x02\x03"), // msgpack without the flag
				key("string", "user:1", 300_000, "\x01\x00"), key("string", "user:1", 300_000, "\x82\xa1a\x00"),
				longCache("\x93\x01\x02\x03"), longCache("\x80"), longCache("\x82\xc2\xc3"), longCache("a text"), longCache("{}"), // S2 of other things
				cutOff(strings.Repeat("hello, it is a plain text. ", 30)), cutOff(`{"a":"` + strings.Repeat("x", 600)), cutOff("\x82\xa4name\xda\x10\x00" + strings.Repeat("x", 600)),
				cutOff(strings.Repeat("\x00", 600)), cutOff(strings.Repeat("\xff", 600)), cutOff(strings.Repeat("\x80\x08", 600)),
			},
		},
	}
}

func boardFixtures() map[string]fixture {
	return map[string]fixture{
		"agoragames leaderboard": {
			[]seen{
				{key("zset", "scores", -1, "alice", 12.0).beside("scores:ties"), "scores", Row},
				{key("zset", "scores", -1, "alice", 12.0).beside("scores:member_data"), "scores", Row},
				{key("zset", "scores:ties", -1, "12.0", 12.0).beside("scores"), "scores", Companion},
				{key("hash", "scores:member_data", -1, "alice", "{}").beside("scores"), "scores", Companion},
			},
			[]Evidence{key("zset", "silk:ties", -1, "red", 3.0), key("zset", "scores", -1, "alice", 12.0)},
		},
		"sorted documents": {
			[]seen{{key("zset", "urgent", -1, `{"id":1}`, 2.0, `["mail",7]`, 1.0), "urgent", Row}},
			[]Evidence{
				key("zset", "scores", -1, `{"id":1}`, 2.0, "alice", 1.0),
				key("zset", "scores", -1, "[clan] alice", 2.0), key("zset", "scores", -1, "17", 2.0),
			},
		},
		"sorted jobs": {
			[]seen{{key("zset", "urgent", -1, "job:17", 2.0, "job:4f1c-22", 1.0), "urgent", Row}},
			[]Evidence{
				key("zset", "scores", -1, "job:17", 2.0, "alice", 1.0), key("zset", "scores", -1, "job", 2.0),
				key("zset", "scores", -1, "task-master", 2.0), key("zset", "scores", -1, "user:17", 2.0),
			},
		},
	}
}

func plainFixtures() map[string]fixture {
	return map[string]fixture{
		"delayed":    {[]seen{{key("zset", "later", -1, "a", soon(time.Hour)), "later", Row}}, []Evidence{key("zset", "later", -1, "a", soon(0), "b", 3.0)}},
		"geo":        {[]seen{{key("zset", "shops", -1, "a", 3476216502357864.0), "shops", Row}}, []Evidence{key("zset", "shops", -1, "a", 3476216502357864.5)}},
		"list":       {[]seen{{key("list", "x", -1), "x", Row}}, []Evidence{key("set", "x", -1)}},
		"stream":     {[]seen{{key("stream", "x", -1, "a", 1), "x", Row}}, []Evidence{key("string", "x", -1)}},
		"sorted set": {[]seen{{key("zset", "x", -1, "a", -4.5), "x", Row}}, []Evidence{key("hash", "x", -1)}},
	}
}

// TestEveryProfile: each row of the table has a fixture that it recognises, and a decoy that it
// leaves alone.
func TestEveryProfile(t *testing.T) {
	table, err := New()
	if err != nil {
		t.Fatal(err)
	}
	all := fixtures()
	for _, p := range Builtin() {
		f, ok := all[p.Name]
		if !ok || len(f.keys) == 0 || len(f.decoy) == 0 {
			t.Errorf("%s has no fixture or no decoy", p.Name)
		}
		delete(all, p.Name)
		for _, k := range f.keys {
			m, _ := table.Recognise(k.Evidence)
			if !m.Is() || m.Profile.Name != p.Name || m.Object != k.object || m.Key.Part != k.part {
				t.Errorf("%s: %s %s is %s", p.Name, k.Type, k.Name, describe(m))
			}
		}
		for _, e := range f.decoy {
			if m, _ := table.Recognise(e); m.Is() && m.Profile.Name == p.Name {
				t.Errorf("%s: the decoy %s %s is %s", p.Name, e.Type, e.Name, describe(m))
			}
		}
	}
	for name := range all {
		t.Errorf("a fixture for %s, which is no profile", name)
	}
}

func describe(m Match) string {
	if !m.Is() {
		return "nothing"
	}
	return fmt.Sprintf("%s of %s, object %q, part %d", m.Key.Match, m.Profile.Name, m.Object, m.Key.Part)
}

// FuzzStartsAsCache: whatever stands there, the start of a value is judged within it.
func FuzzStartsAsCache(f *testing.F) {
	f.Add(longCache("\x82\xa4name\xda\x10\x00").Value)
	f.Add("\x80\x08\xf4\xff")
	f.Add("\x80\x08\xfc\xff\xff\xff\xff\x82\xa1a\x01\xa1b\x01\x01\x01\x01\x01")
	f.Fuzz(func(t *testing.T, s string) {
		if startsAsCache(s) && len(s) < minLiteral {
			t.Errorf("%q is taken for a cache", s)
		}
	})
}
