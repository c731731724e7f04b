//go:build unix

package supervise

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

const patience = 20 * time.Second

// A console is the program of this test binary on a pseudo terminal.
type console struct {
	t        *testing.T
	cmd      *exec.Cmd
	pty, tty *os.File
	before   *term.State
	state    string // XDG_STATE_HOME

	mu   sync.Mutex
	out  strings.Builder
	grew chan struct{}
}

func startConsole(t *testing.T, mode string, env ...string) *console {
	t.Helper()
	return startCommand(t, exec.Command(os.Args[0]), mode, env...)
}

func startCommand(t *testing.T, cmd *exec.Cmd, mode string, env ...string) *console {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	p := pollable(t, master)
	c := &console{t: t, pty: p, tty: tty, state: t.TempDir(), grew: make(chan struct{}, 1)}
	if c.before, err = term.GetState(int(tty.Fd())); err != nil {
		t.Fatal(err)
	}
	c.cmd = cmd
	c.cmd.Env = append(os.Environ(), append(env, envMode+"="+mode, "TERM=xterm-256color", "CI=", "XDG_STATE_HOME="+c.state)...)
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = tty, tty, tty
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		p.Close()
		tty.Close()
	})
	go c.read()
	return c
}

// pollable makes a file whose Close ends a Read that waits; it takes the place of f.
func pollable(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(fd)
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	f.Close()
	return os.NewFile(uintptr(fd), f.Name())
}

func (c *console) read() {
	buf := make([]byte, 4096)
	for {
		n, err := c.pty.Read(buf)
		c.mu.Lock()
		c.out.Write(buf[:n])
		c.mu.Unlock()
		select {
		case c.grew <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (c *console) output() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.String()
}

// await waits until the output matches and returns the first group.
func (c *console) await(pattern string) string {
	c.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.After(patience)
	for {
		if m := re.FindStringSubmatch(c.output()); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-c.grew:
		case <-deadline:
			c.t.Fatalf("no %q in %q", pattern, c.output())
		}
	}
}

// pid returns the process id that the program said for who: child or parent.
func (c *console) pid(who string) int {
	c.t.Helper()
	n, err := strconv.Atoi(c.await(who + `=(\d+)`))
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// wait waits for the end of the supervisor and returns its exit status.
func (c *console) wait() int {
	c.t.Helper()
	ended := make(chan struct{})
	go func() {
		_ = c.cmd.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return c.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		c.t.Fatalf("it does not end; output %q", c.output())
		return -1
	}
}

// checkRestored fails unless the terminal's settings and modes are as before.
func (c *console) checkRestored() {
	c.t.Helper()
	fmt.Fprint(c.tty, "<end>") // all that the program wrote stands before this
	c.await("<end>")
	after, err := term.GetState(int(c.tty.Fd()))
	if err != nil {
		c.t.Fatal(err)
	}
	if *after != *c.before {
		c.t.Errorf("terminal settings: %+v, before %+v", after, c.before)
	}
	byDefault := map[string]bool{"7": true, "25": true} // autowrap, cursor
	on := maps.Clone(byDefault)
	for _, m := range regexp.MustCompile(`\x1b\[\?(\d+)([hl])`).FindAllStringSubmatch(c.output(), -1) {
		on[m[1]] = m[2] == "h"
	}
	for mode, is := range on {
		if is != byDefault[mode] {
			c.t.Errorf("mode %s is %v", mode, is)
		}
	}
	sgr := regexp.MustCompile(`\x1b\[[\d;]*m`).FindAllString(c.output(), -1)
	if len(sgr) > 0 && sgr[len(sgr)-1] != "\x1b[0m" {
		c.t.Errorf("the last style is %q", sgr[len(sgr)-1])
	}
}

func TestTerminalIsGivenBack(t *testing.T) {
	for _, tt := range []struct {
		name, mode string
		signal     syscall.Signal
		to         string // who gets the signal
		status     int
		says       string // on the terminal afterwards; "" means nothing of ours
	}{
		{name: "panic in a goroutine", mode: "panic", status: 2, says: `the console crashed \(panic: `},
		{name: "panic under Bubble Tea", mode: "tea panic", status: 2, says: `the console crashed \(panic: boom in a goroutine\)`},
		{name: "concurrent map writes", mode: "map", status: 2, says: `the console crashed \(fatal error: concurrent map `},
		{name: "exit without leaving", mode: "exit", status: 7, says: `cannot go on \\e\[2J`},
		{name: "child killed", mode: "wait", signal: syscall.SIGKILL, to: "child", status: 137, says: `ended by a signal \(killed\)`},
		{name: "child terminated", mode: "wait", signal: syscall.SIGTERM, to: "child", status: 143},
		{name: "terminated", mode: "wait", signal: syscall.SIGTERM, to: "parent", status: 143},
		{name: "hang-up", mode: "wait", signal: syscall.SIGHUP, to: "parent", status: 129},
		{name: "interrupted", mode: "wait", signal: syscall.SIGINT, to: "parent", status: 130},
		{name: "quit", mode: "wait", signal: syscall.SIGQUIT, to: "parent", status: 2, says: `the console crashed \(SIGQUIT: quit\)`},
		{name: "terminated but does not end", mode: "stubborn", signal: syscall.SIGTERM, to: "parent", status: 137, says: `killed`},
		{name: "whole group terminated", mode: "wait", signal: syscall.SIGTERM, to: "group", status: 143},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := startConsole(t, tt.mode, envGrace+"=300ms")
			if tt.signal != 0 {
				c.await("supervised=true")
				pid := map[string]int{"child": c.pid("child"), "parent": c.pid("parent"), "group": -c.cmd.Process.Pid}[tt.to]
				if err := syscall.Kill(pid, tt.signal); err != nil {
					t.Fatal(err)
				}
			}
			if status := c.wait(); status != tt.status {
				t.Errorf("exit status %d, want %d", status, tt.status)
			}
			c.checkRestored()
			if tt.says != "" {
				c.await(tt.says)
			} else if strings.Contains(c.output(), "bustop:") {
				t.Errorf("said something: %q", c.output())
			}
		})
	}
}

func TestOrderlyEndIsLeftAlone(t *testing.T) {
	c := startConsole(t, "leave")
	if status := c.wait(); status != 3 {
		t.Errorf("exit status %d", status)
	}
	c.checkRestored()
	if n := strings.Count(c.output(), "\x1b[?1049l"); n != 1 {
		t.Errorf("the alternate screen was left %d times", n)
	}
}

func TestCrashFile(t *testing.T) {
	c := startConsole(t, "panic")
	c.wait()
	path := c.await(`the report is in (\S+)`)
	if dir := filepath.Join(c.state, "bustop"); filepath.Dir(path) != dir {
		t.Errorf("the report is in %s, want it in %s", path, dir)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	report, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"boom", "redis://***@host/", "goroutine ", "helper_unix_test.go:"} {
		if !strings.Contains(string(report), want) {
			t.Errorf("no %q in the report:\n%s", want, report)
		}
	}
	for what, in := range map[string]string{"report": string(report), "terminal": c.output()} {
		if strings.Contains(in, "hunter2") {
			t.Errorf("the %s holds the password", what)
		}
		if strings.Contains(in, "\x1b[2J") {
			t.Errorf("the %s holds the escape sequence of the panic's text", what)
		}
	}
}

// TestChildEndsWithItsSupervisor kills the supervisor: the kernel ends the child. A shell leads the session,
// because the end of a session's leader would end the child in another way.
func TestChildEndsWithItsSupervisor(t *testing.T) {
	c := startCommand(t, exec.Command("/bin/sh", "-c", `"$0"; echo "shell goes on"; read line`, os.Args[0]), "wait")
	c.await("supervised=true")
	child := c.pid("child")
	if err := syscall.Kill(c.pid("parent"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.await("shell goes on")
	awaitEnd(t, child)
}

// TestTerminalCloses takes the terminal away: both processes end.
func TestTerminalCloses(t *testing.T) {
	for _, mode := range []string{"wait", "stubborn"} {
		t.Run(mode, func(t *testing.T) {
			c := startConsole(t, mode, envGrace+"=300ms")
			c.await("supervised=true")
			child := c.pid("child")
			c.tty.Close()
			c.pty.Close()
			c.wait()
			awaitEnd(t, child)
		})
	}
}

func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for syscall.Kill(pid, 0) == nil {
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && strings.Contains(string(stat), ") Z ") {
			return // ended; nobody has asked for its status yet
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d goes on", pid)
		}
		<-tick.C
	}
}

func TestNoTerminalNoSupervisor(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envMode+"=leave")
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 9 { // goes on by itself, and finds no terminal
		t.Errorf("%v: %s", err, out)
	}
}

func TestInChild(t *testing.T) {
	t.Setenv(envMark, strconv.Itoa(os.Getppid()))
	if !InChild() {
		t.Error("not in the child of the supervisor")
	}
	t.Setenv(envMark, strconv.Itoa(os.Getpid())) // set by our parent's parent
	if InChild() {
		t.Error("a program started by the child takes itself for it")
	}
}

func TestCleanLines(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		"a\n\tb.go:1\n":                 "a\n\tb.go:1\n",
		"x\x1b[2Jy":                     "x\\e[2Jy\n",
		"amqp://u:p%40ss@h/ and @other": "amqp://***@h/ and @other\n",
		"redis://h:1/0?a=b@c":           "redis://h:1/0?a=b@c\n",
	} {
		if got := cleanLines([]byte(in)); got != want {
			t.Errorf("cleanLines(%q) = %q, want %q", in, got, want)
		}
	}
}
