package management

import (
	"strings"
	"testing"
)

func TestReadCoarse(t *testing.T) {
	text := `# TYPE rabbitmq_detailed_queue_messages_ready gauge
# HELP rabbitmq_detailed_queue_messages_ready Messages ready to be delivered to consumers
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="orders"} 12
rabbitmq_detailed_queue_messages_ready{vhost="other",queue="orders"} 99
rabbitmq_detailed_queue_messages_unacked{vhost="/",queue="orders"} 3 1700000000000
rabbitmq_detailed_queue_consumers{queue="orders", vhost="/"} 2
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="a \"b\" \\ c\nd,e=\"}"} 1e3
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="undefined"} NaN
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="cut off
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="cut\
rabbitmq_detailed_queue_messages_ready{vhost="/"} 4
rabbitmq_detailed_queue_messages_ready 4
rabbitmq_detailed_queue_process_reductions_total{vhost="/",queue="quiet"} 5
rabbitmq_identity_info{rabbitmq_node="rabbit@a",rabbitmq_cluster="c"} 1
`
	got, err := ReadCoarse(strings.NewReader(text), "/")
	if err != nil || got.Node != "rabbit@a" || got.Cluster != "c" {
		t.Fatalf("%+v, %v", got, err)
	}
	want := map[string]QueueCounts{
		"orders":                {Num(12), Num(3), Num(2)},
		"a \"b\" \\ c\nd,e=\"}": {Ready: Num(1000)},
		"undefined":             {},
	}
	if len(got.Queues) != len(want) {
		t.Errorf("%d queues: %+v", len(got.Queues), got.Queues)
	}
	for name, counts := range want {
		if got.Queues[name] != counts {
			t.Errorf("%q: %+v, want %+v", name, got.Queues[name], counts)
		}
	}
	if _, err := ReadCoarse(strings.NewReader(strings.Repeat("x", maxLine+1)), "/"); err == nil {
		t.Error("a line without an end is read")
	}
}

func FuzzReadCoarse(f *testing.F) {
	f.Add(`rabbitmq_detailed_queue_messages_ready{vhost="/",queue="a\"\\\n"} 1`)
	f.Add("rabbitmq_identity_info{a=\"\\")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ReadCoarse(strings.NewReader(text), "/")
		if err != nil {
			return
		}
		if most := strings.Count(text, "\n") + 1; len(got.Queues) > most {
			t.Errorf("%d queues in %d lines", len(got.Queues), most)
		}
	})
}
