package topology_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/topology"
	"bustop/views/viewtest"
)

// estate is a large topology in the shapes that libraries and people make: a fanout for each type of
// message that leads to one for each endpoint (MassTransit), a topic tree, a chain, names that differ at
// their ends only, consumers whose tags were made up.
func estate(services int) backends.Topology {
	var ways backends.Topology
	place := func(kind, name string) string {
		ways.Exchanges = append(ways.Exchanges, backends.Channel{Name: name, Type: kind, InRate: backends.ExactRate(1)})
		return name
	}
	lead := func(from string, to backends.Target, keys ...string) {
		ways.Edges = append(ways.Edges, edge(from, to, 1, keys...))
	}
	read := func(name, tag string) backends.Target {
		ways.Queues = append(ways.Queues, backends.Queue{Name: name, Type: "classic", Ready: backends.ExactCount(0), Consumers: backends.ExactCount(1)})
		ways.Subscribers = append(ways.Subscribers, backends.Subscriber{Queue: name, Tag: tag, Client: fmt.Sprintf("10.11.12.%d:54321", len(ways.Queues)%250)})
		return queue(name)
	}
	for i := range services {
		endpoint := place("fanout", fmt.Sprintf("sales-order-consumer-%02d", i))
		lead(endpoint, read(endpoint, fmt.Sprintf("ctag-/srv/applications/sales/order-consumer-%d", i)), "")
		for _, event := range []string{"OrderCreated", "OrderChanged", "OrderCancelled"} {
			lead(place("fanout", fmt.Sprintf("Company.Sales.Contracts.Orders:%s%02d", event, i)), exchange(endpoint), "")
		}
		region := place("topic", fmt.Sprintf("telemetry.of.all.devices.in.region-%02d.events", i))
		for device := range 4 {
			name := fmt.Sprintf("telemetry.of.all.devices.in.region-%02d.class-%d.aggregator", i, device)
			lead(region, read(name, "amq.ctag-Zm9vYmFyYmF6cXV4Zm9v"), fmt.Sprintf("devices.region-%02d.class-%d.#", i, device))
		}
	}
	byName := func(a, b backends.Channel) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(ways.Exchanges, byName)
	return ways
}

// TestLongNamesStayApart: what tells places and consumers apart is seen on a narrow screen too, and ways of
// one line stand close together, with where the next exchange leads.
func TestLongNamesStayApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, nav, s := open(t, estate(3), backends.Target{})
		defer s.Close()
		for _, size := range [][2]int{{80, 24}, {120, 40}} {
			golden.Check(t, fmt.Sprintf("estate-%dx%d", size[0], size[1]), s.Render(size[0], size[1]))
		}
		rows := strings.Split(viewtest.Text(s, 80, 24), "\n")
		if len(rows) < 12 || strings.Contains(rows[2], "+") {
			t.Fatalf("%q", rows)
		}
		seen := map[string]bool{}
		for _, row := range rows[1:10] { // the nine types of messages
			exchange, _, _ := strings.Cut(strings.Trim(row, "▌ "), " ")
			if strings.TrimSpace(row) == "" || seen[exchange] {
				t.Errorf("%q says no more than another row or nothing", row)
			}
			seen[exchange] = true
		}
		viewtest.Press(t, nav, s, "/", "telemetry", "enter")
		text := viewtest.Text(s, 80, 24)
		for _, want := range []string{"class-0", "class-1", "class-2", "class-3", "10.11", ":54321"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing from:\n%s", want, text)
			}
		}
		viewtest.Press(t, nav, s, "esc", "/", "order-consumer", "enter", "end")
		if text := viewtest.Text(s, 80, 24); !strings.Contains(text, "umer-2") || strings.Contains(text, "ctag-/srv") {
			t.Errorf("no end of a tag in:\n%s", text)
		}
	})
}

// TestNextFlawGoesToLossesFirst: what is only remarked comes after what loses messages.
func TestNextFlawGoesToLossesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ways := shop()
		ways.Flaws = []backends.Flaw{
			{Target: queue("mail"), Severity: backends.Info, Rule: "nobody reads", Text: "The first remark."},
			{Target: exchange("swallow"), Severity: backends.Warning, Rule: "black hole", Text: "The first loss."},
			{Target: queue("tasks"), Severity: backends.Info, Rule: "nobody reads", Text: "The second remark."},
			{Target: queue("audit"), Severity: backends.Critical, Rule: "grows unread", Text: "The second loss."},
		}
		_, nav, s := open(t, ways, backends.Target{})
		defer s.Close()
		viewtest.Shows(t, s, "2 flaws, 2 remarks")
		for _, want := range []string{"The first loss", "The second loss", "The first remark", "The second remark", "The first loss"} {
			viewtest.Press(t, nav, s, "n")
			viewtest.Shows(t, s, want)
		}
	})
}

// BenchmarkPicture draws a topology of 800 exchanges and 800 queues, as it is and with each letter
// that is typed into the filter.
func BenchmarkPicture(b *testing.B) {
	r := &router{Source: viewtest.RabbitMQ(), ways: estate(160)}
	r.Now = backends.Status{State: backends.Live, Since: viewtest.Start(), DataAt: viewtest.Start()}
	d, _ := viewtest.Deps(b, true, r)
	for _, tree := range []bool{false, true} {
		s := topology.New(d, r, backends.Target{})
		for deadline := time.Now().Add(5 * time.Second); !s.Sync(d.Now()) && time.Now().Before(deadline); {
			s.Render(200, 50)
		}
		if tree {
			press(s, "v")
		}
		b.Run(fmt.Sprintf("render/tree=%v", tree), func(b *testing.B) {
			for b.Loop() {
				s.Render(200, 50)
			}
		})
		press(s, "/")
		b.Run(fmt.Sprintf("arrange twice/tree=%v", tree), func(b *testing.B) {
			for b.Loop() {
				s.Type(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("e")})
				s.Type(tea.KeyMsg{Type: tea.KeyBackspace})
				s.Render(200, 50)
			}
		})
		s.Close()
	}
}

func press(s views.Screen, key string) {
	for _, binding := range s.Bindings() {
		if slices.Contains(binding.Keys, key) {
			binding.Do()
		}
	}
}
