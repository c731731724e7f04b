package redis_test

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends/testkit/foreign"

	"bustop/backends"
)

// perform lets a program do what a subcommand says, to its end.
func perform(t *testing.T, program []string, words ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	words = append(slices.Clone(program), words...)
	if out, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput(); err != nil {
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

func TestForeignJobs(t *testing.T) {
	foreign.Need(t)
	type queue struct{ library, name, failed string }
	for _, p := range []struct {
		name    string
		install func(t *testing.T) []string
		queues  []queue
	}{
		{"Go", foreign.Go, []queue{{"asynq", "asynq:{low}", "retry"}}},
		{"npm", foreign.Node, []queue{{"bullmq", "bull:mail", "failed"}, {"bull", "bull:mail", "failed"}, {"bee-queue", "bq:mail", "failed"}}},
	} {
		t.Run(p.name, func(t *testing.T) {
			program := p.install(t)
			for _, q := range p.queues {
				t.Run(q.library, func(t *testing.T) {
					addr, _ := server(t)
					perform(t, program, q.library, "redis://"+addr)
					checkForeign(t, addr, q.name, q.library, q.failed)
				})
			}
		})
	}
}
