package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"

	goredis "github.com/redis/go-redis/v9"
)

func TestParseMonitor(t *testing.T) {
	for line, want := range map[string]string{
		`+1339518083.107412 [0 127.0.0.1:60866] "SET" "lock:a" "secret" "NX" "PX" "30000"`: "127.0.0.1:60866 SET … NX PX 30000",
		`+1339518083.107412 [0 127.0.0.1:60866] "set" "lock:a" "PX" "px" "5" "nx"`:         "127.0.0.1:60866 SET … NX PX 5",
		`+1339518083.107412 [0 127.0.0.1:60866] "SET" "lock:a" "NX"`:                       "127.0.0.1:60866 ",
		`+1339518083.107412 [0 127.0.0.1:60866] "SET" "lock:a" "secret" "XX" "EX" "5"`:     "127.0.0.1:60866 ",
		`+1339518083.107412 [0 [::1]:1] "setnx" "lock:a" "secret"`:                         "[::1]:1 SETNX",
		`+1339518083.107412 [0 unix:/run/redis.sock] "EVALSHA" "abc" "1" "lock:a" "30000"`: "unix:/run/redis.sock EVALSHA (a script on this key)",
		`+1339518083.107412 [0 127.0.0.1:1] "EVAL" "return \"lock:a\"" "0"`:                "127.0.0.1:1 ",
		`+1339518083.107412 [0 127.0.0.1:1] "hexists" "lock:a" "uuid:1"`:                   "127.0.0.1:1 HEXISTS",
		`+1339518083.107412 [0 127.0.0.1:1] "exists" "lock:\x61"`:                          "127.0.0.1:1 EXISTS",
		`+1339518083.107412 [0 127.0.0.1:1] "get" "lock:a"`:                                "127.0.0.1:1 ",
		`+1339518083.107412 [0 127.0.0.1:1] "exists" "lock:a`:                              "127.0.0.1:1 ",
		`+OK`: "-", `+x [0 a] "get"`: "-", ``: "-", `+1.2 [0 a] get`: "-",
	} {
		c, ok := parseMonitor(line)
		got := "-"
		if ok {
			got = c.client + " " + c.attempt("lock:a")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
		if ok && !c.at.Equal(time.Unix(1339518083, 107412000)) {
			t.Errorf("%s: at %v", line, c.at)
		}
	}
}

// TestMonitorStops: when it is read later and later it ends, instead of filling the server's memory.
func TestMonitorStops(t *testing.T) {
	var text strings.Builder
	for i := range 5 {
		fmt.Fprintf(&text, "+%d.000000 [0 c:1] \"EXISTS\" \"a\" \"%s\"\r\n", time.Now().Unix()+100-int64(i), strings.Repeat("x", 2*monitorLine))
	}
	tail := backends.OpenTail(t.Context(), backends.Target{Kind: backends.KindLock, Name: "a"}, func(ctx context.Context, _ *backends.Tail) { <-ctx.Done() })
	defer tail.Close()
	if err := follow(bufio.NewReaderSize(strings.NewReader(text.String()), monitorLine), tail, 0); !errors.Is(err, errBehind) {
		t.Errorf("it ends with %v", err)
	}
	if n := tail.Ring.Stats().Seen(); n < 1 || n > 2 {
		t.Errorf("%d attempts before it fell behind", n)
	}
}

func TestContention(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { _ = client.Close() })
		s := openedSource(t, server.URL())
		l := locks{s}
		ctx := context.Background()
		target := backends.Target{Kind: backends.KindLock, Name: "lock:a"}
		if _, err := l.WatchContention(ctx, backends.Look{Target: target}); backends.ReasonOf(err) != backends.NotAllowed {
			t.Errorf("without consent: %v", err)
		}
		plan, err := l.PlanContention(ctx, "lock:a")
		if err != nil || plan.Consent != backends.Confirm || !strings.Contains(strings.Join(plan.Effects, " "), "may halve") {
			t.Fatalf("%+v, %v", plan, err)
		}
		tail, err := l.WatchContention(ctx, backends.Look{Target: target, Confirmed: true})
		if err != nil {
			t.Fatal(err)
		}
		defer tail.Close()
		testkit.Eventually(t, "attempts", func() bool {
			client.SetNX(ctx, "lock:a", "hunter2", time.Minute)
			client.SetNX(ctx, "lock:b", "hunter2", time.Minute)
			client.Eval(ctx, "return redis.call('exists', KEYS[1])", []string{"lock:a"}, "hunter2")
			return tail.Ring.Stats().Seen() > 3
		})
		seen, _ := tail.Ring.Last(100)
		for _, m := range seen {
			if m.Route == "" || strings.Contains(string(m.Body)+m.Route, "hunter2") || m.Route == "lua" {
				t.Errorf("%q by %q", m.Body, m.Route)
			}
		}
		tail.Close()
	})
}

func TestContentionDenied(t *testing.T) {
	server := testkit.Redis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	if err := client.Do(t.Context(), "ACL", "SETUSER", "default", "-monitor").Err(); err != nil {
		t.Fatal(err)
	}
	s := openedSource(t, server.URL())
	look := backends.Look{Target: backends.Target{Kind: backends.KindLock, Name: "a"}, Confirmed: true}
	tail, err := locks{s}.WatchContention(t.Context(), look)
	if err != nil {
		t.Fatal(err)
	}
	<-tail.Done()
	if err := tail.State().Err; backends.ReasonOf(err) != backends.Denied || !strings.Contains(err.Error(), "MONITOR") {
		t.Errorf("%v, want a denial", err)
	}
}
