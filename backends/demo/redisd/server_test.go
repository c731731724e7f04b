package redisd_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/redisd"
	"bustop/backends/testkit"

	goredis "github.com/redis/go-redis/v9"
)

func TestServes(t *testing.T) {
	s := start(t, redisd.Options{Password: "secret"})
	c := dial(t, s)
	c.send("*1\r\n$4\r\nPING\r\n")
	if got := c.line(); got != "-NOAUTH Authentication required." {
		t.Error(got)
	}
	c.send("AUTH wrong\r\nAUTH secret\r\nPING\r\n\r\nQUIT\r\n")
	for _, want := range []string{"-WRONGPASS invalid username-password pair or user is disabled.", "+OK", "+PONG", "+OK"} {
		if got := c.line(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if _, err := c.in.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("after QUIT: %v", err)
	}
	opt, err := goredis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	opt.DisableIdentity = true
	tcp := goredis.NewClient(opt)
	defer tcp.Close()
	if err := tcp.Ping(t.Context()).Err(); err != nil {
		t.Errorf("over TCP: %v", err)
	}
}

func TestKillAndRestart(t *testing.T) {
	s := start(t, redisd.Options{})
	addr := s.Addr()
	if err := connect(t, s, nil).Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if _, err := s.Dial(t.Context()); !errors.Is(err, redisd.ErrClosed) {
		t.Errorf("dial a killed server: %v", err)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if s.Addr() != addr {
		t.Errorf("restarted at %s, was at %s", s.Addr(), addr)
	}
	if n, err := connect(t, s, nil).DBSize(t.Context()).Result(); n != 0 || err != nil {
		t.Errorf("%d keys after a restart, %v", n, err)
	}
	connect(t, s, nil).Do(t.Context(), "SHUTDOWN") // its answer is that the connection ends
	testkit.Eventually(t, "SHUTDOWN ends the server", func() bool {
		_, err := s.Dial(t.Context())
		return errors.Is(err, redisd.ErrClosed)
	})
	s.Close()
	s.Close()
	if err := s.Restart(); !errors.Is(err, redisd.ErrClosed) {
		t.Errorf("restart of a closed server: %v", err)
	}
}

func TestOptions(t *testing.T) {
	if _, err := redisd.Start(redisd.Options{Addr: "256.0.0.1:1"}); err == nil {
		t.Error("started at an address that cannot be")
	}
	if _, err := redisd.Start(redisd.Options{Settings: map[string]string{"no-such": "1"}}); err == nil {
		t.Error("started with a setting that is not")
	}
	s := start(t, redisd.Options{NoListen: true, Settings: map[string]string{"slowlog-log-slower-than": "0", "databases": "16"}})
	if s.Addr() != "" {
		t.Errorf("address %q without a listener", s.Addr())
	}
	c := connect(t, s, nil)
	if got := c.ConfigGet(t.Context(), "slowlog-*").Val()["slowlog-log-slower-than"]; got != "0" {
		t.Errorf("setting: %q", got)
	}
	if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	log := c.SlowLogGet(t.Context(), 10).Val()
	if len(log) == 0 || strings.Join(log[0].Args, " ") != "set k v" || log[0].Duration <= 0 {
		t.Errorf("slow log: %+v", log)
	}
}

// A day of virtual time passes at once, and keys run out at their moment.
func TestVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := redisd.Start(redisd.Options{NoListen: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ctx := context.Background()
		c := goredis.NewClient(&goredis.Options{Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) { return s.Dial(ctx) }, DisableIdentity: true})
		defer c.Close()
		c.ConfigSet(ctx, "notify-keyspace-events", "Ex")
		sub := c.Subscribe(ctx, "__keyevent@0__:expired")
		defer sub.Close()
		if _, err := sub.Receive(ctx); err != nil {
			t.Fatal(err)
		}
		c.Set(ctx, "hour", "v", time.Hour)
		for i := range 1000 {
			c.Set(ctx, fmt.Sprint("k", i), "v", time.Duration(i+1)*80*time.Second)
		}
		c.Del(ctx, "k999")
		time.Sleep(time.Hour - time.Millisecond)
		if n := c.Exists(ctx, "hour").Val(); n != 1 {
			t.Error("gone before its time")
		}
		time.Sleep(2 * time.Millisecond)
		if n := c.Exists(ctx, "hour").Val(); n != 0 {
			t.Error("there after its time")
		}
		started := time.Now()
		for got := 1; got < 999; got++ { // hour, and all but the last
			m, err := sub.ReceiveTimeout(ctx, 24*time.Hour)
			if err != nil {
				t.Fatalf("%d events: %v", got, err)
			}
			if message, ok := m.(*goredis.Message); !ok || !strings.ContainsAny(message.Payload, "hk") {
				t.Fatalf("event %v", m)
			}
		}
		if d := time.Since(started); d < 20*time.Hour || d > 24*time.Hour {
			t.Errorf("the last key ran out after %v", d)
		}
		start := time.Now()
		if v := c.BLPop(ctx, 3*time.Second, "nothing"); !errors.Is(v.Err(), goredis.Nil) || time.Since(start) != 3*time.Second {
			t.Errorf("BLPOP: %v after %v", v, time.Since(start))
		}
	})
}

// A subscriber and a monitor that do not read are cut off, and nobody waits for them.
func TestStalledReaders(t *testing.T) {
	s := start(t, redisd.Options{Settings: map[string]string{"client-output-buffer-limit": "normal 0 0 0 slave 0 0 0 pubsub 4194304 0 0"}})
	stalled, monitor := dial(t, s), dial(t, s)
	stalled.send("SUBSCRIBE ch\r\n")
	monitor.send("MONITOR\r\n")
	for range 6 {
		stalled.line()
	}
	monitor.line()
	c := connect(t, s, nil)
	body := strings.Repeat("x", 1<<16)
	for i := range 200 {
		if err := c.Publish(t.Context(), "ch", body).Err(); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	if n := c.PubSubNumSub(t.Context(), "ch").Val()["ch"]; n != 0 {
		t.Error("the subscriber is still there")
	}
	testkit.Eventually(t, "only the publisher is connected", func() bool {
		return strings.Count(c.ClientList(t.Context()).Val(), "\n") == 1
	})
}

// A client that asks for more than it reads holds nobody up either.
func TestUnreadReplies(t *testing.T) {
	s := start(t, redisd.Options{})
	c := connect(t, s, nil)
	if err := c.Set(t.Context(), "big", strings.Repeat("x", 1<<20), 0).Err(); err != nil {
		t.Fatal(err)
	}
	greedy := dial(t, s)
	failed := make(chan struct{})
	go func() {
		defer close(failed)
		for { // until it is cut off
			if _, err := greedy.conn.Write([]byte("GET big\r\n")); err != nil {
				return
			}
		}
	}()
	select {
	case <-failed:
	case <-time.After(time.Minute):
		t.Error("a client may leave any amount unread")
	}
	if err := c.Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
}

func TestCloseEndsScripts(t *testing.T) {
	s := start(t, redisd.Options{})
	c := dial(t, s)
	c.send("EVAL \"while true do end\" 0\r\n")
	time.AfterFunc(50*time.Millisecond, s.Close)
	_, err := c.in.ReadString('\n')
	if err == nil {
		_, err = c.in.ReadString('\n')
	}
	if err == nil {
		t.Error("the script went on")
	}
}

func TestFaults(t *testing.T) {
	var refuse, cut atomic.Bool
	s := start(t, redisd.Options{Faults: redisd.Faults{
		Accept: func(string) redisd.Fault { return redisd.Fault{Cut: cut.Load()} },
		Command: func(_ int64, args []string) redisd.Fault {
			switch {
			case strings.EqualFold(args[0], "GET") && refuse.Load():
				return redisd.Fault{Refuse: "LOADING Redis is loading the dataset in memory"}
			case strings.EqualFold(args[0], "DBSIZE"):
				return redisd.Fault{Cut: true}
			case strings.EqualFold(args[0], "ECHO"):
				return redisd.Fault{Drop: true}
			case strings.EqualFold(args[0], "TIME"):
				return redisd.Fault{Delay: 30 * time.Millisecond}
			}
			return redisd.Fault{}
		},
	}})
	c := dial(t, s)
	refuse.Store(true)
	c.send("GET k\r\n")
	if got := c.line(); got != "-LOADING Redis is loading the dataset in memory" {
		t.Errorf("refused: %q", got)
	}
	begin := time.Now()
	c.send("ECHO dropped\r\nTIME\r\n")
	if got := c.line(); got != "*2" || time.Since(begin) < 30*time.Millisecond {
		t.Errorf("after a dropped and a late answer: %q in %v", got, time.Since(begin))
	}
	c.send("DBSIZE\r\n")
	if _, err := io.ReadAll(c.in); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("cut: %v", err)
	}
	cut.Store(true)
	refused := dial(t, s)
	if _, err := refused.in.ReadByte(); err == nil {
		t.Error("a connection that should be cut was served")
	}
}

// Those who wait longest are served first, and nobody who has gone away is.
func TestWaitersInOrder(t *testing.T) {
	s := start(t, redisd.Options{})
	c := connect(t, s, nil)
	blocked := func(n int64) {
		testkit.Eventually(t, fmt.Sprint(n, " clients wait"), func() bool {
			return strings.Contains(c.Info(t.Context(), "clients").Val(), fmt.Sprintf("blocked_clients:%d\r\n", n))
		})
	}
	var waiting []*raw
	for i := range 3 {
		r := dial(t, s)
		r.send("BLPOP l 0\r\n")
		blocked(int64(i + 1))
		waiting = append(waiting, r)
	}
	waiting[0].conn.Close()
	blocked(2)
	if err := c.RPush(t.Context(), "l", "first", "second", "third").Err(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"first", "second"} {
		r := waiting[i+1]
		for range 4 {
			r.line()
		}
		if got := r.line(); got != want {
			t.Errorf("waiter %d got %q", i, got)
		}
	}
	if got := c.LRange(t.Context(), "l", 0, -1).Val(); len(got) != 1 || got[0] != "third" {
		t.Errorf("left: %q", got)
	}
}
