package decoders

import (
	"bytes"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// What any payload may cost beyond its own bytes: memory, and time in that of a reference. On the
// machine that the limits were chosen on the reference takes 80 ms and a payload less than 250; the rest is room for what else runs there.
const (
	mostMemory = 64 << 20
	mostTime   = 4
)

// reference is the fastest of some runs of a known work: to gunzip 16 MiB that pack to a half.
func reference() time.Duration {
	referenceOnce.Do(func() {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, _ = w.Write(noise(16 << 20))
		_ = w.Close()
		referenceTook = fastest(3, 0, func() {
			r, err := gzip.NewReader(bytes.NewReader(packed.Bytes()))
			if err == nil {
				_, _ = io.Copy(io.Discard, r)
			}
		})
	})
	return referenceTook
}

var (
	referenceOnce sync.Once
	referenceTook time.Duration
)

// fastest is the shortest time of n calls; on a busy machine the others say little. One call that is
// quick enough will do.
func fastest(n int, enough time.Duration, f func()) time.Duration {
	best := time.Duration(1<<63 - 1)
	for range n {
		start := time.Now()
		f()
		if best = min(best, time.Since(start)); best <= enough {
			break
		}
	}
	return best
}

// checkCost holds a payload under mostMemory and mostTime. All bytes ever allocated are counted,
// which is stricter than those alive at a time; only where they are more, those alive are measured.
func checkCost(t *testing.T, name string, data []byte, opt Options) {
	t.Helper()
	var r *Result
	took := time.Duration(0)
	decode := func() {
		start := time.Now()
		r = Decode(data, opt)
		r.Preview(200)
		took = time.Since(start)
	}
	limit := uint64(mostMemory + len(data))
	if all := allocated(decode); all > limit {
		if alive := peak(decode); alive > limit {
			t.Errorf("%s as %q: %s: %d bytes allocated, %d alive, limit %d", name, opt.As, r.Chain(), all, alive, limit)
		}
	}
	if most := mostTime * reference(); !raced && took > most && fastest(4, most, decode) > most {
		t.Errorf("%s as %q: %s took %v, the reference %v", name, opt.As, r.Chain(), took, reference())
	}
}

// allocated is how many bytes f allocates, freed ones included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// peak is how much the heap grows while f runs, with the collector at work all the time.
func peak(f func()) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	runtime.GC()
	runtime.GC() // sweeps what the first has found
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	before, most := sample[0].Value.Uint64(), uint64(0)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			default:
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
				runtime.Gosched()
			}
		}
	}()
	f()
	close(done)
	<-stopped
	metrics.Read(sample)
	most = max(most, sample[0].Value.Uint64())
	return max(most, before) - before
}

func TestPeakSeesWhatIsAlive(t *testing.T) {
	var keep [][]byte
	if got := peak(func() {
		for range 20 {
			keep = append(keep, make([]byte, 1<<20))
		}
	}); got < 19<<20 || len(keep) != 20 {
		t.Errorf("%d bytes alive, not %d", got, len(keep)<<20)
	}
	runtime.KeepAlive(keep)
}

// bombSize is the length of the payloads that cost most for their size, in bytes.
func bombSize() int {
	if raced {
		return 1 << 18
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

// BenchmarkBombs prints the time of each bomb.
func BenchmarkBombs(b *testing.B) {
	bombs := wideBombs(bombSize())
	for name, data := range layerBombs(b) {
		bombs["layer "+name] = func() []byte { return data }
	}
	for _, s := range repeats() {
		bombs["many "+s] = stuffed(bombSize(), "", s, "")
	}
	b.Run("reference", func(b *testing.B) { b.ReportMetric(float64(reference())/1e6, "ms") })
	for name, made := range bombs {
		data := made()
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Decode(data, Options{})
			}
		})
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
