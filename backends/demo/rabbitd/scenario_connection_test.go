package rabbitd_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// connectionObservations are about an open connection and its channels.
func connectionObservations() []observation {
	all := []observation{
		{name: "connection-close", see: func(s *scene) {
			w := s.raw().open()
			w.method(0, 10, 50, uint16(200), "bye", uint16(0), uint16(0))
			w.next()
		}},
		{name: "channel-close", see: func(s *scene) {
			w := s.raw().open()
			w.method(1, 20, 40, uint16(200), "bye", uint16(0), uint16(0))
			w.next()
			w.method(1, 20, 10, "")
			w.next()
		}},
		{name: "channel-closed-by-server-is-mute", see: channelIsMute},
		{name: "channel-flow", see: func(s *scene) {
			s.try("flow on", func(ch *channel) error { return ch.Flow(true) })
			s.try("flow off", func(ch *channel) error { return ch.Flow(false) })
		}},
		{name: "channel-max", see: func(s *scene) {
			w := s.raw()
			w.tuned(3, 131072, 0)
			w.method(0, 10, 40, vhost, "", 0)
			w.expect("connection.open-ok")
			for ch := range uint16(4) {
				w.method(ch+1, 20, 10, "")
				w.next()
			}
		}},
		{name: "channel-number-above-max", see: func(s *scene) {
			w := s.raw()
			w.tuned(3, 131072, 0)
			w.method(0, 10, 40, vhost, "", 0)
			w.expect("connection.open-ok")
			w.method(9, 20, 10, "")
			w.next()
		}},
		{name: "heartbeats", see: heartbeats},
		{name: "heartbeat-missed", see: func(s *scene) {
			w := s.raw()
			w.tuned(2047, 131072, 1)
			w.method(0, 10, 40, vhost, "", 0)
			w.next()
			before := time.Now()
			w.last()
			s.say("cut off in time: %t", time.Since(before) > time.Second && time.Since(before) < 8*time.Second)
		}},
		{name: "update-secret", see: func(s *scene) {
			k := s.conn()
			s.say("%s", describe(k.UpdateSecret("new", "rotation")))
			s.say("closed: %t", k.IsClosed())
		}},
		{name: "connection-closed-by-management", see: func(s *scene) { closedByManagement(s) }},
		{name: "connection-closed-by-management-reason", see: func(s *scene) { closedByManagement(s, "X-Reason", "maintenance, back at 9") }},
		{name: "connection-user-deleted", see: userDeleted},
		{name: "connection-vhost-deleted", see: vhostDeleted, normalisers: []normaliser{
			// Which of two processes of the vhost's end comes first is chance.
			replacing("down or deleted", "is (down|deleted)", "is down or deleted"),
		}},
		{name: "frames-in-pieces", see: func(s *scene) {
			w := s.raw().open()
			for _, b := range encodeFrame(methodFrame, 1, arguments(uint16(60), uint16(10), uint32(0), uint16(3), 0)) {
				w.write([]byte{b})
			}
			w.next()
		}},
		{name: "interleaved-channels", see: interleaved},
	}
	return append(all, frameFaults()...)
}

func channelIsMute(s *scene) {
	w := s.raw().open()
	w.method(1, 50, 10, uint16(0), s.n("none"), 1, noTable()) // passive: no such queue
	w.method(1, 60, 10, uint32(0), uint16(3), 0)              // not answered any more
	w.next()
	w.method(1, 60, 10, uint32(0), uint16(3), 0)
	w.method(2, 20, 10, "")
	w.next()
	w.method(1, 20, 41)
	w.method(1, 20, 10, "")
	w.next()
	w.method(1, 60, 10, uint32(0), uint16(3), 0)
	w.next()
}

func heartbeats(s *scene) {
	w := s.raw()
	w.tuned(2047, 131072, 1)
	w.method(0, 10, 40, vhost, "", 0)
	w.expect("connection.open-ok")
	for range 2 {
		var head [8]byte
		_, err := io.ReadFull(w.r, head[:])
		s.must(err, "heartbeat")
		s.say("% x", head)
		w.frame(heartbeatFrame, 0, nil)
	}
}

func closedByManagement(s *scene, header ...string) {
	k := s.connect(login{config: amqp.Config{Properties: amqp.Table{"connection_name": s.n("it")}}})
	ch := k.channel()
	name := s.connectionName(s.n("it"))
	status, _ := s.api(http.MethodDelete, "connections/"+url.PathEscape(name), nil, header...)
	s.say("DELETE: %d", status)
	s.say("%s", describe(await(s, k.closed, "connection.close")))
	s.say("%s", describe(await(s, ch.closed, "the channel's end")))
}

func userDeleted(s *scene) {
	k := s.connect(s.user(".*", ".*", ".*"))
	ch := k.channel()
	s.api(http.MethodDelete, "users/"+url.PathEscape(s.n("user")), nil)
	s.say("%s", describe(await(s, k.closed, "connection.close")))
	_ = ch
}

func vhostDeleted(s *scene) {
	s.put("vhosts/"+s.n("v"), nil)
	s.put("permissions/"+s.n("v")+"/guest", map[string]string{"configure": ".*", "write": ".*", "read": ".*"})
	k := s.connect(login{vhost: s.n("v")})
	_ = k.channel()
	s.api(http.MethodDelete, "vhosts/"+s.n("v"), nil)
	s.say("%s", describe(await(s, k.closed, "connection.close")))
}

// interleaved sends two messages on two channels, their frames mixed.
func interleaved(s *scene) {
	queues := []string{s.channel().plain("one", nil), s.channel().plain("two", nil)}
	w := s.raw().open()
	w.method(2, 20, 10, "")
	w.next()
	for ch := range uint16(2) {
		w.method(ch+1, 60, 40, uint16(0), "", queues[ch], 0)
	}
	for ch := range uint16(2) {
		w.header(ch+1, 6)
	}
	w.frame(bodyFrame, 2, []byte("two"))
	w.frame(bodyFrame, 1, []byte("one"))
	w.frame(bodyFrame, 2, []byte("TWO"))
	w.frame(bodyFrame, 1, []byte("ONE"))
	for _, q := range queues {
		s.settled(q, 1)
		s.channel().drain(q)
	}
}

// frameFaults are frames on an open connection that break the protocol.
func frameFaults() []observation {
	publish := func(w *raw) { w.method(1, 60, 40, uint16(0), "", "nowhere", 0) }
	var all []observation
	for name, act := range sorted(map[string]func(w *raw){
		"bad-end": func(w *raw) {
			b := encodeFrame(methodFrame, 1, arguments(uint16(60), uint16(10), uint32(0), uint16(3), 0))
			b[len(b)-1] = 0
			w.write(b)
		},
		"unknown-type":         func(w *raw) { w.frame(5, 1, []byte("abc")) },
		"unknown-type-0":       func(w *raw) { w.frame(0, 0, nil) },
		"oversized":            func(w *raw) { publish(w); w.header(1, 200000); w.frame(bodyFrame, 1, make([]byte, 131073)) },
		"a-little-oversized":   func(w *raw) { publish(w); w.header(1, 131072); w.frame(bodyFrame, 1, make([]byte, 131072)); w.qos() },
		"largest":              func(w *raw) { publish(w); w.header(1, 131064); w.frame(bodyFrame, 1, make([]byte, 131064)); w.qos() },
		"claimed-4-gigabytes":  func(w *raw) { w.write([]byte{1, 0, 1, 0xff, 0xff, 0xff, 0xff, 1}) },
		"unknown-class":        func(w *raw) { w.method(1, 99, 10) },
		"unknown-method":       func(w *raw) { w.method(1, 60, 99) },
		"unknown-on-channel-0": func(w *raw) { w.method(0, 99, 10) },
		"server-method":        func(w *raw) { w.method(1, 60, 60, "tag", uint64(1), 0, "", ""); w.qos() },
		"server-reply":         func(w *raw) { w.method(1, 50, 11, "q", uint32(0), uint32(0)) },
		"method-cut-short":     func(w *raw) { w.method(1, 60, 10, uint32(0)) },
		"method-empty":         func(w *raw) { w.frame(methodFrame, 1, nil) },
		"method-too-long":      func(w *raw) { w.method(1, 60, 10, uint32(0), uint16(3), 0, []byte("more")) },
		"method-bad-table":     func(w *raw) { w.method(1, 50, 10, uint16(0), "q", 0, arguments(long("\x01aQ"))) },
		"method-table-overrun": func(w *raw) { w.method(1, 50, 10, uint16(0), "q", 0, []byte{0, 0, 1, 0, 1}) },
		"header-first":         func(w *raw) { w.header(1, 3) },
		"body-first":           func(w *raw) { w.frame(bodyFrame, 1, []byte("abc")) },
		"body-before-header":   func(w *raw) { publish(w); w.frame(bodyFrame, 1, []byte("abc")) },
		"method-before-header": func(w *raw) { publish(w); w.method(1, 60, 10, uint32(0), uint16(3), 0) },
		"method-before-body":   func(w *raw) { publish(w); w.header(1, 3); w.method(1, 60, 10, uint32(0), uint16(3), 0) },
		"header-twice":         func(w *raw) { publish(w); w.header(1, 3); w.header(1, 3) },
		"body-too-long":        func(w *raw) { publish(w); w.header(1, 3); w.frame(bodyFrame, 1, []byte("abcdef")); w.qos() },
		"body-empty-frame": func(w *raw) {
			publish(w)
			w.header(1, 1)
			w.frame(bodyFrame, 1, nil)
			w.frame(bodyFrame, 1, []byte("x"))
			w.qos()
		},
		"header-other-class": func(w *raw) {
			publish(w)
			w.frame(headerFrame, 1, arguments(uint16(50), uint16(0), uint64(0), uint16(0)))
		},
		"header-cut-short": func(w *raw) { publish(w); w.frame(headerFrame, 1, []byte{0, 60, 0}) },
		"header-bad-properties": func(w *raw) {
			publish(w)
			w.frame(headerFrame, 1, arguments(uint16(60), uint16(0), uint64(0), uint16(0x8000), 9, []byte("x")))
			w.qos()
		},
		"header-weight": func(w *raw) {
			publish(w)
			w.frame(headerFrame, 1, arguments(uint16(60), uint16(7), uint64(0), uint16(0)))
			w.qos()
		},
		"header-on-channel-0":    func(w *raw) { w.header(0, 3) },
		"body-on-channel-0":      func(w *raw) { w.frame(bodyFrame, 0, []byte("abc")) },
		"heartbeat-on-channel":   func(w *raw) { w.frame(heartbeatFrame, 1, nil); w.qos() },
		"heartbeat-with-content": func(w *raw) { w.frame(heartbeatFrame, 0, []byte("abc")); w.qos() },
		"channel-not-open":       func(w *raw) { w.method(7, 60, 10, uint32(0), uint16(3), 0) },
		"channel-opened-twice":   func(w *raw) { w.method(1, 20, 10, "") },
		"channel-close-unopened": func(w *raw) { w.method(7, 20, 40, uint16(200), "", uint16(0), uint16(0)) },
		"channel-close-ok-alone": func(w *raw) { w.method(1, 20, 41) },
		"close-ok-unopened":      func(w *raw) { w.method(7, 20, 41) },
		"channel-method-on-0":    func(w *raw) { w.method(0, 60, 10, uint32(0), uint16(3), 0) },
		"channel-open-on-0":      func(w *raw) { w.method(0, 20, 10, "") },
		"connection-on-channel":  func(w *raw) { w.method(1, 10, 50, uint16(200), "", uint16(0), uint16(0)) },
		"connection-open-again":  func(w *raw) { w.method(0, 10, 40, vhost, "", 0) },
		"connection-tune-again":  func(w *raw) { w.method(0, 10, 31, uint16(0), uint32(0), uint16(0)) },
		"connection-close-ok":    func(w *raw) { w.method(0, 10, 51) },
		"access-request":         func(w *raw) { w.method(1, 30, 10, "/data", 0); w.qos() },
		"protocol-header-again":  func(w *raw) { w.write([]byte(amqpHeader)); w.qos() },
	}) {
		all = append(all, observation{name: "frame-" + name, see: func(s *scene) {
			w := s.raw().open()
			act(w)
			for {
				switch name := w.next(); {
				case name == "connection.close":
					w.method(0, 10, 51)
				case name == "channel.close":
					return
				case name == "end", strings.HasPrefix(name, "method"):
					return
				}
			}
		}, normalisers: []normaliser{stackTraces()}})
	}
	return all
}

// qos asks for something harmless, whose answer shows that the channel lives.
func (w *raw) qos() { w.method(1, 60, 10, uint32(0), uint16(3), 0) }
