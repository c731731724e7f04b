package shop

import (
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"bustop/backends"
)

var errAway = errors.New("nobody is there")

// away are options for a shop whose servers are away.
func away() Options {
	return Options{
		Redis: func() *redis.Options {
			return &redis.Options{Dialer: func(context.Context, string, string) (net.Conn, error) { return nil, errAway }}
		},
		Broker: Broker{
			URL:  "amqp://guest:guest@localhost/",
			Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errAway },
			HTTP: &http.Client{}, Management: "",
		},
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"known: calm, incident, flood": func(o *Options) { o.Scenario = "bliss" },
		"at most 10000":                func(o *Options) { o.Rate = MaxRate + 1 },
		"above 0":                      func(o *Options) { o.Rate = -1 },
		"take -1s":                     func(o *Options) { o.For = -time.Second },
		"needs a Redis":                func(o *Options) { o.Redis = nil },
		"needs a RabbitMQ":             func(o *Options) { o.Broker.URL = "redis://localhost" },
	} {
		o := away()
		change(&o)
		s, err := New(o)
		var e *backends.Error
		if s != nil || !errors.As(err, &e) || e.Reason != backends.BadUsage || !strings.Contains(err.Error()+e.Advice, want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestTheStoryTakesItsTime(t *testing.T) {
	for _, scenario := range Scenarios() {
		synctest.Test(t, func(t *testing.T) {
			o := away()
			o.Scenario, o.For, o.Rate = scenario, 20*time.Minute, 5
			s, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			if err := s.Run(t.Context()); err != nil || time.Since(begin) < o.For || time.Since(begin) > o.For+10*time.Second {
				t.Errorf("%s: %v after %v", scenario, err, time.Since(begin))
			}
		})
	}
}

func TestTheEndOfTheContextEndsTheStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := away()
		o.For = time.Hour
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(enough) })
		begin := time.Now()
		if err := s.Run(ctx); !errors.Is(err, enough) || time.Since(begin) > time.Minute+10*time.Second {
			t.Errorf("%v after %v, want %v", err, time.Since(begin), enough)
		}
	})
}

// TestEventsComeAtTheirRate listens to the story in the place of the services.
func TestEventsComeAtTheirRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := away()
		o.Rate = 50
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		orders, done := 0, make(chan struct{})
		go func() {
			defer close(done)
			_ = each(ctx, s.orders, func(o *order) error {
				if orders++; time.Since(o.PlacedAt) > 2*time.Millisecond {
					t.Errorf("%s was placed %v ago", o.ID, time.Since(o.PlacedAt))
				}
				return nil
			})
		}()
		s.tell(ctx, time.Now(), newStory(1, Calm))
		<-done
		// 50 a second, 26 in a hundred; busy spells come on top.
		if want := 50 * 600 * 26 / 100; orders < want || orders > want*3/2 {
			t.Errorf("%d orders, want about %d", orders, want)
		}
		if len(s.prices) != backlog {
			t.Errorf("%d prices wait for a service that is away, want %d", len(s.prices), backlog)
		}
	})
}

// operator writes down when it is asked for what.
type operator struct {
	mu    sync.Mutex
	begin time.Time
	calls []string
	fail  int // so many calls
}

func (o *operator) SetMemoryAlarm(on bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	call := map[bool]string{true: "on ", false: "off "}[on] + time.Since(o.begin).String()
	if o.fail > 0 {
		o.fail--
		o.calls = append(o.calls, call+" failed")
		return errAway
	}
	o.calls = append(o.calls, call)
	return nil
}

func TestTheOperatorOfAnIncident(t *testing.T) {
	for name, tt := range map[string]struct {
		takes time.Duration
		fail  int
		want  []string
	}{
		"two rounds":           {20 * time.Minute, 0, []string{"on 3m0s", "off 5m0s", "on 13m0s", "off 15m0s"}},
		"ends in the middle":   {4 * time.Minute, 0, []string{"on 3m0s", "off 4m0s"}},
		"ends before":          {2 * time.Minute, 0, nil},
		"the first tries fail": {6 * time.Minute, 2, []string{"on 3m0s failed", "on 3m2s failed", "on 3m4s", "off 5m0s"}},
		"it never works":       {4 * time.Minute, 9, []string{"on 3m0s failed", "on 3m2s failed", "on 3m4s failed", "on 3m6s failed", "on 3m8s failed"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			hand := &operator{begin: time.Now(), fail: tt.fail}
			o := away()
			o.Scenario, o.For, o.Operator = Incident, tt.takes, hand
			s, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(hand.calls, tt.want) {
				t.Errorf("%s: %q, want %q", name, hand.calls, tt.want)
			}
		})
	}
}

func TestThePhasesAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var got []string
		o := away()
		o.Scenario, o.For = Incident, 10*time.Minute+30*time.Second
		o.Log = func(line string) {
			mu.Lock()
			defer mu.Unlock()
			if _, phase, ok := strings.Cut(line, "incident, minute "); ok {
				got = append(got, strings.Join(strings.Split(phase, ": ")[:2], " "))
			}
			if strings.Contains(line, "\n") {
				t.Errorf("two lines: %q", line)
			}
		}
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"1 stall", "2 lost lock", "3 memory alarm", "5 recovery", "8 aftermath", "0 steady"}; !reflect.DeepEqual(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestStalledWorkersWaitForTheRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trouble := newTrouble(Phase{stalled: true})
		begin := time.Now()
		time.AfterFunc(time.Minute, func() { trouble.enter(Phase{Name: "still", stalled: true}) })
		time.AfterFunc(2*time.Minute, func() { trouble.enter(Phase{Name: "over"}) })
		if err := trouble.pass(t.Context()); err != nil || time.Since(begin) != 2*time.Minute {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		trouble.enter(Phase{stalled: true})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := trouble.pass(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

func TestWorkersKeepPace(t *testing.T) {
	for _, tt := range []struct {
		rate     float64
		scenario Scenario
		hurry    bool
		want     time.Duration
	}{
		{20, Calm, false, time.Second},
		{0.5, Calm, false, time.Second},
		{200, Calm, false, 100 * time.Millisecond},
		{20, Incident, true, 250 * time.Millisecond},
		{20, Flood, false, time.Second},
		{2600, Flood, false, time.Second / 15},
	} {
		o := away()
		o.Rate, o.Scenario = tt.rate, tt.scenario
		s, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		s.trouble.enter(Phase{hurry: tt.hurry})
		if got := s.takes(time.Second); got.Round(time.Microsecond) != tt.want.Round(time.Microsecond) {
			t.Errorf("%+v: %v", tt, got)
		}
		s.close()
	}
}

func TestMailsFailAsTheyAreMeantTo(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for failures := range 5 {
		j := &job{ID: "0123", Target: "x", failures: failures, planned: now}
		body, err := json.Marshal(sidekiqOf(j, "00-1"))
		if err != nil {
			t.Fatal(err)
		}
		failed := 0
		for {
			next, dead := failOnce(string(body), now)
			if next == nil {
				break
			}
			failed++
			var k sidekiqJob
			if err := json.Unmarshal(next, &k); err != nil || *k.RetryCount != failed-1 || k.ErrorClass == "" || k.TraceParent != "00-1" {
				t.Fatalf("after %d failures: %s, %v", failed, next, err)
			}
			checkBacktrace(t, k.Backtrace)
			if body = next; dead {
				break
			}
		}
		if want := min(failures, mailTries); failed != want {
			t.Errorf("a job that fails %d times has failed %d times, want %d", failures, failed, want)
		}
	}
	for _, stranger := range []string{"", "{", "[]", `{"args":[]}`, `{"args":[1,2,"x"]}`, `{"args":[1,2,1e999]}`} {
		if failed, _ := failOnce(stranger, now); failed != nil {
			t.Errorf("%q fails with %s", stranger, failed)
		}
	}
}

func checkBacktrace(t *testing.T, text string) {
	t.Helper()
	packed := base64.NewDecoder(base64.StdEncoding, strings.NewReader(text))
	r, err := zlib.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	plain, err := io.ReadAll(r)
	if err != nil || json.Unmarshal(plain, &lines) != nil || len(lines) < 2 {
		t.Errorf("backtrace %q, %v", plain, err)
	}
}

func TestDelayScores(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_123)
	if got := delayScore(at, 0x12345); int64(got)>>12 != at.UnixMilli() || int64(got)&0xfff != 0x345 {
		t.Errorf("%x", int64(got))
	}
}
