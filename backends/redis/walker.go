package redis

import (
	"context"
	"strconv"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/spans"
)

// walkSpan is what a step of the walker is called in traces.
const walkSpan = "walk keyspace"

const (
	// lease is how long after a listing the walker goes on.
	lease = 10 * time.Second
	// A pass rests for restShare times as long as the server was busy for it, within bounds.
	restShare        = 20
	minRest, maxRest = time.Second, 30 * time.Second
	// looksPerSecond bounds the keys whose type is asked for, and looksBurst what may be saved
	// up: small keyspaces are seen at once.
	looksPerSecond, looksBurst = 2000, 10_000
	// dutyShare: for each moment the server works for the walker it is left alone for as many.
	dutyShare = 19
	// The bounds of SCAN's COUNT, and the times between which a call is meant to take.
	firstCount, minCount, maxCount = 100, 20, 1000
	slowScan, quickScan            = 2 * time.Millisecond, 400 * time.Microsecond
	// perKey is what a key costs the server at least, where the network hides the real time.
	perKey = 2 * time.Microsecond
	// firstWait is how long the first listing of a pane waits for the first pass, so that a small
	// keyspace is there from the first look on.
	firstWait = 300 * time.Millisecond
)

// walker is the one SCAN that feeds all listings of a source. It runs while somebody lists.
type walker struct {
	s       *source
	catalog *catalog
	shapes  shapes // of the walker's goroutine alone
	ctx     context.Context
	stop    context.CancelFunc
	wake    chan struct{}
	done    chan struct{}

	mu      sync.Mutex
	started bool
	wanted  time.Time // when somebody last listed
	hurry   int       // listings that wait for a complete pass
	state   walkState
	// full is closed and renewed when a pass at full speed ends, with its number and error.
	full      chan struct{}
	fulls     uint64
	fullErr   error
	fullState walkState
	begun     uint64 // passes at full speed begun
}

// walkState is how far the walker is.
type walkState struct {
	// seen of size keys; from the first complete pass on they are those of the last one.
	seen, size int64
	// passes that were complete, err of the last one that was not.
	passes int
	err    error
	// unreadable keys of the last pass are those that this user may not look at.
	unreadable int64
}

// pass is one walk over the keyspace.
type pass struct {
	cursor   string
	count    int
	quickest time.Duration // the fastest SCAN: what the network alone takes
	busy     time.Duration // what the server did, as far as can be told
	seen     int64
	hidden   int64     // keys that this user may not look at
	budget   float64   // keys that may be looked at now
	filled   time.Time // when budget was last filled
	started  time.Time
	full     bool
	// evicts: reading a value would keep its key from being evicted.
	evicts bool
}

func newWalker(s *source) *walker {
	ctx, stop := context.WithCancel(context.Background())
	return &walker{
		s: s, catalog: newCatalog(), shapes: shapes{}, ctx: ctx, stop: stop,
		wake: make(chan struct{}, 1), done: make(chan struct{}), full: make(chan struct{}),
	}
}

func (w *walker) close() {
	w.stop()
	w.mu.Lock()
	started := w.started
	w.started = true
	w.mu.Unlock()
	if started {
		<-w.done
	}
}

// want keeps the walker going and returns how far it is. A complete query waits for a pass
// that began after it.
func (w *walker) want(ctx context.Context, complete bool) (walkState, error) {
	w.mu.Lock()
	w.wanted = time.Now()
	first := !w.started
	if first {
		w.started = true
		go w.run()
	}
	goal := w.begun + 1
	if complete {
		w.hurry++
		defer func() { w.mu.Lock(); w.hurry--; w.mu.Unlock() }()
	}
	w.nudge()
	state, full := w.state, w.full
	w.mu.Unlock()
	if complete {
		return w.await(ctx, goal)
	}
	if first {
		timer := time.NewTimer(firstWait)
		defer timer.Stop()
		select {
		case <-full:
		case <-timer.C:
		case <-ctx.Done():
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		state = w.state
	}
	return state, nil
}

// await waits until the pass of a number at full speed, or a later one, has ended.
func (w *walker) await(ctx context.Context, goal uint64) (walkState, error) {
	for {
		w.mu.Lock()
		full, ended, err, state := w.full, w.fulls, w.fullErr, w.fullState
		w.mu.Unlock()
		if ended >= goal {
			return state, err
		}
		select {
		case <-full:
		case <-ctx.Done():
			return state, w.s.at.fault("", ctx.Err())
		case <-w.ctx.Done():
			return state, w.s.at.fault("", errClosed)
		}
	}
}

// nudge wakes the goroutine; the caller holds mu.
func (w *walker) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *walker) hurried() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hurry > 0
}

func (w *walker) needed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hurry > 0 || time.Since(w.wanted) < lease
}

func (w *walker) run() {
	defer close(w.done)
	runID := ""
	for w.ctx.Err() == nil {
		if !w.needed() {
			select {
			case <-w.wake:
			case <-w.ctx.Done():
			}
			continue
		}
		p := w.begin()
		err := w.prepare(p, &runID)
		if err == nil {
			err = w.walk(p)
		}
		w.rest(w.finish(p, err))
	}
}

// begin starts a pass; it is a full one when a listing waits for that.
func (w *walker) begin() *pass {
	now := time.Now()
	p := &pass{cursor: "0", count: firstCount, budget: looksBurst, filled: now, started: now}
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.full = w.hurry > 0; p.full {
		w.begun++
		p.count = maxCount
	}
	return p
}

// prepare learns how large the keyspace is and whether it is still that of the same server.
func (w *walker) prepare(p *pass, runID *string) error {
	ctx, span := spans.Root(w.ctx, w.s.tracer, walkSpan, spans.TriggerPoll)
	defer span.End()
	f, err := w.s.learn(ctx)
	if err != nil {
		return err
	}
	if f.known && f.runID != *runID {
		if *runID != "" {
			w.catalog.clear()
			clear(w.shapes)
		}
		*runID = f.runID
	}
	p.evicts = f.evicts()
	size, err := w.s.one(ctx, "DBSIZE")
	if err != nil && backends.ReasonOf(err) != backends.Denied {
		return err
	}
	n, _ := size.(int64)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.size = n
	return nil
}

// walk goes through the keyspace once. A pass for panes ends early when nobody looks any more
// or when a listing waits for a full one.
func (w *walker) walk(p *pass) error {
	w.catalog.begin()
	for {
		if !w.needed() || (!p.full && w.hurried()) {
			return errAbandoned
		}
		if err := w.step(p); err != nil {
			return err
		}
		if p.cursor == "0" {
			w.catalog.end()
			return nil
		}
		if !p.full || !w.hurried() {
			w.sleep(p.pause())
		}
	}
}

// step takes the next names of the keyspace and looks at them; it is one trace.
func (w *walker) step(p *pass) error {
	ctx, span := spans.Root(w.ctx, w.s.tracer, walkSpan, spans.TriggerPoll)
	defer span.End()
	found, err := w.scan(ctx, p)
	if err != nil {
		return err
	}
	if err := w.look(ctx, p, found); err != nil {
		return err
	}
	w.progress(p, len(found))
	return nil
}

// progress counts keys seen and shows the count as long as there is no complete one.
func (w *walker) progress(p *pass, n int) {
	p.seen += int64(n)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state.passes == 0 {
		w.state.seen = p.seen
	}
}

// scan takes one step and adapts the next one's size to how long the server took.
func (w *walker) scan(ctx context.Context, p *pass) ([]string, error) {
	answers, took, err := w.s.timed(ctx, []command{{"SCAN", p.cursor, "COUNT", strconv.Itoa(p.count)}})
	if err == nil {
		err = answers[0].err
	}
	if err != nil {
		return nil, err
	}
	parts, _ := answers[0].value.([]any)
	if len(parts) != 2 {
		return nil, &backends.Error{Source: w.s.at.shown, What: "SCAN gave an answer of another form"}
	}
	p.cursor, _ = parts[0].(string)
	p.adapt(took)
	return texts(parts[1]), nil
}

func (p *pass) adapt(took time.Duration) {
	if p.quickest == 0 || took < p.quickest {
		p.quickest = took
	}
	work := took - p.quickest
	p.busy += max(work, time.Duration(p.count)*perKey)
	switch {
	case work > slowScan:
		p.count = max(p.count/2, minCount)
	case work < quickScan:
		p.count = min(p.count*2, maxCount)
	}
}

// pause is how long to leave the server alone so that both the share of its time and the rate
// of looks hold.
func (p *pass) pause() time.Duration {
	elapsed := time.Since(p.started)
	wait := time.Duration(1+dutyShare)*p.busy - elapsed
	if p.budget < 0 {
		wait = max(wait, time.Duration(-p.budget/looksPerSecond*float64(time.Second)))
	}
	return max(wait, 0)
}

// spend takes n looks off the budget.
func (p *pass) spend(n int) {
	now := time.Now()
	p.budget = min(p.budget+now.Sub(p.filled).Seconds()*looksPerSecond, looksBurst) - float64(n)
	p.filled = now
}

func (w *walker) sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-w.ctx.Done():
			return
		case <-w.wake:
			if w.hurried() {
				return
			}
		}
	}
}

// finish records the outcome of a pass and returns how long to rest.
func (w *walker) finish(p *pass, err error) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.state.passes++
		w.state.seen, w.state.unreadable = p.seen, p.hidden
	}
	if err != errAbandoned { //nolint:errorlint // never wrapped
		w.state.err = err
	}
	if p.full {
		w.fulls, w.fullErr, w.fullState = w.begun, err, w.state
	}
	close(w.full)
	w.full = make(chan struct{})
	switch {
	case err == errAbandoned: //nolint:errorlint // never wrapped
		return 0
	case err != nil && backends.ReasonOf(err) == backends.Denied:
		return holdDenied
	case err != nil:
		return minRest
	}
	return min(max(restShare*p.busy, minRest), maxRest)
}

// rest waits, or less if a listing waits for a full pass.
func (w *walker) rest(d time.Duration) {
	if !w.hurried() {
		w.sleep(d)
	}
}

// texts are the strings of an array in an answer.
func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
