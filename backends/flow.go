package backends

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

const (
	// maxFlows bounds the routes that are counted apart; what comes by others is counted together.
	maxFlows = 1000
	// flowSpan is how many whole seconds a flow's rates look back.
	flowSpan = 5
)

// Flow is what came by one route. The rates are exact, over up to the last five whole seconds, and
// unknown before the first is over.
type Flow struct {
	Route           string
	Messages, Bytes uint64
	Rate, ByteRate  Rate
	Last            time.Time
}

// Flows counts messages and the bytes of their payloads by route. Its methods may be called from any
// goroutine; the zero value is ready.
type Flows struct {
	mu     sync.Mutex
	since  time.Time // when the flow began, zero while it does not run
	routes map[string]*flowCount
	beyond *flowCount
}

type flowCount struct {
	messages, bytes uint64
	last            time.Time
	seconds         [flowSpan + 1]struct{ at, messages, bytes int64 }
}

// Run says that everything published from now on is counted, until Stop.
func (f *Flows) Run() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since = time.Now()
}

// Stop says that messages may be missed from now on: rates are unknown until Run.
func (f *Flows) Stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since = time.Time{}
}

// Add counts messages that came just now. Gaps are none.
func (f *Flows) Add(msgs ...Message) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	var c *flowCount
	for i := range msgs {
		if msgs[i].Gap != "" {
			continue
		}
		if c == nil || msgs[i].Route != msgs[i-1].Route {
			c = f.of(msgs[i].Route)
		}
		c.add(now, msgs[i].Size)
	}
}

// of returns the counter of a route; the caller holds mu.
func (f *Flows) of(route string) *flowCount {
	c := f.routes[route]
	switch {
	case c != nil:
		return c
	case len(f.routes) < maxFlows:
		if f.routes == nil {
			f.routes = map[string]*flowCount{}
		}
		c = &flowCount{}
		f.routes[route] = c
		return c
	case f.beyond == nil:
		f.beyond = &flowCount{}
	}
	return f.beyond
}

func (c *flowCount) add(now time.Time, size int) {
	c.messages++
	c.bytes += uint64(max(size, 0))
	c.last = now
	slot := &c.seconds[now.Unix()%int64(len(c.seconds))]
	if slot.at != now.Unix() {
		slot.at, slot.messages, slot.bytes = now.Unix(), 0, 0
	}
	slot.messages++
	slot.bytes += int64(max(size, 0))
}

// flow is what a counter says now; since is the zero time when rates are unknown.
func (c *flowCount) flow(route string, since, now time.Time) Flow {
	out := Flow{Route: route, Messages: c.messages, Bytes: c.bytes, Last: c.last}
	span := wholeSeconds(since, now)
	if span < 1 {
		return out
	}
	var messages, bytes int64
	for _, s := range c.seconds {
		if age := now.Unix() - s.at; age >= 1 && age <= span {
			messages, bytes = messages+s.messages, bytes+s.bytes
		}
	}
	out.Rate, out.ByteRate = ExactRate(float64(messages)/float64(span)), ExactRate(float64(bytes)/float64(span))
	return out
}

// wholeSeconds is how many whole seconds of the clock have passed since a time, up to flowSpan.
func wholeSeconds(since, now time.Time) int64 {
	if since.IsZero() {
		return 0
	}
	return min(now.Unix()-since.Unix()-1, flowSpan)
}

// Of returns what came by one route, and whether that is known: of what is counted together it is not.
func (f *Flows) Of(route string) (Flow, bool) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.routes[route]; c != nil {
		return c.flow(route, f.since, now), true
	}
	return (&flowCount{}).flow(route, f.since, now), f.beyond == nil
}

// All returns what came by each route, the liveliest first, and the sum of what was counted together,
// which is zero when nothing was.
func (f *Flows) All() (flows []Flow, beyond Flow) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	for route, c := range f.routes {
		flows = append(flows, c.flow(route, f.since, now))
	}
	slices.SortFunc(flows, func(a, b Flow) int {
		return cmp.Or(cmp.Compare(b.Rate.Value, a.Rate.Value), cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Route, b.Route))
	})
	if f.beyond != nil {
		beyond = f.beyond.flow("", f.since, now)
	}
	return flows, beyond
}

// Sum is everything that came, by whatever route.
func (f *Flows) Sum() Flow {
	flows, sum := f.All()
	for _, one := range flows {
		sum.Messages, sum.Bytes = sum.Messages+one.Messages, sum.Bytes+one.Bytes
		sum.Rate.Value, sum.ByteRate.Value = sum.Rate.Value+one.Rate.Value, sum.ByteRate.Value+one.ByteRate.Value
		if one.Last.After(sum.Last) {
			sum.Last = one.Last
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if wholeSeconds(f.since, time.Now()) >= 1 {
		sum.Rate.Certainty, sum.ByteRate.Certainty = Exact, Exact
	}
	return sum
}
