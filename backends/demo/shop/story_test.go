package shop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"
)

// aDate is when things happen in tests of what they look like.
func aDate() time.Time { return time.Unix(1_700_000_000, 123_000_000).UTC() }

// tell returns the first n events of a seed, dated.
func tell(seed int64, scenario Scenario, n int) []event {
	s := newStory(seed, scenario)
	events := make([]event, n)
	for i := range events {
		events[i] = s.next()
		events[i].happens(aDate().Add(time.Duration(events[i].at * float64(time.Second))).Truncate(time.Millisecond))
	}
	return events
}

func testCoder(t *testing.T) *coder {
	t.Helper()
	c, err := newCoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

// bytesOf is what an event writes at first, with its address.
func bytesOf(t *testing.T, s *Shop, e event) string {
	t.Helper()
	var where string
	var body []byte
	var err error
	switch {
	case e.order != nil:
		var p parcel
		p, err = s.placed(e.order)
		where, body = fmt.Sprint(p.exchange, p.key, p.id, p.headers, e.order.trace.TraceID()), p.body
	case e.price != nil:
		where = e.price.Symbol
		body, err = s.encode(e.price.format, e.price)
	case e.sale != nil:
		where = fmt.Sprint(*e.sale)
	case e.job != nil:
		where, body, err = jobBytes(s, e.job)
	case e.visit != nil:
		where = fmt.Sprint(*e.visit)
	case e.quote != nil:
		body, err = s.encode(e.quote.format, e.quote)
	case e.click != nil:
		body, err = s.encode(e.click.format, e.click)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %x", where, body)
}

func jobBytes(s *Shop, j *job) (where string, body []byte, err error) {
	switch j.queue {
	case onBull:
		fields, err := bullOf(j, map[string]string{"traceparent": "00-1"})
		return "bull", fmt.Appendf(nil, "%s", fields), err
	case onSidekiq:
		body, err = json.Marshal(sidekiqOf(j, "00-1"))
		return "sidekiq", body, err
	default:
		body, err = s.encode(j.format, j)
		return "list", body, err
	}
}

func TestTheSameSeedTellsTheSameStory(t *testing.T) {
	for _, scenario := range Scenarios() {
		t.Run(string(scenario), func(t *testing.T) {
			s := &Shop{coder: testCoder(t)}
			first, again, other := tell(7, scenario, 2000), tell(7, scenario, 2000), tell(8, scenario, 2000)
			if !reflect.DeepEqual(first, again) {
				t.Fatal("the same seed tells two stories")
			}
			if reflect.DeepEqual(first, other) {
				t.Fatal("two seeds tell the same story")
			}
			differ := 0
			for i := range first {
				a, b := bytesOf(t, s, first[i]), bytesOf(t, s, again[i])
				if a != b {
					t.Fatalf("event %d is written in two ways:\n%s\n%s", i, a, b)
				}
				if bytesOf(t, s, other[i]) != a {
					differ++
				}
			}
			if differ < 1950 {
				t.Errorf("only %d of 2000 events look different with another seed", differ)
			}
		})
	}
}

func TestTheIncidentTellsTheCalmStory(t *testing.T) {
	// What goes wrong in an incident is the timeline's; what customers do is the same.
	if !reflect.DeepEqual(tell(5, Calm, 1000), tell(5, Incident, 1000)) {
		t.Error("customers know about the incident")
	}
}

func TestTheMixes(t *testing.T) {
	for _, scenario := range Scenarios() {
		sum := 0
		for k, weight := range scenario.mix() {
			if sum += weight; weight < 1 {
				t.Errorf("%s has nothing of kind %d", scenario, k)
			}
		}
		if sum != 100 {
			t.Errorf("%s sums up to %d", scenario, sum)
		}
	}
}

// seen counts what tells events apart.
func seen(events []event) map[string]int {
	seen := map[string]int{}
	for _, e := range events {
		switch {
		case e.order != nil:
			o := e.order
			seen["order "+o.format.contentType+o.format.contentEncoding]++
			seen["region "+o.Region]++
			seen[fmt.Sprint("poison ", o.poison)]++
			seen[fmt.Sprint("jammed ", o.fate.jammed)]++
			seen[fmt.Sprint("declined ", o.fate.declines)]++
			seen[fmt.Sprint("big ", o.TotalCents >= bigOrder)]++
			seen[fmt.Sprint("traced ", o.trace.IsValid())]++
		case e.price != nil:
			seen["price "+e.price.format.contentType+e.price.format.contentEncoding]++
			seen["price of "+e.price.Symbol]++
		case e.sale != nil:
			seen["sale"]++
			seen[fmt.Sprint("returned ", e.sale.cents < 0)]++
		case e.job != nil:
			seen[fmt.Sprint("job in ", e.job.queue)]++
			seen[fmt.Sprint("job fails ", e.job.failures)]++
			seen[fmt.Sprint("job waits ", e.job.delay > 0)]++
		case e.visit != nil:
			seen["visit"]++
		case e.quote != nil:
			seen["quote"]++
		case e.click != nil:
			seen["click"]++
		}
	}
	return seen
}

func TestTheStoryHasEverything(t *testing.T) {
	for _, tt := range []struct {
		scenario Scenario
		want     map[string]int
	}{
		{Calm, map[string]int{
			"order application/json": 50, "order application/cbor": 50, "order application/msgpack": 150,
			"order application/msgpackgzip": 50, "order application/x-protobuf": 50, "order application/jsondeflate": 50, "order application/cborzstd": 50,
			"price application/json": 50, "price application/cbor": 50, "price application/msgpack": 100, "price application/x-protobuf": 50,
			"price application/msgpackgzip": 50, "price of BEAN": 100, "region eu": 300, "region us": 50, "region asia": 50,
			"poison true": 10, "big true": 30, "jammed true": 5, "declined 1": 20, "declined 2": 10, "declined 3": 10, "declined 4": 5, "sale": 300,
			"returned true": 100, "returned false": 100, "job in 0": 100, "job in 1": 100, "job in 2": 100, "job fails 1": 3, "job fails 4": 3, "job waits true": 50,
			"visit": 200, "quote": 60, "click": 100,
		}},
		{Flood, map[string]int{"click": 2000, "price of BEAN": 100, "job in 2": 20, "visit": 80, "quote": 20, "poison true": 1, "sale": 120, "region eu": 50}},
	} {
		got := seen(tell(1, tt.scenario, 4000))
		for what, least := range tt.want {
			if got[what] < least {
				t.Errorf("%s: %s: %d times, want at least %d", tt.scenario, what, got[what], least)
			}
		}
		if got["traced false"] > 0 {
			t.Errorf("%d orders have no trace", got["traced false"])
		}
	}
}

func TestTimeInTheStory(t *testing.T) {
	var last float64
	for _, e := range tell(1, Calm, 3000) {
		if e.at < last {
			t.Fatalf("time runs back from %v to %v", last, e.at)
		}
		last = e.at
	}
	if last < 2000 || last > 3300 {
		t.Errorf("3000 events take %.0f units of time", last)
	}
}

func TestOrdersTravel(t *testing.T) {
	s := &Shop{coder: testCoder(t)}
	for _, e := range tell(3, Calm, 3000) {
		o := e.order
		if o == nil {
			continue
		}
		p, err := s.placed(o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.readOrder(deliveryOf(p))
		if o.poison {
			if err == nil {
				t.Fatalf("%s is poison and can be read: %v %q", o.ID, o.format, p.body)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s as %v: %v", o.ID, o.format, err)
		}
		got.PlacedAt = got.PlacedAt.UTC()
		want := *o
		want.trace, want.poison = got.trace, false
		if !reflect.DeepEqual(*got, want) {
			t.Fatalf("as %v\ngot  %+v\nwant %+v", o.format, *got, want)
		}
	}
}

func TestCutOffOrdersCannotBeRead(t *testing.T) {
	s := &Shop{coder: testCoder(t)}
	for i, e := range tell(9, Calm, 400) {
		if e.order == nil || e.order.poison {
			continue
		}
		p, err := s.placed(e.order)
		if err != nil {
			t.Fatal(err)
		}
		whole := p.body
		for n := range whole {
			if p.body = whole[:n]; bytes.Equal(p.body, whole) {
				break
			}
			if got, err := s.readOrder(deliveryOf(p)); err == nil {
				t.Fatalf("order %d as %v: the first %d of %d bytes are %+v", i, p.format, n, len(whole), got)
			}
		}
	}
}
