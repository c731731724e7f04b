package management

import (
	"sync"
	"time"

	"bustop/backends/demo/rabbitd/broker"
)

// metric is one of the numbers that are sampled.
type metric int

const (
	publish metric = iota
	publishIn
	publishOut
	confirm
	returnUnroutable
	dropUnroutable
	deliver
	deliverNoAck
	deliverGet
	get
	getNoAck
	getEmpty
	redeliver
	ack
	messages
	ready
	unacked
	octetsIn
	octetsOut
	metrics
)

// values are all numbers of an object at one time.
type values [metrics]uint64

func valuesOf(s *broker.Sample) values {
	v := countersOf(s.Counters)
	v[ready], v[unacked] = uint64(max(s.Ready, 0)), uint64(max(s.Unacked, 0))
	v[messages] = v[ready] + v[unacked]
	v[octetsIn], v[octetsOut] = s.BytesIn, s.BytesOut
	return v
}

func countersOf(c broker.Counters) values {
	return values{
		publish: c.Publish, publishIn: c.PublishIn, publishOut: c.PublishOut, confirm: c.Confirm,
		returnUnroutable: c.ReturnUnroutable, dropUnroutable: c.DropUnroutable,
		deliver: c.Deliver, deliverNoAck: c.DeliverNoAck, deliverGet: c.DeliverGet(),
		get: c.Get, getNoAck: c.GetNoAck, getEmpty: c.GetEmpty, redeliver: c.Redeliver, ack: c.Ack,
	}
}

// point is what an object's numbers were from a time on.
type point struct {
	at     time.Time
	values values
}

// key names an object.
type key struct {
	kind broker.SampleKind
	id   uint64
}

// series is what is known of one object.
type series struct {
	last, previous point
	// fine has a point for each change, none nearer to the one before than fineStep; coarse the
	// same at coarseStep. Both are in the order of time.
	fine, coarse []point
	round        uint64 // of the sampling that saw the object last
}

// What is kept: ten minutes by five seconds, and a day by ten minutes. Only changes take room.
const (
	fineStep   = 5 * time.Second
	fineKept   = 10*time.Minute + fineStep
	coarseStep = 10 * time.Minute
	coarseKept = 24*time.Hour + coarseStep
	// maxPoints bounds the points of all objects together; beyond it objects keep none. At about
	// 170 bytes each that is 34 MB.
	maxPoints = 200_000
)

// DefaultInterval is how often a Sampler looks unless told otherwise.
const DefaultInterval = time.Second

// Sampler takes a broker's counters at an interval.
type Sampler struct {
	broker *broker.Broker
	stop   chan struct{}
	done   chan struct{}
	once   sync.Once

	mu     sync.Mutex
	all    map[key]*series
	round  uint64
	points int
}

// NewSampler begins to take the broker's counters; Close ends that. An interval of 0 is
// DefaultInterval.
func NewSampler(b *broker.Broker, interval time.Duration) *Sampler {
	if interval <= 0 {
		interval = DefaultInterval
	}
	s := &Sampler{broker: b, stop: make(chan struct{}), done: make(chan struct{}), all: map[key]*series{}}
	s.take(time.Now())
	go s.run(interval)
	return s
}

// Close ends the sampling and waits until it has.
func (s *Sampler) Close() {
	s.once.Do(func() { close(s.stop) })
	<-s.done
}

func (s *Sampler) run(interval time.Duration) {
	defer close(s.done)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-ticker.C:
			s.take(now)
		}
	}
}

// take reads all counters once and forgets the objects that are gone.
func (s *Sampler) take(now time.Time) {
	var seen []broker.Sample
	s.broker.Sample(func(x broker.Sample) { seen = append(seen, x) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.round++
	for i := range seen {
		s.add(key{seen[i].Kind, seen[i].ID}, point{now, valuesOf(&seen[i])})
	}
	for k, x := range s.all {
		if x.round != s.round {
			s.points -= len(x.fine) + len(x.coarse)
			delete(s.all, k)
		}
	}
}

func (s *Sampler) add(k key, p point) {
	x := s.all[k]
	if x == nil {
		x = &series{last: p}
		s.all[k] = x
	}
	x.previous, x.last, x.round = x.last, p, s.round
	before := len(x.fine) + len(x.coarse)
	room := s.points < maxPoints
	x.fine = keep(x.fine, p, fineStep, fineKept, room)
	x.coarse = keep(x.coarse, p, coarseStep, coarseKept, room)
	s.points += len(x.fine) + len(x.coarse) - before
}

// keep adds a point unless it tells nothing new, or comes so soon after the one before that it
// takes the place of that; and drops those that are older than kept, but for the newest of them:
// it still says what was true at the beginning.
func keep(points []point, p point, step, kept time.Duration, room bool) []point {
	n := len(points)
	switch {
	case n > 0 && points[n-1].values == p.values:
	case n > 0 && p.at.Sub(points[n-1].at) < step:
		points[n-1].values = p.values
	case room:
		points = append(points, p)
	}
	oldest := p.at.Add(-kept)
	drop := 0
	for drop+1 < len(points) && !points[drop+1].at.After(oldest) {
		drop++
	}
	if drop > 0 {
		points = append(points[:0], points[drop:]...)
	}
	return points
}

// view is a copy of what is known of one object, to read without the lock.
type view struct {
	last, previous point
	fine, coarse   []point
}

// view returns what is known; samples are copied only when they are wanted.
func (s *Sampler) view(kind broker.SampleKind, id uint64, samples bool) view {
	if s == nil {
		return view{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.all[key{kind, id}]
	if x == nil {
		return view{}
	}
	v := view{last: x.last, previous: x.previous}
	if samples {
		v.fine = append(v.fine, x.fine...)
		v.coarse = append(v.coarse, x.coarse...)
	}
	return v
}

// rate is the change of a number a second between the last two samplings.
func (v *view) rate(m metric) float64 {
	elapsed := v.last.at.Sub(v.previous.at).Seconds()
	if elapsed <= 0 {
		return 0
	}
	return (float64(v.last.values[m]) - float64(v.previous.values[m])) / elapsed
}

// before returns the number as it was at a time; 0 before the object was known.
func (v *view) before(m metric, t time.Time) uint64 {
	if !v.last.at.After(t) {
		return v.last.values[m]
	}
	points := v.fine
	if len(points) == 0 || points[0].at.After(t) {
		points = v.coarse
	}
	for i := len(points) - 1; i >= 0; i-- {
		if !points[i].at.After(t) {
			return points[i].values[m]
		}
	}
	return 0
}
