package redisd

import "bustop/backends/demo/redisd/internal/stream"

func (k *call) xtrim() error {
	var a addOptions
	o := options{args: k.args[2:]}
	for word, ok := o.next(); ok; word, ok = o.next() {
		var err error
		switch {
		case (word == "MAXLEN" || word == "MINID") && o.left() > 0:
			err = a.trimOption(word, &o)
		case word == "LIMIT" && o.left() > 0:
			err = a.limitOption(&o)
		default:
			return errSyntax
		}
		if err != nil {
			return err
		}
	}
	if !a.trimmed {
		return failure("ERR syntax error, XTRIM must be called with MAXLEN or MINID")
	}
	if err := a.check(); err != nil {
		return err
	}
	s, err := k.stream(k.args[1])
	if err != nil || s == nil {
		k.w.Int(0)
		return err
	}
	n := s.Trim(a.trim)
	if n > 0 {
		k.streamChanged(k.args[1], "xtrim")
	}
	k.w.Int(int64(n))
	return nil
}

func (k *call) xsetid() error {
	last, err := id(k.args[2], 0)
	if err != nil {
		return err
	}
	added, deleted, err := setIDOptions(last, options{args: k.args[3:]})
	if err != nil {
		return err
	}
	s, err := k.stream(k.args[1])
	switch {
	case err != nil:
		return err
	case s == nil:
		return errNoKey
	case s.Len() > 0 && last.Compare(s.Newest()) < 0:
		return failure("ERR The ID specified in XSETID is smaller than the target stream top item")
	case s.Len() > 0 && added >= 0 && added < int64(s.Len()):
		return failure("ERR The entries_added specified in XSETID is smaller than the target stream length")
	}
	s.Last = last
	if added >= 0 {
		s.Added = uint64(added)
	}
	if !deleted.IsZero() {
		s.MaxDeleted = deleted
	}
	k.streamChanged(k.args[1], "xsetid")
	k.w.OK()
	return nil
}

// setIDOptions reads ENTRIESADDED, -1 without it, and MAXDELETEDID.
func setIDOptions(last stream.ID, o options) (added int64, deleted stream.ID, err error) {
	added = -1
	for word, ok := o.next(); ok; word, ok = o.next() {
		switch {
		case word == "ENTRIESADDED" && o.left() > 0:
			if added, err = o.integer(); err == nil && added < 0 {
				err = failure("ERR entries_added must be positive")
			}
		case word == "MAXDELETEDID" && o.left() > 0:
			v, _ := o.value()
			if deleted, err = id(v, 0); err == nil && last.Compare(deleted) < 0 {
				err = failure("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
			}
		default:
			err = errSyntax
		}
		if err != nil {
			return added, deleted, err
		}
	}
	return added, deleted, nil
}

func (k *call) xdel() error {
	ids := make([]stream.ID, 0, len(k.args)-2)
	s, err := k.stream(k.args[1])
	if err != nil || s == nil {
		k.w.Int(0)
		return err
	}
	for _, a := range k.args[2:] {
		v, err := id(a, 0)
		if err != nil {
			return err
		}
		ids = append(ids, v)
	}
	n := int64(0)
	for _, v := range ids {
		if s.Delete(v) {
			n++
		}
	}
	if n > 0 {
		k.streamChanged(k.args[1], "xdel")
	}
	k.w.Int(n)
	return nil
}
