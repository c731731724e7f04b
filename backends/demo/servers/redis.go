package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Redis is a redis-server of our own: in memory only, on one loopback port.
type Redis struct {
	// Port is the TCP port on 127.0.0.1; it stays the same across Restart.
	Port int
	dir  string
	args []string
	// sentinel is the configuration file of a sentinel, "" for a server that holds data.
	sentinel string
	proc     *process
}

// StartRedis starts a redis-server with additional command line arguments (redis.conf(5)
// directives with "--" before them) and returns when it answers.
func StartRedis(ctx context.Context, args ...string) (*Redis, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	dir, err := newFolder("redis")
	if err != nil {
		return nil, err
	}
	r := &Redis{Port: ports[0], dir: dir, args: args}
	if err := r.Start(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// StartSentinel starts a Redis Sentinel with a configuration (redis.io/docs/latest/operate/oss_and_stack/management/sentinel);
// it is the same program in another mode, and keeps its state in that file.
func StartSentinel(ctx context.Context, config string) (*Redis, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	dir, err := newFolder("redis")
	if err != nil {
		return nil, err
	}
	r := &Redis{Port: ports[0], dir: dir, sentinel: filepath.Join(dir, "sentinel.conf")}
	if err := os.WriteFile(r.sentinel, []byte(config), 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := r.Start(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Start starts the server again after Kill, on the same port; its data are gone.
func (r *Redis) Start(ctx context.Context) error {
	path, err := lookup("redis-server")
	if err != nil {
		return err
	}
	args := append([]string{
		"--port", strconv.Itoa(r.Port), "--bind", "127.0.0.1", "--dir", r.dir,
		"--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning",
	}, r.args...)
	if r.sentinel != "" {
		args = []string{r.sentinel, "--sentinel", "--port", strconv.Itoa(r.Port), "--bind", "127.0.0.1", "--dir", r.dir, "--loglevel", "warning"}
	}
	if r.proc, err = spawn(exec.Command(path, args...)); err != nil { //nolint:noctx // lives until Close
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return r.proc.await(ctx, func() error { return r.ping(ctx) })
}

// ping is true when the server speaks RESP, whatever it says: with a password set it answers
// NOAUTH.
func (r *Redis) ping(ctx context.Context) error {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", r.Addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	if strings.HasPrefix(line, "-LOADING") {
		return fmt.Errorf("redis-server: %s", strings.TrimSpace(line))
	}
	return nil
}

// Addr is "127.0.0.1:PORT".
func (r *Redis) Addr() string { return loopback(r.Port) }

// URL is the address as bustop takes it.
func (r *Redis) URL() string { return "redis://" + r.Addr() }

// Pid is the process id of the server.
func (r *Redis) Pid() int { return r.proc.pid() }

// Kill ends the server as kill -9 does.
func (r *Redis) Kill() { r.proc.kill() }

// Close ends the server and removes its folder.
func (r *Redis) Close() {
	if r.proc != nil {
		r.proc.kill()
	}
	_ = os.RemoveAll(r.dir)
}
