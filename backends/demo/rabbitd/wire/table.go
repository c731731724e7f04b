package wire

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Table is a field table: names of at most 255 bytes with typed values. The Go types stand for the
// type letters of RabbitMQ's errata, section 3, and keep their width in both directions:
//
//	t bool     b int8      B uint8     s int16   u uint16   I int32   i uint32   l int64
//	f float32  d float64   D Decimal   S string  x []byte   A []any   T time.Time (whole seconds)
//	F Table    V nil
//
// Encode writes the fields in the order of their names, so that equal tables have equal bytes.
// int, uint and uint64 are written as l; a value of any other type as the text that fmt prints.
type Table map[string]any

// Decimal is Value / 10^Scale. The specification has Value signed, RabbitMQ reads it unsigned:
// the bits are the same.
type Decimal struct {
	Scale uint8
	Value int32
}

// Clone copies the table itself, not the tables and arrays in it.
func (t Table) Clone() Table { return maps.Clone(t) }

// maxDepth bounds how deep tables and arrays may lie in each other. RabbitMQ has no limit but that
// of the frame; real tables have a depth of 3.
const maxDepth = 64

// AppendTable appends the table with its length in front.
func AppendTable(dst []byte, t Table) []byte {
	dst, at := reserve32(dst)
	var names [16]string
	sorted := names[:0]
	for name := range t {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	for _, name := range sorted {
		dst = appendShortstr(dst, name)
		dst = appendField(dst, t[name])
	}
	return fill32(dst, at)
}

// ReadTable reads a table with its length in front and returns what follows it.
func ReadTable(src []byte) (Table, []byte, error) {
	d := coder{buf: src, decoding: true}
	var t Table
	d.table(&t)
	if d.err != nil {
		return nil, nil, d.err
	}
	return t, d.buf, nil
}

func appendField(dst []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(dst, 'V')
	case string:
		return appendLongstr(append(dst, 'S'), v)
	case []byte:
		return appendLongstr(append(dst, 'x'), v)
	case time.Time:
		return append64(append(dst, 'T'), uint64(v.Unix()))
	case Decimal:
		return append32(append(dst, 'D', v.Scale), uint32(v.Value))
	case Table:
		return AppendTable(append(dst, 'F'), v)
	case []any:
		dst, at := reserve32(append(dst, 'A'))
		for _, element := range v {
			dst = appendField(dst, element)
		}
		return fill32(dst, at)
	}
	return appendNumber(dst, value)
}

// readTable reads the fields of a table to the end of d. In a name that stands twice the last one
// counts.
func (d *coder) readTable(depth int) Table {
	t := Table{}
	for len(d.buf) > 0 && d.err == nil {
		var name string
		d.shortstr(&name)
		value := d.field(depth)
		if d.err == nil {
			t[name] = value
		}
	}
	return t
}

// field reads one value with its type letter. A failure is left in d.err.
func (d *coder) field(depth int) any {
	letter := d.take(1)
	if letter == nil {
		return nil
	}
	switch letter[0] {
	case 'V':
		return nil
	case 'S':
		return string(d.longBytes())
	case 'x':
		return slices.Clone(d.longBytes())
	case 'T':
		return time.Unix(int64(d.take64()), 0).UTC()
	case 'D':
		return Decimal{Scale: d.take8(), Value: int32(d.take32())}
	case 'F', 'A':
		return d.nested(letter[0], depth+1)
	}
	return d.number(letter[0])
}

func (d *coder) nested(letter byte, depth int) any {
	if depth > maxDepth {
		d.fail(fmt.Errorf("%w: tables more than %d deep", ErrSyntax, maxDepth))
		return nil
	}
	inner := coder{buf: d.longBytes(), decoding: true, err: d.err}
	defer func() { d.err = inner.err }()
	if letter == 'F' {
		return inner.readTable(depth)
	}
	array := []any{}
	for len(inner.buf) > 0 && inner.err == nil {
		array = append(array, inner.field(depth))
	}
	return array
}

// ReadFields reads a table without its length, to the end of src.
func ReadFields(src []byte) (Table, error) {
	d := coder{buf: src, decoding: true}
	t := d.readTable(0)
	return t, d.err
}
