package backends

import "context"

// LockContender is a Locks role that can find out who tries to take a lock. That has a price for the whole
// server, so it is a look with consent, and ends by itself.
type LockContender interface {
	// PlanContention says what looking for those who try to take a lock would do.
	PlanContention(ctx context.Context, name string) (Plan, error)
	// WatchContention tells of attempts for a short while: one message each, with the client's address
	// as its route and the command, without any value, as its body.
	WatchContention(ctx context.Context, look Look) (*Tail, error)
}
