package rabbitmq

import (
	"net/url"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/backends/demo/rabbitd"
	"bustop/backends/testkit"
)

// nodePair is two brokers that stand for two nodes of a cluster, and their URL.
func nodePair(t *testing.T, opt rabbitd.Options) (first, second *rabbitd.Server, address string) {
	t.Helper()
	var both []*rabbitd.Server
	for range 2 {
		s, err := rabbitd.Start(opt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		both = append(both, s)
	}
	return both[0], both[1], "amqp://guest:guest@" + hostOf(t, both[0].URL()) + "," + hostOf(t, both[1].URL()) + "/?management=http://" +
		hostOf(t, both[0].ManagementURL()) + "," + hostOf(t, both[1].ManagementURL())
}

func hostOf(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// TestFailover: when a node goes, AMQP and management go on at the other, and the status says so.
func TestFailover(t *testing.T) {
	first, second, address := nodePair(t, rabbitd.Options{})
	s := openURL(t, address, backends.Options{})
	read := func() error {
		_, err := s.ReadHealth(ctxFor(t))
		return err
	}
	if err := s.Ping(ctxFor(t)); err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(s.Status().Notes, " · "); notes != "node "+hostOf(t, first.URL())+" (of 2) · management API of "+hostOf(t, first.ManagementURL())+" (of 2)" {
		t.Errorf("notes: %s", notes)
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	first.Kill()
	testkit.Eventually(t, "the other node is connected to and asked", func() bool {
		live, _ := s.keeper.state()
		return live != nil && s.dialer.present().String() == hostOf(t, second.URL()) && read() == nil
	})
	notes := strings.Join(s.Status().Notes, " · ")
	for _, want := range []string{
		"node " + hostOf(t, second.URL()) + " (of 2); left " + hostOf(t, first.URL()), "connection refused",
		"management API of " + hostOf(t, second.ManagementURL()) + " (of 2); left " + hostOf(t, first.ManagementURL()),
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("not in the notes: %s\n%s", want, notes)
		}
	}
	if st := s.Status(); st.State != backends.Live {
		t.Errorf("status: %+v", st)
	}
	// Both go: down. The first comes back: it is found again.
	second.Kill()
	testkit.Eventually(t, "no node is there", func() bool { return read() != nil && s.Status().State == backends.Down })
	if err := first.Restart(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the first node is connected to again", func() bool {
		live, _ := s.keeper.state()
		return live != nil && s.dialer.present().String() == hostOf(t, first.URL()) && read() == nil
	})
}

// TestARefusalIsNotTakenElsewhere: a wrong password is tried at one node only.
func TestARefusalIsNotTakenElsewhere(t *testing.T) {
	first, _, address := nodePair(t, rabbitd.Options{})
	s := openURL(t, strings.Replace(address, "guest:guest", "guest:wrong", 1), backends.Options{})
	if err := s.Ping(ctxFor(t)); backends.ReasonOf(err) != backends.Denied || s.dialer.present().String() != hostOf(t, first.URL()) {
		t.Errorf("%v at %v", err, s.dialer.present())
	}
}
