package redisd

import (
	"math"
	"strconv"

	"bustop/backends/demo/redisd/internal/resp"

	lua "github.com/yuin/gopher-lua"
)

// luaDepth bounds how deep replies and tables nest.
const luaDepth = 100

// fromReply turns a reply into a Lua value.
func fromReply(l *lua.LState, v resp.Value, depth int) lua.LValue {
	if depth > luaDepth {
		return lua.LFalse
	}
	field := func(name string, value lua.LValue) lua.LValue {
		t := l.NewTable()
		t.RawSetString(name, value)
		return t
	}
	switch {
	case v.Kind == '_':
		return lua.LNil
	case v.Null:
		return lua.LFalse
	}
	switch v.Kind {
	case ':':
		return lua.LNumber(v.Int)
	case '+':
		return field("ok", lua.LString(v.Text))
	case '-':
		return field("err", lua.LString(v.Text))
	case ',':
		f, err := strconv.ParseFloat(v.Text, 64)
		if err != nil {
			f = math.NaN()
		}
		return field("double", lua.LNumber(f))
	case '#':
		return lua.LBool(v.Text == "t")
	case '%':
		t := l.NewTable()
		for i := 0; i+1 < len(v.Items); i += 2 {
			t.RawSet(fromReply(l, v.Items[i], depth+1), fromReply(l, v.Items[i+1], depth+1))
		}
		return field("map", t)
	case '~':
		t := l.NewTable()
		for _, item := range v.Items {
			t.RawSet(fromReply(l, item, depth+1), lua.LTrue)
		}
		return field("set", t)
	case '*', '>':
		t := l.CreateTable(len(v.Items), 0)
		for i, item := range v.Items {
			t.RawSetInt(i+1, fromReply(l, item, depth+1))
		}
		return t
	}
	return lua.LString(v.Text)
}

// reply writes a Lua value as a reply.
func (r *scriptRun) reply(l *lua.LState, w *resp.Writer, v lua.LValue, depth int) {
	if depth > luaDepth {
		w.Error("ERR reached lua stack limit")
		return
	}
	switch v := v.(type) {
	case lua.LString:
		w.Bulk(string(v))
	case lua.LNumber:
		w.Int(truncate(float64(v)))
	case lua.LBool:
		switch {
		case r.v3:
			w.Bool(bool(v))
		case bool(v):
			w.Int(1)
		default:
			w.Null()
		}
	case *lua.LTable:
		r.replyTable(l, w, v, depth)
	default:
		w.Null()
	}
}

func truncate(f float64) int64 {
	if math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return math.MinInt64
	}
	return int64(f)
}

// replyTable writes an array, or what a table with one special field stands for.
func (r *scriptRun) replyTable(l *lua.LState, w *resp.Writer, t *lua.LTable, depth int) {
	if s, ok := t.RawGetString("err").(lua.LString); ok {
		w.Error(string(s))
		return
	}
	if s, ok := t.RawGetString("ok").(lua.LString); ok {
		w.Simple(string(s))
		return
	}
	if f, ok := t.RawGetString("double").(lua.LNumber); ok {
		w.Double(float64(f))
		return
	}
	if m, ok := t.RawGetString("map").(*lua.LTable); ok {
		var pairs []lua.LValue
		m.ForEach(func(key, value lua.LValue) { pairs = append(pairs, key, value) })
		w.Map(len(pairs) / 2)
		for _, v := range pairs {
			r.reply(l, w, v, depth+1)
		}
		return
	}
	if m, ok := t.RawGetString("set").(*lua.LTable); ok {
		var names []lua.LValue
		m.ForEach(func(key, _ lua.LValue) { names = append(names, key) })
		w.Set(len(names))
		for _, v := range names {
			r.reply(l, w, v, depth+1)
		}
		return
	}
	n := 0
	for t.RawGetInt(n+1) != lua.LNil {
		n++
	}
	w.Array(n)
	for i := range n {
		r.reply(l, w, t.RawGetInt(i+1), depth+1)
	}
}

// bitFunctions are the module bit: operations on 32-bit integers.
func bitFunctions() map[string]lua.LGFunction {
	number := func(l *lua.LState, i int) uint32 {
		f := math.Mod(float64(l.CheckNumber(i)), 1<<32)
		if math.IsNaN(f) {
			f = 0
		}
		return uint32(int64(f))
	}
	push := func(l *lua.LState, v uint32) int { l.Push(lua.LNumber(int32(v))); return 1 }
	fold := func(op func(a, b uint32) uint32) lua.LGFunction {
		return func(l *lua.LState) int {
			v := number(l, 1)
			for i := 2; i <= l.GetTop(); i++ {
				v = op(v, number(l, i))
			}
			return push(l, v)
		}
	}
	shift := func(op func(a uint32, n uint32) uint32) lua.LGFunction {
		return func(l *lua.LState) int { return push(l, op(number(l, 1), number(l, 2)&31)) }
	}
	return map[string]lua.LGFunction{
		"tobit":   func(l *lua.LState) int { return push(l, number(l, 1)) },
		"bnot":    func(l *lua.LState) int { return push(l, ^number(l, 1)) },
		"band":    fold(func(a, b uint32) uint32 { return a & b }),
		"bor":     fold(func(a, b uint32) uint32 { return a | b }),
		"bxor":    fold(func(a, b uint32) uint32 { return a ^ b }),
		"lshift":  shift(func(a, n uint32) uint32 { return a << n }),
		"rshift":  shift(func(a, n uint32) uint32 { return a >> n }),
		"arshift": shift(func(a, n uint32) uint32 { return uint32(int32(a) >> n) }),
		"rol":     shift(func(a, n uint32) uint32 { return a<<n | a>>(32-n) }),
		"ror":     shift(func(a, n uint32) uint32 { return a>>n | a<<(32-n) }),
		"tohex": func(l *lua.LState) int {
			l.Push(lua.LString(strconv.FormatUint(uint64(number(l, 1))+1<<32, 16)[1:]))
			return 1
		},
	}
}
