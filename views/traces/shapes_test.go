package traces_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/spans"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/traces"
	"bustop/views/viewtest"
)

// odd is a trace that is not as traces should be: for each span its parent (0 for none, above the number of spans
// for one that is not here) and its times. Names begin with "s" and the number.
type odd struct {
	name string
	n    int
	// of gives the span i of 1 to n.
	of func(i int) (parent int, from, took time.Duration)
	// title follows the number in a name; links are numbers of spans in the same trace.
	title string
	links func(i int) []int
	// teaches: its drawing is kept.
	teaches bool
}

const ms, us = time.Millisecond, time.Microsecond

func oddTraces() []odd {
	inside := func(i int) (int, time.Duration, time.Duration) { return min(i-1, 1), time.Duration(i) * ms, 10 * ms }
	return []odd{
		{name: "broad", n: 300, of: inside},
		{name: "deep", n: 60, teaches: true, of: func(i int) (int, time.Duration, time.Duration) {
			return i - 1, time.Duration(i) * ms, time.Duration(130-2*i) * ms
		}},
		{name: "long names", n: 5, of: inside, title: " " + strings.Repeat("日本語 names ", 20) + viewtest.Hostile},
		{name: "parents that are not here", n: 6, teaches: true, of: func(i int) (int, time.Duration, time.Duration) {
			return 100 + i, time.Duration(i) * ms, 2 * ms
		}},
		{name: "two roots", n: 6, of: func(i int) (int, time.Duration, time.Duration) {
			return max(0, i-2), time.Duration(i) * ms, 5 * ms
		}},
		{name: "clocks apart", n: 5, teaches: true, of: func(i int) (int, time.Duration, time.Duration) {
			return i - 1, 500*ms - time.Duration(i)*300*ms, 100 * ms
		}},
		{name: "no durations", n: 5, of: func(i int) (int, time.Duration, time.Duration) { return i - 1, 0, 0 }},
		{name: "ends before starts", n: 3, of: func(i int) (int, time.Duration, time.Duration) { return i - 1, 0, -5 * ms }},
		{name: "hours and microseconds", n: 8, of: func(i int) (int, time.Duration, time.Duration) {
			if i == 1 {
				return 0, 0, 3 * time.Hour
			}
			return 1, time.Duration(i) * 20 * time.Minute, 3 * us
		}},
		{name: "links both ways", n: 6, of: inside, links: func(i int) []int { return []int{7 - i, i} }},
		{name: "parents in a ring", n: 4, of: func(i int) (int, time.Duration, time.Duration) {
			return i%4 + 1, time.Duration(i) * ms, 5 * ms
		}},
		{name: "its own parent", n: 2, of: func(i int) (int, time.Duration, time.Duration) { return i, 0, 5 * ms }},
	}
}

func oddID(n int) trace.SpanID { return trace.SpanID{6: byte(n >> 8), 7: byte(n)} }

// store puts an odd trace into the store, the spans of two services in turn.
func (o odd) store(d *views.Deps) {
	id, _ := trace.TraceIDFromHex(flowID)
	services := [2][]spans.Data{}
	for i := 1; i <= o.n; i++ {
		parent, from, took := o.of(i)
		s := spans.Data{
			TraceID: id, ID: oddID(i), Name: fmt.Sprintf("s%03d%s", i, o.title), Kind: trace.SpanKind(1 + i%5),
			Start: viewtest.Start().Add(from), End: viewtest.Start().Add(from + took),
		}
		if parent > 0 {
			s.Parent = oddID(parent)
		}
		if o.links != nil {
			for _, l := range o.links(i) {
				s.Links = append(s.Links, sdktrace.Link{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: oddID(l)})})
			}
		}
		services[i%2] = append(services[i%2], s)
	}
	d.Spans.AddReceived(spans.Batch{Scope: "a", Spans: services[1]}, spans.Batch{Scope: "b", Spans: services[0]})
}

// marked draws a screen, holds that it keeps to its size, and returns the row with the marker.
func marked(t *testing.T, s views.Screen, width, height int) string {
	t.Helper()
	row := ""
	lines := s.Render(width, height)
	if len(lines) != height {
		t.Fatalf("%d lines of %d", len(lines), height)
	}
	for _, line := range lines {
		plain := ansi.Strip(line)
		if ansi.StringWidth(plain) > width || strings.ContainsAny(plain, "\x1b\x07\n") {
			t.Fatalf("%d cells of %d: %q", ansi.StringWidth(plain), width, plain)
		}
		if strings.HasPrefix(plain, "▌") {
			row = plain
		}
	}
	return row
}

// TestOddTraces holds of any trace that each of its spans can be reached, read and found, at each size.
func TestOddTraces(t *testing.T) {
	for _, o := range oddTraces() {
		t.Run(o.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, nav := viewtest.Deps(t, true)
				o.store(d)
				time.Sleep(time.Second)
				for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
					o.walked(t, d, size[0], size[1])
				}
				o.found(t, d, nav)
				if o.teaches {
					golden.Check(t, "odd-"+strings.ReplaceAll(o.name, " ", "-")+"-80x24", traces.Open(d, refTo(byte(min(o.n, 40)))).Render(80, 24))
				}
			})
		})
	}
}

// walked goes down all rows.
func (o odd) walked(t *testing.T, d *views.Deps, width, height int) {
	t.Helper()
	w, nav := traces.Open(d, refTo(0)), &viewtest.Nav{}
	seen := map[string]bool{}
	for range o.n {
		row := marked(t, w, width, height)
		at := strings.Index(row, "s0")
		if at = max(at, strings.Index(row, "s1"), strings.Index(row, "s2"), strings.Index(row, "s3")); at < 0 {
			t.Fatalf("no name in %q", row)
		}
		seen[row[at:at+4]] = true
		viewtest.Press(t, nav, w, "down")
	}
	if len(seen) != o.n {
		t.Errorf("%d of %d spans are reached at %d×%d", len(seen), o.n, width, height)
	}
}

// found finds the last span, folds everything and comes back.
func (o odd) found(t *testing.T, d *views.Deps, nav *viewtest.Nav) {
	t.Helper()
	w, name := traces.Open(d, refTo(0)), fmt.Sprintf("s%03d", o.n)
	viewtest.Press(t, nav, w, "z", "/", "name="+name+"*", "enter")
	if row := marked(t, w, 80, 24); !strings.Contains(row, "*") || !strings.Contains(row, name) {
		t.Errorf("found %q", row)
	}
	for _, keys := range [][]string{{"esc"}, {" "}, {"n"}, {"z", "z"}} {
		viewtest.Press(t, nav, w, keys...)
		if row := marked(t, w, 80, 24); !strings.Contains(row, name) && keys[0] != "z" {
			t.Errorf("after %q the marker is on %q", keys, row)
		}
	}
	viewtest.Press(t, nav, w, "enter")
	marked(t, nav.Pushed[len(nav.Pushed)-1], 80, 24)
}
