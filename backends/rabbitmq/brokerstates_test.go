package rabbitmq

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"
)

// answering is a management API with fixed answers by path, and what it was asked.
func answering(t *testing.T, answers map[string]string) (address string, asked func() []string) {
	t.Helper()
	requests := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- r.URL.Path + "?" + r.URL.RawQuery
		body, ok := answers[r.URL.Path]
		w.Header().Set("Content-Type", "application/json")
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			body = `{"error":"Object Not Found","reason":"Not Found"}`
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return "amqp://ops:pw@127.0.0.1:1/?management=" + server.URL, func() (all []string) {
		for len(requests) > 0 {
			all = append(all, <-requests)
		}
		return all
	}
}

// TestCountStates: a count is exact where the server's order shows that no more can follow.
func TestCountStates(t *testing.T) {
	const exact, atLeast = backends.Exact, backends.AtLeast
	for _, c := range []struct {
		name, states, whoami    string
		total                   int64
		blocked, blocking, flow backends.Count
	}{
		{
			"all on one page", "blocked blocking flow running", "monitoring", 4,
			backends.ExactCount(1), backends.ExactCount(1), backends.ExactCount(1),
		},
		{
			"the rest runs", "blocked blocked running", "monitoring", 10_000,
			backends.ExactCount(2), backends.ExactCount(0), backends.ExactCount(0),
		},
		{
			"the page ends among those that would be blocked", "blocked blocking blocking", "monitoring", 10_000,
			backends.ExactCount(1), backends.CountAtLeast(2), backends.CountAtLeast(0),
		},
		{
			"all of the page is blocked", "blocked blocked", "monitoring", 10_000,
			backends.CountAtLeast(2), backends.CountAtLeast(0), backends.CountAtLeast(0),
		},
		{
			"of our own only", "running", "management", 1,
			backends.CountAtLeast(0), backends.CountAtLeast(0), backends.CountAtLeast(0),
		},
		{"nobody", "", "monitoring", 0, backends.ExactCount(0), backends.ExactCount(0), backends.ExactCount(0)},
	} {
		var items []string
		for _, state := range strings.Fields(c.states) {
			items = append(items, fmt.Sprintf(`{"state":%q}`, state))
		}
		address, asked := answering(t, map[string]string{
			"/api/connections": fmt.Sprintf(`{"items":[%s],"filtered_count":%d}`, strings.Join(items, ","), c.total),
			"/api/whoami":      fmt.Sprintf(`{"name":"ops","tags":[%q]}`, c.whoami),
		})
		got, err := openURL(t, address, backends.Options{}).CountStates(ctxFor(t))
		if err != nil || got.Blocked != c.blocked || got.Blocking != c.blocking || got.Flow != c.flow || got.Total.Value != c.total {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
		if want := map[string]backends.Certainty{"monitoring": exact, "management": atLeast}[c.whoami]; got.Total.Certainty != want {
			t.Errorf("%s: the total is %v", c.name, got.Total)
		}
		if first := asked()[0]; !strings.Contains(first, "page_size=500") || !strings.Contains(first, "sort=state") || !strings.Contains(first, "columns=state") {
			t.Errorf("%s: asked %s", c.name, first)
		}
	}
}

// TestAPagePastTheEnd is told as such, and asked for once.
func TestAPagePastTheEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.client("one")
		_, err := w.open().ReadConnections(ctxFor(t), backends.Query{Offset: 500, Limit: 100})
		if !errors.Is(err, backends.ErrPastEnd) {
			t.Errorf("%v", err)
		}
	})
}

// TestLinksAreDated: plugins tell times without their zone, which is that of the times of idle queues or of a
// link's own channel. Where nothing tells it, the server's words are all there is.
func TestLinksAreDated(t *testing.T) {
	east := time.FixedZone("", -5*60*60)
	at := time.Now().Add(-90 * time.Minute).In(east)
	local := at.Format("2006-01-02 15:04:05")
	shovels := fmt.Sprintf(`[{"name":"s","vhost":"/","state":"running","node":"a","timestamp":%q},{"name":"dated","vhost":"/","state":"running","timestamp":%q},{"name":"odd","state":"running","timestamp":"yesterday"}]`,
		local, at.Format(time.RFC3339))
	link := func(more string) string {
		return fmt.Sprintf(`[{"upstream":"up","node":"a","status":"running","timestamp":%q%s}]`, local, more)
	}
	idle := fmt.Sprintf(`{"items":[{},{"idle_since":%q}],"filtered_count":2}`, at.Format("2006-01-02T15:04:05.000-07:00"))
	for name, c := range map[string]struct {
		links, queues string
		zone          bool
	}{
		"by an idle queue":      {link(""), idle, true},
		"by the link's channel": {link(fmt.Sprintf(`,"local_channel":{"idle_since":%q}`, at.Format(time.RFC3339))), `{"items":[]}`, false},
		"not at all":            {link(`,"local_channel":"none"`), `{"items":[{},{"idle_since":"2026-11-23 11:38:27"}]}`, false},
	} {
		address, asked := answering(t, map[string]string{"/api/shovels": shovels, "/api/federation-links": c.links, "/api/queues": c.queues})
		s := openURL(t, address, backends.Options{})
		var got backends.BrokerTransfers
		for range 2 {
			var err error
			if got, err = s.ReadLinks(ctxFor(t)); err != nil || len(got.Shovels.Items) != 3 || len(got.Federation.Items) != 1 {
				t.Fatalf("%s: %+v, %v", name, got, err)
			}
		}
		about := func(l backends.BrokerTransfer) bool {
			return l.For.Certainty == backends.About && l.For.Value > 89*time.Minute && l.For.Value < 92*time.Minute
		}
		for _, l := range got.Shovels.Items {
			switch {
			case l.Name == "dated":
				if l.For.Certainty != backends.Exact || l.For.Value < 89*time.Minute {
					t.Errorf("%s: a time with a zone: %+v", name, l)
				}
			case l.Name == "odd":
				if l.For.Known() || l.Since != "yesterday" {
					t.Errorf("%s: no time: %+v", name, l)
				}
			case about(l) != (c.zone || name == "by the link's channel"):
				t.Errorf("%s: %+v", name, l)
			}
		}
		if l := got.Federation.Items[0]; about(l) != (name != "not at all") || l.Since != local {
			t.Errorf("%s: %+v", name, l)
		}
		n := 0
		for _, path := range asked() {
			if strings.HasPrefix(path, "/api/queues?") {
				n++
				if !strings.Contains(path, "page_size=10") {
					t.Errorf("%s: asked %s", name, path)
				}
			}
		}
		if n != 1 {
			t.Errorf("%s: the queues were asked for %d times", name, n)
		}
	}
}

// TestAZoneIsAskedForAgain: that no queue told the zone is no answer for long, and a person who asks anew gets
// it at once.
func TestAZoneIsAskedForAgain(t *testing.T) {
	local := time.Now().UTC().Format("2006-01-02 15:04:05")
	queues := make(chan string, 1)
	queues <- `{"items":[{}]}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/api/shovels":
			_, _ = fmt.Fprintf(w, `[{"name":"s","vhost":"/","state":"running","timestamp":%q}]`, local)
		case "/api/queues":
			select {
			case body := <-queues:
				_, _ = w.Write([]byte(body))
			default:
				_, _ = w.Write([]byte(`{"items":[{"idle_since":"2026-11-23T11:38:27.000+00:00"}]}`))
			}
		default:
			_, _ = w.Write([]byte("[]"))
		}
	}))
	t.Cleanup(server.Close)
	s := openURL(t, "amqp://ops:pw@127.0.0.1:1/?management="+server.URL, backends.Options{})
	first, err := s.ReadLinks(ctxFor(t))
	if err != nil || len(first.Shovels.Items) != 1 || first.Shovels.Items[0].For.Known() {
		t.Fatalf("before a queue tells: %+v, %v", first, err)
	}
	s.facts.mu.Lock()
	believed := time.Until(s.facts.zone.until)
	s.facts.mu.Unlock()
	if believed > noZoneAge {
		t.Errorf("that there is no zone is believed for %v", believed)
	}
	feed := backends.NewFeed(s.Pace(), s.ReadLinks)
	t.Cleanup(feed.Close)
	feed.Refresh()
	testkit.Eventually(t, "the state is dated", func() bool {
		items := feed.Look().Value.Shovels.Items
		return len(items) == 1 && items[0].For.Certainty == backends.About
	})
	if left := len(queues); left > 0 {
		t.Errorf("%d answers were not asked for", left)
	}
}
