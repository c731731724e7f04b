package rabbitd

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// suiteLimit is how long the other library's tests may take. They wait on purpose for most of it.
const suiteLimit = 10 * time.Minute

// leastTests is how many tests of its version 1.16.0 there are at the least: fewer were not run.
const leastTests = 75

// TestOtherLibrary runs amqp091-go's own integration tests, from the module cache, against a server.
// Left out are those of recovery, which kill connections through a management API at RabbitMQ's own
// port 15672 of this machine, and those that need no server: some of them give a busy machine a
// millisecond.
func TestOtherLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	dir := copyModule(t, "github.com/rabbitmq/amqp091-go")
	tests := slices.DeleteFunc(listTests(t, dir, "-tags=integration"), func(name string) bool {
		return strings.Contains(name, "ConnectionRecovery")
	})
	for _, name := range listTests(t, dir) {
		tests = slices.DeleteFunc(tests, func(other string) bool { return other == name })
	}
	s := start(t, Options{})
	out, err := goTest(t, dir, "-v", "-tags=integration", "-run=^("+strings.Join(tests, "|")+")$",
		"AMQP_URL="+s.URL(), "RABBITMQ_RABBITMQCTL_PATH="+os.Args[0], controlVariable+"="+alarms(t, s))
	passed := len(regexp.MustCompile(`(?m)^--- PASS: `).FindAllString(out, -1))
	t.Logf("%d of %d tests passed", passed, len(tests))
	if err != nil || passed != len(tests) || passed < leastTests {
		t.Errorf("%v\n%s", err, failures(out))
	}
}

// goTest runs go test in a folder, with flags and variables for the environment.
func goTest(t *testing.T, dir string, arguments ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), suiteLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	for _, argument := range arguments {
		if strings.HasPrefix(argument, "-") {
			cmd.Args = append(cmd.Args, argument)
		} else {
			cmd.Env = append(cmd.Env, argument)
		}
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// listTests names the tests in a folder.
func listTests(t *testing.T, dir string, flags ...string) []string {
	t.Helper()
	out, err := goTest(t, dir, append(flags, "-list=^Test")...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return regexp.MustCompile(`(?m)^Test\w+$`).FindAllString(out, -1)
}

// failures are the lines around failed tests.
func failures(out string) string {
	passing := regexp.MustCompile(`(?m)^\s*(=== \w+|--- PASS:).*\n`)
	text := passing.ReplaceAllString(out, "")
	return text[:min(len(text), 8000)]
}

// copyModule copies a module, which may not be written to where it is.
func copyModule(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	from, to := os.DirFS(strings.TrimSpace(string(out))), t.TempDir()
	err = fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, filepath.FromSlash(path))
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		content, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// alarms does what the tests ask of rabbitmqctl: a memory limit of nothing sets the alarm.
func alarms(t *testing.T, s *Server) string {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		switch arguments := strings.Fields(string(asked)); {
		case len(arguments) == 2 && arguments[0] == "set_vm_memory_high_watermark":
			s.Broker().SetMemoryAlarm(arguments[1] == "0.0001")
		default:
			t.Errorf("asked for %q", asked)
		}
	}))
	t.Cleanup(web.Close)
	return web.URL
}
