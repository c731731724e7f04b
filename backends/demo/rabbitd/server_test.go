package rabbitd

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/rabbitd/wire"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

func start(t testing.TB, opt Options) *Server {
	t.Helper()
	s, err := Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// dialing makes amqp091-go connect in memory.
func dialing(s *Server) amqp.Config {
	return amqp.Config{Dial: func(_, _ string) (net.Conn, error) { return s.Dial(context.Background()) }}
}

// channelTo connects with amqp091-go and opens a channel.
func channelTo(t testing.TB, url string, config amqp.Config) (*amqp.Connection, *amqp.Channel) {
	t.Helper()
	conn, err := amqp.DialConfig(url, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return conn, ch
}

func publish(t testing.TB, ch *amqp.Channel, queue, body string, mode uint8) {
	t.Helper()
	p := amqp.Publishing{Body: []byte(body), DeliveryMode: mode}
	if err := ch.PublishWithContext(t.Context(), "", queue, true, false, p); err != nil {
		t.Fatal(err)
	}
}

func declare(t testing.TB, ch *amqp.Channel, queue string, durable bool) amqp.Queue {
	t.Helper()
	q, err := ch.QueueDeclare(queue, durable, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// ask gets an object from the management API.
func ask(t testing.TB, client *http.Client, url string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("guest", "guest")
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, answer.Status)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestOverTCP(t *testing.T) {
	s := start(t, Options{Users: []User{{Name: "ann", Password: "secret", Tags: []string{"administrator"}}}})
	conn, ch := channelTo(t, s.URL(), amqp.Config{})
	if p := conn.Properties; p["product"] != "RabbitMQ" || p["version"] != "3.10.8" {
		t.Errorf("%v", p)
	}
	declare(t, ch, "q", false)
	publish(t, ch, "q", "hello", 0)
	d, ok, err := ch.Get("q", true)
	if !ok || err != nil || string(d.Body) != "hello" {
		t.Errorf("%q, %t, %v", d.Body, ok, err)
	}
	_, _ = channelTo(t, strings.Replace(s.URL(), "guest:guest", "ann:secret", 1), amqp.Config{})
	var overview struct {
		Listeners []struct {
			Protocol string
			Port     int
		}
		Totals struct{ Connections int } `json:"object_totals"`
	}
	ask(t, http.DefaultClient, s.ManagementURL()+"/api/overview", &overview)
	http.DefaultClient.CloseIdleConnections()
	ports := map[string]int{}
	for _, l := range overview.Listeners {
		ports[l.Protocol] = l.Port
	}
	if ports["amqp"] != s.Port() || ports["http"] != s.ManagementPort() || overview.Totals.Connections != 2 {
		t.Errorf("%+v", overview)
	}
}

// TestInMemory lets an hour pass in no time.
func TestInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, Options{NoListen: true})
		if s.Addr() != "" || s.Port() != 0 || s.SecureURL() != "" || s.SecureManagementURL() != "" {
			t.Error("an address of nothing")
		}
		conn, ch := channelTo(t, s.URL(), dialing(s))
		if _, err := ch.QueueDeclare("wait", false, false, false, false, amqp.Table{
			"x-message-ttl": int32(time.Hour / time.Millisecond), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "done",
		}); err != nil {
			t.Fatal(err)
		}
		declare(t, ch, "done", false)
		publish(t, ch, "wait", "late", 0)
		done, err := ch.Consume("done", "", true, false, false, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if d := <-done; string(d.Body) != "late" || time.Since(began) != time.Hour {
			t.Errorf("%q after %v", d.Body, time.Since(began))
		}
		transport := s.HTTPTransport()
		var queues []struct{ Name string }
		ask(t, &http.Client{Transport: transport}, s.ManagementURL()+"/api/queues", &queues)
		transport.CloseIdleConnections()
		if len(queues) != 2 {
			t.Errorf("%+v", queues)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		s.Close()
	})
}

func TestCloseTellsClients(t *testing.T) {
	s := start(t, Options{})
	conn, _ := channelTo(t, s.URL(), amqp.Config{})
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	stalled, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Close()
	s.Close()
	s.Close()
	if e := <-closed; e == nil || e.Code != amqp.ConnectionForced {
		t.Errorf("%v", e)
	}
	if _, err := s.Dial(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("dial: %v", err)
	}
	if err := s.Restart(); !errors.Is(err, ErrClosed) {
		t.Errorf("restart: %v", err)
	}
	if _, err := net.Dial("tcp", s.Addr()); err == nil {
		t.Error("somebody listens still")
	}
}

// TestKillAndRestart keeps what is durable, at the same addresses.
func TestKillAndRestart(t *testing.T) {
	s := start(t, Options{})
	url, management := s.URL(), s.ManagementURL()
	conn, ch := channelTo(t, url, amqp.Config{})
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	for _, x := range []struct {
		name    string
		durable bool
	}{{"durable x", true}, {"transient x", false}} {
		if err := ch.ExchangeDeclare(x.name, "topic", x.durable, false, false, false, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []string{"kept", "lost"} {
		declare(t, ch, q, q == "kept")
		if err := ch.QueueBind(q, "key", "durable x", false, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	for i, body := range []string{"one", "two", "three"} {
		c, err := ch.PublishWithDeferredConfirm("", "kept", false, false, amqp.Publishing{Body: []byte(body), DeliveryMode: uint8(2 - i%2)})
		if err != nil || !c.Wait() {
			t.Fatal(err)
		}
	}
	if d, ok, err := ch.Get("kept", false); !ok || err != nil || string(d.Body) != "one" {
		t.Fatalf("%q, %t, %v", d.Body, ok, err)
	}
	s.Kill()
	s.Kill()
	if e := <-closed; e == nil || e.Code == amqp.ConnectionForced {
		t.Errorf("a farewell: %v", e)
	}
	if c, err := net.Dial("tcp", s.Addr()); err == nil {
		c.Close()
		t.Error("somebody listens still")
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(); err == nil {
		t.Error("started twice")
	}
	if s.URL() != url || s.ManagementURL() != management {
		t.Errorf("at %s and %s, was at %s and %s", s.URL(), s.ManagementURL(), url, management)
	}
	conn, ch = channelTo(t, url, amqp.Config{})
	if err := ch.PublishWithContext(t.Context(), "durable x", "key", false, false, amqp.Publishing{Body: []byte("four")}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "three", "four"} {
		if d, ok, err := ch.Get("kept", true); !ok || err != nil || string(d.Body) != want {
			t.Errorf("%q, %t, %v, want %q", d.Body, ok, err, want)
		}
	}
	if _, err := ch.QueueDeclarePassive("lost", false, false, false, false, nil); err == nil {
		t.Error("a transient queue outlived")
	}
	if ch, _ = conn.Channel(); ch.ExchangeDeclarePassive("transient x", "topic", false, false, false, false, nil) == nil {
		t.Error("a transient exchange outlived")
	}
}

func TestAcceptFaults(t *testing.T) {
	var refuse atomic.Bool
	s := start(t, Options{Faults: Faults{
		Accept: func(string) Fault { return Fault{Cut: refuse.Load()} },
		Frame: func(_ string, in bool, f wire.Frame) Fault {
			id, _, _ := wire.SplitMethod(f.Payload)
			return Fault{Cut: in && id == wire.IDQueueDelete && f.Type == wire.FrameMethod}
		},
	}})
	refuse.Store(true)
	if _, err := amqp.Dial(s.URL()); err == nil {
		t.Error("not refused")
	}
	refuse.Store(false)
	conn, ch := channelTo(t, s.URL(), amqp.Config{})
	declare(t, ch, "q", false)
	if _, err := ch.QueueDelete("q", false, false, false); err == nil || !conn.IsClosed() {
		t.Errorf("not cut: %v", err)
	}
}

// certificate makes a certificate for name, signed by parent or by itself.
func certificate(t *testing.T, name string, parent *tls.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	issuer, signer := template, any(key)
	if parent == nil {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	} else {
		issuer, signer = parent.Leaf, parent.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// external answers with the mechanism EXTERNAL.
type external struct{}

func (external) Mechanism() string { return "EXTERNAL" }
func (external) Response() string  { return "" }

// TestTLS speaks amqps and https with certificates on both sides.
func TestTLS(t *testing.T) {
	ca := certificate(t, "ca", nil)
	pool := x509.NewCertPool()
	pool.AddCert(ca.Leaf)
	s := start(t, Options{
		TLS: &tls.Config{
			Certificates: []tls.Certificate{certificate(t, "localhost", &ca)},
			ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: pool,
		},
		External: true, Users: []User{{Name: "carol"}},
	})
	client := &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{certificate(t, "carol", &ca)}}
	if _, err := amqp.DialTLS(s.SecureURL(), &tls.Config{RootCAs: pool}); err == nil {
		t.Error("a client without a certificate")
	}
	if _, err := amqp.DialTLS(s.SecureURL(), &tls.Config{Certificates: client.Certificates}); err == nil {
		t.Error("a server that the client does not trust")
	}
	for _, sasl := range []amqp.Authentication{&amqp.PlainAuth{Username: "guest", Password: "guest"}, external{}} {
		_, ch := channelTo(t, s.SecureURL(), amqp.Config{TLSClientConfig: client, SASL: []amqp.Authentication{sasl}})
		declare(t, ch, "q", false)
	}
	transport := &http.Transport{TLSClientConfig: client}
	defer transport.CloseIdleConnections()
	var connections []struct {
		User     string
		SSL      bool
		Protocol string `json:"ssl_protocol"`
	}
	testkit.Eventually(t, "both connections are listed", func() bool {
		ask(t, &http.Client{Transport: transport}, s.SecureManagementURL()+"/api/connections", &connections)
		return len(connections) == 2
	})
	users := ""
	for _, c := range connections {
		if !c.SSL || c.Protocol != "tlsv1.3" {
			t.Errorf("%+v", c)
		}
		users += c.User
	}
	if users != "guestcarol" && users != "carolguest" {
		t.Errorf("users %q", users)
	}
}

func TestPortTaken(t *testing.T) {
	s := start(t, Options{})
	if second, err := Start(Options{Addr: s.Addr()}); err == nil {
		second.Close()
		t.Error("two servers at one address")
	}
}
