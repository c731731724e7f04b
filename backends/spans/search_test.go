package spans

import (
	"strconv"
	"strings"
	"testing"
	"time"
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
