package shop

import (
	"bytes"
	"compress/gzip"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// deliveryOf is how a parcel arrives.
func deliveryOf(p parcel) amqp.Delivery {
	return amqp.Delivery{
		ContentType: p.format.contentType, ContentEncoding: p.format.contentEncoding, Headers: p.headers, MessageId: p.id,
		RoutingKey: p.key, Exchange: p.exchange, Body: p.body,
	}
}

// TestProtobufFollowsTheSchema compares the tags with the .proto file, field by field.
func TestProtobufFollowsTheSchema(t *testing.T) {
	field := regexp.MustCompile(`(?m)^\s+(?:repeated |optional )?([\w.]+) (\w+) = (\d+);`)
	kinds := map[string]string{
		"string": "string", "*string": "string", "int64": "int64", "int": "int64", "uint32": "uint32", "uint64": "uint64",
		"float64": "double", "bool": "bool", "[]uint8": "bytes", "time.Time": "google.protobuf.Timestamp",
		"shop.customer": "Customer", "[]shop.item": "Item",
	}
	for name, of := range map[string]reflect.Type{
		"Order": reflect.TypeFor[order](), "Customer": reflect.TypeFor[customer](), "Item": reflect.TypeFor[item](),
		"Receipt": reflect.TypeFor[receipt](), "Price": reflect.TypeFor[price](), "Job": reflect.TypeFor[job](),
		"Click": reflect.TypeFor[click](), "StockQuery": reflect.TypeFor[quote](), "StockReply": reflect.TypeFor[stockReply](),
	} {
		_, text, ok := strings.Cut(Schema, "message "+name+" {\n")
		if !ok {
			t.Errorf("the schema has no message %s", name)
			continue
		}
		text, _, _ = strings.Cut(text, "\n}")
		var want, got []string
		for _, m := range field.FindAllStringSubmatch(text, -1) {
			want = append(want, m[3]+" "+m[2]+" "+m[1])
		}
		for i := range of.NumField() {
			f := of.Field(i)
			if number := f.Tag.Get("pb"); number != "" {
				got = append(got, number+" "+f.Tag.Get("json")+" "+kinds[f.Type.String()])
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is written as\n%v\nthe schema says\n%v", name, got, want)
		}
	}
}

func TestProtobufBytes(t *testing.T) {
	// Taken from the encoding guide's rules by hand: tag = number<<3 | type.
	for _, tt := range []struct {
		value any
		want  string
	}{
		{&quote{SKU: "ab", Quantity: 300}, "\x0a\x02ab\x10\xac\x02"},
		{&quote{Quantity: -1}, "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
		{&stockReply{Available: true}, "\x18\x01"},
		{&price{Bid: 1}, "\x11\x00\x00\x00\x00\x00\x00\xf0\x3f"},
		{&order{PlacedAt: time.Unix(1, 5).UTC()}, "\x42\x04\x08\x01\x10\x05"},
		{&order{Items: []item{{SKU: "x"}, {}}}, "\x22\x03\x0a\x01x\x22\x00"},
	} {
		got, err := marshalProto(tt.value)
		if err != nil || string(got) != tt.want {
			t.Errorf("%+v: %x, %v, want %x", tt.value, got, err, tt.want)
		}
	}
}

func TestRubbishIsNoPayload(t *testing.T) {
	c := testCoder(t)
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := w.Write(make([]byte, 8<<20)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for name, tt := range map[string]struct {
		f    format
		body []byte
	}{
		"an unknown type":            {format{"text/plain", ""}, []byte("hello")},
		"an unknown encoding":        {format{typeJSON, "br"}, []byte("{}")},
		"gzip that is too long":      {format{typeJSON, codingGzip}, bomb.Bytes()},
		"zstd that is too long":      {format{typeJSON, codingZstd}, c.compress.EncodeAll(make([]byte, 8<<20), nil)},
		"nothing as gzip":            {format{typeJSON, codingGzip}, nil},
		"nothing as zlib":            {format{typeJSON, codingZlib}, nil},
		"a string for a number":      {format{typeProtobuf, ""}, []byte("\x12\x01x")},
		"a number for a string":      {format{typeProtobuf, ""}, []byte("\x08\x01")},
		"a long name in a short one": {format{typeProtobuf, ""}, []byte("\x0a\x7fab")},
		"a fixed32":                  {format{typeProtobuf, ""}, []byte("\x0d\x01\x02\x03\x04")},
	} {
		var o order
		if err := c.decode(tt.f, tt.body, &o); err == nil {
			t.Errorf("%s is read as %+v", name, o)
		}
	}
}

func FuzzReadOrder(f *testing.F) {
	c, err := newCoder()
	if err != nil {
		f.Fatal(err)
	}
	defer c.close()
	s := &Shop{coder: c}
	for _, e := range tell(1, Calm, 200) {
		if e.order != nil {
			p, err := s.placed(e.order)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(p.format.contentType, p.format.contentEncoding, p.body)
		}
	}
	f.Fuzz(func(_ *testing.T, contentType, encoding string, body []byte) {
		p := parcel{format: format{contentType, encoding}, body: body}
		_, _ = s.readOrder(deliveryOf(p))
	})
}
