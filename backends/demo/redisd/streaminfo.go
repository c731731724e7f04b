package redisd

import (
	"time"

	"bustop/backends/demo/redisd/internal/stream"
)

// known is the stream of an XINFO command.
func (k *call) known() (*stream.Stream, error) {
	s, err := k.stream(k.args[2])
	if err == nil && s == nil {
		err = errNoKey
	}
	return s, err
}

// pairs writes a map; values are strings, integers, IDs, or functions that write.
func (k *call) pairs(values ...any) {
	k.w.Map(len(values) / 2)
	for _, v := range values {
		switch v := v.(type) {
		case string:
			k.w.Bulk(v)
		case int:
			k.w.Int(int64(v))
		case int64:
			k.w.Int(v)
		case stream.ID:
			k.w.Bulk(v.String())
		case func():
			v()
		}
	}
}

func (k *call) xinfoStream() error {
	full, n := false, int64(10)
	switch {
	case len(k.args) == 3:
	case upper(k.args[3]) != "FULL", len(k.args) == 5, len(k.args) > 6, len(k.args) == 6 && upper(k.args[4]) != "COUNT":
		return errSubcommandUse("XINFO", k.args[1])
	default:
		full = true
		if len(k.args) == 6 {
			v, err := integer(k.args[5])
			if err != nil {
				return err
			}
			if n = v; n < 0 {
				n = 10
			}
		}
	}
	s, err := k.known()
	if err != nil {
		return err
	}
	leaves, nodes := s.Tree()
	head := []any{
		"length", s.Len(), "radix-tree-keys", leaves, "radix-tree-nodes", nodes, "last-generated-id", s.Last,
		"max-deleted-entry-id", s.MaxDeleted, "entries-added", int64(s.Added), "recorded-first-entry-id", s.First(),
	}
	if full {
		k.pairs(append(head, "entries", func() { k.entries(s.Range(stream.ID{}, stream.MaxID(), limit(int(n)))) }, "groups", func() { k.groupsFull(s, int(n)) })...)
		return nil
	}
	edge := func(list []stream.Entry) func() {
		return func() {
			if len(list) == 0 {
				k.w.Null()
			} else {
				k.entry(list[0])
			}
		}
	}
	k.pairs(append(head, "groups", len(s.Groups), "first-entry", edge(s.Range(stream.ID{}, stream.MaxID(), 1)), "last-entry", edge(s.RevRange(stream.ID{}, stream.MaxID(), 1)))...)
	return nil
}

// read writes how many entries a group has read, and lag how many it has not.
func (k *call) progress(s *stream.Stream, g *stream.Group) (read, lag func()) {
	read = func() {
		if g.Read == stream.Unknown {
			k.w.Null()
		} else {
			k.w.Int(g.Read)
		}
	}
	lag = func() {
		if n, ok := g.Lag(s); ok {
			k.w.Int(n)
		} else {
			k.w.Null()
		}
	}
	return read, lag
}

func (k *call) groupsFull(s *stream.Stream, n int) {
	k.w.Array(len(s.Groups))
	for _, name := range groupNames(s) {
		g := s.Groups[name]
		read, lag := k.progress(s, g)
		all := g.Pending(stream.ID{}, stream.MaxID())
		k.pairs("name", name, "last-delivered-id", g.Last, "entries-read", read, "lag", lag, "pel-count", len(all),
			"pending", func() {
				shown := all
				if n > 0 {
					shown = all[:min(n, len(all))]
				}
				k.w.Array(len(shown))
				for _, p := range shown {
					k.w.Array(4)
					k.w.Bulk(p.ID.String())
					k.w.Bulk(p.Owner.Name)
					k.w.Int(p.Delivered.UnixMilli())
					k.w.Int(p.Count)
				}
			},
			"consumers", func() { k.consumersFull(g, all, n) })
	}
}

func (k *call) consumersFull(g *stream.Group, all []*stream.Pending, n int) {
	members := g.Members()
	k.w.Array(len(members))
	for _, c := range members {
		k.pairs("name", c.Name, "seen-time", c.Seen.UnixMilli(), "pel-count", c.Owned, "pending", func() {
			var own []*stream.Pending
			for _, p := range all {
				if p.Owner == c && (n == 0 || len(own) < n) {
					own = append(own, p)
				}
			}
			k.w.Array(len(own))
			for _, p := range own {
				k.w.Array(3)
				k.w.Bulk(p.ID.String())
				k.w.Int(p.Delivered.UnixMilli())
				k.w.Int(p.Count)
			}
		})
	}
}

func (k *call) xinfoGroups() error {
	s, err := k.known()
	if err != nil {
		return err
	}
	k.w.Array(len(s.Groups))
	for _, name := range groupNames(s) {
		g := s.Groups[name]
		read, lag := k.progress(s, g)
		k.pairs("name", name, "consumers", len(g.Consumers), "pending", len(g.Pending(stream.ID{}, stream.MaxID())),
			"last-delivered-id", g.Last, "entries-read", read, "lag", lag)
	}
	return nil
}

func (k *call) xinfoConsumers() error {
	s, err := k.known()
	if err != nil {
		return err
	}
	g := s.Groups[k.args[3]]
	if g == nil {
		return failure("NOGROUP No such consumer group '" + k.args[3] + "' for key name '" + k.args[2] + "'")
	}
	members := g.Members()
	k.w.Array(len(members))
	for _, c := range members {
		k.pairs("name", c.Name, "pending", c.Owned, "idle", max(0, int64(k.now.Sub(c.Seen)/time.Millisecond)))
	}
	return nil
}
