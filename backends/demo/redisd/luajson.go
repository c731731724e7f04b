package redisd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// cjson is the module of that name: https://www.kyne.com.au/~mark/software/lua-cjson-manual.html.
func cjson(l *lua.LState) *lua.LTable {
	null := l.NewUserData()
	t := l.SetFuncs(l.NewTable(), map[string]lua.LGFunction{
		"encode": func(l *lua.LState) int {
			var b bytes.Buffer
			if err := encodeJSON(&b, l.CheckAny(1), null, 0); err != nil {
				l.RaiseError("%s", err.Error())
			}
			l.Push(lua.LString(b.String()))
			return 1
		},
		"decode": func(l *lua.LState) int {
			v, err := decodeJSON(l, l.CheckString(1), null)
			if err != nil {
				l.RaiseError("%s", err.Error())
			}
			l.Push(v)
			return 1
		},
	})
	for _, name := range []string{"encode_sparse_array", "encode_max_depth", "decode_max_depth", "encode_number_precision", "encode_keep_buffer", "encode_invalid_numbers", "decode_invalid_numbers"} {
		t.RawSetString(name, l.NewFunction(func(*lua.LState) int { return 0 }))
	}
	t.RawSetString("null", null)
	t.RawSetString("_NAME", lua.LString("cjson"))
	t.RawSetString("_VERSION", lua.LString("2.1.0"))
	return t
}

func encodeJSON(b *bytes.Buffer, v lua.LValue, null *lua.LUserData, depth int) error {
	if depth > luaDepth*10 {
		return errors.New("Cannot serialise, excessive depth (1001)") //nolint:staticcheck // as scripts know it
	}
	switch v := v.(type) {
	case lua.LString:
		quoteJSON(b, string(v))
	case lua.LBool:
		b.WriteString(strconv.FormatBool(bool(v)))
	case lua.LNumber:
		f := float64(v)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return errors.New("Cannot serialise number: must not be NaN or Inf") //nolint:staticcheck // as scripts know it
		}
		b.WriteString(number14(f))
	case *lua.LTable:
		return encodeTable(b, v, null, depth)
	case *lua.LUserData:
		if v != null {
			return fmt.Errorf("Cannot serialise %s: type not supported", v.Type()) //nolint:staticcheck // as scripts know it
		}
		b.WriteString("null")
	case *lua.LNilType:
		b.WriteString("null")
	default:
		return fmt.Errorf("Cannot serialise %s: type not supported", v.Type()) //nolint:staticcheck // as scripts know it
	}
	return nil
}

// number14 is C's %.14g.
func number14(f float64) string {
	s := strconv.FormatFloat(f, 'e', 13, 64)
	mantissa, exponent, _ := strings.Cut(s, "e")
	e, err := strconv.Atoi(exponent)
	if err == nil && e >= -4 && e < 14 {
		return trimZeros(strconv.FormatFloat(f, 'f', 13-e, 64))
	}
	return trimZeros(mantissa) + "e" + exponent
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func quoteJSON(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '/':
			b.WriteByte('\\')
			b.WriteByte(c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			b.WriteByte('\\')
			b.WriteByte("bfnrt"[strings.IndexByte("\b\f\n\r\t", c)])
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(b, "\\u%04x", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}

// arrayLength is how long an array a table makes, or -1 when it is an object: keys have to be
// positive whole numbers, and not too sparse.
func arrayLength(t *lua.LTable) (int, error) {
	longest, n := 0, 0
	plain := true
	t.ForEach(func(key, _ lua.LValue) {
		f, ok := key.(lua.LNumber)
		if !ok || float64(f) < 1 || float64(f) != math.Trunc(float64(f)) || float64(f) > 1<<31 {
			plain = false
			return
		}
		longest, n = max(longest, int(f)), n+1
	})
	switch {
	case !plain || n == 0:
		return -1, nil
	case longest > 10 && longest > 2*n:
		return 0, errors.New("Cannot serialise table: excessively sparse array") //nolint:staticcheck // as scripts know it
	}
	return longest, nil
}

func encodeTable(b *bytes.Buffer, t *lua.LTable, null *lua.LUserData, depth int) error {
	n, err := arrayLength(t)
	if err != nil {
		return err
	}
	if n >= 0 {
		b.WriteByte('[')
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := encodeJSON(b, t.RawGetInt(i+1), null, depth+1); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	}
	b.WriteByte('{')
	first := true
	t.ForEach(func(key, value lua.LValue) {
		if err != nil {
			return
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		switch k := key.(type) {
		case lua.LString:
			quoteJSON(b, string(k))
		case lua.LNumber:
			b.WriteString(`"` + number14(float64(k)) + `"`)
		default:
			err = errors.New("Cannot serialise table: table key must be a number or string") //nolint:staticcheck // as scripts know it
			return
		}
		b.WriteByte(':')
		err = encodeJSON(b, value, null, depth+1)
	})
	b.WriteByte('}')
	return err
}

func decodeJSON(l *lua.LState, s string, null *lua.LUserData) (lua.LValue, error) {
	dec := json.NewDecoder(strings.NewReader(s))
	v, err := decodeValue(l, dec, null, 0)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			return nil, fmt.Errorf("Expected the end but found invalid token at character %d", dec.InputOffset()+1) //nolint:staticcheck // as scripts know it
		}
		return v, nil
	}
	at := int64(1)
	var wrong *json.SyntaxError
	if errors.As(err, &wrong) {
		at = max(1, dec.InputOffset()+1)
	}
	return nil, fmt.Errorf("Expected value but found invalid token at character %d", at) //nolint:staticcheck // as scripts know it
}

var errJSONDepth = errors.New("nested too deep")

func decodeValue(l *lua.LState, dec *json.Decoder, null *lua.LUserData, depth int) (lua.LValue, error) {
	if depth > luaDepth*10 {
		return nil, errJSONDepth
	}
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case bool:
		return lua.LBool(v), nil
	case float64:
		return lua.LNumber(v), nil
	case string:
		return lua.LString(v), nil
	case json.Delim:
		t := l.NewTable()
		for i := 1; dec.More(); i++ {
			var key lua.LValue = lua.LNumber(i)
			if v == '{' {
				if key, err = decodeValue(l, dec, null, depth+1); err != nil {
					return nil, err
				}
			}
			value, err := decodeValue(l, dec, null, depth+1)
			if err != nil {
				return nil, err
			}
			t.RawSet(key, value)
		}
		_, err := dec.Token() // the closing bracket
		return t, err
	}
	return null, nil
}
