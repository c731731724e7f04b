package main

import (
	"bytes"
	"encoding/json"

	"github.com/hamba/avro/v2"
	"github.com/hamba/avro/v2/ocf"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// messages adds Protocol Buffers of several shapes, and Avro.
func (m *maker) messages() {
	add := func(name string, data []byte) {
		p := payload{Template: "protobuf " + name, Class: "whole", Want: "protobuf", Data: data, Undecidable: len(data) < 8}
		if len(data) > 0 {
			m.out = append(m.out, p)
			m.wrapped(p)
		}
	}
	opt := proto.MarshalOptions{Deterministic: true}
	_, doc := m.document()
	var plain any
	must(0, json.Unmarshal(must(json.Marshal(doc)), &plain))
	add("value", must(opt.Marshal(must(structpb.NewValue(plain)))))
	add("any", must(opt.Marshal(must(anypb.New(timestamppb.New(m.when()))))))
	add("descriptor", must(opt.Marshal(protodesc.ToFileDescriptorProto(timestamppb.File_google_protobuf_timestamp_proto))))
	add("dynamic", must(opt.Marshal(m.dynamic(schema()))))
	add("groups", m.groups())
	m.avro()
}

// schema is a message with packed, mapped, zigzag and nested fields.
func schema() protoreflect.MessageDescriptor {
	field := func(name string, number int32, kind descriptorpb.FieldDescriptorProto_Type, many bool) *descriptorpb.FieldDescriptorProto {
		f := &descriptorpb.FieldDescriptorProto{Name: proto.String(name), Number: proto.Int32(number), Type: kind.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()}
		if many {
			f.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
		}
		if kind == descriptorpb.FieldDescriptorProto_TYPE_MESSAGE {
			f.TypeName = proto.String(".sea.Ship")
		}
		return f
	}
	file := &descriptorpb.FileDescriptorProto{
		Name: proto.String("sea.proto"), Package: proto.String("sea"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Ship"), Field: []*descriptorpb.FieldDescriptorProto{
			field("name", 1, descriptorpb.FieldDescriptorProto_TYPE_STRING, false),
			field("draught", 2, descriptorpb.FieldDescriptorProto_TYPE_DOUBLE, false),
			field("drift", 3, descriptorpb.FieldDescriptorProto_TYPE_SINT64, false),
			field("soundings", 4, descriptorpb.FieldDescriptorProto_TYPE_SINT32, true),
			field("tenders", 5, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, true),
			field("hash", 6, descriptorpb.FieldDescriptorProto_TYPE_FIXED64, false),
			field("seal", 7, descriptorpb.FieldDescriptorProto_TYPE_BYTES, false),
			field("angles", 8, descriptorpb.FieldDescriptorProto_TYPE_FLOAT, true),
			field("ports", 16, descriptorpb.FieldDescriptorProto_TYPE_STRING, true),
			field("ok", 17, descriptorpb.FieldDescriptorProto_TYPE_BOOL, false),
			field("temperature", 2000, descriptorpb.FieldDescriptorProto_TYPE_INT32, false),
		}}},
	}
	return must(protodesc.NewFile(file, nil)).Messages().Get(0)
}

// dynamic fills a message by chance.
func (m *maker) dynamic(d protoreflect.MessageDescriptor) *dynamicpb.Message {
	msg := dynamicpb.NewMessage(d)
	fields := d.Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if m.IntN(3) == 0 || f.Kind() == protoreflect.MessageKind && m.IntN(3) > 0 {
			continue
		}
		if !f.IsList() {
			msg.Set(f, m.scalar(f.Kind()))
			continue
		}
		list := msg.Mutable(f).List()
		for range 1 + m.IntN(6) {
			if f.Kind() == protoreflect.MessageKind {
				list.Append(protoreflect.ValueOfMessage(m.dynamic(d)))
			} else {
				list.Append(m.scalar(f.Kind()))
			}
		}
	}
	return msg
}

func (m *maker) scalar(k protoreflect.Kind) protoreflect.Value {
	switch k {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(pick(m, m.word(), m.sentence(4), m.person()))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(m.NormFloat64() * 10)
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(m.NormFloat64()))
	case protoreflect.Sint64Kind:
		return protoreflect.ValueOfInt64(m.Int64N(1e6) - 5e5)
	case protoreflect.Sint32Kind, protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(m.IntN(2000)) - 1000)
	case protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(m.Uint64())
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(m.noise(m.IntN(33)))
	default:
		return protoreflect.ValueOfBool(true)
	}
}

// groups writes the groups of proto2, nested.
func (m *maker) groups() []byte {
	var b []byte
	b = protowire.AppendTag(b, 1, protowire.BytesType)
	b = protowire.AppendString(b, m.sentence(3))
	for range 1 + m.IntN(3) {
		b = protowire.AppendTag(b, 2, protowire.StartGroupType)
		b = protowire.AppendTag(b, 3, protowire.BytesType)
		b = protowire.AppendString(b, m.word())
		b = protowire.AppendTag(b, 4, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(m.IntN(1e5)))
		b = protowire.AppendTag(b, 2, protowire.EndGroupType)
	}
	return b
}

// avro adds a container file in each of its codecs.
func (m *maker) avro() {
	const text = `{"type":"record","name":"Haul","fields":[{"name":"boat","type":"string"},{"name":"kilos","type":"double"},{"name":"crates","type":"long"}]}`
	type haul struct {
		Boat   string  `avro:"boat"`
		Kilos  float64 `avro:"kilos"`
		Crates int64   `avro:"crates"`
	}
	var b bytes.Buffer
	e := must(ocf.NewEncoder(text, &b, ocf.WithCodec(pick(m, ocf.Null, ocf.Deflate, ocf.Snappy))))
	h := haul{m.word(), m.Float64() * 900, m.Int64N(400)}
	must(0, e.Encode(h))
	must(0, e.Close())
	m.out = append(m.out, payload{Template: "avro container", Class: "named", Want: "avro", Data: b.Bytes()})
	h.Boat = m.uuid()
	raw := must(avro.Marshal(avro.MustParse(text), h))
	m.out = append(m.out, payload{Template: "raw avro", Class: "binary", Want: "binary", Accept: []string{"avro"}, Data: raw})
}
