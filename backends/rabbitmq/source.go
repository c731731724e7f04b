// Package rabbitmq is the source for RabbitMQ and servers that speak like it. State comes from
// the HTTP API of the management plugin, messages over AMQP 0-9-1; both pass package gate.
//
// A source has one standing AMQP connection (keeper), opened by the first Ping, and for every
// peek, tap and stream read one of its own. Nothing it declares outlives these connections: the
// queues of taps are server-named, exclusive and auto-delete.
package rabbitmq

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
	record "bustop/backends/spans"

	"go.opentelemetry.io/otel/attribute"
)

// pace is the base rhythm: a server gathers its statistics every five seconds unless it is told
// otherwise, and answers the same in between.
const pace = 5 * time.Second

// maxName is the longest name that AMQP 0-9-1 can carry, in bytes (a short string).
const maxName = 255

// Driver opens the schemes amqp and amqps.
func Driver() backends.Driver {
	schemes := []string{"amqp", "amqps"}
	return backends.Driver{Schemes: schemes, Several: schemes, Open: open}
}

// source is one vhost of one server or cluster.
type source struct {
	identity backends.Identity
	address  address
	noTaps   bool
	pace     *backends.Pace
	vitals   backends.Vitals
	spans    spans

	dialer *dialer
	keeper *keeper
	client *management.Client

	queues   *management.Lister[management.Queue]
	topology *topology
	letters  letters
	slopes   slopes
	// hold is how long a peek over AMQP holds messages at most: holdTime, longer only in tests
	// that ask for all of a look on a machine that may be busy.
	hold time.Duration
	// traceTime is how long a look at the firehose lasts: firehoseTime, shorter in tests.
	traceTime time.Duration
	budgets   *budgets
	sightings sightings
	facts     facts
	tempo     tempo
	alarms    sinceBook

	describer describer
	census    *census

	ctx  context.Context
	stop context.CancelFunc

	mu      sync.Mutex
	closed  bool
	tails   sync.WaitGroup
	ours    map[string]bool // names of the queues of our taps
	clients clientNames
	left    failover  // the node that was left last
	lost    time.Time // when the standing connection was lost, zero while it stands
	notes   map[string]string
}

func open(u *url.URL, opt backends.Options) (backends.Source, error) {
	a, err := parseAddress(u, opt)
	if err != nil {
		return nil, err
	}
	s := &source{address: a, noTaps: opt.NoTaps, hold: holdTime, traceTime: firehoseTime, pace: backends.NewPace(pace), ours: map[string]bool{}, notes: map[string]string{}}
	s.identity = backends.Identity{Name: opt.Name, Backend: "rabbitmq", Address: a.shown, Namespace: a.vhost}
	if s.identity.Name == "" {
		s.identity.Name = a.shown
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.dialer = &dialer{address: &s.address, vitals: &s.vitals, moved: s.nodeMoved}
	s.spans = newSpans(opt.Tracer, s.identity.Name, s.dialer.present)
	s.dialer.spans = s.spans
	s.keeper = newKeeper(s.ctx, s.dialer, s.connectionChanged)
	s.client = management.NewClient(s.managementOptions(newSpans(opt.Tracer, s.identity.Name, nil)))
	s.queues = &management.Lister[management.Queue]{
		Client: s.client, Route: management.To("/api/queues/{vhost}", a.vhost), Columns: management.QueueColumns,
		Name: func(q management.Queue) string { return q.Name },
	}
	s.topology = newTopology(s.client, a.vhost)
	s.census = newCensus(s)
	s.budgets = newBudgets(opt.Ledger, a.shown)
	s.sightings.named = opt.Queues
	s.noteManagement(a.management[0], failover{})
	return s, nil
}

// managementOptions are what a client of the management API needs to know.
func (s *source) managementOptions(requests spans) management.Options {
	a := &s.address
	return management.Options{
		URLs: a.management, TLS: a.managementTLS, User: a.managementUser, Password: a.managementPassword,
		Timeout: a.timeout, Dial: a.network, Shown: a.shown, Vhost: a.vhost, Vitals: &s.vitals,
		Span: func(ctx context.Context, name string, attrs ...attribute.KeyValue) (context.Context, func(error)) {
			record.Asked(ctx, requests.connection, 1)
			ctx, span := requests.start(ctx, name, attrs...)
			return ctx, func(err error) { finish(span, err) }
		},
		Moved: s.managementMoved,
	}
}

// Identity names the source.
func (s *source) Identity() backends.Identity { return s.identity }

// Roles are what RabbitMQ can show.
func (s *source) Roles() backends.Roles {
	return backends.Roles{Queues: s, Streams: s, Channels: s, Health: s}
}

// Status returns the present status.
func (s *source) Status() backends.Status { return s.vitals.Status() }

// Pace is the rhythm at which the source may be asked.
func (s *source) Pace() *backends.Pace { return s.pace }

// Ping opens the standing AMQP connection unless it is open. It is a person's request: a refused
// login or a connection that an administrator closed is tried again only by it and by looks.
func (s *source) Ping(ctx context.Context) error {
	return s.keeper.need(ctx)
}

// Close ends every connection and goroutine of the source.
func (s *source) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.keeper.wait()
	s.tails.Wait()
	s.client.Close()
	s.census.scraper.Close()
	return nil
}

// bound returns a context that ends with the source too.
func (s *source) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// openTail starts a tail that ends with the source too.
func (s *source) openTail(ctx context.Context, target backends.Target, run func(context.Context, *backends.Tail)) (*backends.Tail, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, s.keeper.closed()
	}
	s.tails.Add(1)
	ctx, cancel := s.bound(ctx)
	return backends.OpenTail(ctx, target, func(ctx context.Context, t *backends.Tail) {
		defer s.tails.Done()
		defer cancel()
		run(ctx, t)
	}), nil
}

// note sets or, with "", removes a lasting fact about the source.
func (s *source) note(key, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.notes[key] == text {
		return
	}
	s.notes[key] = text
	var notes []string
	for _, k := range []string{noteNode, noteManagementNode, noteManagement, noteConnection} {
		if s.notes[k] != "" {
			notes = append(notes, s.notes[k])
		}
	}
	s.vitals.SetNotes(notes...)
}

// The keys of notes.
const (
	noteManagement = "management"
	noteConnection = "connection"
	// noteNode and noteManagementNode say which of several nodes are in use.
	noteNode           = "node"
	noteManagementNode = "management node"
)

// answeredLately is how long an answer of the management API shows that a server which refuses our login is
// not down.
const answeredLately = 10 * time.Second

// connectionChanged is told by the keeper. A lost connection means down, until the management
// API answers all the same.
func (s *source) connectionChanged(err error) {
	s.mu.Lock()
	if err == nil {
		s.lost = time.Time{}
	} else if s.lost.IsZero() {
		s.lost = time.Now()
	}
	lost := s.lost
	s.mu.Unlock()
	var ours *backends.Error
	switch {
	case err == nil:
		s.note(noteConnection, "")
		s.noteNode()
		return
	case forced(err) && errors.As(err, &ours):
		s.note(noteConnection, "an administrator closed the AMQP connection: "+ours.What+"; the next look opens it again")
	case errors.As(err, &ours):
		s.note(noteConnection, "no AMQP connection: "+ours.What)
	}
	if backends.ReasonOf(err) == backends.Denied {
		lost = lost.Add(-answeredLately)
	}
	if !s.client.AnsweredSince(lost) {
		s.vitals.Failed(backends.Down, err)
	}
}

// manage does something by the management API. When there is none to use, the error says what
// is missing, or that the server as a whole is away.
func (s *source) manage(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	if s.ctx.Err() != nil {
		return s.keeper.closed()
	}
	err := do(ctx)
	if err == nil {
		s.note(noteManagement, "")
		if live, failure := s.keeper.state(); live == nil && failure != nil && backends.ReasonOf(failure) == backends.Unreachable && !forced(failure) {
			s.keeper.nudge()
		}
		return nil
	}
	if !errors.Is(err, management.ErrMissing) {
		return err
	}
	if failure := s.keeper.glance(ctx); failure != nil {
		if backends.ReasonOf(failure) == backends.Unreachable && backends.ReasonOf(err) == backends.Denied {
			failure = err
		}
		s.vitals.Failed(backends.Down, failure)
		return failure
	}
	missing := s.missing(err)
	s.note(noteManagement, missing.What)
	return missing
}

// missing says what is missing when the broker can be reached and its management API cannot.
func (s *source) missing(err error) *backends.Error {
	e := &backends.Error{
		Reason: backends.Unsupported, Source: s.address.shown, What: "no management API", Err: err,
		Advice: "rabbitmq-plugins enable rabbitmq_management; it listens on port 15672, another one is given by ?management=http://host:port",
	}
	var ours *backends.Error
	switch {
	case !errors.As(err, &ours):
	case ours.Reason == backends.Denied:
		e.What += " (" + ours.What + ")"
		e.Advice = "the user needs the tag monitoring: " + management.Command("rabbitmqctl", "set_user_tags", s.address.managementUser, "monitoring")
	case strings.HasPrefix(ours.What, "management API at "):
		e.What = "no " + ours.What
	default:
		e.What += " (" + ours.What + ")"
	}
	return e
}
