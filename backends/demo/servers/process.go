// Package servers starts real redis-server and rabbitmq-server processes on free loopback ports
// in temporary folders, for the demo and for the tests. A process started here dies with its
// parent, however that ends: the kernel sends it SIGKILL (prctl(2), PR_SET_PDEATHSIG).
package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// ErrNotInstalled is wrapped by the error for a server program that is not on this machine.
var ErrNotInstalled = errors.New("not installed")

// process is a child that is killed when this program ends.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{}
	once   sync.Once
}

// spawn starts cmd on an operating system thread of its own, because PR_SET_PDEATHSIG fires
// when the thread that forked ends, not the process. The thread lives until the child is gone.
func spawn(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	within(cmd)
	p := &process{cmd: cmd, exited: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// kill ends the process group at once and waits until it is gone.
func (p *process) kill() {
	p.once.Do(func() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) })
	<-p.exited
}

// pid is the process id of the child.
func (p *process) pid() int { return p.cmd.Process.Pid }

// errEnded is wrapped by the error of a process that ended before it was ready.
var errEnded = errors.New("ended before it was ready")

// await calls ready every few milliseconds until it returns nil, the process ends or ctx does.
func (p *process) await(ctx context.Context, ready func() error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		if last = ready(); last == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.exited:
			return fmt.Errorf("%s %w: %w", p.cmd.Path, errEnded, last)
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w (%w)", p.cmd.Path, ctx.Err(), last)
		}
	}
}

// loopback is the address of a port on this machine.
func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// accepts reports whether something accepts connections on the port.
func accepts(ctx context.Context, port int) error {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", loopback(port))
	if err != nil {
		return err
	}
	return conn.Close()
}
