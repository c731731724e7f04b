package decoders

import (
	"encoding/binary"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// FuzzFormats holds the promises of every result for the formats of this table, detected and pinned,
// and compares the walk of protobuf with the library.
func FuzzFormats(f *testing.F) {
	v := order(2)
	for _, seed := range [][]byte{
		protoOf(v), bsoned(v), []byte("a,b\n1,\"2\"\"\"\n"), []byte("<a b=\"c\"><d/>&amp;</a>"), utf16Of("Grüße 😀", binary.LittleEndian),
		latin1("größer als"), []byte(`a:1:{s:1:"k";O:1:"A":1:{s:1:"p";d:0.5;}}`),
		{0, 0, 0, 0, 2, 8, 1},
		{0x80, 4, 'K', 1, '.'},
		{4, 8, '[', 6},
		{0x0b, 0x10, 1, 0x0c},
		{0x0a, 0x80, 0x80, 0x01},
		{8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
		{5, 0, 0, 0, 0},
	} {
		for i := range byte(9) {
			f.Add(seed, i, i%2 == 0)
		}
	}
	formats := []string{"", "protobuf", "bson", "xml", "csv", "utf-16", "latin-1", "grpc", "grpc,protobuf"}
	f.Fuzz(func(t *testing.T, data []byte, as byte, partial bool) {
		opt := Options{
			As: formats[int(as)%len(formats)], Partial: partial, Limits: Limits{Output: 1 << 20},
			Prior: map[string]float64{"protobuf": float64(as)},
		}
		r := Decode(data, opt)
		checkResult(t, r, data)
		if r.Tree != nil {
			r.Tree.Find("name")
		}
		if _, why := protoSkip(data); len(data) < 1<<16 && why == breakNone && !libraryMessage(data) {
			t.Fatalf("%x is no message", data)
		}
	})
}

// libraryMessage reports whether data is whole fields to the library, with numbers that are allowed.
func libraryMessage(data []byte) bool {
	for len(data) > 0 {
		number, _, n := protowire.ConsumeField(data)
		if n <= 0 || number > protowire.MaxValidNumber {
			return false
		}
		data = data[n:]
	}
	return true
}
