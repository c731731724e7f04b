package redisd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends/demo/redisd/internal/resp"
)

func writeZero(w *resp.Writer) { w.Int(0) }

// pause is what CLIENT PAUSE set.
type pause struct {
	until   time.Time
	writes  bool // only commands that may write wait
	waiting *sync.Cond
	timer   *time.Timer
}

// waitPause holds a request back while CLIENT PAUSE says so. It reports whether the client is
// still there.
func (n *node) waitPause(c *client, cmd *command) bool {
	for !n.stopped && !c.gone && cmd != nil && time.Now().Before(n.pause.until) {
		if cmd.parent() == "client" || n.pause.writes && !cmd.write && cmd.name != "publish" && cmd.name != "exec" && !strings.HasPrefix(cmd.name, "eval") {
			break
		}
		n.pause.waiting.Wait()
	}
	return !n.stopped && !c.gone
}

func clientHandlers() map[string]handler {
	return map[string]handler{
		"client|id":       func(k *call) error { k.w.Int(k.c.id); return nil },
		"client|info":     func(k *call) error { k.w.Verbatim(k.c.line(k.now)); return nil },
		"client|list":     (*call).clientList,
		"client|getname":  func(k *call) error { k.bulkOrNull(k.c.name, k.c.name != ""); return nil },
		"client|setname":  (*call).clientSetName,
		"client|kill":     (*call).clientKill,
		"client|no-evict": (*call).clientNoEvict,
		"client|reply":    (*call).clientReply,
		"client|pause":    (*call).clientPause,
		"client|unpause":  func(k *call) error { k.n.setPause(time.Time{}, false); k.w.OK(); return nil },
		"client|unblock":  (*call).clientUnblock,
		"client|tracking": (*call).clientTracking,
		"client|caching": func(*call) error {
			return failure("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
		},
		"client|getredir":     func(k *call) error { k.w.Int(k.c.redirect()); return nil },
		"client|trackinginfo": (*call).clientTrackingInfo,
	}
}

func (c *client) redirect() int64 {
	if c.track.on {
		return c.track.redirect
	}
	return -1
}

// kind is the type of a client as CLIENT LIST TYPE knows it.
func (c *client) kind() string {
	if c.subscribed() {
		return "pubsub"
	}
	return "normal"
}

// line is the client's line in CLIENT LIST.
func (c *client) line(now time.Time) string {
	flags := ""
	if c.monitor {
		flags += "O"
	}
	if c.subscribed() {
		flags += "P"
	}
	if c.tx.open {
		flags += "x"
	}
	if c.wait != nil {
		flags += "b"
	}
	if c.track.on {
		flags += "t"
	}
	if c.track.broadcast {
		flags += "B"
	}
	if c.tx.broken {
		flags += "d"
	}
	if c.closing {
		flags += "c"
	}
	if c.noEvict {
		flags += "e"
	}
	multi, events, name, proto, redirect := -1, "r", "NULL", 2, c.redirect()
	if c.tx.open {
		multi = len(c.tx.queue)
	}
	waiting := c.out.waiting()
	if waiting > 0 {
		events = "rw"
	}
	if c.last != nil {
		name = c.last.name
	}
	if c.v3 {
		proto = 3
	}
	return fmt.Sprintf("id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=%d sub=%d psub=%d ssub=%d multi=%d "+
		"qbuf=%d qbuf-free=%d argv-mem=%d multi-mem=%d rbs=%d rbp=%d obl=%d oll=%d omem=%d tot-mem=%d events=%s cmd=%s user=%s redir=%d resp=%d\n",
		c.id, c.addr, c.laddr, 7+c.id, c.name, int64(now.Sub(c.born)/time.Second), c.idle(now), cmp.Or(flags, "N"), c.db,
		len(c.subs.channels), len(c.subs.patterns), len(c.subs.shards), multi, c.lastArgs, 0, c.lastArgs, 0, 1024, 0, 0,
		min(waiting, 1), waiting, clientMemory+waiting+c.lastArgs, events, name, c.user, redirect, proto)
}

// sortedClients are all clients in the order of their IDs.
func (n *node) sortedClients() []*client {
	var out []*client
	for _, c := range n.clients {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *client) int { return cmp.Compare(a.id, b.id) })
	return out
}

func (k *call) clientList() error {
	match := func(*client) bool { return true }
	switch {
	case len(k.args) == 2:
	case len(k.args) == 4 && upper(k.args[2]) == "TYPE":
		kind, err := clientKind(k.args[3])
		if err != nil {
			return err
		}
		match = func(c *client) bool { return c.kind() == kind }
	case len(k.args) > 3 && upper(k.args[2]) == "ID":
		ids := map[int64]bool{}
		for _, a := range k.args[3:] {
			v, err := integer(a)
			if err != nil || v < 1 {
				return failure("ERR Invalid client ID")
			}
			ids[v] = true
		}
		match = func(c *client) bool { return ids[c.id] }
	default:
		return errSyntax
	}
	var b strings.Builder
	for _, c := range k.n.sortedClients() {
		if match(c) {
			b.WriteString(c.line(k.now))
		}
	}
	k.w.Verbatim(b.String())
	return nil
}

func clientKind(word string) (string, error) {
	switch kind := strings.ToLower(word); kind {
	case "normal", "pubsub", "master", "replica":
		return kind, nil
	case "slave":
		return "replica", nil
	}
	return "", failure("ERR Unknown client type '" + word + "'")
}

func (k *call) clientSetName() error {
	if !validName(k.args[2]) {
		return errClientName
	}
	k.c.name = k.args[2]
	k.w.OK()
	return nil
}

// killFilter is what CLIENT KILL selects by.
type killFilter struct {
	id                      int64
	addr, laddr, user, kind string
	skipMe                  bool
}

func (f *killFilter) match(c *client, me *client) bool {
	return (f.id == 0 || c.id == f.id) && (f.addr == "" || c.addr == f.addr) && (f.laddr == "" || c.laddr == f.laddr) &&
		(f.user == "" || c.user == f.user) && (f.kind == "" || c.kind() == f.kind) && (!f.skipMe || c != me)
}

func (f *killFilter) option(word, value string) (err error) {
	switch word {
	case "ID":
		if f.id, err = integer(value); err != nil || f.id < 1 {
			return failure("ERR client-id should be greater than 0")
		}
	case "TYPE":
		f.kind, err = clientKind(value)
	case "ADDR":
		f.addr = value
	case "LADDR":
		f.laddr = value
	case "USER":
		if f.user = value; value != "default" {
			return failure("ERR No such user '" + value + "'")
		}
	case "SKIPME":
		switch upper(value) {
		case "YES":
			f.skipMe = true
		case "NO":
			f.skipMe = false
		default:
			return errSyntax
		}
	default:
		return errSyntax
	}
	return err
}

func (k *call) clientKill() error {
	f, old := killFilter{skipMe: true}, len(k.args) == 3
	if old {
		f = killFilter{addr: k.args[2]}
	} else {
		o := options{args: k.args[2:]}
		for word, ok := o.next(); ok; word, ok = o.next() {
			value, err := o.value()
			if err == nil {
				err = f.option(word, value)
			}
			if err != nil {
				return err
			}
		}
	}
	killed := int64(0)
	for _, c := range k.n.sortedClients() {
		if !f.match(c, k.c) {
			continue
		}
		killed++
		if c == k.c {
			c.closing = true
		} else {
			k.n.kill(c)
		}
	}
	switch {
	case old && killed == 0:
		return failure("ERR No such client")
	case old:
		k.w.OK()
	default:
		k.w.Int(killed)
	}
	return nil
}

func (k *call) clientNoEvict() error {
	switch upper(k.args[2]) {
	case "ON":
		k.c.noEvict = true
	case "OFF":
		k.c.noEvict = false
	default:
		return errSyntax
	}
	k.w.OK()
	return nil
}

func (k *call) clientReply() error {
	switch upper(k.args[2]) {
	case "ON":
		k.c.mode = replyOn
		k.w.OK()
	case "OFF":
		k.c.mode = replyOff
	case "SKIP":
		if k.c.mode != replyOff {
			k.c.mode = replySkipNext
		}
	default:
		return errSyntax
	}
	return nil
}

func (k *call) clientPause() error {
	ms, err := integer(k.args[2])
	if err != nil {
		return failure("ERR timeout is not an integer or out of range")
	}
	if ms < 0 {
		return errNegTimeout
	}
	writes := false
	if len(k.args) > 3 {
		switch upper(k.args[3]) {
		case "WRITE":
			writes = true
		case "ALL":
		default:
			return failure("ERR CLIENT PAUSE mode must be WRITE or ALL")
		}
	}
	k.n.setPause(k.now.Add(time.Duration(min(ms, 3e11))*time.Millisecond), writes)
	k.w.OK()
	return nil
}

// setPause suspends clients until a time; the zero time lets them go on.
func (n *node) setPause(until time.Time, writes bool) {
	if n.pause.timer != nil {
		n.pause.timer.Stop()
	}
	n.pause.until, n.pause.writes = until, writes
	n.pause.waiting.Broadcast()
	if !until.IsZero() {
		n.pause.timer = time.AfterFunc(time.Until(until), func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.pause.waiting.Broadcast()
		})
	}
}

func (k *call) clientUnblock() error {
	id, err := integer(k.args[2])
	if err != nil {
		return err
	}
	withError := false
	if len(k.args) > 3 {
		switch upper(k.args[3]) {
		case "ERROR":
			withError = true
		case "TIMEOUT":
		default:
			return failure("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
		}
	}
	c := k.n.clients[id]
	if c == nil || c.wait == nil {
		k.w.Int(0)
		return nil
	}
	w := c.wait
	if withError {
		w.late = func(out *resp.Writer) { out.Error("UNBLOCKED client unblocked via CLIENT UNBLOCK") }
	}
	k.n.waiters.expire(w)
	k.w.Int(1)
	return nil
}
