package decoders

import (
	"bytes"
	"io"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mostMemory is what any payload may cost beyond its own bytes, in bytes.
const mostMemory = 64 << 20

// checkCost holds a payload under mostMemory. All bytes that are ever allocated count, freed ones
// included: that is never less than what is alive at a time, and it is exact, whatever else the machine
// and the collector do.
func checkCost(t *testing.T, name string, data []byte, opt Options) {
	t.Helper()
	var r *Result
	all := allocated(func() {
		r = Decode(data, opt)
		r.Preview(200)
	})
	if limit := uint64(mostMemory + len(data)); all > limit {
		t.Errorf("%q as %q: %s: %d bytes allocated, limit %d", name, opt.As, r.Chain(), all, limit)
	}
}

// allocated is how many bytes f allocates, freed ones included. No other test may run beside it.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAllocatedCountsWhatIsFreed(t *testing.T) {
	var keep []byte
	got := allocated(func() {
		for range 20 {
			keep = make([]byte, 1<<20)
			runtime.GC()
		}
	})
	if got < 20<<20 || got > 21<<20 || len(keep) != 1<<20 {
		t.Errorf("%d bytes allocated, not %d", got, 20<<20)
	}
}

// rounds is how often a test tries what it makes at random: under the race detector a tenth of n, and all
// of them there as well with BUSTOP_LONG.
func rounds(n int) int {
	if raced && os.Getenv("BUSTOP_LONG") == "" {
		return n / 10
	}
	return n
}

// bombSize is the length of the payloads that cost most for their size, in bytes.
func bombSize() int {
	if raced {
		return 1 << 16
	}
	return 16 << 20
}

// repeats are beginnings that are repeated: deep, wide, of many tiny items, or nearly a format.
func repeats() []string {
	return []string{
		"[", "{", "{\"a\":", "\x91", "\x81\xa1a", "\x81", "\xa1", "\x9f", "\xbf\x61a", "\xc0", "\x90", "\x80", "\xa0", "\x00", "\x01",
		"\xc1\x01", "\xd8\x18", "\xc1", "[]", "[],", "0,", "\"\",", "{},", "{}\n", "[]\n", "1\n", ",", ",\n", "a,b\n", "a\n", "\n", " ",
		"<a>", "<a/>", "<!--", "&amp;", "\x0a\x00", "\x0a\x02", "\x0b", "\x0b\x0c", "\x08\x01", "\x0a\xff\xff\xff\x01", "\x0a\x80\x80\x80\x04",
		"aaaa", "YWJj", "00", "eyJ", ".", "\xfe\xff", "\xd4r@", "\xd4r@\x90", "\xd4r@\x91\xa1a@", "a:1:{i:0;", "i:1;", "\\u0041", "\"\\",
		"\xe9", "\xe9a", "\xc3\xa9", "\x5f", "\x7f", "\x5f\x41", "\xd8\x18\x41", "\xff", "\x80\x04", "(", "]", "\x04\x08[", "[\x06",
		"\xac\xed\x00\x05", "\xd2\x84", "\xa1\x01\x02", "\xa2\x01\x02\x20\x01", "\xdf\x00\x0f\x42\x40\xa1a", "\xbb\x00\x00\x00\x00\xff\xff\xff\xff\x61a",
	}
}

// stuffed makes head, body as often as fits in the size, and tail.
func stuffed(size int, head, body, tail string) func() []byte {
	return func() []byte {
		return append(append([]byte(head), bytes.Repeat([]byte(body), (size-len(head)-len(tail))/len(body))...), tail...)
	}
}

// wideBombs make whole payloads of as many nodes, attributes, columns or names as fit. Each is made
// when its turn comes: what is alive beside the payload would hide what decoding keeps alive.
func wideBombs(size int) map[string]func() []byte {
	bson := stuffed(size, "\x00\x00\x00\x00", "\x0aa\x00", "\x00")()
	bson[0], bson[1], bson[2], bson[3] = byte(len(bson)), byte(len(bson)>>8), byte(len(bson)>>16), byte(len(bson)>>24)
	return map[string]func() []byte{
		"json of 0":            stuffed(size, "[", "0,", "0]"),
		"json of []":           stuffed(size, "[", "[],", "0]"),
		"json of objects":      stuffed(size, "[", "{\"a\":1},", "0]"),
		"json object":          stuffed(size, "{", "\"a\":1,", "\"b\":1}"),
		"json escapes":         stuffed(size, "\"", "\\u0041", "\""),
		"msgpack nils":         stuffed(size, "\xdd\x00\xff\xff\xff", "\xc0", ""),
		"msgpack maps":         stuffed(size, "\xdf\x00\x7f\xff\xff", "\xa0\xa0", ""),
		"cbor maps":            stuffed(size, "\xba\x00\x7f\xff\xff", "\x60\x60", ""),
		"cbor tags":            stuffed(size, "\x9a\x00\x7f\xff\xff", "\xc1\x01", ""),
		"cbor in bytes":        stuffed(size, "\x9f", "\xd8\x18\x41\x01", "\xff"),
		"cbor in one string":   stuffed(size, "\xd8\x18\x5a\x00\xff\xff\xf0\x9f", "\x01", "\xff"),
		"cbor chunks":          stuffed(size, "\x5f", "\x41\x00", "\xff"),
		"cbor open arrays":     stuffed(size, "\x9f", "\x9f\xff", "\xff"),
		"cbor odd keys":        stuffed(size, "\xbf", "\x81\x01\x01", "\xff"),
		"cbor messages":        stuffed(size, "\x9f", "\x84\x43\xa1\x01\x26\xa0\xf6\x58\x22"+strings.Repeat("a", 34), "\xff"),
		"cbor keys":            stuffed(size, "\x9f", "\xa3\x01\x04\x20\x41a\x02\x40", "\xff"),
		"records":              stuffed(size, "\xd4r@\x91\xa1a", "@", "\x01"),
		"records of new keys":  stuffed(size, "\xdd\x00\x20\x00\x00", "\xd4r@\x91\xa1a\x01\x40", ""),
		"a record of many":     stuffed(size, "\xd4r@\xdd\x00\x7f\xff\xff", "\xa0", ""),
		"bson nulls":           func() []byte { return bson },
		"bson length":          func() []byte { return []byte("\xff\xff\xff\x7f\x03a\x00\xff\xff\xff\x7e") },
		"xml elements":         stuffed(size, "<a>", "<b/>", "</a>"),
		"xml attributes":       stuffed(size, "<a ", "b='c' ", "/>"),
		"xml entities":         stuffed(size, "<!DOCTYPE a [<!ENTITY b 'cccc'><!ENTITY c '&b;&b;&b;'>]><a>", "&c;", "</a>"),
		"csv columns":          stuffed(size, "", "a,", "a\n1"),
		"csv quotes":           stuffed(size, "\"", "\"\"", "\"\n"),
		"csv of two commas":    stuffed(size, "", "a;b,c\n", ""),
		"utf-16":               stuffed(size, "\xff\xfe", "a\x00", ""),
		"utf-16 of brackets":   stuffed(size, "\xff\xfe", "[\x00", ""),
		"latin-1":              stuffed(size, "\xe9", "abc d\xe9", ""),
		"php":                  stuffed(size, "a:9999999:{", "i:0;i:1;", "}"),
		"pickle":               stuffed(size, "\x80\x04", "]", "."),
		"lines of text, comma": stuffed(size, "", "well, this is\n", ""),
	}
}

// TestBombsAreBounded decodes what costs most; with BUSTOP_LONG in every pinned format too.
func TestBombsAreBounded(t *testing.T) {
	bombs := wideBombs(bombSize())
	for _, s := range repeats() {
		bombs["many "+s] = stuffed(bombSize(), "", s, "")
	}
	pins := []string{""}
	if os.Getenv("BUSTOP_LONG") != "" {
		pins = append(pins, Formats()...)
	}
	for name, made := range bombs {
		data := made()
		for _, as := range pins {
			checkCost(t, name, data, Options{As: as})
		}
	}
	for _, claim := range []string{
		"ddffffffff", "dfffffffff", "c67fffffff", "dbffffffff61", "c9ffffffff01", "9bffffffffffffffff", "bb7fffffffffffffff",
		"5bffffffffffffffff00", "d472 40 ddffffffff", "0affffffff0f",
	} {
		for _, as := range []string{"", "msgpack", "cbor", "protobuf"} {
			data := unhex(t, claim)
			if got := allocated(func() { Decode(data, Options{As: as}).Preview(200) }); got > 1<<20 {
				t.Errorf("%s as %q: %d bytes allocated", claim, as, got)
			}
		}
	}
}

// BenchmarkBombs prints the time that each bomb takes, the shortest of its runs, and the longest of all
// these. On a busy machine many runs are needed: -benchtime 10x. The reference, to gunzip 16 MiB of
// hex digits, tells how fast the machine is.
func BenchmarkBombs(b *testing.B) {
	bombs := wideBombs(bombSize())
	for name, data := range layerBombs(b) {
		bombs["layer "+name] = func() []byte { return data }
	}
	for _, s := range repeats() {
		bombs["many "+s] = stuffed(bombSize(), "", s, "")
	}
	packed := gzipped(b, noise(16<<20))
	b.Run("reference", func(b *testing.B) {
		fastest(b, func() {
			if r, err := openGzip(packed); err == nil {
				_, _ = io.Copy(io.Discard, r)
			}
		})
	})
	var worst string
	var most float64
	for name, made := range bombs {
		name = strings.Trim(strconv.QuoteToASCII(name), "\"")
		var data []byte
		b.Run(name, func(b *testing.B) {
			if data == nil {
				data = made()
			}
			if ms := fastest(b, func() { Decode(data, Options{}) }); ms > most {
				most, worst = ms, name
			}
		})
	}
	b.Run("longest of all: "+worst, func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(most, "ms")
	})
}

// fastest reports the shortest run of f in milliseconds, in the place of the mean.
func fastest(b *testing.B, f func()) float64 {
	best := math.Inf(1)
	for b.Loop() {
		start := time.Now()
		f()
		best = min(best, float64(time.Since(start))/1e6)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(best, "ms")
	return best
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
