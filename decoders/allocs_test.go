//go:build !race

package decoders

import "testing"

// TestFewAllocations holds that a message costs as many allocations as any other, whatever its size.
// The race detector allocates on its own account.
func TestFewAllocations(t *testing.T) {
	const most = 4
	for _, format := range []string{"msgpack", "cbor"} {
		for _, size := range sizes()[:3] {
			data := encoded(t, format, order(size.lines))
			if n := testing.AllocsPerRun(20, func() { Decode(data, Options{}) }); n > most {
				t.Errorf("%s, %d bytes: %v allocations, at most %d", format, len(data), n, most)
			}
		}
	}
}
