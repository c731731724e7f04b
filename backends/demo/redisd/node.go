package redisd

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"
)

// node is one life of a server, from Start or Restart to Kill or Close. Commands run one at a
// time, under mu, which guards all that is below it.
type node struct {
	faults   Faults
	report   func(error)
	shutdown func() // of the command SHUTDOWN
	port     int
	runID    string
	replID   string
	born     time.Time
	stop     chan struct{} // closed at the end
	work     sync.WaitGroup

	mu       sync.Mutex
	stopped  bool
	table    map[string]*command
	conf     *settings
	engine   *engine
	keys     *keyspace
	clients  map[int64]*client
	lastID   int64
	hub      *hub
	watchers map[watched]map[*client]struct{}
	waiters  *waiters
	changes  invalidations
	monitors map[*client]struct{}
	scripts  *scripts
	pause    pause
	stats    stats
	slow     slowlog
	spikes   spikes
	saved    time.Time

	estimated, grown int64 // bytes of all values, and written since that was worked out
	lastWrite        int   // bytes of the last request
}

func newNode(opt Options, port int) (*node, error) {
	e, err := newEngine()
	if err != nil {
		return nil, err
	}
	n := &node{
		faults: opt.Faults, report: opt.Report, port: port, runID: randomID(), replID: randomID(), born: time.Now(), stop: make(chan struct{}),
		table: commandTable(), conf: newSettings(port, opt.Password), engine: e, keys: newKeyspace(),
		clients: map[int64]*client{}, hub: newHub(), watchers: map[watched]map[*client]struct{}{},
		changes:  invalidations{trackers: map[*client]struct{}{}, keys: map[string]*client{}},
		monitors: map[*client]struct{}{}, scripts: newScripts(), saved: time.Now(), spikes: spikes{},
	}
	if n.report == nil {
		n.report = func(error) {}
	}
	n.waiters = newWaiters(n)
	n.pause.waiting = sync.NewCond(&n.mu)
	n.stats.errors = map[string]int64{}
	var pairs []string
	for name, value := range opt.Settings {
		pairs = append(pairs, name, value)
	}
	n.conf.starting = true
	if err := n.conf.set(pairs); err != nil {
		e.close()
		return nil, err
	}
	n.conf.starting = false
	n.work.Add(1)
	go n.expireLoop()
	return n, nil
}

func randomID() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// shut ends the node and returns when nothing of it is left.
func (n *node) shut() {
	close(n.stop) // ends a script that holds the lock, too
	n.mu.Lock()
	n.stopped = true
	for _, c := range n.clients {
		n.kill(c)
	}
	n.pause.waiting.Broadcast()
	n.mu.Unlock()
	n.work.Wait()
	n.engine.close()
}
