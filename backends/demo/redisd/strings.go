package redisd

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// maxString is the longest string, in bytes. Redis' own limit is 512 MB, which is too much for a
// server inside another program.
const maxString = 64 << 20

func stringHandlers() map[string]handler {
	return map[string]handler{
		"get": (*call).get, "set": (*call).set, "setex": (*call).setex, "psetex": (*call).setex,
		"getex": (*call).getex, "getdel": (*call).getdel, "getset": (*call).getset, "incrbyfloat": (*call).incrbyfloat,
		"getrange": (*call).getrange, "setrange": (*call).setrange, "lcs": (*call).lcs, "bitfield": (*call).bitfield,
		"bitfield_ro": (*call).bitfield, "substr": (*call).getrange,
	}
}

// text is the value of a string key, and whether it is there.
func (k *call) text(name string) (string, bool, error) {
	e, err := k.typed(name, kindString)
	if err != nil || e == nil {
		return "", false, err
	}
	v, err := k.n.engine.db(k.db.id).Get(name)
	return v, err == nil, err
}

// store sets a string key and returns its entry. Keep leaves the expiry.
func (k *call) store(name, value string, keep bool) (*entry, error) {
	if e := k.find(name); e != nil && e.kind != kindString {
		k.n.engine.db(k.db.id).Del(name)
	}
	if err := k.n.engine.db(k.db.id).Set(name, value); err != nil {
		return nil, err
	}
	e := k.n.sync(k.db, name, !keep)
	if e == nil {
		return nil, errInternal
	}
	return e, nil
}

func (k *call) get() error {
	v, ok, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	k.bulkOrNull(v, ok)
	return nil
}

func (k *call) bulkOrNull(v string, ok bool) {
	if ok {
		k.w.Bulk(v)
	} else {
		k.w.Null()
	}
}

// setOptions are those of SET and GETEX.
type setOptions struct {
	nx, xx, get, keep, persist bool
	expire                     int64 // Unix ms
	timed                      bool
}

func (k *call) setOptions(args []string, allowed string) (s setOptions, err error) {
	o := options{args: args}
	for word, ok := o.next(); ok; word, ok = o.next() {
		if !strings.Contains(allowed, " "+word+" ") {
			return s, errSyntax
		}
		switch word {
		case "NX":
			s.nx = true
		case "XX":
			s.xx = true
		case "GET":
			s.get = true
		case "KEEPTTL":
			s.keep = true
		case "PERSIST":
			s.persist = true
		default:
			if s.timed {
				return s, errSyntax
			}
			value, err := o.value()
			if err != nil {
				return s, err
			}
			if s.expire, err = k.setMoment(word, value); err != nil {
				return s, err
			}
			s.timed = true
		}
	}
	if s.nx && s.xx || s.timed && (s.keep || s.persist) {
		return s, errSyntax
	}
	return s, nil
}

// setMoment reads the value of EX, PX, EXAT or PXAT.
func (k *call) setMoment(option, value string) (int64, error) {
	unit := time.Second
	if option[0] == 'P' {
		unit = time.Millisecond
	}
	v, err := integer(value)
	if err != nil {
		return 0, err
	}
	if v <= 0 {
		return 0, errExpire(k.cmd.name)
	}
	return k.moment(value, unit, strings.HasSuffix(option, "AT"))
}

func (k *call) set() error {
	s, err := k.setOptions(k.args[3:], " NX XX GET KEEPTTL EX PX EXAT PXAT ")
	if err != nil {
		return err
	}
	name := k.args[1]
	e := k.find(name)
	if s.get {
		v, ok, err := k.text(name)
		if err != nil {
			return err
		}
		k.bulkOrNull(v, ok)
	}
	if s.nx && e != nil || s.xx && e == nil {
		if !s.get {
			k.w.Null()
		}
		return nil
	}
	if e, err = k.store(name, k.args[2], s.keep); err != nil {
		return err
	}
	k.notify('$', "set", name)
	if s.timed {
		k.timed(e, s.expire)
	}
	if !s.get {
		k.w.OK()
	}
	return nil
}

// timed gives a key an expiry and tells of it.
func (k *call) timed(e *entry, at int64) {
	k.n.keys.setExpire(k.db, e, at)
	k.notify('g', "expire", e.name)
}

func (k *call) setex() error {
	option := "EX"
	if k.cmd.name == "psetex" {
		option = "PX"
	}
	at, err := k.setMoment(option, k.args[2])
	if err != nil {
		return err
	}
	e, err := k.store(k.args[1], k.args[3], false)
	if err != nil {
		return err
	}
	k.notify('$', "set", e.name)
	k.timed(e, at)
	k.w.OK()
	return nil
}

func (k *call) getex() error {
	s, err := k.setOptions(k.args[2:], " PERSIST EX PX EXAT PXAT ")
	if err != nil {
		return err
	}
	v, ok, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	k.bulkOrNull(v, ok)
	e := k.find(k.args[1])
	switch {
	case e == nil:
	case s.timed && s.expire <= k.now.UnixMilli():
		k.delete(e)
	case s.timed:
		k.timed(e, s.expire)
		k.n.touch(k.db, e.name)
	case s.persist && e.expire != 0:
		k.n.keys.setExpire(k.db, e, 0)
		k.n.touch(k.db, e.name)
		k.notify('g', "persist", e.name)
	}
	return nil
}

func (k *call) getdel() error {
	v, ok, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	k.bulkOrNull(v, ok)
	if ok {
		k.delete(k.find(k.args[1]))
	}
	return nil
}

func (k *call) getset() error {
	v, ok, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	if _, err := k.store(k.args[1], k.args[2], false); err != nil {
		return err
	}
	k.notify('$', "set", k.args[1])
	k.bulkOrNull(v, ok)
	return nil
}

func (k *call) getrange() error {
	start, err := integer(k.args[2])
	if err != nil {
		return err
	}
	end, err := integer(k.args[3])
	if err != nil {
		return err
	}
	v, _, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	n := int64(len(v))
	if start < 0 && end < 0 && start > end {
		k.w.Bulk("")
		return nil
	}
	if start < 0 {
		start = max(0, n+start)
	}
	if end < 0 {
		end = max(0, n+end)
	}
	if end = min(end, n-1); start > end || n == 0 {
		k.w.Bulk("")
		return nil
	}
	k.w.Bulk(v[start : end+1])
	return nil
}

func (k *call) setrange() error {
	offset, err := integer(k.args[2])
	if err != nil {
		return err
	}
	if offset < 0 {
		return failure("ERR offset is out of range")
	}
	old, ok, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	patch := k.args[3]
	if patch == "" {
		k.w.Int(int64(len(old)))
		return nil
	}
	if offset > maxString-int64(len(patch)) {
		return errTooLong
	}
	b := make([]byte, max(len(old), int(offset)+len(patch)))
	copy(b, old)
	copy(b[offset:], patch)
	e, err := k.store(k.args[1], string(b), ok)
	if err != nil {
		return err
	}
	e.raw = true
	k.notify('$', "setrange", e.name)
	k.w.Int(int64(len(b)))
	return nil
}

// incrbyfloat adds with 64 bits of mantissa, as C's long double has, and prints as %.17Lf
// without trailing zeros.
func (k *call) incrbyfloat() error {
	old, ok, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	if !ok {
		old = "0"
	}
	sum, err := addFloats(old, k.args[2], errNotFloat)
	if err != nil {
		return err
	}
	e, err := k.store(k.args[1], sum, true)
	if err != nil {
		return err
	}
	k.notify('$', "incrbyfloat", e.name)
	k.w.Bulk(sum)
	return nil
}

func addFloats(old, add string, wrong error) (string, error) {
	a, err := longDouble(old)
	b, wrongAdd := longDouble(add)
	switch {
	case err == errInfinity || wrongAdd == errInfinity: //nolint:errorlint // never wrapped
		return "", errInfinity
	case err != nil:
		return "", wrong
	case wrongAdd != nil:
		return "", errNotFloat
	}
	sum := new(big.Float).SetPrec(64).Add(a, b)
	if f, _ := sum.Float64(); math.IsInf(f, 0) {
		return "", errInfinity
	}
	s := sum.Text('f', 17)
	s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		s = "0"
	}
	return s, nil
}

func longDouble(s string) (*big.Float, error) {
	if v, err := float(s); err != nil || len(s) > 256 {
		return nil, errNotFloat
	} else if math.IsInf(v, 0) {
		return nil, errInfinity
	}
	if strings.ContainsAny(s, "xXpP") {
		v, err := strconv.ParseFloat(s, 64)
		return new(big.Float).SetPrec(64).SetFloat64(v), err
	}
	v, _, err := big.ParseFloat(s, 10, 64, big.ToNearestEven)
	return v, err
}
