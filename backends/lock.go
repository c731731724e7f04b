package backends

import (
	"context"
	"time"
)

// Locks lists distributed locks.
type Locks interface {
	ListLocks(ctx context.Context, q Query) (Page[Lock], error)
}

// Lock is a key that one holder owns for a while.
type Lock struct {
	Name string
	// Holder is the token or owner as the server keeps it; of several holders all, by commas.
	Holder string
	// TTL is what was left of the lock when it was read; NoExpiry says that it never ends.
	TTL      Span
	NoExpiry bool
	// Library is the recognised lock library, "" when the lock is only probable.
	Library string
	// Profile is the rule that recognised it.
	Profile string
	// Variant is the library's word for a lock of another sort than its plain one: "fair".
	Variant string
	// Confidence is 0 to 1: how sure it is that this key is a lock.
	Confidence float64
	// Reentrancy is how often the holder has entered.
	Reentrancy   Count
	FencingToken Count
	Waiters      Count
	// WaitersBy says how the waiters were counted where that is not a list of them.
	WaitersBy string
	// Waiting are those who wait, in the order of their turn, as far as the server keeps it and
	// it was read; there are Waiters of them.
	Waiting []string
	// Mode is "read" or "write" for read/write locks.
	Mode string
	// Permits is how many more may enter a semaphore or how far a latch has to count.
	Permits Count
	// Holders are those who hold the lock now, where the server names them one by one.
	Holders []LockHolder
	// Since is when the holder took the lock by what the token or its fields say, zero when they
	// say nothing. It is the holder's clock, not the server's.
	Since time.Time
	// Host is the machine that the token names.
	Host string
	// Owner is the part of the token that stands for the process, so that locks of one process
	// can be seen to be its.
	Owner string
	// Renewal says how the library renews its locks while they are held.
	Renewal Renewal
	// Tells are further facts that token and fields hold, for people to read.
	Tells []Field
	// Companions are the other keys that the lock is made of, with what each is for.
	Companions []LockCompanion
	// Quorum is how far several servers agree on the holder, nil where one was asked or has the lock alone.
	Quorum *LockQuorum
}

// LockHolder is one holder of a lock.
type LockHolder struct {
	Token   string
	Entered Count
	// Mode is "write" for the writer among the holders of a read/write lock.
	Mode string
}

// LockCompanion is a key beside a lock's own.
type LockCompanion struct{ Name, Role string }

// Renewal is what is known of how a library renews its locks: after a part of the time that they were
// taken for. The zero value knows nothing.
type Renewal struct {
	// Part of the lock's whole time after which it is renewed: 1/3, 1/2.
	Part float64
	// Always: the library renews each of its locks. Otherwise only a lock that was seen to be
	// renewed is expected to be so again.
	Always bool
}
