package decoders

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
)

// allocated is how many bytes f allocates, freed ones included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestBombsAreBounded holds every kind of bomb under a limit of all bytes ever allocated, which is
// stricter than a limit of those alive at a time.
func TestBombsAreBounded(t *testing.T) {
	nested := bytes.Repeat([]byte{0xdf, 0, 0x0f, 0x42, 0x40, 0xa1, 'a'}, 20) // maps of a million entries in each other
	zeros := make([]byte, 80<<20)
	for _, tt := range []struct {
		name  string
		data  []byte
		limit uint64
	}{
		{"array32", unhex(t, "ddffffffff"), 1 << 20},
		{"map32", unhex(t, "dfffffffff"), 1 << 20},
		{"bin32", unhex(t, "c67fffffff"), 1 << 20},
		{"str32", unhex(t, "dbffffffff61"), 1 << 20},
		{"ext32", unhex(t, "c9ffffffff01"), 1 << 20},
		{"nested map32", nested, 1 << 20},
		{"cbor array", unhex(t, "9bffffffffffffffff"), 1 << 20},
		{"cbor map", unhex(t, "bb7fffffffffffffff"), 1 << 20},
		{"cbor bytes", unhex(t, "5bffffffffffffffff00"), 1 << 20},
		{"cbor nested", bytes.Repeat(unhex(t, "bb00000000ffffffff6161"), 20), 1 << 20},
		{"cbor open", bytes.Repeat([]byte{0x9f}, 1<<16), 4 << 20},
		{"msgpack depth", bytes.Repeat([]byte{0x91}, 1<<20), 16 << 20},
		{"json depth", []byte(strings.Repeat("[", 1<<20)), 64 << 20},
		{"keys in keys", bytes.Repeat([]byte{0xa1}, 1<<20), 16 << 20},
		{"gzip of zeros", gzipped(t, zeros), 72 << 20},
		{"gzip of gzip", gzipped(t, gzipped(t, zeros)), 72 << 20},
		{"zstd of zeros", zstded(t, zeros), 100 << 20},
	} {
		for _, as := range []string{"", "msgpack", "cbor"} {
			var r *Result
			if got := allocated(func() {
				r = Decode(tt.data, Options{As: as})
				r.Preview(200)
			}); got > tt.limit {
				t.Errorf("%s as %q: %d bytes allocated, limit %d", tt.name, as, got, tt.limit)
			}
		}
	}
}

func TestRatioIsLimited(t *testing.T) {
	z := gzipped(t, make([]byte, 8<<20))
	r := Decode(z, Options{Limits: Limits{Ratio: 10}})
	if r.Layers[0].Format != "gzip" || len(r.Data) != freeOutput || r.Fault == nil || !r.Truncated {
		t.Errorf("%s, %d bytes, %v", r.Chain(), len(r.Data), r.Fault)
	}
	r = Decode(z, Options{Limits: Limits{Output: 5000}})
	if len(r.Data) != 5000 || r.Fault == nil || !strings.Contains(r.Fault.Text, "more than 5000 bytes") {
		t.Errorf("%d bytes, %v", len(r.Data), r.Fault)
	}
}

func TestAllocationsDoNotGrowWithTheMessage(t *testing.T) {
	for _, lines := range []int{2, 200} {
		m, c := packed(t, order(lines)), cbored(t, order(lines))
		for _, data := range [][]byte{m, c} {
			if n := testing.AllocsPerRun(50, func() { Decode(data, Options{}) }); n > 6 {
				t.Errorf("%d bytes: %v allocations", len(data), n)
			}
		}
	}
}

// TestBigBlobIsNotCopied: a megabyte of bytes in a map costs no more than its nodes.
func TestBigBlobIsNotCopied(t *testing.T) {
	data := packed(t, map[string]any{"blob": make([]byte, 1<<20)})
	if got := allocated(func() { Decode(data, Options{}).Preview(100) }); got > 64<<10 {
		t.Errorf("%d bytes allocated", got)
	}
}
