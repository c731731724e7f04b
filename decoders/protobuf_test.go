package decoders

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"pgregory.net/rapid"
)

// TestProtobufRows holds the examples of protobuf.dev/programming-guides/encoding and what a tree
// makes of each wire type.
func TestProtobufRows(t *testing.T) {
	for _, tt := range []struct{ name, hex, want string }{
		{"varint", "089601", `
0  = {1} : message
1 1 = 150 : varint (sint 75)
`},
		{"string", "120774657374696e67", `
0  = {1} : message
1 2 = testing : string
`},
		{"submessage", "1a03089601", `
0  = {1} : message
1 3 = {1} : message
2 1 = 150 : varint (sint 75)
`},
		{"repeated and packed", "220568656c6c6f 2801 2802 2803 3206038e029ea705", `
0  = {5} : message
1 4 = hello : string
1 5 = 1 : varint (sint -1, bool true)
1 5 = 2 : varint (sint 1)
1 5 = 3 : varint (sint -2)
1 6 = h'038e029ea705' : bytes
`},
		{"fixed", "09 1f85eb51b81e0940 15 0000c03f 19 15cd5b0700000000 25 ffffffff 29 00000000000000c0", `
0  = {5} : message
1 1 = 3.14 : fixed64 (double, integer 4614253070214989087)
1 2 = 1.5 : fixed32 (float, integer 1069547520)
1 3 = 123456789 : fixed64
1 4 = -1 : fixed32 (unsigned 4294967295)
1 5 = -2.0 : fixed64 (double, integer -4611686018427387904)
`},
		{"negative varint", "08ffffffffffffffffff01 1000", `
0  = {2} : message
1 1 = -1 : varint (uint64 18446744073709551615)
1 2 = 0 : varint (bool false)
`},
		{"group", "0b 1001 0c 1803", `
0  = {2} : message
1 1 = {1} : group
2 2 = 1 : varint (sint -1, bool true)
1 3 = 3 : varint (sint -2)
`},
		{"empty string", "0a00", `
0  = {1} : message
1 1 = "" : string
`},
	} {
		data := unhex(t, tt.hex)
		r := Decode(data, Options{As: "protobuf"})
		if got := "\n" + rows(r); got != tt.want || r.Fault != nil {
			t.Errorf("%s:%s\nwant%s%v", tt.name, got, tt.want, r.Fault)
		}
		checkResult(t, r, data)
	}
}

func TestProtobufOutputs(t *testing.T) {
	r := Decode(unhex(t, "089601 120774657374696e67 1a03089601"), Options{As: "protobuf"})
	if got := string(r.AppendJSON(nil)); got != `{"1":150,"2":"testing","3":{"1":150}}` {
		t.Error(got)
	}
	if got := r.Diagnostic(); got != `{1: 150, 2: "testing", 3: {1: 150}}` {
		t.Error(got)
	}
	if got := r.Preview(80); got != `{1: 150, 2: testing, 3: {1: 150}}` {
		t.Error(got)
	}
	for i, want := range [][4]int{{0, 17, 0, 0}, {1, 3, 0, 1}, {4, 12, 3, 4}, {13, 17, 12, 13}, {15, 17, 14, 15}} {
		s, e := r.Tree.Range(i)
		ks, ke := r.Tree.KeyRange(i)
		if got := [4]int{s, e, ks, ke}; got != want {
			t.Errorf("node %d: %v, want %v", i, got, want)
		}
	}
	repeated := Decode(unhex(t, "0801 0802"), Options{As: "protobuf"})
	if got := string(repeated.AppendJSON(nil)); got != `{"$map":[[1,1],[1,2]]}` {
		t.Error(got)
	}
}

func TestProtobufFaults(t *testing.T) {
	checkFaults(t, Options{As: "protobuf"}, []broken{
		{"field 0", "0801 0001", 2, "expected the tag of a field, 00 is none", false, 2},
		{"wire type 6", "0801 0e", 2, "expected the tag of a field, 0e is none", false, 2},
		{"wire type 7", "0f", 0, "expected the tag", false, 1},
		{"field beyond 2^29-1", "8080808010", 0, "expected the tag", false, 1},
		{"end of no group", "0801 0c", 2, "expected the tag", false, 2},
		{"end of another group", "0b 1001 14", 3, "expected the tag", false, 3},
		{"varint too long", "08 ffffffffffffffffffff01", 0, "expected the value of field 1", false, 1},
		{"varint cut", "0801 1080", 2, "expected the value of field 2, the data ends", true, 2},
		{"tag cut", "0801 80", 2, "expected a tag, the data ends", true, 2},
		{"fixed cut", "09 0102", 0, "expected the value of field 1, the data ends", true, 1},
		{"string cut", "0a 05 6865", 0, "needs 5 bytes, 2 left", true, 2},
		{"length cut", "0a 80", 0, "expected the length of a value, the data ends", true, 1},
		{"length beyond 2 GiB", "0a ffffffff7f", 0, "expected the length of a value", false, 1},
		{"group open", "0b 1001", 3, "expected the end of group 1, the data ends", true, 3},
	})
}

func TestProtobufNestingIsLimited(t *testing.T) {
	data := []byte{0x08, 1}
	for range 40 {
		data = protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), data)
	}
	r := Decode(data, Options{As: "protobuf"})
	if last := r.Tree.Len() - 1; r.Fault != nil || r.Tree.Depth(last) != maxProtoNested || r.Tree.Type(last) != "bytes" {
		t.Errorf("%v, depth %d %s", r.Fault, r.Tree.Depth(last), r.Tree.Type(last))
	}
	checkResult(t, r, data)
	groups := bytes.Repeat([]byte{0x0b}, 1<<16)
	if r := Decode(groups, Options{As: "protobuf"}); r.Fault == nil || r.Tree.Len() != maxProtoNested+1 {
		t.Errorf("%v, %d nodes", r.Fault, r.Tree.Len())
	}
}

// TestProtobufDescriptor reads what the library has written: a file descriptor, many levels deep.
func TestProtobufDescriptor(t *testing.T) {
	data, err := proto.Marshal(protodesc.ToFileDescriptorProto(descriptorpb.File_google_protobuf_descriptor_proto))
	if err != nil {
		t.Fatal(err)
	}
	r := Decode(data, Options{})
	if r.Format != "protobuf" || r.Fault != nil || r.Confidence() < 0.95 {
		t.Fatalf("%s, %v", r.Chain(), r.Fault)
	}
	if name, pkg := r.Tree.Value(1), r.Tree.Value(2); name != "google/protobuf/descriptor.proto" || pkg != "google.protobuf" {
		t.Errorf("%q %q", name, pkg)
	}
	text, message, blob := 0, 0, 0
	for i := range r.Tree.Len() {
		switch r.Tree.Type(i) {
		case "string":
			text++
		case "message":
			message++
		case "bytes":
			blob++
			t.Logf("bytes %s", r.Tree.Value(i))
		}
	}
	if message < 200 || text < 400 || blob > message/20 {
		t.Errorf("%d messages, %d strings, %d bytes", message, text, blob)
	}
	checkResult(t, r, data)
}

// TestProtobufAgreesWithLibrary compares the walk with protowire over random fields and mutations.
func TestProtobufAgreesWithLibrary(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var data []byte
		for range rapid.IntRange(0, 8).Draw(rt, "fields") {
			n := protowire.Number(rapid.Int32Range(1, 1<<29-1).Draw(rt, "number"))
			switch rapid.IntRange(0, 4).Draw(rt, "type") {
			case 0:
				data = protowire.AppendVarint(protowire.AppendTag(data, n, protowire.VarintType), rapid.Uint64().Draw(rt, "v"))
			case 1:
				data = protowire.AppendFixed64(protowire.AppendTag(data, n, protowire.Fixed64Type), rapid.Uint64().Draw(rt, "v"))
			case 2:
				data = protowire.AppendFixed32(protowire.AppendTag(data, n, protowire.Fixed32Type), rapid.Uint32().Draw(rt, "v"))
			case 3:
				data = protowire.AppendGroup(protowire.AppendTag(data, n, protowire.StartGroupType), n, nil)
			default:
				data = protowire.AppendBytes(protowire.AppendTag(data, n, protowire.BytesType), rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(rt, "v"))
			}
		}
		data = mutated(rt, data)
		valid := libraryMessage(data)
		_, why := protoSkip(data)
		if (why == breakNone) != valid {
			rt.Fatalf("%x: %v, the library says %v", data, why, valid)
		}
		r := Decode(data, Options{As: "protobuf"})
		if len(data) > 0 && (r.Fault == nil) != valid {
			rt.Fatalf("%x: %v, the library says %v", data, r.Fault, valid)
		}
		checkTree(rt, r)
	})
}

// TestProtobufPrefixes: a cut changes nothing before the field of the root that it hits.
func TestProtobufPrefixes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		data := proto3(r)
		whole := Decode(data, Options{As: "protobuf"}).Tree
		for cut := 1; cut < len(data); cut++ {
			part := Decode(data[:cut], Options{As: "protobuf"})
			fields := 0
			for i := 1; i < whole.Len(); i = whole.End(i) {
				if _, end := whole.Range(i); end > cut {
					break
				}
				for c := i; c < whole.End(i); c++ {
					if part.Tree.Key(c) != whole.Key(c) || part.Tree.Value(c) != whole.Value(c) || part.Tree.Type(c) != whole.Type(c) || part.Tree.Depth(c) != whole.Depth(c) {
						t.Fatalf("%x cut at %d: node %d is %s = %s", data, cut, c, part.Tree.Key(c), part.Tree.Value(c))
					}
				}
				fields = i
			}
			_, end := whole.Range(fields)
			if fields == 0 {
				end = 0
			}
			if (part.Fault == nil) != (end == cut) || part.Fault != nil && !part.Truncated {
				t.Fatalf("%x cut at %d: %v, truncated %v", data, cut, part.Fault, part.Truncated)
			}
		}
	}
}

// proto3 is a message as services send it.
func proto3(r *rand.Rand) []byte {
	for {
		if p := protoOf(message(r)); len(p) > 0 {
			return p
		}
	}
}

func TestGRPCFrame(t *testing.T) {
	p := protoOf(order(2))
	frame := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(p))), p...)
	if r := Decode(frame, Options{}); r.Chain() != "grpc → protobuf" || r.Fault != nil {
		t.Errorf("%s, %v", r.Chain(), r.Fault)
	}
	z := gzipped(t, p)
	frame = append(binary.BigEndian.AppendUint32([]byte{1}, uint32(len(z))), z...)
	if r := Decode(frame, Options{}); r.Chain() != "grpc → gzip → protobuf" {
		t.Error(r.Chain())
	}
	for name, data := range map[string][]byte{"ends early": frame[:20], "after the message": append(bytes.Clone(frame), 0), "0 or 1": unhex(t, "0200000001ff")} {
		if r := Decode(data, Options{As: "grpc,binary"}); r.Fault == nil || !strings.Contains(r.Fault.Text, name) {
			t.Errorf("%s: %v", name, r.Fault)
		}
	}
}

// TestProtobufAsText: bytes that are text stay text, however well they read as a message.
func TestProtobufAsText(t *testing.T) {
	for n := range 40 {
		text := fmt.Sprintf("\n%c%s", n+0x20, strings.Repeat("e", n+0x20))
		if r := Decode([]byte(text), Options{}); r.Format != "text" {
			t.Errorf("%q is %s", text, r.Chain())
		}
	}
}
