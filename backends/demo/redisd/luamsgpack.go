package redisd

import (
	"bytes"
	"errors"
	"io"
	"math"

	lua "github.com/yuin/gopher-lua"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// msgpackFunctions are the module cmsgpack, which job queues keep their records in.
func msgpackFunctions() map[string]lua.LGFunction {
	return map[string]lua.LGFunction{
		"pack": func(l *lua.LState) int {
			var out bytes.Buffer
			enc := msgpack.NewEncoder(&out)
			for i := 1; i <= l.GetTop(); i++ {
				if err := packValue(enc, l.Get(i), 0); err != nil {
					l.RaiseError("%s", err.Error())
				}
			}
			l.Push(lua.LString(out.String()))
			return 1
		},
		"unpack": func(l *lua.LState) int {
			dec := msgpack.NewDecoder(bytes.NewReader([]byte(l.CheckString(1))))
			n := 0
			for {
				v, err := unpackValue(l, dec, 0)
				if errors.Is(err, io.EOF) && n > 0 {
					return n
				}
				if err != nil {
					l.RaiseError("Bad data format in input.")
				}
				l.Push(v)
				n++
			}
		},
	}
}

var errPackDepth = errors.New("value nested too deep")

func packValue(enc *msgpack.Encoder, v lua.LValue, depth int) error {
	if depth > luaDepth {
		return errPackDepth
	}
	switch v := v.(type) {
	case lua.LString:
		return enc.EncodeString(string(v))
	case lua.LBool:
		return enc.EncodeBool(bool(v))
	case lua.LNumber:
		if f := float64(v); f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
			return enc.EncodeFloat64(f)
		}
		return enc.EncodeInt(int64(v))
	case *lua.LTable:
		return packTable(enc, v, depth)
	default:
		return enc.EncodeNil()
	}
}

// packTable writes an array when the keys are 1 to n, a map otherwise.
func packTable(enc *msgpack.Encoder, t *lua.LTable, depth int) error {
	var pairs []lua.LValue
	t.ForEach(func(key, value lua.LValue) { pairs = append(pairs, key, value) })
	n := len(pairs) / 2
	if t.MaxN() == n {
		if err := enc.EncodeArrayLen(n); err != nil {
			return err
		}
		for i := range n {
			if err := packValue(enc, t.RawGetInt(i+1), depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := enc.EncodeMapLen(n); err != nil {
		return err
	}
	for _, v := range pairs {
		if err := packValue(enc, v, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func unpackValue(l *lua.LState, dec *msgpack.Decoder, depth int) (lua.LValue, error) {
	if depth > luaDepth {
		return nil, errPackDepth
	}
	code, err := dec.PeekCode()
	if err != nil {
		return nil, err
	}
	switch {
	case code == msgpcode.Nil:
		return lua.LNil, dec.DecodeNil()
	case code == msgpcode.True || code == msgpcode.False:
		v, err := dec.DecodeBool()
		return lua.LBool(v), err
	case msgpcode.IsString(code) || msgpcode.IsBin(code):
		v, err := dec.DecodeBytes()
		return lua.LString(v), err
	case msgpcode.IsFixedArray(code) || code == msgpcode.Array16 || code == msgpcode.Array32:
		return unpackArray(l, dec, depth)
	case msgpcode.IsFixedMap(code) || code == msgpcode.Map16 || code == msgpcode.Map32:
		return unpackMap(l, dec, depth)
	default:
		v, err := dec.DecodeFloat64()
		return lua.LNumber(v), err
	}
}

func unpackArray(l *lua.LState, dec *msgpack.Decoder, depth int) (lua.LValue, error) {
	n, err := dec.DecodeArrayLen()
	t := l.NewTable()
	for i := 1; err == nil && i <= n; i++ {
		var v lua.LValue
		if v, err = unpackValue(l, dec, depth+1); err == nil {
			t.RawSetInt(i, v)
		}
	}
	return t, err
}

func unpackMap(l *lua.LState, dec *msgpack.Decoder, depth int) (lua.LValue, error) {
	n, err := dec.DecodeMapLen()
	t := l.NewTable()
	for i := 0; err == nil && i < n; i++ {
		var key, v lua.LValue
		if key, err = unpackValue(l, dec, depth+1); err != nil {
			break
		}
		if v, err = unpackValue(l, dec, depth+1); err == nil && key != lua.LNil {
			t.RawSet(key, v)
		}
	}
	return t, err
}
