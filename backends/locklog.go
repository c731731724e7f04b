package backends

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// The bounds of a LockLog, which make some 8 MB at most.
const (
	maxLockEvents  = 48
	maxLockSamples = 180
	maxLoggedLocks = 500
	// lockSlack is by how much the time left of a lock may differ from what the clock says before
	// that is a renewal: answers are on the way for a while, and not always equally long.
	lockSlack = 200 * time.Millisecond
)

// LockLog makes a history of looks at locks. It is pure but for its mutex: the times are the caller's.
type LockLog struct {
	mu    sync.Mutex
	locks map[string]*loggedLock
	heard map[string]time.Time // since when the server tells of each change of a lock
}

type loggedLock struct {
	history LockHistory
	last    Lock
	held    bool
	// asked and at are the beginning and the end of the last look: what it saw was so in between.
	asked, at time.Time
	// told is when the server last told of a change that the last look may have been too early for, zero
	// when it did not.
	told time.Time
	// bound is since when the server has told of each change, if that includes what the last look found to
	// have changed: it is bound to tell of it, though maybe after the look.
	bound time.Time
	// renewed: this holder was seen to renew; missed counts the renewals it has let pass since then.
	renewed bool
	missed  int64
}

// NewLockLog returns an empty log.
func NewLockLog() *LockLog { return &LockLog{locks: map[string]*loggedLock{}} }

// Hear takes in that from a moment on the server tells of each change of these locks, and of no others.
func (g *LockLog) Hear(since time.Time, names ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.heard = make(map[string]time.Time, len(names))
	for _, name := range names {
		g.heard[name] = since
	}
}

// Observe takes in a look at a lock that began at asked and was over at at; a nil lock says that nobody
// holds it.
func (g *LockLog) Observe(name string, asked, at time.Time, lock *Lock) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.locks[name]
	switch {
	case l == nil && lock == nil:
		return
	case l == nil:
		g.makeRoom()
		l = &loggedLock{history: LockHistory{Since: at}}
		g.locks[name] = l
		l.event(LockFound, at, lock.Holder, "", lock.TTL)
	case asked.Before(l.asked), at.Before(l.at):
		return // what is known already may be newer
	case lock == nil && l.held:
		l.ended(at, false)
	case lock != nil && !l.held:
		l.event(LockAcquired, at, lock.Holder, "", lock.TTL)
		l.renewed, l.missed = false, 0
	case lock != nil:
		l.compare(asked, at, lock)
	}
	l.note(asked, at, lock, g.heard[name])
}

// Told takes in that the server tells of a change at a moment. Ended says that the lock is gone since,
// expired that its time was over. It reports whether only another look shows what the lock is now.
func (g *LockLog) Told(name string, at time.Time, ended, expired bool) (look bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.locks[name]
	if l == nil {
		return !ended
	}
	if since := g.heard[name]; !since.IsZero() && since.Equal(l.bound) {
		l.settle()
	}
	switch {
	case at.Before(l.asked):
		return false // the last look has seen it
	case !ended, at.Before(l.at): // an end may have come after the look, or before the lock was taken again
		l.told = at
		return true
	}
	l.told = at
	if l.held {
		l.ended(at, expired)
	}
	l.note(at, at, nil, g.heard[name])
	return false
}

// settle takes back the doubt about when the changes happened that the last look found: the server told of
// them.
func (l *loggedLock) settle() {
	events := l.history.Events
	for i := len(events) - 1; i >= 0 && events[i].At.Equal(l.at); i-- {
		events[i].Within = 0
	}
}

// History is what is known of a lock.
func (g *LockLog) History(name string) (LockHistory, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.locks[name]
	if l == nil {
		return LockHistory{}, false
	}
	h := l.history
	h.Events, h.Samples = slices.Clone(h.Events), slices.Clone(h.Samples)
	return h, true
}

// Seen are the locks that are held, or that are not, and were looked at since a moment; at most n, the
// latest first.
func (g *LockLog) Seen(held bool, since time.Time, n int) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var names []string
	when := func(name string) time.Time {
		l := g.locks[name]
		if e, ok := l.history.Last(); ok && !held {
			return e.At // how long it has been free, however often it was looked for
		}
		return l.at
	}
	for name, l := range g.locks {
		if l.held == held && when(name).After(since) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(when(b).Compare(when(a)), strings.Compare(a, b)) })
	return names[:min(n, len(names))]
}

// makeRoom drops the lock that was looked at longest ago, if there are too many.
func (g *LockLog) makeRoom() {
	if len(g.locks) < maxLoggedLocks {
		return
	}
	oldest := ""
	for name, l := range g.locks {
		if oldest == "" || l.at.Before(g.locks[oldest].at) {
			oldest = name
		}
	}
	delete(g.locks, oldest)
}

// compare finds out what has changed in a lock that was held at both looks.
func (l *loggedLock) compare(asked, at time.Time, now *Lock) {
	switch joined, left := turnover(&l.last, now); {
	case joined && left && !common(&l.last, now):
		l.event(LockHandedOver, at, now.Holder, l.last.Holder, now.TTL)
		l.renewed, l.missed = false, 0
		return
	case joined:
		l.event(LockJoined, at, now.Holder, l.last.Holder, now.TTL)
	case left:
		l.event(LockLeft, at, now.Holder, l.last.Holder, now.TTL)
	}
	switch {
	case now.NoExpiry && l.last.TTL.Known():
		l.event(LockPersisted, at, now.Holder, "", now.TTL)
	case now.TTL.Known() && now.TTL.Value > l.last.TTL.Value-asked.Sub(l.at)+lockSlack:
		l.event(LockRenewed, at, now.Holder, "", now.TTL)
		l.history.Renewals++
		l.renewed, l.missed = true, 0
	case now.TTL.Known():
		l.overdue(at, now)
	}
}

// overdue notes renewals that the holder's library would have made by now.
func (l *loggedLock) overdue(at time.Time, now *Lock) {
	part, whole := now.Renewal.Part, l.history.Longest
	if part <= 0 || whole <= 0 || (!now.Renewal.Always && !l.renewed) {
		return
	}
	slack := max(whole/10, at.Sub(l.at))
	due := time.Duration(part * float64(whole))
	missed := int64((whole - now.TTL.Value - slack) / due)
	if missed > l.missed {
		l.history.Missed += missed - l.missed
		l.missed = missed
		l.event(LockMissed, at, now.Holder, "", now.TTL)
	}
}

// ended notes that nobody holds the lock any more. Whether it was released or its time was over follows from
// when that was, if that is known well enough.
func (l *loggedLock) ended(at time.Time, expired bool) {
	change := LockReleased
	if l.last.TTL.Known() {
		over := l.at.Add(l.last.TTL.Value - lockSlack)
		first, last := l.at, at // between these it ended
		switch {
		case l.told.After(l.at):
			first, last = l.told, l.told
		case !l.told.IsZero():
			first = l.told // or of a change before that
		}
		switch {
		case expired, !first.Before(over):
			change = LockExpired
		case !last.Before(over):
			change = LockEnded
		}
	}
	l.event(change, at, l.last.Holder, "", Span{})
	l.renewed, l.missed = false, 0
}

// event adds a change. What the server told of since the last look happened then.
func (l *loggedLock) event(change LockChange, at time.Time, holder, before string, ttl Span) {
	e := LockEvent{Change: change, At: at, Holder: holder, Before: before, TTL: ttl}
	switch {
	case l.at.IsZero() || change == LockMissed: // it is noticed, not made
	case !l.told.IsZero():
		if l.told.Before(at) {
			e.At = l.told
		}
	default:
		e.Within = at.Sub(l.at)
	}
	h := &l.history
	if len(h.Events) == maxLockEvents {
		h.Events = slices.Delete(h.Events, 0, 1)
		h.Dropped++
	}
	h.Events = append(h.Events, e)
}

// note keeps a look as the last one; heard is since when the server tells of each change, zero when it does
// not.
func (l *loggedLock) note(asked, at time.Time, lock *Lock, heard time.Time) {
	l.bound = time.Time{}
	if !l.asked.Before(heard) {
		l.bound = heard
	}
	if !l.told.After(asked) {
		l.told = time.Time{}
	}
	l.asked, l.at, l.held = asked, at, lock != nil
	sample := LockSample{At: at, Held: l.held}
	if lock != nil {
		l.last = *lock
		sample.TTL = lock.TTL
		l.history.Longest = max(l.history.Longest, lock.TTL.Value)
	}
	h := &l.history
	if len(h.Samples) == maxLockSamples {
		h.Samples = slices.Delete(h.Samples, 0, 1)
	}
	h.Samples = append(h.Samples, sample)
}

// turnover reports whether there is a holder who was none before, and one who is none any more.
func turnover(before, now *Lock) (joined, left bool) {
	was, is := holders(before), holders(now)
	missing := func(in []string) func(string) bool {
		return func(h string) bool { return !slices.Contains(in, h) }
	}
	return slices.ContainsFunc(is, missing(was)), slices.ContainsFunc(was, missing(is))
}

// common reports whether somebody holds the lock at both looks.
func common(before, now *Lock) bool {
	was := holders(before)
	return slices.ContainsFunc(holders(now), func(h string) bool { return slices.Contains(was, h) })
}

// holders are who holds a lock; one who reads and one who writes are the same.
func holders(l *Lock) []string {
	if len(l.Holders) == 0 {
		return []string{l.Holder}
	}
	out := make([]string, len(l.Holders))
	for i, h := range l.Holders {
		out[i] = strings.TrimSuffix(h.Token, ":write")
	}
	return out
}
