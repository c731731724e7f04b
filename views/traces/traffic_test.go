package traces_test

import (
	"testing"
	"time"

	"bustop/backends/spans"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/traces"
	"bustop/views/viewtest"
)

// TestTheHeadTellsOfOtherPrograms holds the line about the receiver and the export against what they did.
func TestTheHeadTellsOfOtherPrograms(t *testing.T) {
	for _, tc := range []struct {
		name    string
		traffic spans.Traffic
		shows   []string
		lacks   []string
		golden  string
	}{
		{name: "neither", shows: []string{"not receiving (--otlp) │ not exported"}},
		{name: "the demo's applications", traffic: spans.Traffic{Accepted: 1}, shows: []string{"from the demo · 1 span accepted │ not exported"}},
		{
			name:    "a receiver",
			traffic: spans.Traffic{Listening: []string{"127.0.0.1:4318", "127.0.0.1:4317"}, Accepted: 12_345},
			shows:   []string{"OTLP 127.0.0.1:4318 :4317 · 12.3k spans accepted │ not exported"},
			lacks:   []string{"refused", "dropped", "open to the network"},
		},
		{
			name:    "what it did not take",
			traffic: spans.Traffic{Listening: []string{"[::1]:9"}, Accepted: 5, Refused: 1, Dropped: 2, Rejected: 3, Own: 4},
			shows:   []string{" receiver 1 request refused · 2 dropped, too fast · 3 without ids │ OTLP [::1]:9 · 5 spans accepted"},
		},
		{
			name:    "reached by other machines",
			traffic: spans.Traffic{Listening: []string{"[::]:4318"}, Open: true},
			shows:   []string{" open to the network, token · OTLP [::]:4318 · 0 spans accepted"},
		},
		{
			name:    "an export",
			traffic: spans.Traffic{Endpoint: "http://c:4318", Sent: 7},
			shows:   []string{"(--otlp) │ to http://c:4318 · 7 spans sent"},
			lacks:   []string{"failed"},
		},
		{
			name:    "an export that is slower than what it is given",
			traffic: spans.Traffic{Endpoint: "http://c:4318", Sent: 7, Unsent: 12_345},
			shows:   []string{" to http://c:4318 · 7 spans sent · 12.3k dropped, queue full │ not receiving"},
		},
		{
			name:    "an export that fails stands first",
			traffic: spans.Traffic{Endpoint: "http://c:4318", Failed: 5, Failing: true, Failure: "\x1b[2J"},
			shows:   []string{" to http://c:4318 · 0 spans sent · 5 failed, last 12s ago: \\e[2J │ not receiving"},
		},
		{
			name:    "an export that failed once",
			traffic: spans.Traffic{Endpoint: "http://c:4318", Sent: 9, Failed: 5, Failure: "refused"},
			shows:   []string{"│ to http://c:4318 · 9 spans sent · 5 failed, last 12s ago: refused"},
		},
		{
			name: "what failed is read before what is well",
			traffic: spans.Traffic{
				Listening: []string{"127.0.0.1:4318", "127.0.0.1:4317"}, Accepted: 12_345, Endpoint: "http://collector.observability.svc:4318",
				Sent: 7, Failed: 5, Failing: true, Failure: "the collector cannot be reached: connection refused",
			},
			shows:  []string{"5 failed, last 12s ago: the collector cannot be reached: connection refused"},
			golden: "traffic-failing-80x24",
		},
		{
			name:    "what was refused stands with what failed",
			traffic: spans.Traffic{Listening: []string{"[::1]:9"}, Refused: 1, Dropped: 2, Own: 4, Endpoint: "http://c:4318", Sent: 7, Unsent: 3},
			shows:   []string{" export 3 dropped, queue full │ receiver 1 request refused · 2 dropped, too fast"},
			golden:  "traffic-refused-80x24",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inPane(t, func(t *testing.T, d *views.Deps, _ *viewtest.Nav, _ *traces.Pane) {
				tc.traffic.FailedAt = time.Now().Add(-12 * time.Second)
				d.Traffic = func() spans.Traffic { return tc.traffic }
				pane := traces.New(d)
				viewtest.Settle(pane)
				viewtest.Shows(t, pane, tc.shows...)
				viewtest.Lacks(t, pane, tc.lacks...)
				if tc.golden != "" {
					golden.Check(t, tc.golden, pane.Render(80, 24))
				}
			})
		})
	}
}
