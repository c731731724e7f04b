package redisd

import "bustop/backends/demo/redisd/internal/resp"

// maxQueued is the most commands in one transaction.
const maxQueued = 1 << 20

// transaction is the state of MULTI and WATCH of a client.
type transaction struct {
	open    bool
	dirty   bool // a command was refused while queueing
	broken  bool // a watched key was changed
	queue   []queued
	watched map[watched]bool // and whether the key was over already
}

type queued struct {
	cmd  *command
	args []string
}

// watched is a key of a database.
type watched struct {
	db   int
	name string
}

func transactionHandlers() map[string]handler {
	return map[string]handler{
		"multi": (*call).multi, "exec": (*call).exec, "discard": (*call).discard,
		"watch": (*call).watch, "unwatch": func(k *call) error { k.n.unwatch(k.c); k.w.OK(); return nil },
	}
}

func (k *call) multi() error {
	if k.c.tx.open {
		return failure("ERR MULTI calls can not be nested")
	}
	k.c.tx.open = true
	k.w.OK()
	return nil
}

func (k *call) watch() error {
	if k.c.tx.open {
		return failure("ERR WATCH inside MULTI is not allowed")
	}
	for _, name := range k.args[1:] {
		w := watched{k.c.db, name}
		if k.n.watchers[w] == nil {
			k.n.watchers[w] = map[*client]struct{}{}
		}
		k.n.watchers[w][k.c] = struct{}{}
		if k.c.tx.watched == nil {
			k.c.tx.watched = map[watched]bool{}
		}
		k.c.tx.watched[w] = true
	}
	k.w.OK()
	return nil
}

func (n *node) unwatch(c *client) {
	for w := range c.tx.watched {
		delete(n.watchers[w], c)
		if len(n.watchers[w]) == 0 {
			delete(n.watchers, w)
		}
	}
	c.tx.watched, c.tx.broken = nil, false
}

// discard ends a transaction.
func (n *node) discard(c *client) {
	n.unwatch(c)
	c.tx = transaction{}
}

func (k *call) discard() error {
	if !k.c.tx.open {
		return failure("ERR DISCARD without MULTI")
	}
	k.n.discard(k.c)
	k.w.OK()
	return nil
}

func (k *call) exec() error {
	tx := k.c.tx
	if !tx.open {
		return failure("ERR EXEC without MULTI")
	}
	for w := range tx.watched { // a watched key that ran out counts as changed
		k.n.find(k.n.keys.dbs[w.db], w.name, k.now)
	}
	broken := k.c.tx.broken
	k.n.discard(k.c)
	switch {
	case tx.dirty:
		return failure("EXECABORT Transaction discarded because of previous errors.")
	case broken:
		k.w.NullArray()
		return nil
	}
	k.w.Array(len(tx.queue))
	for _, q := range tx.queue {
		if q.cmd.denyOOM && k.n.full() {
			k.w.Error(errOOM.Error())
			continue
		}
		w := &resp.Writer{Buf: k.w.Buf, V3: k.c.v3}
		k.n.execute(&call{n: k.n, c: k.c, cmd: q.cmd, args: q.args, db: k.n.keys.dbs[k.c.db], w: w, inTx: true})
		k.w.Buf, k.w.V3 = w.Buf, w.V3
	}
	return nil
}
