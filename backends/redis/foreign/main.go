// Foreign keeps in a Redis server what Go's libraries keep there, and says what a viewer has to make of it:
//
//	go run . all redis://127.0.0.1:6379
//	go run . asynq redis://127.0.0.1:6379
//
// The first plays many libraries side by side and writes a JSON object a line, see claim, the last of
// them of the kind "ready". Locks stay held and jobs at work until its standard input ends. The second
// leaves one queue behind, whose jobs are to be opened. The program in npm does the same with the
// libraries of Node.js. Both are modules of their own, so that nothing else depends on their libraries,
// and need the network once.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
)

// claim is what has to be recognised.
type claim struct {
	// Kind is queue, lock, stream, channel, or key for what no pane but the keys' lists.
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
	// Library is "" where the name and the content do not tell it.
	Library string `json:"library,omitempty"`
	// Holder is what a lock's library uses as its token.
	Holder string `json:"holder,omitempty"`
	// States are the jobs of a queue, without states that have none.
	States map[string]int64 `json:"states,omitempty"`
	// Groups are the consumer groups of a stream with their pending entries.
	Groups map[string]int64 `json:"groups,omitempty"`
	// Use is what a key is for: cache, limiter, session; "" is a decoy, which must not be taken for
	// any of them.
	Use string `json:"use,omitempty"`
}

// stage is where the libraries play.
type stage struct {
	context.Context
	client *redis.Client
	claims []claim
	end    []func()
}

func (s *stage) claim(c claim) { s.claims = append(s.claims, c) }

// atEnd keeps what gives something back, for when standard input ends.
func (s *stage) atEnd(f func()) { s.end = append(s.end, f) }

// until waits for what another goroutine or process brings about.
func (s *stage) until(done func() (bool, error)) error {
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-s.Done():
			return s.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func main() {
	plays := map[string]func(*stage) error{"all": sideBySide, "asynq": asynqAlone}
	if len(os.Args) != 3 || plays[os.Args[1]] == nil {
		log.Fatal("usage: foreign all|asynq redis://HOST:PORT")
	}
	if err := run(os.Args[2], plays[os.Args[1]]); err != nil {
		log.Fatal(err)
	}
}

func run(url string, play func(*stage) error) error {
	opt, err := redis.ParseURL(url)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s := &stage{Context: ctx, client: redis.NewClient(opt)}
	defer func() {
		for _, f := range s.end {
			f()
		}
		s.client.Close()
	}()
	return play(s)
}

// sideBySide plays all libraries, says what they claim and waits for standard input to end.
func sideBySide(s *stage) error {
	for _, library := range []struct {
		name string
		play func(*stage) error
	}{
		{"redsync", redsyncLocks},
		{"bsm/redislock", redislockLocks},
		{"asynq", asynqQueue},
		{"watermill", watermillStream},
		{"cloudevents", daprStream},
		{"go-redis/cache", caches},
		{"redis_rate", rates},
		{"ulule/limiter", ululeLimiter},
	} {
		if err := library.play(s); err != nil {
			return fmt.Errorf("%s: %w", library.name, err)
		}
	}
	enc := json.NewEncoder(os.Stdout)
	for _, c := range append(s.claims, claim{Kind: "ready"}) {
		if err := enc.Encode(c); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
