package session

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// TestAlarm stops reading from who publishes during an alarm, tells the client, and goes on after it.
func TestAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBroker(t)
		p, other := meet(t, b, Options{}).open(10), meet(t, b, Options{}).open(0)
		p.queue("q")
		b.SetMemoryAlarm(true)
		p.publish("q")
		_, m := p.next()
		if blocked, ok := m.(*wire.ConnectionBlocked); !ok || blocked.Reason != "low on memory" {
			t.Fatalf("%#v", m)
		}
		if got := other.get("q"); got != "" {
			t.Errorf("who does not publish is not blocked: %q", got)
		}
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			p.publish("q", "second")
		}()
		// The server reads nothing, heartbeats neither, and does not mind for how long. Its own go on.
		for began := time.Now(); time.Since(began) < 5*time.Minute; {
			if frame, err := p.in.Next(); err != nil || frame.Type != wire.FrameHeartbeat {
				t.Fatalf("%+v, %v", frame, err)
			}
		}
		select {
		case <-sent:
			t.Error("the server went on reading")
		default:
		}
		b.SetMemoryAlarm(false)
		p.expect(0, &wire.ConnectionUnblocked{})
		<-sent
		synctest.Wait()
		if got := other.get("q"); got != "second" {
			t.Errorf("%q", got)
		}
		other.leave()
		p.leave()
	})
}

// TestBrokerCloses tells the client that the server goes, whether it answers or not.
func TestBrokerCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, answers := range []bool{true, false} {
			b := newBroker(t)
			p := meet(t, b, Options{}).open(0)
			went := make(chan struct{})
			go func() {
				defer close(went)
				b.Close()
			}()
			_, m := p.next()
			if c, ok := m.(*wire.ConnectionClose); !ok || c.ReplyCode != 320 || !strings.HasPrefix(c.ReplyText, "CONNECTION_FORCED - ") {
				t.Fatalf("%#v", m)
			}
			<-went
			began := time.Now()
			if answers {
				p.send(0, &wire.ConnectionCloseOk{})
			}
			err := p.expectEnd()
			if answers && err != nil || !answers && time.Since(began) != closingLimit {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		}
	})
}

// TestCancel cuts a connection that is in the middle of something.
func TestCancel(t *testing.T) {
	for name, prepare := range map[string]func(*peer){
		"idle":      func(*peer) {},
		"handshake": nil,
		"half a frame": func(p *peer) {
			p.write("\x01\x00\x01\x00\x00")
		},
		"blocked": func(p *peer) {
			p.queue("q")
			p.publish("q")
			p.next()
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t)
			b.SetDiskAlarm(true)
			p := meet(t, b, Options{})
			if prepare != nil {
				prepare(p.open(10))
			}
			p.cancel()
			if err := <-p.ended; err == nil {
				t.Error("ended as if it were a proper end")
			}
			if n := len(b.Connections()); n != 0 {
				t.Errorf("%d connections left", n)
			}
		})
	}
}

// TestStalledReader has a consumer that reads nothing while a publisher sends much more than may
// wait for it.
func TestStalledReader(t *testing.T) {
	b := newBroker(t)
	consumer, publisher := meet(t, b, Options{}).open(0), meet(t, b, Options{}).open(0)
	publisher.queue("q")
	consumer.send(1, &wire.BasicConsume{Queue: "q", ConsumerTag: "c", NoAck: true})
	consumer.expect(1, &wire.BasicConsumeOk{ConsumerTag: "c"})
	const messages = 4000
	text := func(i int) string { return fmt.Sprint(i, strings.Repeat(".", 1000)) }
	for i := range messages {
		publisher.publish("q", text(i))
	}
	publisher.send(1, &wire.QueueDeclare{Queue: "q", Passive: true})
	_, m := publisher.next()
	delivered := messages - int(m.(*wire.QueueDeclareOk).MessageCount)
	if bytes := delivered * 1000; bytes < outLimit/2 || bytes > 3*outLimit {
		t.Errorf("%d bytes were given to a connection that reads nothing", bytes)
	}
	for i := range messages {
		if _, m := consumer.next(); m.(*wire.BasicDeliver).DeliveryTag != uint64(i+1) {
			t.Fatalf("%d: %+v", i, m)
		}
		if got := consumer.body(); got != text(i) {
			t.Fatalf("%d: %.10q", i, got)
		}
	}
	publisher.leave()
	consumer.leave()
}

// TestUnreadAnswers asks and asks and takes no answers: the session stops to read.
func TestUnreadAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, heartbeat := range []uint16{0, 10} {
			p := meet(t, newBroker(t), Options{}).open(heartbeat)
			var w wire.Writer
			w.Method(1, &wire.BasicPublish{RoutingKey: "nowhere", Mandatory: true})
			w.Header(1, &wire.Properties{}, 4000)
			w.Body(1, make([]byte, 4000))
			const most = 10_000
			sent := make(chan int)
			go func() {
				for i := range most {
					if _, err := p.conn.Write(w.Bytes()); err != nil {
						sent <- i
						return
					}
				}
				sent <- most
			}()
			if heartbeat == 0 {
				synctest.Wait()
				p.conn.Close()
			}
			n := <-sent
			if bytes := 4000 * n; bytes < outLimit || bytes > 2*answerLimit {
				t.Errorf("%d bytes of answers wait", bytes)
			}
			if err := <-p.ended; heartbeat > 0 && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("ended with %v", err)
			}
			p.cancel()
		}
	})
}

// TestLargeBodies sends bodies that are not copied into the buffer.
func TestLargeBodies(t *testing.T) {
	b := newBroker(t)
	p := meet(t, b, Options{})
	p.tune()
	p.send(0, &wire.ConnectionTuneOk{ChannelMax: 1, FrameMax: 131072}, &wire.ConnectionOpen{VirtualHost: "/"})
	p.expect(0, &wire.ConnectionOpenOk{})
	p.channel(1)
	p.queue("q")
	var want []string
	for _, size := range []int{largeBody - 1, largeBody, 100_000, 131064, 131065, 400_000} {
		body := strings.Repeat(string('a'+rune(size%26)), size)
		want = append(want, body)
		var parts []string
		for part := range slices.Chunk([]byte(body), 100_000) {
			parts = append(parts, string(part))
		}
		p.publish("q", parts...)
	}
	p.send(1, &wire.BasicConsume{Queue: "q", ConsumerTag: "c", NoAck: true})
	p.expect(1, &wire.BasicConsumeOk{ConsumerTag: "c"})
	for i := range want {
		if _, m := p.next(); m.ID() != wire.IDBasicDeliver {
			t.Fatalf("%#v", m)
		}
		if got := p.body(); got != want[i] {
			t.Errorf("%d: %d bytes, want %d", i, len(got), len(want[i]))
		}
	}
	p.leave()
}

// TestFaults drops, delays and cuts.
func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		next := Fault{}
		var of wire.MethodID
		opt := Options{Faults: func(_ bool, f wire.Frame) Fault {
			mu.Lock()
			defer mu.Unlock()
			if id, _, ok := wire.SplitMethod(f.Payload); ok && id == of && f.Type == wire.FrameMethod {
				return next
			}
			return Fault{}
		}}
		set := func(id wire.MethodID, f Fault) {
			mu.Lock()
			defer mu.Unlock()
			of, next = id, f
		}
		p := meet(t, newBroker(t), opt).open(0)
		p.queue("q")
		set(wire.IDBasicGet, Fault{Drop: true})
		p.send(1, &wire.BasicGet{Queue: "q"})
		p.expectNothing(time.Hour)
		set(wire.IDBasicGetEmpty, Fault{Delay: time.Minute})
		p.send(1, &wire.BasicGet{Queue: "q"})
		p.expectNothing(time.Minute - 1)
		p.expect(1, &wire.BasicGetEmpty{})
		set(wire.IDBasicGetEmpty, Fault{Drop: true})
		p.send(1, &wire.BasicGet{Queue: "q"})
		p.expectNothing(time.Hour)
		large := strings.Repeat("x", 50_000)
		p.publish("q", slices.Repeat([]string{large[:1000]}, 50)...)
		if got := p.get("q"); got != large {
			t.Errorf("%d bytes", len(got))
		}
		set(wire.IDBasicGetEmpty, Fault{Cut: true})
		p.send(1, &wire.BasicGet{Queue: "q"})
		_ = p.expectEnd()
	})
}

// FuzzSession feeds an open connection whatever comes.
func FuzzSession(f *testing.F) {
	var w wire.Writer
	w.Method(1, &wire.QueueDeclare{Queue: "q"})
	w.Method(1, &wire.BasicConsume{Queue: "q"})
	w.Method(1, &wire.BasicPublish{RoutingKey: "q"})
	w.Header(1, &wire.Properties{Headers: wire.Table{"CC": []any{"q"}}}, 5)
	w.Body(1, []byte("hello"))
	w.Method(1, &wire.BasicAck{DeliveryTag: 1})
	w.Method(1, &wire.ChannelClose{})
	f.Add(w.Bytes())
	w.Reset(nil)
	w.Method(0, &wire.ConnectionClose{})
	f.Add(w.Bytes())
	f.Fuzz(func(t *testing.T, src []byte) {
		b := broker.New(broker.Options{})
		defer b.Close()
		here, there := net.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- Serve(t.Context(), there, b, Options{}) }()
		go func() {
			var sent wire.Writer
			sent.Method(0, &wire.ConnectionStartOk{Mechanism: "PLAIN", Response: "\x00guest\x00guest"})
			sent.Method(0, &wire.ConnectionTuneOk{ChannelMax: 10, FrameMax: 8192})
			sent.Method(0, &wire.ConnectionOpen{VirtualHost: "/"})
			sent.Method(1, &wire.ChannelOpen{})
			_, _ = here.Write(bytes.Join([][]byte{[]byte("AMQP\x00\x00\x09\x01"), sent.Bytes(), src}, nil))
			here.Close()
		}()
		go func() {
			in := wire.NewReader(here)
			in.SetFrameMax(1 << 20)
			for {
				if _, err := in.Next(); err != nil {
					return
				}
			}
		}()
		t.Log(<-ended)
		if n := len(b.Connections()); n != 0 {
			t.Errorf("%d connections left", n)
		}
	})
}
