package redisd

import (
	"math"
	"slices"
	"time"

	"bustop/backends/demo/redisd/internal/stream"
)

// claiming are the options of XCLAIM.
type claiming struct {
	delivered        time.Time
	retry            int64 // -1 counts up
	force, justID    bool
	last             stream.ID
	hasLast          bool
	minIdle          int64
	ids              []stream.ID
	stream           *stream.Stream
	group            *stream.Group
	name             string // of the consumer that claims
	consumer         *stream.Consumer
	key              string
	deleted, claimed []stream.ID
	entries          []stream.Entry
}

func (k *call) xclaim() error {
	s, g, err := k.group(k.args[1], k.args[2])
	if err != nil {
		return err
	}
	c := claiming{delivered: k.now, retry: -1, stream: s, group: g, key: k.args[1], name: k.args[3]}
	if c.minIdle, err = integer(k.args[4]); err != nil {
		return failure("ERR Invalid min-idle-time argument for XCLAIM")
	}
	c.minIdle = max(0, c.minIdle)
	at := 5
	for ; at < len(k.args); at++ {
		v, ok := stream.ParseID(k.args[at], 0)
		if !ok {
			break
		}
		c.ids = append(c.ids, v)
	}
	if err := c.options(k, options{args: k.args[at:]}); err != nil {
		return err
	}
	if len(c.ids) == 0 {
		return errStreamID
	}
	if c.hasLast && c.last.Compare(g.Last) > 0 {
		g.Last = c.last
	}
	for _, v := range c.ids {
		c.claim(k, v)
	}
	k.w.Array(len(c.claimed))
	for i, v := range c.claimed {
		if c.justID {
			k.w.Bulk(v.String())
		} else {
			k.entry(c.entries[i])
		}
	}
	return nil
}

// claimer finds the consumer that claims, or makes it. XCLAIM does so with the first entry it takes.
func (k *call) claimer(c *claiming) {
	var made bool
	if c.consumer, made = c.group.Consumer(c.name, k.now); made {
		k.streamChanged(c.key, "xgroup-createconsumer")
	}
	c.consumer.Seen = k.now
	k.n.keys.changes++
}

func (c *claiming) options(k *call, o options) error {
	for word, ok := o.next(); ok; word, ok = o.next() {
		switch {
		case word == "FORCE":
			c.force = true
		case word == "JUSTID":
			c.justID = true
		case o.left() == 0 || !slices.Contains([]string{"IDLE", "TIME", "RETRYCOUNT", "LASTID"}, word):
			return failure("ERR Unrecognized XCLAIM option '" + o.args[o.at-1] + "'")
		default:
			value, _ := o.value()
			if err := c.valued(k, word, value); err != nil {
				return err
			}
		}
	}
	if c.delivered.After(k.now) {
		c.delivered = k.now
	}
	return nil
}

// valued reads an option with a value.
func (c *claiming) valued(k *call, word, value string) (err error) {
	if word == "LASTID" {
		c.last, err = id(value, 0)
		c.hasLast = true
		return err
	}
	v, err := integer(value)
	if err != nil {
		return failure("ERR Invalid " + word + " option argument for XCLAIM")
	}
	switch word {
	case "IDLE":
		c.delivered = k.now.Add(-time.Duration(min(max(v, 0), math.MaxInt64/int64(time.Millisecond))) * time.Millisecond)
	case "TIME":
		c.delivered = time.UnixMilli(v)
	default:
		c.retry = v
	}
	return nil
}

// claim takes one entry over if it may.
func (c *claiming) claim(k *call, v stream.ID) {
	entry, there := c.stream.Get(v)
	p := c.group.Find(v)
	switch {
	case p == nil && (!c.force || !there):
		return
	case !there:
		c.group.Ack(v)
		c.deleted = append(c.deleted, v)
		return
	case p != nil && c.minIdle > 0 && k.idle(p) < c.minIdle:
		return
	}
	if c.consumer == nil {
		k.claimer(c)
	}
	fresh := p == nil
	p = c.group.Give(v, c.consumer, c.delivered)
	switch {
	case c.retry >= 0:
		p.Count = c.retry
	case fresh && c.justID:
		p.Count = 1
	case fresh:
		p.Count = 2 // made with one and counted again, as in Redis
	case !c.justID:
		p.Count++
	}
	c.claimed = append(c.claimed, v)
	c.entries = append(c.entries, entry)
}

func (k *call) xautoclaim() error {
	minIdle, err := integer(k.args[4])
	if err != nil {
		return failure("ERR Invalid min-idle-time argument for XAUTOCLAIM")
	}
	from, err := rangeEnd(k.args[5], true)
	if err != nil {
		return err
	}
	n, justID := int64(100), false
	o := options{args: k.args[6:]}
	for word, ok := o.next(); ok; word, ok = o.next() {
		switch {
		case word == "COUNT" && o.left() > 0:
			if n, err = o.integer(); err != nil || n < 1 || n > math.MaxInt32 {
				return failure("ERR COUNT must be > 0")
			}
		case word == "JUSTID":
			justID = true
		default:
			return errSyntax
		}
	}
	s, g, err := k.group(k.args[1], k.args[2])
	if err != nil {
		return err
	}
	c := claiming{delivered: k.now, retry: -1, stream: s, group: g, key: k.args[1], minIdle: max(0, minIdle), justID: justID, name: k.args[3]}
	k.claimer(&c)
	next := c.sweep(k, from, int(n))
	k.w.Array(3)
	k.w.Bulk(next.String())
	k.w.Array(len(c.claimed))
	for i, v := range c.claimed {
		if justID {
			k.w.Bulk(v.String())
		} else {
			k.entry(c.entries[i])
		}
	}
	k.w.Array(len(c.deleted))
	for _, v := range c.deleted {
		k.w.Bulk(v.String())
	}
	return nil
}

// sweep claims up to n entries from an ID on, looking at no more than ten times as many, and
// returns where to go on.
func (c *claiming) sweep(k *call, from stream.ID, n int) stream.ID {
	list := append([]*stream.Pending(nil), c.group.Pending(from, stream.MaxID())...)
	for i, p := range list {
		if i == 10*n || len(c.claimed)+len(c.deleted) == n {
			return p.ID
		}
		c.claim(k, p.ID)
	}
	return stream.ID{}
}
