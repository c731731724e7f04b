package shop_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"bustop/backends/demo/rabbitd"
	"bustop/backends/demo/redisd"
	"bustop/backends/demo/shop"
	"bustop/backends/demo/shop/shoptest"
)

// memory are servers in this process, and a look at them.
type memory struct {
	shoptest.Look
	redis  *redisd.Server
	rabbit *rabbitd.Server
}

func startMemory(t *testing.T) *memory { return startServers(t, false) }

// startServers starts servers that are reached by TCP or in memory.
func startServers(t *testing.T, tcp bool) *memory {
	t.Helper()
	db, err := redisd.Start(redisd.Options{NoListen: !tcp})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	broker, err := rabbitd.Start(rabbitd.Options{NoListen: !tcp})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	transport := broker.HTTPTransport()
	t.Cleanup(transport.CloseIdleConnections)
	m := &memory{
		redis: db, rabbit: broker,
		Look: shoptest.Look{
			T: t,
			Redis: func() *redis.Options {
				// An address of digits: go-redis looks names up.
				return &redis.Options{
					Addr: "127.0.0.1:6379", DisableIdentity: true,
					Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) { return db.Dial(ctx) },
				}
			},
			Broker: shop.Broker{
				URL: broker.URL(), Management: broker.ManagementURL(), HTTP: &http.Client{Transport: transport},
				Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
					conn, err := broker.Dial(ctx)
					if err != nil {
						return nil, err
					}
					return buffered(conn), nil
				},
			},
		},
	}
	if tcp {
		m.Redis = func() *redis.Options { return &redis.Options{Addr: db.Addr(), DisableIdentity: true} }
		m.Broker.Dial = nil
	}
	return m
}

// SetMemoryAlarm is shop.Operator.
func (m *memory) SetMemoryAlarm(on bool) error {
	m.rabbit.Broker().SetMemoryAlarm(on)
	return nil
}

// story is a shop that runs on servers in memory.
type story struct {
	stop context.CancelFunc
	over chan error
}

func (m *memory) run(t *testing.T, opt shop.Options) *story {
	t.Helper()
	opt.Redis, opt.Broker, opt.Operator = m.Redis, m.Broker, m
	s, err := shop.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := &story{stop: stop, over: make(chan error, 1)}
	go func() { r.over <- s.Run(ctx) }()
	return r
}

func (r *story) end(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.over; !errors.Is(err, context.Canceled) {
		t.Errorf("the story ends with %v", err)
	}
}

// troubles collects what services complain of.
type troubles struct {
	mu    sync.Mutex
	lines []string
}

func (l *troubles) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *troubles) none(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines[:min(len(l.lines), 20)] {
		t.Error(line)
	}
}

// TestEverythingInMemory is TestDemo on embedded servers.
func TestEverythingInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, log := startMemory(t), &troubles{}
		s := m.run(t, shop.Options{Seed: 1, Rate: 60, Log: log.add})
		m.Everything()
		s.end(t)
		log.none(t)
	})
}

func TestTheIncidentInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := startMemory(t)
		s := m.run(t, shop.Options{Seed: 1, Scenario: shop.Incident, Log: func(line string) { t.Log(line) }})
		m.Incident(time.Now())
		s.end(t)
	})
}

// TestServersComeBackInMemory kills the servers under the shop, in the middle of an incident too;
// embedded servers come back empty.
func TestServersComeBackInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, log := startMemory(t), &troubles{}
		s := m.run(t, shop.Options{Seed: 1, Rate: 20, Scenario: shop.Incident, Log: log.add})
		for range 3 {
			time.Sleep(70 * time.Second)
			m.redis.Kill()
			m.rabbit.Kill()
			time.Sleep(10 * time.Second)
			if err := errors.Join(m.redis.Restart(), m.rabbit.Restart()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Minute) // the end of the incident
		if q := m.Queue("billing"); q.Consumers != 1 || q.Messages > 50 {
			t.Errorf("%+v", q)
		}
		before := m.Queue("audit").Messages
		time.Sleep(10 * time.Second)
		if now := m.Queue("audit").Messages; now <= before || before == 0 {
			t.Errorf("%d orders and then %d", before, now)
		}
		s.end(t)
		if len(log.lines) == 0 {
			t.Error("nobody has noticed")
		}
	})
}

func TestTheFloodInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, log := startMemory(t), &troubles{}
		s := m.run(t, shop.Options{Seed: 3, Scenario: shop.Flood, Log: log.add})
		m.Flood(10 * time.Second)
		s.end(t)
		log.none(t)
	})
}

// TestTheFloodOnEmbeddedServers is about real time and sockets: ten minutes at 2000 a second.
func TestTheFloodOnEmbeddedServers(t *testing.T) {
	if os.Getenv("BUSTOP_LONG") == "" {
		t.Skip("set BUSTOP_LONG for tests that take minutes")
	}
	m, log := startServers(t, true), &troubles{}
	s := m.run(t, shop.Options{Seed: 3, Scenario: shop.Flood, Log: log.add})
	var used []uint64
	for range 10 {
		m.Flood(time.Minute)
		used = append(used, heap())
	}
	t.Logf("memory in KiB: %d", used)
	if full, last := slices.Max(used[:6]), used[9]; last > full+full/5+2048 {
		t.Errorf("memory grows from %d to %d KiB", full, last)
	}
	s.end(t)
	log.none(t)
}

// TestDaysInMemory lets the shop run for hours and looks at its memory and that of its servers:
// an hour, or a day when BUSTOP_LONG is set. The bubble fails when a goroutine is left.
func TestDaysInMemory(t *testing.T) {
	hours, rate := 1, 8.0 // at these rates every bound is reached within two thirds of the time
	if os.Getenv("BUSTOP_LONG") != "" {
		hours, rate = 24, 2
	}
	if testing.Short() {
		t.Skip("takes a minute")
	}
	synctest.Test(t, func(t *testing.T) {
		m, log := startMemory(t), &troubles{}
		s := m.run(t, shop.Options{Seed: 2, Rate: rate, Log: log.add})
		var used []uint64
		const looks = 12
		for range looks {
			time.Sleep(time.Duration(hours) * time.Hour / looks)
			used = append(used, heap())
		}
		t.Logf("memory in KiB: %d", used)
		if full, last := slices.Max(used[:looks*2/3]), used[looks-1]; last > full+full/10+1024 {
			t.Errorf("memory grows from %d to %d KiB", full, last)
		}
		s.end(t)
		log.none(t)
	})
}

// heap is the memory in use, in KiB.
func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc >> 10
}

// buffered gives a connection in memory what a socket has: a write returns before the other side
// has read. The client library holds a lock while it writes, and a bubble's clock stands still
// while anything waits for a lock.
func buffered(conn net.Conn) net.Conn {
	b := &bufferedConn{Conn: conn, news: make(chan struct{}, 1)}
	go b.write()
	return b
}

type bufferedConn struct {
	net.Conn
	mu     sync.Mutex
	buffer []byte
	err    error
	news   chan struct{}
	closed bool
}

func (b *bufferedConn) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	if b.closed {
		return 0, net.ErrClosed
	}
	b.buffer = append(b.buffer, p...)
	b.notify()
	return len(p), nil
}

func (b *bufferedConn) notify() {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

func (b *bufferedConn) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.notify()
	return b.Conn.Close()
}

func (b *bufferedConn) write() {
	for range b.news {
		b.mu.Lock()
		p, closed := b.buffer, b.closed
		b.buffer = nil
		b.mu.Unlock()
		if _, err := b.Conn.Write(p); err != nil || closed {
			b.mu.Lock()
			b.err = errors.Join(err, b.err)
			b.mu.Unlock()
			return
		}
	}
}
