package decoders

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/vmihailenco/msgpack/v5"
)

// message makes what services send each other: events, orders, metrics, arrays of them.
func message(r *rand.Rand) any {
	word := func() string {
		words := []string{
			"order", "created", "Ada", "Köln", "paid", "a", "shipment-7", "eu-west-1", "Zürich", "x@example.org", "", "Widget, blue",
		}
		return words[r.IntN(len(words))]
	}
	switch r.IntN(6) {
	case 0:
		return map[string]any{"id": r.IntN(1 << 20), "type": word() + "." + word(), "at": time.Unix(int64(r.IntN(1<<31)), 0).UTC().Format(time.RFC3339)}
	case 1:
		return map[string]any{"user": map[string]any{"name": word(), "age": r.IntN(99), "tags": []string{word(), word()}}, "ok": r.IntN(2) == 0}
	case 2:
		return []any{word(), r.IntN(1000), r.Float64() * 100, nil, map[string]any{"k": word()}}
	case 3:
		return map[string]any{"v": r.IntN(100), "t": int64(r.IntN(1 << 31)), "price": float64(r.IntN(10000)) / 100, "sym": word()}
	case 4:
		blob := make([]byte, r.IntN(60))
		for i := range blob {
			blob[i] = byte(r.Uint32())
		}
		return map[string]any{"key": fmt.Sprintf("%x", r.Uint64()), "sig": blob, "seq": r.Uint64()}
	default:
		list := make([]any, 1+r.IntN(8))
		for i := range list {
			list[i] = r.IntN(1 << (1 + r.IntN(30)))
		}
		return map[string]any{"samples": list, "unit": "ms"}
	}
}

// TestDetectionRate holds the share of right answers over generated payloads. The generator is
// seeded; the bars are below what is reached.
func TestDetectionRate(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	type tally struct{ right, all, sure, wrongSure int }
	count := map[string]*tally{}
	try := func(class, want string, data []byte, partial bool) {
		c := count[class]
		if c == nil {
			c = &tally{}
			count[class] = c
		}
		c.all++
		res := Decode(data, Options{Partial: partial})
		right := res.Format == want && len(res.Layers) == 1
		if right {
			c.right++
		} else if testing.Verbose() {
			t.Logf("%s: %s %.2f also %v: %x", class, res.Chain(), res.Confidence(), res.Also, data)
		}
		if res.Confidence() >= 0.95 {
			c.sure++
			if !right {
				c.wrongSure++
			}
		}
	}
	for range 4000 {
		v := message(r)
		m, err := msgpack.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		c, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		try("msgpack", "msgpack", m, false)
		try("cbor", "cbor", c, false)
		if cut := 12 + r.IntN(len(m)); cut < len(m) {
			try("msgpack cut", "msgpack", m[:cut], false)
			try("msgpack prefix", "msgpack", m[:cut], true)
		}
		if cut := 12 + r.IntN(len(c)); cut < len(c) {
			try("cbor cut", "cbor", c[:cut], false)
			try("cbor prefix", "cbor", c[:cut], true)
		}
		noise := make([]byte, 16+r.IntN(200))
		for i := range noise {
			noise[i] = byte(r.Uint32())
		}
		try("random", "binary", noise, false)
		if short := noise[:5+r.IntN(10)]; !isText(short) {
			try("short random", "binary", short, false)
		}
		try("prefix of random", "binary", noise, true)
	}
	for class, least := range map[string]float64{
		"msgpack": 0.998, "cbor": 0.998, "msgpack cut": 0.97, "msgpack prefix": 0.98, "cbor cut": 0.97, "cbor prefix": 0.98,
		"random": 0.995, "short random": 0.95, "prefix of random": 0.98,
	} {
		c := count[class]
		t.Logf("%-17s %.4f of %d right, sure %d, wrong though sure %d", class, float64(c.right)/float64(c.all), c.all, c.sure, c.wrongSure)
		if float64(c.right) < least*float64(c.all) {
			t.Errorf("%s: %d of %d right", class, c.right, c.all)
		}
		if float64(c.wrongSure) > 0.005*float64(c.sure) {
			t.Errorf("%s: %d of %d sure answers wrong", class, c.wrongSure, c.sure)
		}
	}
}
