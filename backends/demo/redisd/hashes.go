package redisd

import (
	"math"
	"strconv"
)

func hashHandlers() map[string]handler {
	return map[string]handler{
		"hincrby": (*call).hincrby, "hincrbyfloat": (*call).hincrbyfloat,
		"smove": (*call).smove, "spop": (*call).spop,
	}
}

// field is the value of a hash field and whether it is there.
func (k *call) field(name, field string) (string, bool, error) {
	e, err := k.typed(name, kindHash)
	if err != nil || e == nil {
		return "", false, err
	}
	reply := k.n.engine.run(k.db.id, false, "HEXISTS", name, field)
	return k.n.engine.db(k.db.id).HGet(name, field), string(reply) == ":1\r\n", nil
}

// setField sets a hash field and tells of it.
func (k *call) setField(event, value string) {
	k.n.engine.db(k.db.id).HSet(k.args[1], k.args[2], value)
	if e := k.n.sync(k.db, k.args[1], false); e != nil {
		e.outgrow([]string{k.args[2], value})
		k.arrange(e, []string{k.args[2], value})
	}
	k.notify('h', event, k.args[1])
}

func (k *call) hincrby() error {
	add, err := integer(k.args[3])
	if err != nil {
		return err
	}
	old, ok, err := k.field(k.args[1], k.args[2])
	if err != nil {
		return err
	}
	var v int64
	if ok {
		if v, err = integer(old); err != nil {
			return failure("ERR hash value is not an integer")
		}
	}
	if add < 0 && v < math.MinInt64-add || add > 0 && v > math.MaxInt64-add {
		return errOverflow
	}
	k.setField("hincrby", strconv.FormatInt(v+add, 10))
	k.w.Int(v + add)
	return nil
}

func (k *call) hincrbyfloat() error {
	if _, err := longDouble(k.args[3]); err != nil {
		if err == errInfinity { //nolint:errorlint // never wrapped
			err = failure("ERR value is NaN or Infinity")
		}
		return err
	}
	old, ok, err := k.field(k.args[1], k.args[2])
	if err != nil {
		return err
	}
	if !ok {
		old = "0"
	}
	sum, err := addFloats(old, k.args[3], failure("ERR hash value is not a float"))
	if err != nil {
		return err
	}
	k.setField("hincrbyfloat", sum)
	k.w.Bulk(sum)
	return nil
}

func (k *call) smove() error {
	from, err := k.typed(k.args[1], kindSet)
	if err != nil {
		return err
	}
	to, err := k.typed(k.args[2], kindSet)
	if err != nil {
		return err
	}
	db, member := k.n.engine.db(k.db.id), k.args[3]
	if from != nil {
		if in, err := db.IsMember(from.name, member); err != nil || !in {
			from = nil
		}
	}
	if from == nil {
		k.w.Int(0)
		return nil
	}
	k.w.Int(1)
	if k.args[1] == k.args[2] {
		return nil
	}
	had := false
	if to != nil {
		if had, err = db.IsMember(to.name, member); err != nil {
			return err
		}
	}
	if _, err := db.SRem(from.name, member); err != nil {
		return err
	}
	gone := k.n.sync(k.db, k.args[1], false) == nil
	k.notify('s', "srem", k.args[1])
	if gone {
		k.notify('g', "del", k.args[1])
	}
	if had {
		return nil
	}
	if _, err := db.SetAdd(k.args[2], member); err != nil {
		return err
	}
	if e := k.n.sync(k.db, k.args[2], false); e != nil {
		e.outgrow([]string{member})
	}
	k.notify('s', "sadd", k.args[2])
	return nil
}

func (k *call) spop() error {
	if len(k.args) > 3 {
		return errSyntax
	}
	if len(k.args) == 3 {
		if _, err := count(k.args[2]); err != nil {
			return err
		}
	}
	e, err := k.typed(k.args[1], kindSet)
	switch {
	case err != nil:
		return err
	case e == nil && len(k.args) == 3:
		k.w.Set(0)
		return nil
	case e == nil:
		k.w.Null()
		return nil
	}
	reply := k.n.engine.run(k.db.id, k.w.V3, k.args...)
	k.w.RawSet(reply)
	if !filled.happened(reply) {
		return nil
	}
	gone := k.n.sync(k.db, k.args[1], false) == nil
	k.notify('s', "spop", k.args[1])
	if gone {
		k.notify('g', "del", k.args[1])
	}
	return nil
}
