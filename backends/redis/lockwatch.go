package redis

import (
	"context"
	"slices"
	"sync"
	"time"

	"bustop/backends"
)

const (
	// A lock that was released is looked for as long as regained, at most maxRegained of them in each
	// listing: it is likely to be taken again long before the walker comes by.
	regained    = time.Minute
	maxRegained = 50
)

// lockWatches are the watches that are open.
type lockWatches struct{ members[*lockWatch] }

// blockedClients is the last count of clients that wait in a blocking command.
type blockedClients struct {
	mu sync.Mutex
	at time.Time
	n  int64
}

// observe shows rows that were read between two moments to all watches.
func (w *lockWatches) observe(names []string, rows []row[backends.Lock], asked, at time.Time) {
	for _, one := range w.all() {
		for i, name := range names {
			switch rows[i].state {
			case shown:
				one.log.Observe(name, asked, at, &rows[i].item)
			case gone, other:
				one.log.Observe(name, asked, at, nil)
			case away: // nobody knows
			}
		}
	}
}

// lockWatch remembers what happens to locks, see backends.LockWatch.
type lockWatch struct {
	l    locks
	log  *backends.LockLog
	tail *backends.Tail
	ears ears
}

// WatchLocks implements backends.LockWatcher.
func (l locks) WatchLocks(ctx context.Context) (backends.LockWatch, error) {
	w := &lockWatch{l: l, log: backends.NewLockLog()}
	w.ears.changed = make(chan struct{}, 1)
	tail, err := l.s.adopt(ctx, backends.Target{Kind: backends.KindLock}, w.listen)
	if err != nil {
		return nil, err
	}
	w.tail = tail
	l.s.watches.add(w)
	return w, nil
}

// Show implements backends.LockWatch.
func (w *lockWatch) Show(names []string) { w.ears.show(names) }

// History implements backends.LockWatch.
func (w *lockWatch) History(name string) (backends.LockHistory, bool) { return w.log.History(name) }

// By implements backends.LockWatch.
func (w *lockWatch) By() string { return w.ears.by() }

// Told implements backends.LockTeller.
func (w *lockWatch) Told(name string) bool { return w.ears.told(name) }

// Close implements backends.LockWatch.
func (w *lockWatch) Close() {
	w.l.s.watches.drop(w)
	w.tail.Close()
}

// strays looks at locks that watches know and the walker does not. Those that were held at the last look
// have ended since. Those that were free may be held again, and are listed then: the walker would find them,
// later.
func (l locks) strays(ctx context.Context, held bool) error {
	var probes []probe
	for _, w := range l.s.watches.all() {
		for _, name := range w.log.Seen(held, time.Now().Add(-regained), maxRegained) {
			known := slices.ContainsFunc(probes, func(p probe) bool { return p.name == name })
			if !known && l.s.walker.catalog.typeOf(backends.KindLock, name) == "" {
				probes = append(probes, probe{name: name})
			}
		}
	}
	if len(probes) == 0 {
		return nil
	}
	asked := time.Now()
	if err := l.types(ctx, probes); err != nil {
		return err
	}
	if err := l.read(ctx, probes); err != nil {
		return err
	}
	l.enter(probes, asked)
	return nil
}

// types fills in the types of keys of which the walker knows none.
func (l locks) types(ctx context.Context, probes []probe) error {
	var asked asking
	for i, p := range probes {
		if p.typ == "" {
			asked.add(i, command{"TYPE", p.name})
		}
	}
	answers, err := l.s.many(ctx, asked.cmds)
	for k, a := range answers {
		probes[asked.of[k]].typ, _ = a.value.(string)
	}
	return err
}

// enter lists probes that are locks, and shows to the watches those that are not any more. They were read
// since asked.
func (l locks) enter(probes []probe, asked time.Time) {
	now := time.Now()
	for i := range probes {
		p := &probes[i]
		if _, ok := l.recognise(p); ok {
			l.s.walker.catalog.add(backends.KindLock, p.name, p.typ, p.match)
		} else if p.err == nil || absent(p.err) != away {
			l.s.watches.observe([]string{p.name}, []row[backends.Lock]{{state: gone}}, asked, now)
		}
	}
}
