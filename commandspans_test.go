package main_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bustop/backends/testkit"
)

// TestSpansOfCommands holds that what a command does is seen in another program that takes its spans, as one trace
// for each command, and that the command says nothing of it unless asked.
func TestSpansOfCommands(t *testing.T) {
	r, collector := testkit.Redis(t), closedPort(t)
	conn, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("XADD orders * body 1\r\nSET cart:" + canary + " x\r\n")); err != nil {
		t.Fatal(err)
	}
	payload := filepath.Join(t.TempDir(), canary)
	if err := os.WriteFile(payload, []byte(`{"a":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	seen := onScreen(t, nil, "redis://"+r.Addr(), "--otlp", collector)
	seen.shows(t, "live")
	seen.types(t, "8")
	seen.shows(t, "0 traces")
	env := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + collector, "REDIS_URL=redis://" + r.Addr()}
	for _, c := range []struct{ args, trace string }{
		{"get streams locks", "get streams locks"},
		{"peek stream/orders", "peek orders"},
		{"peek key/cart:" + canary, "peek key"},
		{"tail stream/orders --for 100ms -o json", "tail orders"},
		{"decode " + payload, "json.decode"},
	} {
		status, stdout, stderr := bustop(t, env, strings.Fields(c.args)...)
		if status != 0 || stdout == "" || strings.Contains(stderr, collector) {
			t.Fatalf("%s: status %d, %s%s", c.args, status, stdout, stderr)
		}
		seen.shows(t, c.trace)
	}
	_, _, stderr := bustop(t, env, "get", "streams", "--verbose")
	if !strings.HasPrefix(stderr, "bustop: spans to http://"+collector+": ") || !strings.HasSuffix(stderr, " sent\n") || strings.Contains(stderr, ": 0 sent") {
		t.Errorf("asked for: %q", stderr)
	}
	seen.types(t, "\x03")
	if status, screen := seen.ends(t); status != 0 || strings.Contains(screen, canary) {
		t.Errorf("status %d, screen %q", status, screen)
	}
}

// TestCommandsWithoutTheirCollector holds that a command does its work all the same, and tells why its spans are
// nowhere only when it is asked.
func TestCommandsWithoutTheirCollector(t *testing.T) {
	for _, c := range []struct{ endpoint, want string }{
		{"http://" + closedPort(t), "1 failed: the collector cannot be reached"},
		{"127.0.0.1:4318", "spans are not exported: OTEL_EXPORTER_OTLP_ENDPOINT is no URL"},
	} {
		payload := filepath.Join(t.TempDir(), "p")
		if err := os.WriteFile(payload, []byte(`[1]`), 0o600); err != nil {
			t.Fatal(err)
		}
		env := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.endpoint}
		if status, stdout, stderr := bustop(t, env, "decode", payload); status != 0 || stdout == "" || stderr != "" {
			t.Errorf("%s: status %d, %q and %q", c.endpoint, status, stdout, stderr)
		}
		if status, _, stderr := bustop(t, env, "decode", payload, "--verbose"); status != 0 || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %q", c.endpoint, status, stderr)
		}
	}
}
