package rabbitmq

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// TestOddJSON: absent, null, "", [] and words where numbers belong are unknown, never zero.
func TestOddJSON(t *testing.T) {
	for _, text := range []string{
		`{"name":"q"}`,
		`{"name":"q","messages":null,"message_stats":null,"arguments":null,"head_message_timestamp":null,"consumers":null}`,
		`{"name":"q","messages":"","message_stats":"","arguments":[],"policy":"","head_message_timestamp":"","state":null}`,
		`{"name":"q","messages":"undefined","message_stats":[],"arguments":"","consumers":"+Infinity","consumer_details":{}}`,
		`{"name":"q","messages":{},"message_stats":{"publish_details":[]},"consumer_details":["x"],"exclusive":"no"}`,
	} {
		var row management.Queue
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		q := (&source{}).queueFrom(row)
		if q.Name != "q" || q.Total.Known() || q.InRate.Known() || q.Consumers.Known() || !q.HeadTime.IsZero() || q.Type != management.TypeClassic {
			t.Errorf("%s: %+v", text, q)
		}
	}
	var row management.Queue
	if err := json.Unmarshal([]byte(`{"name":"q","messages":"7","message_stats":{"publish_details":{"rate":1.5}},"arguments":{"x-max-length":9007199254740993}}`), &row); err != nil {
		t.Fatal(err)
	}
	limit, ok := row.Limit("max-length")
	if q := (&source{}).queueFrom(row); q.Total != backends.ExactCount(7) || q.InRate != backends.ExactRate(1.5) || !ok || limit != 9007199254740993 {
		t.Errorf("%+v, %d", q, limit)
	}
}

func TestAddresses(t *testing.T) {
	for raw, want := range map[string][3]string{
		"amqp://h":             {"[h:5672]", "/", "http://h:15672"},
		"amqp://h/":            {"[h:5672]", "/", "http://h:15672"},
		"amqp://h/%2F":         {"[h:5672]", "/", "http://h:15672"},
		"amqp://u:p@h:1/v%2Fw": {"[h:1]", "v/w", "http://h:15672"},
		"amqps://[::1]/v":      {"[[::1]:5671]", "v", "https://[::1]:15671"},
		"amqp://h/?management=http://m:1/rabbit/api/":      {"[h:5672]", "/", "http://m:1/rabbit"},
		"amqps://h/v?management=https%3A%2F%2Fu2:p2@m:444": {"[h:5671]", "v", "https://m:444"},
		"amqp://u:p@a,b:5673,[::1]/v":                      {"[a:5672 b:5673 [::1]:5672]", "v", "http://a:15672 http://b:15672 http://[::1]:15672"},
		"amqp://a:1,a:2,a:1/":                              {"[a:1 a:2]", "/", "http://a:15672"},
		"amqps://a,b/?management=http://m1:1,m2:2/x":       {"[a:5671 b:5671]", "/", "http://m1:1/x http://m2:2/x"},
		"amqp://h/100%25%2F%C3%BC%0A?auth_mechanism=PLAIN": {"[h:5672]", "100%/ü\n", "http://h:15672"},
	} {
		u, err := backends.ParseURL(raw)
		if err != nil {
			t.Fatal(err)
		}
		a, err := parseAddress(u, backends.Options{})
		if got := [3]string{fmt.Sprint(a.nodes), a.vhost, managementOf(a)}; err != nil || got != want {
			t.Errorf("%s: %v, %v", raw, got, err)
		}
	}
	for _, raw := range []string{
		"amqp://u:s3cr3t@h:99999/", "amqp://u:s3cr3t@h/?verify=none", "amqp://u:s3cr3t@h/?management=ftp://m",
		"amqp://u:s3cr3t@h/?management=http://a:s3cr3t@m/?x=1", "amqp://u:s3cr3t@h/?%zz", "amqp://u:s3cr3t@h,h2:0/",
		"amqp://u:s3cr3t@h/?auth_mechanism=external", "amqps://u:s3cr3t@h/?auth_mechanism=external", "amqp://u:s3cr3t@h/?auth_mechanism=none", "amqp://u:s3cr3t@h/" + strings.Repeat("v", 256),
	} {
		_, err := backends.Drivers{Driver()}.Open(raw, backends.Options{})
		if backends.ReasonOf(err) != backends.BadUsage || strings.Contains(fmt.Sprint(err), "s3cr3t") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func managementOf(a address) string {
	var all []string
	for _, u := range a.management {
		all = append(all, u.String())
	}
	return strings.Join(all, " ")
}

func FuzzQueueRow(f *testing.F) {
	f.Add(`{"name":"q","messages":1,"arguments":{"x-max-length":1},"message_stats":{"publish_details":{"rate":1}}}`)
	f.Add(`{"name":"q","arguments":[],"effective_policy_definition":[{}],"consumer_details":[{"exclusive":true}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var row management.Queue
		if json.Unmarshal([]byte(text), &row) != nil {
			return
		}
		(&source{}).queueFrom(row)
		planFor(row, management.Version{Major: 4}, "/", spent{})
		var got management.Got
		if json.Unmarshal([]byte(text), &got) == nil {
			_, _ = fromGot(backends.Target{}, got)
		}
	})
}
