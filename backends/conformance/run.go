package conformance

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
)

// patience bounds one request of the suite; it is far above what a healthy server needs.
const patience = 40 * time.Second

// Run runs every case against the world's server. Cases share the server and give their
// objects different names; the one that kills the server comes last.
func Run(t *testing.T, w World) {
	t.Helper()
	cases := []struct {
		name string
		run  func(*testing.T, World)
	}{
		{"roles", testRoles},
		{"listings", testListings},
		{"streams", testStreams},
		{"hostile names", testNames},
		{"looking changes nothing", testLooking},
		{"peek keeps everything", testPeek},
		{"tap", testTap},
		{"spans", testSpans},
		{"wrong password", testWrongPassword},
		{"closed port", testClosedPort},
		{"black hole", testBlackHole},
		{"close ends everything", testClose},
		{"kill and restart", testRestart},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, w) })
	}
}

// open opens a source that the test closes at its end.
func (w World) open(t *testing.T, url string, opt backends.Options) backends.Source {
	t.Helper()
	src, err := w.Drivers.Open(url, opt)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := src.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return src
}

func (w World) has(k backends.Kind) bool { return slices.Contains(w.Roles, k) }

// clean fails when a text holds a secret.
func (w World) clean(t *testing.T, where, text string) {
	t.Helper()
	for _, s := range w.Secrets {
		if strings.Contains(text, s) {
			t.Errorf("%s holds a secret", where)
		}
	}
}

// within is a context for one request.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// find returns the item of a name in a listing and whether it is there exactly once.
func find[T any](items []T, name string, of func(T) string) (found T, once bool) {
	n := 0
	for _, item := range items {
		if of(item) == name {
			found = item
			n++
		}
	}
	return found, n == 1
}

// count checks a count that must be known exactly.
func count(t *testing.T, what string, got backends.Count, want int64) {
	t.Helper()
	if got.Certainty != backends.Exact || got.Value != want {
		t.Errorf("%s: got %d (certainty %d), want exactly %d", what, got.Value, got.Certainty, want)
	}
}

// agree gives a plan the consent that it asks for.
func agree(plan backends.Plan, n int) backends.Look {
	return backends.Look{Target: plan.Target, N: n, Confirmed: true, TypedName: plan.Target.Name}
}

// bodies are the bodies of the messages that are no gap marks.
func bodies(messages []backends.Message) []string {
	var out []string
	for _, m := range messages {
		if m.Gap == "" {
			out = append(out, string(m.Body))
		}
	}
	return out
}
