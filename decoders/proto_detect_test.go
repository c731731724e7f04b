package decoders

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestSchemaNamesMessages: messages of a schema are found by themselves, whole or in a frame.
func TestSchemaNamesMessages(t *testing.T) {
	t.Parallel()
	files := compiled(t)
	schema := NewSchema(files)
	m := protoMaker{r: rand.New(rand.NewPCG(2, 6)), files: files, share: 0.7, named: true}
	right, wrong, n := 0, 0, 0
	for range rounds(600) {
		name := []string{"shop.v1.Order", "shop.v1.All", "old.Record"}[n%3]
		data := marshalled(t, m.message(messageOfType(t, files, name), 0))
		if len(data) < 24 {
			continue
		}
		n++
		r := Decode(data, Options{Schema: schema})
		switch got := r.Layers[0].Message; {
		case got == name && r.Chain() == "protobuf:"+name && r.Confidence() >= 0.85:
			right++
		case got != "":
			wrong++
			t.Logf("%x: %s, want %s", data, r.Chain(), name)
		}
		checkResult(t, r, data)
	}
	if wrong > 0 || right*100 < n*95 {
		t.Errorf("%d of %d named right, %d wrong", right, n, wrong)
	}
	t.Logf("%d of %d named right, %d wrong", right, n, wrong)
}

func orderMessage(t testing.TB) []byte {
	files := compiled(t)
	m := protoMaker{r: rand.New(rand.NewPCG(1, 1)), files: files, share: 1, named: true}
	msg := m.message(messageOfType(t, files, "shop.v1.Order"), 0)
	fields := msg.Descriptor().Fields()
	msg.Set(fields.ByName("id"), protoreflect.ValueOfString("o-17"))
	msg.Set(fields.ByName("status"), protoreflect.ValueOfEnum(1))
	return marshalled(t, msg)
}

func TestSchemaInsideLayers(t *testing.T) {
	schema := NewSchema(compiled(t))
	data := orderMessage(t)
	frame := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(data))), data...)
	for _, tt := range []struct {
		name, as, chain string
		data            []byte
	}{
		{"plain", "", "protobuf:shop.v1.Order", data},
		{"grpc", "", "grpc → protobuf:shop.v1.Order", frame},
		{"gzip", "", "gzip → protobuf:shop.v1.Order", gzipped(t, data)},
		{"pinned chain", "gzip → protobuf:shop.v1.Order", "gzip → protobuf:shop.v1.Order", gzipped(t, data)},
		{"pinned by the end of its name", "gzip,protobuf:v1.order", "gzip → protobuf:shop.v1.Order", gzipped(t, data)},
		{"pinned frame", "grpc", "grpc → protobuf:shop.v1.Order", frame},
		{"pinned without a message", "protobuf", "protobuf:shop.v1.Order", data},
	} {
		r := Decode(tt.data, Options{As: tt.as, Schema: schema})
		if r.Chain() != tt.chain || r.Fault != nil || r.Tree == nil || r.Tree.Key(1) != "id" {
			t.Errorf("%s: %s %+v", tt.name, r.Chain(), r.Fault)
		}
		if again := Decode(tt.data, Options{As: r.Chain(), Schema: schema}); again.Chain() != r.Chain() {
			t.Errorf("%s: %s pinned is %s", tt.name, r.Chain(), again.Chain())
		}
	}
	r := Decode(data, Options{Schema: schema})
	if reason := r.Layers[0].Reason; !strings.HasPrefix(reason, "shop.v1.Order, ") || !strings.Contains(reason, "fields known") {
		t.Error(reason)
	}
}

// TestSchemaMakesNothingElseProtobuf: what is another format without a schema is it with one.
func TestSchemaMakesNothingElseProtobuf(t *testing.T) {
	schema := NewSchema(compiled(t))
	r := rand.New(rand.NewPCG(8, 8))
	payloads := [][]byte{
		[]byte("\n\x05hello"), []byte("\n\x20" + strings.Repeat("e", 32)), []byte("hello"), []byte("42"), []byte("x\x01"),
	}
	for range 300 {
		payloads = append(payloads, packed(t, message(r)), cbored(t, message(r)), jsoned(t, message(r)))
	}
	for _, data := range payloads {
		plain := Decode(data, Options{}).Format
		if plain == "protobuf" || plain == "binary" {
			continue
		}
		if got := Decode(data, Options{Schema: schema}); got.Format != plain {
			t.Errorf("%x: %s with a schema, %s without", data, got.Chain(), plain)
		}
	}
}

// TestTypesThatLookAlike: where two types explain a payload neither is taken, and both are named.
func TestTypesThatLookAlike(t *testing.T) {
	schema := NewSchema(compiled(t))
	data := unhex(t, "0a0a 6f2d31373334353637 38") // id of one Order, of the other, sku of an Item
	r := Decode(data, Options{As: "protobuf", Schema: schema})
	if r.Layers[0].Message != "" || len(r.Also) < 2 || !strings.HasPrefix(r.Also[0].Format, "protobuf:") {
		t.Errorf("%s, also %v", r.Chain(), r.Also)
	}
	checkResult(t, r, data)
}

func TestResolve(t *testing.T) {
	schema := NewSchema(compiled(t))
	for _, tt := range []struct{ name, full, fault string }{
		{"shop.v1.Order", "shop.v1.Order", ""},
		{".shop.v1.Order", "shop.v1.Order", ""},
		{"v1.Order", "shop.v1.Order", ""},
		{"item", "shop.v1.Item", ""},
		{"Part", "old.Record.Detail.Part", ""},
		{"Timestamp", "google.protobuf.Timestamp", ""},
		{"Order", "", "message Order is ambiguous: old.Order, shop.v1.Order"},
		{"shop.Order", "", "no message shop.Order in the schema; there are old.Order, shop.v1.Order"},
		{"Nothing", "", "no message Nothing in the schema; there are old.Order, old.Record, old.Record.Detail, old.Record.Detail.Part, shop.v1.All, shop.v1.Item, shop.v1.Order"},
	} {
		full, err := schema.Resolve(tt.name)
		if full != tt.full || (err == nil) != (tt.fault == "") || err != nil && err.Error() != tt.fault {
			t.Errorf("%s: %q, %v", tt.name, full, err)
		}
	}
	for as, fault := range map[string]string{
		"gzip → protobuf:Item": "", "protobuf": "", "gzip:Item": "no format", "nope": "no format", "protobuf:Nope": "no message Nope in the schema",
	} {
		if err := schema.Check(as); (err == nil) != (fault == "") || err != nil && !strings.HasPrefix(err.Error(), fault) {
			t.Errorf("%s: %v", as, err)
		}
	}
	if _, err := (*Schema)(nil).Resolve("Order"); err == nil || !strings.Contains(err.Error(), "no schema") {
		t.Error(err)
	}
}

// FuzzSchema holds the promises of every result for any payload read as any message.
func FuzzSchema(f *testing.F) {
	files := compiled(f)
	schema := NewSchema(files)
	m := protoMaker{r: rand.New(rand.NewPCG(5, 5)), files: files, share: 0.4}
	names := schema.Messages()
	for i, name := range names {
		data := marshalled(f, m.message(messageOfType(f, files, name), 0))
		f.Add(data, byte(i))
		f.Add(data[:len(data)/2], byte(i))
		f.Add(data, byte(len(names)))
	}
	f.Add(unhex(f, "ca0105120178 0805 ca0100 9a02020801 aa02090a070a01611202 0800"), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, as byte) {
		opt := Options{Schema: schema}
		if n := int(as) % (len(names) + 1); n < len(names) {
			opt.As = "protobuf:" + names[n]
		}
		r := Decode(data, opt)
		checkResult(t, r, data)
		if r.Tree != nil {
			r.Tree.Find("name")
			r.Tree.Search("a", 0)
			r.Notate(Notation{Indent: true})
		}
	})
}
