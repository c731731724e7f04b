package otlp

import (
	"cmp"
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"bustop/backends/spans"
)

// How many spans a second a receiver takes on average and how many at once, when it is told nothing else.
const (
	DefaultRate  = 20_000
	DefaultBurst = 100_000
)

// The bounds of what is worked on at the same time. A body that is being read holds up to maxBody, one that is
// decoded several times that.
const (
	maxRequests = 16
	maxDecoding = 2
)

// Store takes what was received; *spans.Store is one.
type Store interface {
	AddReceived(batches ...spans.Batch) int
}

// Options say what a receiver takes.
type Options struct {
	Store Store
	// Instance is the service.instance.id of this program, whose own spans are left out when they come back.
	Instance string
	// Token is asked of every client, "" of none.
	Token string
	// Rate is spans a second and Burst how many at once; 0 is DefaultRate and DefaultBurst.
	Rate, Burst int
	// Now is the clock, nil the system's.
	Now func() time.Time
}

// Receiver takes spans in. It is an http.Handler; requests over a network should come by Listen.
type Receiver struct {
	opt      Options
	bucket   *bucket
	requests chan struct{}
	decoding chan struct{}
	counted  counters
}

// Stats is what a receiver has done.
type Stats struct {
	// Requests were taken, with Spans in them; Refused were not.
	Requests, Spans, Refused uint64
	// Dropped spans came too fast. Rejected ones had no identifiers. Own ones are this program's.
	Dropped, Rejected, Own uint64
}

type counters struct{ requests, spans, refused, dropped, rejected, own atomic.Uint64 }

// NewReceiver returns a receiver that listens nowhere yet.
func NewReceiver(opt Options) *Receiver {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Receiver{
		opt: opt, bucket: newBucket(cmp.Or(opt.Rate, DefaultRate), cmp.Or(opt.Burst, DefaultBurst)),
		requests: make(chan struct{}, maxRequests), decoding: make(chan struct{}, maxDecoding),
	}
}

// Stats returns what was done so far.
func (r *Receiver) Stats() Stats {
	c := &r.counted
	return Stats{
		Requests: c.requests.Load(), Spans: c.spans.Load(), Refused: c.refused.Load(),
		Dropped: c.dropped.Load(), Rejected: c.rejected.Load(), Own: c.own.Load(),
	}
}

// encoding is how a request is encoded.
type encoding int

const (
	protobuf encoding = iota
	jsonText
)

// take decodes a body and stores its spans, all of them or none.
func (r *Receiver) take(ctx context.Context, body []byte, in encoding) (accepted, error) {
	if err := acquire(ctx, r.decoding); err != nil {
		return accepted{}, err
	}
	defer func() { <-r.decoding }()
	found, err := decode(body, in)
	if err != nil {
		return accepted{}, err
	}
	now := r.opt.Now()
	if !r.bucket.take(found.SpanCount(), now) {
		r.counted.dropped.Add(uint64(found.SpanCount()))
		return accepted{}, refuse(http.StatusTooManyRequests, codeResourceExhausted, "too many spans: more than %d a second", cmp.Or(r.opt.Rate, DefaultRate))
	}
	box := inbox{now: now, instance: r.opt.Instance}
	box.sort(found)
	r.opt.Store.AddReceived(box.batches...)
	r.counted.requests.Add(1)
	r.counted.spans.Add(uint64(box.taken))
	r.counted.own.Add(uint64(box.own))
	r.counted.rejected.Add(uint64(box.rejected))
	return accepted{box.rejected, "a span needs a trace id and a span id"}, nil
}

func acquire(ctx context.Context, slot chan struct{}) error {
	select {
	case slot <- struct{}{}:
		return nil
	case <-ctx.Done():
		return refuse(http.StatusServiceUnavailable, codeUnavailable, "the request ended early")
	}
}

// decode decodes a body that is within the bounds.
func decode(body []byte, in encoding) (found ptrace.Traces, err error) {
	defer func() { // the decoder is not ours
		if recover() != nil {
			err = malformed(errMalformed.Error())
		}
	}()
	var m measure
	if in == jsonText {
		err = m.json(body)
	} else {
		err = m.protobuf(body, request, 0)
	}
	if err != nil {
		return ptrace.Traces{}, malformed(err.Error())
	}
	if in == jsonText {
		found, err = new(ptrace.JSONUnmarshaler).UnmarshalTraces(body)
	} else {
		found, err = new(ptrace.ProtoUnmarshaler).UnmarshalTraces(body)
	}
	if err != nil { // its text may quote the body
		return ptrace.Traces{}, malformed(errMalformed.Error())
	}
	return found, nil
}
