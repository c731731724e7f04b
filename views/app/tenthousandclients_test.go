//go:build linux

package app

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

// loggingIn is how many connections are opened at the same time: a broker verifies passwords slowly.
const loggingIn = 16

// TestTenThousandConnections runs the program on RabbitMQ with ten thousand connections of a channel each. It
// takes minutes, so it runs only when BUSTOP_LONG is 1.
func TestTenThousandConnections(t *testing.T) {
	if os.Getenv("BUSTOP_LONG") != "1" {
		t.Skip("BUSTOP_LONG is not 1")
	}
	// The interval at which statistics are gathered is the one that servers come with.
	server := testkit.RabbitMQ(t, servers.RabbitOptions{Config: "collect_statistics_interval = 5000\n"})
	connectTenThousand(t, server)
	idle := cpuDuring(t, server.Pid(), func() { wait(polledFor) })
	c := liveConsole(t, server.URL()+"?management="+server.ManagementURL())
	c.see("● rabbitmq")
	for _, section := range []struct {
		name  string
		turns int // to the right, from the first section
	}{{"connections", 2}, {"channels", 3}} {
		start := time.Now()
		c.press("1", "enter")
		c.press(slices.Repeat([]string{"right"}, section.turns)...)
		c.see("10.0k " + section.name + " · 1–100 shown")
		painted := time.Since(start)
		c.capture("ten-thousand-" + section.name)
		ours := cpuDuring(t, server.Pid(), func() { c.goOn(polledFor) })
		c.press("]")
		c.see("101–200 shown")
		c.press("esc")
		wait(5 * time.Second) // the console no longer asks
		sorted := "/api/" + section.name + "?page=1&page_size=100&name=&use_regex=false&sort=state&sort_reverse=false&pagination=true"
		page := cpuDuring(t, server.Pid(), func() { pollAsThePage(t, server, polledFor, sorted) })
		t.Logf("%s: shown after %v; the broker's CPU in %v: %v idle, %v with the console, %v with the management page",
			section.name, painted, polledFor, idle, ours, page)
		if ours-idle > page-idle && ours > idle+polledFor/50 {
			t.Errorf("%s: the console costs the broker %v, the management page %v", section.name, ours-idle, page-idle)
		}
	}
}

// connectTenThousand logs in clients that live as long as the test.
func connectTenThousand(t *testing.T, server *servers.RabbitMQ) {
	t.Helper()
	conns := make([]*amqp.Connection, tenThousand)
	errs := make([]error, loggingIn)
	var all sync.WaitGroup
	for first := range loggingIn {
		all.Go(func() {
			for i := first; i < tenThousand && errs[first] == nil; i += loggingIn {
				conns[i], errs[first] = amqp.DialConfig(server.URL(), amqp.Config{
					Heartbeat: 10 * time.Minute, Properties: amqp.Table{"connection_name": fmt.Sprintf("worker-%05d", i), "product": "shop-billing", "version": "1.2"},
				})
				if errs[first] == nil {
					_, errs[first] = conns[i].Channel()
				}
			}
		})
	}
	all.Wait()
	t.Cleanup(server.Kill) // all of them end at once, and none waits for an answer
	for _, err := range errs {
		must(t, err)
	}
}
