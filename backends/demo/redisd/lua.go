package redisd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bustop/backends/demo/redisd/internal/resp"

	lua "github.com/yuin/gopher-lua"
)

// interpreter returns the Lua state, made at the first use. It holds what
// https://redis.io/docs/latest/develop/interact/programmability/lua-api describes.
func (s *scripts) interpreter() (*lua.LState, error) {
	if s.state != nil {
		return s.state, nil
	}
	l := lua.NewState(lua.Options{SkipOpenLibs: true, RegistrySize: 4 << 10, RegistryMaxSize: 1 << 20, RegistryGrowStep: 4 << 10})
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
		lua.StringLibName: lua.OpenString, lua.MathLibName: lua.OpenMath, lua.CoroutineLibName: lua.OpenCoroutine,
	} {
		if err := l.CallByParam(lua.P{Fn: l.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			l.Close()
			return nil, err
		}
	}
	s.libraries(l)
	for _, name := range []string{"require", "module", "package", "dofile", "loadfile", "print", "newproxy", "load", "_printregs"} {
		l.SetGlobal(name, lua.LNil)
	}
	guardGlobals(l)
	s.state = l
	return l, nil
}

// libraries sets the modules that scripts use to speak to the server.
func (s *scripts) libraries(l *lua.LState) {
	api := l.SetFuncs(l.NewTable(), map[string]lua.LGFunction{
		"call":  func(l *lua.LState) int { return s.invoke(l, true) },
		"pcall": func(l *lua.LState) int { return s.invoke(l, false) },
		"error_reply": func(l *lua.LState) int {
			l.Push(errorTable(l, errorCode(l.CheckString(1))))
			return 1
		},
		"status_reply": func(l *lua.LState) int {
			t := l.NewTable()
			t.RawSetString("ok", lua.LString(l.CheckString(1)))
			l.Push(t)
			return 1
		},
		"sha1hex": func(l *lua.LState) int { l.Push(lua.LString(sha1Hex(l.CheckString(1)))); return 1 },
		"log":     func(l *lua.LState) int { l.CheckInt(1); return 0 },
		"setresp": func(l *lua.LState) int {
			v := l.CheckInt(1)
			if v != 2 && v != 3 {
				l.RaiseError("RESP version must be 2 or 3.")
			}
			s.running.Load().v3 = v == 3
			return 0
		},
		"replicate_commands": func(l *lua.LState) int { l.Push(lua.LTrue); return 1 },
		"set_repl":           func(*lua.LState) int { return 0 },
		"breakpoint":         func(l *lua.LState) int { l.Push(lua.LFalse); return 1 },
		"acl_check_cmd":      func(l *lua.LState) int { l.Push(lua.LTrue); return 1 },
	})
	for name, v := range map[string]int{"LOG_DEBUG": 0, "LOG_VERBOSE": 1, "LOG_NOTICE": 2, "LOG_WARNING": 3, "REPL_NONE": 0, "REPL_AOF": 1, "REPL_SLAVE": 2, "REPL_REPLICA": 2, "REPL_ALL": 3, "REDIS_VERSION_NUM": 0x0007000f} {
		api.RawSetString(name, lua.LNumber(v))
	}
	api.RawSetString("REDIS_VERSION", lua.LString(version))
	l.SetGlobal("redis", api)
	l.SetGlobal("server", api)
	if t, ok := l.GetGlobal("string").(*lua.LTable); ok {
		t.RawSetString("rep", l.NewFunction(stringRep))
	}
	l.SetGlobal("bit", l.SetFuncs(l.NewTable(), bitFunctions()))
	l.SetGlobal("cjson", cjson(l))
	l.SetGlobal("struct", l.SetFuncs(l.NewTable(), structFunctions()))
	l.SetGlobal("cmsgpack", l.SetFuncs(l.NewTable(), msgpackFunctions()))
}

// stringRep is string.rep within the bounds of a string.
func stringRep(l *lua.LState) int {
	s, n := l.CheckString(1), l.CheckInt(2)
	if n > 0 && len(s) > maxString/n {
		l.RaiseError("resulting string too large")
	}
	l.Push(lua.LString(strings.Repeat(s, max(0, n))))
	return 1
}

// guardGlobals makes reading and writing unknown globals an error, as Redis does.
func guardGlobals(l *lua.LState) {
	meta := l.NewTable()
	meta.RawSetString("__newindex", l.NewFunction(func(l *lua.LState) int {
		l.RaiseError("Attempt to modify a readonly table")
		return 0
	}))
	meta.RawSetString("__index", l.NewFunction(func(l *lua.LState) int {
		l.RaiseError("Script attempted to access nonexistent global variable '%s'", l.ToString(2))
		return 0
	}))
	l.SetMetatable(l.G.Global, meta)
}

// execute runs a compiled script and writes what it returns.
func (s *scripts) execute(ctx context.Context, run *scriptRun, keys, argv []string) error {
	l, err := s.interpreter()
	if err != nil {
		return err
	}
	list := func(words []string) *lua.LTable {
		t := l.CreateTable(len(words), 0)
		for _, w := range words {
			t.Append(lua.LString(w))
		}
		return t
	}
	l.G.Global.RawSetString("KEYS", list(keys))
	l.G.Global.RawSetString("ARGV", list(argv))
	l.SetContext(ctx)
	defer l.SetTop(0)
	l.SetTop(0)
	l.Push(l.NewFunctionFromProto(s.compiled[run.sha]))
	if err := l.PCall(0, 1, nil); err != nil {
		if ctx.Err() != nil {
			l.Close() // a state that was interrupted is not used again
			s.state = nil
			return failure("ERR Error running script (user_script): Script killed by user with SCRIPT KILL.")
		}
		return scriptError(err, run.sha)
	}
	run.reply(l, run.call.w, l.Get(-1), 0)
	return nil
}

// scriptError words an error as Redis does, with the script and the line.
func scriptError(err error, sha string) error {
	text, line := "ERR "+err.Error(), ""
	var api *lua.ApiError
	if errors.As(err, &api) {
		if t, ok := api.Object.(*lua.LTable); ok {
			text, line = lua.LVAsString(t.RawGetString("err")), lua.LVAsString(t.RawGetString("line"))
			if text == "" {
				text = "ERR unknown error"
			}
		} else if api.Object != nil {
			text = "ERR " + api.Object.String()
		}
	}
	if rest, ok := strings.CutPrefix(text, "ERR user_script:"); ok && line == "" {
		line, _, _ = strings.Cut(rest, ":")
	}
	if line == "" {
		return failure(text + " script: " + sha + ", on @user_script.")
	}
	return failure(text + " script: " + sha + ", on @user_script:" + line + ".")
}

// errorCode reads "CODE text"; a single word is a text of its own.
func errorCode(s string) string {
	s = strings.TrimPrefix(s, "-")
	if !strings.Contains(s, " ") {
		return "ERR " + s
	}
	return s
}

func errorTable(l *lua.LState, text string) *lua.LTable {
	t := l.NewTable()
	t.RawSetString("err", lua.LString(text))
	return t
}

// invoke is redis.call, which raises errors, and redis.pcall, which returns them.
func (s *scripts) invoke(l *lua.LState, raise bool) int {
	w, err := s.command(l)
	var v resp.Value
	if err == nil {
		if v, _, err = resp.Parse(w.Buf); err == nil && v.Kind == '-' {
			err = failure(v.Text)
		}
	}
	if err == nil {
		l.Push(fromReply(l, v, 0))
		return 1
	}
	t := errorTable(l, err.Error())
	t.RawSetString("ignore_error_stats_update", lua.LTrue)
	t.RawSetString("source", lua.LString("@user_script"))
	where := strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(l.Where(1), "user_script:")), ":")
	t.RawSetString("line", lua.LString(where))
	if raise {
		l.Error(t, 0)
	}
	l.Push(t)
	return 1
}

// command executes the command that redis.call was given.
func (s *scripts) command(l *lua.LState) (*resp.Writer, error) {
	run := s.running.Load()
	if l.GetTop() == 0 {
		return nil, failure("ERR Please specify at least one argument for this redis lib call")
	}
	var args []string
	for i := 1; i <= l.GetTop(); i++ {
		switch v := l.Get(i).(type) {
		case lua.LString:
			args = append(args, string(v))
		case lua.LNumber:
			args = append(args, luaNumber(float64(v)))
		default:
			return nil, failure("ERR Lua redis lib command arguments must be strings or integers")
		}
	}
	k := run.call
	k.n.lastWrite = 0
	for _, a := range args {
		k.n.lastWrite += len(a)
	}
	cmd, err := k.n.lookup(args)
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "ERR wrong number"):
		return nil, failure("ERR Wrong number of args calling Redis command from script")
	case err != nil:
		return nil, failure("ERR Unknown Redis command called from script")
	case cmd.noScript:
		return nil, failure("ERR This Redis command is not allowed from script")
	case cmd.write && run.readOnly:
		return nil, failure("ERR Write commands are not allowed from read-only scripts.")
	case cmd.denyOOM && k.n.full():
		return nil, errOOM
	}
	if cmd.write {
		run.wrote.Store(true)
	}
	w := &resp.Writer{V3: run.v3}
	k.n.execute(&call{n: k.n, c: k.c, cmd: cmd, args: args, db: k.n.keys.dbs[run.db], w: w, script: run})
	return w, nil
}

// luaNumber writes a number argument: whole ones as integers, others with 17 digits.
func luaNumber(f float64) string {
	if f == float64(int64(f)) {
		return fmt.Sprint(int64(f))
	}
	return resp.FormatDouble(f)
}
