package rabbitmq

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// childVariable makes the test program a child that looks at the URL in it until it is killed.
const (
	childVariable = "BUSTOP_TEST_CHILD"
	childMode     = "BUSTOP_TEST_CHILD_MODE"
)

// child is a console that is killed in the middle of a look. It says when it is there.
func child() {
	src, err := backends.Drivers{Driver()}.Open(os.Getenv(childVariable), backends.Options{})
	if err != nil {
		panic(err)
	}
	s, ctx := src.(*source), context.Background()
	switch os.Getenv(childMode) {
	case "hold":
		sess, err := s.dialer.open(ctx, 1)
		if err != nil {
			panic(err)
		}
		h := &held{session: sess, hold: time.Minute, plan: peekPlan{Plan: backends.Plan{Target: backends.Target{Name: "q"}}}}
		ch, err := sess.conn.Channel()
		if err != nil {
			panic(err)
		}
		for range 3 {
			d, ok, err := ch.Get("q", false)
			if !ok || err != nil {
				panic(fmt.Sprint(ok, err))
			}
			h.add(&d, 3)
		}
	case "tap":
		target := backends.Target{Kind: backends.KindExchange, Name: "x"}
		tail, err := s.Tap(ctx, backends.Look{Target: target, Confirmed: true, TypedName: "x"})
		if err != nil {
			panic(err)
		}
		for tail.State().State != backends.Live {
			<-time.After(time.Millisecond)
		}
	}
	fmt.Println("there")
	select {}
}

// killInTheMiddle starts a child, waits until it is in the middle of its look, lets the test do
// something, and kills it with SIGKILL.
func killInTheMiddle(t *testing.T, mode, url string, meanwhile func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+url, childMode+"="+mode)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "there\n" {
		t.Fatalf("child: %q, %v", line, err)
	}
	meanwhile()
}

func TestKillInTheMiddleOfAPeek(t *testing.T) {
	for kind, args := range map[string]amqp.Table{
		"classic": nil, "quorum": {"x-queue-type": "quorum"},
	} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			want := numbered(6)
			w.queue("q", args, want...)
			killInTheMiddle(t, "hold", w.url(), func() {})
			got := w.drain("q", len(want))
			if !slices.Equal(got, want) {
				t.Errorf("after the kill: %v", got)
			}
		})
	}
}

func TestKillInTheMiddleOfATap(t *testing.T) {
	w := newWorld(t)
	w.queue("real", nil)
	w.must(w.ch.ExchangeDeclare("x", "topic", true, false, false, false, nil))
	w.must(w.ch.QueueBind("real", "a.*", "x", false, nil))
	killInTheMiddle(t, "tap", w.url(), func() {
		w.publish("x", "a.1", "while tapped")
		w.leftovers(1)
	})
	w.leftovers(0)
	if got := w.drain("real", 1); !slices.Equal(got, []string{"while tapped"}) {
		t.Errorf("the real queue holds %v", got)
	}
	var bindings []struct {
		Destination string `json:"destination"`
	}
	w.manage(http.MethodGet, w.path("exchanges", "x")+"/bindings/source", nil, &bindings)
	if len(bindings) != 1 || bindings[0].Destination != "real" {
		t.Errorf("bindings: %v", bindings)
	}
}

// leftovers waits until as many server-named queues are in the vhost.
func (w *world) leftovers(want int) {
	w.t.Helper()
	testkit.Eventually(w.t, fmt.Sprintf("%d server-named queues", want), func() bool {
		var queues struct {
			Items []struct {
				Name string `json:"name"`
			} `json:"items"`
		}
		w.manage(http.MethodGet, w.path("queues", "")+"?page=1&page_size=100&name=amq.gen-&disable_stats=true", nil, &queues)
		return len(queues.Items) == want
	})
}
