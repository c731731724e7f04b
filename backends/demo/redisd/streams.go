package redisd

import (
	"math"
	"strings"

	"bustop/backends/demo/redisd/internal/stream"
)

func streamHandlers() map[string]handler {
	return map[string]handler{
		"xadd": (*call).xadd, "xlen": (*call).xlen, "xrange": (*call).xrange, "xrevrange": (*call).xrange, "xdel": (*call).xdel,
		"xtrim": (*call).xtrim, "xsetid": (*call).xsetid, "xread": (*call).xread, "xreadgroup": (*call).xread,
		"xack": (*call).xack, "xpending": (*call).xpending, "xclaim": (*call).xclaim, "xautoclaim": (*call).xautoclaim,
		"xgroup|create": (*call).xgroupCreate, "xgroup|setid": (*call).xgroupSetID, "xgroup|destroy": (*call).xgroupDestroy,
		"xgroup|createconsumer": (*call).xgroupCreateConsumer, "xgroup|delconsumer": (*call).xgroupDelConsumer,
		"xinfo|stream": (*call).xinfoStream, "xinfo|groups": (*call).xinfoGroups, "xinfo|consumers": (*call).xinfoConsumers,
	}
}

// stream is the stream of a key, nil when there is none.
func (k *call) stream(name string) (*stream.Stream, error) {
	e, err := k.typed(name, kindStream)
	if err != nil || e == nil {
		return nil, err
	}
	return e.stream, nil
}

// makeStream makes an empty stream at a key that is not there.
func (k *call) makeStream(name string) (*stream.Stream, error) {
	if err := k.n.engine.placeholder(k.db.id, name); err != nil {
		return nil, err
	}
	e := k.n.sync(k.db, name, true)
	if e == nil {
		return nil, errInternal
	}
	e.stream = &stream.Stream{Groups: map[string]*stream.Group{}}
	return e.stream, nil
}

// streamChanged notes that the stream of a key is another one.
func (k *call) streamChanged(name, event string) {
	k.n.modified(k.db, k.db.dict.names[name])
	k.notify('t', event, name)
}

// id reads a stream ID; an incomplete one gets the sequence number.
func id(word string, seq uint64) (stream.ID, error) {
	v, ok := stream.ParseID(word, seq)
	if !ok {
		return stream.ID{}, errStreamID
	}
	return v, nil
}

// addOptions are those of XADD before the fields, and of XTRIM.
type addOptions struct {
	noMake  bool
	trimmed bool
	limited bool
	trim    stream.Trim
}

// trimOption reads "MAXLEN|MINID [=|~] threshold" after its first word.
func (a *addOptions) trimOption(word string, o *options) error {
	if a.trimmed {
		return failure("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
	}
	a.trimmed, a.trim.ByID = true, word == "MINID"
	v, err := o.value()
	if err == nil && o.left() > 0 && (v == "~" || v == "=") {
		a.trim.Approx = v == "~"
		v, err = o.value()
	}
	if err != nil {
		return err
	}
	if a.trim.ByID {
		a.trim.MinID, err = id(v, 0)
		return err
	}
	n, err := integer(v)
	if err != nil {
		return err
	}
	if n < 0 {
		return failure("ERR The MAXLEN argument must be >= 0.")
	}
	a.trim.MaxLen = int(n)
	return nil
}

func (a *addOptions) limitOption(o *options) error {
	n, err := o.integer()
	if err != nil {
		return err
	}
	if n < 0 {
		return failure("ERR The LIMIT argument must be >= 0.")
	}
	a.limited, a.trim.Limit = true, int(n)
	return nil
}

func (a *addOptions) check() error {
	switch {
	case a.limited && !a.trimmed:
		return failure("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
	case a.limited && !a.trim.Approx:
		return failure("ERR syntax error, LIMIT cannot be used without the special ~ option")
	case a.trim.Approx && !a.limited:
		a.trim.Limit = 100 * 100 // hundred nodes, as Redis does
	}
	return nil
}

// addOptions reads the options of XADD and returns what follows them.
func (k *call) addOptions(args []string) (a addOptions, rest []string, err error) {
	o := options{args: args}
	for o.left() > 0 {
		word, _ := o.next()
		switch {
		case word == "NOMKSTREAM":
			a.noMake = true
		case (word == "MAXLEN" || word == "MINID") && o.left() > 0:
			err = a.trimOption(word, &o)
		case word == "LIMIT" && o.left() > 0:
			err = a.limitOption(&o)
		default:
			return a, args[o.at-1:], a.check()
		}
		if err != nil {
			return a, nil, err
		}
	}
	return a, nil, a.check()
}

func (k *call) xadd() error {
	a, rest, err := k.addOptions(k.args[2:])
	if err != nil {
		return err
	}
	if len(rest) < 3 || len(rest)%2 == 0 {
		return errArity(k.cmd.name)
	}
	given, err := entryID(rest[0])
	if err != nil {
		return err
	}
	name := k.args[1]
	s, err := k.stream(name)
	if err != nil {
		return err
	}
	last := stream.ID{}
	if s != nil {
		last = s.Last
	}
	if s == nil && a.noMake {
		k.w.Null()
		return nil
	}
	next, err := given.resolve(last, uint64(k.now.UnixMilli()))
	if err != nil {
		return err
	}
	if s == nil {
		if s, err = k.makeStream(name); err != nil {
			return err
		}
	}
	s.Add(next, append([]string(nil), rest[1:]...))
	k.streamChanged(name, "xadd")
	if a.trimmed && s.Trim(a.trim) > 0 {
		k.notify('t', "xtrim", name)
	}
	k.w.Bulk(next.String())
	return nil
}

// givenID is the ID argument of XADD.
type givenID struct {
	auto    bool // *
	autoSeq bool // ms-*
	id      stream.ID
}

func entryID(word string) (g givenID, err error) {
	if word == "*" {
		return givenID{auto: true}, nil
	}
	if ms, ok := strings.CutSuffix(word, "-*"); ok {
		g.autoSeq, word = true, ms
	}
	if g.id, err = id(word, 0); err != nil {
		return g, err
	}
	if !g.autoSeq && g.id.IsZero() {
		return g, failure("ERR The ID specified in XADD must be greater than 0-0")
	}
	return g, nil
}

// resolve works out the ID of a new entry.
func (g givenID) resolve(last stream.ID, now uint64) (stream.ID, error) {
	const small = failure("ERR The ID specified in XADD is equal or smaller than the target stream top item")
	if last == stream.MaxID() {
		return last, failure("ERR The stream has exhausted the last possible ID, unable to add more items")
	}
	next := g.id
	switch {
	case g.auto && now > last.MS:
		next = stream.ID{MS: now}
	case g.auto:
		next, _ = last.Next()
	case g.autoSeq && g.id.MS == last.MS:
		if last.Seq == math.MaxUint64 {
			return next, small
		}
		next = stream.ID{MS: last.MS, Seq: last.Seq + 1}
	}
	if next.Compare(last) <= 0 {
		return next, small
	}
	return next, nil
}

func (k *call) xlen() error {
	s, err := k.stream(k.args[1])
	if err != nil {
		return err
	}
	if s == nil {
		k.w.Int(0)
	} else {
		k.w.Int(int64(s.Len()))
	}
	return nil
}

// rangeEnd reads an end of a range: an ID, ( before it to leave it out, - or +.
func rangeEnd(word string, low bool) (stream.ID, error) {
	open := strings.HasPrefix(word, "(")
	word = strings.TrimPrefix(word, "(")
	var v stream.ID
	switch {
	case word == "-" && !open:
		return v, nil
	case word == "+" && !open:
		return stream.MaxID(), nil
	}
	seq := uint64(0)
	if !low {
		seq = math.MaxUint64
	}
	v, err := id(word, seq)
	if err != nil || !open {
		return v, err
	}
	ok := false
	if low {
		if v, ok = v.Next(); !ok {
			return v, failure("ERR invalid start ID for the interval")
		}
		return v, nil
	}
	if v, ok = v.Prev(); !ok {
		return v, failure("ERR invalid end ID for the interval")
	}
	return v, nil
}

func (k *call) xrange() error {
	rev := k.cmd.name == "xrevrange"
	low, high := k.args[2], k.args[3]
	if rev {
		low, high = high, low
	}
	from, err := rangeEnd(low, true)
	if err != nil {
		return err
	}
	to, err := rangeEnd(high, false)
	if err != nil {
		return err
	}
	limit := -1
	o := options{args: k.args[4:]}
	for word, ok := o.next(); ok; word, ok = o.next() {
		if word != "COUNT" {
			return errSyntax
		}
		n, err := o.integer()
		if err != nil {
			return err
		}
		limit = int(max(0, n))
	}
	s, err := k.stream(k.args[1])
	switch {
	case err != nil:
		return err
	case s == nil:
		k.w.Array(0)
	case limit == 0:
		k.w.NullArray()
	case rev:
		k.entries(s.RevRange(from, to, limit))
	default:
		k.entries(s.Range(from, to, limit))
	}
	return nil
}

// entries writes entries as [ID, [name, value, …]].
func (k *call) entries(list []stream.Entry) {
	k.w.Array(len(list))
	for _, e := range list {
		k.entry(e)
	}
}

func (k *call) entry(e stream.Entry) {
	k.w.Array(2)
	k.w.Bulk(e.ID.String())
	k.w.Bulks(e.Fields)
}
