package demo

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

// tell returns the first n events of a seed.
func tell(seed int64, n int) []event {
	s := newStory(seed)
	events := make([]event, n)
	for i := range events {
		events[i] = s.next()
	}
	return events
}

func TestTheSameSeedTellsTheSameStory(t *testing.T) {
	first, again, other := tell(7, 3000), tell(7, 3000), tell(8, 3000)
	if !reflect.DeepEqual(first, again) {
		t.Fatal("the same seed tells two stories")
	}
	if reflect.DeepEqual(first, other) {
		t.Fatal("two seeds tell the same story")
	}
	when := time.Unix(1_700_000_000, 0)
	for i := range first {
		if first[i].order == nil {
			continue
		}
		a, errA := first[i].order.travelling(when)
		b, errB := again[i].order.travelling(when)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Fatalf("order %d travels in two ways: %v, %v", i, errA, errB)
		}
	}
}

func TestTheStoryHasEverything(t *testing.T) {
	seen := map[string]int{}
	var last float64
	for _, e := range tell(1, 3000) {
		if e.at < last {
			t.Fatalf("time runs back from %v to %v", last, e.at)
		}
		last = e.at
		switch {
		case e.order != nil:
			seen["order "+e.order.format.contentType+e.order.format.contentEncoding]++
			seen["region "+e.order.Region]++
			if e.order.poison {
				seen["poison"]++
			}
			if e.order.TotalCents >= bigOrder {
				seen["big"]++
			}
			if !e.order.trace.IsValid() {
				t.Fatalf("%s has no trace", e.order.ID)
			}
		case e.price != nil:
			seen["price "+e.price.format.contentType+e.price.format.contentEncoding]++
			seen["price of "+e.price.Symbol]++
		case e.sale != nil:
			seen["sale"]++
		case e.job != nil:
			seen["job"]++
		}
	}
	for what, least := range map[string]int{
		"order application/json": 50, "order application/cbor": 50, "order application/msgpack": 100, "order application/msgpackgzip": 50,
		"price application/json": 50, "price application/cbor": 50, "price application/msgpack": 100, "price application/msgpackgzip": 50,
		"price of BEAN": 100, "region eu": 300, "region us": 50, "region asia": 50, "poison": 10, "big": 30, "sale": 300, "job": 300,
	} {
		if seen[what] < least {
			t.Errorf("%s: %d times, want at least %d", what, seen[what], least)
		}
	}
	if last < 2000 || last > 3300 {
		t.Errorf("3000 events take %.0f units of time", last)
	}
	t.Log(seen)
}

func TestOrdersTravel(t *testing.T) {
	when := time.Unix(1_700_000_000, 123_000_000).UTC()
	for _, e := range tell(3, 1000) {
		o := e.order
		if o == nil {
			continue
		}
		body, err := o.travelling(when)
		if err != nil {
			t.Fatal(err)
		}
		var got order
		err = o.format.decode(body, &got)
		if o.poison {
			if err == nil {
				t.Fatalf("%s is poison and can be read: %s %q", o.ID, o.format.contentType, body)
			}
			continue
		}
		got.PlacedAt = got.PlacedAt.UTC()
		want := *o
		want.PlacedAt, want.format, want.poison, want.trace, want.bill, want.ship = when, got.format, false, got.trace, 0, 0
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("as %v: %v\ngot  %+v\nwant %+v", o.format, err, got, want)
		}
	}
}
