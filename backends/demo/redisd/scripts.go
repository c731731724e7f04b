package redisd

import (
	"context"
	"crypto/sha1" //nolint:gosec // scripts are named by it
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

const (
	// maxScripts bounds the scripts that are kept; the oldest go first.
	maxScripts = 2000
	// scriptTime is when a script is ended by force. Redis lets it run for ever.
	scriptTime = 30 * time.Second
)

// scripts are the Lua scripts that EVALSHA knows, and the interpreter.
type scripts struct {
	bodies   map[string]string
	compiled map[string]*lua.FunctionProto
	order    []string
	state    *lua.LState
	running  atomic.Pointer[scriptRun] // read without the node's lock
}

// scriptRun is one execution of a script.
type scriptRun struct {
	sha      string
	call     *call // the EVAL
	db       int
	v3       bool // what redis.setresp chose
	readOnly bool
	wrote    atomic.Bool
	started  time.Time
	killed   atomic.Bool
	cancel   context.CancelFunc
}

func newScripts() *scripts {
	return &scripts{bodies: map[string]string{}, compiled: map[string]*lua.FunctionProto{}}
}

func sha1Hex(s string) string {
	sum := sha1.Sum([]byte(s)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// load keeps a script if it compiles.
func (s *scripts) load(body string) (string, error) {
	sha := sha1Hex(body)
	if _, ok := s.bodies[sha]; ok {
		return sha, nil
	}
	code, err := shebang(body)
	if err != nil {
		return "", err
	}
	chunk, err := parse.Parse(strings.NewReader(code), "user_script")
	if err == nil {
		var proto *lua.FunctionProto
		if proto, err = lua.Compile(chunk, "user_script"); err == nil {
			s.bodies[sha], s.compiled[sha] = body, proto
			s.order = append(s.order, sha)
		}
	}
	if err != nil {
		return "", failure("ERR Error compiling script (new function): " + compileError(err))
	}
	if len(s.order) > maxScripts {
		delete(s.bodies, s.order[0])
		delete(s.compiled, s.order[0])
		s.order = s.order[1:]
	}
	return sha, nil
}

// compileError words what the parser found as Lua's own would.
func compileError(err error) string {
	var wrong *parse.Error
	if !errors.As(err, &wrong) {
		return strings.Join(strings.Fields(err.Error()), " ")
	}
	if wrong.Pos.Line < 1 || wrong.Token == "" {
		return "user_script: " + wrong.Message + " near '<eof>'"
	}
	return fmt.Sprintf("user_script:%d: %s near '%s'", wrong.Pos.Line, wrong.Message, wrong.Token)
}

// shebang replaces a first line "#!lua …" by an empty one.
func shebang(body string) (string, error) {
	if !strings.HasPrefix(body, "#!") {
		return body, nil
	}
	line, rest, ok := strings.Cut(body, "\n")
	if !ok {
		return "", failure("ERR Invalid script shebang")
	}
	if engine, _, _ := strings.Cut(line[2:], " "); engine != "lua" {
		return "", failure("ERR Unexpected engine in script shebang: " + engine)
	}
	return "\n" + rest, nil
}

func scriptHandlers() map[string]handler {
	return map[string]handler{
		"eval": (*call).eval, "eval_ro": (*call).eval, "evalsha": (*call).eval, "evalsha_ro": (*call).eval,
		"script|load": (*call).scriptLoad, "script|exists": (*call).scriptExists, "script|flush": (*call).scriptFlush,
		"script|kill":  func(*call) error { return failure("NOTBUSY No scripts in execution right now.") },
		"script|debug": func(*call) error { return failure("ERR Use SCRIPT DEBUG YES/SYNC/NO") },
	}
}

func (k *call) scriptLoad() error {
	sha, err := k.n.scripts.load(k.args[2])
	if err != nil {
		return err
	}
	k.w.Bulk(sha)
	return nil
}

func (k *call) scriptExists() error {
	k.w.Array(len(k.args) - 2)
	for _, sha := range k.args[2:] {
		if _, ok := k.n.scripts.bodies[strings.ToLower(sha)]; ok {
			k.w.Int(1)
		} else {
			k.w.Int(0)
		}
	}
	return nil
}

func (k *call) scriptFlush() error {
	if len(k.args) > 3 || len(k.args) == 3 && upper(k.args[2]) != "SYNC" && upper(k.args[2]) != "ASYNC" {
		return failure("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
	}
	if k.n.scripts.state != nil {
		k.n.scripts.state.Close()
	}
	k.n.scripts = newScripts()
	k.w.OK()
	return nil
}

// eval runs a script.
func (k *call) eval() error {
	n, err := integer(k.args[2])
	switch {
	case err != nil:
		return err
	case n < 0:
		return failure("ERR Number of keys can't be negative")
	case n > int64(len(k.args)-3):
		return failure("ERR Number of keys can't be greater than number of args")
	}
	s := k.n.scripts
	sha := strings.ToLower(k.args[1])
	if strings.HasPrefix(k.cmd.name, "evalsha") {
		if _, ok := s.bodies[sha]; !ok {
			return errNoScript
		}
	} else if sha, err = s.load(k.args[1]); err != nil {
		return err
	}
	if len(k.n.monitors) > 0 {
		k.n.feedMonitors(k) // before what the script calls
	}
	ctx, cancel := context.WithTimeout(context.Background(), scriptTime)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-k.n.stop:
			cancel()
		case <-stop:
		}
	}()
	run := &scriptRun{
		sha: sha, call: k, db: k.db.id, started: k.now, cancel: cancel,
		readOnly: strings.HasSuffix(k.cmd.name, "_ro"),
	}
	s.running.Store(run)
	defer s.running.Store(nil)
	return s.execute(ctx, run, k.args[3:3+n], k.args[3+n:])
}

// lock takes the node's lock for a request, or answers it when a script has been holding the
// lock for too long.
func (n *node) lock(args []string, c *client) bool {
	for !n.mu.TryLock() {
		run := n.scripts.running.Load()
		if run == nil {
			n.mu.Lock()
			return true
		}
		if time.Since(run.started) < busyAfter {
			time.Sleep(time.Millisecond)
			continue
		}
		c.out.add([]byte(run.whileBusy(args)), outLimit{hard: unread})
		return false
	}
	return true
}

// busyAfter is when a running script makes the server answer BUSY, as busy-reply-threshold is by
// default.
const busyAfter = 5 * time.Second

// whileBusy answers a request while a script holds the lock: only SCRIPT KILL does something.
func (r *scriptRun) whileBusy(args []string) string {
	if len(args) != 2 || !strings.EqualFold(args[0], "SCRIPT") || !strings.EqualFold(args[1], "KILL") {
		return "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"
	}
	if r.wrote.Load() {
		return "-UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.\r\n"
	}
	r.killed.Store(true)
	r.cancel()
	return "+OK\r\n"
}
