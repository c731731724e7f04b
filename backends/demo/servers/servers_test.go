package servers_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

func TestRedisComesBackOnItsPort(t *testing.T) {
	r := testkit.Redis(t)
	before := r.Pid()
	r.Kill()
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if r.Pid() == before {
		t.Fatal("the same process after a restart")
	}
}

func TestRabbitMQEndsWithoutTrace(t *testing.T) {
	r := testkit.RabbitMQ(t, servers.RabbitOptions{})
	for _, on := range []bool{true, false} {
		if err := r.SetMemoryAlarm(on); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "the health check tells the alarm", func() bool { return alarmed(t, r) == on })
	}
	pid := r.Pid()
	r.Close()
	if err := syscall.Kill(pid, 0); err == nil {
		t.Fatal("the server is still running")
	}
}

// alarmed asks the management API whether there is an alarm.
func alarmed(t *testing.T, r *servers.RabbitMQ) bool {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.ManagementURL()+"/api/health/checks/alarms", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("guest", "guest")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusServiceUnavailable
}

func TestFoldersOfKilledProgramsAreSwept(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	leave := func(name, owner string) string {
		dir := filepath.Join(os.TempDir(), name)
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "owner"), []byte(owner), 0o600)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	dead := leave("bustop-redis-1", strconv.Itoa(gone.Process.Pid))
	ours := leave("bustop-redis-2", strconv.Itoa(os.Getpid()))
	odd := leave("bustop-redis-3", "nobody")
	testkit.Redis(t)
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the folder of a dead program is still there: %v", err)
	}
	for _, dir := range []string{ours, odd} {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("a folder that may be in use was removed: %v", err)
		}
	}
}
