package redis

import (
	"context"
	"slices"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/spans"
)

const (
	// maxHeard bounds the locks that the server is asked to tell of: each is a pattern or a prefix that it
	// compares with every key written.
	maxHeard = 32
	// heardEvery is how often at most locks are read because of what the server tells, maxReread how many
	// at once; relisten is how long a choice of locks is heard at least.
	heardEvery = 50 * time.Millisecond
	maxReread  = 50
	relisten   = 2 * time.Second
	// shownFor is how long locks count as being on screen without anybody saying so again.
	shownFor = 10 * time.Second
)

// lockEyes says how a watch notices changes.
func (how watching) lockEyes() string {
	return map[watching]string{
		byNothing:  "polling: a change is seen at the next look",
		byEvents:   "keyspace events: the server tells of each change",
		byTracking: "client tracking: the server tells which lock has changed",
	}[how]
}

// ears are which locks a watch listens to, and how it hears.
type ears struct {
	mu      sync.Mutex
	names   []string
	shown   time.Time // when names were last said to be on screen
	how     watching
	hearing []string // in order, those that the server tells of by how
	changed chan struct{}
}

func (e *ears) show(names []string) {
	names = slices.Clone(names[:min(maxHeard, len(names))])
	slices.Sort(names)
	e.mu.Lock()
	same := slices.Equal(names, e.names) && time.Since(e.shown) < shownFor
	e.names, e.shown = names, time.Now()
	e.mu.Unlock()
	if same {
		return
	}
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

func (e *ears) wanted() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.shown) >= shownFor {
		return nil
	}
	return e.names
}

// set says how, and of which locks, the server tells from now on.
func (e *ears) set(how watching, hearing ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.how, e.hearing = how, hearing
}

// told reports whether the server tells of a lock.
func (e *ears) told(name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, hears := slices.BinarySearch(e.hearing, name)
	return hears
}

// heard are the locks that the server tells of.
func (e *ears) heard() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.hearing
}

func (e *ears) by() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.how.lockEyes()
}

// listen hears of changes as long as somebody looks, if the server tells of them. Where it does not, the
// looks of the listings have to do.
func (w *lockWatch) listen(ctx context.Context, _ *backends.Tail) {
	heard := newHeard()
	var rereading sync.WaitGroup
	rereading.Go(func() { w.reread(ctx, heard) })
	defer rereading.Wait()
	defer w.hears(byNothing)
	for ctx.Err() == nil {
		names := w.ears.wanted()
		if len(names) > 0 && !w.hear(ctx, names, heard) {
			return
		}
		if len(names) == 0 {
			select {
			case <-w.ears.changed:
			case <-ctx.Done():
			}
		}
	}
}

// hear listens to some locks until others are wanted; false: the server does not tell.
func (w *lockWatch) hear(ctx context.Context, names []string, heard *heardNames) bool {
	asking, span := spans.Root(ctx, w.l.s.tracer, "watch locks", spans.TriggerPoll)
	how, err := w.l.s.watchable(asking)
	span.End()
	if err == nil && how != byNothing {
		var changed bool
		if changed, err = w.until(ctx, how, names, heard); changed && err == nil {
			return true
		}
	} else if err == nil {
		return false
	}
	w.hears(byNothing)
	if err != nil && backends.ReasonOf(err) != backends.Unreachable {
		return false // denied
	}
	select {
	case <-time.After(relisten):
	case <-ctx.Done():
	}
	return true
}

// until hears of some locks until others are wanted or the server denies it. Those that stay are heard until
// it is time to change.
func (w *lockWatch) until(ctx context.Context, how watching, names []string, heard *heardNames) (changed bool, fault error) {
	hearing, stop := context.WithCancel(ctx)
	over := make(chan struct{})
	up := func(all bool) {
		if !all {
			w.hears(byNothing)
			return
		}
		w.hears(how, names...)
		for _, name := range names { // what happened before was not told
			heard.add(name)
		}
	}
	go func() {
		defer close(over)
		fault = w.l.s.watch(hearing, how, names, func(c change) { w.told(c, heard) }, up)
	}()
	begun := time.Now()
	var due <-chan time.Time
	looking := time.NewTicker(shownFor)
	defer looking.Stop()
	for going := true; going; {
		select {
		case <-looking.C:
			going = len(w.ears.wanted()) > 0
		case <-over:
			going = false
		case <-w.ears.changed:
			if due == nil {
				due = time.After(relisten - time.Since(begun))
			}
		case <-due:
			going, changed = false, true
		case <-ctx.Done():
			going = false
		}
	}
	stop()
	<-over
	return changed, fault
}

// hears says how, and of which locks, the server tells from now on.
func (w *lockWatch) hears(how watching, names ...string) {
	w.log.Hear(time.Now(), names...)
	w.ears.set(how, names...)
}

// told takes in what the server tells of a lock. What it does not tell, as what has become of it, is read.
func (w *lockWatch) told(c change, heard *heardNames) {
	if c.lost != "" {
		for _, name := range w.ears.heard() { // of none where the connection was lost
			w.told(change{key: name}, heard)
		}
		return
	}
	if _, shown := slices.BinarySearch(w.ears.wanted(), c.key); !shown {
		return // another key whose name begins alike
	}
	expired := c.event == "expired"
	ended := expired || c.event == "del" || c.event == "evicted"
	if w.log.Told(c.key, time.Now(), ended, expired) {
		heard.add(c.key)
	}
}

// reread looks at locks that the server said have changed.
func (w *lockWatch) reread(ctx context.Context, heard *heardNames) {
	for {
		select {
		case <-heard.some:
		case <-ctx.Done():
			return
		}
		w.look(ctx, heard.take(maxReread))
		select {
		case <-time.After(heardEvery):
		case <-ctx.Done():
			return
		}
	}
}

// look reads locks for the log; that a server does not answer is noticed by the listings.
func (w *lockWatch) look(ctx context.Context, names []string) {
	ctx, span := spans.Root(ctx, w.l.s.tracer, "watch locks", spans.TriggerPoll)
	defer span.End()
	probes := make([]probe, len(names))
	for i, name := range names {
		probes[i] = w.l.probe(name)
	}
	asked := time.Now()
	// One that was free is no lock of the walker's any more, and may be held again.
	if w.l.types(ctx, probes) != nil || w.l.read(ctx, probes) != nil {
		return
	}
	now := time.Now()
	for i := range probes {
		p := &probes[i]
		lock, ok := w.l.recognise(p)
		switch {
		case ok:
			w.log.Observe(p.name, asked, now, &lock)
		case p.left == -2 && p.err == nil:
			w.log.Observe(p.name, asked, now, nil)
		}
	}
}

// heardNames are locks that have changed since they were last read.
type heardNames struct {
	mu    sync.Mutex
	names map[string]bool
	some  chan struct{}
}

func newHeard() *heardNames {
	return &heardNames{names: map[string]bool{}, some: make(chan struct{}, 1)}
}

func (h *heardNames) add(name string) {
	h.mu.Lock()
	h.names[name] = true
	h.mu.Unlock()
	h.nudge()
}

func (h *heardNames) nudge() {
	select {
	case h.some <- struct{}{}:
	default:
	}
}

// take returns some of the names and leaves the others for the next time.
func (h *heardNames) take(n int) (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name := range h.names {
		if len(names) == n {
			h.nudge()
			break
		}
		names = append(names, name)
		delete(h.names, name)
	}
	return names
}
