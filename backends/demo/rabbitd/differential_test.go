package rabbitd_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"bustop/backends/demo/rabbitd"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

var (
	listTo   = flag.String("differences", "", "write the differences to this file")
	recordTo = flag.String("record", "", "write what RabbitMQ shows to this file")
	slow     = flag.Duration("slow", 0, "name observations that take longer")
	twice    = flag.Bool("twice", false, "compare RabbitMQ with itself instead of with rabbitd")
)

// scenario is everything that is observed.
func scenario() []observation {
	var all []observation
	for _, part := range [][]observation{
		handshakeObservations(), connectionObservations(),
		exchangeObservations(), routingObservations(),
		queueObservations(), limitObservations(),
		consumerObservations(), ackObservations(), publishingObservations(), replyObservations(),
		deadLetterObservations(), quorumObservations(), streamObservations(),
		permissionObservations(), policyObservations(), walkObservations(), alarmObservations(),
	} {
		all = append(all, part...)
	}
	return all
}

// atOnce is how many observations one server is busy with. Most of them wait for a server's timer.
const atOnce = 16

// watch plays the scenario against a server and returns what was seen, by name.
func watch(sub *subject, scenario []observation) map[string]string {
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		seen  = make(map[string]string)
		slots = make(chan struct{}, atOnce)
	)
	note := func(o observation) {
		begin := time.Now()
		text := o.run(sub)
		if *slow > 0 && time.Since(begin) > *slow {
			fmt.Fprintf(os.Stderr, "%s on %s: %v\n", o.name, sub.name, time.Since(begin).Round(time.Millisecond))
		}
		mu.Lock()
		defer mu.Unlock()
		seen[o.name] = text
	}
	for _, o := range scenario {
		if o.alone {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			note(o)
		})
	}
	wg.Wait()
	for _, o := range scenario {
		if o.alone {
			note(o)
		}
	}
	return seen
}

// prepare makes the scenario's vhost afresh.
func prepare(t *testing.T, sub *subject) {
	t.Helper()
	o := observation{name: "prepare", see: func(s *scene) {
		s.api(http.MethodDelete, "vhosts/"+vhost, nil)
		s.put("vhosts/"+vhost, nil)
		s.put("permissions/"+vhost+"/guest", map[string]string{"configure": ".*", "write": ".*", "read": ".*"})
	}}
	if text := o.run(sub); text != "" {
		t.Fatalf("%s: %s", sub.name, text)
	}
}

// TestLikeRabbitMQ plays the scenario against RabbitMQ and against rabbitd. What they show a
// client has to be the same, except for what accepted lists.
func TestLikeRabbitMQ(t *testing.T) {
	original := startRabbitMQ(t)
	other := original
	if !*twice {
		other = startRabbitd(t)
	}
	all := scenario()
	prepare(t, original)
	want := watch(original, all)
	prepare(t, other)
	got := watch(other, all)
	report(t, all, want, got)
	for _, o := range all {
		t.Run(o.name, func(t *testing.T) {
			compare(t, o.name, want[o.name], got[o.name])
		})
	}
}

func compare(t *testing.T, name, want, got string) {
	if strings.Contains(want, "STOPPED") {
		t.Errorf("RabbitMQ did not play along:\n%s", want)
	}
	reason, listed := accepted()[name]
	listed = listed && !*twice
	switch {
	case want == got && listed:
		t.Errorf("is the same now, but listed as different because %s", reason)
	case want != got && !listed:
		t.Errorf("differs (- RabbitMQ, + the other):\n%s", difference(want, got))
	}
}

// difference shows the lines that only one of the two texts has.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	common[len(a)] = make([]int, len(b)+1)
	for i := len(a) - 1; i >= 0; i-- {
		common[i] = make([]int, len(b)+1)
		for j := len(b) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var out strings.Builder
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			fmt.Fprintf(&out, "- %s\n", a[i])
			i++
		default:
			fmt.Fprintf(&out, "+ %s\n", b[j])
			j++
		}
	}
	return out.String()
}

// report writes the differences for those who work on them.
func report(t *testing.T, all []observation, want, got map[string]string) {
	if *recordTo != "" {
		var out strings.Builder
		for _, o := range all {
			fmt.Fprintf(&out, "## %s\n%s\n", o.name, want[o.name])
		}
		if err := os.WriteFile(*recordTo, []byte(out.String()), 0o600); err != nil {
			t.Error(err)
		}
	}
	if *listTo == "" {
		return
	}
	var out strings.Builder
	n := 0
	for _, o := range all {
		if want[o.name] != got[o.name] {
			n++
			fmt.Fprintf(&out, "## %s\n%s\n", o.name, difference(want[o.name], got[o.name]))
		}
	}
	head := fmt.Sprintf("# %d of %d observations differ (- RabbitMQ 3.10.8, + rabbitd)\n\n", n, len(all))
	if err := os.WriteFile(*listTo, []byte(head+out.String()), 0o600); err != nil {
		t.Error(err)
	}
}

// startRabbitMQ starts the real server.
func startRabbitMQ(t *testing.T) *subject {
	t.Helper()
	r := testkit.RabbitMQ(t, servers.RabbitOptions{})
	return &subject{
		name: "RabbitMQ",
		amqp: fmt.Sprintf("127.0.0.1:%d", r.Port), management: fmt.Sprintf("127.0.0.1:%d", r.ManagementPort),
		alarm: r.SetMemoryAlarm,
	}
}

// startRabbitd starts the server of this package.
func startRabbitd(t *testing.T) *subject {
	t.Helper()
	s, err := rabbitd.Start(rabbitd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	u, err := url.Parse(s.ManagementURL())
	if err != nil {
		t.Fatal(err)
	}
	return &subject{
		name: "rabbitd", amqp: s.Addr(), management: u.Host,
		alarm: func(on bool) error {
			s.Broker().SetMemoryAlarm(on)
			return nil
		},
	}
}

// accepted lists the observations that differ, with the reason why they may.
func accepted() map[string]string {
	return map[string]string{
		"start-properties-of-the-maker": "rabbitd says who it is",
		"header-0-8":                    "rabbitd speaks AMQP 0-9-1 and 0-9 only",
		"dead-headers-in-order":         "the fields of a table stand in the order of their names; AMQP gives their order no meaning",
	}
}
