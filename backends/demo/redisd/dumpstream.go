package redisd

import (
	"time"

	"bustop/backends/demo/redisd/internal/stream"
)

// stream reads what dumper.stream wrote.
func (u *undumper) stream() loader {
	last, deleted, added := u.id(), u.id(), u.number()
	s := &stream.Stream{Groups: map[string]*stream.Group{}}
	for n := u.size(); n > 0 && !u.bad; n-- {
		id := u.id()
		fields := u.texts(1)
		if id.Compare(s.Last) <= 0 || len(fields)%2 != 0 {
			return nil
		}
		s.Add(id, fields)
	}
	s.Last, s.MaxDeleted, s.Added = last, deleted, added
	for n := u.size(); n > 0 && !u.bad; n-- {
		name := u.text()
		g := u.group()
		if g == nil {
			return nil
		}
		s.Groups[name] = g
	}
	return func(k *call, name string) error {
		if _, err := k.makeStream(name); err != nil {
			return err
		}
		k.db.dict.names[name].stream = s
		return nil
	}
}

func (u *undumper) group() *stream.Group {
	g := stream.NewGroup(u.id(), int64(u.number()))
	for n := u.size(); n > 0 && !u.bad; n-- {
		name := u.text()
		g.Consumer(name, time.UnixMilli(int64(u.number())))
	}
	for n := u.size(); n > 0 && !u.bad; n-- {
		id, owner := u.id(), g.Consumers[u.text()]
		if owner == nil {
			return nil
		}
		p := g.Give(id, owner, time.UnixMilli(int64(u.number())))
		p.Count = int64(u.number())
	}
	return g
}
