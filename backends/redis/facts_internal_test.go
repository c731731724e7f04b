package redis

import (
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"
)

// What a server is called is what it calls itself; redis_version is only which Redis it is like.
func TestProducts(t *testing.T) {
	for text, want := range map[string]string{
		"redis_version:7.0.15\r\n": "redis 7.0.15",
		"redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\n":       "valkey 8.1.0",
		"redis_version:7.4.0\r\ndragonfly_version:df-v1.27.1\r\n":                     "dragonfly df-v1.27.1",
		"redis_version:7.2.4\r\nserver_name:somebody\r\n":                             "redis 7.2.4",
		"redis_version:255.255.255\r\nserver_name:redis\r\nredis_mode:standalone\r\n": "redis 255.255.255",
	} {
		product, version := productOf(parseInfo(text))
		if got := product + " " + version; got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestReplicasThatAreBehind(t *testing.T) {
	i := parseInfo("role:master\r\nmaster_repl_offset:5000\r\nrepl_backlog_size:1000\r\n" +
		"slave0:ip=10.0.0.2,port=6379,state=online,offset=4990,lag=1\r\nslave1:ip=10.0.0.3,port=6379,state=online,offset=1000,lag=42\r\n")
	var facts, texts []string
	for _, f := range healthFacts(i) {
		facts = append(facts, f.Name+": "+f.Value)
	}
	for _, a := range alarms(i, backends.HealthReport{}, growth{}) {
		texts = append(texts, a.Text)
	}
	for _, want := range []string{"replica 10.0.0.2:6379: online, 10 bytes behind, confirmed 1s ago", "replica 10.0.0.3:6379: online, 4000 bytes behind, confirmed 42s ago"} {
		if !strings.Contains(strings.Join(facts, "\n"), want) {
			t.Errorf("the facts lack %q:\n%s", want, strings.Join(facts, "\n"))
		}
	}
	said := strings.Join(texts, "\n")
	if !strings.Contains(said, "10.0.0.3:6379 is 4000 bytes behind") || !strings.Contains(said, "10.0.0.3:6379 has been silent for 42s") || strings.Contains(said, "10.0.0.2") {
		t.Errorf("the alarms are:\n%s", said)
	}
}

func TestCertificatesThatEndSoon(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		left time.Duration
		want string
	}{
		{30 * 24 * time.Hour, ""},
		{13*24*time.Hour + time.Hour, "the server's certificate ends in 13 days"},
		{90*time.Minute + time.Second, "the server's certificate ends in 1h30m0s"},
	} {
		said := ""
		for _, a := range (secrecy{version: 0x0304, ends: now.Add(c.left)}).alarms(now) {
			said += a.Text
		}
		if said != c.want {
			t.Errorf("%v left: %q, want %q", c.left, said, c.want)
		}
	}
	if note := (secrecy{}).note(); note != "" {
		t.Errorf("without TLS: %q", note)
	}
}

// A server or a proxy without HELLO is asked again and again for changes; so is one with protocol=2 that has it.
func TestWatchingWithoutRESP3(t *testing.T) {
	without := testkit.Redis(t, "--rename-command", "HELLO", "")
	with := testkit.Redis(t)
	for _, c := range []struct {
		url  string
		want watching
	}{{without.URL(), byNothing}, {with.URL() + "/?protocol=2", byNothing}, {with.URL() + "/?protocol=3", byTracking}} {
		how, err := openedSource(t, c.url).watchable(t.Context())
		if err != nil || how != c.want {
			t.Errorf("%s: %d, %v; want %d", c.url, how, err, c.want)
		}
	}
}
