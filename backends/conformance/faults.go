package conformance

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"
)

// testSpans: what the source asks makes spans, and they hold neither secrets nor contents.
func testSpans(t *testing.T, w World) {
	const content = "c0ntent-of-a-message"
	if w.Seed.Queue != nil {
		w.Seed.Queue(t, "span-queue", content)
	}
	recorder := tracetest.NewSpanRecorder()
	opt := w.Options
	opt.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	src := w.open(t, w.URL, opt)
	w.furnish(t, "span-")
	w.lookAtEverything(t, src, "span-")
	spans := recorder.Ended()
	if len(spans) < 5 {
		t.Fatalf("%d spans for a look at everything", len(spans))
	}
	for _, s := range spans {
		text := fmt.Sprint(s.Name(), s.Status(), s.Attributes(), s.Events())
		w.clean(t, "span "+s.Name(), text)
		if strings.Contains(text, content) {
			t.Errorf("span %s holds a message", s.Name())
		}
	}
}

// testWrongPassword: Denied, in words that hold no secret.
func testWrongPassword(t *testing.T, w World) {
	src := w.open(t, w.WrongPassword, w.Options)
	err := src.Ping(within(t))
	if backends.ReasonOf(err) != backends.Denied || err == nil {
		t.Fatalf("ping with a wrong password: %v (reason %d)", err, backends.ReasonOf(err))
	}
	w.clean(t, "error", fmt.Sprintf("%v %+v %#v", err, err, err))
	st := src.Status()
	if st.State == backends.Live || st.Err == nil {
		t.Errorf("status: %+v", st)
	}
	w.clean(t, "status", fmt.Sprintf("%+v", st))
	if r := src.Roles(); r.Queues != nil {
		if _, err := r.Queues.ListQueues(within(t), backends.Query{Complete: true}); backends.ReasonOf(err) != backends.Denied {
			t.Errorf("queues with a wrong password: %v", err)
		}
	}
}

// testClosedPort: Unreachable, soon, and the error names the address.
func testClosedPort(t *testing.T, w World) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	url, opt := w.At(addr)
	src := w.open(t, url, opt)
	start := time.Now()
	err = src.Ping(within(t))
	if backends.ReasonOf(err) != backends.Unreachable || err == nil {
		t.Fatalf("ping of a closed port: %v (reason %d)", err, backends.ReasonOf(err))
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("a refused connection took %v", took)
	}
	if !strings.Contains(err.Error(), addr) {
		t.Errorf("error %q does not name %s", err, addr)
	}
	w.clean(t, "error", err.Error())
	if st := src.Status(); st.State != backends.Down {
		t.Errorf("state %v, want down", st.State)
	}
}

// testBlackHole: a server that accepts and says nothing, and a context that ends, hold nobody up.
func testBlackHole(t *testing.T, w World) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed by the test
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	url, opt := w.At(listener.Addr().String())
	src := w.open(t, url, opt)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := src.Ping(ctx); err == nil {
		t.Error("a black hole answered")
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("a ping of 300 ms took %v", took)
	}
	canceled, cancelNow := context.WithCancel(context.Background())
	cancelNow()
	start = time.Now()
	if r := src.Roles(); r.Queues != nil {
		if _, err := r.Queues.ListQueues(canceled, backends.Query{Complete: true}); err == nil {
			t.Error("a listing under a cancelled context succeeded")
		}
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("a cancelled listing took %v", took)
	}
}

// testClose: Close in the middle of everything ends every goroutine and connection.
func testClose(t *testing.T, w World) {
	w.furnish(t, "close-")
	before := goleak.IgnoreCurrent()
	src, err := w.Drivers.Open(w.URL, w.Options)
	if err != nil {
		t.Fatal(err)
	}
	feed := w.watch(src)
	testkit.Eventually(t, "the feed has data", func() bool { return !feed.Look().At.IsZero() })
	var tail *backends.Tail
	if w.Seed.Channel != nil {
		if tail, err = w.tap(t, src, "close-channel"); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "tap is live", func() bool { return tail.State().State == backends.Live })
	}
	if err := src.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if tail != nil {
		testkit.Eventually(t, "Close ends the tail", func() bool {
			select {
			case <-tail.Done():
				return true
			default:
				return false
			}
		})
	}
	feed.Close()
	if err := src.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if err := src.Ping(within(t)); err == nil {
		t.Error("a closed source answers")
	}
	goleak.VerifyNone(t, before)
	w.nothingLeft(t)
}

// watch feeds on the first listing that the source has.
func (w World) watch(src backends.Source) *backends.Feed[int] {
	return backends.NewFeed(src.Pace(), func(ctx context.Context) (int, error) {
		if r := src.Roles(); r.Queues != nil {
			page, err := r.Queues.ListQueues(ctx, backends.Query{})
			return len(page.Items), err
		}
		return 0, src.Ping(ctx)
	})
}

// testRestart: while a feed and a tail run, the server dies and comes back. Both say so and go
// on by themselves.
func testRestart(t *testing.T, w World) {
	const name = "restart-channel"
	w.furnish(t, "restart-")
	src := w.open(t, w.URL, w.Options)
	feed := w.watch(src)
	defer feed.Close()
	state := func() backends.State { feed.Look(); return src.Status().State }
	testkit.Eventually(t, "the source is live", func() bool { return state() == backends.Live && !feed.Look().At.IsZero() })
	var tail *backends.Tail
	if w.Seed.Channel != nil {
		var err error
		if tail, err = w.tap(t, src, name); err != nil {
			t.Fatal(err)
		}
		defer tail.Close()
		testkit.Eventually(t, "the tap is live", func() bool { return tail.State().State == backends.Live })
		w.Seed.Publish(t, name, "before")
		testkit.Eventually(t, "the first message", func() bool { return tail.Ring.Stats().Seen() >= 1 })
	}

	w.Kill(t)
	testkit.Eventually(t, "the source is down", func() bool { return state() == backends.Down })
	if snap := feed.Look(); snap.At.IsZero() {
		t.Error("the last good data are gone")
	}
	if tail != nil {
		testkit.Eventually(t, "the tap is down", func() bool { return tail.State().State == backends.Down })
	}
	w.Restart(t)
	w.furnish(t, "restart-")
	testkit.Eventually(t, "the source is live again", func() bool {
		return state() == backends.Live && feed.Look().Err == nil
	})
	if tail == nil {
		return
	}
	testkit.Eventually(t, "the tap is live again", func() bool { return tail.State().State == backends.Live })
	w.Seed.Publish(t, name, "after")
	testkit.Eventually(t, "the message after the restart", func() bool {
		last, _ := tail.Ring.Last(1)
		return len(last) == 1 && string(last[0].Body) == "after"
	})
	marks := 0
	kept, _ := tail.Ring.Last(1000)
	for _, m := range kept {
		if m.Gap != "" {
			marks++
		}
	}
	if marks == 0 || tail.State().Gaps != marks {
		t.Errorf("%d gap marks in the ring, %d counted", marks, tail.State().Gaps)
	}
}
