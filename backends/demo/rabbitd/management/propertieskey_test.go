package management

import (
	"testing"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// The hashes were computed by Erlang/OTP 25.
func TestPropertiesKey(t *testing.T) {
	every := wire.Table{
		"a": true, "b": nil, "c": int32(-5), "d": int64(123456789012), "e": 2.5, "f": []any{"q", int32(7)},
		"g": wire.Table{"z": int64(3)}, "h": wire.Table{}, "i": []any{}, "j": "a long text of more than twelve bytes",
		"k": "", "l": time.Unix(1700000000, 0), "m": int64(-123456789012),
	}
	for _, c := range []struct {
		key  string
		args wire.Table
		want string
	}{
		{"", nil, "~"},
		{"red", wire.Table{}, "red"},
		{"a~b/c d", nil, "a%7Eb%2Fc+d"},
		{"*.blue.#", nil, "%2A.blue.%23"},
		{"", wire.Table{"x": "y", "n": int64(1)}, "~NSeMJA"},
		{"a b/c~", wire.Table{"x": "y", "n": int64(1)}, "a+b%2Fc%7E~NSeMJA"},
		{"", wire.Table{"x-match": "all"}, "~3ujGfg"},
		{"", every, "~zMdkwQ"},
		{"", wire.Table{"i": wire.Table{}}, "~har6DA"},
		{"", wire.Table{"k": "0123456789abcdefghijk"}, "~_avFaQ"},
	} {
		if got := propertiesKey(c.key, c.args); got != c.want {
			t.Errorf("%q %v: %s, want %s", c.key, c.args, got, c.want)
		}
	}
}
