package backends

import "context"

// Locks lists distributed locks.
type Locks interface {
	ListLocks(ctx context.Context, q Query) (Page[Lock], error)
}

// Lock is a key that one holder owns for a while.
type Lock struct {
	Name string
	// Holder is the token or owner as the server keeps it.
	Holder string
	// TTL is what was left of the lock when it was read; NoExpiry says that it never ends.
	TTL      Span
	NoExpiry bool
	// Library is the recognised lock library, "" when the lock is only probable.
	Library string
	// Confidence is 0 to 1: how sure it is that this key is a lock.
	Confidence float64
	// Reentrancy is how often the holder has entered.
	Reentrancy   Count
	FencingToken Count
	Waiters      Count
	// Mode is "read" or "write" for read/write locks.
	Mode string
}
