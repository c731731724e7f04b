package redisd

import (
	"container/heap"
	"math/rand/v2"
	"time"

	"bustop/backends/demo/redisd/internal/stream"
)

// The types of values, as TYPE names them.
const (
	kindString = "string"
	kindHash   = "hash"
	kindList   = "list"
	kindSet    = "set"
	kindZSet   = "zset"
	kindStream = "stream"
)

// entry is what the server knows of a key; the value is in the engine.
type entry struct {
	name    string
	hash    uint64
	kind    string
	expire  int64 // Unix ms, 0 never
	used    time.Time
	uses    uint8          // logarithmic counter of uses, see OBJECT FREQ
	version uint64         // changes with the value
	stream  *stream.Stream // of a stream
	raw     bool           // a string that was changed in place, see encoding
	wide    bool           // a collection that has outgrown its compact encoding
	size    int64          // estimate in bytes, of sized
	sized   uint64         // the version that size is of
	fields  []string       // of a small hash: names in the order they came
	order   *order         // of a collection, made for reads and dropped by writes
}

// database is one numbered database.
type database struct {
	id       int
	dict     *dict
	expiring int   // keys with an expiry
	size     int64 // sum of all entries' sizes
	stale    map[*entry]struct{}
}

func newDatabase(id int) *database {
	return &database{id: id, dict: newDict(), stale: map[*entry]struct{}{}}
}

// deadline is a key's expiry in the queue of all; it is void when the key has another by now.
type deadline struct {
	at int64
	db int
	e  *entry
}

type deadlines []deadline

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].at < d[j].at }
func (d deadlines) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *deadlines) Push(x any)        { *d = append(*d, x.(deadline)) }
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	(*d)[last] = deadline{}
	*d = (*d)[:last]
	return x
}

// keyspace is the keys of all databases.
type keyspace struct {
	dbs     [databases]*database
	due     deadlines
	version uint64
	changes int64 // since start
	kick    chan struct{}
}

func newKeyspace() *keyspace {
	k := &keyspace{kick: make(chan struct{}, 1)}
	for i := range k.dbs {
		k.dbs[i] = newDatabase(i)
	}
	return k
}

func (k *keyspace) len() int {
	sum := 0
	for _, db := range k.dbs {
		sum += db.dict.len()
	}
	return sum
}

// setExpire gives a key an expiry in Unix milliseconds, 0 for none.
func (k *keyspace) setExpire(db *database, e *entry, at int64) {
	switch {
	case e.expire == 0 && at != 0:
		db.expiring++
	case e.expire != 0 && at == 0:
		db.expiring--
	}
	e.expire = at
	if at != 0 {
		k.queue(db, e)
	}
}

func (k *keyspace) queue(db *database, e *entry) {
	if len(k.due) > 1024+2*k.len() {
		k.rebuildDue()
	}
	first := len(k.due) == 0 || e.expire < k.due[0].at
	heap.Push(&k.due, deadline{e.expire, db.id, e})
	if first {
		select {
		case k.kick <- struct{}{}:
		default:
		}
	}
}

// rebuildDue forgets void deadlines.
func (k *keyspace) rebuildDue() {
	k.due = k.due[:0]
	for _, db := range k.dbs {
		for _, e := range db.dict.names {
			if e.expire != 0 {
				k.due = append(k.due, deadline{e.expire, db.id, e})
			}
		}
	}
	heap.Init(&k.due)
}

// find returns a key, or nil. A key whose time is over is removed first.
func (n *node) find(db *database, name string, now time.Time) *entry {
	e := db.dict.names[name]
	if e == nil || e.expire == 0 || e.expire > now.UnixMilli() {
		return e
	}
	n.expireKey(db, e)
	return nil
}

// expireKey removes a key whose time is over and tells whoever listens.
func (n *node) expireKey(db *database, e *entry) {
	acting := n.changes.acting
	n.changes.acting = nil // it is the server's doing
	defer func() { n.changes.acting = acting }()
	n.removeKey(db, e)
	n.stats.expired++
	n.notify(db, 'x', "expired", e.name)
}

// removeKey takes a key out of the engine and the database.
func (n *node) removeKey(db *database, e *entry) {
	n.engine.db(db.id).Del(e.name)
	n.forget(db, e)
}

// forget takes a key that the engine no longer has out of the database.
func (n *node) forget(db *database, e *entry) {
	db.dict.remove(e)
	if e.expire != 0 {
		db.expiring--
	}
	e.expire = -1 // voids its deadlines
	db.size -= e.size
	delete(db.stale, e)
	n.touch(db, e.name)
	n.waiters.ready(db.id, e.name) // readers of a group are told that their stream is gone
}

// touch marks a key as changed: clients that track it are told, transactions that watch it fail.
func (n *node) touch(db *database, name string) {
	n.changes.changed(name)
	n.spoil(db, name)
}

// spoil is touch for keys that change together with all others of a database.
func (n *node) spoil(db *database, name string) {
	n.keys.changes++
	for c := range n.watchers[watched{db.id, name}] {
		c.tx.broken = true
	}
}

// sync brings an entry up to date after the engine changed its key, and returns it, or nil when
// there is no such key now. Replaced says that the value is a new one, with no expiry.
func (n *node) sync(db *database, name string, replaced bool) *entry {
	kind := n.engine.db(db.id).Type(name)
	e := db.dict.names[name]
	switch {
	case kind == "" && e == nil:
		return nil
	case kind == "":
		n.forget(db, e)
		return nil
	case e == nil:
		e = &entry{name: name, used: time.Now(), uses: firstUses}
		db.dict.put(e)
		n.engine.names++
		n.notify(db, 'n', "new", name)
	case replaced:
		n.keys.setExpire(db, e, 0)
	}
	if e.kind != kind || replaced {
		e.raw, e.wide, e.fields = false, false, nil
	}
	if e.kind = kind; kind != kindStream {
		e.stream = nil
	}
	n.modified(db, e)
	return e
}

// modified notes that the value of a key is another one.
func (n *node) modified(db *database, e *entry) {
	n.keys.version++
	e.version, e.order = n.keys.version, nil
	db.stale[e] = struct{}{}
	n.touch(db, e.name)
	n.waiters.ready(db.id, e.name)
}

// expireLoop removes keys when their time is over, at most ten times a second, until stop is
// closed. Between that it sleeps.
func (n *node) expireLoop() {
	defer n.work.Done()
	const pause = 100 * time.Millisecond
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(max(pause, n.expireDue()))
		select {
		case <-n.stop:
			return
		case <-timer.C:
		case <-n.keys.kick:
			// A deadline before all others came; a short wait still gathers what comes with it.
		}
	}
}

// expireDue removes the keys that are over and returns how long there is nothing more to do.
func (n *node) expireDue() time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	defer n.changes.tell()
	now := time.Now()
	for len(n.keys.due) > 0 {
		d := n.keys.due[0]
		if d.e.expire == d.at && d.at > now.UnixMilli() {
			return min(time.Until(time.UnixMilli(d.at)), time.Hour)
		}
		heap.Pop(&n.keys.due)
		if d.e.expire == d.at {
			n.expireKey(n.keys.dbs[d.db], d.e)
		}
	}
	n.waiters.serve()
	return time.Hour
}

// firstUses is the counter of uses of a new key.
const firstUses = 5

// use notes that a command used the key. Under an LFU policy the counter grows the slower the
// higher it is, by lfu-log-factor.
func (n *node) use(e *entry, now time.Time) {
	e.used = now
	if !n.lfu() || e.uses == 255 {
		return
	}
	over := max(0, int64(e.uses)-firstUses)
	if rand.Float64() < 1/float64(over*n.conf.number("lfu-log-factor")+1) {
		e.uses++
	}
}
