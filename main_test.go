package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"
)

// canary is the password in every test that fails; nothing may show it.
const canary = "c4n4ry-s3cret"

var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bustop-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "bustop")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// bustop runs the program without anything of the caller's environment.
func bustop(t *testing.T, env []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append([]string{"XDG_CONFIG_HOME=" + t.TempDir(), "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// closedPort is an address on which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func configFile(t *testing.T, mode os.FileMode, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestErrors holds that whatever is wrong with a source is told in one line, with the right exit
// status, and without its password.
func TestErrors(t *testing.T) {
	closed := closedPort(t)
	cases := []errorCase{
		{"no URL", []string{"--url", canary}, nil, 2, "not a URL"},
		{"bad port", []string{"--url", "redis://u:" + canary + "@h:port"}, nil, 2, "not a URL: invalid port"},
		{"bad escape", []string{"--url", "redis://u:" + canary + "%zz@h"}, nil, 2, "not a URL"},
		{"bad database", []string{"--url", "redis://u:" + canary + "@" + closed + "/x"}, nil, 2, ""},
		{"skipped verification", []string{"--url", "rediss://u:" + canary + "@h?skip_verify=true"}, nil, 2, "skip_verify"},
		{"unknown scheme", []string{"--url", "gopher://u:" + canary + "@h"}, nil, 2, `unknown scheme "gopher"`},
		{"bad URL in the environment", nil, []string{"REDIS_URL=redis://u:" + canary + "#@h:x"}, 2, "REDIS_URL: "},
		{"closed port, redis", []string{"--url", "redis://u:" + canary + "@" + closed}, nil, 3, "refused"},
		{"closed port, rabbitmq", []string{"--url", "amqp://u:" + canary + "@" + closed}, nil, 3, "refused"},
		{"closed port, environment", nil, []string{"AMQP_URL=amqp://u:" + canary + "@" + closed}, 3, "refused"},
		{"no such host", []string{"--url", "redis://u:" + canary + "@host.invalid"}, nil, 3, "host.invalid"},
		{"config: unknown key", []string{"--config", configFile(t, 0o600, "contexts:\n  a:\n    sources:\n      - url: redis://u:"+canary+"@h\n        pasword: "+canary+"\n")}, nil, 2, `c.yaml:5:9: unknown field "pasword"`},
		{"config: open to all", []string{"--config", configFile(t, 0o644, "contexts:\n  a:\n    sources:\n      - url: redis://u:"+canary+"@h\n")}, nil, 2, "c.yaml:4:14: a URL holds a password"},
		{"config: not YAML", []string{"--config", configFile(t, 0o600, "a: [b\nc: "+canary+"\n")}, nil, 2, "c.yaml:"},
		{"config: bad URL", []string{"--config", configFile(t, 0o600, "current: a\ncontexts:\n  a:\n    sources:\n      - url: redis://u:"+canary+"@h:x\n")}, nil, 2, "c.yaml:5:14: not a URL"},
		{"config: closed port", []string{"--config", configFile(t, 0o600, "current: a\ncontexts:\n  a:\n    sources:\n      - url: redis://u@"+closed+"\n        password: {command: echo "+canary+"}\n")}, nil, 3, "refused"},
	}
	for _, tt := range cases {
		t.Run(tt.name, tt.run)
	}
}

type errorCase struct {
	name      string
	args, env []string
	status    int
	want      string
}

func (c errorCase) run(t *testing.T) {
	status, stdout, stderr := bustop(t, c.env, append([]string{"get", "health"}, c.args...)...)
	if status != c.status || !strings.Contains(stderr, c.want) {
		t.Errorf("status %d, %q; want status %d, %q", status, stderr, c.status, c.want)
	}
	if stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "bustop: ") {
		t.Errorf("not one line: %q and %q", stdout, stderr)
	}
	if strings.Contains(stderr, canary) {
		t.Errorf("the password is in %q", stderr)
	}
}

func TestErrorsOfRedis(t *testing.T) {
	r := testkit.Redis(t, "--requirepass", "right")
	for _, tt := range []errorCase{
		{"wrong password", []string{"--url", "redis://:" + canary + "@" + r.Addr()}, nil, 3, "password"},
		{"no such user", []string{"--url", "redis://" + canary + "x:" + canary + "@" + r.Addr()}, nil, 3, ""},
		{"no password", []string{"--url", r.URL()}, nil, 3, "password"},
	} {
		t.Run(tt.name, tt.run)
	}
}

func TestErrorsOfRabbitMQ(t *testing.T) {
	r := testkit.RabbitMQ(t, servers.RabbitOptions{})
	addr := strings.TrimSuffix(strings.TrimPrefix(r.URL(), "amqp://guest:guest@"), "/")
	for _, tt := range []errorCase{
		{"wrong password", []string{"--url", "amqp://guest:" + canary + "@" + addr + "/"}, nil, 3, ""},
		{"no such vhost", []string{"--url", "amqp://guest:guest@" + addr + "/nope"}, nil, 3, "nope"},
	} {
		t.Run(tt.name, tt.run)
	}
}

// TestLooksOfManyRuns: what one run uses up of a queue's delivery limit the next one knows, so that
// no run is the one that loses messages.
func TestLooksOfManyRuns(t *testing.T) {
	each.OnRabbitMQ(t, func(t *testing.T, server each.RabbitMQ) {
		conn, err := amqp.Dial(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		ch, err := conn.Channel()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ch.QueueDeclare("q", true, false, false, false, amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 3}); err != nil {
			t.Fatal(err)
		}
		want := []string{"m1", "m2", "m3"}
		for _, body := range want {
			if err := ch.Publish("", "q", false, false, amqp.Publishing{Body: []byte(body)}); err != nil {
				t.Fatal(err)
			}
		}
		testkit.Eventually(t, "the messages are there", func() bool { return messages(t, ch) == len(want) })
		args := []string{"peek", "queue/q", "--confirm", "q", "--url", server.URL() + "?management=" + server.ManagementURL(), "-o", "jsonl"}
		env := []string{"XDG_STATE_HOME=" + t.TempDir()}
		looks, refused := 0, 0
		for range 30 {
			status, stdout, stderr := bustop(t, env, args...)
			switch {
			case status == 0 && strings.Contains(stdout, `"m1"`):
				looks++
			case status == 1 && strings.Contains(stderr, "Refused: the first message has been delivered 2 times of at most 3") &&
				strings.Contains(stderr, "On the server itself this looks without side effects: rabbitmq-queues peek --vhost / q 1") &&
				strings.Contains(stderr, "not done; to agree to this add --confirm 'q again'"):
				refused++
			default:
				t.Fatalf("status %d: %s%s", status, stdout, stderr)
			}
		}
		if looks != 2 || refused != 28 {
			t.Errorf("%d looks and %d refused, want 2 and 28", looks, refused)
		}
		// One look more by whoever says that the message is another, and it tells that it is not.
		args[3] = "q again"
		for i, want := range []int{0, 1, 1} {
			if status, _, stderr := bustop(t, env, args...); status != want ||
				status == 1 && !strings.Contains(stderr, "refused: The first message has been delivered 3 times of at most 3") {
				t.Errorf("look %d all the same: status %d, %s", i, status, stderr)
			}
		}
		var got []string
		for range want {
			d, _, err := ch.Get("q", true)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(d.Body))
		}
		// Each is there; the first is last because of the look too many, as its plan said.
		if !slices.Equal(got, []string{"m2", "m3", "m1"}) {
			t.Errorf("after the looks: %q", got)
		}
	})
}

func messages(t *testing.T, ch *amqp.Channel) int {
	t.Helper()
	q, err := ch.QueueDeclarePassive("q", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return q.Messages
}

// TestPipeThatCloses holds that a reader who has seen enough ends the program quietly.
func TestPipeThatCloses(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `yes '{"base64":"MQ=="}' | { "$0" decode --lines; echo "status $?" >&2; } | head -n 1`, binary)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "status 0\n") || strings.Count(string(out), "\n") != 2 {
		t.Errorf("%v: %s", err, out)
	}
}

// TestSignals holds that a signal ends a tail, whose end is always asked for, as a success.
func TestSignals(t *testing.T) {
	r := testkit.Redis(t)
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		cmd := exec.CommandContext(t.Context(), binary, "tail", "channel/x", "--url", r.URL(), "-o", "json")
		cmd.Env = []string{"XDG_CONFIG_HOME=" + t.TempDir()}
		var out bytes.Buffer
		cmd.Stdout = &out
		errs, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(errs).ReadString('\n'); err != nil || !strings.Contains(line, "watching") {
			t.Fatalf("%v: %q", err, line)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil || out.String() != "[]\n" {
			t.Errorf("%v: %v, %q", sig, err, out.String())
		}
	}
}
