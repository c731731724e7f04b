package rabbitmq

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends/testkit/foreign"

	"bustop/backends"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

// claim is what a program of foreign libraries says has to be recognised; its fields are told there.
type claim struct {
	Kind, Name, Type            string
	Ready, Unacked, Consumers   int64
	Bound, Headers, Types       map[string]string
	Origins                     []string
	Says, Origin, Reason, Error string
}

func (c claim) ready() bool { return c.Kind == "ready" }

// TestForeignLibraries holds the listings and messages to what producers and consumers of others' libraries
// leave in a server. It needs the network, npm and node, so it runs only when BUSTOP_FOREIGN is 1.
func TestForeignLibraries(t *testing.T) {
	foreign.Need(t)
	server := testkit.RabbitMQ(t, servers.RabbitOptions{})
	for name, install := range map[string]func(t *testing.T) []string{"Go": foreign.Go, "npm": foreign.Node} {
		t.Run(name, func(t *testing.T) {
			w := &world{t: t, server: server, vhost: "/"}
			claims := foreign.Play(t, append(install(t), server.URL()), claim.ready)
			t.Logf("%d claims", len(claims))
			s := openURL(t, server.URL()+"?management="+server.ManagementURL(), backends.Options{})
			for _, c := range claims {
				if c.Kind == "queue" {
					w.seen(c.Name, int(c.Ready+c.Unacked))
				}
			}
			for _, c := range claims {
				t.Run(c.Kind+" "+c.Name, func(t *testing.T) { c.hold(t, s) })
			}
		})
	}
}

// hold holds the source to a claim.
func (c claim) hold(t *testing.T, s *source) {
	t.Helper()
	switch c.Kind {
	case "queue":
		c.holdQueue(t, s)
	case "exchange":
		c.holdExchange(t, s)
	case "place":
		c.holdPlace(t, s)
	case "message":
		c.holdMessage(t, s)
	default:
		t.Fatalf("a claim of the kind %q", c.Kind)
	}
}

func find[T any](t *testing.T, page backends.Page[T], err error, named func(T) bool) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(page.Items, named)
	if i < 0 {
		t.Fatalf("it is not among the %d listed", len(page.Items))
	}
	return page.Items[i]
}

func (c claim) holdQueue(t *testing.T, s *source) {
	page, err := s.ListQueues(ctxFor(t), backends.Query{Complete: true})
	q := find(t, page, err, func(q backends.Queue) bool { return q.Name == c.Name })
	got := fmt.Sprint(q.Type, q.Ready.Value, q.Unacked.Value, q.Consumers.Value)
	if want := fmt.Sprint(c.Type, c.Ready, c.Unacked, c.Consumers); got != want {
		t.Errorf("type, ready, unacked, consumers are %s, not %s", got, want)
	}
}

func (c claim) holdExchange(t *testing.T, s *source) {
	page, err := s.ListChannels(ctxFor(t), backends.Query{Complete: true})
	x := find(t, page, err, func(x backends.Channel) bool { return x.Name == c.Name })
	bound := map[string]string{}
	for _, b := range x.Bindings {
		bound[b.Destination.Name] = b.RoutingKey
	}
	if x.Type != c.Type || c.Bound != nil && fmt.Sprint(bound) != fmt.Sprint(c.Bound) {
		t.Errorf("it is %s, bound to %v", x.Type, bound)
	}
}

func (c claim) holdPlace(t *testing.T, s *source) {
	page, err := s.ListDeadLetters(ctxFor(t), backends.Query{Complete: true})
	p := find(t, page, err, func(p backends.DeadLetterPlace) bool { return p.Target.Name == c.Name })
	var origins []string
	for _, o := range p.Origins {
		origins = append(origins, o.Queue)
	}
	if string(p.Purpose) != c.Type || !slices.Equal(origins, c.Origins) {
		t.Errorf("it is for %s and gets the dead letters of %q", p.Purpose, origins)
	}
}

func (c claim) holdMessage(t *testing.T, s *source) {
	plan, err := s.PlanPeek(ctxFor(t), c.Name)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := s.Peek(ctxFor(t), lookAt(plan, 1))
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d messages, %v", len(messages), err)
	}
	m := messages[0]
	if line := s.Narrate(m, time.Now()).Line(); !strings.HasPrefix(line, c.Says) || c.Says == "" && line != "" {
		t.Errorf("it says %q of %+v", line, m.Headers)
	}
	fate := s.ReadFate(m, time.Now())
	if fate.Queue != c.Origin || fate.Reason != c.Reason || fate.Error != c.Error {
		t.Errorf("it was in %q at first, died of %q, with the error %q", fate.Queue, fate.Reason, fate.Error)
	}
	for name, want := range c.Headers {
		if got := m.Header(name); got != want {
			t.Errorf("the header %s is %q, not %q", name, got, want)
		}
	}
	for _, f := range m.Headers {
		if want, ok := c.Types[f.Name]; ok && f.Type != want {
			t.Errorf("the type of the header %s is %q, not %q", f.Name, f.Type, want)
		}
	}
}
