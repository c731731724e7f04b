package redisd

import (
	"slices"
	"strconv"
	"time"

	"bustop/backends/demo/redisd/internal/resp"
)

// waiter is a client that is blocked until one of its keys can serve it.
type waiter struct {
	c    *client
	cmd  *command
	args []string
	db   int
	keys []string
	// try serves the client if it can now and reports whether it did; name is the key that is ready.
	try     func(k *call, name string) (bool, error)
	late    func(*resp.Writer) // writes the answer when the time is over
	timer   *time.Timer
	started time.Time
}

// waiters are all blocked clients by what they wait for, in the order they came.
type waiters struct {
	n     *node
	keys  map[watched][]*waiter
	queue []watched // keys that may serve somebody
	all   map[*waiter]struct{}
}

func newWaiters(n *node) *waiters {
	return &waiters{n: n, keys: map[watched][]*waiter{}, all: map[*waiter]struct{}{}}
}

// block suspends the client of a call, or answers at once where waiting is not possible. It has
// been tried already. A timeout of 0 waits for ever.
func (k *call) block(w *waiter, timeout time.Duration) {
	if k.inTx || k.script != nil {
		w.late(k.w)
		return
	}
	w.c, w.cmd, w.args, w.db, w.started = k.c, k.cmd, k.args, k.db.id, k.now
	ws := k.n.waiters
	for _, name := range w.keys {
		at := watched{w.db, name}
		if !slices.Contains(ws.keys[at], w) {
			ws.keys[at] = append(ws.keys[at], w)
		}
	}
	ws.all[w] = struct{}{}
	k.c.wait, k.c.gate = w, make(chan struct{})
	if timeout > 0 {
		n := k.n
		w.timer = time.AfterFunc(timeout, func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			ws.expire(w)
		})
	}
}

// expire answers a client whose time is over.
func (ws *waiters) expire(w *waiter) {
	if w.c.wait != w {
		return
	}
	out := &resp.Writer{V3: w.c.v3}
	w.late(out)
	ws.release(w, out)
}

// release ends a wait with an answer.
func (ws *waiters) release(w *waiter, out *resp.Writer) {
	ws.drop(w)
	ws.n.reply(w.c, out)
}

// drop takes a waiter out of all lists and lets its client go on.
func (ws *waiters) drop(w *waiter) {
	delete(ws.all, w)
	for _, name := range w.keys {
		at := watched{w.db, name}
		rest := slices.DeleteFunc(ws.keys[at], func(o *waiter) bool { return o == w })
		if len(rest) == 0 {
			delete(ws.keys, at)
		} else {
			ws.keys[at] = rest
		}
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	if w.c.wait == w {
		w.c.wait = nil
		close(w.c.gate)
		w.c.gate = nil
	}
}

// cancel ends the wait of a client that is gone.
func (ws *waiters) cancel(c *client) {
	if c.wait != nil {
		ws.drop(c.wait)
	}
}

// ready notes that a key was changed and may serve who waits for it.
func (ws *waiters) ready(db int, name string) {
	at := watched{db, name}
	if len(ws.keys[at]) > 0 && !slices.Contains(ws.queue, at) {
		ws.queue = append(ws.queue, at)
	}
}

// serve gives what has come to those who wait, the longest first. Serving one may make other
// keys ready.
func (ws *waiters) serve() {
	for len(ws.queue) > 0 {
		at := ws.queue[0]
		ws.queue = ws.queue[1:]
		for _, w := range slices.Clone(ws.keys[at]) {
			if w.c.wait == w {
				ws.attempt(w, at.name)
			}
		}
	}
	ws.queue = nil
}

func (ws *waiters) attempt(w *waiter, name string) {
	out := &resp.Writer{V3: w.c.v3}
	k := &call{n: ws.n, c: w.c, cmd: w.cmd, args: w.args, db: ws.n.keys.dbs[w.db], w: out, now: time.Now()}
	done, err := w.try(k, name)
	switch {
	case err != nil:
		out.Buf = nil
		out.Error(err.Error())
		ws.release(w, out)
	case done:
		w.cmd.spent += time.Since(k.now)
		ws.release(w, out)
	}
}

// timeout reads the number of seconds that a blocking command may wait.
func timeout(word string) (time.Duration, error) {
	v, err := strconv.ParseFloat(word, 64)
	if err != nil || v != v {
		return 0, errTimeout
	}
	switch {
	case v < 0:
		return 0, errNegTimeout
	case v > 1e10:
		return 0, failure("ERR timeout is out of range")
	case v > 0 && v < 0.001:
		return time.Millisecond, nil
	case v > 3e8: // about ten years; a Duration holds no more than 292
		v = 3e8
	}
	return time.Duration(v * float64(time.Second)), nil
}
