package redisd

import (
	"encoding/binary"
	"hash/crc64"
	"math"
	"slices"

	"bustop/backends/demo/redisd/internal/stream"
)

// The types of values in a dump, as in RDB files of version 10: the plain ones, which every
// Redis reads. Streams have a form of our own, under a number that Redis does not use.
const (
	dumpString = 0
	dumpList   = 1
	dumpSet    = 2
	dumpHash   = 4
	dumpZSet   = 5
	dumpStream = 200
	rdbVersion = 10
)

const errBadDump = failure("ERR Bad data format")

// dumper writes the parts of a dump.
type dumper struct{ b []byte }

// size writes a length: 6, 14, 32 or 64 bits.
func (d *dumper) size(n int) {
	switch {
	case n < 1<<6:
		d.b = append(d.b, byte(n))
	case n < 1<<14:
		d.b = append(d.b, 0x40|byte(n>>8), byte(n))
	default:
		d.b = append(d.b, 0x80)
		d.b = binary.BigEndian.AppendUint32(d.b, uint32(n))
	}
}

// text writes a string; integers of up to 32 bits have a short form.
func (d *dumper) text(s string) {
	if v, err := integer(s); err == nil && len(s) <= 11 {
		switch {
		case v >= math.MinInt8 && v <= math.MaxInt8:
			d.b = append(d.b, 0xc0, byte(v))
			return
		case v >= math.MinInt16 && v <= math.MaxInt16:
			d.b = binary.LittleEndian.AppendUint16(append(d.b, 0xc1), uint16(v))
			return
		case v >= math.MinInt32 && v <= math.MaxInt32:
			d.b = binary.LittleEndian.AppendUint32(append(d.b, 0xc2), uint32(v))
			return
		}
	}
	d.size(len(s))
	d.b = append(d.b, s...)
}

func (d *dumper) texts(list []string) {
	d.size(len(list))
	for _, s := range list {
		d.text(s)
	}
}

func (d *dumper) number(v uint64) { d.b = binary.BigEndian.AppendUint64(d.b, v) }

func (d *dumper) id(v stream.ID) { d.number(v.MS); d.number(v.Seq) }

// checksum is the CRC-64 of Jones, without inversion, as Redis takes it.
func checksum(b []byte) uint64 {
	return ^crc64.Update(math.MaxUint64, crc64.MakeTable(0x95ac9329ac4bc9b5), b)
}

func (k *call) dump() error {
	e := k.find(k.args[1])
	if e == nil {
		k.w.Null()
		return nil
	}
	var d dumper
	if err := k.dumpValue(&d, e); err != nil {
		return err
	}
	d.b = binary.LittleEndian.AppendUint16(d.b, rdbVersion)
	d.b = binary.LittleEndian.AppendUint64(d.b, checksum(d.b))
	k.w.Bulk(string(d.b))
	return nil
}

// dumpValue writes type and value. What has no order of its own is sorted, so that equal values
// have equal dumps.
func (k *call) dumpValue(d *dumper, e *entry) error {
	db := k.n.engine.db(k.db.id)
	switch e.kind {
	case kindString:
		v, err := db.Get(e.name)
		d.b = append(d.b, dumpString)
		d.text(v)
		return err
	case kindList:
		list, err := db.List(e.name)
		d.b = append(d.b, dumpList)
		d.texts(list)
		return err
	case kindSet:
		list, err := db.Members(e.name)
		d.b = append(d.b, dumpSet)
		d.texts(list)
		return err
	case kindHash:
		names, err := db.HKeys(e.name)
		d.b = append(d.b, dumpHash)
		d.size(len(names))
		for _, f := range names {
			d.text(f)
			d.text(db.HGet(e.name, f))
		}
		return err
	case kindZSet:
		all, err := k.zset(e.name)
		d.b = append(d.b, dumpZSet)
		d.size(len(all))
		for _, m := range all {
			d.text(m.member)
			d.b = binary.LittleEndian.AppendUint64(d.b, math.Float64bits(m.score))
		}
		return err
	}
	d.b = append(d.b, dumpStream)
	d.stream(e.stream)
	return nil
}

// stream writes everything that reading or acknowledging would change.
func (d *dumper) stream(s *stream.Stream) {
	d.id(s.Last)
	d.id(s.MaxDeleted)
	d.number(s.Added)
	all := s.Range(stream.ID{}, stream.MaxID(), -1)
	d.size(len(all))
	for _, e := range all {
		d.id(e.ID)
		d.texts(e.Fields)
	}
	d.size(len(s.Groups))
	for _, name := range groupNames(s) {
		g := s.Groups[name]
		d.text(name)
		d.id(g.Last)
		d.number(uint64(g.Read))
		members := g.Members()
		d.size(len(members))
		for _, c := range members {
			d.text(c.Name)
			d.number(uint64(c.Seen.UnixMilli()))
		}
		pending := g.Pending(stream.ID{}, stream.MaxID())
		d.size(len(pending))
		for _, p := range pending {
			d.id(p.ID)
			d.text(p.Owner.Name)
			d.number(uint64(p.Delivered.UnixMilli()))
			d.number(uint64(p.Count))
		}
	}
}

// restoring are the options of RESTORE.
type restoring struct {
	replace, absolute bool
	at                int64 // expiry in Unix ms, 0 for none
}

func (k *call) restoring() (r restoring, err error) {
	o := options{args: k.args[4:]}
	for word, ok := o.next(); ok; word, ok = o.next() {
		switch {
		case word == "REPLACE":
			r.replace = true
		case word == "ABSTTL":
			r.absolute = true
		case (word == "IDLETIME" || word == "FREQ") && o.left() > 0:
			if v, err := o.integer(); err != nil || v < 0 {
				return r, failure("ERR Invalid " + word + " value, must be >= 0")
			}
		default:
			return r, errSyntax
		}
	}
	if !r.replace && k.find(k.args[1]) != nil {
		return r, failure("BUSYKEY Target key name already exists.")
	}
	if r.at, err = integer(k.args[2]); err != nil {
		return r, err
	}
	if r.at < 0 {
		return r, failure("ERR Invalid TTL value, must be >= 0")
	}
	if r.at > 0 && !r.absolute {
		r.at += k.now.UnixMilli()
	}
	return r, nil
}

func (k *call) restore() error {
	r, err := k.restoring()
	if err != nil {
		return err
	}
	body, ok := checkDump(k.args[3])
	if !ok {
		return failure("ERR DUMP payload version or checksum are wrong")
	}
	load, ok := parseDump(body)
	if !ok {
		return errBadDump
	}
	old := k.find(k.args[1])
	if old != nil {
		k.n.removeKey(k.db, old)
	}
	if r.at > 0 && r.at <= k.now.UnixMilli() {
		if old != nil {
			k.notify('g', "del", k.args[1])
		}
		k.w.OK()
		return nil
	}
	if err := load(k, k.args[1]); err != nil {
		return err
	}
	if e := k.db.dict.names[k.args[1]]; e != nil && r.at > 0 {
		k.n.keys.setExpire(k.db, e, r.at)
	}
	k.notify('g', "restore", k.args[1])
	k.w.OK()
	return nil
}

// checkDump returns the type and value of a dump whose version and checksum are right.
func checkDump(s string) ([]byte, bool) {
	if len(s) < 11 {
		return nil, false
	}
	b := []byte(s)
	foot := len(b) - 10
	sum := binary.LittleEndian.Uint64(b[foot+2:])
	if binary.LittleEndian.Uint16(b[foot:]) > rdbVersion || sum != 0 && sum != checksum(b[:foot+2]) {
		return nil, false
	}
	return b[:foot], true
}

// loader puts a value at a key that is not there.
type loader func(k *call, name string) error

// undumper reads the parts of a dump; bad is set when they are not right.
type undumper struct {
	b   []byte
	bad bool
}

func (u *undumper) take(n int) []byte {
	if u.bad || n < 0 || n > len(u.b) {
		u.bad = true
		return make([]byte, min(max(n, 0), 16))
	}
	out := u.b[:n]
	u.b = u.b[n:]
	return out
}

func (u *undumper) size() int {
	first := u.take(1)[0]
	switch first >> 6 {
	case 0:
		return int(first)
	case 1:
		return int(first&0x3f)<<8 | int(u.take(1)[0])
	case 2:
		if first == 0x80 {
			return int(binary.BigEndian.Uint32(u.take(4)))
		}
	}
	u.bad = true
	return 0
}

func (u *undumper) text() string {
	if len(u.b) > 0 && u.b[0]>>6 == 3 {
		switch kind := u.take(1)[0]; kind {
		case 0xc0:
			return string(appendInt(nil, int64(int8(u.take(1)[0]))))
		case 0xc1:
			return string(appendInt(nil, int64(int16(binary.LittleEndian.Uint16(u.take(2))))))
		case 0xc2:
			return string(appendInt(nil, int64(int32(binary.LittleEndian.Uint32(u.take(4))))))
		}
		u.bad = true
		return ""
	}
	n := u.size()
	if n > len(u.b) {
		u.bad = true
		return ""
	}
	return string(u.take(n))
}

func (u *undumper) texts(each int) []string {
	n := u.size() * each
	var out []string
	for range n {
		if u.bad {
			return nil
		}
		out = append(out, u.text())
	}
	return out
}

func (u *undumper) number() uint64 { return binary.BigEndian.Uint64(u.take(8)) }

func (u *undumper) id() stream.ID { return stream.ID{MS: u.number(), Seq: u.number()} }

// parseDump reads a value of the types that dump writes.
func parseDump(b []byte) (loader, bool) {
	if len(b) == 0 {
		return nil, false
	}
	u := &undumper{b: b[1:]}
	var load loader
	switch b[0] {
	case dumpString:
		v := u.text()
		load = func(k *call, name string) error { _, err := k.store(name, v, false); return err }
	case dumpList:
		list := u.texts(1)
		load = fill(list, func(k *call, name string) error { _, err := k.n.engine.db(k.db.id).Push(name, list...); return err })
	case dumpSet:
		list := u.texts(1)
		load = fill(list, func(k *call, name string) error { _, err := k.n.engine.db(k.db.id).SetAdd(name, list...); return err })
	case dumpHash:
		list := u.texts(2)
		load = fill(list, func(k *call, name string) error { k.n.engine.db(k.db.id).HSet(name, list...); return nil })
	case dumpZSet:
		load = u.zset()
	case dumpStream:
		load = u.stream()
	default:
		return nil, false
	}
	return load, load != nil && !u.bad && len(u.b) == 0
}

// fill loads a collection, nil when it is empty: there are no empty ones.
func fill(list []string, put loader) loader {
	if len(list) == 0 {
		return nil
	}
	return func(k *call, name string) error {
		if err := put(k, name); err != nil {
			return err
		}
		if e := k.n.sync(k.db, name, true); e != nil {
			e.outgrow(list)
		}
		return nil
	}
}

func (u *undumper) zset() loader {
	var list []string
	var scores []float64
	for n := u.size(); n > 0 && !u.bad; n-- {
		list = append(list, u.text())
		scores = append(scores, math.Float64frombits(binary.LittleEndian.Uint64(u.take(8))))
	}
	if slices.ContainsFunc(scores, math.IsNaN) {
		return nil
	}
	return fill(list, func(k *call, name string) error {
		for i, m := range list {
			if _, err := k.n.engine.db(k.db.id).ZAdd(name, scores[i], m); err != nil {
				return err
			}
		}
		return nil
	})
}
