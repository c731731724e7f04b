package redisd

import "math"

// guard refuses what the engine would do without bounds, in Redis' words where those exist.
func guard(name string, args []string) error {
	switch name {
	case "setbit", "getbit":
		v, err := integer(args[2])
		if err != nil || v < 0 || v >= maxString*8 {
			return failure("ERR bit offset is not an integer or out of range")
		}
	case "decrby":
		if args[2] == "-9223372036854775808" {
			return failure("ERR decrement would overflow")
		}
	case "srandmember":
		if len(args) < 3 {
			return nil
		}
		v, err := integer(args[2])
		if err != nil {
			return err
		}
		if v < -maxPicks || v > math.MaxInt32 {
			return failure("ERR value is out of range")
		}
	}
	return nil
}

// appendString is APPEND within the bounds of a string.
func (k *call) appendString() error {
	old, ok, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	if len(old)+len(k.args[2]) > maxString {
		return errTooLong
	}
	e, err := k.store(k.args[1], old+k.args[2], ok)
	if err != nil {
		return err
	}
	e.raw = ok
	k.notify('$', "append", e.name)
	k.w.Int(int64(len(old) + len(k.args[2])))
	return nil
}
