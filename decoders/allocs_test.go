//go:build !race

package decoders

import (
	"encoding/binary"
	"testing"
)

// TestFewAllocations holds that a message costs as many allocations as any other, whatever its size.
// The race detector allocates on its own account.
func TestFewAllocations(t *testing.T) {
	for _, format := range []string{"msgpack", "cbor"} {
		for _, size := range sizes() {
			data, most := encoded(t, format, order(size.lines)), 4.0
			if rawSnappyClaim(data) {
				most++ // a block of Snappy is tried
			}
			if n := testing.AllocsPerRun(20, func() { Decode(data, Options{}) }); n > most {
				t.Errorf("%s, %d bytes: %v allocations, at most %v", format, len(data), n, most)
			}
		}
	}
}

// rawSnappyClaim reports whether a message begins, by chance, as a block of Snappy does.
func rawSnappyClaim(d []byte) bool {
	claim, n := binary.Uvarint(d[:5])
	return d[n]&3 == tagLiteral && claim >= uint64(len(d)/2) && claim <= 24*uint64(len(d))
}
