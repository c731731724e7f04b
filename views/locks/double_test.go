package locks_test

import (
	"context"
	"sync"
	"time"

	"bustop/backends"
	"bustop/views/viewtest"
)

// lockSource is a source whose locks have a history, can be read by themselves, and are contended.
type lockSource struct {
	*viewtest.Source
	role *lockRole
}

// Roles implements backends.Source.
func (s *lockSource) Roles() backends.Roles { return backends.Roles{Locks: s.role} }

type lockRole struct {
	*viewtest.Source
	log *backends.LockLog
	// attempts are what a look at contention shows.
	attempts []backends.Message

	mu    sync.Mutex
	shown []string
	open  int
}

func newLockSource(address string, locks ...backends.Lock) *lockSource {
	base := viewtest.Redis()
	base.Name, base.Address = "", address
	base.Pace().SetEvery(time.Hour)
	base.LockPage = backends.Page[backends.Lock]{Items: locks, Total: backends.ExactCount(int64(len(locks)))}
	return &lockSource{base, &lockRole{Source: base, log: backends.NewLockLog()}}
}

// ReadLock implements backends.LockReader.
func (r *lockRole) ReadLock(ctx context.Context, name string) (backends.Lock, error) {
	page, err := r.ListLocks(ctx, backends.Query{})
	for _, l := range page.Items {
		if l.Name == name {
			return l, err
		}
	}
	return backends.Lock{}, &backends.Error{Reason: backends.NotFound, What: "no such lock"}
}

// WatchLocks implements backends.LockWatcher.
func (r *lockRole) WatchLocks(context.Context) (backends.LockWatch, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open++
	return r, nil
}

func (r *lockRole) Show(names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown = names
}

func (r *lockRole) History(name string) (backends.LockHistory, bool) { return r.log.History(name) }

func (r *lockRole) By() string { return "polling: a change is seen at the next look" }

func (r *lockRole) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open--
}

// PlanContention implements backends.LockContender.
func (r *lockRole) PlanContention(_ context.Context, name string) (backends.Plan, error) {
	return backends.Plan{Target: backends.Target{Kind: backends.KindLock, Name: name}, Consent: backends.Confirm, Effects: []string{"It has a price."}}, nil
}

// WatchContention implements backends.LockContender: for ten seconds.
func (r *lockRole) WatchContention(_ context.Context, look backends.Look) (*backends.Tail, error) {
	return backends.OpenTail(context.Background(), look.Target, func(ctx context.Context, t *backends.Tail) {
		t.Update(func(st *backends.TailState) { st.State = backends.Live })
		t.Ring.Add(r.attempts...)
		select {
		case <-time.After(10 * time.Second):
		case <-ctx.Done():
		}
		t.Update(func(st *backends.TailState) { st.State, st.Notes = backends.Down, []string{"ended after 10s"} })
	}), nil
}
