package rabbitd_test

import (
	"net/http"
	"slices"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// handshakeObservations are about a connection until it is open.
func handshakeObservations() []observation {
	return slices.Concat([]observation{
		{name: "start-properties", see: func(s *scene) {
			startProperties(s, func(key string) bool { return key != "platform" && key != "copyright" && key != "information" })
		}},
		{name: "start-properties-of-the-maker", see: func(s *scene) {
			startProperties(s, func(key string) bool { return key == "platform" || key == "copyright" || key == "information" })
		}},
		{name: "start-mechanisms", see: startMechanisms},
		{name: "tune-proposal", see: func(s *scene) {
			w := s.raw()
			w.start()
			w.startOK(noTable(), "PLAIN", "\x00guest\x00guest")
			w.next()
		}},
		{name: "login-amqplain", see: func(s *scene) {
			k, err := s.dial(login{config: amqp.Config{SASL: []amqp.Authentication{
				&amqp.AMQPlainAuth{Username: "guest", Password: "guest"},
			}}})
			s.must(err, "AMQPLAIN")
			s.say("open: %t", !k.IsClosed())
		}},
		{name: "login-refused", see: loginRefused},
		{name: "login-refused-without-capability", see: func(s *scene) {
			w := s.raw()
			w.start()
			w.startOK(noTable(), "PLAIN", "\x00guest\x00wrong")
			w.last()
		}},
		{name: "login-refused-with-capability", see: func(s *scene) {
			w := s.raw()
			w.start()
			w.startOK(closeCapability(), "PLAIN", "\x00guest\x00wrong")
			w.last()
		}},
		{name: "login-malformed", see: func(s *scene) {
			answers(s, "PLAIN", "", "guest", "\x00guest", "a\x00guest\x00guest", "\x00guest\x00gu\x00est", "\x00\x00")
		}},
		{name: "login-malformed-amqplain", see: func(s *scene) {
			answers(s, "AMQPLAIN", "", "x", string(arguments("LOGIN", []byte("S"), long("guest"))))
		}},
		{name: "login-amqplain-password-of-a-number", see: func(s *scene) {
			answers(s, "AMQPLAIN", string(arguments("LOGIN", []byte("S"), long("guest"), "PASSWORD", []byte("I"), uint32(1))))
		}},
		{name: "login-mechanism-unknown", see: func(s *scene) {
			var parts []func(*scene)
			for _, mechanism := range []string{"EXTERNAL", "CRAM-MD5", "plain", "", "RABBIT-CR-DEMO"} {
				parts = append(parts, func(s *scene) { answers(s, mechanism, "\x00guest\x00guest") })
			}
			s.apart(parts...)
		}},
		{name: "login-blank-password", see: func(s *scene) {
			name := s.n("user")
			s.put("users/"+name, map[string]string{"password_hash": "", "tags": ""})
			s.after(func() { s.api(http.MethodDelete, "users/"+name, nil) })
			w := s.raw()
			w.start()
			w.startOK(closeCapability(), "PLAIN", "\x00"+name+"\x00")
			w.next()
		}},
		{name: "vhost-missing", see: func(s *scene) {
			_, err := s.dial(login{vhost: "no-such-vhost"})
			s.say("%s", describe(err))
			w := s.raw()
			w.tuned(2047, 131072, 0)
			w.method(0, 10, 40, "no-such-vhost", "", 0)
			w.last()
		}},
		{name: "vhost-refused", see: func(s *scene) {
			l := s.user(".*", ".*", ".*")
			l.vhost = "/"
			_, err := s.dial(l)
			s.say("%s", describe(err))
		}},
		{name: "vhost-of-any-name", see: func(s *scene) {
			for _, name := range []string{"a/b", "ünï ☃", "with%2Fpercent"} {
				path := strings.NewReplacer("%", "%25", "/", "%2F", " ", "%20").Replace(name)
				s.put("vhosts/"+path, nil)
				s.after(func() { s.api(http.MethodDelete, "vhosts/"+path, nil) })
				s.put("permissions/"+path+"/guest", map[string]string{"configure": ".*", "write": ".*", "read": ".*"})
				k := s.connect(login{vhost: name})
				s.tryOn(k, name, func(ch *channel) error {
					_, err := ch.QueueDeclarePassive("none", false, false, false, false, nil)
					return err
				})
			}
		}},
		{name: "tune-answers", see: func(s *scene) { tuneAnswers(s, tuning{1, 4096, 0}, tuning{2047, 131072, 60}, tuning{1, 131072, 1000}) }},
		{name: "tune-answers-out-of-bounds", see: func(s *scene) {
			tuneAnswers(s, tuning{0, 131072, 0}, tuning{2047, 0, 0}, tuning{1, 4095, 0}, tuning{1, 131073, 0}, tuning{2048, 131072, 0}, tuning{65535, 131072, 0})
		}},
		{name: "tune-accepted", see: func(s *scene) {
			k := s.connect(login{config: amqp.Config{ChannelMax: 10, FrameSize: 8192}})
			s.say("channel-max=%d frame-max=%d", k.Config.ChannelMax, k.Config.FrameSize)
		}},
	}, protocolHeaders(), wrongTurns())
}

// closeCapability are the client properties that ask for connection.close after a refused login.
func closeCapability() []byte {
	inner := append(arguments("authentication_failure_close"), 't', 1)
	outer := append(arguments("capabilities"), 'F')
	outer = append(outer, arguments(long(inner))...)
	return arguments(long(outer))
}

func startProperties(s *scene, shown func(key string) bool) {
	k := s.conn()
	for key, property := range sorted(k.Properties) {
		value := show(property)
		if !shown(key) {
			continue
		}
		if key == "cluster_name" && strings.HasPrefix(value, `"`) && strings.Contains(value, "@") {
			value = "a node's name"
		}
		s.say("%s = %s", key, value)
	}
	s.say("version %d.%d", k.Major, k.Minor)
}

func startMechanisms(s *scene) {
	k := s.conn()
	s.say("locales %q", k.Locales)
	w := s.raw()
	w.write([]byte(amqpHeader))
	payload := w.expect("connection.start")
	text := string(payload)
	s.say("mechanisms in this order: %s", text[strings.LastIndex(text, "PLAIN")-len("AMQPLAIN ")-5:])
	s.say("%x", payload[:6])
}

func loginRefused(s *scene) {
	refused := func(l login) func(*scene) {
		return func(s *scene) {
			_, err := s.dial(l)
			s.say("%s", describe(err))
		}
	}
	s.apart(
		refused(login{user: "guest", password: "wrong"}),
		refused(login{user: "nobody", password: "guest"}),
		refused(login{user: "guest", password: " "}),
		refused(login{config: amqp.Config{SASL: []amqp.Authentication{
			&amqp.AMQPlainAuth{Username: "guest", Password: "wrong"},
		}}}),
	)
}

// answers says what comes of answers to connection.start.
func answers(s *scene, mechanism string, responses ...string) {
	parts := make([]func(*scene), len(responses))
	for i, response := range responses {
		parts[i] = func(s *scene) {
			s.say("%s %q", mechanism, response)
			w := s.raw()
			w.start()
			w.startOK(closeCapability(), mechanism, response)
			w.next()
		}
	}
	s.apart(parts...)
}

// tuning is what a client answers to connection.tune.
type tuning struct {
	channelMax uint16
	frameMax   uint32
	heartbeat  uint16
}

func tuneAnswers(s *scene, answers ...tuning) {
	var parts []func(*scene)
	for _, c := range answers {
		parts = append(parts, func(s *scene) {
			s.say("channel-max=%d frame-max=%d heartbeat=%d", c.channelMax, c.frameMax, c.heartbeat)
			w := s.raw()
			w.tuned(c.channelMax, c.frameMax, c.heartbeat)
			w.method(0, 10, 40, vhost, "", 0)
			w.next()
		})
	}
	s.apart(parts...)
}

// protocolHeaders are the first eight bytes a client may send.
func protocolHeaders() []observation {
	var all []observation
	for name, header := range sorted(map[string]string{
		"0-9-1": amqpHeader, "0-9": "AMQP\x01\x01\x00\x09", "0-8": "AMQP\x01\x01\x08\x00", "0-10": "AMQP\x01\x01\x00\x0a",
		"1-0": "AMQP\x00\x01\x00\x00", "1-0-sasl": "AMQP\x03\x01\x00\x00", "0-9-2": "AMQP\x00\x00\x09\x02",
		"http": "GET / HTTP/1.1\r\n\r\n", "zeros": "\x00\x00\x00\x00\x00\x00\x00\x00",
	}) {
		all = append(all, observation{name: "header-" + name, see: func(s *scene) {
			w := s.raw()
			w.write([]byte(header))
			if w.next() == "protocol-header" {
				w.last()
			}
		}})
	}
	return all
}

// wrongTurns are frames before the connection is open that do not belong there.
func wrongTurns() []observation {
	var all []observation
	for name, act := range sorted(map[string]func(w *raw){
		"open-before-start-ok": func(w *raw) { w.start(); w.method(0, 10, 40, vhost, "", 0) },
		"tune-ok-too-early":    func(w *raw) { w.start(); w.method(0, 10, 31, uint16(0), uint32(0), uint16(0)) },
		"open-before-tune-ok": func(w *raw) {
			w.start()
			w.startOK(noTable(), "PLAIN", "\x00guest\x00guest")
			w.expect("connection.tune")
			w.method(0, 10, 40, vhost, "", 0)
		},
		"start-ok-again":      func(w *raw) { w.tuned(2047, 131072, 0); w.startOK(noTable(), "PLAIN", "\x00guest\x00guest") },
		"channel-before-open": func(w *raw) { w.tuned(2047, 131072, 0); w.method(1, 20, 10, "") },
		"start-ok-on-channel": func(w *raw) {
			w.start()
			w.method(1, 10, 11, noTable(), "PLAIN", long("\x00guest\x00guest"), "en_US")
		},
		"heartbeat-first": func(w *raw) { w.start(); w.frame(heartbeatFrame, 0, nil); w.method(0, 10, 40, vhost, "", 0) },
		"start-ok-cut-short": func(w *raw) {
			w.start()
			w.method(0, 10, 11, noTable(), []byte{200, 'x'})
		},
		"start-ok-bad-table": func(w *raw) {
			w.start()
			w.method(0, 10, 11, arguments(long("\x03abcQ")), "PLAIN", long("\x00guest\x00guest"), "en_US")
		},
		"frame-over-4096-before-tune": func(w *raw) {
			w.start()
			w.method(0, 10, 11, noTable(), "PLAIN", long(strings.Repeat("x", 5000)), "en_US")
		},
	}) {
		all = append(all, observation{name: "handshake-" + name, see: func(s *scene) {
			w := s.raw()
			act(w)
			w.last()
		}, normalisers: []normaliser{stackTraces()}})
	}
	return all
}

// stackTraces cuts the Erlang terms off that RabbitMQ shows for faults it did not expect.
func stackTraces() normaliser {
	return replacing("Erlang terms", `(INTERNAL_ERROR)[^"]*`, "$1")
}
