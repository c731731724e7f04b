package redisd

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"bustop/backends/demo/redisd/internal/resp"
)

// call is one execution of a command.
type call struct {
	n      *node
	c      *client
	cmd    *command
	args   []string // with the command's name, and the sub-command's
	db     *database
	w      *resp.Writer
	now    time.Time
	script *scriptRun // the script it is called by, or nil
	inTx   bool       // called by EXEC
}

// handle carries out one request of a client and reports whether to read on.
func (n *node) handle(c *client, args []string) bool {
	if f := n.faults.Command; f != nil {
		fault := f(c.id, args)
		switch {
		case !n.sleep(fault.Delay):
			return false
		case fault.Cut:
			c.out.cut()
			return false
		case fault.Drop:
			return true
		case fault.Refuse != "":
			w := resp.Writer{}
			w.Error(fault.Refuse)
			c.out.add(w.Buf, outLimit{})
			return true
		}
	}
	if !c.awaitTurn() {
		return false
	}
	if !n.lock(args, c) {
		return true
	}
	defer n.mu.Unlock()
	if n.stopped || c.gone {
		return false
	}
	cmd, err := n.lookup(args)
	if !n.waitPause(c, cmd) {
		return false
	}
	if n.conf.number("maxmemory") > 0 {
		n.full() // makes room, before any command
	}
	w := &resp.Writer{Buf: c.scratch[:0], V3: c.v3}
	if c.mode == replySkipNext {
		c.mode = replySkip
	}
	n.changes.acting = c
	n.process(c, cmd, args, err, w)
	n.waiters.serve()
	n.changes.acting = nil
	if err := n.compact(); err != nil {
		n.report(fmt.Errorf("redisd: %w", err))
	}
	n.reply(c, w)
	n.changes.tell()
	return !c.closing && !c.gone
}

// awaitTurn waits while the client is blocked in a command: requests keep their order.
func (c *client) awaitTurn() bool {
	c.n.mu.Lock()
	gate := c.gate
	c.n.mu.Unlock()
	if gate == nil {
		return true
	}
	select {
	case <-gate:
		return true
	case <-c.out.flushed:
		return false
	}
}

// reply sends what a request was answered with.
func (n *node) reply(c *client, w *resp.Writer) {
	switch c.mode {
	case replySkip:
		c.mode = replyOn
	case replyOn:
		c.send(w.Buf)
	default:
	}
	if c.scratch = w.Buf[:0]; cap(c.scratch) > spareBuf {
		c.scratch = nil
	}
	if c.closing {
		c.out.end()
	}
}

// process checks a request and executes or queues it.
func (n *node) process(c *client, cmd *command, args []string, err error, w *resp.Writer) {
	c.active = time.Now()
	c.lastArgs = 0
	for _, a := range args {
		c.lastArgs += len(a)
	}
	n.lastWrite = c.lastArgs
	if err == nil {
		c.last = cmd
		err = n.admit(c, cmd)
	}
	if err != nil {
		n.reject(c, cmd, err, w)
		return
	}
	if c.tx.open && !slices.Contains([]string{"exec", "discard", "multi", "watch", "quit", "reset"}, cmd.name) {
		c.tx.queue = append(c.tx.queue, queued{cmd, args})
		w.Simple("QUEUED")
		return
	}
	n.execute(&call{n: n, c: c, cmd: cmd, args: args, db: n.keys.dbs[c.db], w: w})
}

// admit says why a command may not run now.
func (n *node) admit(c *client, cmd *command) error {
	switch {
	case !c.authed && !cmd.noAuth:
		return errNoAuth
	case c.tx.open && cmd.noMulti:
		return errSelfInTx
	case cmd.denyOOM && n.full():
		return errOOM
	case !c.v3 && c.subscribed() && !slices.Contains(allowedSubscribed(), cmd.name):
		return failure(fmt.Sprintf("ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context", cmd.name))
	case c.tx.open && len(c.tx.queue) >= maxQueued:
		return failure("ERR too many commands in one transaction")
	}
	return nil
}

func allowedSubscribed() []string {
	return []string{
		"ping", "subscribe", "ssubscribe", "sunsubscribe", "unsubscribe", "psubscribe", "punsubscribe", "quit", "reset",
	}
}

// reject answers a request that is not executed.
func (n *node) reject(c *client, cmd *command, err error, w *resp.Writer) {
	if cmd != nil {
		cmd.rejected++
	}
	if c.tx.open {
		c.tx.dirty = true
	}
	if cmd != nil && cmd.name == "exec" && c.tx.open {
		err = failure("EXECABORT Transaction discarded because of: " + strings.TrimPrefix(err.Error(), "ERR "))
		n.discard(c)
	}
	n.countError(err.Error())
	w.Error(err.Error())
}

// execute runs a command and keeps the figures about it. The reply is in the call's writer.
func (n *node) execute(k *call) {
	start, from := time.Now(), len(k.w.Buf)
	k.now = start
	ran := k.run()
	took := time.Since(start)
	failed := len(k.w.Buf) > from && k.w.Buf[from] == '-'
	k.cmd.calls++
	k.cmd.spent += took
	k.cmd.times.add(took)
	if failed {
		k.cmd.failed++
		n.countError(firstLine(k.w.Buf[from+1:]))
	}
	n.stats.commands++
	n.stats.ops.add(start, 1)
	if ran && !k.cmd.has("skip_slowlog") {
		n.slow.note(n.conf, k, start, took)
	}
	n.spikes.note(n.conf.latencyMin, k.cmd, start, took)
	if len(n.monitors) > 0 && !k.cmd.has("skip_monitor") && !k.cmd.has("admin") {
		n.feedMonitors(k)
	}
}

// run calls the handler; a panic in it is the client's error and nobody else's.
func (k *call) run() (ran bool) {
	from := len(k.w.Buf)
	defer func() {
		if p := recover(); p != nil {
			k.n.report(fmt.Errorf("redisd: %s: %v\n%s", k.cmd.name, p, debug.Stack()))
			k.w.Buf = k.w.Buf[:from]
			k.w.Error(errInternal.Error())
		}
	}()
	keys := k.cmd.keys(k.args)
	k.visit(keys)
	if err := k.cmd.run(k); err != nil {
		k.w.Buf = k.w.Buf[:from]
		k.w.Error(err.Error())
	}
	return true
}

// visit removes keys whose time is over, and counts hits and misses of commands that read.
func (k *call) visit(keys []string) {
	for _, name := range keys {
		e := k.n.find(k.db, name, k.now)
		switch {
		case e == nil && k.cmd.readonly:
			k.n.stats.misses++
			k.n.notify(k.db, 'm', "keymiss", name)
		case e != nil && k.cmd.readonly:
			k.n.stats.hits++
		}
		if e != nil && !quiet(k.cmd.name) {
			k.n.use(e, k.now)
		}
	}
}

// quiet are the commands that do not count as a use of a key.
func quiet(name string) bool {
	switch name {
	case "type", "ttl", "pttl", "expiretime", "pexpiretime", "exists", "memory|usage":
		return true
	}
	return strings.HasPrefix(name, "object|") || strings.HasPrefix(name, "xinfo|")
}

func firstLine(b []byte) string {
	for i, c := range b {
		if c == '\r' {
			return string(b[:i])
		}
	}
	return string(b)
}

// arg is an argument, "" where there is none. 0 is the command's name.
func (k *call) arg(i int) string {
	if i < len(k.args) {
		return k.args[i]
	}
	return ""
}

// find is a key of the call's database, or nil.
func (k *call) find(name string) *entry { return k.n.find(k.db, name, k.now) }

// typed is a key that has to be of a type if it is there.
func (k *call) typed(name, kind string) (*entry, error) {
	e := k.find(name)
	if e != nil && e.kind != kind {
		return nil, errWrongType
	}
	return e, nil
}

// notify tells listeners of an event at a key of the call's database.
func (k *call) notify(class rune, event, key string) { k.n.notify(k.db, class, event, key) }
