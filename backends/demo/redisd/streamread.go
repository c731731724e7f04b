package redisd

import (
	"time"

	"bustop/backends/demo/redisd/internal/resp"
	"bustop/backends/demo/redisd/internal/stream"
)

// reading are the arguments of XREAD and XREADGROUP.
type reading struct {
	group, consumer string
	count           int // 0 is all
	noAck           bool
	waits           bool
	wait            time.Duration
	keys, ids       []string
}

func (k *call) reading() (r reading, err error) {
	grouped := k.cmd.name == "xreadgroup"
	o := options{args: k.args[1:]}
	for word, ok := o.next(); ok; word, ok = o.next() {
		switch {
		case word == "BLOCK" && o.left() > 0:
			err = r.block(&o)
		case word == "COUNT" && o.left() > 0:
			var n int64
			n, err = o.integer()
			r.count = int(max(0, n))
		case word == "STREAMS" && o.left() > 0:
			return r, r.streams(o.args[o.at:], grouped)
		case word == "GROUP" && o.left() >= 2:
			if !grouped {
				return r, failure("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.")
			}
			r.group, r.consumer = o.args[o.at], o.args[o.at+1]
			o.at += 2
		case word == "NOACK":
			if !grouped {
				return r, failure("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.")
			}
			r.noAck = true
		default:
			return r, errSyntax
		}
		if err != nil {
			return r, err
		}
	}
	return r, errSyntax
}

// block reads how many milliseconds to wait.
func (r *reading) block(o *options) error {
	ms, err := o.integer()
	if err != nil {
		return failure("ERR timeout is not an integer or out of range")
	}
	if ms < 0 {
		return errNegTimeout
	}
	r.waits, r.wait = true, time.Duration(min(ms, 3e11))*time.Millisecond
	return nil
}

// streams reads the names and after them the IDs.
func (r *reading) streams(rest []string, grouped bool) error {
	name := "XREAD"
	if grouped {
		name = "XREADGROUP"
	}
	switch {
	case len(rest)%2 != 0:
		return failure("ERR Unbalanced " + name + " list of streams: for each stream key an ID or '$' must be specified.")
	case grouped && r.group == "":
		return failure("ERR Missing GROUP option for XREADGROUP")
	}
	r.keys, r.ids = rest[:len(rest)/2], rest[len(rest)/2:]
	return nil
}

// source is one stream of a reading and where that begins.
type source struct {
	name  string
	after stream.ID
	fresh bool // XREADGROUP with >: what nobody in the group has got
}

// sources resolves the IDs of a reading.
func (k *call) sources(r reading) ([]source, error) {
	var out []source
	for i, name := range r.keys {
		s, err := k.stream(name)
		if err != nil {
			return nil, err
		}
		src := source{name: name}
		switch word := r.ids[i]; {
		case r.group != "" && (s == nil || s.Groups[r.group] == nil):
			return nil, failure("NOGROUP No such key '" + name + "' or consumer group '" + r.group + "' in XREADGROUP with GROUP option")
		case word == ">" && r.group == "":
			return nil, failure("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.")
		case word == ">":
			src.fresh = true
		case word == "$" && r.group != "":
			return nil, failure("ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.")
		case word == "$":
			if s != nil {
				src.after = s.Last
			}
		default:
			if src.after, err = id(word, 0); err != nil {
				return nil, err
			}
		}
		out = append(out, src)
	}
	return out, nil
}

func (k *call) xread() error {
	r, err := k.reading()
	if err != nil {
		return err
	}
	sources, err := k.sources(r)
	if err != nil {
		return err
	}
	done, err := k.readStreams(r, sources)
	switch {
	case err != nil || done:
		return err
	case !r.waits:
		k.w.NullArray()
		return nil
	}
	k.block(&waiter{
		keys: r.keys, late: (*resp.Writer).NullArray,
		try: func(k *call, name string) (bool, error) {
			var ready []source
			for _, src := range sources {
				if src.name == name {
					ready = append(ready, src)
				}
			}
			if r.group != "" {
				if err := k.orphaned(r, name); err != nil {
					return false, err
				}
			}
			return k.readStreams(r, ready)
		},
	}, r.wait)
	return nil
}

// orphaned says why a reader of a group can wait no longer.
func (k *call) orphaned(r reading, name string) error {
	s, err := k.stream(name)
	switch {
	case err != nil:
		return err
	case s == nil:
		return failure("UNBLOCKED the stream key no longer exists")
	case s.Groups[r.group] == nil:
		return failure("NOGROUP the consumer group this client was blocked on no longer exists")
	}
	return nil
}

// part is what one stream of a reading has to offer.
type part struct {
	name    string
	entries []stream.Entry
	history []*stream.Pending
	past    bool
}

// readStreams reads the sources and answers, unless there is nothing.
func (k *call) readStreams(r reading, sources []source) (bool, error) {
	var parts []part
	for _, src := range sources {
		s, err := k.stream(src.name)
		if err != nil {
			return false, err
		}
		p := part{name: src.name}
		switch {
		case r.group != "":
			if err := k.readGroup(s, r, src, &p); err != nil {
				return false, err
			}
		case s != nil:
			if from, ok := src.after.Next(); ok {
				p.entries = s.Range(from, stream.MaxID(), limit(r.count))
			}
		}
		if p.past || len(p.entries) > 0 {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return false, nil
	}
	if k.w.V3 {
		k.w.Map(len(parts))
	} else {
		k.w.Array(len(parts))
	}
	for _, p := range parts {
		if !k.w.V3 {
			k.w.Array(2)
		}
		k.w.Bulk(p.name)
		k.part(p)
	}
	return true, nil
}

func limit(count int) int {
	if count == 0 {
		return -1
	}
	return count
}

func (k *call) part(p part) {
	if !p.past {
		k.entries(p.entries)
		return
	}
	s, err := k.stream(p.name)
	if err != nil || s == nil {
		k.w.Array(0)
		return
	}
	k.w.Array(len(p.history))
	for _, h := range p.history {
		if e, ok := s.Get(h.ID); ok {
			k.entry(e)
			continue
		}
		k.w.Array(2) // deleted meanwhile
		k.w.Bulk(h.ID.String())
		k.w.NullArray()
	}
}

// readGroup reads for a consumer: what is new, or again what is pending for it.
func (k *call) readGroup(s *stream.Stream, r reading, src source, p *part) error {
	var g *stream.Group
	if s != nil {
		g = s.Groups[r.group]
	}
	if g == nil {
		return failure("NOGROUP No such key '" + src.name + "' or consumer group '" + r.group + "' in XREADGROUP with GROUP option")
	}
	if from, ok := g.Last.Next(); ok && src.fresh {
		p.entries = s.Range(from, stream.MaxID(), limit(r.count))
	}
	if src.fresh && len(p.entries) == 0 {
		return nil // a consumer is made and seen only when it gets something
	}
	c, made := g.Consumer(r.consumer, k.now)
	if made {
		k.notify('t', "xgroup-createconsumer", src.name)
	}
	c.Seen = k.now
	if !src.fresh {
		p.past = true
		k.readPast(g, c, r, src, p)
		return nil
	}
	for _, e := range p.entries {
		g.Advance(s, e.ID)
		if !r.noAck {
			g.Give(e.ID, c, k.now).Count = 1
		}
	}
	if len(p.entries) > 0 {
		k.n.keys.changes++
	}
	return nil
}

// readPast delivers the pending entries of a consumer again, which does not count as a delivery.
func (k *call) readPast(g *stream.Group, c *stream.Consumer, r reading, src source, p *part) {
	from, ok := src.after.Next()
	if !ok {
		return
	}
	for _, pending := range g.Pending(from, stream.MaxID()) {
		if pending.Owner != c {
			continue
		}
		if r.count > 0 && len(p.history) == r.count {
			break
		}
		pending.Delivered = k.now
		pending.Count++
		p.history = append(p.history, pending)
	}
}
