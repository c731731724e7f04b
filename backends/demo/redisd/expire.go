package redisd

import (
	"math"
	"strings"
	"time"
)

func expiryHandlers() map[string]handler {
	return map[string]handler{
		"expire":      func(k *call) error { return k.expire(time.Second, false) },
		"pexpire":     func(k *call) error { return k.expire(time.Millisecond, false) },
		"expireat":    func(k *call) error { return k.expire(time.Second, true) },
		"pexpireat":   func(k *call) error { return k.expire(time.Millisecond, true) },
		"persist":     (*call).persist,
		"ttl":         func(k *call) error { return k.ttl(time.Second, false) },
		"pttl":        func(k *call) error { return k.ttl(time.Millisecond, false) },
		"expiretime":  func(k *call) error { return k.ttl(time.Second, true) },
		"pexpiretime": func(k *call) error { return k.ttl(time.Millisecond, true) },
	}
}

// moment works out a Unix time in ms from a number of seconds or milliseconds, as a time or from
// now on.
func (k *call) moment(word string, unit time.Duration, absolute bool) (int64, error) {
	v, err := integer(word)
	if err != nil {
		return 0, err
	}
	if unit == time.Second {
		if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
			return 0, errExpire(k.cmd.name)
		}
		v *= 1000
	}
	if absolute {
		return v, nil
	}
	now := k.now.UnixMilli()
	if v > math.MaxInt64-now {
		return 0, errExpire(k.cmd.name)
	}
	return v + now, nil
}

func (k *call) expire(unit time.Duration, absolute bool) error {
	at, err := k.moment(k.args[2], unit, absolute)
	if err != nil {
		return err
	}
	has := map[string]bool{}
	for _, a := range k.args[3:] {
		switch o := strings.ToUpper(a); o {
		case "NX", "XX", "GT", "LT":
			has[o] = true
		default:
			return failure("ERR Unsupported option " + a)
		}
	}
	switch {
	case has["NX"] && (has["XX"] || has["GT"] || has["LT"]):
		return failure("ERR NX and XX, GT or LT options at the same time are not compatible")
	case has["GT"] && has["LT"]:
		return failure("ERR GT and LT options at the same time are not compatible")
	}
	e := k.find(k.args[1])
	if e == nil || !mayExpire(e.expire, at, has) {
		k.w.Int(0)
		return nil
	}
	k.w.Int(1)
	if at <= k.now.UnixMilli() {
		k.n.removeKey(k.db, e)
		k.notify('g', "del", e.name)
		return nil
	}
	k.n.keys.setExpire(k.db, e, at)
	k.n.touch(k.db, e.name)
	k.notify('g', "expire", e.name)
	return nil
}

// mayExpire applies the conditions of EXPIRE. No expiry counts as an infinite one.
func mayExpire(old, at int64, has map[string]bool) bool {
	switch {
	case has["NX"] && old != 0, has["XX"] && old == 0:
		return false
	case has["GT"] && (old == 0 || at <= old):
		return false
	case has["LT"] && old != 0 && at >= old:
		return false
	}
	return true
}

func (k *call) persist() error {
	e := k.find(k.args[1])
	if e == nil || e.expire == 0 {
		k.w.Int(0)
		return nil
	}
	k.n.keys.setExpire(k.db, e, 0)
	k.n.touch(k.db, e.name)
	k.notify('g', "persist", e.name)
	k.w.Int(1)
	return nil
}

func (k *call) ttl(unit time.Duration, absolute bool) error {
	e := k.find(k.args[1])
	switch {
	case e == nil:
		k.w.Int(-2)
	case e.expire == 0:
		k.w.Int(-1)
	default:
		ms := e.expire
		if !absolute {
			ms = max(0, ms-k.now.UnixMilli())
		}
		if unit == time.Second {
			ms = (ms + 500) / 1000
		}
		k.w.Int(ms)
	}
	return nil
}
