package redis

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
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

// source is one Redis server, or the servers that hold one keyspace together. Its roles are small
// types around it.
type source struct {
	at      address
	id      backends.Identity
	tracer  tracer
	servers topology
	pace    *backends.Pace
	walker  *walker
	slopes  slopes
	large   largeStreams
	// payloads are the pending entries that were looked for.
	payloads payloadLooks
	jobs     jobMemory
	// profiles say what people build.
	profiles *profile.Table
	// noFieldLives is the connection, counted from 1, whose server does not know HPTTL.
	noFieldLives atomic.Uint64
	// channels is the last list of PUBSUB.
	channels channelList
	own      own
	// watches keep the history of locks, blocked counts who waits in BLPOP.
	watches lockWatches
	blocked blockedClients

	mu     sync.Mutex
	tails  []*backends.Tail
	closed bool
}

func newSource(at address, opt backends.Options) *source {
	namespace := strconv.Itoa(at.db)
	s := &source{
		at: at, pace: backends.NewPace(beat), tracer: newTracer(opt, at),
		profiles: newProfiles(rulesOf(opt)),
		id:       backends.Identity{Name: opt.Name, Backend: "redis", Address: at.shown, Namespace: namespace},
	}
	if s.id.Name == "" {
		s.id.Name = at.shown
	}
	s.servers = newTopology(at, opt)
	s.walker = newWalker(s)
	return s
}

func timeoutOf(opt backends.Options) time.Duration {
	if opt.Timeout <= 0 {
		return defaultTimeout
	}
	return opt.Timeout
}

// Identity implements backends.Source.
func (s *source) Identity() backends.Identity { return s.id }

// Status implements backends.Source.
func (s *source) Status() backends.Status { return s.servers.status() }

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
	if backends.ReasonOf(err) == backends.Denied && s.Status().State == backends.Live {
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
	err := s.servers.close()
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
	if sub, ok := second(c); ok && sameWord(name, "XINFO", "PUBSUB", "MEMORY", "OBJECT", "CONFIG", "CLIENT", "CLUSTER", "SLOWLOG", "LATENCY", "ACL") {
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
