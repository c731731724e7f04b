package backends

import (
	"sync"
	"time"
)

// State is the connection of a source in one word.
type State uint8

// The states, in the order in which a source usually passes them.
const (
	// Connecting: no answer yet.
	Connecting State = iota
	// Live: the last request was answered.
	Live
	// Stale: answers are overdue, or the last request failed though the connection stands.
	Stale
	// Down: no connection; it is tried again.
	Down
)

// String returns the word shown on screen.
func (s State) String() string {
	return [...]string{"connecting", "live", "stale", "down"}[s]
}

// Cost is what a source has asked of its server.
type Cost struct {
	Requests uint64
	// PerSecond is the average over the last ten seconds.
	PerSecond float64
	BytesIn   uint64
	BytesOut  uint64
	// Slowest is the longest answer of the last minute.
	Slowest time.Duration
}

// Status is what a source knows of its own connection.
type Status struct {
	State State
	// Since is when State was entered.
	Since time.Time
	// Err is the last error, nil while State is Live.
	Err error
	// DataAt is when the newest data arrived; zero before the first.
	DataAt time.Time
	Cost   Cost
	// Notes are lasting facts about the source: "replica", "no management API", …
	Notes []string
}

// costWindow is how far back PerSecond looks; slowWindow how far back Slowest does.
const (
	costWindow = 10
	slowWindow = time.Minute
)

// Vitals keeps the Status of a source. Adapters report to it; its methods may be called from
// any goroutine. The zero value is ready and Connecting.
type Vitals struct {
	mu      sync.Mutex
	state   State
	since   time.Time
	err     error
	dataAt  time.Time
	cost    Cost
	notes   []string
	seconds [costWindow]struct{ at, n int64 }
	slowAt  time.Time
}

// Answered records a request that the server answered.
func (v *Vitals) Answered(took time.Duration) {
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count(now)
	if took >= v.cost.Slowest || now.Sub(v.slowAt) > slowWindow {
		v.cost.Slowest, v.slowAt = took, now
	}
	v.dataAt, v.err = now, nil
	v.enter(Live, now)
}

// Failed records a request that was not answered as it should; state is Stale when the
// connection stands, Down when it does not.
func (v *Vitals) Failed(state State, err error) {
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count(now)
	v.err = err
	v.enter(state, now)
}

// Traffic adds bytes read from and written to the server.
func (v *Vitals) Traffic(in, out int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cost.BytesIn += uint64(max(in, 0))
	v.cost.BytesOut += uint64(max(out, 0))
}

// SetNotes replaces the lasting facts about the source.
func (v *Vitals) SetNotes(notes ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.notes = notes
}

// Status returns the present status.
func (v *Vitals) Status() Status {
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	cost := v.cost
	var recent int64
	for _, s := range v.seconds {
		if now.Unix()-s.at < costWindow {
			recent += s.n
		}
	}
	cost.PerSecond = float64(recent) / costWindow
	if now.Sub(v.slowAt) > slowWindow {
		cost.Slowest = 0
	}
	return Status{State: v.state, Since: v.since, Err: v.err, DataAt: v.dataAt, Cost: cost, Notes: v.notes}
}

func (v *Vitals) enter(s State, now time.Time) {
	if v.state != s || v.since.IsZero() {
		v.state, v.since = s, now
	}
}

func (v *Vitals) count(now time.Time) {
	v.cost.Requests++
	slot := &v.seconds[now.Unix()%costWindow]
	if slot.at != now.Unix() {
		*slot = bucket{at: now.Unix()}
	}
	slot.n++
}
