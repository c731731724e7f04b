package redis

import (
	"context"
	"time"

	"bustop/backends"
)

// keys is the role of the whole keyspace.
type keys struct{ s *source }

// ListKeys implements backends.Keys.
func (k keys) ListKeys(ctx context.Context, q backends.Query) (backends.Page[backends.Key], error) {
	return lister[backends.Key]{kind: backends.KindKey, needs: []string{"TYPE"}, read: k.rows}.list(ctx, k.s, q)
}

// rows asks in two rounds: the type first, as it decides how the length is asked for.
func (k keys) rows(ctx context.Context, names []string) ([]row[backends.Key], error) {
	const each = 4
	cmds := make([]command, 0, each*len(names))
	for _, name := range names {
		cmds = append(cmds, command{"TYPE", name}, command{"PTTL", name},
			command{"MEMORY", "USAGE", name}, command{"OBJECT", "ENCODING", name})
	}
	answers, err := k.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	out := make([]row[backends.Key], len(names))
	for i, name := range names {
		a := answers[each*i : each*(i+1)]
		key := backends.Key{Name: name}
		key.Type, _ = a[0].value.(string)
		left, known := a[1].value.(int64)
		if key.Type == "none" || left == -2 {
			out[i].state = gone
			continue
		}
		if key.NoExpiry = left == -1; known && left >= 0 {
			key.TTL = backends.ExactSpan(time.Duration(left) * time.Millisecond)
		}
		if n, ok := a[2].value.(int64); ok {
			key.Bytes = backends.Count{Value: n, Certainty: backends.About}
		}
		key.Encoding, _ = a[3].value.(string)
		out[i].item = key
	}
	return out, k.lengths(ctx, out)
}

// lengths fills in how long the values are, unless asking would keep keys from being evicted.
func (k keys) lengths(ctx context.Context, rows []row[backends.Key]) error {
	if f, err := k.s.learn(ctx); err != nil || f.evicts() {
		return err
	}
	how := map[string]string{
		"string": "STRLEN", "list": "LLEN", "hash": "HLEN", "set": "SCARD", "zset": "ZCARD", "stream": "XLEN",
	}
	var cmds []command
	var of []int
	for i, r := range rows {
		if cmd, ok := how[r.item.Type]; ok && r.state == shown {
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
