package redisd

import (
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends/demo/redisd/internal/resp"
)

// arguments are what fuzzed commands are made of beside their names.
func arguments() []string {
	return strings.Fields(`k k2 k3 k1 list set hash zset stream g c 0 1 -1 2 3 10 100 -100 1000000 4294967295 9223372036854775807
		-9223372036854775808 18446744073709551615 1.5 -inf inf nan 1e400 0x1p5 * $ > + - ( ) [a (a [ = ~ # 1-1 5-* 0-0 2-2 99-99 1-
		NX XX GT LT CH INCR EX PX EXAT PXAT KEEPTTL GET WITHSCORES WITHVALUES LIMIT BYSCORE BYLEX REV STORE STOREDIST COUNT MATCH TYPE
		ASC DESC ALPHA BY GET w_* h_*->f WEIGHTS AGGREGATE MAX MIN LEFT RIGHT BEFORE AFTER STREAMS GROUP BLOCK NOACK MAXLEN MINID MKSTREAM
		ENTRIESREAD IDLE TIME RETRYCOUNT FORCE JUSTID LASTID FULL REPLACE ABSTTL DB IDX LEN WITHMATCHLEN MINMATCHLEN i8 u63 i64 u64 SET INCRBY
		OVERFLOW SAT FAIL WRAP BIT BYTE AND OR XOR NOT SAMPLES AUTH SETNAME default ON OFF SKIP YES NO ID ADDR LADDR USER SKIPME m km
		BYBOX BYRADIUS FROMMEMBER FROMLONLAT WITHCOORD WITHDIST WITHHASH 13.361389 38.115556 notify-keyspace-events KEA maxmemory maxmemory-policy
		allkeys-lru slowlog-log-slower-than return redis.call('get',KEYS[1]) return{1,{err='x'},{ok='y'},{double=1}} RANK x y z é HYLL`)
}

// bench is a node with one client that nobody reads.
type bench struct {
	n *node
	c *client
}

func newBench(t testing.TB) *bench {
	n, err := newNode(Options{Report: func(err error) { t.Log(err) }}, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.shut)
	b := &bench{n: n}
	b.connect()
	return b
}

// connect makes a client without goroutines.
func (b *bench) connect() {
	near, far := net.Pipe()
	near.Close()
	b.n.lastID++
	b.c = &client{
		id: b.n.lastID, n: b.n, conn: far, addr: "fuzz", in: resp.NewReader(far), out: newOutbox(far, &b.n.stats.sent),
		born: time.Now(), active: time.Now(), user: "default", subs: newSubscriptions(), authed: true,
	}
	b.n.clients[b.c.id] = b.c
}

// do runs one request and checks that what the client got is well-formed.
func (b *bench) do(t testing.TB, args []string) {
	b.n.handle(b.c, args)
	b.n.mu.Lock()
	if w := b.c.wait; w != nil {
		b.n.waiters.expire(w)
	}
	b.n.setPause(time.Time{}, false)
	gone := b.c.gone || b.c.closing
	b.n.mu.Unlock()
	b.c.out.mu.Lock()
	out := b.c.out.buf
	b.c.out.buf = nil
	b.c.out.mu.Unlock()
	for len(out) > 0 {
		v, n, err := resp.Parse(out)
		if err != nil {
			t.Fatalf("%q: malformed answer %q", args, out)
		}
		if strings.HasPrefix(v.Text, "ERR internal error") {
			t.Fatalf("%q: %s", args, v.Text)
		}
		out = out[n:]
	}
	if gone {
		b.n.disconnectNow(b.c)
		b.connect()
	}
}

// disconnectNow forgets a client that has no goroutines.
func (n *node) disconnectNow(c *client) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kill(c)
}

// FuzzCommands sends made-up commands: every three bytes of the input choose a command or an
// argument; a zero ends a command. Inputs with a leading line feed are inline requests as they are.
func FuzzCommands(f *testing.F) {
	f.Add([]byte("\nSET k v\nGET k\nEVAL \"return redis.call('set','a','b')\" 0\nXADD s * a b\n"))
	f.Add([]byte("\nXADD s 1-1 a b\nXGROUP CREATE s g 0\nXREADGROUP GROUP g c STREAMS s >\nXAUTOCLAIM s g d 0 0\nXINFO STREAM s FULL\n"))
	f.Add([]byte("\nMULTI\nLPUSH l 1 2 3\nSORT l BY nosort GET # STORE d\nEXEC\nLCS l d\nDUMP l\nOBJECT ENCODING l\n"))
	f.Add([]byte("\nSUBSCRIBE a\nPUBLISH a b\nRESET\nCONFIG SET notify-keyspace-events KEA\nPSUBSCRIBE *\nHELLO 3\nZADD z 1 a 2 b\nZRANGE z 0 -1 WITHSCORES\n"))
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 { // a broad base: commands at random
		seed := make([]byte, 240)
		for i := range seed {
			if seed[i] = byte(random.Uint32()); i%12 < 2 {
				seed[i] = 0
			}
		}
		f.Add(seed)
	}
	b := newBench(f)
	var names [][]string
	for _, c := range b.n.every() {
		names = append(names, strings.Split(c.name, "|"))
	}
	pool := arguments()
	runs := 0
	f.Fuzz(func(t *testing.T, data []byte) {
		if runs++; runs%1000 == 0 {
			var m runtime.MemStats
			if runtime.ReadMemStats(&m); m.HeapAlloc > 1<<30 {
				t.Fatalf("%d MB of heap", m.HeapAlloc>>20)
			}
		}
		b.n.conf = newSettings(1, "")
		b.c.authed = true
		b.do(t, []string{"RESET"})
		b.do(t, []string{"FLUSHALL"})
		for _, args := range requests(data, names, pool) {
			b.do(t, args)
		}
	})
}

// requests makes requests of fuzzed bytes.
func requests(data []byte, names [][]string, pool []string) (out [][]string) {
	if len(data) > 0 && data[0] == '\n' {
		for line := range strings.Lines(string(data[1:])) {
			if words, ok := resp.Split(line); ok && len(words) > 0 && len(out) < 64 {
				out = append(out, words)
			}
		}
		return out
	}
	var words []string
	for part := range slices.Chunk(data, 2) {
		v := int(part[0])
		if len(part) > 1 {
			v |= int(part[1]) << 8
		}
		switch {
		case len(words) == 0:
			words = slices.Clone(names[v%len(names)])
		case v == 0 || len(words) > 12:
			out, words = append(out, words), nil
		default:
			words = append(words, pool[v%len(pool)])
		}
	}
	if len(words) > 0 {
		out = append(out, words)
	}
	return out[:min(len(out), 64)]
}

// FuzzRestore feeds dumps with right checksums and wrong contents.
func FuzzRestore(f *testing.F) {
	b := newBench(f)
	f.Add([]byte{dumpList, 2, 1, 'a', 0xc0, 5})
	f.Add([]byte{dumpHash, 1, 1, 'a', 1, 'b'})
	f.Fuzz(func(t *testing.T, body []byte) {
		if load, ok := parseDump(body); ok {
			k := &call{n: b.n, c: b.c, db: b.n.keys.dbs[0], now: time.Now(), w: &resp.Writer{}}
			if err := load(k, "restored"); err != nil {
				t.Fatal(err)
			}
			b.do(t, []string{"DUMP", "restored"})
			b.do(t, []string{"XINFO", "STREAM", "restored", "FULL"})
			b.do(t, []string{"FLUSHALL"})
		}
	})
}
