package rabbitmq

import (
	"encoding/json"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"

	amqp "github.com/rabbitmq/amqp091-go"
)

// TestEveryFieldType: over AMQP each header is shown as what it is on the wire.
func TestEveryFieldType(t *testing.T) {
	headers := amqp.Table{
		"bool": true, "i8": int8(-8), "u8": byte(200), "i16": int16(-16), "u16": uint16(65535), "i32": int32(-32), "u32": uint32(4294967295),
		"i64": int64(9007199254740993), "f32": float32(0.1), "f64": 0.1, "dec": amqp.Decimal{Scale: 2, Value: -5}, "dec0": amqp.Decimal{Value: 7},
		"decbig": amqp.Decimal{Scale: 3, Value: 12345}, "text": "17", "bytes": []byte("raw"), "time": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "void": nil,
		"table": amqp.Table{"b": []byte("hi"), "d": amqp.Decimal{Scale: 1, Value: 15}}, "array": []any{int32(1), nil, "x"},
	}
	want := map[string][2]string{
		"bool": {"boolean", "true"}, "i8": {"signed 8-bit", "-8"}, "u8": {"unsigned 8-bit", "200"}, "i16": {"signed 16-bit", "-16"},
		"u16": {"unsigned 16-bit", "65535"}, "i32": {"signed 32-bit", "-32"}, "u32": {"unsigned 32-bit", "4294967295"}, "i64": {"signed 64-bit", "9007199254740993"},
		"f32": {"32-bit float", "0.1"}, "f64": {"64-bit float", "0.1"}, "dec": {"decimal", "-0.05"}, "dec0": {"decimal", "7"}, "decbig": {"decimal", "12.345"},
		"text": {"text", "17"}, "bytes": {"byte array", "raw"}, "time": {"timestamp", "2026-01-02T03:04:05Z"}, "void": {"void", "null"},
		"table": {"table", `{"b":{"$bytes":"aGk="},"d":1.5}`}, "array": {"array", `[1,null,"x"]`}, "type": {"", "a property"},
	}
	m := fromDelivery(backends.Target{}, &amqp.Delivery{Headers: headers, Type: "a property"})
	for _, f := range m.Headers {
		if got := [2]string{f.Type, string(f.Value)}; got != want[f.Name] {
			t.Errorf("%s is %q", f.Name, got)
		}
		delete(want, f.Name)
	}
	for name := range want {
		if name != "exchange" {
			t.Errorf("%s is missing", name)
		}
	}
}

// TestHeadersByTheManagementAPI: it writes void as a text and bytes behind words of its own.
func TestHeadersByTheManagementAPI(t *testing.T) {
	var got management.Got
	text := `{"payload":"","payload_encoding":"string","properties":{"type":"T","headers":{"void":"undefined","raw":"Not UTF-8, base64 is: /wAB",
		"said":"Not UTF-8, base64 is: dGV4dA==","bad":"Not UTF-8, base64 is: ?","on":true,"n":9007199254740993,"t":{"deep":["Not UTF-8, base64 is: /w=="]},"a":[1,"x"],"word":"w"}}}`
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	m, err := fromGot(backends.Target{}, got)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]string{
		"type": {"", "T"}, "void": {"void or text", "undefined"}, "raw": {"bytes", "\xff\x00\x01"}, "said": {"text", "Not UTF-8, base64 is: dGV4dA=="},
		"bad": {"text", "Not UTF-8, base64 is: ?"}, "on": {"boolean", "true"}, "n": {"", "9007199254740993"}, "t": {"table", `{"deep":[{"$bytes":"/w=="}]}`},
		"a": {"array", `[1,"x"]`}, "word": {"text", "w"},
	}
	for _, f := range m.Headers {
		if got := [2]string{f.Type, string(f.Value)}; got != want[f.Name] {
			t.Errorf("%s is %q", f.Name, got)
		}
		delete(want, f.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
