//go:build unix

package supervise

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

const (
	// envMark holds the process id of the supervisor. A process whose parent has another id is no
	// supervised child, so a program that the child starts does not take itself for one.
	envMark = "BUSTOP_SUPERVISOR"

	crashFD = 3 // the child's end of the pipe for its crash report

	// killAfter is how long a child may go on after the supervisor passed on a signal that asks it to end.
	killAfter = 10 * time.Second
)

// Run starts this program again as a child under supervision, waits for its end, restores the terminal if
// the child did not, and returns the child's exit status (128+n if signal n ended it). Args is os.Args, env
// the environment. It returns supervised=false, and the caller goes on by itself, in the child, and when
// standard input or output is no terminal or no child can be started.
func Run(args, env []string) (status int, supervised bool) {
	return run(args, env, killAfter)
}

func run(args, env []string, grace time.Duration) (status int, supervised bool) {
	if InChild() || len(args) == 0 || !term.IsTerminal(0) || !term.IsTerminal(1) {
		return 0, false
	}
	saved, err := term.GetState(0)
	if err != nil {
		return 0, false
	}
	// The kernel sends the parent-death signal when the thread that started the child ends, so this
	// goroutine keeps its thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	c, err := start(args, env)
	if err != nil {
		return 0, false
	}
	done := make(chan struct{})
	go c.forward(signals, done, grace)
	err = c.cmd.Wait()
	close(done)
	return c.finish(saved, err), true
}

// InChild tells whether this process is the supervised child.
func InChild() bool {
	return os.Getenv(envMark) == strconv.Itoa(os.Getppid())
}

// A child is the supervised process and what it says besides drawing.
type child struct {
	cmd    *exec.Cmd
	crash  *capture // the runtime's crash report
	stderr *capture // what it wrote to standard error
}

func start(args, env []string) (*child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	crash, crashEnd, err := newCapture()
	if err != nil {
		return nil, err
	}
	defer crashEnd.Close()
	stderr, stderrEnd, err := newCapture()
	if err != nil {
		crash.stop()
		return nil, err
	}
	defer stderrEnd.Close()
	cmd := exec.Command(exe, args[1:]...) //nolint:noctx // ends with the child, by design
	cmd.Args[0] = args[0]
	cmd.Env = append(without(env, envMark), envMark+"="+strconv.Itoa(os.Getpid()))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, stderrEnd
	cmd.ExtraFiles = []*os.File{crashEnd}
	cmd.SysProcAttr = childAttr()
	if err := cmd.Start(); err != nil {
		crash.stop()
		stderr.stop()
		return nil, err
	}
	return &child{cmd: cmd, crash: crash, stderr: stderr}, nil
}

func without(env []string, name string) []string {
	out := make([]string, 0, len(env)+1)
	for _, e := range env {
		if !strings.HasPrefix(e, name+"=") {
			out = append(out, e)
		}
	}
	return out
}

// forward passes signals on to the child until done is closed, and kills a child that does not end. Keys
// make no signals while the terminal is in raw mode; those that the whole process group gets reach the
// child twice, which does no harm.
func (c *child) forward(signals <-chan os.Signal, done <-chan struct{}, grace time.Duration) {
	var deadline <-chan time.Time
	for {
		select {
		case <-done:
			return
		case s := <-signals:
			_ = c.cmd.Process.Signal(s) // an error means that it has ended
			if deadline == nil {
				deadline = time.After(grace)
			}
		case <-deadline:
			_ = c.cmd.Process.Kill()
		}
	}
}

// finish cleans up after the child, whose Wait returned err, and returns the exit status.
func (c *child) finish(saved *term.State, err error) int {
	crash, stderr := c.crash.stop(), c.stderr.stop()
	state := c.cmd.ProcessState
	if state == nil {
		fmt.Fprintln(os.Stderr, "bustop: waiting for the console failed:", err)
		return 1
	}
	ws, _ := state.Sys().(syscall.WaitStatus)
	restore(saved, ws.Signaled() || len(crash) > 0)
	switch {
	case len(crash) > 0:
		reportCrash(crash, stderr)
	default:
		os.Stderr.WriteString(cleanLines(stderr))
		if ws.Signaled() && !asked(ws.Signal()) {
			fmt.Fprintf(os.Stderr, "bustop: the console was ended by a signal (%s); the terminal is restored\n", ws.Signal())
		}
	}
	if ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}

// asked tells whether s is a signal by which people and systems ask a program to end.
func asked(s syscall.Signal) bool {
	return s == syscall.SIGINT || s == syscall.SIGTERM || s == syscall.SIGHUP
}

// restore puts the terminal back into the state that it had before the child, if it is in another one.
func restore(saved *term.State, abnormal bool) {
	now, err := term.GetState(0)
	switch {
	case err != nil: // the terminal is gone
		return
	case *now != *saved:
		os.Stdout.WriteString(leaveModes + leaveAlt)
		_ = term.Restore(0, saved)
	case abnormal:
		// The settings are as before, so the child had left the alternate screen, or never entered it.
		// Leaving it twice would move the cursor.
		os.Stdout.WriteString(leaveModes)
	}
}

// What the console may have turned on (xterm control sequences, DECSET private modes).
const (
	leaveModes = "\x1b[?2026l\x1b[?7h" + // synchronized output, no autowrap
		"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l" + // mouse
		"\x1b[?1004l" + // focus reports
		"\x1b[?2004l" + // bracketed paste
		"\x1b[?25h" + // cursor shown
		"\x1b[0m" // SGR
	leaveAlt = "\x1b[?1049l\r" // alternate screen
)
