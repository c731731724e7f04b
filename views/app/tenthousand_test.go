//go:build linux

package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

// The promises of a broker with very many queues: how soon there is something, how soon the deepest are
// on top, and for how long the two kinds of polling are compared.
const (
	tenThousand  = 10_000
	firstPaint   = time.Second
	deepestFirst = 5 * time.Second
	polledFor    = 30 * time.Second
)

// TestTenThousandQueues runs the program on RabbitMQ with ten thousand queues. It takes minutes, so it
// runs only when BUSTOP_LONG is 1.
func TestTenThousandQueues(t *testing.T) {
	if os.Getenv("BUSTOP_LONG") != "1" {
		t.Skip("BUSTOP_LONG is not 1")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := free.Addr().(*net.TCPAddr).Port
	must(t, free.Close())
	server := testkit.RabbitMQ(t, servers.RabbitOptions{
		Plugins: []string{"rabbitmq_prometheus"},
		Config:  fmt.Sprintf("prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = %d\n", port),
	})
	fillTenThousand(t, server)
	idle := cpuDuring(t, server.Pid(), func() { wait(polledFor) })
	c := liveConsole(t, server.URL()+"?management="+server.ManagementURL())
	painted, sorted := deepestOnScreen(c)
	c.capture("ten-thousand-queues")
	ours := cpuDuring(t, server.Pid(), func() { c.goOn(polledFor) })
	c.press("1") // no more polling of queues
	page := cpuDuring(t, server.Pid(), func() { pollAsThePage(t, server, polledFor, pageOfQueues) })
	t.Logf("first rows after %v, the deepest on top after %v; the broker's CPU in %v: %v idle, %v with the console, %v with the management page",
		painted, sorted, polledFor, idle, ours, page)
	if ours-idle > page-idle && ours > idle+polledFor/50 {
		t.Errorf("the console costs the broker %v, the management page %v", ours-idle, page-idle)
	}
	if slow := stretch(t, server); painted > firstPaint*slow || sorted > deepestFirst*slow {
		t.Errorf("first rows after %v, the deepest after %v", painted, sorted)
	}
}

// fillTenThousand declares the queues; a few by the end of the alphabet are deep.
func fillTenThousand(t *testing.T, server *servers.RabbitMQ) {
	t.Helper()
	conn, err := amqp.Dial(server.URL())
	must(t, err)
	defer conn.Close()
	ch, err := conn.Channel()
	must(t, err)
	must(t, ch.Confirm(false))
	for i := range tenThousand {
		name := fmt.Sprintf("tenant-%05d.jobs", i)
		_, err := ch.QueueDeclare(name, true, false, false, false, nil)
		must(t, err)
		for range deepness(i) {
			must(t, ch.PublishWithContext(t.Context(), "", name, false, false, amqp.Publishing{Body: []byte("a job")}))
		}
	}
	confirmed, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", "tenant-00000.jobs", false, false, amqp.Publishing{})
	must(t, err)
	if ok, err := confirmed.WaitContext(t.Context()); !ok || err != nil {
		t.Fatalf("not confirmed: %v", err)
	}
}

// deepness is how many messages the i-th queue gets.
func deepness(i int) int {
	switch i {
	case 9876:
		return 333
	case 5432:
		return 222
	}
	return 0
}

// deepestOnScreen opens the queues' pane and sorts it, and returns how long it took until there were
// rows, and until the deepest queue was on top.
func deepestOnScreen(c *console) (painted, sorted time.Duration) {
	c.t.Helper()
	start := time.Now()
	c.press("2")
	c.see("tenant-00000.jobs")
	painted = time.Since(start)
	c.press("s", "s", "S", "home") // by type, by ready, the largest first
	c.see("READY▼", "tenant-09876.jobs", "tenant-05432.jobs", "Prometheus")
	return painted, time.Since(start)
}

// goOn keeps the console going for a while.
func (c *console) goOn(long time.Duration) {
	done := make(chan error, 1)
	timer := time.AfterFunc(long, func() { done <- nil })
	defer timer.Stop()
	c.beatUntil(done)
}

// pageOfQueues is what the management page asks for while its list of queues is open, sorted by the number
// of messages.
const pageOfQueues = "/api/queues?page=1&page_size=100&name=&use_regex=false&sort=messages&sort_reverse=true&pagination=true"

// pollAsThePage asks what the management page asks for, the overview and a listing, every five seconds.
func pollAsThePage(t *testing.T, server *servers.RabbitMQ, long time.Duration, listing string) {
	t.Helper()
	end := time.Now().Add(long)
	for time.Now().Before(end) {
		began := time.Now()
		ask(t, server, "/api/overview")
		ask(t, server, listing)
		wait(min(5*time.Second-time.Since(began), time.Until(end)))
	}
}

func ask(t *testing.T, server *servers.RabbitMQ, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.ManagementURL()+path, http.NoBody)
	must(t, err)
	request.SetBasicAuth("guest", "guest")
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	must(t, answer.Body.Close())
}

// wait lets time pass, during which others are measured.
func wait(d time.Duration) { <-time.After(d) }

// stretch is how many times slower than it should be this machine is right now: by how long the server
// takes for the cheapest page, at least 1.
func stretch(t *testing.T, server *servers.RabbitMQ) time.Duration {
	t.Helper()
	const usual = 300 * time.Millisecond
	start := time.Now()
	ask(t, server, "/api/queues?page=1&page_size=100&sort=name")
	return max(1, (time.Since(start)+usual-1)/usual)
}

// cpuDuring is the processor time that a process takes while something goes on.
func cpuDuring(t *testing.T, pid int, what func()) time.Duration {
	t.Helper()
	before := cpuOf(t, pid)
	what()
	return cpuOf(t, pid) - before
}

// cpuOf is the user and system time of a process (proc(5), stat fields 14 and 15, in hundredths of a
// second).
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must(t, err)
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	sum := 0
	for _, i := range []int{11, 12} {
		n, err := strconv.Atoi(fields[i])
		must(t, err)
		sum += n
	}
	return time.Duration(sum) * 10 * time.Millisecond
}
