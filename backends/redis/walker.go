package redis

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

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
	firstCount, minCount, maxCount = 100, 20, 500
	slowScan, quickScan            = 2 * time.Millisecond, 400 * time.Microsecond
	// perKey and perLook are what a key costs the server at least, where the network hides the real
	// time: to be found, and to be asked for its type and what follows from that.
	perKey, perLook = 2 * time.Microsecond, 4 * time.Microsecond
	// maxAgain is how often a complete pass is repeated because slots have moved.
	maxAgain = 3
	// firstWait is how long the first listing of a pane waits for the first pass, so that a small
	// keyspace is there from the first look on.
	firstWait = 300 * time.Millisecond
)

// walker is the one SCAN that feeds all listings of a source. It runs while somebody lists, on all
// servers that hold a part of the keyspace at the same time.
type walker struct {
	s       *source
	catalog *catalog
	shapes  *shapes
	heavy   heavyKeys
	ctx     context.Context
	stop    context.CancelFunc
	wake    chan struct{}
	done    chan struct{}

	mu      sync.Mutex
	started bool
	wanted  time.Time // when somebody last listed
	hurry   int       // listings that wait for a complete pass
	// asker is the context of the last listing that began to wait, while any does.
	asker context.Context
	// every counts, by type, the listings that wait for every key of that type.
	every map[string]int
	state walkState
	// full is closed and renewed when a pass at full speed ends, with its number and error.
	full      chan struct{}
	fulls     uint64
	fullErr   error
	fullState walkState
	begun     uint64 // passes at full speed begun
	again     int    // passes in a row that were repeated because keys moved; of the goroutine alone
	// unreadable counts keys of the present pass that this user may not look at.
	unreadable int64
	// anew: a rule was switched off, so that the next pass does not wait.
	anew bool
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
	// absent is what the last pass lacks, see missingParts.
	absent []string
}

func newWalker(s *source) *walker {
	ctx, stop := context.WithCancel(context.Background())
	return &walker{
		s: s, catalog: newCatalog(), shapes: newShapes(), ctx: ctx, stop: stop,
		wake: make(chan struct{}, 1), done: make(chan struct{}), full: make(chan struct{}), every: map[string]int{},
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

func (w *walker) run() {
	defer close(w.done)
	servers := ""
	for w.ctx.Err() == nil {
		if !w.needed() {
			select {
			case <-w.wake:
			case <-w.ctx.Done():
			}
			continue
		}
		p := w.begin()
		err := w.prepare(p)
		if err == nil {
			// What was learnt of the keys of one server says nothing about those of another.
			if now := p.servers(); now != servers {
				w.shapes.clear()
				servers = now
			}
			err = w.walk(p)
		}
		w.rest(w.finish(p, err))
	}
}

// begin starts a pass; it is a full one when a listing waits for that.
func (w *walker) begin() *pass {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := &pass{full: w.hurry > 0, asker: w.asker}
	if p.full {
		w.begun++
	}
	w.unreadable, w.anew = 0, false
	return p
}

// prepare learns which servers there are and how large their keyspaces are.
func (w *walker) prepare(p *pass) error {
	ctx, span := w.span(w.ctx, p)
	defer span.End()
	nodes, err := w.s.masters(ctx)
	if err != nil {
		return err
	}
	p.moves = w.s.servers.moves()
	var total int64
	for _, n := range nodes {
		l, err := newLane(ctx, n, p.full)
		var held int64
		if err == nil {
			held, err = l.size(ctx)
		}
		switch {
		case p.miss(n, err) && len(p.absent) < len(nodes):
			continue
		case err != nil:
			return err
		}
		if err := l.decide(ctx, held); err != nil {
			return err
		}
		total += held
		p.lanes = append(p.lanes, l)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.size = total
	return nil
}

// walk goes through the keyspace once, on all servers at the same time: first the known roots.
func (w *walker) walk(p *pass) error {
	w.catalog.begin()
	w.shapes.begin()
	if err := w.roots(p); err != nil && (len(p.absent) == 0 || backends.ReasonOf(err) != backends.Unreachable) {
		return err
	}
	ctx, stop := context.WithCancelCause(w.ctx)
	defer stop(nil)
	var all sync.WaitGroup
	for _, l := range p.lanes {
		all.Go(func() {
			err := w.follow(ctx, p, l)
			if err != nil && (!p.miss(l.node, err) || len(p.absent) == len(p.lanes)) {
				stop(err)
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := w.settle(p); err != nil {
		return err
	}
	if len(p.absent) == 0 { // else what was not seen may be there all the same
		w.catalog.end()
		w.shapes.end()
	}
	return nil
}

// settle finds out whether keys went from one server to another during the pass, so that it may have
// met them on neither. A listing that waits for a complete pass waits for another one, a few times:
// whoever reshards a large cluster does so for hours.
func (w *walker) settle(p *pass) error {
	moving := w.s.servers.settled(w.ctx)
	if w.s.servers.moves() == p.moves && !moving {
		w.again = 0
		return nil
	}
	if p.full && w.again < maxAgain {
		w.again++
		return errMoved
	}
	w.again = 0
	p.absent = append(p.absent, slotsMoving)
	return nil
}

// follow walks one server's part. A pass for panes ends early when nobody looks any more or when
// a listing waits for a full one.
func (w *walker) follow(ctx context.Context, p *pass, l *lane) error {
	for ctx.Err() == nil {
		if !w.needed() || (!p.full && w.hurried()) {
			return errAbandoned
		}
		if err := w.step(ctx, p, l); err != nil {
			return err
		}
		if l.cursor == "0" {
			return w.odd(ctx, l)
		}
		if !p.full || !w.hurried() {
			w.sleep(l.pause(), w.hurried)
		}
	}
	return ctx.Err()
}

// span begins the span of a step: a part of the trace of the listing that waits for the pass, else a trace.
func (w *walker) span(ctx context.Context, p *pass) (context.Context, trace.Span) {
	if p.asker == nil || !trace.SpanContextFromContext(p.asker).IsValid() {
		return spans.Root(ctx, w.s.tracer, walkSpan, spans.TriggerPoll)
	}
	return w.s.tracer.Start(spans.Under(ctx, p.asker), walkSpan)
}

// step takes the next names of a server and looks at them.
func (w *walker) step(ctx context.Context, p *pass, l *lane) error {
	ctx, span := w.span(ctx, p)
	defer span.End()
	found, err := l.scan(ctx)
	if err != nil {
		return err
	}
	if err := w.look(ctx, l, found); err != nil {
		return err
	}
	return w.progress(l, len(found))
}

// progress counts keys seen and shows the count as long as there is no complete one.
func (w *walker) progress(l *lane, n int) error {
	l.seen += int64(n)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unreadable += l.hidden
	l.hidden = 0
	if w.state.passes == 0 {
		w.state.seen += int64(n)
	}
	return nil
}

// sleep waits, or less once there is a reason to go on.
func (w *walker) sleep(d time.Duration, reason func() bool) {
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
			if reason() {
				w.nudgeOthers()
				return
			}
		}
	}
}

// finish records the outcome of a pass and returns how long to rest.
func (w *walker) finish(p *pass, err error) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	again := errors.Is(err, errAbandoned) || errors.Is(err, errMoved)
	if err == nil {
		w.state.passes++
		w.state.seen, w.state.unreadable, w.state.absent = p.seen(), w.unreadable, p.absent
	}
	if !again {
		w.state.err = err
	}
	if w.state.passes == 0 {
		w.state.seen = 0
	}
	if p.full && !errors.Is(err, errMoved) { // who waits for it goes on waiting for the next
		w.fulls, w.fullErr, w.fullState = w.begun, err, w.state
	}
	close(w.full)
	w.full = make(chan struct{})
	switch {
	case again:
		return 0
	case err != nil && backends.ReasonOf(err) == backends.Denied:
		return holdDenied
	case err != nil:
		return minRest
	}
	return min(max(restShare*p.busy(), minRest), maxRest)
}

// rest waits, or less if a listing waits for a full pass or a rule was switched off.
func (w *walker) rest(d time.Duration) {
	reason := func() bool { return w.hurried() || w.unsettled() }
	if !reason() {
		w.sleep(d, reason)
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
