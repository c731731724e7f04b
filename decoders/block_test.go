package decoders

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/snappy"
	"github.com/pierrec/lz4/v4"
)

func lz4Blocked(t testing.TB, b []byte) []byte {
	t.Helper()
	out := make([]byte, lz4.CompressBlockBound(len(b)))
	var c lz4.Compressor
	n, err := c.CompressBlock(b, out)
	if err != nil {
		t.Fatal(err)
	}
	if n > 0 {
		return out[:n]
	}
	// Not compressible: one sequence of literals.
	head := []byte{byte(min(len(b), 15)) << 4}
	if rest := len(b) - 15; rest >= 0 {
		head = append(append(head, bytes.Repeat([]byte{255}, rest/255)...), byte(rest%255))
	}
	return append(head, b...)
}

func TestXXH32(t *testing.T) {
	// Sums of the reference implementation.
	for in, want := range map[string]uint32{
		"": 0x02cc5d05, "a": 0x550d7456, "abc": 0x32d153ff,
		"Nobody inspects the spammish repetition": 0xe2293b2f,
	} {
		if got := xxh32([]byte(in)); got != want {
			t.Errorf("%q: %08x, want %08x", in, got, want)
		}
	}
}

// TestBlocksAgainstTheirLibraries compares the block readers with the libraries, on what those have
// packed and on noise.
func TestBlocksAgainstTheirLibraries(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range rounds(3000) {
		content := make([]byte, r.IntN(3000))
		for i := range content {
			content[i] = byte(r.IntN(1 + r.IntN(6)))
		}
		for name, data := range map[string][]byte{
			"snappy": snappy.Encode(nil, content), "s2": s2.EncodeBest(nil, content), "lz4block": lz4Blocked(t, content),
		} {
			unwrap := map[string]func([]byte, int) unwrapped{"snappy": unSnappy, "s2": unS2, "lz4block": unLZ4Block}[name]
			if u := unwrap(data, 1<<20); u.why != breakNone || !bytes.Equal(u.data, content) {
				t.Fatalf("%s: %v %s, %d bytes of %d", name, u.why, u.fault, len(u.data), len(content))
			}
			if len(data) == 0 {
				continue
			}
			bad := bytes.Clone(data)
			bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
			if name == "lz4block" {
				continue
			}
			want, err := s2.Decode(nil, bad)
			u := unwrap(bad, 1<<24)
			if name == "snappy" && err == nil && u.why == breakSyntax {
				continue // the library takes S2's repeats for Snappy too
			}
			if (err == nil) != (u.why == breakNone) || err == nil && !bytes.Equal(u.data, want) {
				t.Fatalf("%s of %x: %v, the library %v", name, bad, u, err)
			}
		}
	}
}
