package corpus_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"bustop/decoders"
	"bustop/decoders/corpus"
)

// mutations is how many damaged payloads each format reads: a million with BUSTOP_LONG.
func mutations() int {
	switch {
	case os.Getenv("BUSTOP_LONG") != "":
		return 1_000_000
	case testing.Short():
		return 200
	}
	return 2000
}

// TestMutations reads damaged payloads as every format there is, and by detection: nothing panics, and
// what is shown stays within the payload and the room it is given.
func TestMutations(t *testing.T) {
	seeds := corpus.Generate(11, 3000)
	for _, as := range append(decoders.Formats(), "") {
		t.Run(fmt.Sprintf("as=%s", as), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(17, uint64(len(as))))
			own := seedsFor(as, seeds)
			for i := range mutations() {
				data := damage(r, own, seeds)
				if err := shown(data, decoders.Options{As: as, Partial: i%4 == 0, Limits: decoders.Limits{Nodes: 2000, Output: 64 << 10}}); err != "" {
					t.Fatalf("input %d: %s: %x", i, err, data)
				}
			}
		})
	}
}

// seedsFor are the payloads that are in a format, outside or inside; all when none is.
func seedsFor(as string, all []corpus.Case) []corpus.Case {
	var own []corpus.Case
	for _, c := range all {
		if c.Want == as || strings.HasPrefix(c.Want, as+" ") {
			own = append(own, c)
		}
	}
	if len(own) == 0 {
		return all
	}
	return own
}

// damage takes a payload and harms it in one to four places.
func damage(r *rand.Rand, own, all []corpus.Case) []byte {
	data := append([]byte(nil), own[r.IntN(len(own))].Data...)
	data = data[:min(len(data), 2048)]
	for range 1 + r.IntN(4) {
		if len(data) == 0 {
			return []byte{byte(r.Uint32())}
		}
		at := r.IntN(len(data))
		switch r.IntN(7) {
		case 0: // a bit
			data[at] ^= 1 << r.IntN(8)
		case 1: // a byte that often means something
			data[at] = []byte{0, 0x7f, 0x80, 0xff, 0x9f, 0xbf, 0xdd, 0xdf, 0xc6, '{', '[', '"', '<'}[r.IntN(13)]
		case 2: // a length
			var length [8]byte
			binary.BigEndian.PutUint64(length[:], r.Uint64()>>r.IntN(64))
			copy(data[at:], length[8-(1<<r.IntN(4)):])
		case 3: // cut
			data = data[:at]
		case 4: // taken out
			data = append(data[:at], data[min(at+1+r.IntN(8), len(data)):]...)
		case 5: // twice
			data = append(data, data[at:min(at+64, len(data))]...)
		default: // a piece of another payload
			other := all[r.IntN(len(all))].Data
			from := r.IntN(len(other) + 1)
			data = append(data[:at], other[from:min(from+128, len(other))]...)
		}
	}
	return data
}

// shown decodes and asks for all that a reader may see; it returns what is wrong.
func shown(data []byte, opt decoders.Options) string {
	const width, room = 40, 4 << 10
	res := decoders.Decode(data, opt)
	if line := res.Preview(width); utf8.RuneCountInString(line) > width {
		return fmt.Sprintf("a preview of %d characters", utf8.RuneCountInString(line))
	}
	if out := res.AppendJSON(nil); !json.Valid(out) {
		return fmt.Sprintf("not JSON: %q", out)
	}
	if text := res.Notate(decoders.Notation{Offsets: true, Widths: true, Limit: room}); len(text) > 4*room {
		return fmt.Sprintf("a notation of %d bytes", len(text))
	}
	if f := res.Fault; f != nil && (f.Offset < 0 || f.Offset > len(res.Data)) {
		return fmt.Sprintf("a break at %d of %d bytes", f.Offset, len(res.Data))
	}
	tree := res.Tree
	if tree == nil {
		return ""
	}
	for i := range tree.Len() {
		from, to := tree.Range(i)
		if from < 0 || to < from || to > len(res.Data) || tree.End(i) <= i || tree.End(i) > tree.Len() {
			return fmt.Sprintf("node %d is bytes %d to %d of %d, ends at node %d of %d", i, from, to, len(res.Data), tree.End(i), tree.Len())
		}
	}
	for i := range min(tree.Len(), 8) {
		_, _, _ = tree.Key(i), tree.Value(i), tree.Type(i)
		if in := res.Inside(i); in != nil {
			_ = in.Preview(width)
		}
	}
	return ""
}
