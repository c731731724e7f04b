package management_test

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bustop/backends/testkit"
)

// rabbitmqadmin is the script that a RabbitMQ serves at /cli/rabbitmqadmin.
func rabbitmqadmin(t *testing.T, p *place) func(args ...string) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3")
	}
	found, _ := filepath.Glob("/usr/lib/rabbitmq/lib/rabbitmq_server-*/plugins/rabbitmq_management-*/priv/www/cli/rabbitmqadmin")
	if len(found) == 0 {
		t.Skip("needs rabbitmqadmin")
	}
	host, port, err := net.SplitHostPort(strings.TrimPrefix(p.http, "http://"))
	p.must(err)
	return func(args ...string) string {
		t.Helper()
		args = append([]string{found[0], "--host", host, "--port", port, "--format", "raw_json"}, args...)
		cmd := exec.CommandContext(t.Context(), python, args...)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		var out, bad bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &bad
		if err := cmd.Run(); err != nil {
			t.Fatalf("rabbitmqadmin %s: %v\n%s%s", strings.Join(args[6:], " "), err, &out, &bad)
		}
		return out.String()
	}
}

func TestRabbitmqadmin(t *testing.T) {
	p := start(t)
	t.Cleanup(p.leave)
	admin := rabbitmqadmin(t, p)
	p.fill()
	for _, list := range []string{
		"vhosts", "users", "permissions", "nodes", "queues", "exchanges", "bindings", "connections", "channels", "consumers",
		"policies", "operator_policies", "parameters", "vhost_limits",
	} {
		var rows []map[string]any
		if text := admin("list", list); json.Unmarshal([]byte(text), &rows) != nil || len(rows) == 0 && list != "vhost_limits" {
			t.Errorf("list %s: %s", list, text)
		}
	}
	if text := admin("show", "overview"); !strings.Contains(text, "3.10.8") {
		t.Errorf("show overview: %s", text)
	}
	administer(t, admin)
	messages(t, admin)
	name := p.connection("idle")
	admin("close", "connection", "name="+name)
	testkit.Eventually(t, "the connection is closed", func() bool { return !strings.Contains(admin("list", "connections"), name) })
	file := filepath.Join(t.TempDir(), "definitions.json")
	admin("export", file)
	text, err := os.ReadFile(file)
	p.must(err)
	if !bytes.Contains(text, []byte(`"x.direct"`)) || !json.Valid(text) {
		t.Errorf("export: %.200s", text)
	}
}

func administer(t *testing.T, admin func(...string) string) {
	t.Helper()
	admin("declare", "vhost", "name=new")
	admin("declare", "user", "name=somebody", "password=pw", "tags=management")
	admin("declare", "permission", "vhost=new", "user=somebody", "configure=.*", "write=.*", "read=.*")
	admin("--vhost", "new", "declare", "queue", "name=q", "durable=true", `arguments={"x-max-length":3}`)
	admin("--vhost", "new", "declare", "exchange", "name=x", "type=topic")
	admin("--vhost", "new", "declare", "binding", "source=x", "destination=q", "routing_key=a.#")
	admin("--vhost", "new", "declare", "policy", "name=p", "pattern=.*", `definition={"max-length":2}`, "apply-to=queues")
	admin("--vhost", "new", "declare", "operator_policy", "name=o", "pattern=.*", `definition={"max-length":9}`, "apply-to=queues")
	admin("declare", "vhost_limit", "vhost=new", "name=max-queues", "value=5")
	for list, want := range map[string]string{"queues": `"p"`, "bindings": "a.#", "policies": `"p"`, "operator_policies": `"o"`, "vhost_limits": "5"} {
		if text := admin("--vhost", "new", "list", list); !strings.Contains(text, want) {
			t.Errorf("list %s: %s", list, text)
		}
	}
	admin("delete", "vhost_limit", "vhost=new", "name=max-queues")
	admin("--vhost", "new", "delete", "operator_policy", "name=o")
	admin("--vhost", "new", "delete", "policy", "name=p")
	admin("--vhost", "new", "delete", "binding", "source=x", "destination=q", "destination_type=queue", "properties_key=a.%23")
	admin("--vhost", "new", "delete", "exchange", "name=x")
	admin("--vhost", "new", "delete", "queue", "name=q")
	admin("delete", "permission", "vhost=new", "user=somebody")
	admin("delete", "user", "name=somebody")
	admin("delete", "vhost", "name=new")
}

func messages(t *testing.T, admin func(...string) string) {
	t.Helper()
	admin("declare", "queue", "name=mail")
	if text := admin("publish", "exchange=amq.default", "routing_key=mail", "payload=hello"); !strings.Contains(text, "published") {
		t.Errorf("publish: %s", text)
	}
	if text := admin("publish", "exchange=amq.default", "routing_key=nobody", "payload=hello"); !strings.Contains(text, "NOT routed") {
		t.Errorf("publish to nobody: %s", text)
	}
	if text := admin("get", "queue=mail", "ackmode=ack_requeue_true"); !strings.Contains(text, "hello") {
		t.Errorf("get: %s", text)
	}
	admin("purge", "queue", "name=mail")
	if text := admin("get", "queue=mail", "ackmode=ack_requeue_false"); strings.Contains(text, "hello") {
		t.Errorf("get after purge: %s", text)
	}
	admin("delete", "queue", "name=mail")
}
