package rabbitmq

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/backends/demo/rabbitd"
)

// lookup is how long the server of these tests takes for the name of its host: a resolver's second try.
const lookup = 5500 * time.Millisecond

// atManagement is where its management API listens.
const atManagement = "m.test:15672"

// slow connects to a server whose first word on each connection takes so long.
func slow(s *rabbitd.Server, word time.Duration) backends.DialFunc {
	return func(ctx context.Context, _, addr string) (net.Conn, error) {
		to := s.Dial
		if addr == atManagement {
			to = s.DialManagement
		}
		server, err := to(ctx)
		if err != nil {
			return nil, err
		}
		here, there := net.Pipe()
		go func() {
			_, _ = io.Copy(server, there)
			server.Close()
		}()
		go func() {
			first := make([]byte, 64<<10)
			n, err := server.Read(first)
			time.Sleep(word) // the bubble's clock
			if _, failed := there.Write(first[:n]); err == nil && failed == nil {
				_, _ = io.Copy(there, server)
			}
			there.Close()
			server.Close()
		}()
		return here, nil
	}
}

// slowSource opens a server that looks its name up for so long.
func slowSource(t *testing.T, word time.Duration) *source {
	server, err := rabbitd.Start(rabbitd.Options{NoListen: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	t.Cleanup(func() { time.Sleep(word) }) // until it has said the words that nobody waited for
	return openURL(t, "amqp://guest:guest@a.test/", backends.Options{Dial: slow(server, word), Management: "http://" + atManagement})
}

// TestServerLooksItsNameUp: where that takes as long as a resolver's second try, the answers that wait for
// it arrive, the others are not waited for longer than before, and a connection is made at the second try.
func TestServerLooksItsNameUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slowSource(t, lookup)
		start := time.Now()
		if o, err := s.overview(t.Context()); err != nil || o.Node == "" || time.Since(start) < lookup {
			t.Errorf("the overview after %v: %+v, %v", time.Since(start), o, err)
		}
		s.client.Close()
		start = time.Now()
		if _, err := s.queueRow(t.Context(), "q"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != answerTimeout {
			t.Errorf("a queue after %v: %v", time.Since(start), err)
		}
		start = time.Now()
		if _, err := s.dialer.open(t.Context(), 1); backends.ReasonOf(err) != backends.Unreachable || time.Since(start) != dialTimeout {
			t.Errorf("first connection after %v: %v", time.Since(start), err)
		}
		for range 2 {
			sess, err := s.dialer.open(t.Context(), 2)
			if err != nil {
				t.Fatalf("next connection after %v: %v", time.Since(start), err)
			}
			sess.close()
		}
	})
}

// TestSilentServer: one that never says a word is not waited for without end.
func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := slowSource(t, time.Hour)
		start := time.Now()
		if _, err := s.overview(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*lookup {
			t.Errorf("the overview after %v: %v", time.Since(start), err)
		}
		for range 3 {
			start = time.Now()
			if _, err := s.dialer.open(t.Context(), 1); backends.ReasonOf(err) != backends.Unreachable || time.Since(start) > 2*lookup {
				t.Errorf("a connection after %v: %v", time.Since(start), err)
			}
		}
	})
}
