package wire

import (
	"fmt"
	"math"
)

// appendNumber writes a boolean or a number with its type letter, and everything else as text.
func appendNumber(dst []byte, value any) []byte {
	switch v := value.(type) {
	case bool:
		if v {
			return append(dst, 't', 1)
		}
		return append(dst, 't', 0)
	case int8:
		return append(dst, 'b', byte(v))
	case uint8:
		return append(dst, 'B', v)
	case int16:
		return append16(append(dst, 's'), uint16(v))
	case uint16:
		return append16(append(dst, 'u'), v)
	case int32:
		return append32(append(dst, 'I'), uint32(v))
	case uint32:
		return append32(append(dst, 'i'), v)
	case float32:
		return append32(append(dst, 'f'), math.Float32bits(v))
	case float64:
		return append64(append(dst, 'd'), math.Float64bits(v))
	}
	return appendLong(dst, value)
}

func appendLong(dst []byte, value any) []byte {
	var long uint64
	switch v := value.(type) {
	case int64:
		long = uint64(v)
	case int:
		long = uint64(v)
	case uint:
		long = uint64(v)
	case uint64:
		long = v
	default:
		return appendLongstr(append(dst, 'S'), fmt.Sprint(v))
	}
	return append64(append(dst, 'l'), long)
}

// number reads what follows the type letter of a boolean or a number.
func (d *coder) number(letter byte) any {
	switch letter {
	case 't':
		return d.take8() != 0
	case 'b':
		return int8(d.take8())
	case 'B':
		return d.take8()
	case 's':
		return int16(d.take16())
	case 'u':
		return d.take16()
	case 'I':
		return int32(d.take32())
	case 'i':
		return d.take32()
	case 'l', 'L': // RabbitMQ reads both as signed
		return int64(d.take64())
	case 'f':
		f := math.Float32frombits(d.take32())
		d.finite(float64(f))
		return f
	case 'd':
		f := math.Float64frombits(d.take64())
		d.finite(f)
		return f
	}
	d.fail(fmt.Errorf("%w: no field type %q", ErrSyntax, letter))
	return nil
}

// finite refuses what is no number, or without end: Erlang has no floats of that kind.
func (d *coder) finite(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		d.fail(fmt.Errorf("%w: float %v", ErrSyntax, f))
	}
}
