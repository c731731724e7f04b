package decoders

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"
)

// deflated packs data at a level, with a flush after each n bytes.
func deflated(t testing.TB, data []byte, level, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	for len(data) > n {
		if _, err := w.Write(data[:n]); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		data = data[n:]
	}
	return closed(t, &out, w, data)
}

// walkedSize passes over a stream of deflate.
func walkedSize(data []byte) (*pieces, bool) {
	p := &pieces{d: data, left: mostPieces, limit: 1 << 30}
	ok := deflateBlocks(p)
	return p, ok
}

// TestWalkAgreesWithLibrary compares the walk over deflate with what the library reads, of whole streams
// and of ones that are cut or broken.
func TestWalkAgreesWithLibrary(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 2))
	for n := range rounds(600) {
		content := make([]byte, r.IntN(20_000))
		for i := range content {
			content[i] = byte(r.IntN(1 + r.IntN(1<<(n%9))))
		}
		level := []int{flate.HuffmanOnly, 0, 1, 3, 6, 9}[n%6]
		data := deflated(t, content, level, 1+r.IntN(30_000))
		if p, ok := walkedSize(data); !ok || p.size != len(content) || p.at() != len(data) {
			t.Fatalf("level %d: %v, %d bytes of %d at %d of %d", level, ok, p.size, len(content), p.at(), len(data))
		}
		if n%2 == 0 {
			data = data[:r.IntN(len(data))]
		} else {
			data[r.IntN(len(data))] ^= 1 << r.IntN(8)
		}
		checkWalk(t, data)
	}
}

// checkWalk holds that the walk counts no less than the library reads, that it takes no whole stream
// for a broken one, and that its beginning of the data has the fault as well.
func checkWalk(t failer, data []byte) {
	read, err := io.ReadAll(flate.NewReader(bytes.NewReader(data)))
	p, ok := walkedSize(data)
	if p.left < 0 || p.empty {
		return
	}
	if err == nil && (!ok || p.size != len(read)) || p.size < len(read) {
		t.Fatalf("%x: %v, %d bytes; the library %d, %v", data, ok, p.size, len(read), err)
	}
	if end := min(p.at()+piecesReadOn, len(data)); !ok && end < len(data) {
		_, again := io.ReadAll(flate.NewReader(bytes.NewReader(data[:end])))
		if again == nil || again.Error() != err.Error() {
			t.Fatalf("%x: %v, of the first %d bytes %v", data, err, end, again)
		}
	}
}

func FuzzPieces(f *testing.F) {
	content := []byte(strings.Repeat("well, this is ", 40))
	for level := range 4 {
		f.Add(deflated(f, content, level*3, 100))
	}
	f.Add(tinyBlocks(200))
	f.Add(fixedBlocks())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4<<10 {
			return
		}
		checkWalk(t, data)
		for _, name := range []string{"gzip", "zlib", "zstd"} {
			if w, _ := wrappingNamed(name); len(data) > 9 {
				w.walk(&pieces{d: data, left: mostPieces, limit: 1 << 20})
			}
		}
	})
}

// TestManyPiecesAreCut gives the decoder the beginning of what is made of tiny pieces, and all of what
// only looks like it.
func TestManyPiecesAreCut(t *testing.T) {
	head := unhex(t, "1f8b0800000000000003")
	for name, data := range map[string][]byte{
		"tiny blocks":   append(bytes.Clone(head), tinyBlocks(1<<20)...),
		"fixed blocks":  append(bytes.Clone(head), bytes.Repeat(fixedBlocks(), 1<<18)...),
		"stored blocks": append(bytes.Clone(head), bytes.Repeat(unhex(t, "000000ffff"), 1<<19)...),
		"zstd frames":   bytes.Repeat(unhex(t, "28b52ffd 20 01 090000 61"), 1<<19),
		"members":       bytes.Repeat(gzipped(t, []byte("a")), 1<<17),
	} {
		w, _ := wrappingNamed(magicOf(data))
		u := w.unwrap(data, 16<<20)
		if u.why != breakLimit || !strings.Contains(u.fault, errSteps.Error()) {
			t.Errorf("%s: %d bytes, %v %s", name, len(u.data), u.why, u.fault)
		}
	}
	broken := append(append(bytes.Clone(head), unhexed("84c090000000000090560000000090560000002400")...), bytes.Repeat([]byte{0xc1}, 1<<20)...)
	if u := (wrapping{name: "gzip", open: openGzip, walk: gzipMembers, sized: true}).unwrap(broken, 1<<20); u.why != breakSyntax {
		t.Errorf("a block without codes: %v %s", u.why, u.fault)
	}
	text := noise(1 << 20)
	for name, data := range map[string][]byte{
		"gzip": gzipped(t, text), "zlib": zlibbed(t, text), "zstd": zstded(t, text), "deflate": deflated(t, text, 6, 1<<10),
		"members": append(gzipped(t, text[:1<<19]), gzipped(t, text[1<<19:])...),
	} {
		format := strings.Replace(name, "members", "gzip", 1)
		w, _ := wrappingNamed(format)
		if len(data) <= leastPieces {
			t.Fatalf("%s: only %d bytes", name, len(data))
		}
		if u := w.unwrap(data, 16<<20); !bytes.Equal(u.data, text) || u.why != breakNone {
			t.Errorf("%s: %d bytes, %s", name, len(u.data), u.fault)
		}
		if u := w.unwrap(data, 1<<19); !bytes.Equal(u.data, text[:1<<19]) || u.why != breakLimit {
			t.Errorf("%s: %d bytes of half, %v %s", name, len(u.data), u.why, u.fault)
		}
		if u := w.unwrap(data[:len(data)-9], 16<<20); u.why != breakEnd || len(u.data) < 1<<17 {
			t.Errorf("%s cut: %d bytes, %v %s", name, len(u.data), u.why, u.fault)
		}
		data[len(data)*3/4] ^= 0x40
		if u := w.unwrap(data, 16<<20); u.why != breakSyntax && name != "deflate" || len(u.data) > len(text)+1<<10 {
			t.Errorf("%s broken: %d bytes, %v %s", name, len(u.data), u.why, u.fault)
		}
	}
}
