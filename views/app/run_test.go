//go:build unix

package app

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/backends/testkit"
	"bustop/views/viewtest"
)

// A tty is a pseudo terminal with everything that was written to it.
type tty struct {
	master, slave *os.File
	mu            sync.Mutex
	out           strings.Builder
}

func openTTY(t *testing.T, rows, cols uint16) *tty {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	term := &tty{master: master, slave: slave}
	term.resize(t, rows, cols)
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			term.mu.Lock()
			term.out.Write(buf[:n])
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		slave.Close()
		<-read
		master.Close()
	})
	return term
}

func (t *tty) resize(tb testing.TB, rows, cols uint16) {
	tb.Helper()
	if err := pty.Setsize(t.master, &pty.Winsize{Rows: rows, Cols: cols}); err != nil {
		tb.Fatal(err)
	}
}

func (t *tty) written() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.String()
}

func (t *tty) types(tb testing.TB, keys string) {
	tb.Helper()
	if _, err := t.master.WriteString(keys); err != nil {
		tb.Fatal(err)
	}
}

// start runs the console and returns where its error comes.
func start(ctx context.Context, in, out *tty) <-chan error {
	store := spans.NewStore(1 << 20)
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, Options{
			Sources: []backends.Source{viewtest.Redis()}, Spans: store, Tracer: spans.Provider(store, "test"),
			In: in.slave, Out: out.slave,
		})
	}()
	return done
}

const (
	frameEnd = "\x1b[?2026l"
	leaveAlt = "\x1b[?1049l"
	row30    = "\x1b[30H" // the last one of most terminals here
	row40    = "\x1b[40H"
)

func TestRun(t *testing.T) {
	term := openTTY(t, 30, 100)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGWINCH) // starts what a process keeps
	before := runtime.NumGoroutine()
	done := start(t.Context(), term, term)
	shows := func(text string) {
		t.Helper()
		testkit.Eventually(t, "the terminal gets "+text, func() bool { return strings.Contains(term.written(), text) })
	}
	shows(row30)
	shows("[1 Overview]")
	term.types(t, "2")
	shows("[2 Queues]")
	term.resize(t, 40, 100)
	if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	shows(row40)
	term.types(t, "q")
	if err := <-done; err != nil {
		t.Error(err)
	}
	out := term.written()
	if _, after, ok := strings.Cut(out, leaveAlt); !ok || strings.Contains(after, frameEnd) {
		t.Errorf("the alternate screen is not the last that was drawn on: %q", after)
	}
	if strings.Contains(out, "\x1b[H\r") || strings.Contains(out, "\x1b[H ") {
		t.Error("Bubble Tea has drawn a frame")
	}
	testkit.Eventually(t, "nothing goes on", func() bool { return runtime.NumGoroutine() <= before })
}

// TestRunOnALostTerminal holds that the console ends when it cannot be seen any more.
func TestRunOnALostTerminal(t *testing.T) {
	keys, term := openTTY(t, 30, 100), openTTY(t, 30, 100)
	done := start(t.Context(), keys, term)
	testkit.Eventually(t, "a frame", func() bool { return strings.Contains(term.written(), row30) })
	term.master.Close()
	if err := <-done; err == nil || !strings.Contains(err.Error(), "terminal") {
		t.Errorf("Run returns %v", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	term := openTTY(t, 30, 100)
	done := start(ctx, term, term)
	testkit.Eventually(t, "a frame", func() bool { return strings.Contains(term.written(), row30) })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !strings.Contains(term.written(), leaveAlt) {
		t.Error("the alternate screen was not left")
	}
}
