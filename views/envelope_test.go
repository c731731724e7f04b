package views_test

import (
	"testing"

	"bustop/backends"
	"bustop/views"
)

// The chain of an envelope is tried first; what does not open by it is detected, and a pin goes before it.
func TestEnvelopesOpenByTheirChain(t *testing.T) {
	envelope := &backends.Envelope{
		Name: "some library", Decode: "json or base64 → msgpack", Fields: map[string]string{"metadata": "msgpack", "odd": "java serialization"},
	}
	const mine, pin = "as some library writes it", "as pinned for stream/pinned"
	for _, c := range []struct {
		stream, field, body, chain string
		mine                       bool
	}{
		{"s", "", `{"a":1}`, "json", true},
		{"s", "", "gaFhAQ==", "base64 → msgpack", true},
		{"s", "", "hello there", "text", false},
		{"s", "metadata", "\x80", "msgpack", true},
		{"s", "odd", `{"a":1}`, "json", false},
		{"s", "other", `{"a":1}`, "json", false},
		{"pinned", "", `{"a":1}`, "text", false},
	} {
		m := backends.Message{
			Target: backends.Target{Kind: backends.KindStream, Name: c.stream}, Body: []byte(c.body), Size: len(c.body), Envelope: envelope,
		}
		d := views.NewDecoder(views.Pin{Match: "stream/pinned", As: "text"})
		r := d.Decode(m, "")
		if c.field != "" {
			r = d.DecodeField(m, backends.Field{Name: c.field, Value: []byte(c.body)}, "")
		}
		if r.Chain() != c.chain || (r.Layers[0].Reason == mine) != c.mine {
			t.Errorf("%+v: %s, %q", c, r.Chain(), r.Layers[0].Reason)
		}
		if c.stream == "pinned" && r.Layers[0].Reason != pin {
			t.Errorf("pinned: %q", r.Layers[0].Reason)
		}
		if found := d.Decode(m, views.Detect); found.Layers[0].Reason == mine {
			t.Errorf("detection was asked for: %q", found.Layers[0].Reason)
		}
	}
}
