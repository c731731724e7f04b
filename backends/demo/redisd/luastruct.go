package redisd

import (
	"encoding/binary"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// layout walks through a format of the module struct: byte order < > =, alignment !n, padding x,
// integers b B h H i[n] I[n] l L T, floats f d, strings s and c[n].
type layout struct {
	l      *lua.LState
	format string
	at     int
	order  binary.ByteOrder
	align  int
	offset int // of the data
}

func newLayout(l *lua.LState) *layout {
	return &layout{l: l, format: l.CheckString(1), order: binary.LittleEndian, align: 1}
}

// number reads a decimal number in the format, or returns what stands for none.
func (f *layout) number(none int) int {
	if f.at >= len(f.format) || f.format[f.at] < '0' || f.format[f.at] > '9' {
		return none
	}
	n := 0
	for f.at < len(f.format) && f.format[f.at] >= '0' && f.format[f.at] <= '9' && n < maxString {
		n = n*10 + int(f.format[f.at]-'0')
		f.at++
	}
	return n
}

// next returns the next item with its size, after the padding that aligns it, and false at the end.
func (f *layout) next() (kind byte, size, padding int, ok bool) {
	for f.at < len(f.format) {
		kind = f.format[f.at]
		f.at++
		switch kind {
		case '<', '=':
			f.order = binary.LittleEndian
			continue
		case '>':
			f.order = binary.BigEndian
			continue
		case '!':
			f.align = f.number(8)
			continue
		case ' ':
			continue
		}
		size = f.size(kind)
		if f.align > 1 && kind != 'c' && kind != 's' && kind != 'x' {
			if a := min(f.align, size); a > 1 && f.offset%a != 0 {
				padding = a - f.offset%a
			}
		}
		return kind, size, padding, true
	}
	return 0, 0, 0, false
}

func (f *layout) size(kind byte) int {
	switch kind {
	case 'b', 'B', 'x':
		return 1
	case 'h', 'H':
		return 2
	case 'i', 'I':
		n := f.number(4)
		if n < 1 || n > 8 {
			f.l.RaiseError("integral size %d is larger than limit of 8", n)
		}
		return n
	case 'l', 'L', 'T', 'd':
		return 8
	case 'f':
		return 4
	case 'c':
		return f.number(1)
	case 's':
		return 0
	}
	f.l.RaiseError("invalid format option '%c'", kind)
	return 0
}

// integer puts a number of up to 8 bytes in order.
func (f *layout) integer(v uint64, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		at := i
		if f.order == binary.BigEndian {
			at = size - 1 - i
		}
		b[at] = byte(v >> (8 * i))
	}
	return b
}

func (f *layout) value(b []byte, signed bool) float64 {
	v := uint64(0)
	for i := range b {
		at := len(b) - 1 - i
		if f.order == binary.BigEndian {
			at = i
		}
		v = v<<8 | uint64(b[at])
	}
	if signed {
		shift := 64 - 8*len(b)
		return float64(int64(v<<shift) >> shift)
	}
	return float64(v)
}

func structFunctions() map[string]lua.LGFunction {
	return map[string]lua.LGFunction{"pack": structPack, "unpack": structUnpack, "size": structSize}
}

func structPack(l *lua.LState) int {
	f := newLayout(l)
	var out []byte
	arg := 2
	for {
		kind, size, padding, ok := f.next()
		if !ok {
			break
		}
		out = append(out, make([]byte, padding)...)
		switch kind {
		case 'x':
			out = append(out, 0)
		case 'f':
			out = append(out, f.integer(uint64(math.Float32bits(float32(l.CheckNumber(arg)))), 4)...)
		case 'd':
			out = append(out, f.integer(math.Float64bits(float64(l.CheckNumber(arg))), 8)...)
		case 's':
			out = append(append(out, l.CheckString(arg)...), 0)
		case 'c':
			s := l.CheckString(arg)
			if size == 0 {
				size = len(s)
			}
			if len(s) < size {
				l.ArgError(arg, "string too short")
			}
			out = append(out, s[:size]...)
		default:
			out = append(out, f.integer(uint64(truncate(float64(l.CheckNumber(arg)))), size)...)
		}
		if kind != 'x' {
			arg++
		}
		if f.offset = len(out); f.offset > maxString {
			l.RaiseError("resulting string too large")
		}
	}
	l.Push(lua.LString(out))
	return 1
}

func structUnpack(l *lua.LState) int {
	f := newLayout(l)
	data := l.CheckString(2)
	f.offset = l.OptInt(3, 1) - 1
	n, last := 0, 0
	for {
		kind, size, padding, ok := f.next()
		if !ok {
			break
		}
		f.offset += padding
		if kind == 'c' && size == 0 {
			size = last
		}
		if f.offset < 0 || size < 0 || f.offset > len(data) || size > len(data)-f.offset {
			l.RaiseError("data string too short")
		}
		b := []byte(data[f.offset : f.offset+size])
		if kind == 's' {
			b = cString(data[f.offset:])
			size = len(b) + 1
			if f.offset+size > len(data) {
				l.RaiseError("unfinished string in data")
			}
		}
		if f.offset += size; kind == 'x' {
			continue
		}
		v := f.unpacked(kind, b)
		if number, ok := v.(lua.LNumber); ok {
			last = int(number)
		}
		l.Push(v)
		n++
	}
	l.Push(lua.LNumber(f.offset + 1))
	return n + 1
}

func (f *layout) unpacked(kind byte, b []byte) lua.LValue {
	switch kind {
	case 's', 'c':
		return lua.LString(b)
	case 'f':
		if f.order == binary.BigEndian {
			return lua.LNumber(math.Float32frombits(binary.BigEndian.Uint32(b)))
		}
		return lua.LNumber(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case 'd':
		return lua.LNumber(math.Float64frombits(f.order.Uint64(b)))
	}
	return lua.LNumber(f.value(b, kind == 'b' || kind == 'h' || kind == 'i' || kind == 'l'))
}

// cString is what stands before the first zero.
func cString(s string) []byte {
	for i := range len(s) {
		if s[i] == 0 {
			return []byte(s[:i])
		}
	}
	return []byte(s)
}

func structSize(l *lua.LState) int {
	f := newLayout(l)
	for {
		kind, size, padding, ok := f.next()
		if !ok {
			break
		}
		if kind == 's' || kind == 'c' && size == 0 {
			l.ArgError(1, "variable-size format in size")
		}
		f.offset += padding + size
	}
	l.Push(lua.LNumber(f.offset))
	return 1
}
