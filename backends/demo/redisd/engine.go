package redisd

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// databases is how many numbered databases there are, as by default.
const databases = 16

// forgetAfter is how many names the engine may have kept before it is renewed.
const forgetAfter = 50_000

// engine is miniredis used as a store: it holds the values of strings, hashes, lists, sets,
// sorted sets and, as placeholders, streams, and carries out the commands on them that need no
// correction. Its sockets, clients, transactions, scripts, subscriptions and clock are not used.
// Not safe for concurrent use.
type engine struct {
	m     *miniredis.Miniredis
	out   bytes.Buffer
	w     *bufio.Writer
	peers [databases]*server.Peer // one that has selected each database
	names int                     // names ever used: miniredis keeps a version of each for ever
}

func newEngine() (*engine, error) {
	e := &engine{m: miniredis.NewMiniRedis()}
	conn, err := e.m.Dial() // starts it without a listener
	if err != nil {
		return nil, err
	}
	conn.Close()
	e.w = bufio.NewWriter(&e.out)
	for i := range e.peers {
		e.peers[i] = server.NewPeer(e.w)
		e.run(i, false, "SELECT", strconv.Itoa(i))
	}
	return e, nil
}

func (e *engine) close() { e.m.Close() }

func (e *engine) db(i int) *miniredis.RedisDB { return e.m.DB(i) }

// run carries a command out and returns the reply, which is valid until the next run. Commands
// that wait must not come here.
func (e *engine) run(db int, v3 bool, args ...string) (reply []byte) {
	defer func() {
		if p := recover(); p != nil {
			// A command that panicked leaves the lock behind.
			e.m.TryLock()
			e.m.Unlock()
			reply = fmt.Appendf(nil, "-ERR internal error in '%s'\r\n", args[0])
		}
	}()
	e.out.Reset()
	peer := e.peers[db]
	peer.Resp3 = v3
	e.m.Server().Dispatch(peer, args)
	peer.Flush()
	reply = e.out.Bytes()
	if cap(reply) > 1<<20 {
		e.out = bytes.Buffer{} // lets go of a large reply; the slice returned stays valid
	}
	return reply
}

// compact moves all values into a new miniredis when names that are no more outnumber those that
// are: the old one never forgets a name. When that fails it is tried again later.
func (n *node) compact() error {
	if n.engine.names < forgetAfter || n.engine.names < 4*n.keys.len() {
		return nil
	}
	n.engine.names = 0
	next, err := newEngine()
	if err != nil {
		return err
	}
	for i, db := range n.keys.dbs {
		for name, e := range db.dict.names {
			if err := e.moveTo(next, n.engine, i, name); err != nil {
				next.close()
				return err
			}
			next.names++
		}
	}
	old := n.engine
	n.engine = next
	old.close()
	return nil
}

// moveTo copies the value of a key from one engine to another.
func (e *entry) moveTo(next, old *engine, db int, name string) error {
	from, to := old.db(db), next.db(db)
	var err error
	switch e.kind {
	case kindString:
		var v string
		if v, err = from.Get(name); err == nil {
			err = to.Set(name, v)
		}
	case kindHash:
		fields, failed := from.HKeys(name)
		for _, f := range fields {
			to.HSet(name, f, from.HGet(name, f))
		}
		err = failed
	case kindList:
		var list []string
		if list, err = from.List(name); err == nil {
			_, err = to.Push(name, list...)
		}
	case kindSet:
		var members []string
		if members, err = from.Members(name); err == nil {
			_, err = to.SetAdd(name, members...)
		}
	case kindZSet:
		scores, failed := from.SortedSet(name)
		for m, s := range scores {
			if _, err := to.ZAdd(name, s, m); err != nil {
				return err
			}
		}
		err = failed
	case kindStream:
		err = next.placeholder(db, name)
	}
	return err
}

// placeholder makes a stream key, so that the engine knows the name and its type. The stream
// itself is in the entry.
func (e *engine) placeholder(db int, name string) error {
	_, err := e.db(db).XAdd(name, "1-1", []string{"", ""})
	return err
}
