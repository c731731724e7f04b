package jsonout_test

import (
	"encoding/json"
	"testing"
	"time"

	"bustop/backends"
	"bustop/views/jsonout"

	"github.com/google/go-cmp/cmp"
)

// TestHealthOfABroker: what a script on call asks for, what was not told as null, and a list that is empty as
// an empty one.
func TestHealthOfABroker(t *testing.T) {
	c, denied := backends.ExactCount, &backends.Error{Reason: backends.Denied, What: "not permitted"}
	full := jsonout.HealthBroker{
		Nodes: []backends.BrokerNode{
			{
				Name: "rabbit@a\xff", Ours: true, Uptime: backends.ExactSpan(time.Minute), Memory: backends.Usage{Used: c(90), Limit: c(100)}, DiskFree: c(5), DiskLimit: c(7),
				Files: backends.Usage{Used: c(1), Limit: c(2)}, RunQueue: c(0), MemoryAlarm: backends.Span{Value: time.Second, Certainty: backends.AtLeast}, Partitions: []string{"rabbit@b"},
			},
			{Name: "rabbit@b", Down: true},
		},
		States: &backends.ConnectionStates{Total: c(10_000), Blocked: c(3), Blocking: backends.CountAtLeast(497)},
		Vhosts: []backends.BrokerVhost{
			{Name: "/", Ours: true, Ready: c(4), Publish: backends.ExactRate(1.5), Limits: map[string]int64{"max-queues": 5}, Tracing: true},
			{Name: "x", LimitsErr: denied, DownOn: []string{"rabbit@b"}},
		},
		Rules: &backends.BrokerRules{
			Policies: backends.Part[backends.BrokerPolicy]{Items: []backends.BrokerPolicy{{Name: "p", Vhost: "/", Pattern: ".*", Priority: c(1), Definition: []string{"max-length = 5"}}}},
			Operator: backends.Part[backends.BrokerPolicy]{Err: denied},
		},
		Links: &backends.BrokerTransfers{
			Shovels: backends.Part[backends.BrokerTransfer]{Items: []backends.BrokerTransfer{
				{Name: "s", Vhost: "/", State: "running", Since: "2026-11-23 11:38:25", For: backends.Span{Value: time.Minute, Certainty: backends.About}, From: "a", To: "b"},
				{Name: "t", Vhost: "/", State: "terminated", Since: "2026-11-23 11:38:25", Problem: "refused"},
			}},
			NoFederation: true,
		},
		Rights: &backends.BrokerRights{
			User: "ops", Tags: []string{"monitoring"}, Permissions: backends.Part[backends.BrokerPermission]{Err: denied},
			Abilities: []backends.BrokerAbility{{What: "a", Verdict: backends.Granted}, {What: "b", Verdict: backends.Missing, Right: "r", Advice: "d"}, {What: "c"}},
		},
		Features: []backends.BrokerFeature{},
	}
	got := brokerHealth(t, full)
	node := got["nodes"].([]any)[0].(map[string]any)
	transfer := got["shovels"].([]any)
	want := map[string]any{
		"connection_states": map[string]any{
			"total": 10000.0, "blocked": 3.0, "blocking": 497.0, "blocking_certainty": "at_least", "flow": nil,
		},
		"policies": []any{map[string]any{
			"name": "p", "vhost": "/", "pattern": ".*", "apply_to": nil, "priority": 1.0, "definition": []any{"max-length = 5"},
		}},
		"operator_policies": nil, "federation_links": nil, "feature_flags": []any{},
		"rights": map[string]any{
			"user": "ops", "tags": []any{"monitoring"}, "permissions": nil,
			"abilities": []any{
				map[string]any{"what": "a", "granted": true, "takes": nil, "advice": nil},
				map[string]any{"what": "b", "granted": false, "takes": "r", "advice": "d"},
				map[string]any{"what": "c", "granted": nil, "takes": nil, "advice": nil},
			},
		},
	}
	for field, value := range want {
		if diff := cmp.Diff(value, got[field]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", field, diff)
		}
	}
	for field, value := range map[string]any{
		"name": `rabbit@a\xff`, "name_base64": "cmFiYml0QGH/", "running": true, "answers_us": true, "memory_used": 90.0, "memory_limit": 100.0, "memory_alarm": true,
		"memory_alarm_ms": 1000.0, "memory_alarm_ms_certainty": "at_least", "disk_alarm": false, "disk_alarm_ms": nil, "disk_free": 5.0, "disk_limit": 7.0,
		"file_descriptors_used": 1.0, "file_descriptors_limit": 2.0, "sockets_used": nil, "partitions": []any{"rabbit@b"}, "uptime_ms": 60000.0,
	} {
		if diff := cmp.Diff(value, node[field]); diff != "" {
			t.Errorf("nodes: %s (-want +got):\n%s", field, diff)
		}
	}
	first, second := transfer[0].(map[string]any), transfer[1].(map[string]any)
	if first["state_ms"] != 60000.0 || first["state_ms_certainty"] != "about" || second["state_ms"] != nil || second["state_since_server_clock"] != "2026-11-23 11:38:25" || second["error"] != "refused" {
		t.Errorf("shovels: %v", transfer)
	}
	vhosts := got["vhosts"].([]any)
	if limits := vhosts[0].(map[string]any)["limits"]; !cmp.Equal(limits, any(map[string]any{"max-queues": 5.0})) || vhosts[1].(map[string]any)["limits"] != nil {
		t.Errorf("vhosts: %v", vhosts)
	}
	for field, value := range brokerHealth(t, jsonout.HealthBroker{}) {
		switch field {
		case "nodes", "connection_states", "vhosts", "policies", "operator_policies", "shovels", "federation_links", "rights", "feature_flags":
			if value != nil {
				t.Errorf("%s is told: %v", field, value)
			}
		}
	}
}

// brokerHealth is the object of a health report, read back.
func brokerHealth(t *testing.T, b jsonout.HealthBroker) map[string]any {
	t.Helper()
	var got map[string]any
	text := jsonout.Health(nil, jsonout.Origin{Source: "s", Backend: "rabbitmq"}, jsonout.HealthReport{Broker: &b})
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return got
}
