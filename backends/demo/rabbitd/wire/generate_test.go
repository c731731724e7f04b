package wire

import (
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// shortstrs draws what a short string can hold.
func shortstrs() *rapid.Generator[string] {
	return rapid.String().Filter(func(s string) bool { return len(s) <= maxShortstr && utf8.ValidString(s) })
}

func times() *rapid.Generator[time.Time] {
	return rapid.Map(rapid.Int64(), func(n int64) time.Time { return time.Unix(n, 0).UTC() })
}

// fields draws a value of a table; those of depth 0 hold no others.
func fields(depth int) *rapid.Generator[any] {
	kinds := []*rapid.Generator[any]{
		rapid.Just[any](nil),
		rapid.Bool().AsAny(),
		rapid.Int8().AsAny(), rapid.Uint8().AsAny(), rapid.Int16().AsAny(), rapid.Uint16().AsAny(),
		rapid.Int32().AsAny(), rapid.Uint32().AsAny(), rapid.Int64().AsAny(),
		rapid.Float32().Filter(func(f float32) bool { return !math.IsNaN(float64(f)) && !math.IsInf(float64(f), 0) }).AsAny(),
		rapid.Float64().Filter(func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }).AsAny(),
		rapid.Custom(func(t *rapid.T) Decimal {
			return Decimal{Scale: rapid.Uint8().Draw(t, "scale"), Value: rapid.Int32().Draw(t, "value")}
		}).AsAny(),
		rapid.String().AsAny(),
		rapid.SliceOfN(rapid.Byte(), 1, 64).AsAny(),
		times().AsAny(),
	}
	if depth > 0 {
		kinds = append(kinds, tables(depth-1).AsAny(), rapid.SliceOfN(fields(depth-1), 0, 4).AsAny())
	}
	return rapid.OneOf(kinds...)
}

func tables(depth int) *rapid.Generator[Table] {
	return rapid.Map(rapid.MapOfN(shortstrs(), fields(depth), 0, 5), func(m map[string]any) Table { return Table(m) })
}

// fill sets every field of the struct that m points to.
func fill(t *rapid.T, m any) {
	v := reflect.ValueOf(m).Elem()
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		switch f.Interface().(type) {
		case uint8:
			f.Set(reflect.ValueOf(rapid.Uint8().Draw(t, name)))
		case uint16:
			f.Set(reflect.ValueOf(rapid.Uint16().Draw(t, name)))
		case uint32:
			f.Set(reflect.ValueOf(rapid.Uint32().Draw(t, name)))
		case uint64:
			f.Set(reflect.ValueOf(rapid.Uint64().Draw(t, name)))
		case bool:
			f.Set(reflect.ValueOf(rapid.Bool().Draw(t, name)))
		case string:
			f.Set(reflect.ValueOf(shortstrs().Draw(t, name)))
		case time.Time:
			f.Set(reflect.ValueOf(times().Draw(t, name)))
		case Table:
			f.Set(reflect.ValueOf(tables(2).Draw(t, name)))
		case Present:
		default:
			t.Fatalf("no values for %v", f.Type())
		}
	}
}

// allMethods are the numbers of all methods there are.
func allMethods() []MethodID {
	var ids []MethodID
	for class := range uint32(200) {
		for method := range uint32(200) {
			if id := MethodID(class<<16 | method); NewMethod(id) != nil {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// nested is the bytes of tables in tables.
func nested(depth int) []byte {
	t := Table{}
	for range depth {
		t = Table{strings.Repeat("n", 3): t}
	}
	return AppendTable(nil, t)
}
