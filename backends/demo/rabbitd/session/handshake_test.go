package session

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

func TestOpenAndClose(t *testing.T) {
	b := newBroker(t)
	p := meet(t, b, Options{ServerProperties: wire.Table{"product": "RabbitMQ"}})
	_, m := p.next()
	start := m.(*wire.ConnectionStart)
	capabilities := start.ServerProperties["capabilities"].(wire.Table)
	if start.VersionMinor != 9 || start.Mechanisms != "PLAIN AMQPLAIN" || start.Locales != "en_US" ||
		start.ServerProperties["product"] != "RabbitMQ" || len(capabilities) != 9 || capabilities["basic.nack"] != true {
		t.Errorf("%+v", start)
	}
	login := wire.AppendTable(nil, wire.Table{"LOGIN": "guest", "PASSWORD": "guest"})
	p.send(0, &wire.ConnectionStartOk{Mechanism: "AMQPLAIN", Response: string(login[4:])})
	p.expect(0, &wire.ConnectionTune{ChannelMax: 2047, FrameMax: 131072, Heartbeat: 60})
	p.send(0, &wire.ConnectionTuneOk{ChannelMax: 2047, FrameMax: 131072, Heartbeat: 10})
	p.send(0, &wire.ConnectionOpen{VirtualHost: "/"})
	p.expect(0, &wire.ConnectionOpenOk{})
	p.send(0, &wire.ConnectionUpdateSecret{NewSecret: "s", Reason: "why not"})
	p.expect(0, &wire.ConnectionUpdateSecretOk{})
	p.leave()
	if n := len(b.Connections()); n != 0 {
		t.Errorf("%d connections left", n)
	}
}

func TestWrongProtocol(t *testing.T) {
	for _, header := range []string{"AMQP\x00\x01\x00\x00", "AMQP\x01\x01\x00\x0a", "GET / HT"} {
		here, there := net.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- Serve(t.Context(), there, newBroker(t), Options{}) }()
		if _, err := io.WriteString(here, header); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(here)
		if err != nil || string(got) != "AMQP\x00\x00\x09\x01" {
			t.Errorf("%q: %q, %v", header, got, err)
		}
		if err := <-ended; !errors.Is(err, errHandshake) {
			t.Errorf("%q: ended with %v", header, err)
		}
	}
}

func TestLoginRefused(t *testing.T) {
	amqplain := string(wire.AppendTable(nil, wire.Table{"LOGIN": "guest", "PASSWORD": "wrong"})[4:])
	// Of an answer that means nothing RabbitMQ says no word.
	for _, c := range []struct {
		mechanism, response string
		refused             bool
	}{
		{"PLAIN", "\x00guest\x00wrong", true},
		{"PLAIN", "\x00nobody\x00guest", true},
		{"PLAIN", "guest", false},
		{"PLAIN", "\x00guest\x00guest\x00guest", false},
		{"AMQPLAIN", amqplain, true},
		{"AMQPLAIN", "\xff", false},
		{"EXTERNAL", "", false},
		{"CRAM-MD5", "", false},
	} {
		for _, told := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				p := meet(t, newBroker(t), Options{})
				p.next()
				ok := &wire.ConnectionStartOk{Mechanism: c.mechanism, Response: c.response}
				if told {
					ok.ClientProperties = allCapabilities()
				}
				began := time.Now()
				p.send(0, ok)
				if told && c.refused {
					p.expectClose(0, broker.AccessRefused, 0, "ACCESS_REFUSED - Login was refused using authentication mechanism "+
						c.mechanism+". For details see the broker logfile.")
					p.send(0, &wire.ConnectionCloseOk{})
				}
				_ = p.expectEnd()
				if took := time.Since(began); (!told || !c.refused) && took != farewellLimit {
					t.Errorf("%s %q: hung up after %v", c.mechanism, c.response, took)
				}
			})
		}
	}
}

// TestTuneBounds: out of bounds RabbitMQ hangs up, after a while and without a word.
func TestTuneBounds(t *testing.T) {
	for _, c := range []struct {
		channelMax uint16
		frameMax   uint32
		text       string
	}{
		{2047, 131072, ""},
		{1, 4096, ""},
		{0, 4096, "channel_max = 0 (no limit) is higher than the maximum allowed value (2047)"},
		{2048, 4096, "channel_max = 2048 is higher than the maximum allowed value (2047)"},
		{1, 4095, "frame_max = 4095 is lower than the minimum allowed value (4096)"},
		{1, 131073, "frame_max = 131073 is higher than the maximum allowed value (131072)"},
		{1, 0, "frame_max = 0 is higher than the maximum allowed value (131072)"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := meet(t, newBroker(t), Options{})
			p.tune()
			began := time.Now()
			p.send(0, &wire.ConnectionTuneOk{ChannelMax: c.channelMax, FrameMax: c.frameMax})
			if c.text == "" {
				p.send(0, &wire.ConnectionOpen{VirtualHost: "/"})
				p.expect(0, &wire.ConnectionOpenOk{})
				p.leave()
				return
			}
			if err := p.expectEnd(); !strings.HasSuffix(err.Error(), c.text) || time.Since(began) != farewellLimit {
				t.Errorf("%v after %v, want %s", err, time.Since(began), c.text)
			}
		})
	}
}

func TestNoSuchVHost(t *testing.T) {
	p := meet(t, newBroker(t), Options{})
	p.tune()
	p.send(0, &wire.ConnectionTuneOk{ChannelMax: 1, FrameMax: 4096}, &wire.ConnectionOpen{VirtualHost: "nowhere"})
	p.expectClose(0, broker.NotAllowed, wire.IDConnectionOpen, "NOT_ALLOWED - vhost nowhere not found")
	p.send(0, &wire.ConnectionCloseOk{})
	if err := p.expectEnd(); err != nil {
		t.Error(err)
	}
}

// TestSilentClient leaves a client ten seconds to open its connection.
func TestSilentClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := meet(t, newBroker(t), Options{})
		began := time.Now()
		p.tune()
		_ = p.expectEnd()
		if took := time.Since(began); took != handshakeLimit {
			t.Errorf("after %v", took)
		}
	})
}

func TestHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := meet(t, newBroker(t), Options{}).open(10)
		began := time.Now()
		beats := 0
		for {
			frame, err := p.in.Next()
			if err != nil {
				break
			}
			if frame.Type != wire.FrameHeartbeat {
				t.Fatalf("%+v", frame)
			}
			// The client's own keep the connection for a minute.
			if beats++; time.Since(began) < time.Minute {
				p.out.Heartbeat()
				p.flush()
			}
		}
		if took := time.Since(began); took < 75*time.Second || took > 85*time.Second || beats < 14 || beats > 17 {
			t.Errorf("%d heartbeats, gone after %v", beats, took)
		}
		t.Log(<-p.ended)
	})
}

func TestNoHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := meet(t, newBroker(t), Options{Heartbeat: -1}).open(0)
		p.expectNothing(24 * time.Hour)
		p.leave()
	})
}
