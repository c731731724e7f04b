package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"bustop/backends"
	"bustop/backends/demo/rabbitd"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

// administer uses the management API as an administrator does.
func administer(t *testing.T, api, method, path string, body any) {
	t.Helper()
	text, err := json.Marshal(body)
	must(t, err)
	request, err := http.NewRequestWithContext(t.Context(), method, api+path, bytes.NewReader(text))
	must(t, err)
	request.SetBasicAuth("guest", "guest")
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, answer.Status)
	}
}

// readAPI reads something by the management API.
func readAPI(t *testing.T, api, path string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api+path, http.NoBody)
	must(t, err)
	request.SetBasicAuth("guest", "guest")
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answer.Body.Close()
	must(t, json.NewDecoder(answer.Body).Decode(into))
}

// versionOf is what a server says at the login that it is.
func versionOf(conn *amqp.Connection) string {
	text, _ := conn.Properties["version"].(string)
	return text
}

// before reports whether a version is one before another, of which both are major.minor and more.
func before(version, other string) bool {
	var a, b [2]int
	_, _ = fmt.Sscanf(version, "%d.%d", &a[0], &a[1])
	_, _ = fmt.Sscanf(other, "%d.%d", &b[0], &b[1])
	return slices.Compare(a[:], b[:]) < 0
}

// account makes a user with the password pw; with a vhost, one who may only read there.
func account(t *testing.T, api, name, tags, vhost string) {
	t.Helper()
	administer(t, api, http.MethodPut, "/api/users/"+name, map[string]any{"password": "pw", "tags": tags})
	if vhost != "" {
		administer(t, api, http.MethodPut, "/api/permissions/"+url.PathEscape(vhost)+"/"+name, map[string]any{"configure": "", "write": "", "read": ".*"})
	}
}

// brokerHealth opens the health of the one source and goes through its sections; wants is what each of
// them has to show, with "|" between texts.
func (c *console) brokerHealth(name string, wants map[string]string) {
	c.t.Helper()
	c.press("1", "enter")
	for _, section := range strings.Fields("Trends Nodes Connections Channels Vhosts Policies Links Rights Features Facts") {
		if want, ok := wants[section]; ok {
			c.see(strings.Split(want, "|")...)
			c.capture(name + "-" + strings.ToLower(section))
		}
		c.press("right")
	}
	c.press("esc")
}

// otherVhost is one with a name that has to be encoded everywhere.
const otherVhost = "shop/eu ü%"

// secureRabbit is a RabbitMQ that speaks TLS too and wants a certificate of every client, with shovels
// and federation.
func secureRabbit(t *testing.T, a *testkit.Authority) (server *servers.RabbitMQ, secure, api string) {
	t.Helper()
	cert, key := a.Issue(t, "rabbit.test", time.Now().Add(time.Hour))
	ports, err := servers.FreePorts(2)
	must(t, err)
	amqps, https := ports[0], ports[1]
	lines := []string{
		fmt.Sprintf("listeners.ssl.1 = 127.0.0.1:%d", amqps), "management.ssl.ip = 127.0.0.1", fmt.Sprintf("management.ssl.port = %d", https),
		"auth_mechanisms.1 = PLAIN", "auth_mechanisms.2 = EXTERNAL", "ssl_cert_login_from = common_name",
	}
	for _, prefix := range []string{"ssl_options.", "management.ssl."} {
		lines = append(lines, prefix+"cacertfile = "+a.File, prefix+"certfile = "+cert, prefix+"keyfile = "+key,
			prefix+"verify = verify_peer", prefix+"fail_if_no_peer_cert = true")
	}
	server = testkit.RabbitMQ(t, servers.RabbitOptions{
		Config:  strings.Join(lines, "\n"),
		Plugins: []string{"rabbitmq_shovel", "rabbitmq_shovel_management", "rabbitmq_federation", "rabbitmq_federation_management", "rabbitmq_auth_mechanism_ssl"},
	})
	return server, fmt.Sprintf("127.0.0.1:%d", amqps), fmt.Sprintf("https://127.0.0.1:%d", https)
}

// seedBroker fills a server: a second vhost, limits, policies, a shovel that cannot log in, and a client
// that holds messages. It returns the server's version.
func seedBroker(t *testing.T, server *servers.RabbitMQ) string {
	t.Helper()
	api := server.ManagementURL()
	put := func(path string, body any) {
		t.Helper()
		administer(t, api, http.MethodPut, path, body)
	}
	other := url.PathEscape(otherVhost)
	put("/api/vhosts/"+other, map[string]any{"description": "the shop in Europe", "tags": "prod,eu"})
	put("/api/permissions/"+other+"/guest", map[string]any{"configure": ".*", "write": ".*", "read": ".*"})
	put("/api/vhost-limits/"+other+"/max-queues", map[string]any{"value": 50})
	put("/api/policies/"+other+"/expire", map[string]any{"pattern": "^orders", "definition": map[string]any{"message-ttl": 86400000, "max-length": 100000}, "apply-to": "queues"})
	put("/api/operator-policies/"+other+"/cap", map[string]any{"pattern": ".*", "definition": map[string]any{"max-length": 50000}, "apply-to": "queues"})
	conn, err := amqp.DialConfig(server.URL(), amqp.Config{Vhost: otherVhost, Properties: amqp.Table{"connection_name": "billing-7", "product": "shop-billing", "version": "1.2", "platform": "Go"}})
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	must(t, err)
	_, err = ch.QueueDeclare("orders/new", true, false, false, false, nil)
	must(t, err)
	must(t, ch.Confirm(false))
	for range 5 {
		confirmed, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", "orders/new", false, false, amqp.Publishing{Body: []byte(`{"id":1}`)})
		must(t, err)
		_, err = confirmed.WaitContext(t.Context())
		must(t, err)
	}
	must(t, ch.Qos(2, 0, false))
	deliveries, err := ch.Consume("orders/new", "", false, false, false, false, nil)
	must(t, err)
	<-deliveries
	testkit.Eventually(t, "the server has told its zone by an idle queue", func() bool {
		var row struct {
			IdleSince string `json:"idle_since"`
		}
		readAPI(t, api, "/api/queues/"+other+"/"+url.PathEscape("orders/new"), &row)
		return row.IdleSince != ""
	})
	uri := func(password string) string {
		return fmt.Sprintf("amqp://guest:%s@127.0.0.1:%d/%s", password, server.Port, other)
	}
	for name, password := range map[string]string{"archive": "guest", "broken": "wr0ng"} {
		put("/api/parameters/shovel/"+other+"/"+name, map[string]any{"value": map[string]any{
			"src-protocol": "amqp091", "src-uri": uri(password), "src-queue": "old", "dest-protocol": "amqp091", "dest-uri": uri("guest"), "dest-queue": "archive",
		}})
	}
	return versionOf(conn)
}

// TestOnRabbitMQWhereItRuns: TLS with a certificate of ours, a second vhost, users with few rights, all
// on one server.
func TestOnRabbitMQWhereItRuns(t *testing.T) {
	authority := testkit.NewAuthority(t)
	server, secure, secureAPI := secureRabbit(t, authority)
	version := seedBroker(t, server)
	flags := "lacks the tag administrator"
	if !before(version, "3.13") {
		flags = "quorum_queue|enabled"
	}
	vhost := url.PathEscape(otherVhost)
	links := "running for ~|archive"
	if before(version, "4.0") || !before(version, "4.3") {
		links += "|broken" // 4.0.5 tells of one that cannot log in only while it tries
	}
	mutual := authority.Client(t, "console")
	t.Run("TLS and a second vhost", func(t *testing.T) {
		c := liveConsoleWith(t, "amqps://guest:guest@"+secure+"/"+vhost+"?management="+secureAPI, backends.Options{TLS: mutual})
		c.see("● rabbitmq", "RabbitMQ "+version)
		c.press("2")
		c.row("orders/new", "classic", "3", "2")
		c.capture("rabbit-tls-queues")
		c.press("1")
		c.see("3 ready")
		c.capture("rabbit-tls-overview")
		c.brokerHealth("rabbit-tls", map[string]string{
			"Nodes": "answers us|MiB of|file descriptors", "Connections": "billing-7|running", "Channels": "billing-7|2|1",
			"Vhosts": otherVhost + " ← this source|queues 50", "Policies": "expire|max-length = 100000|cap", "Links": links,
			"Rights": "✓ connect over AMQP|administrator", "Features": "quorum_queue|enabled", "Facts": "amqp/ssl",
		})
		if strings.Contains(c.text(), "wr0ng") {
			t.Error("a shovel's password is on the screen")
		}
	})
	t.Run("without a certificate", func(t *testing.T) {
		bare := mutual.Clone()
		bare.Certificates = nil
		c := liveConsoleWith(t, "amqps://guest:guest@"+secure+"/"+vhost+"?management="+secureAPI, backends.Options{TLS: bare})
		c.see("○ rabbitmq", "wants a certificate of ours")
		c.capture("rabbit-tls-no-certificate")
	})
	t.Run("login by certificate", func(t *testing.T) {
		account(t, server.ManagementURL(), "console", "monitoring", otherVhost)
		management := strings.Replace(secureAPI, "https://", "https://console:pw@", 1)
		c := liveConsoleWith(t, "amqps://"+secure+"/"+vhost+"?auth_mechanism=external&management="+url.QueryEscape(management), backends.Options{TLS: mutual})
		c.see("● rabbitmq", "3 ready")
	})
	plain := func(user, vhost string) string {
		return fmt.Sprintf("amqp://%s:pw@127.0.0.1:%d/%s?management=%s", user, server.Port, url.PathEscape(vhost), server.ManagementURL())
	}
	api := server.ManagementURL()
	t.Run("monitoring only", func(t *testing.T) {
		account(t, api, "watch", "monitoring", "")
		c := liveConsoleWith(t, plain("watch", otherVhost), backends.Options{})
		c.press("2")
		c.see("no permission in the vhost")
		c.capture("rabbit-monitoring-queues")
		c.press("1")
		c.capture("rabbit-monitoring-overview")
		c.brokerHealth("rabbit-monitoring", map[string]string{
			"Nodes": "MiB of", "Connections": "billing-7", "Features": flags, "Rights": "✗|✓ nodes, everybody's connections|set_permissions -p 'shop/eu ü%' watch",
		})
	})
	t.Run("read-only, tag management", func(t *testing.T) {
		account(t, api, "reader", "management", otherVhost)
		c := liveConsoleWith(t, plain("reader", otherVhost), backends.Options{})
		c.see("● rabbitmq", "3 ready")
		c.press("2")
		c.row("orders/new", "classic", "3", "2")
		c.capture("rabbit-reader-queues")
		c.brokerHealth("rabbit-reader", map[string]string{
			"Nodes": "lacks the tag monitoring", "Connections": "only our own connections", "Links": "lacks the tag monitoring",
			"Vhosts": otherVhost, "Rights": "? tap exchanges",
		})
		c.press("4")
		c.row("amq.topic", "topic", "0")
		c.press("/", "amq.topic", "enter", "w")
		c.see("Type the name to go on")
		c.capture("rabbit-reader-tap")
	})
	t.Run("no tag", func(t *testing.T) {
		account(t, api, "untagged", "", otherVhost)
		c := liveConsoleWith(t, plain("untagged", otherVhost), backends.Options{})
		c.see("no management API", "Not management user")
		c.brokerHealth("rabbit-untagged", map[string]string{"Nodes": "not shown", "Rights": "✓ connect over AMQP|✗ list queues"})
	})
}

// TestOnRabbitMQWithoutManagement: what Prometheus alone tells, what AMQP alone tells, and how to get more.
func TestOnRabbitMQWithoutManagement(t *testing.T) {
	ports, err := servers.FreePorts(1)
	must(t, err)
	server := testkit.RabbitMQ(t, servers.RabbitOptions{
		NoManagement: true, Plugins: []string{"rabbitmq_prometheus"},
		Config: fmt.Sprintf("prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = %d", ports[0]),
	})
	version := fillQuietly(t, server.URL())
	away := server.URL() + "?management=http://127.0.0.1:1&prometheus=http://127.0.0.1:"
	t.Run("Prometheus", func(t *testing.T) {
		c := liveConsoleWith(t, fmt.Sprintf("%s%d", away, ports[0]), backends.Options{})
		c.see("● rabbitmq", "no management API", "≥2 queues", "12 ready", "clients", " of ")
		c.capture("rabbit-prometheus-overview")
		c.press("2")
		c.row("orders", "–", "5", "2", "!0")
		c.see("counts by Prometheus 127.0.0.1:", "rabbitmq-plugins enable")
		c.capture("rabbit-prometheus-queues")
		c.press("/", "orders", "enter", "enter")
		c.see("5 ready", "as of", "Consumers –", "of memory", "figures by Prometheus", "rabbitmq_management;")
		c.capture("rabbit-prometheus-queue")
		c.press("esc")
		c.brokerHealth("rabbit-prometheus", map[string]string{"Rights": "✓ connect over AMQP|✗ list queues|✓ count messages by queue", "Facts": "memory limit"})
	})
	t.Run("AMQP alone", func(t *testing.T) {
		c := liveConsoleWith(t, away+"1", backends.Options{})
		c.see("● rabbitmq", "no management API")
		c.capture("rabbit-no-management-overview")
		c.press("2")
		c.see("rabbitmq_management;", "rabbitmq_prometheus,", "o opens a queue")
		c.capture("rabbit-no-management-queues")
		c.press("o", "invoices", "enter")
		c.see("– ready", "Consumers –", "?management=http", "?prometheus=http", "set_permissions", "p takes a look")
		c.capture("rabbit-no-management-queue")
		shown := "7 messages"
		if !before(version, "4.0") && before(version, "4.3") {
			shown = "1 message " // it does not tell of a message that was never delivered of which type the queue is
		}
		c.lookByName("invoices", shown, 7)
		c.brokerHealth("rabbit-no-management", map[string]string{"Nodes": "not shown", "Rights": "✓ connect over AMQP|✗ list queues|✗ count messages by queue", "Facts": "cluster"})
	})
}

// lookByName looks into a queue on whose screen the console is, by typing the queue's name, and goes back to the
// listing: both tell how many messages were ready.
func (c *console) lookByName(name, shown string, ready int) {
	c.t.Helper()
	c.press("p")
	c.see("Type the name to go on")
	c.until([]string{"That is not its name"}, "enter") // not before the grace has passed
	c.press(name, "enter")
	c.see(shown, "copies as of", "{id: 1}", fmt.Sprintf("%d ready", ready), "as of")
	c.capture("rabbit-no-management-messages")
	c.press("enter")
	c.see("[tree]", "id: 1")
	c.press("esc", "esc")
	c.row(name, "–", fmt.Sprintf("~%d", ready))
	c.see("≥1 queue", "only queues whose name is known")
	c.capture("rabbit-no-management-known")
}

// fillQuietly fills two queues over AMQP alone: of one, two messages are held by somebody who got them. It
// returns the server's version.
func fillQuietly(t *testing.T, url string) string {
	t.Helper()
	conn, err := amqp.Dial(url)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	must(t, err)
	must(t, ch.Confirm(false))
	for _, name := range []string{"orders", "invoices"} {
		_, err = ch.QueueDeclare(name, true, false, false, false, nil)
		must(t, err)
		for range 7 {
			confirmed, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", name, false, false, amqp.Publishing{Body: []byte(`{"id":1}`)})
			must(t, err)
			_, err = confirmed.WaitContext(t.Context())
			must(t, err)
		}
	}
	for range 2 {
		_, ok, err := ch.Get("orders", false)
		must(t, err)
		if !ok {
			t.Fatal("nothing to hold")
		}
	}
	return versionOf(conn)
}

// TestOnRabbitMQFailover: of two nodes in one URL one goes while the console looks, and the status says
// which is in use.
func TestOnRabbitMQFailover(t *testing.T) {
	var nodes []*rabbitd.Server
	for range 2 {
		s, err := rabbitd.Start(rabbitd.Options{})
		must(t, err)
		t.Cleanup(s.Close)
		nodes = append(nodes, s)
	}
	c := liveConsoleWith(t, "amqp://guest:guest@"+nodes[0].Addr()+","+nodes[1].Addr()+"/?management=http://"+
		strings.TrimPrefix(nodes[0].ManagementURL(), "http://")+","+strings.TrimPrefix(nodes[1].ManagementURL(), "http://"), backends.Options{})
	c.see("● rabbitmq", "management API of "+strings.TrimPrefix(nodes[0].ManagementURL(), "http://")+" (of 2)")
	nodes[0].Kill()
	c.see("● rabbitmq", "management API of "+strings.TrimPrefix(nodes[1].ManagementURL(), "http://")+" (of 2); left ")
	c.capture("rabbit-failover")
}
