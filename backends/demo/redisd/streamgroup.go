package redisd

import (
	"maps"
	"slices"
	"strings"
	"time"

	"bustop/backends/demo/redisd/internal/stream"
)

// group finds a consumer group that has to be there.
func (k *call) group(key, name string) (*stream.Stream, *stream.Group, error) {
	s, err := k.stream(key)
	if err != nil {
		return nil, nil, err
	}
	if s == nil || s.Groups[name] == nil {
		return s, nil, failure("NOGROUP No such key '" + key + "' or consumer group '" + name + "'")
	}
	return s, s.Groups[name], nil
}

// xgroup finds the stream, and the group unless it is to be made, of an XGROUP command.
func (k *call) xgroup() (*stream.Stream, *stream.Group, error) {
	s, err := k.stream(k.args[2])
	if err != nil {
		return nil, nil, err
	}
	if s == nil {
		return nil, nil, failure("ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.")
	}
	return s, s.Groups[k.args[3]], nil
}

func (k *call) errNoGroup() error {
	return failure("NOGROUP No such consumer group '" + k.args[3] + "' for key name '" + k.args[2] + "'")
}

// groupOptions reads MKSTREAM and ENTRIESREAD.
func (k *call) groupOptions(args []string, mk bool) (makeIt bool, read int64, err error) {
	read = stream.Unknown
	o := options{args: args}
	for word, ok := o.next(); ok; word, ok = o.next() {
		switch {
		case word == "MKSTREAM" && mk:
			makeIt = true
		case word == "ENTRIESREAD" && o.left() > 0:
			if read, err = o.integer(); err != nil {
				return false, 0, err
			}
			if read < -1 {
				return false, 0, failure("ERR value for ENTRIESREAD must be positive or -1")
			}
		default:
			return false, 0, errSubcommandUse("XGROUP", k.args[1])
		}
	}
	return makeIt, read, nil
}

// groupStart reads the ID of XGROUP CREATE and SETID.
func groupStart(word string, s *stream.Stream) (stream.ID, error) {
	if word != "$" {
		return id(word, 0)
	}
	if s == nil {
		return stream.ID{}, nil
	}
	return s.Last, nil
}

func (k *call) xgroupCreate() error {
	makeIt, read, err := k.groupOptions(k.args[5:], true)
	if err != nil {
		return err
	}
	s, g, err := k.xgroup()
	if err != nil && (!makeIt || s != nil || k.find(k.args[2]) != nil) {
		return err
	}
	start, err := groupStart(k.args[4], s)
	if err != nil {
		return err
	}
	if g != nil {
		return failure("BUSYGROUP Consumer Group name already exists")
	}
	if s == nil {
		if s, err = k.makeStream(k.args[2]); err != nil {
			return err
		}
	}
	s.Groups[k.args[3]] = stream.NewGroup(start, read)
	k.streamChanged(k.args[2], "xgroup-create")
	k.w.OK()
	return nil
}

func (k *call) xgroupSetID() error {
	_, read, err := k.groupOptions(k.args[5:], false)
	if err != nil {
		return err
	}
	s, g, err := k.xgroup()
	if err != nil {
		return err
	}
	if g == nil {
		return k.errNoGroup()
	}
	start, err := groupStart(k.args[4], s)
	if err != nil {
		return err
	}
	g.Last, g.Read = start, read
	k.streamChanged(k.args[2], "xgroup-setid")
	k.w.OK()
	return nil
}

func (k *call) xgroupDestroy() error {
	s, g, err := k.xgroup()
	if err != nil {
		return err
	}
	if g == nil {
		k.w.Int(0)
		return nil
	}
	delete(s.Groups, k.args[3])
	k.streamChanged(k.args[2], "xgroup-destroy")
	k.w.Int(1)
	return nil
}

func (k *call) xgroupCreateConsumer() error {
	_, g, err := k.xgroup()
	if err != nil {
		return err
	}
	if g == nil {
		return k.errNoGroup()
	}
	_, made := g.Consumer(k.args[4], k.now)
	k.w.Int(0)
	if made {
		k.w.Buf = k.w.Buf[:len(k.w.Buf)-len(":0\r\n")]
		k.w.Int(1)
		k.streamChanged(k.args[2], "xgroup-createconsumer")
	}
	return nil
}

func (k *call) xgroupDelConsumer() error {
	_, g, err := k.xgroup()
	if err != nil {
		return err
	}
	if g == nil {
		return k.errNoGroup()
	}
	there := g.Consumers[k.args[4]] != nil
	k.w.Int(int64(g.Remove(k.args[4])))
	if there {
		k.streamChanged(k.args[2], "xgroup-delconsumer")
	}
	return nil
}

func (k *call) ids(args []string) ([]stream.ID, error) {
	var out []stream.ID
	for _, a := range args {
		v, err := id(a, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (k *call) xack() error {
	s, err := k.stream(k.args[1])
	if err != nil {
		return err
	}
	if s == nil || s.Groups[k.args[2]] == nil {
		k.w.Int(0)
		return nil
	}
	ids, err := k.ids(k.args[3:])
	if err != nil {
		return err
	}
	n := int64(0)
	for _, v := range ids {
		if s.Groups[k.args[2]].Ack(v) {
			n++
		}
	}
	k.n.keys.changes += n
	k.w.Int(n)
	return nil
}

func (k *call) xpending() error {
	if len(k.args) == 3 {
		_, g, err := k.group(k.args[1], k.args[2])
		if err != nil {
			return err
		}
		k.pendingSummary(g)
		return nil
	}
	want, err := k.pendingOptions(k.args[3:])
	if err != nil {
		return err
	}
	_, g, err := k.group(k.args[1], k.args[2])
	if err != nil {
		return err
	}
	var list []*stream.Pending
	for _, p := range g.Pending(want.from, want.to) {
		if int64(len(list)) >= want.n {
			break
		}
		if k.idle(p) >= want.idle && (!want.hasOwner || p.Owner.Name == want.owner) {
			list = append(list, p)
		}
	}
	k.w.Array(len(list))
	for _, p := range list {
		k.w.Array(4)
		k.w.Bulk(p.ID.String())
		k.w.Bulk(p.Owner.Name)
		k.w.Int(k.idle(p))
		k.w.Int(p.Count)
	}
	return nil
}

// pendingFilter is what XPENDING lists.
type pendingFilter struct {
	idle, n  int64
	from, to stream.ID
	owner    string
	hasOwner bool
}

func (k *call) pendingOptions(rest []string) (f pendingFilter, err error) {
	if len(rest) > 1 && strings.EqualFold(rest[0], "IDLE") {
		if f.idle, err = integer(rest[1]); err != nil {
			return f, err
		}
		rest = rest[2:]
	}
	if len(rest) < 3 {
		return f, errSyntax
	}
	if f.n, err = integer(rest[2]); err != nil {
		return f, err
	}
	if f.from, err = rangeEnd(rest[0], true); err != nil {
		return f, err
	}
	if f.hasOwner = len(rest) > 3; f.hasOwner {
		f.owner = rest[3]
	}
	f.to, err = rangeEnd(rest[1], false)
	return f, err
}

// idle is how long ago a pending entry was delivered, in ms.
func (k *call) idle(p *stream.Pending) int64 {
	return max(0, int64(k.now.Sub(p.Delivered)/time.Millisecond))
}

func (k *call) pendingSummary(g *stream.Group) {
	all := g.Pending(stream.ID{}, stream.MaxID())
	k.w.Array(4)
	k.w.Int(int64(len(all)))
	if len(all) == 0 {
		k.w.Null()
		k.w.Null()
		k.w.NullArray()
		return
	}
	k.w.Bulk(all[0].ID.String())
	k.w.Bulk(all[len(all)-1].ID.String())
	members := slices.DeleteFunc(g.Members(), func(c *stream.Consumer) bool { return c.Owned == 0 })
	k.w.Array(len(members))
	for _, c := range members {
		k.w.Bulks([]string{c.Name, string(appendInt(nil, int64(c.Owned)))})
	}
}

// groupNames are the names of a stream's groups in order.
func groupNames(s *stream.Stream) []string { return slices.Sorted(maps.Keys(s.Groups)) }
