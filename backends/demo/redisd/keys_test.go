package redisd

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// A scan meets every key that is there throughout, whatever comes and goes meanwhile.
func TestScanMeetsAll(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		d := newDict()
		for i := range 500 {
			d.put(&entry{name: fmt.Sprint("stays", i)})
		}
		met := map[string]bool{}
		cursor, calls := uint64(0), 0
		for {
			cursor = d.scan(cursor, 1+random.IntN(20), func(e *entry) { met[e.name] = true })
			if calls++; cursor == 0 {
				break
			}
			for range random.IntN(400) {
				name := fmt.Sprint("other", random.IntN(20000))
				if e := d.names[name]; e != nil {
					d.remove(e)
				} else {
					d.put(&entry{name: name})
				}
			}
			if calls%7 == 0 {
				for name, e := range d.names {
					if strings.HasPrefix(name, "other") {
						d.remove(e)
					}
				}
			}
		}
		for i := range 500 {
			if name := fmt.Sprint("stays", i); !met[name] {
				t.Fatalf("seed %d: %s was not met", seed, name)
			}
		}
	}
}

// inline runs a request on a bench and returns the answer as it is on the wire.
func (b *bench) inline(t testing.TB, line string) string {
	t.Helper()
	b.n.handle(b.c, strings.Fields(line))
	b.c.out.mu.Lock()
	defer b.c.out.mu.Unlock()
	out := string(b.c.out.buf)
	b.c.out.buf = nil
	return out
}

// Values survive the engine's renewal, and names that are no more are forgotten.
func TestCompact(t *testing.T) {
	b := newBench(t)
	lines := []string{
		"SET string v", "HSET hash a 1 b 2", "RPUSH list a b", "SADD set a b", "ZADD zset 1 a 2.5 b", "XADD stream 1-1 a b",
		"SETEX timed 1000 v", "PFADD hll a b c",
	}
	for _, l := range lines {
		b.inline(t, l)
	}
	looks := []string{
		"GET string", "HGETALL hash", "LRANGE list 0 -1", "SMEMBERS set", "ZRANGE zset 0 -1 WITHSCORES", "XRANGE stream - +",
		"EXPIRETIME timed", "PFCOUNT hll", "DBSIZE", "OBJECT ENCODING hash", "TYPE stream",
	}
	var before []string
	for _, l := range looks {
		before = append(before, b.inline(t, l))
	}
	old := b.n.engine
	for i := range forgetAfter + 10 {
		name := strconv.Itoa(i)
		b.inline(t, "SET "+name+" v")
		b.inline(t, "DEL "+name)
	}
	if b.n.engine == old || b.n.engine.names > forgetAfter {
		t.Error("the engine was not renewed")
	}
	for i, l := range looks {
		if got := b.inline(t, l); got != before[i] {
			t.Errorf("%s: %q, was %q", l, got, before[i])
		}
	}
}

func TestEviction(t *testing.T) {
	b := newBench(t)
	b.inline(t, "CONFIG SET maxmemory 1500000 maxmemory-policy allkeys-lru")
	value := strings.Repeat("x", 10000)
	for i := range 100 {
		if got := b.inline(t, fmt.Sprintf("SET k%d %s", i, value)); got != "+OK\r\n" {
			t.Fatalf("key %d: %q", i, got)
		}
	}
	if n := b.n.keys.len(); n < 20 || n > 60 || b.n.stats.evicted != int64(100-n) {
		t.Errorf("%d keys left, %d evicted", n, b.n.stats.evicted)
	}
	b.inline(t, "CONFIG SET maxmemory-policy noeviction maxmemory 1000000")
	if got := b.inline(t, "SET another v"); !strings.HasPrefix(got, "-OOM ") {
		t.Errorf("beyond the limit: %q", got)
	}
	if got := b.inline(t, "DEL k99"); got != ":1\r\n" {
		t.Errorf("DEL beyond the limit: %q", got)
	}
}

// Every command of the table has somebody who answers, whatever the arguments.
func TestEveryCommandAnswers(t *testing.T) {
	b := newBench(t)
	for _, c := range b.n.every() {
		if c.run == nil {
			t.Errorf("%s has no handler", c.name)
			continue
		}
		words := strings.Split(c.name, "|")
		for range 8 {
			b.do(t, words)
			words = append(words, "1")
		}
	}
}

// What the engine would do without bounds is refused.
func TestBounds(t *testing.T) {
	b := newBench(t)
	b.inline(t, "SADD s a b")
	b.inline(t, "HSET h a b")
	b.inline(t, "ZADD z 1 a")
	for _, l := range []string{
		"SETRANGE k 536870911 x", "SETBIT k 4294967295 1", "BITFIELD k SET u8 #536870912 1", "SRANDMEMBER s -2000000000",
		"HRANDFIELD h -2000000000", "ZRANDMEMBER z -2000000000", "EVAL return(string.rep('x',2000000000)) 0", "SETBIT k 9223372036854775807 1",
	} {
		if got := b.inline(t, l); !strings.HasPrefix(got, "-ERR ") {
			t.Errorf("%s: %.60q", l, got)
		}
	}
	if got := b.inline(t, "LPOP nothing 9223372036854775807"); got != "*-1\r\n" {
		t.Errorf("LPOP: %q", got)
	}
}

func TestBusyScript(t *testing.T) {
	killed := false
	run := &scriptRun{cancel: func() { killed = true }}
	if got := run.whileBusy([]string{"PING"}); !strings.HasPrefix(got, "-BUSY ") || killed {
		t.Errorf("PING: %q", got)
	}
	run.wrote.Store(true)
	if got := run.whileBusy([]string{"script", "kill"}); !strings.HasPrefix(got, "-UNKILLABLE ") || killed {
		t.Errorf("kill of a script that wrote: %q", got)
	}
	run.wrote.Store(false)
	if got := run.whileBusy([]string{"script", "kill"}); got != "+OK\r\n" || !killed {
		t.Errorf("kill: %q", got)
	}
}
