package views

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"bustop/backends"
)

// anna is {"id": 17, "name": "Anna"} in MessagePack.
const anna = "\x82\xa2id\x11\xa4name\xa4Anna"

func orders(body string) backends.Message {
	return backends.Message{
		Source: "bus", Target: backends.Target{Kind: backends.KindQueue, Name: "orders.new"},
		Body: []byte(body), Size: len(body),
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a/b.c", true},
		{"?", "", false},
		{"?", "é", true},
		{"a?c", "abc", true},
		{"a*c", "abbc", true},
		{"a*c", "abcd", false},
		{"a*b*c", "a.b.b.c", true},
		{"*.new", "orders.new", true},
		{"orders.*", "orders.", true},
		{"orders.*", "orders", false},
		{"[ab]", "a", false},
		{"a**", "a", true},
	} {
		if got := glob(c.pattern, c.text); got != c.want {
			t.Errorf("glob(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
	// A pattern of stars must not take the time of all ways to match.
	if glob(strings.Repeat("*a", 200)+"b", strings.Repeat("a", 20_000)) {
		t.Error("matched")
	}
}

func TestPinMatches(t *testing.T) {
	queue := place{source: "bus", target: backends.Target{Kind: backends.KindQueue, Name: "orders.new"}}
	field := place{target: backends.Target{Kind: backends.KindStream, Name: "a#b"}, field: "data"}
	tap := place{target: backends.Target{Kind: backends.KindChannel, Name: "price.*"}}
	odd := place{target: backends.Target{Kind: backends.KindQueue, Name: "a\x1bb"}}
	for _, c := range []struct {
		pattern, route string
		where          place
		want           bool
	}{
		{"queue/orders.*", "", queue, true},
		{"queue/orders.new", "", queue, true},
		{"queue/Orders.new", "", queue, false},
		{"stream/orders.*", "", queue, false},
		{"bus:queue/orders.*", "", queue, true},
		{"cache:queue/orders.*", "", queue, false},
		{"*", "", queue, true},
		{"queue/orders.new#who", "", queue, false},
		{"stream/a#b#data", "", field, true},
		{"stream/a#b#*", "", field, true},
		{"stream/a#b", "", field, false}, // that is the body of a#b, or a field b of a
		{"stream/*", "", field, false},
		{"channel/price.eur", "price.eur", tap, true},
		{"channel/price.eur", "price.usd", tap, false},
		{"channel/price.*", "price.usd", tap, true},
		{`queue/a\eb`, "", odd, true},
	} {
		if got := (Pin{Match: c.pattern}).matches(c.where, c.route); got != c.want {
			t.Errorf("%q on %+v: %v", c.pattern, c.where, got)
		}
	}
}

func TestAPinBeatsDetectionAndIsBeatenByAWord(t *testing.T) {
	d := NewDecoder(Pin{"queue/orders.*", "hex → text"}, Pin{"queue/*", "cbor"})
	r := d.Decode(orders("616263"), "")
	if r.Chain() != "hex → text" || string(r.Data) != "abc" || r.Layers[0].Reason != "as pinned for queue/orders.*" {
		t.Errorf("pinned: %s, %+v", r.Chain(), r.Layers)
	}
	if r := d.Decode(orders(anna), ""); r.Fault == nil {
		t.Error("a pin that is wrong shows no fault")
	}
	if r := d.Decode(orders(anna), "msgpack"); r.Chain() != "msgpack" || r.Fault != nil {
		t.Errorf("as msgpack: %s", r.Chain())
	}
	if r := d.Decode(orders(anna), Detect); r.Chain() != "msgpack" || r.Confidence() == 1 {
		t.Errorf("detected: %s", r.Chain())
	}
	if p, ok := d.PinOf(orders(""), nil); !ok || p.Match != "queue/orders.*" {
		t.Errorf("the pin is %+v", p)
	}
	if r := d.DecodeField(orders(""), backends.Field{Name: "who", Value: []byte(anna)}, ""); r.Format != "msgpack" {
		t.Errorf("a field took the pin of bodies: %s", r.Chain())
	}
}

func TestAHintMustParse(t *testing.T) {
	m := orders(anna)
	m.ContentType = "application/json"
	if r := NewDecoder().Decode(m, ""); r.Format != "msgpack" {
		t.Errorf("format %s", r.Format)
	}
}

// numbered is a message of CBOR, long enough to be beyond doubt.
func numbered(n int) backends.Message {
	return orders(fmt.Sprintf("\xa2bid\x1a%04ddnamex\x20%032d", n, n))
}

func TestHistoryCountsEachCompleteMessageOnce(t *testing.T) {
	d := NewDecoder()
	where := place{source: "bus", target: orders("").Target}
	bits := func() float64 { return d.histories.of(where).prior["cbor"] }
	for range 20 {
		d.Decode(numbered(1), "")
	}
	if got := bits(); got != 0.3 {
		t.Errorf("one message decoded 20 times speaks with %v bits", got)
	}
	cut := numbered(2)
	cut.Size++
	d.Decode(cut, "")
	d.Decode(numbered(3), "cbor")
	if got := bits(); got != 0.3 {
		t.Errorf("a part of a message or a word was counted: %v bits", got)
	}
	for n := range 20 {
		d.Decode(numbered(4+n), "")
	}
	if got := bits(); got != 6 {
		t.Errorf("20 messages speak with %v bits", got)
	}
}

func TestStreamEntriesAreToldApartByPosition(t *testing.T) {
	d := NewDecoder()
	m := numbered(1)
	m.Target.Kind = backends.KindStream
	for n := range 3 {
		m.Position = fmt.Sprint(n, "-0")
		d.Decode(m, "")
	}
	if got := d.histories.of(place{source: "bus", target: m.Target}).prior["cbor"]; got <= 0.6 {
		t.Errorf("3 entries speak with %v bits", got)
	}
}

func TestHistoriesAreBounded(t *testing.T) {
	d := NewDecoder()
	for n := range 3 * maxHistories {
		m := numbered(n)
		m.Target.Name = fmt.Sprint(n)
		d.Decode(m, "")
		m.Target.Name = "0"
		d.Decode(m, "")
	}
	if n := len(d.histories.all); n != maxHistories {
		t.Errorf("%d histories", n)
	}
	first := place{source: "bus", target: backends.Target{Kind: backends.KindQueue, Name: "0"}}
	if d.histories.all[first] == nil {
		t.Error("the history used most was forgotten")
	}
}

func TestDecoderServesSeveralGoroutines(t *testing.T) {
	d := NewDecoder(Pin{"queue/x", "text"})
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			for n := range 200 {
				if r := d.Decode(numbered(g*1000+n), ""); r.Format != "cbor" {
					t.Errorf("format %s", r.Format)
				}
			}
		})
	}
	wait.Wait()
}

// notes remembers what it is asked to keep.
type notes struct {
	said []string
	err  error
}

func (n *notes) SetPin(match, as string) error {
	n.said = append(n.said, match+" as "+as)
	return n.err
}

func (n *notes) RemovePin(match string) error {
	n.said = append(n.said, "not "+match)
	return n.err
}

func TestPinsAreKeptAndCountAtOnce(t *testing.T) {
	d := NewDecoder(Pin{"queue/*", "cbor"})
	if err := d.Pin(Pin{"queue/orders.*", "text"}); err == nil {
		t.Error("kept nowhere, without a word")
	}
	if r := d.Decode(orders(anna), ""); r.Format != "text" || d.Changes() != 1 {
		t.Errorf("%s after %d changes", r.Format, d.Changes())
	}
	kept := &notes{}
	d.KeepIn(kept)
	for _, err := range []error{d.Pin(Pin{"queue/*", "msgpack"}), d.Unpin("queue/orders.*")} {
		if err != nil {
			t.Error(err)
		}
	}
	kept.err = errors.New("full")
	if err := d.Pin(Pin{"queue/*", "json"}); !errors.Is(err, kept.err) {
		t.Errorf("error %v", err)
	}
	if got := strings.Join(kept.said, ", "); got != "queue/* as msgpack, not queue/orders.*, queue/* as json" {
		t.Errorf("kept: %s", got)
	}
	if r := d.Decode(orders(anna), ""); r.Format != "json" || r.Layers[0].Reason != "as pinned for queue/*" {
		t.Errorf("%s, %+v", r.Format, r.Layers)
	}
}
