package redisd

import "math/bits"

func bitHandlers() map[string]handler {
	return map[string]handler{"bitcount": (*call).bitcount, "bitpos": (*call).bitpos}
}

// bitRange is a part of a string in bits.
type bitRange struct {
	from, to int64 // half open
	open     bool  // no end was given
}

// bitRange reads "[start [end [BYTE|BIT]]]".
func (k *call) bitRange(args []string, n int) (r bitRange, err error) {
	start, stop, unit := int64(0), int64(-1), int64(8)
	r.open = len(args) < 2
	if len(args) > 0 {
		if start, err = integer(args[0]); err != nil {
			return r, err
		}
	}
	if len(args) > 1 {
		if stop, err = integer(args[1]); err != nil {
			return r, err
		}
	}
	if len(args) > 2 {
		switch upper(args[2]) {
		case "BIT":
			unit = 1
		case "BYTE":
		default:
			return r, errSyntax
		}
	}
	if len(args) > 3 {
		return r, errSyntax
	}
	total := int64(n) * 8 / unit
	if start < 0 && stop < 0 && start > stop {
		return r, nil
	}
	if start < 0 {
		start = max(0, start+total)
	}
	if stop < 0 {
		stop = max(0, stop+total)
	}
	if stop = min(stop, total-1); start <= stop {
		r.from, r.to = start*unit, (stop+1)*unit
	}
	return r, nil
}

func (k *call) bitcount() error {
	if len(k.args) == 3 {
		return errSyntax
	}
	v, _, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	r, err := k.bitRange(k.args[2:], len(v))
	if err != nil {
		return err
	}
	n := 0
	for i := r.from; i < r.to; {
		if i%8 == 0 && i+8 <= r.to {
			n += bits.OnesCount8(v[i/8])
			i += 8
			continue
		}
		n += int(bit(v, i))
		i++
	}
	k.w.Int(int64(n))
	return nil
}

func bit(s string, i int64) byte { return s[i/8] >> (7 - i%8) & 1 }

func (k *call) bitpos() error {
	want, err := integer(k.args[2])
	if err != nil {
		return err
	}
	if want != 0 && want != 1 {
		return failure("ERR The bit argument must be 1 or 0.")
	}
	v, there, err := k.text(k.args[1])
	if err != nil {
		return err
	}
	r, err := k.bitRange(k.args[3:], len(v))
	if err != nil {
		return err
	}
	if !there {
		k.w.Int(-want)
		return nil
	}
	for i := r.from; i < r.to; i++ {
		if int64(bit(v, i)) == want {
			k.w.Int(i)
			return nil
		}
	}
	if want == 0 && r.open && r.to > r.from {
		k.w.Int(r.to) // a string goes on with zeros
	} else {
		k.w.Int(-1)
	}
	return nil
}
