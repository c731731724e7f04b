package redis

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bustop/backends"

	goredis "github.com/redis/go-redis/v9"
)

const (
	// defaultTimeout bounds one request when Options.Timeout does not.
	defaultTimeout = 2 * time.Second
	// beat is the fastest rhythm at which panes are fed.
	beat = time.Second
	// maxPipeline is the most commands sent at once; together they take the server well under a
	// millisecond.
	maxPipeline = 200
)

// source is one Redis server. Its roles are small types around it.
type source struct {
	at        address
	id        backends.Identity
	timeout   time.Duration
	client    *goredis.Client
	dialer    *dialer
	tracer    tracer
	vitals    backends.Vitals
	pace      *backends.Pace
	rights    rights
	walker    *walker
	slopes    slopes
	lockTable lockTable
	// channels is the last list of PUBSUB.
	channels channelList
	own      own

	turn chan struct{} // holds one token: one request in flight

	mu     sync.Mutex
	tails  []*backends.Tail
	closed bool
	facts  facts
}

func newSource(at address, opt backends.Options) *source {
	namespace := strconv.Itoa(at.db)
	s := &source{
		at: at, timeout: opt.Timeout, pace: backends.NewPace(beat), turn: make(chan struct{}, 1),
		lockTable: lockRules(),
		id:        backends.Identity{Name: opt.Name, Backend: "redis", Address: at.shown, Namespace: namespace},
	}
	if s.id.Name == "" {
		s.id.Name = at.shown
	}
	if s.timeout <= 0 {
		s.timeout = defaultTimeout
	}
	s.turn <- struct{}{}
	s.tracer = newTracer(opt.Tracer, at, namespace)
	s.dialer = &dialer{
		at: at, vitals: &s.vitals, tracer: s.tracer,
		network: opt.DialOr(&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}),
	}
	s.client = goredis.NewClient(s.clientOptions())
	s.client.AddHook(hook{s.tracer, &s.vitals, at})
	s.walker = newWalker(s)
	return s
}

// Identity implements backends.Source.
func (s *source) Identity() backends.Identity { return s.id }

// Status implements backends.Source.
func (s *source) Status() backends.Status { return s.vitals.Status() }

// Pace implements backends.Source.
func (s *source) Pace() *backends.Pace { return s.pace }

// Roles implements backends.Source.
func (s *source) Roles() backends.Roles {
	return backends.Roles{
		Queues: queues{s}, Streams: streams{s}, Channels: channels{s}, Locks: locks{s},
		Leaderboards: leaderboards{s}, Keys: keys{s}, Health: health{s},
	}
}

// Ping implements backends.Source.
func (s *source) Ping(ctx context.Context) error {
	_, err := s.one(ctx, "PING")
	if backends.ReasonOf(err) == backends.Denied && s.vitals.Status().State == backends.Live {
		return nil // it let us in, though it does not let us ping
	}
	return err
}

// Close implements backends.Source.
func (s *source) Close() error {
	s.mu.Lock()
	tails, first := s.tails, !s.closed
	s.tails, s.closed = nil, true
	s.mu.Unlock()
	if !first {
		return nil
	}
	// Closing the connections ends a request that waits for an answer at once.
	s.walker.stop()
	err := s.client.Close()
	s.walker.close()
	for _, t := range tails {
		t.Close()
	}
	return err
}

// adopt opens a tail that ends with the source.
func (s *source) adopt(ctx context.Context, target backends.Target, run func(context.Context, *backends.Tail)) (*backends.Tail, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, s.at.fault(target.Name, errClosed)
	}
	s.tails = slices.DeleteFunc(s.tails, func(t *backends.Tail) bool {
		select {
		case <-t.Done():
			return true
		default:
			return false
		}
	})
	t := backends.OpenTail(ctx, target, run)
	s.tails = append(s.tails, t)
	return t, nil
}

// answer is what the server said to one command of several: a value as go-redis reads RESP2
// (string, int64, nil, []any), or an error.
type answer struct {
	value any
	err   error
}

// command is the words of one command.
type command []any

func (c command) name() string {
	name, _ := c[0].(string)
	if sub, ok := second(c); ok && sameWord(name, "XINFO", "PUBSUB", "MEMORY", "OBJECT", "CONFIG", "CLIENT") {
		name += " " + sub
	}
	return strings.ToUpper(name)
}

func second(c command) (string, bool) {
	if len(c) < 2 {
		return "", false
	}
	s, ok := c[1].(string)
	return s, ok
}

// one sends one command and returns its answer; a missing value is nil.
func (s *source) one(ctx context.Context, words ...any) (any, error) {
	answers, err := s.many(ctx, []command{words})
	if err != nil {
		return nil, err
	}
	return answers[0].value, answers[0].err
}

// many sends commands in pipelines and returns an answer for each. The error is for all of
// them: no connection, no answer.
func (s *source) many(ctx context.Context, cmds []command) ([]answer, error) {
	out := make([]answer, 0, len(cmds))
	for part := range slices.Chunk(cmds, maxPipeline) {
		answers, _, err := s.timed(ctx, part)
		if err != nil {
			return nil, err
		}
		out = append(out, answers...)
	}
	return out, nil
}

// timed sends one pipeline and tells how long the server took for it. Commands that the server
// is known to deny are answered without asking it again.
func (s *source) timed(ctx context.Context, cmds []command) ([]answer, time.Duration, error) {
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, 0, s.at.fault("", ctx.Err())
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, s.at.fault("", err)
	}
	out := make([]answer, len(cmds))
	sent := make([]*goredis.Cmd, len(cmds))
	pipe := s.client.Pipeline()
	gen := s.dialer.generation()
	for i, c := range cmds {
		if out[i].err = s.rights.known(c.name(), gen); out[i].err == nil {
			sent[i] = pipe.Do(ctx, c...)
		}
	}
	start := time.Now()
	err := s.exec(ctx, pipe, sent)
	took := time.Since(start)
	if noAnswer(err) {
		return nil, took, s.at.fault("", err)
	}
	for i, cmd := range sent {
		if cmd == nil {
			continue
		}
		out[i].value, out[i].err = cmd.Val(), cmd.Err()
		if r, ok := replyOf(cmd.Err()); noAnswer(cmd.Err()) || (ok && r.notServing()) {
			return nil, took, s.unserved(ctx, cmd.Err())
		}
		s.judge(&out[i], cmds[i].name(), gen)
	}
	return out, took, nil
}

// exec sends what is to be sent; a single command goes alone, so that its span has its name.
func (s *source) exec(ctx context.Context, pipe goredis.Pipeliner, sent []*goredis.Cmd) error {
	switch pipe.Len() {
	case 0:
		return nil
	case 1:
		i := slices.IndexFunc(sent, func(c *goredis.Cmd) bool { return c != nil })
		return s.client.Process(ctx, sent[i])
	default:
		_, err := pipe.Exec(ctx)
		return err
	}
}

// judge turns one answer's error into ours and remembers commands that are denied as such.
func (s *source) judge(a *answer, name string, gen uint64) {
	if a.err == nil {
		return
	}
	if errors.Is(a.err, goredis.Nil) {
		a.err, a.value = nil, nil
		return
	}
	r, _ := replyOf(a.err)
	a.err = s.at.fault("", a.err)
	if deniesCommand(r) {
		a.err = s.rights.deny(name, gen, a.err)
	}
}
