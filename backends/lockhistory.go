package backends

import (
	"context"
	"time"
)

// LockReader is a Locks role that reads everything it can tell of one lock: who waits in what order, which
// keys belong to it. Its error has the reason NotFound when nobody holds the lock.
type LockReader interface {
	ReadLock(ctx context.Context, name string) (Lock, error)
}

// LockWatcher is a Locks role that keeps the history of locks while somebody looks at them.
type LockWatcher interface {
	// WatchLocks begins to remember what listings and reads of locks show from now on, and, where the
	// server tells of changes by itself, what it tells. The watch ends with Close or with the source.
	WatchLocks(ctx context.Context) (LockWatch, error)
}

// LockWatch remembers what happens to locks. Its methods may be called from several goroutines and ask
// the server nothing.
type LockWatch interface {
	// Show says which locks are on screen: the server is asked to tell of these only.
	Show(names []string)
	// History is what is known of a lock, false when it was never seen.
	History(name string) (LockHistory, bool)
	// By says how changes are noticed.
	By() string
	Close()
}

// LockTeller is a LockWatch that knows of which locks its server tells. A server is asked to tell of a few
// only, as it compares each key written with all of them.
type LockTeller interface {
	// Told reports whether each change of a lock is told as it happens. What happens to others is found at
	// the next look.
	Told(name string) bool
}

// LockChange is what happened to a lock.
type LockChange string

// The changes.
const (
	// LockFound: held already when it was first looked at.
	LockFound    LockChange = "found held"
	LockAcquired LockChange = "acquired"
	// LockRenewed: its time grew and its holder stayed.
	LockRenewed LockChange = "renewed"
	// LockMissed: its library renews it after a part of its time, and that passed without.
	LockMissed LockChange = "renewal missed"
	// LockHandedOver: another holds it, and it was never seen free between the two.
	LockHandedOver LockChange = "handed over"
	LockJoined     LockChange = "reader joined"
	LockLeft       LockChange = "reader left"
	LockExpired    LockChange = "expired"
	// LockReleased: gone before its time was over.
	LockReleased LockChange = "released"
	// LockEnded: gone, and its time was over between the two looks, so it was one or the other.
	LockEnded LockChange = "released or expired"
	// LockPersisted: it had an end and has none now.
	LockPersisted LockChange = "lost its expiry"
)

// LockEvent is one change.
type LockEvent struct {
	Change LockChange
	// At is when the change was noticed; it happened at most Within before. Zero: the server told of it
	// as it happened.
	At     time.Time
	Within time.Duration
	// Holder is who has the lock after the change, or had it last.
	Holder string
	// Before is who had it, where that is another.
	Before string
	// TTL is the time that the lock had after the change.
	TTL Span
}

// LockSample is the time a lock had left at a moment. TTL is unknown where it was free or had no end.
type LockSample struct {
	At   time.Time
	TTL  Span
	Held bool
}

// LockHistory is what a watch saw of one lock, the newest last.
type LockHistory struct {
	// Since is the first look at it.
	Since time.Time
	// Longest is the most time it was seen to have left.
	Longest          time.Duration
	Renewals, Missed int64
	Events           []LockEvent
	// Dropped events were older than those that are kept.
	Dropped int64
	Samples []LockSample
}

// Last is the newest event, false when there is none.
func (h LockHistory) Last() (LockEvent, bool) {
	if len(h.Events) == 0 {
		return LockEvent{}, false
	}
	return h.Events[len(h.Events)-1], true
}
