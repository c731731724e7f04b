package redis

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/redis/resp"
)

// change is something that happened to a key, told by its server without being asked.
type change struct {
	key string
	// event is what was done in the server's words ("set", "del", "expired"), "" when it only says
	// that something was.
	event string
	// lost is why changes may have been missed up to now: the connection broke, the database was
	// emptied. key is "" then.
	lost string
}

// watching is how changes are learnt.
type watching uint8

const (
	byNothing  watching = iota // ask again and again
	byEvents                   // keyspace events, which the server publishes if it is set to
	byTracking                 // client tracking, which servers have from 6.0 on
)

// watchable finds out how changes of keys can be watched. Keyspace events tell more, but they have
// to be switched on; switching is not ours.
func (s *source) watchable(ctx context.Context) (watching, error) {
	v, err := s.one(ctx, "CONFIG", "GET", "notify-keyspace-events")
	if err != nil && backends.ReasonOf(err) == backends.Unreachable {
		return byNothing, err
	}
	if flags := textOf(fieldsOf(v), "notify-keyspace-events"); err == nil && strings.Contains(flags, "K") && len(flags) > 1 {
		return byEvents, nil
	}
	if s.at.resp2 {
		return byNothing, nil
	}
	nodes, err := s.masters(ctx)
	if err != nil {
		return byNothing, err
	}
	w, done, err := nodes[0].wire(ctx)
	if err != nil {
		return byNothing, err
	}
	defer done()
	if err := w.resp3(); err != nil {
		return byNothing, noRESP3(err)
	}
	return byTracking, nil
}

// noRESP3 keeps the errors of a connection; that a server or a proxy before it speaks RESP2 only is none.
func noRESP3(err error) error {
	if _, answered := replyOf(err); answered {
		return nil
	}
	return err
}

// resp3 switches the connection to version 3 of the protocol, in which the server can say something
// between answers (redis.io/docs/latest/commands/hello).
func (w *wire) resp3() error {
	var v resp.Value
	return w.call(&v, "HELLO", "3")
}

// watch tells take, one call at a time, of changes to keys that begin with one of the prefixes, on
// every server that holds keys, until ctx ends. It uses a connection of its own to each and goes on
// when that breaks. None of the prefixes is empty: nobody wants to hear of every write. It tells live when
// all servers listen, and when one does not any more.
func (s *source) watch(ctx context.Context, how watching, prefixes []string, take func(change), live func(all bool)) error {
	nodes, err := s.masters(ctx)
	if err != nil {
		return err
	}
	prefixes = outer(prefixes)
	if how == byNothing || len(prefixes) == 0 {
		return nil
	}
	var mu sync.Mutex
	one := func(c change) {
		mu.Lock()
		defer mu.Unlock()
		take(c)
	}
	up := 0
	tell := func(change int) {
		mu.Lock()
		defer mu.Unlock()
		before := up == len(nodes)
		if up += change; before != (up == len(nodes)) {
			live(up == len(nodes))
		}
	}
	var all sync.WaitGroup
	faults := make([]error, len(nodes))
	for i, n := range nodes {
		all.Go(func() { faults[i] = n.watch(ctx, how, prefixes, one, tell) })
	}
	all.Wait()
	return errors.Join(faults...)
}

// outer leaves out prefixes that begin with another one, which the server refuses as overlapping.
func outer(prefixes []string) (out []string) {
	for _, p := range slices.Sorted(slices.Values(prefixes)) {
		if p != "" && (len(out) == 0 || !strings.HasPrefix(p, out[len(out)-1])) {
			out = append(out, p)
		}
	}
	return out
}

// watch keeps one server's changes coming. It returns when ctx ends, or when the server denies it.
func (n *node) watch(ctx context.Context, how watching, prefixes []string, take func(change), up func(int)) error {
	pause := firstRetry
	for ctx.Err() == nil {
		listens := 0
		err := n.watchOnce(ctx, how, prefixes, take, func() {
			if pause = firstRetry; listens == 0 {
				listens = 1
				up(listens)
			}
		})
		up(-listens)
		if ctx.Err() != nil {
			return nil
		}
		err = n.at.fault("", err)
		if backends.ReasonOf(err) == backends.Denied || backends.ReasonOf(err) == backends.Unsupported {
			return err
		}
		take(change{lost: causeText(err)})
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		pause = min(2*pause, lastRetry)
	}
	return nil
}

func (n *node) watchOnce(ctx context.Context, how watching, prefixes []string, take func(change), live func()) error {
	w, done, err := n.wire(ctx)
	if err != nil {
		return err
	}
	defer done()
	if how == byTracking {
		err = w.track(prefixes)
	} else {
		err = w.events(n.at.db, prefixes)
	}
	if err != nil {
		return err
	}
	if how == byTracking {
		live()
	}
	var v resp.Value
	ping := func() error { return w.send("PING") }
	for {
		if err := w.next(&v, ping); err != nil {
			return err
		}
		if v.Kind == resp.Failure {
			return serverError(v.Text)
		}
		live() // of events the first frame says that they will come
		tell(&v, take)
	}
}

// track asks for the names of changed keys (redis.io/docs/latest/develop/reference/client-side-caching).
func (w *wire) track(prefixes []string) error {
	if err := w.resp3(); err != nil {
		return err
	}
	words := []string{"CLIENT", "TRACKING", "ON", "BCAST"}
	for _, p := range prefixes {
		words = append(words, "PREFIX", p)
	}
	var v resp.Value
	return w.call(&v, words...)
}

// events subscribes to what is done to keys (redis.io/docs/latest/develop/pubsub/keyspace-notifications).
// Each node of a cluster publishes those of its own keys only.
func (w *wire) events(db int, prefixes []string) error {
	words := []string{"PSUBSCRIBE"}
	for _, p := range prefixes {
		words = append(words, keyspaceChannel(db)+escapeGlob(p)+"*")
	}
	return w.send(words...)
}

func keyspaceChannel(db int) string { return "__keyspace@" + strconv.Itoa(db) + "__:" }

// escapeGlob makes a pattern that matches the text alone, as the server reads patterns.
func escapeGlob(text string) string {
	return strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`, `\`, `\\`).Replace(text)
}

// tell hands on what a frame says of keys: an invalidation, or an event of a pattern.
func tell(v *resp.Value, take func(change)) {
	if len(v.Items) < 2 {
		return
	}
	switch kind := string(v.Items[0].Text); {
	case v.Kind == resp.Push && kind == "invalidate" && v.Items[1].Kind == resp.Null:
		take(change{lost: "the database was emptied"})
	case v.Kind == resp.Push && kind == "invalidate":
		for i := range v.Items[1].Items {
			take(change{key: string(v.Items[1].Items[i].Text)})
		}
	case kind == "pmessage" && len(v.Items) == 4:
		if _, key, ok := strings.Cut(string(v.Items[2].Text), "__:"); ok {
			take(change{key: key, event: string(v.Items[3].Text)})
		}
	}
}
