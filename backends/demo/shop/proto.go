package shop

import (
	_ "embed" // for Schema
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Schema is the text of the .proto file that the shop's Protocol Buffers follow. The shop writes
// them field by field (protobuf.dev/programming-guides/encoding) after pb tags of the same
// numbers, so that neither a compiler nor generated code is needed.
//
//go:embed shop.proto
var Schema string

// maxNesting bounds messages within messages; the schema has two levels.
const maxNesting = 8

var errNoMessage = errors.New("not a pointer to a message")

// marshalProto writes a struct, or what a pointer to one points to.
func marshalProto(value any) ([]byte, error) {
	v := reflect.Indirect(reflect.ValueOf(value))
	if v.Kind() != reflect.Struct {
		return nil, errNoMessage
	}
	return appendMessage(nil, v)
}

// appendMessage appends the fields that have a pb tag, those with their zero value left out as
// proto3 does.
func appendMessage(b []byte, v reflect.Value) ([]byte, error) {
	for i := range v.NumField() {
		number, ok := fieldNumber(v.Type().Field(i))
		if !ok || v.Field(i).IsZero() {
			continue
		}
		var err error
		if b, err = appendField(b, number, v.Field(i)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func fieldNumber(f reflect.StructField) (protowire.Number, bool) {
	n, err := strconv.ParseInt(f.Tag.Get("pb"), 10, 32)
	return protowire.Number(n), err == nil
}

func appendField(b []byte, number protowire.Number, v reflect.Value) ([]byte, error) {
	switch v.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), varint(v)), nil
	case reflect.Float64:
		return protowire.AppendFixed64(protowire.AppendTag(b, number, protowire.Fixed64Type), math.Float64bits(v.Float())), nil
	case reflect.String:
		return protowire.AppendString(protowire.AppendTag(b, number, protowire.BytesType), v.String()), nil
	case reflect.Pointer:
		return appendField(b, number, v.Elem())
	case reflect.Slice:
		return appendSlice(b, number, v)
	case reflect.Struct:
		return appendStruct(b, number, v)
	default:
		return nil, fmt.Errorf("no protobuf of a %s", v.Type())
	}
}

func varint(v reflect.Value) uint64 {
	switch {
	case v.Kind() == reflect.Bool:
		return protowire.EncodeBool(v.Bool())
	case v.CanInt():
		return uint64(v.Int())
	}
	return v.Uint()
}

func appendSlice(b []byte, number protowire.Number, v reflect.Value) ([]byte, error) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), v.Bytes()), nil
	}
	for i := range v.Len() {
		var err error
		if b, err = appendField(b, number, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// timestamp is google.protobuf.Timestamp.
type timestamp struct {
	Seconds int64 `pb:"1"`
	Nanos   int64 `pb:"2"`
}

func appendStruct(b []byte, number protowire.Number, v reflect.Value) ([]byte, error) {
	if at, ok := v.Interface().(time.Time); ok {
		v = reflect.ValueOf(timestamp{at.Unix(), int64(at.Nanosecond())})
	}
	inner, err := appendMessage(nil, v)
	if err != nil {
		return nil, err
	}
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), inner), nil
}

// unmarshalProto reads into a struct; unknown fields are skipped.
func unmarshalProto(b []byte, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return errNoMessage
	}
	return readMessage(b, v.Elem(), maxNesting)
}

func readMessage(b []byte, v reflect.Value, nesting int) error {
	if nesting == 0 {
		return errors.New("messages nested too deeply")
	}
	fields := map[protowire.Number]reflect.Value{}
	for i := range v.NumField() {
		if number, ok := fieldNumber(v.Type().Field(i)); ok {
			fields[number] = v.Field(i)
		}
	}
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		length := protowire.ConsumeFieldValue(number, kind, b[n:])
		if length < 0 {
			return protowire.ParseError(length)
		}
		if field, ok := fields[number]; ok {
			if err := readField(b[n:n+length], kind, field, nesting); err != nil {
				return fmt.Errorf("field %d: %w", number, err)
			}
		}
		b = b[n+length:]
	}
	return nil
}

// readField reads one value, which is whole.
func readField(b []byte, kind protowire.Type, v reflect.Value, nesting int) error {
	switch kind {
	case protowire.VarintType:
		n, _ := protowire.ConsumeVarint(b)
		return setVarint(v, n)
	case protowire.Fixed64Type:
		if v.Kind() != reflect.Float64 {
			break
		}
		n, _ := protowire.ConsumeFixed64(b)
		v.SetFloat(math.Float64frombits(n))
		return nil
	case protowire.BytesType:
		content, _ := protowire.ConsumeBytes(b)
		return setBytes(v, content, nesting)
	default: // groups and fixed32, which the schema does not use
	}
	return fmt.Errorf("wire type %d for a %s", kind, v.Type())
}

func setVarint(v reflect.Value, n uint64) error {
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(n != 0)
	case v.CanInt():
		v.SetInt(int64(n))
	case v.CanUint():
		v.SetUint(n)
	default:
		return fmt.Errorf("a number for a %s", v.Type())
	}
	return nil
}

func setBytes(v reflect.Value, content []byte, nesting int) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(string(content))
		return nil
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return setBytes(v.Elem(), content, nesting)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(append([]byte(nil), content...))
			return nil
		}
		element := reflect.New(v.Type().Elem()).Elem()
		if err := setBytes(element, content, nesting); err != nil {
			return err
		}
		v.Set(reflect.Append(v, element))
		return nil
	case reflect.Struct:
		if v.Type() != reflect.TypeFor[time.Time]() {
			return readMessage(content, v, nesting-1)
		}
		var at timestamp
		err := readMessage(content, reflect.ValueOf(&at).Elem(), nesting-1)
		v.Set(reflect.ValueOf(time.Unix(at.Seconds, at.Nanos).UTC()))
		return err
	default:
		return fmt.Errorf("bytes for a %s", v.Type())
	}
}
