package bindingkey_test

import (
	"testing"
	"time"

	"bustop/backends/rabbitmq/bindingkey"
)

// The hashes were computed by Erlang/OTP 25.
func TestNames(t *testing.T) {
	every := map[string]any{
		"a": true, "b": nil, "c": int32(-5), "d": int64(123456789012), "e": 2.5, "f": []any{"q", int32(7)},
		"g": map[string]any{"z": int64(3)}, "h": map[string]any{}, "i": []any{}, "j": "a long text of more than twelve bytes",
		"k": "", "l": time.Unix(1700000000, 0), "m": int64(-123456789012),
	}
	for _, c := range []struct {
		key  string
		args map[string]any
		want string
	}{
		{"", nil, "~"},
		{"red", map[string]any{}, "red"},
		{"a~b/c d", nil, "a%7Eb%2Fc+d"},
		{"*.blue.#", nil, "%2A.blue.%23"},
		{"", map[string]any{"x": "y", "n": int64(1)}, "~NSeMJA"},
		{"a b/c~", map[string]any{"x": "y", "n": int64(1)}, "a+b%2Fc%7E~NSeMJA"},
		{"", map[string]any{"x-match": "all"}, "~3ujGfg"},
		{"", every, "~zMdkwQ"},
		{"", map[string]any{"i": map[string]any{}}, "~har6DA"},
		{"", map[string]any{"k": "0123456789abcdefghijk"}, "~_avFaQ"},
	} {
		if got := bindingkey.Of(c.key, c.args); got != c.want {
			t.Errorf("%q %v: %s, want %s", c.key, c.args, got, c.want)
		}
	}
}
