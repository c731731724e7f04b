package rabbitmq

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/demo/rabbitd"
	"bustop/backends/rabbitmq/management"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// client is a connection that says who it is.
func (w *world) client(name string) *amqp.Connection {
	w.t.Helper()
	conn, err := amqp.DialConfig(w.server.URL(), amqp.Config{Vhost: w.vhost, Properties: amqp.Table{
		"connection_name": name, "product": "shop-billing", "version": "1.2", "platform": "test",
	}})
	w.must(err)
	w.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// TestBrokerClients: connections and channels, joined, with what they call themselves.
func TestBrokerClients(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.queue("held", nil, "a", "b", "c")
		ch, err := w.client("billing ü\n").Channel()
		w.must(err)
		w.must(ch.Qos(2, 0, false))
		deliveries, err := ch.Consume("held", "", false, false, false, false, nil)
		w.must(err)
		<-deliveries
		s := w.open()
		var mine backends.BrokerConnection
		testkit.Eventually(t, "the connection is listed", func() bool {
			page, err := s.ReadConnections(ctxFor(t), backends.Query{})
			w.must(err)
			i := slices.IndexFunc(page.Items, func(c backends.BrokerConnection) bool { return c.Vhost == w.vhost && c.ClientName == "billing ü\n" })
			if i >= 0 {
				mine = page.Items[i]
			}
			return i >= 0 && mine.State == "running" && mine.Channels.Value == 1 // the server counts channels with its statistics
		})
		if mine.Product != "shop-billing" || mine.Version != "1.2" || mine.Platform != "test" || mine.User != "guest" || mine.Secure || mine.Peer == "" ||
			mine.Channels != backends.ExactCount(1) || time.Since(mine.Since) > time.Hour || mine.Ours {
			t.Errorf("%+v", mine)
		}
		testkit.Eventually(t, "the channel is listed with what it holds", func() bool {
			page, err := s.ReadSessions(ctxFor(t), backends.Query{})
			w.must(err)
			i := slices.IndexFunc(page.Items, func(c backends.BrokerSession) bool { return c.Connection == mine.Name })
			return i >= 0 && page.Items[i].Unacked.Value == 2 && page.Items[i].Prefetch.Value+page.Items[i].GlobalPrefetch.Value >= 0 &&
				page.Items[i].Consumers.Value == 1 && page.Items[i].ClientName == mine.ClientName && page.Items[i].Peer == mine.Peer
		})
		other := w.open() // which has not read the connections
		testkit.Eventually(t, "who holds messages is known by name", func() bool {
			page, err := other.ReadSessions(ctxFor(t), backends.Query{})
			w.must(err)
			i := slices.IndexFunc(page.Items, func(c backends.BrokerSession) bool { return c.Connection == mine.Name })
			return i >= 0 && page.Items[i].ClientName == mine.ClientName
		})
		page, err := s.ReadConnections(ctxFor(t), backends.Query{Match: mine.Peer, Limit: 1})
		if err != nil || len(page.Items) != 1 || page.Items[0].Name != mine.Name || page.Total.Value != 1 {
			t.Errorf("by its address: %+v, %v", page, err)
		}
	})
}

// TestBrokerVhosts: names with any byte, limits, policies of both sorts.
func TestBrokerVhosts(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		const odd = "a/b%2F ü?"
		s := w.open()
		w.manage(http.MethodPut, "/api/vhosts/"+url.PathEscape(odd), nil, nil)
		t.Cleanup(func() { w.manage(http.MethodDelete, "/api/vhosts/"+url.PathEscape(odd), nil, nil) })
		w.manage(http.MethodPut, "/api/permissions/"+url.PathEscape(odd)+"/guest", map[string]any{"configure": ".*", "write": ".*", "read": ".*"}, nil)
		w.manage(http.MethodPut, "/api/vhost-limits/"+url.PathEscape(odd)+"/max-queues", map[string]any{"value": 7}, nil)
		w.manage(http.MethodPut, "/api/policies/"+url.PathEscape(odd)+"/short", map[string]any{"pattern": "^q", "definition": map[string]any{"message-ttl": 5000, "max-length": 9}, "apply-to": "queues", "priority": 3}, nil)
		w.manage(http.MethodPut, "/api/operator-policies/"+url.PathEscape(odd)+"/cap", map[string]any{"pattern": ".*", "definition": map[string]any{"max-length": 5}, "apply-to": "queues"}, nil)
		vhosts, err := s.ReadVhosts(ctxFor(t))
		i := slices.IndexFunc(vhosts, func(v backends.BrokerVhost) bool { return v.Name == odd })
		if err != nil || i < 1 || vhosts[i].Limits["max-queues"] != 7 || vhosts[i].Ours || !vhosts[0].Ours || vhosts[0].Name != w.vhost {
			t.Errorf("vhosts: %+v, %v", vhosts, err)
		}
		rules, err := s.ReadPolicies(ctxFor(t))
		if err != nil || rules.Policies.Err != nil || rules.Operator.Err != nil {
			t.Fatalf("%+v, %v", rules, err)
		}
		for name, part := range map[string][]backends.BrokerPolicy{"short ^q 3 max-length = 9|message-ttl = 5000": rules.Policies.Items, "cap .* 0 max-length = 5": rules.Operator.Items} {
			found := slices.ContainsFunc(part, func(p backends.BrokerPolicy) bool {
				return p.Vhost == odd && name == p.Name+" "+p.Pattern+" "+management.Num(float64(p.Priority.Value)).Text(0)+" "+strings.Join(p.Definition, "|")
			})
			if !found {
				t.Errorf("%s: %+v", name, part)
			}
		}
		there := openURL(t, w.server.URL()+url.PathEscape(odd)+"?management="+w.server.ManagementURL(), backends.Options{})
		if err := there.Ping(ctxFor(t)); err != nil || there.Identity().Namespace != odd {
			t.Errorf("%+v, %v", there.Identity(), err)
		}
		if _, err := there.ListQueues(ctxFor(t), backends.Query{Complete: true}); err != nil {
			t.Errorf("the queues of %q: %v", odd, err)
		}
	})
}

// TestBrokerRest: a node's figures; what no plugin tells of; the feature flags.
func TestBrokerRest(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		nodes, err := s.ReadNodes(ctxFor(t))
		if err != nil || len(nodes) != 1 || !nodes[0].Ours || nodes[0].Down || !nodes[0].Memory.Share().Known() || !nodes[0].Files.Share().Known() ||
			!nodes[0].Uptime.Known() || !nodes[0].DiskFree.Known() || nodes[0].MemoryAlarm.Known() || nodes[0].Kind != "disc" {
			t.Errorf("nodes: %+v, %v", nodes, err)
		}
		links, err := s.ReadLinks(ctxFor(t))
		if err != nil || !links.NoShovels || !links.NoFederation || links.Shovels.Err != nil || links.Federation.Err != nil {
			t.Errorf("links: %+v, %v", links, err)
		}
		if st := s.Status(); len(st.Notes) != 0 || st.State != backends.Live {
			t.Errorf("a plugin that is not there is no fault: %+v", st)
		}
		flags, err := s.ReadFeatures(ctxFor(t))
		if err != nil || !slices.ContainsFunc(flags, func(f backends.BrokerFeature) bool { return f.Name == "quorum_queue" && f.State == "enabled" }) {
			t.Errorf("features: %+v, %v", flags, err)
		}
	})
}

// TestBrokerRights: by tags and permissions, each ability is granted, missing or not known, and one
// denial leaves the rest as it is.
func TestBrokerRights(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		const y, n, u = backends.Granted, backends.Missing, backends.Undecided
		for _, c := range []struct {
			name, tags string
			permission []string           // configure, write, read; nil for none
			want       []backends.Verdict // without the management API one more, for counts by Prometheus
			nodes      bool
		}{
			{"boss", "administrator", []string{".*", ".*", ".*"}, []backends.Verdict{y, y, y, y, y, y}, true},
			{"boss-ro", "administrator", []string{"", "^$", ".*"}, []backends.Verdict{y, y, y, y, n, y}, true},
			{"boss-taps", "administrator", []string{`^amq\.gen-.*`, `^amq\.gen-.*`, ""}, []backends.Verdict{y, y, y, n, y, y}, true},
			{"watch", "monitoring", []string{"", "", ".*"}, []backends.Verdict{y, y, y, u, u, n}, true},
			{"own", "management", []string{"", "", ".*"}, []backends.Verdict{y, y, n, u, u, n}, false},
			{"outside", "monitoring", nil, []backends.Verdict{n, n, y, n, n, n}, true},
			{"untagged", "", []string{"", "", ".*"}, []backends.Verdict{y, n, n, u, u, n, n}, false},
		} {
			name := c.name + "." + w.vhost
			w.manage(http.MethodPut, "/api/users/"+url.PathEscape(name), map[string]any{"password": "pw", "tags": c.tags}, nil)
			t.Cleanup(func() { w.manage(http.MethodDelete, "/api/users/"+url.PathEscape(name), nil, nil) })
			if c.permission != nil {
				w.manage(http.MethodPut, "/api/permissions/"+url.PathEscape(w.vhost)+"/"+url.PathEscape(name),
					map[string]any{"configure": c.permission[0], "write": c.permission[1], "read": c.permission[2]}, nil)
			}
			s := openURL(t, strings.Replace(w.url(), "guest:guest", url.PathEscape(name)+":pw", 1), backends.Options{})
			rights, err := s.ReadAccess(ctxFor(t))
			if st := s.Status(); st.State != backends.Live {
				t.Errorf("%s: the server answers and is %v", c.name, st.State)
			}
			var got []backends.Verdict
			for _, a := range rights.Abilities {
				got = append(got, a.Verdict)
			}
			want := c.want
			if told, _ := w.conn.Properties["version"].(string); management.ParseVersion(told).AtLeast(3, 13) {
				flags := y // any tag lets see them
				if c.tags == "" {
					flags = n
				}
				want = slices.Insert(slices.Clone(want), 5, flags)
			}
			if err != nil || rights.User != name || !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v (%q, %v)", c.name, got, want, rights.User, err)
			} else if c.name == "outside" && rights.Abilities[1].Advice != management.GrantCommand(w.vhost, name) {
				t.Errorf("%s: what lets it list queues: %s", c.name, rights.Abilities[1].Advice)
			}
			if _, err := s.ReadNodes(ctxFor(t)); (err == nil) != c.nodes {
				t.Errorf("%s: nodes: %v", c.name, err)
			}
			health, err := s.ReadHealth(ctxFor(t))
			if err != nil {
				t.Errorf("%s: health: %v", c.name, err)
			}
			if own := c.tags == "management"; own != (health.Connections.Certainty == backends.AtLeast) {
				t.Errorf("%s: of all connections it counts %+v", c.name, health.Connections)
			}
			if c.tags == "management" {
				page, err := s.ReadConnections(ctxFor(t), backends.Query{})
				if err != nil || len(page.Notes) != 1 || slices.ContainsFunc(page.Items, func(b backends.BrokerConnection) bool { return b.User != name }) {
					t.Errorf("%s: connections: %+v, %v", c.name, page, err)
				}
			}
		}
	})
}

// TestBlockedComesFirst: who is held up by an alarm stands before everybody else.
func TestBlockedComesFirst(t *testing.T) {
	server, err := rabbitd.Start(rabbitd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	w := &world{t: t, server: server, vhost: "/"}
	w.connect()
	t.Cleanup(func() { _ = w.conn.Close() })
	for range 5 {
		w.client("idle")
	}
	s := w.open()
	if _, err := s.ReadHealth(ctxFor(t)); err != nil {
		t.Fatal(err)
	}
	server.Broker().SetMemoryAlarm(true)
	publisher, err := w.client("publisher").Channel()
	w.must(err)
	t.Cleanup(func() { server.Broker().SetMemoryAlarm(false) }) // a blocked connection cannot say goodbye
	w.must(publisher.PublishWithContext(ctxFor(t), "", "nowhere", false, false, amqp.Publishing{Body: []byte("x")}))
	var page backends.Page[backends.BrokerConnection]
	testkit.Eventually(t, "a connection is blocked", func() bool {
		var err error
		page, err = s.ReadConnections(ctxFor(t), backends.Query{Limit: 2})
		w.must(err)
		return page.Items[0].State == "blocked"
	})
	if page.Items[0].ClientName != "publisher" || page.Total.Value < 7 || len(page.Items) != 2 {
		t.Errorf("%+v", page)
	}
	r, err := s.ReadHealth(ctxFor(t))
	if err != nil || len(r.Alarms) != 1 || r.Alarms[0].For.Certainty != backends.About {
		t.Errorf("alarms: %+v, %v", r.Alarms, err)
	}
	if nodes, err := s.ReadNodes(ctxFor(t)); err != nil || !nodes[0].MemoryAlarm.Known() {
		t.Errorf("nodes: %+v, %v", nodes, err)
	}
	late := w.open()
	if r, err := late.ReadHealth(ctxFor(t)); err != nil || len(r.Alarms) != 1 || r.Alarms[0].For.Certainty != backends.AtLeast {
		t.Errorf("alarms for who came later: %+v, %v", r.Alarms, err)
	}
}

// TestWithoutSecrets: what may hold a password is not shown.
func TestWithoutSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"plain words": "plain words", "no route to amqp://host:1/v": "no route to amqp://host:1/v",
		"failed: amqp://u:p/w@host down": "failed: …", `{"x","amqps://a:b@c"}`: `{"x","…`,
	} {
		if got := withoutSecrets(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := at("amqp://u:s3cr3t@h:1/shop%2Feu?x=s3cr3t"); got != "at h:1 vhost shop/eu" {
		t.Error(got)
	}
}

// lavin answers as LavinMQ does: other JSON, no product version, no feature flags, 403 for what takes
// another tag.
func lavin(t *testing.T) string {
	t.Helper()
	answers := map[string]string{
		"/api/overview": `{"lavinmq_version":"2.4.1","product_name":"LavinMQ","node":"mq1","uptime":77,"object_totals":{"channels":1,"connections":1,"consumers":0,"exchanges":7,"queues":2,"bindings":0},
			"queue_totals":{"messages":3,"messages_ready":2,"messages_unacknowledged":1,"messages_log":[]},"message_stats":{"publish":9,"publish_details":{"rate":1.5,"log":[]}},
			"listeners":[{"protocol":"amqp","ip_address":"::","port":5672}],"exchange_types":[]}`,
		"/api/whoami":        `{"name":"ops","tags":"monitoring"}`,
		"/api/nodes":         `[{"uptime":77000,"running":true,"name":"mq1","applications":[],"messages_ready":2}]`,
		"/api/vhosts":        `[{"name":"/","dir":"x","tracing":false,"messages":3,"messages_ready":2,"messages_unacknowledged":1}]`,
		"/api/vhost-limits":  `[]`,
		"/api/policies":      `[]`,
		"/api/connections":   `{"items":[{"name":"10.0.0.1:99 -> 10.0.0.2:5671","client_properties":{"connection_name":"crystal","product":"amqp-client.cr"},"user":"ops","vhost":"/","state":"flow","ssl":true,"tls_version":"TLSv1.3","cipher":"TLS_AES_128_GCM_SHA256","peer_host":"10.0.0.1","peer_port":99,"channels":1,"connected_at":1795441970929,"timeout":60}],"filtered_count":1,"item_count":1,"page":1,"page_count":1,"page_size":100,"total_count":1}`,
		"/api/channels":      `{"items":[{"number":1,"name":"x[1]","vhost":"/","user":"ops","consumer_count":1,"prefetch_count":10,"global_prefetch_count":0,"confirm":false,"transactional":false,"messages_unacknowledged":4,"connection_details":{"peer_host":"10.0.0.1","peer_port":99,"name":"10.0.0.1:99 -> 10.0.0.2:5671"},"state":"running"}],"filtered_count":1}`,
		"/api/feature-flags": "",
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.URL.Path]
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/api/shovels" || strings.HasPrefix(r.URL.Path, "/api/users/"):
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"error":"access_refused","reason":"Access refused"}`))
		case r.URL.Query().Get("sort") == "state": // "Sort key state is not valid", as for some listings
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"bad_request","reason":"Sort key state is not valid"}`))
		case !ok || body == "":
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusNotFound)
		default:
			_, _ = w.Write([]byte(body))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestLavinMQ: by what it answers.
func TestLavinMQ(t *testing.T) {
	s := openURL(t, "amqp://ops:pw@127.0.0.1:1/?management="+lavin(t), backends.Options{})
	r, err := s.ReadHealth(ctxFor(t))
	if err != nil || r.Product != "LavinMQ" || r.Version != "2.4.1" || r.Connections.Value != 1 || r.Uptime.Value != 77*time.Second || r.MemoryUsed.Known() {
		t.Errorf("health: %+v, %v", r, err)
	}
	nodes, err := s.ReadNodes(ctxFor(t))
	if err != nil || len(nodes) != 1 || nodes[0].Name != "mq1" || nodes[0].Down || nodes[0].Memory.Used.Known() || nodes[0].Files.Share().Known() {
		t.Errorf("nodes: %+v, %v", nodes, err)
	}
	conns, err := s.ReadConnections(ctxFor(t), backends.Query{})
	if err != nil || len(conns.Items) != 1 || conns.Items[0].TLS != "TLSv1.3 TLS_AES_128_GCM_SHA256" || conns.Items[0].State != "flow" || conns.Items[0].In.Known() || len(conns.Notes) != 0 {
		t.Errorf("connections: %+v, %v", conns, err)
	}
	chans, err := s.ReadSessions(ctxFor(t), backends.Query{})
	if err != nil || len(chans.Items) != 1 || chans.Items[0].Unacked.Value != 4 || chans.Items[0].ClientName != "crystal" {
		t.Errorf("channels: %+v, %v", chans, err)
	}
	links, err := s.ReadLinks(ctxFor(t))
	if err != nil || backends.ReasonOf(links.Shovels.Err) != backends.Denied || !errors.Is(links.Shovels.Err, management.ErrRight) || !links.NoFederation {
		t.Errorf("links: %+v, %v", links, err)
	}
	if rules, err := s.ReadPolicies(ctxFor(t)); err != nil || rules.Policies.Err != nil || rules.Operator.Err != nil {
		t.Errorf("policies: %+v, %v", rules, err)
	}
	if _, err := s.ReadFeatures(ctxFor(t)); backends.ReasonOf(err) != backends.Unsupported || !strings.Contains(err.Error(), "no feature flags") {
		t.Errorf("features: %v", err)
	}
	if vhosts, err := s.ReadVhosts(ctxFor(t)); err != nil || len(vhosts) != 1 || !vhosts[0].Ours || vhosts[0].Ready.Value != 2 {
		t.Errorf("vhosts: %+v, %v", vhosts, err)
	}
	rights, err := s.ReadAccess(ctxFor(t))
	if err != nil || rights.User != "ops" || !slices.Equal(rights.Tags, []string{"monitoring"}) || rights.Permissions.Err == nil {
		t.Errorf("rights: %+v, %v", rights, err)
	}
}
