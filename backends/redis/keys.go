package redis

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bustop/backends"
)

// maxKeys bounds the keys of one listing: those first by name are listed.
const maxKeys = 50_000

// keys is the role of the whole keyspace. Its listing keeps no names: it walks anew each time.
type keys struct{ s *source }

// ListKeys implements backends.Keys.
func (k keys) ListKeys(ctx context.Context, q backends.Query) (backends.Page[backends.Key], error) {
	var page backends.Page[backends.Key]
	limit := q.Limit
	if limit <= 0 && !q.Complete {
		limit = paneRows
	}
	if limit <= 0 || limit > maxKeys {
		limit = maxKeys
	}
	names, walk, err := k.first(ctx, q, max(q.Offset, 0)+limit)
	if err != nil {
		return page, err
	}
	page.Seen, page.SeenOf = walk.seen, max(walk.size, walk.seen)
	page.Total = backends.ExactCount(walk.found)
	page.Notes = append(page.Notes, missingParts(walk.absent)...)
	if len(walk.absent) > 0 {
		page.Total.Certainty = backends.AtLeast
	}
	if walk.partial {
		page.Total.Certainty = backends.AtLeast
		page.Notes = append(page.Notes, fmt.Sprintf("only %d of %d keys were walked", walk.seen, walk.size))
	}
	names = names[min(max(q.Offset, 0), len(names)):]
	if int64(len(names)) < walk.found && limit == maxKeys {
		page.Notes = append(page.Notes, fmt.Sprintf("more than %d: the first by name are listed, --match narrows it down", maxKeys))
	}
	for part := range slices.Chunk(names, rowsAtOnce) {
		rows, err := k.rows(ctx, part)
		if err != nil {
			return page, err
		}
		if err := k.s.denied("TYPE"); err != nil {
			return page, err
		}
		for _, r := range rows {
			if r.state == shown {
				page.Items = append(page.Items, r.item)
			} else {
				page.Total.Value--
			}
		}
	}
	return page, nil
}

// walked is how far a walk for one listing came.
type walked struct {
	found, seen, size int64
	partial           bool
	// absent are the servers whose part is missing.
	absent []string
}

// paneWalk is how long a walk for a pane may take.
const paneWalk = time.Second

// first walks the keyspace once and returns the n names that come first, of those that match. A
// name that SCAN gives twice, as it may while keys move, is counted twice.
func (k keys) first(ctx context.Context, q backends.Query, n int) ([]string, walked, error) {
	var out walked
	nodes, err := k.s.masters(ctx)
	if err != nil {
		return nil, out, err
	}
	start := time.Now()
	var names []string
	for _, node := range nodes {
		err := k.part(ctx, node, q, start, &out, func(found []string) {
			if names = append(names, found...); len(names) > 2*n+1000 {
				names = least(names, n)
			}
		})
		if backends.ReasonOf(err) == backends.Unreachable && err != nil && ctx.Err() == nil {
			if out.absent = append(out.absent, node.at.addr); len(out.absent) < len(nodes) {
				continue // the others' rows are there
			}
		}
		if err != nil {
			return nil, out, err
		}
	}
	return least(names, n), out, nil
}

// part walks one server's part of the keyspace.
func (k keys) part(ctx context.Context, node *node, q backends.Query, start time.Time, out *walked, take func([]string)) error {
	l, err := newLane(ctx, node, true)
	if err != nil {
		return err
	}
	held, err := l.size(ctx)
	if err != nil {
		return err
	}
	out.size += held
	for first := true; first || l.cursor != "0"; first = false {
		if !q.Complete && time.Since(start) > paneWalk {
			out.partial = true
			break
		}
		found, err := l.scan(ctx)
		if err != nil {
			return err
		}
		out.seen += int64(len(found))
		if q.Match != "" {
			found = slices.DeleteFunc(found, func(s string) bool { return !strings.Contains(s, q.Match) })
		}
		out.found += int64(len(found))
		take(found)
	}
	return nil
}

// least returns the n names that come first, each once, in order.
func least(names []string, n int) []string {
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.Clone(names[:min(n, len(names))])
}

// rows asks in two rounds: the type first, as it decides how the length is asked for.
func (k keys) rows(ctx context.Context, names []string) ([]row[backends.Key], error) {
	const each = 5
	cmds := make([]command, 0, each*len(names))
	for _, name := range names {
		cmds = append(cmds, command{"TYPE", name}, command{"PTTL", name},
			command{"MEMORY", "USAGE", name}, command{"OBJECT", "ENCODING", name}, command{"OBJECT", "IDLETIME", name})
	}
	answers, err := k.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	f, err := k.s.learn(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]row[backends.Key], len(names))
	for i, name := range names {
		out[i] = keyRow(name, answers[each*i:each*(i+1)])
		if idle := &out[i].item.Idle; idle.Known() && !f.noTouch {
			idle.Certainty = backends.AtLeast // our own looks count as uses
		}
	}
	return out, k.lengths(ctx, out)
}

func keyRow(name string, a []answer) (out row[backends.Key]) {
	if a[0].err != nil && absent(a[0].err) == away {
		out.state = away
		return out
	}
	key := backends.Key{Name: name}
	key.Type, _ = a[0].value.(string)
	left, known := a[1].value.(int64)
	if key.Type == "none" || left == -2 {
		out.state = gone
		return out
	}
	if key.NoExpiry = left == -1; known && left >= 0 {
		key.TTL = backends.ExactSpan(time.Duration(left) * time.Millisecond)
	}
	if n, ok := a[2].value.(int64); ok {
		key.Bytes = backends.Count{Value: n, Certainty: backends.About}
	}
	key.Encoding, _ = a[3].value.(string)
	if n, ok := a[4].value.(int64); ok && a[4].err == nil {
		key.Idle = backends.ExactSpan(time.Duration(n) * time.Second)
	}
	out.item = key
	return out
}

// lengths fills in how long the values are, unless asking would keep keys from being evicted.
func (k keys) lengths(ctx context.Context, rows []row[backends.Key]) error {
	if f, err := k.s.learn(ctx); err != nil || f.evicts() {
		return err
	}
	var cmds []command
	var of []int
	for i, r := range rows {
		if cmd := lengthBy(r.item.Type); cmd != "" && r.state == shown {
			cmds, of = append(cmds, command{cmd, r.item.Name}), append(of, i)
		}
	}
	answers, err := k.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	for i, a := range answers {
		if n, ok := a.value.(int64); ok {
			rows[of[i]].item.Length = backends.ExactCount(n)
		}
	}
	return nil
}
