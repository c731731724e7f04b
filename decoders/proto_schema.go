package decoders

import (
	"cmp"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Schema is the message types that payloads of Protocol Buffers may be of. It is not changed once it
// is made and may be used from several goroutines.
type Schema struct {
	messages map[string]*messageType
	names    []string // those a payload may be, sorted
}

// NewSchema takes the messages, enums and extensions of all files. Of a message whose file is not
// among them only the name is known.
func NewSchema(files *protoregistry.Files) *Schema {
	b := schemaBuilder{s: &Schema{messages: map[string]*messageType{}}, enums: map[protoreflect.FullName]*enumType{}}
	files.RangeFiles(func(fd protoreflect.FileDescriptor) bool {
		b.declared(fd.Messages())
		return true
	})
	b.finish()
	files.RangeFiles(func(fd protoreflect.FileDescriptor) bool {
		b.extensions(fd.Extensions(), fd.Messages())
		return true
	})
	b.finish()
	for name, m := range b.s.messages {
		if !m.entry && !m.missing {
			b.s.names = append(b.s.names, name)
		}
	}
	slices.Sort(b.s.names)
	return b.s
}

// Messages lists the full names of the message types, sorted.
func (s *Schema) Messages() []string {
	if s == nil {
		return nil
	}
	return slices.Clone(s.names)
}

// meaning is what the well-known types stand for (protobuf.dev/reference/protobuf/google.protobuf).
type meaning uint8

const (
	meansNothing meaning = iota
	meansTime
	meansDuration
	meansWrapped // BoolValue to UInt64Value
	meansStruct
	meansValue
	meansList
	meansAny
)

// messageType is a message type.
type messageType struct {
	name    string
	fields  map[uint32]*fieldType
	must    []uint32 // required fields
	means   meaning
	entry   bool       // of a map
	missing bool       // its file is not there
	plain   int        // fields that a message may have at once, extensions not counted
	asValue *fieldType // a field of this type, for a root and for the content of an Any
}

// enumType is the names of an enum's values; of aliases the first.
type enumType struct {
	name   string
	values map[int32]string
}

// fieldType is what a schema says of a field. Nodes of a typed tree point at theirs: those of an
// array and its items at the repeated one, the values of a map at the map's value.
type fieldType struct {
	name     string // in brackets for an extension, as text format and JSON write it
	number   uint32
	kind     protoreflect.Kind
	repeated bool
	implicit bool         // has no presence: a default is not written
	message  *messageType // of messages and groups
	enum     *enumType
	oneof    string
	key      *fieldType // of the value of a map: its key
	value    *fieldType // of a map: its value
}

// schemaBuilder turns descriptors into a Schema.
type schemaBuilder struct {
	s     *Schema
	enums map[protoreflect.FullName]*enumType
	todo  []protoreflect.MessageDescriptor // registered, their fields not read yet
}

func (b *schemaBuilder) declared(list protoreflect.MessageDescriptors) {
	for i := range list.Len() {
		b.message(list.Get(i))
		b.declared(list.Get(i).Messages())
	}
}

// message registers a message type; finish reads its fields, so that types may contain each other.
func (b *schemaBuilder) message(md protoreflect.MessageDescriptor) *messageType {
	name := string(md.FullName())
	if m := b.s.messages[name]; m != nil {
		return m
	}
	m := &messageType{name: name, fields: map[uint32]*fieldType{}, missing: md.IsPlaceholder()}
	m.asValue = &fieldType{name: "value", number: 2, kind: protoreflect.MessageKind, message: m}
	b.s.messages[name] = m
	if !m.missing {
		m.entry = md.IsMapEntry()
		b.todo = append(b.todo, md)
	}
	return m
}

func (b *schemaBuilder) finish() {
	for len(b.todo) > 0 {
		md := b.todo[len(b.todo)-1]
		b.todo = b.todo[:len(b.todo)-1]
		m := b.s.messages[string(md.FullName())]
		for i := range md.Fields().Len() {
			fd := md.Fields().Get(i)
			b.field(m, fd)
			if fd.Cardinality() == protoreflect.Required {
				m.must = append(m.must, uint32(fd.Number()))
			}
		}
		m.plain = likely(md)
		m.means = meaningOf(md)
	}
}

// likely counts the fields that a message may have at once: one of each oneof.
func likely(md protoreflect.MessageDescriptor) int {
	n := md.Fields().Len()
	for i := range md.Oneofs().Len() {
		n -= md.Oneofs().Get(i).Fields().Len() - 1
	}
	return n
}

// extensions adds the extensions of a file to the messages they extend.
func (b *schemaBuilder) extensions(list protoreflect.ExtensionDescriptors, inside protoreflect.MessageDescriptors) {
	for i := range list.Len() {
		fd := list.Get(i)
		if m := b.message(fd.ContainingMessage()); m.fields[uint32(fd.Number())] == nil {
			b.field(m, fd)
		}
	}
	for i := range inside.Len() {
		b.extensions(inside.Get(i).Extensions(), inside.Get(i).Messages())
	}
}

func (b *schemaBuilder) field(m *messageType, fd protoreflect.FieldDescriptor) {
	f := &fieldType{
		name: fd.TextName(), number: uint32(fd.Number()), kind: fd.Kind(),
		repeated: fd.Cardinality() == protoreflect.Repeated,
		implicit: !fd.HasPresence() && !fd.IsList() && !fd.IsMap() && !fd.ContainingMessage().IsMapEntry(),
	}
	if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
		f.oneof = string(o.Name())
	}
	switch f.kind {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		f.message = b.message(fd.Message())
	case protoreflect.EnumKind:
		f.enum = b.enum(fd.Enum())
	default:
	}
	if fd.IsMap() {
		key, value := b.entryField(fd.MapKey()), b.entryField(fd.MapValue())
		value.key, f.value = key, value
	}
	m.fields[f.number] = f
}

// entryField is the key or the value of a map without the message around them.
func (b *schemaBuilder) entryField(fd protoreflect.FieldDescriptor) *fieldType {
	var m messageType
	m.fields = map[uint32]*fieldType{}
	b.field(&m, fd)
	return m.fields[uint32(fd.Number())]
}

func (b *schemaBuilder) enum(ed protoreflect.EnumDescriptor) *enumType {
	if e := b.enums[ed.FullName()]; e != nil {
		return e
	}
	e := &enumType{name: string(ed.FullName()), values: map[int32]string{}}
	b.enums[ed.FullName()] = e
	if ed.IsPlaceholder() {
		return e
	}
	for i := range ed.Values().Len() {
		v := ed.Values().Get(i)
		if _, twice := e.values[int32(v.Number())]; !twice {
			e.values[int32(v.Number())] = string(v.Name())
		}
	}
	return e
}

// meaningOf is what a well-known type stands for; a type that has the name but other fields stands
// for nothing.
func meaningOf(md protoreflect.MessageDescriptor) meaning {
	known := map[protoreflect.FullName]struct {
		means  meaning
		fields string
	}{
		"google.protobuf.Timestamp": {meansTime, "seconds int64,nanos int32"},
		"google.protobuf.Duration":  {meansDuration, "seconds int64,nanos int32"},
		"google.protobuf.Any":       {meansAny, "type_url string,value bytes"},
		"google.protobuf.Struct":    {meansStruct, "fields message"},
		"google.protobuf.ListValue": {meansList, "values message"},
		"google.protobuf.Value": {
			meansValue, "null_value enum,number_value double,string_value string,bool_value bool,struct_value message,list_value message",
		},
		"google.protobuf.DoubleValue": {meansWrapped, "value double"},
		"google.protobuf.FloatValue":  {meansWrapped, "value float"},
		"google.protobuf.Int64Value":  {meansWrapped, "value int64"},
		"google.protobuf.UInt64Value": {meansWrapped, "value uint64"},
		"google.protobuf.Int32Value":  {meansWrapped, "value int32"},
		"google.protobuf.UInt32Value": {meansWrapped, "value uint32"},
		"google.protobuf.BoolValue":   {meansWrapped, "value bool"},
		"google.protobuf.StringValue": {meansWrapped, "value string"},
		"google.protobuf.BytesValue":  {meansWrapped, "value bytes"},
	}[md.FullName()]
	if known.fields != fieldList(md) {
		return meansNothing
	}
	return known.means
}

// fieldList is "seconds int64,nanos int32" for fields that are numbered from 1 on without gaps, in
// the order of their numbers; "" for all others.
func fieldList(md protoreflect.MessageDescriptor) string {
	list := make([]protoreflect.FieldDescriptor, md.Fields().Len())
	for i := range list {
		list[i] = md.Fields().Get(i)
	}
	slices.SortFunc(list, func(a, b protoreflect.FieldDescriptor) int { return cmp.Compare(a.Number(), b.Number()) })
	out := ""
	for i, fd := range list {
		if int(fd.Number()) != i+1 {
			return ""
		}
		if i > 0 {
			out += ","
		}
		out += string(fd.Name()) + " " + fd.Kind().String()
	}
	return out
}

// packable reports whether values of a field may stand one after the other in one length-delimited
// value.
func (f *fieldType) packable() bool {
	return f.repeated && wireOf(f.kind) != wireBytes && f.message == nil
}

// wireOf is the wire type of a kind.
func wireOf(k protoreflect.Kind) uint8 {
	switch k {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return wireFixed32
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return wireFixed64
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return wireBytes
	case protoreflect.GroupKind:
		return wireGroup
	default:
		return wireVarint
	}
}
