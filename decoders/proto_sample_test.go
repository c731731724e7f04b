package decoders

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// shopProto has every kind of field that Protocol Buffers know.
const shopProto = `
syntax = "proto3";
package shop.v1;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

enum Status { STATUS_UNSPECIFIED = 0; ACTIVE = 1; CLOSED = 2; REFUNDED = -1; }

message Item { string sku = 1; int32 quantity = 2; double price = 3; }

message Order {
  string id = 1;
  Status status = 2;
  repeated Item items = 3;
  google.protobuf.Timestamp created = 4;
  map<string, string> labels = 5;
  int64 customer = 6;
}

message All {
  double d = 1; float f = 2; int32 i32 = 3; int64 i64 = 4; uint32 u32 = 5; uint64 u64 = 6;
  sint32 s32 = 7; sint64 s64 = 8; fixed32 f32 = 9; fixed64 f64 = 10; sfixed32 sf32 = 11; sfixed64 sf64 = 12;
  bool b = 13; string s = 14; bytes raw = 15; Status status = 16;
  repeated int32 packed = 17; repeated sint64 loose = 18 [packed = false]; repeated string names = 19;
  repeated Status states = 20; repeated double doubles = 21; repeated bool flags = 22; repeated fixed32 fixed = 23;
  map<string, Item> by_name = 24; map<int32, string> by_number = 25; map<bool, double> by_truth = 26;
  map<sint64, Status> by_sint = 27; map<fixed32, bytes> by_fixed = 28;
  oneof contact { string email = 29; int64 phone = 30; Item gift = 31; }
  optional int32 maybe = 32;
  All child = 33; repeated All children = 34;
  google.protobuf.Timestamp at = 35; google.protobuf.Duration took = 36;
  google.protobuf.Struct object = 37; google.protobuf.Value value = 38; google.protobuf.ListValue list = 39;
  google.protobuf.Int64Value count = 40; google.protobuf.StringValue note = 41; google.protobuf.BoolValue sure = 42;
  google.protobuf.BytesValue blob = 43; google.protobuf.DoubleValue ratio = 44; google.protobuf.UInt32Value few = 45;
  repeated google.protobuf.Timestamp times = 46; map<string, google.protobuf.Timestamp> when = 47;
  google.protobuf.Any any = 48; google.protobuf.FloatValue part = 49; google.protobuf.NullValue nothing = 50;
  repeated google.protobuf.Value values = 51; map<string, google.protobuf.Value> bag = 52;
}
`

// oldProto has what only proto2 has.
const oldProto = `
syntax = "proto2";
package old;
message Record {
  required int32 id = 1;
  optional group Detail = 2 { optional string name = 1; repeated group Part = 2 { optional int32 n = 1; } }
  enum Colour { RED = 1; BLUE = 3; }
  optional Colour colour = 3 [default = BLUE];
  repeated int32 plain = 4;
  repeated int32 dense = 5 [packed = true];
  extensions 100 to 200;
}
extend Record { optional string remark = 100; repeated int32 marks = 101; }
message Order { optional string id = 1; }
`

// compiled is the descriptors of the two files above, with all they import.
func compiled(t testing.TB) *protoregistry.Files {
	c := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{"shop.proto": shopProto, "old.proto": oldProto}),
	})}
	list, err := c.Compile(t.Context(), "shop.proto", "old.proto")
	if err != nil {
		t.Fatalf("%v", err)
	}
	files := new(protoregistry.Files)
	var add func(fd protoreflect.FileDescriptor)
	add = func(fd protoreflect.FileDescriptor) {
		if _, err := files.FindFileByPath(fd.Path()); err == nil {
			return
		}
		for i := range fd.Imports().Len() {
			add(fd.Imports().Get(i).FileDescriptor)
		}
		if err := files.RegisterFile(fd); err != nil {
			t.Fatalf("%v", err)
		}
	}
	for _, fd := range list {
		add(fd)
	}
	return files
}

func messageOfType(t testing.TB, files *protoregistry.Files, name string) protoreflect.MessageDescriptor {
	d, err := files.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return d.(protoreflect.MessageDescriptor)
}

// protoMaker makes random messages.
type protoMaker struct {
	r     *rand.Rand
	files *protoregistry.Files
	share float64 // of the fields that are set
	named bool    // enums have numbers with a name only
}

func (m *protoMaker) message(md protoreflect.MessageDescriptor, depth int) *dynamicpb.Message {
	msg := dynamicpb.NewMessage(md)
	switch md.FullName() {
	case "google.protobuf.Timestamp":
		m.moment(msg, -62135596800, 253402300799)
		return msg
	case "google.protobuf.Duration":
		m.moment(msg, 0, 1000000)
		return msg
	case "google.protobuf.Value":
		m.value(msg, depth)
		return msg
	case "google.protobuf.Any":
		held := m.message(messageOfType(nil, m.files, "shop.v1.Item"), depth+1)
		b, _ := proto.Marshal(held)
		msg.Set(md.Fields().ByNumber(1), protoreflect.ValueOfString("type.googleapis.com/shop.v1.Item"))
		msg.Set(md.Fields().ByNumber(2), protoreflect.ValueOfBytes(b))
		return msg
	}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		must := fd.Cardinality() == protoreflect.Required
		if (m.r.Float64() > m.share || depth > 3 && fd.Message() != nil) && !must {
			continue
		}
		m.set(msg, fd, depth)
	}
	return msg
}

func (m *protoMaker) set(msg *dynamicpb.Message, fd protoreflect.FieldDescriptor, depth int) {
	switch {
	case fd.IsMap():
		for range m.r.IntN(4) {
			msg.Mutable(fd).Map().Set(m.one(fd.MapKey(), depth).MapKey(), m.one(fd.MapValue(), depth))
		}
	case fd.IsList():
		for range m.r.IntN(4) {
			msg.Mutable(fd).List().Append(m.one(fd, depth))
		}
	default:
		msg.Set(fd, m.one(fd, depth))
	}
}

func (m *protoMaker) moment(msg *dynamicpb.Message, from, to int64) {
	fields := msg.Descriptor().Fields()
	msg.Set(fields.ByNumber(1), protoreflect.ValueOfInt64(from+m.r.Int64N(to-from)))
	if m.r.IntN(2) == 0 {
		nano := []int32{1, 1000, 1000000, 999999999}[m.r.IntN(4)]
		msg.Set(fields.ByNumber(2), protoreflect.ValueOfInt32(nano))
	}
}

// value fills a google.protobuf.Value, which must hold something.
func (m *protoMaker) value(msg *dynamicpb.Message, depth int) {
	n := 1 + m.r.IntN(6)
	if depth > 3 {
		n = 1 + m.r.IntN(4)
	}
	fd := msg.Descriptor().Fields().ByNumber(protoreflect.FieldNumber(n))
	v := m.one(fd, depth)
	if n == 2 {
		v = protoreflect.ValueOfFloat64(m.r.NormFloat64() * 1000)
	}
	msg.Set(fd, v)
}

func (m *protoMaker) one(fd protoreflect.FieldDescriptor, depth int) protoreflect.Value {
	wide := m.r.Uint64() >> m.r.IntN(64)
	if m.r.IntN(8) == 0 {
		wide = ^wide
	}
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return protoreflect.ValueOfMessage(m.message(fd.Message(), depth+1))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(wide&1 == 1)
	case protoreflect.EnumKind:
		v := fd.Enum().Values().Get(m.r.IntN(fd.Enum().Values().Len())).Number()
		if fd.Enum().FullName() == "shop.v1.Status" && !m.named && m.r.IntN(9) == 0 {
			v = 77 // an open enum may have any number
		}
		return protoreflect.ValueOfEnum(v)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString([]string{"", "a", "ключ", "tab\t\"quote\"", "true", "42", fmt.Sprint(wide), "long " + fmt.Sprint(wide, wide)}[m.r.IntN(8)])
	case protoreflect.BytesKind:
		b := make([]byte, m.r.IntN(20))
		for i := range b {
			b[i] = byte(m.r.Uint32())
		}
		return protoreflect.ValueOfBytes(b)
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(m.float()))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(m.float())
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(int64(wide))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(wide)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(wide))
	default:
		return protoreflect.ValueOfInt32(int32(wide))
	}
}

func (m *protoMaker) float() float64 {
	return []float64{0, 1, -2.5, math.Inf(1), math.Inf(-1), math.NaN(), 1e300, 3.4028234e38, m.r.NormFloat64(), math.Copysign(0, -1)}[m.r.IntN(10)]
}

// marshalled writes a message, the entries of its maps in the order of their keys.
func marshalled(t testing.TB, msg proto.Message) []byte {
	b, err := proto.MarshalOptions{Deterministic: true, AllowPartial: true}.Marshal(msg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
