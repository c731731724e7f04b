package gate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"pgregory.net/rapid"

	"bustop/backends"
	"bustop/backends/testkit"
)

// allowedRedis is the list a second time, kept apart from the table on purpose: a slip in the
// one shows in the other.
const allowedRedis = `
acl|dryrun acl|whoami asking auth client|getname client|id client|info client|list client|no-touch
client|tracking
client|setname cluster|info cluster|keyslot cluster|myid cluster|nodes cluster|shards cluster|slots
command command|count command|docs command|info command|list config|get dbsize exists expiretime
get getrange hello hexists hget hlen hmget hpttl hscan hstrlen info lastsave latency|history latency|latest
lindex llen lrange memory|usage object|encoding object|freq object|idletime object|refcount
pexpiretime ping psubscribe pttl pubsub|channels pubsub|numpat pubsub|numsub pubsub|shardchannels
pubsub|shardnumsub punsubscribe quit readonly readwrite reset role scan scard select sismember
slowlog|get slowlog|len smismember sscan ssubscribe strlen subscribe sunsubscribe time ttl type
unsubscribe xinfo|consumers xinfo|groups xinfo|stream xlen xpending xrange xread xrevrange zcard
zcount zmscore zrange zrangebyscore zrank zrevrange zrevrangebyscore zrevrank zscan zscore
`

// onSentinelOnly are names that a Redis server does not list itself.
const onSentinelOnly = `
sentinel|get-master-addr-by-name sentinel|master sentinel|masters sentinel|myid sentinel|replicas
sentinel|sentinels sentinel|slaves
`

// resp encodes a command as clients do.
func resp(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

// passes reports whether a command passes a fresh gate, whole.
func passes(t *testing.T, words ...string) bool {
	t.Helper()
	sent, err := pour(Redis, []byte(resp(words...)), nil)
	if err == nil && string(sent) == resp(words...) {
		return true
	}
	if !errors.Is(err, backends.ErrRefused) || len(sent) > 0 {
		t.Fatalf("%q: %v, forwarded %q", words, err, sent)
	}
	return false
}

// serverCommands asks a real server for all its commands and sub-commands ("client|kill") with
// their flags.
func serverCommands(t *testing.T) map[string][]string {
	t.Helper()
	server := testkit.Redis(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	reply, err := client.Do(context.Background(), "COMMAND").Slice()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]string{}
	var add func(entry []any)
	add = func(entry []any) {
		var flags []string
		for _, f := range entry[2].([]any) {
			flags = append(flags, f.(string))
		}
		known[entry[0].(string)] = flags
		for _, sub := range entry[9].([]any) {
			add(sub.([]any))
		}
	}
	for _, entry := range reply {
		add(entry.([]any))
	}
	return known
}

func TestRedisTableAgainstEveryCommandOfTheServer(t *testing.T) {
	known := serverCommands(t)
	if len(known) < 300 {
		t.Fatalf("the server lists only %d commands", len(known))
	}
	allowed := strings.Fields(allowedRedis)
	for name, flags := range known {
		words := strings.Split(name, "|")
		switch name {
		case "config|get":
			words = append(words, "maxmemory")
		case "client|tracking":
			words = append(words, "on", "bcast", "prefix", "lock:")
		}
		want := slices.Contains(allowed, name)
		for _, form := range [][]string{words, {strings.ToUpper(words[0])}, append(slices.Clone(words), "a", "b", "c")} {
			if len(form) == 1 && len(words) > 1 || (want && (name == "command" || name == "config|get" || name == "client|tracking") && len(form) > len(words)) {
				continue
			}
			if got := passes(t, form...); got != want {
				t.Errorf("%q passes: %v, want %v", form, got, want)
			}
		}
		if want && slices.Contains(flags, "write") {
			t.Errorf("%s is allowed, and the server says that it writes", name)
		}
	}
	for _, name := range allowed {
		// Since Redis 7.2 and 7.4.
		if _, ok := known[name]; !ok && name != "client|no-touch" && name != "hpttl" {
			t.Errorf("%s is on the list, and the server does not know it", name)
		}
	}
}

func TestRedisTableHoldsNothingElse(t *testing.T) {
	var names []string
	for name := range redisTable() {
		names = append(names, strings.ToLower(strings.Replace(name, " ", "|", 1)))
	}
	want := strings.Fields(allowedRedis + onSentinelOnly)
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Fatalf("table: %v\nlist:  %v", names, want)
	}
}

func TestRedisArguments(t *testing.T) {
	cases := map[string]bool{
		"MEMORY USAGE k":                               true,
		"memory usage k samples 5":                     true,
		"MEMORY USAGE k SAMPLES 0":                     false,
		"MEMORY USAGE k samples 00":                    false,
		"MEMORY USAGE k SAMPLES":                       false,
		"MEMORY USAGE SAMPLES":                         true, // a key of that name
		"MEMORY USAGE k SAMPLES -1":                    false,
		"CONFIG GET maxmemory":                         true,
		"CONFIG GET MaxMemory timeout":                 true,
		"CONFIG GET":                                   false,
		"CONFIG GET *":                                 false,
		"CONFIG GET requirepass":                       false,
		"CONFIG GET maxmemory masterauth":              false,
		"CONFIG GET max*":                              false,
		"CONFIG SET maxmemory 1":                       false,
		"XINFO STREAM k":                               true,
		"XINFO STREAM k FULL":                          true,
		"XINFO STREAM k FULL COUNT 3":                  true,
		"XINFO STREAM k full count 0":                  false,
		"XREAD COUNT 1 STREAMS a 0":                    true,
		"XREADGROUP GROUP g c STREAMS a >":             false,
		"COMMAND":                                      true,
		"COMMAND GETKEYS get a":                        false,
		"CLIENT KILL 127.0.0.1:1":                      false,
		"CLIENT TRACKING ON":                           false,
		"CLIENT TRACKING OFF":                          true,
		"CLIENT TRACKING ON BCAST":                     false,
		"CLIENT TRACKING ON PREFIX a":                  false,
		"client tracking on bcast prefix a prefix b":   true,
		"CLIENT TRACKING ON BCAST PREFIX":              false,
		"CLIENT TRACKING ON BCAST PREFIX a NOLOOP":     false,
		"CLIENT TRACKING ON BCAST REDIRECT 7":          false,
		"CLIENT TRACKING ON REDIRECT 7 BCAST PREFIX a": false,
		"CLIENT TRACKING ON BCAST PREFIX a REDIRECT 7": false,
		"CLIENT":                              false,
		"GETDEL k":                            false,
		"GETEX k EX 1":                        false,
		"SORT k STORE d":                      false,
		"HGETALL k":                           false,
		"SENTINEL failover m":                 false,
		"SENTINEL get-master-addr-by-name m":  true,
		"HELLO 3 AUTH u p SETNAME n":          true,
		"ZRANGE k 0 1 WITHSCORES":             true,
		"ZRANGESTORE d k 0 1":                 false,
		"PING\x00 x":                          false,
		"OBJECT ENCODING k":                   true,
		"MONITOR":                             false,
		"EVAL x 0":                            false,
		"EVAL_RO x 0":                         false,
		"MULTI":                               false,
		"ACL LIST":                            false,
		"DEBUG OBJECT k":                      false,
		"LATENCY RESET":                       false,
		"SLOWLOG RESET":                       false,
		"CLIENT UNBLOCK 1":                    false,
		"CLIENT REPLY OFF":                    false,
		"CLIENT PAUSE 1000":                   false,
		"SUBSCRIBE c":                         true,
		"PUBLISH c m":                         false,
		"SPUBLISH c m":                        false,
		"OBJECT HELP":                         false,
		"XINFO HELP":                          false,
		"XPENDING k g IDLE 5 - + 10":          true,
		"HRANDFIELD k -1000000000":            false,
		"SRANDMEMBER k -1000000000":           false,
		"ZRANDMEMBER k -1000000000 WITHSCORE": false,
	}
	for line, want := range cases {
		if got := passes(t, strings.Split(line, " ")...); got != want {
			t.Errorf("%q passes: %v, want %v", line, got, want)
		}
	}
}

func TestRedisRefusesWhatIsNoCommand(t *testing.T) {
	for _, stream := range []string{
		"PING\r\n", "GET k\r\n", "\r\n", "*0\r\n", "*-1\r\n", "*+1\r\n", "*01\r\n$4\r\nPING\r\n", "*1\n$4\nPING\n",
		"*1\r\n$04\r\nPING\r\n", "*1\r\n$-1\r\n", "*1\r\n:1\r\n", "*1\r\n$4\r\nPINGxx", "*1\r\n$4\r\nPING\rx",
		"*99999999\r\n", "*5000\r\n", "*1\r\n$300000\r\n", "*1\r\n$99999999999999999999\r\n", "*\r\n", "*1\r\n$\r\n",
		"*1\r\n+PING\r\n", "\x16\x03\x01\x02\x00", "GET / HTTP/1.1\r\n", "*1\r\n$0\r\n\r\n",
	} {
		sent, err := pour(Redis, []byte(stream), nil)
		if !errors.Is(err, backends.ErrRefused) || len(sent) > 0 {
			t.Errorf("%q: %v, forwarded %q", stream, err, sent)
		}
	}
}

func TestRedisRefusalsNameNoArguments(t *testing.T) {
	for _, words := range [][]string{
		{"SET", "hunter2", "hunter2"},
		{"CONFIG", "SET", "requirepass", "hunter2"},
		{"CONFIG", "GET", "hunter2"},
		{"EVAL", "hunter2", "0"},
		{"hunter2 is not a name"},
		{"FUNCTION", "HUNTER2"},
		{"MIGRATE", "h", "1", "", "0", "1", "AUTH", "hunter2"},
	} {
		_, err := pour(Redis, []byte(resp(words...)), nil)
		if err == nil || strings.Contains(strings.ToLower(err.Error()), "hunter2") {
			t.Errorf("%q: %v", words, err)
		}
	}
	_, err := pour(Redis, []byte(resp("config", "set", "a", "b")), nil)
	if err == nil || !strings.Contains(err.Error(), "CONFIG SET") {
		t.Errorf("the refusal does not name the sub-command: %v", err)
	}
}

func TestRedisHoldsBackABoundedNumberOfBytes(t *testing.T) {
	conn := Redis(&wire{}).(*gated)
	var err error
	total := 0
	write := func(s string) {
		if err == nil {
			_, err = conn.Write([]byte(s))
			total += len(s)
		}
	}
	write("*4096\r\n$3\r\nGET\r\n")
	for range 5000 {
		write("$1000\r\n" + strings.Repeat("x", 1000) + "\r\n")
	}
	if !errors.Is(err, backends.ErrRefused) || total > maxCommand+2000 {
		t.Fatalf("%d bytes of one command were taken: %v", total, err)
	}
}

// TestGoRedisWorksBehindTheGate lets the client library do its handshake, a pipeline, a cursor
// and a subscription against a real server, and shows that a write does not arrive.
func TestGoRedisWorksBehindTheGate(t *testing.T) {
	server := testkit.Redis(t)
	ctx := t.Context()
	direct := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer direct.Close()
	direct.Set(ctx, "k", strings.Repeat("v", 100_000), 0)
	client := redis.NewClient(gatedOptions(server.Addr()))
	defer client.Close()
	cmds, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for range 500 {
			p.Type(ctx, "k")
			p.PTTL(ctx, "k")
		}
		return nil
	})
	if err != nil || len(cmds) != 1000 {
		t.Fatalf("a pipeline: %v", err)
	}
	if v, err := client.Get(ctx, "k").Result(); err != nil || len(v) != 100_000 {
		t.Fatalf("GET: %d bytes, %v", len(v), err)
	}
	sub := client.Subscribe(ctx, "c")
	defer sub.Close()
	if _, err := sub.Receive(ctx); err != nil {
		t.Fatalf("SUBSCRIBE: %v", err)
	}
	if err := client.Set(ctx, "k", "gone", 0).Err(); !errors.Is(err, backends.ErrRefused) {
		t.Fatalf("SET: %v", err)
	}
	if err := client.Get(ctx, "k").Err(); err != nil {
		t.Fatalf("after a refusal the client does not go on: %v", err)
	}
	if n := direct.StrLen(ctx, "k").Val(); n != 100_000 {
		t.Fatalf("the refused SET arrived: %d bytes left", n)
	}
}

// gatedOptions are go-redis options whose connections pass the gate.
func gatedOptions(addr string) *redis.Options {
	return &redis.Options{
		Addr: addr, MaxRetries: -1, DisableIdentity: true, ClientName: "gate-test",
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return Redis(conn), nil
		},
	}
}

func TestRedisChunkingChangesNothing(t *testing.T) {
	words := []string{"GET", "get", "SET", "CONFIG", "SET", "MEMORY", "USAGE", "k", "SAMPLES", "0", "", "\r\n", "XINFO", "STREAM"}
	rapid.Check(t, func(t *rapid.T) {
		var stream bytes.Buffer
		for range rapid.IntRange(1, 8).Draw(t, "commands") {
			if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
				stream.Write(rapid.SliceOfN(rapid.SampledFrom([]byte("*$1203\r\nGET ")), 0, 12).Draw(t, "noise"))
				continue
			}
			cmd := rapid.SliceOfN(rapid.SampledFrom(words), 0, 4).Draw(t, "words")
			stream.WriteString(resp(append([]string{rapid.SampledFrom(words[:8]).Draw(t, "name")}, cmd...)...))
		}
		sent := sameInPieces(t, Redis, stream.Bytes(), cutter(t, stream.Len()))
		onlyAllowedRedis(t, sent)
	})
}

func FuzzRedis(f *testing.F) {
	for _, s := range []string{
		resp("GET", "k"), resp("PING") + resp("SET", "k", "v"), resp("CONFIG", "GET", "timeout") + "*1\r\n$", "*1\r\n$4\r\nPING",
		"PING\r\n", "*3\r\n$3\r\nGET\r\n$-1\r\n", resp("MEMORY", "USAGE", "k", "SAMPLES", "0"),
	} {
		f.Add([]byte(s), uint16(3), uint16(9))
	}
	f.Fuzz(func(t *testing.T, stream []byte, a, b uint16) {
		cuts := []int{int(min(a, b)), int(max(a, b))}
		onlyAllowedRedis(t, sameInPieces(t, Redis, stream, cuts))
	})
}

// onlyAllowedRedis reads what was forwarded as a server does, leniently, and looks every command
// up in the test's own list.
func onlyAllowedRedis(t rapid.TB, sent []byte) {
	allowed := strings.Fields(allowedRedis + onSentinelOnly)
	r := bufio.NewReader(bytes.NewReader(sent))
	number := func() (int, error) {
		line, err := r.ReadString('\n')
		if err != nil {
			return 0, err
		}
		return strconv.Atoi(strings.TrimRight(line[1:], "\r\n"))
	}
	for {
		n, err := number()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("forwarded %q: %v", sent, err)
		}
		var words []string
		for range n {
			size, err := number()
			word := make([]byte, size+2)
			if _, errRead := io.ReadFull(r, word); err != nil || errRead != nil {
				t.Fatalf("half a command was forwarded: %q", sent)
			}
			words = append(words, strings.ToLower(string(word[:size])))
		}
		if !slices.Contains(allowed, words[0]) && (n < 2 || !slices.Contains(allowed, words[0]+"|"+words[1])) {
			t.Fatalf("forwarded: %q", words)
		}
	}
}
