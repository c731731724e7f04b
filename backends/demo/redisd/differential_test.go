package redisd_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"bustop/backends/demo/redisd"
	"bustop/backends/testkit"
)

// scenario is everything that is observed.
func scenario() []observation {
	return slices.Concat(
		connections(), introspection(), administration(),
		keyCommands(), scans(), encodings(), expiry(),
		stringCommands(), hashCommands(), listCommands(), setCommands(), sortedSetCommands(),
		streamEntries(), streamReads(), streamGroups(), streamClaims(), streamReports(),
		channels(), keyspace(), tracks(), monitoring(), transactions(), scripting(),
		gated(), typedCalls(),
	)
}

// Run with -args -differences=FILE to have all that differs, accepted or not, written down.
var differences = flag.String("differences", "", "write what differs to this file")

// TestDifferential runs the same observations on two redis-servers and on redisd, in both versions of the protocol. The
// two must agree, or else the observation compares what cannot be compared; redisd must agree with them but
// where accepted says why not, and there it must still differ.
func TestDifferential(t *testing.T) {
	all := scenario()
	names := map[string]bool{}
	for _, o := range all {
		if names[o.name] {
			t.Errorf("two observations are called %s", o.name)
		}
		names[o.name] = true
	}
	for name := range accepted() {
		name, _, _ := strings.Cut(name, " ")
		if !names[name] {
			t.Errorf("accepted, but not observed: %s", name)
		}
	}
	t.Logf("%d observations", len(all))
	found := make([]strings.Builder, 2)
	t.Run("servers", func(t *testing.T) {
		for i, proto := range []int{2, 3} {
			t.Run(fmt.Sprintf("resp%d", proto), func(t *testing.T) {
				t.Parallel()
				compare(t, all, proto, &found[i])
			})
		}
	})
	if *differences != "" {
		text := "# RESP2\n" + found[0].String() + "\n# RESP3\n" + found[1].String()
		if err := os.WriteFile(*differences, []byte(text), 0o600); err != nil {
			t.Error(err)
		}
	}
}

func compare(t *testing.T, all []observation, proto int, found *strings.Builder) {
	real1, real2 := testkit.Redis(t), testkit.Redis(t)
	embedded, err := redisd.Start(redisd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer embedded.Close()
	reasons := accepted()
	for _, o := range all {
		if o.only != 0 && o.only != proto {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			got := observeAll(t, o, proto, real1.Addr(), real2.Addr(), embedded.Addr())
			if diff := differ(got[0], got[1]); diff != "" {
				t.Errorf("two redis-servers differ:\n%s", diff)
			}
			diff := differ(got[0], got[2])
			if diff != "" {
				fmt.Fprintf(found, "## %s\n%s\n", o.name, diff)
			}
			judge(t, diff, orElse(reasons[o.name], reasons[fmt.Sprintf("%s resp%d", o.name, proto)]))
		})
	}
}

func judge(t *testing.T, diff, reason string) {
	t.Helper()
	switch {
	case diff != "" && reason == "":
		t.Errorf("redis-server (-) and redisd (+) differ:\n%s", diff)
	case diff == "" && reason != "":
		t.Errorf("does not differ any more, but is accepted: %s", reason)
	}
}

// observeAll runs an observation on several servers at once.
func observeAll(t *testing.T, o observation, proto int, addrs ...string) [][]step {
	t.Helper()
	out := make([][]step, len(addrs))
	var wg sync.WaitGroup
	for i, addr := range addrs {
		wg.Go(func() { out[i] = observe(t, o, proto, addr) })
	}
	wg.Wait()
	return out
}

func observe(t testing.TB, o observation, proto int, addr string) []step {
	clean(addr)
	if o.typed != nil {
		return observeTyped(t, o, proto, addr)
	}
	r := &run{addr: addr, proto: proto, wires: map[string]*wire{}, kept: map[string]string{}}
	defer r.close()
	r.play(o.script)
	return r.lines
}

// differ lists the lines in which two runs differ, "" if in none.
func differ(want, got []step) string {
	var out strings.Builder
	for i := range max(len(want), len(got)) {
		var a, b step
		if i < len(want) {
			a = want[i]
		}
		if i < len(got) {
			b = got[i]
		}
		if a != b {
			fmt.Fprintf(&out, "  %s\n    - %s\n    + %s\n", orElse(a.command, b.command), a.reply, b.reply)
		}
	}
	return out.String()
}
