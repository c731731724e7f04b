package redisd

import (
	"slices"
	"strconv"
	"strings"

	"bustop/backends/demo/redisd/internal/glob"
)

func genericHandlers() map[string]handler {
	return map[string]handler{
		"del": (*call).del, "unlink": (*call).del, "exists": (*call).exists, "touch": (*call).exists, "type": (*call).typeOf,
		"rename": (*call).rename, "renamenx": (*call).rename, "copy": (*call).copyKey, "move": (*call).move,
		"keys": (*call).keyNames, "randomkey": (*call).randomKey, "dbsize": (*call).dbsize,
		"flushdb": (*call).flush, "flushall": (*call).flush, "swapdb": (*call).swapdb, "select": (*call).selectDB,
	}
}

// delete removes a key and tells of it.
func (k *call) delete(e *entry) {
	k.n.removeKey(k.db, e)
	k.notify('g', "del", e.name)
}

func (k *call) del() error {
	n := int64(0)
	for _, name := range k.args[1:] {
		if e := k.find(name); e != nil {
			k.delete(e)
			n++
		}
	}
	k.w.Int(n)
	return nil
}

func (k *call) exists() error {
	n := int64(0)
	for _, name := range k.args[1:] {
		if k.find(name) != nil {
			n++
		}
	}
	k.w.Int(n)
	return nil
}

func (k *call) typeOf() error {
	if e := k.find(k.args[1]); e != nil {
		k.w.Simple(e.kind)
	} else {
		k.w.Simple("none")
	}
	return nil
}

func (k *call) rename() error {
	from, to, nx := k.args[1], k.args[2], k.cmd.name == "renamenx"
	e := k.find(from)
	if e == nil {
		return errNoKey
	}
	target := k.find(to)
	switch {
	case nx && target != nil:
		k.w.Int(0)
		return nil
	case from != to:
		if target != nil {
			k.n.removeKey(k.db, target)
		}
		k.n.engine.run(k.db.id, false, "RENAME", from, to)
		k.carry(k.db, e, to)
		k.n.forget(k.db, e)
		k.notify('g', "rename_from", from)
		k.notify('g', "rename_to", to)
	}
	if nx {
		k.w.Int(1)
	} else {
		k.w.OK()
	}
	return nil
}

// carry makes the entry of a key that the engine copied or moved from another one.
func (k *call) carry(db *database, from *entry, name string) {
	to := k.n.sync(db, name, true)
	if to == nil {
		return
	}
	to.raw, to.wide, to.stream, to.fields = from.raw, from.wide, from.stream, slices.Clone(from.fields)
	if from.expire > 0 {
		k.n.keys.setExpire(db, to, from.expire)
	}
}

func (k *call) copyKey() error {
	target, replace := k.db, false
	for o := (options{args: k.args[3:]}); ; {
		word, ok := o.next()
		if !ok {
			break
		}
		switch word {
		case "REPLACE":
			replace = true
		case "DB":
			id, err := o.integer()
			if err != nil {
				return err
			}
			if id < 0 || id >= databases {
				return errDBRange
			}
			target = k.n.keys.dbs[id]
		default:
			return errSyntax
		}
	}
	from, to := k.args[1], k.args[2]
	if target == k.db && from == to {
		return errSameObject
	}
	e := k.find(from)
	old := k.n.find(target, to, k.now)
	if e == nil || old != nil && !replace {
		k.w.Int(0)
		return nil
	}
	if old != nil {
		k.n.removeKey(target, old)
	}
	k.n.engine.run(k.db.id, false, "COPY", from, to, "DB", strconv.Itoa(target.id), "REPLACE")
	k.carry(target, e, to)
	if copied := target.dict.names[to]; copied != nil && copied.stream != nil {
		copied.stream = copied.stream.Clone()
	}
	k.n.notify(target, 'g', "copy_to", to)
	k.w.Int(1)
	return nil
}

func (k *call) move() error {
	id, err := integer(k.args[2])
	if err != nil {
		return err
	}
	if id < 0 || id >= databases {
		return errDBRange
	}
	target := k.n.keys.dbs[id]
	if target == k.db {
		return errSameObject
	}
	e := k.find(k.args[1])
	if e == nil || k.n.find(target, e.name, k.now) != nil {
		k.w.Int(0)
		return nil
	}
	k.n.engine.run(k.db.id, false, "MOVE", e.name, k.args[2])
	k.carry(target, e, e.name)
	k.n.forget(k.db, e)
	k.notify('g', "move_from", e.name)
	k.n.notify(target, 'g', "move_to", e.name)
	k.w.Int(1)
	return nil
}

func (k *call) keyNames() error {
	var names []string
	for name := range k.db.dict.names {
		if glob.Match(k.args[1], name) {
			names = append(names, name)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return k.find(name) == nil })
	k.w.Bulks(names)
	return nil
}

func (k *call) randomKey() error {
	for k.db.dict.len() > 0 {
		if e := k.find(k.db.dict.random().name); e != nil {
			k.w.Bulk(e.name)
			return nil
		}
	}
	k.w.Null()
	return nil
}

func (k *call) dbsize() error {
	k.w.Int(int64(k.db.dict.len()))
	return nil
}

func (k *call) flush() error {
	if len(k.args) > 2 || len(k.args) == 2 && !strings.EqualFold(k.args[1], "SYNC") && !strings.EqualFold(k.args[1], "ASYNC") {
		return errSyntax
	}
	for i, db := range k.n.keys.dbs {
		if k.cmd.name == "flushall" || db == k.db {
			k.n.flushDB(i)
		}
	}
	k.n.changes.flushed = len(k.n.changes.trackers) > 0
	k.db = k.n.keys.dbs[k.db.id]
	k.w.OK()
	return nil
}

// flushDB empties a database.
func (n *node) flushDB(i int) {
	old := n.keys.dbs[i]
	n.keys.changes += int64(old.dict.len())
	n.engine.db(i).FlushDB()
	for name, e := range old.dict.names {
		n.spoil(old, name)
		e.expire = -1 // voids its deadlines
		n.waiters.ready(i, name)
	}
	n.keys.dbs[i] = newDatabase(i)
	n.keys.rebuildDue()
}

func (k *call) swapdb() error {
	var ids [2]int64
	for i, which := range []string{"first", "second"} {
		id, err := integer(k.args[i+1])
		if err != nil {
			return failure("ERR invalid " + which + " DB index")
		}
		if id < 0 || id >= databases {
			return errDBRange
		}
		ids[i] = id
	}
	dbs := &k.n.keys.dbs
	a, b := ids[0], ids[1]
	k.n.engine.run(0, false, "SWAPDB", k.args[1], k.args[2])
	dbs[a], dbs[b] = dbs[b], dbs[a]
	for _, i := range ids {
		dbs[i].id = int(i)
		for name := range dbs[i].dict.names {
			k.n.spoil(dbs[i], name)
			k.n.waiters.ready(int(i), name)
		}
	}
	k.n.keys.rebuildDue()
	k.db = dbs[k.c.db]
	k.w.OK()
	return nil
}

func (k *call) selectDB() error {
	id, err := integer(k.args[1])
	if err != nil {
		return err
	}
	if id < 0 || id >= databases {
		return errDBRange
	}
	if k.script != nil {
		k.script.db = int(id)
	} else {
		k.c.db = int(id)
	}
	k.w.OK()
	return nil
}
