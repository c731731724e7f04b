package main_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/creack/pty"

	"bustop/backends/testkit"
)

// screen is a run of the program on a pseudo terminal.
type screen struct {
	cmd  *exec.Cmd
	pty  *os.File
	mu   sync.Mutex
	seen strings.Builder
}

func onScreen(t *testing.T, env []string, args ...string) *screen {
	t.Helper()
	s := &screen{cmd: exec.CommandContext(t.Context(), binary, args...)}
	s.cmd.Env = append([]string{"XDG_CONFIG_HOME=" + t.TempDir(), "HOME=" + t.TempDir(), "TERM=xterm-256color"}, env...)
	var err error
	if s.pty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.pty.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := s.pty.Read(buf)
			s.mu.Lock()
			s.seen.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return s
}

func (s *screen) shows(t *testing.T, text string) {
	t.Helper()
	testkit.Eventually(t, "the screen shows "+text, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return strings.Contains(s.seen.String(), text)
	})
}

// ends waits for the end and returns the exit status and everything that was on the screen.
func (s *screen) ends(t *testing.T) (int, string) {
	t.Helper()
	err := s.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd.ProcessState.ExitCode(), s.seen.String()
}

func TestConsole(t *testing.T) {
	r := testkit.Redis(t, "--requirepass", canary)
	s := onScreen(t, nil, "redis://:"+canary+"@"+r.Addr())
	s.shows(t, "live")
	if _, err := s.pty.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	status, seen := s.ends(t)
	if status != 0 || strings.Contains(seen, canary) {
		t.Errorf("status %d, screen %q", status, seen)
	}
	if _, after, left := strings.Cut(seen, "\x1b[?1049l"); !left || strings.Contains(after, "\x1b[?2026h") {
		t.Errorf("after the alternate screen: %q", after)
	}
}

func TestConsoleThatCannotStart(t *testing.T) {
	s := onScreen(t, nil, "redis://u:"+canary+"@h:port")
	s.shows(t, "bustop: not a URL")
	if status, seen := s.ends(t); status != 2 || strings.Contains(seen, canary) {
		t.Errorf("status %d, screen %q", status, seen)
	}
}

// types presses keys on a screen.
func (s *screen) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := s.pty.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// TestSpansOfAnotherProcess lets two programs export to each other: what a person does in the first is seen in the
// second, and does not come back.
func TestSpansOfAnotherProcess(t *testing.T) {
	r, one, two := testkit.Redis(t), closedPort(t), closedPort(t)
	conn, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("SET session:1 x\r\n")); err != nil {
		t.Fatal(err)
	}
	console := func(listens, exports string) *screen {
		return onScreen(t, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + exports, "OTEL_BSP_SCHEDULE_DELAY=50"}, "redis://"+r.Addr(), "--otlp", listens)
	}
	first, second := console(one, two), console(two, one)
	first.shows(t, "live")
	second.shows(t, "live")
	first.types(t, "7")
	first.shows(t, "session:")
	second.types(t, "8")
	second.shows(t, "0 traces")
	first.types(t, "\r")
	second.shows(t, "list keys")
	first.types(t, "8")
	first.shows(t, "list keys")
	for _, s := range []*screen{first, second} {
		s.types(t, "\x03")
		if status, seen := s.ends(t); status != 0 || strings.Contains(seen, "our own") {
			t.Errorf("status %d, screen %q", status, seen)
		}
	}
}
