package spans

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

func searched() *Span {
	return &Span{
		TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", ID: "00f067aa0ba902b7", Name: "publish Orders:created", Kind: "producer",
		Duration: 12 * time.Millisecond, Status: "Error", StatusText: "NO_ROUTE", Scope: "shop/amqp",
		Attributes: []Attr{
			{Key: "messaging.destination.name", Value: "Orders:created"},
			{Key: "db.system", Value: "redis"},
			{Key: "codec.format", Value: "messagepack"},
			{Key: "http.response.status_code", Value: "503"},
			{Key: "bustop.redis.key", Value: "user:1"},
			{Key: "messaging.operation.name", Value: "publish"},
		},
		Resource: []Attr{{Key: "service.name", Value: "shop"}},
		Events:   []Event{{Name: "retry", Attributes: []Attr{{Key: "attempt", Value: "2"}}}},
		Links:    []Link{{TraceID: "abcdef0123456789abcdef0123456789", SpanID: "1122334455667788"}},
	}
}

func TestSearchConditions(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                       true,
		"orders":                                 true,
		"NO_route":                               true,
		"shop":                                   true,
		"messagepack redis":                      true,
		"messagepack missing":                    false,
		`"publish orders"`:                       true,
		`"orders publish"`:                       false,
		"4bf92f35":                               true,
		"00f067":                                 true,
		"abcdef01":                               true,
		"11223344":                               true,
		"retry":                                  true,
		"!retry":                                 false,
		"!missing":                               true,
		"name=publish*":                          true,
		"name=publish":                           false,
		"name=*CREATED":                          true,
		"service=SHOP":                           true,
		"service=shops":                          false,
		"status=error":                           true,
		"!status=error":                          false,
		"status!=error":                          false,
		"!status!=error":                         true,
		"kind=producer":                          true,
		"status:error kind:producer":             true,
		"!status:error":                          false,
		"status:ok":                              false,
		"name:publish*":                          true,
		"duration:>10ms":                         true,
		`"status:error"`:                         false,
		"orders:created":                         true,
		"messaging.destination.name=orders:c*":   true,
		"scope=shop/*":                           true,
		"trace=4bf9*":                            true,
		">10ms":                                  true,
		">12ms":                                  false,
		"<1s >1us":                               true,
		"duration>10ms":                          true,
		"duration=12ms":                          true,
		"messaging.destination.name=orders*":     true,
		"messaging.destination=orders:*":         true,
		"db.system=redis":                        true,
		"db.system.name=redis":                   true,
		"db.redis.key=user:1":                    true,
		"messaging.operation=publish":            true,
		"codec.format=messagepack":               true,
		"codec.format=*":                         true,
		"codec.missing=*":                        false,
		"http.response.status_code>499":          true,
		"http.status_code<500":                   false,
		"attempt=2":                              true,
		"codec.format>3":                         false,
		`messaging.destination="Orders:c*"`:      true,
		"service.name=shop status=error nothing": false,
	} {
		s, err := ParseSearch(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := s.Match(searched()); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		} else if s.Empty() != (text == "") {
			t.Errorf("%q: empty is %v", text, s.Empty())
		}
	}
	for _, text := range []string{"=x", ">soon", "duration>5", "n>many", `"open`} {
		if _, err := ParseSearch(text); err == nil {
			t.Errorf("%q is understood", text)
		}
	}
}

// TestLeastWith holds the bound of integers against all small ones.
func TestLeastWith(t *testing.T) {
	for _, part := range []string{"", "0", "00", "7", "-7", "10", "01", "99", "-10", "123"} {
		least := leastWith(part)
		for n := int64(-2000); n <= 2000; n++ {
			if strings.Contains(strconv.FormatInt(n, 10), part) && uint64(max(n, -n)) < least {
				t.Errorf("%d holds %q, and is taken for too small", n, part)
			}
		}
	}
	if least := leastWith("99999999999999999999999999"); least != 1e18 {
		t.Errorf("%d", least)
	}
}

// TestOlderNames holds that an attribute is found by whichever name a person types and an application sent.
func TestOlderNames(t *testing.T) {
	pairs := append(renamed(), [][2]string{
		// the names of the original documents
		{"messaging.destination", "messaging.destination.name"},
		{"messaging.message_id", "messaging.message.id"},
		{"messaging.message_payload_size_bytes", "messaging.message.body.size"},
		{"messaging.rabbitmq.routing_key", "messaging.rabbitmq.destination.routing_key"},
		{"db.system", "db.system.name"},
		{"db.operation", "db.operation.name"},
		{"db.statement", "db.query.text"},
		{"db.redis.key", "bustop.redis.key"},
		{"codec.format", "codec.format"},
		{"codec.operation", "codec.operation"},
		{"codec.output_size_bytes", "codec.output_size_bytes"},
	}...)
	for _, pair := range pairs {
		for _, way := range [][2]string{pair, {pair[1], pair[0]}} {
			typed, sent := way[0], way[1]
			span := &Span{Attributes: []Attr{{Key: sent, Value: "17"}}}
			store := NewStore(0)
			store.AddReceived(Batch{Spans: []Data{{
				TraceID: trace.TraceID{1}, ID: trace.SpanID{1}, Attributes: []attribute.KeyValue{attribute.String(sent, "17")},
			}}})
			for value, want := range map[string]bool{"=17": true, "=1*": true, ">16": true, "=18": false, ">17": false} {
				where, err := ParseSearch(typed + value)
				if err != nil {
					t.Fatal(err)
				}
				if got := where.Match(span); got != want {
					t.Errorf("%s%s of a span with %s: %v", typed, value, sent, got)
				}
				if _, n := store.Search(Query{Where: where}); (n == 1) != want {
					t.Errorf("%s%s of a store with %s: %d", typed, value, sent, n)
				}
			}
			if got, _ := span.Attribute(typed); got != "17" {
				t.Errorf("%s of a span with %s: %q", typed, sent, got)
			}
		}
	}
}
