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
	"slices"
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

// AnyPort as an argument of StartRedis stands for a free port, which PortOf tells.
const AnyPort = "any-port"

// StartRedis starts a redis-server with additional command line arguments (redis.conf(5)
// directives with "--" before them) and returns when it answers.
func StartRedis(ctx context.Context, args ...string) (*Redis, error) {
	return startRedis(ctx, func(*Redis) error { return nil }, args...)
}

// StartSentinel starts a Redis Sentinel with a configuration (redis.io/docs/latest/operate/oss_and_stack/management/sentinel);
// it is the same program in another mode, and keeps its state in that file.
func StartSentinel(ctx context.Context, config string) (*Redis, error) {
	return startRedis(ctx, func(r *Redis) error {
		r.sentinel = filepath.Join(r.dir, "sentinel.conf")
		return os.WriteFile(r.sentinel, []byte(config), 0o600)
	})
}

// startRedis starts a server in a folder that prepare has made ready, on other ports when somebody
// was there first.
func startRedis(ctx context.Context, prepare func(*Redis) error, args ...string) (*Redis, error) {
	dir, err := newFolder("redis")
	if err != nil {
		return nil, err
	}
	r := &Redis{dir: dir}
	for range startTries {
		if err = r.pickPorts(args); err != nil {
			break
		}
		if err = prepare(r); err != nil {
			break
		}
		if err = r.Start(ctx); err == nil {
			return r, nil
		}
		if !errors.Is(err, errEnded) || !strings.Contains(err.Error(), "already in use") {
			break
		}
	}
	r.Close()
	return nil, err
}

// pickPorts gives the server a port, and each argument that stands for one.
func (r *Redis) pickPorts(args []string) error {
	r.args = slices.Clone(args)
	ports, err := FreePorts(1 + len(args))
	if err != nil {
		return err
	}
	r.Port = ports[0]
	for i, arg := range r.args {
		if arg == AnyPort {
			r.args[i] = strconv.Itoa(ports[i+1])
		}
	}
	return nil
}

// PortOf is the port of a directive that was given AnyPort, such as "tls-port"; 0 when there is none.
func (r *Redis) PortOf(directive string) int {
	if i := slices.Index(r.args, "--"+directive); i >= 0 && i+1 < len(r.args) {
		port, _ := strconv.Atoi(r.args[i+1])
		return port
	}
	return 0
}

// Start starts the server again after Kill, on the same port; its data are gone.
func (r *Redis) Start(ctx context.Context) error {
	path, err := lookup("redis-server", "valkey-server")
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
	out, err := os.Create(filepath.Join(r.dir, "out"))
	if err != nil {
		return err
	}
	defer out.Close()
	server := exec.Command(path, args...) //nolint:noctx // lives until Close
	server.Stdout, server.Stderr = out, out
	if r.proc, err = spawn(server); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := r.proc.await(ctx, func() error { return r.ping(ctx) }); err != nil {
		return fmt.Errorf("%w: %s", err, r.said())
	}
	return nil
}

// said is the last of what the server has printed.
func (r *Redis) said() string {
	const most = 1000
	text, _ := os.ReadFile(filepath.Join(r.dir, "out"))
	return strings.TrimSpace(string(text[max(len(text)-most, 0):]))
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
