package management_test

import (
	"encoding/json"
	"testing"
	"time"

	"bustop/backends/rabbitmq/bindingkey"
	"bustop/backends/rabbitmq/management"
)

// TestVoidIsToldFromItsText: the arguments as they were declared, and as the API shows them.
func TestVoidIsToldFromItsText(t *testing.T) {
	deep := map[string]any{"x-match": "all", "v": nil, "in": map[string]any{"a": int32(1)}}
	for name, c := range map[string]struct {
		args   map[string]any
		shown  string
		void   bool
		unsure bool
	}{
		"void":       {map[string]any{"x-match": "all", "v": nil}, `{"x-match":"all","v":"undefined"}`, true, false},
		"text":       {map[string]any{"x-match": "all", "v": "undefined"}, `{"x-match":"all","v":"undefined"}`, false, false},
		"one each":   {map[string]any{"v": nil, "w": "undefined"}, `{"v":"undefined","w":"undefined"}`, true, false},
		"int":        {map[string]any{"v": nil, "n": int32(-7)}, `{"v":"undefined","n":-7}`, true, false},
		"long":       {map[string]any{"v": nil, "n": int64(7), "m": uint8(3)}, `{"v":"undefined","n":7,"m":3}`, true, false},
		"bool":       {map[string]any{"v": "undefined", "b": true}, `{"v":"undefined","b":true}`, false, false},
		"double":     {map[string]any{"v": nil, "f": 1.5, "g": float32(2.5)}, `{"v":"undefined","f":1.5,"g":2.5}`, true, false},
		"time":       {map[string]any{"v": nil, "t": time.Unix(1700000000, 0)}, `{"v":"undefined","t":1700000000}`, true, false},
		"bytes":      {map[string]any{"v": nil, "r": "\xff"}, `{"v":"undefined","r":"Not UTF-8, base64 is: /w=="}`, true, false},
		"table":      {deep, `{"x-match":"all","v":"undefined","in":{"a":1}}`, false, true},
		"other hash": {map[string]any{"v": "something"}, `{"v":"undefined"}`, false, true},
	} {
		key, err := json.Marshal(bindingkey.Of("a~b", c.args))
		if err != nil {
			t.Fatal(err)
		}
		var b management.Binding
		if err := json.Unmarshal([]byte(`{"source":"x","routing_key":"a~b","arguments":`+c.shown+`,"properties_key":`+string(key)+`}`), &b); err != nil {
			t.Fatal(err)
		}
		if void := b.Arguments["v"] == nil; void != c.void || b.Unsure != c.unsure || b.Source != "x" {
			t.Errorf("%s: void %v, unsure %v: %+v", name, void, b.Unsure, b)
		}
		if w, ok := c.args["w"]; ok && b.Arguments["w"] != w {
			t.Errorf("%s: %+v", name, b.Arguments)
		}
	}
	var b management.Binding
	if err := json.Unmarshal([]byte(`{"arguments":{"v":"undefined"}}`), &b); err != nil || !b.Unsure || b.Arguments["v"] != "undefined" {
		t.Errorf("without a name: %+v", b)
	}
}
