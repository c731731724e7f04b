package redis_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bustop/backends"
)

// foreign installs what a folder of foreign/ names, in a temporary one, and returns that.
func foreign(t *testing.T, folder string, install ...string) string {
	t.Helper()
	if os.Getenv("BUSTOP_FOREIGN") != "1" {
		t.Skip("installs libraries from the network: BUSTOP_FOREIGN=1")
	}
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS(filepath.Join("foreign", folder))))
	execute(t, dir, install...)
	return dir
}

func execute(t *testing.T, dir string, words ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(words, " "), err, out)
	}
}

// checkForeign holds that the queue of a library that was just filled by itself is one row and opens.
func checkForeign(t *testing.T, addr, name, framework, failedState string) {
	t.Helper()
	src := source(t, addr, nil)
	page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
	must(t, err)
	if len(page.Items) != 1 || page.Items[0].Name != name || page.Items[0].Framework != framework || page.Items[0].Ready != backends.ExactCount(2) {
		t.Fatalf("queues: %+v", page.Items)
	}
	if age := time.Since(page.Items[0].HeadTime); age < 0 || age > 10*time.Minute {
		t.Errorf("the oldest job is %v old", age)
	}
	boards, err := src.Roles().Leaderboards.ListLeaderboards(within(t), backends.Query{Complete: true})
	must(t, err)
	locks, err := src.Roles().Locks.ListLocks(within(t), backends.Query{Complete: true})
	must(t, err)
	if len(boards.Items)+len(locks.Items) > 0 {
		t.Errorf("rows elsewhere: %+v %+v", boards.Items, locks.Items)
	}
	jobs := src.Roles().Queues.(backends.JobQueues)
	for state, want := range map[string]int{"": 2, failedState: 1} {
		page, err := jobs.ReadJobs(within(t), name, state, 0, 10)
		must(t, err)
		if len(page.Jobs) != want || !strings.Contains(string(page.Jobs[0].Body), `"to"`) {
			t.Fatalf("jobs %q: %+v", state, page.Jobs)
		}
		if said := page.Jobs[0].Header(backends.JobError) + page.Jobs[0].Header(backends.JobBacktrace); state != "" && !strings.Contains(said, "no route to host") {
			t.Errorf("the failed job: %+v", page.Jobs[0])
		}
	}
}

func TestForeignAsynq(t *testing.T) {
	dir := foreign(t, "asynq", "go", "build", "-o", "fill", ".")
	addr, _ := server(t)
	execute(t, dir, "./fill", addr)
	checkForeign(t, addr, "asynq:{low}", "asynq", "retry")
}

func TestForeignNode(t *testing.T) {
	dir := foreign(t, "node", "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
	for script, name := range map[string]string{"bullmq": "bull:mail", "bull": "bull:mail", "bee-queue": "bq:mail"} {
		t.Run(script, func(t *testing.T) {
			addr, _ := server(t)
			host, port, err := net.SplitHostPort(addr)
			must(t, err)
			execute(t, dir, "node", script+".js", host, port)
			checkForeign(t, addr, name, script, "failed")
		})
	}
}
