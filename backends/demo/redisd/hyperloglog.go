package redisd

import "bustop/backends/demo/redisd/internal/hll"

const errNotHLL = failure("WRONGTYPE Key is not a valid HyperLogLog string value.")

// sketch is the HyperLogLog of a key, nil when the key is not there.
func (k *call) sketch(name string) (*hll.Sketch, error) {
	v, ok, err := k.text(name)
	if err != nil || !ok {
		return nil, err
	}
	s, ok := hll.Parse(v)
	if !ok {
		return nil, errNotHLL
	}
	return s, nil
}

func (k *call) pfadd() error {
	s, err := k.sketch(k.args[1])
	if err != nil {
		return err
	}
	changed := s == nil
	if s == nil {
		s = hll.New()
	}
	for _, a := range k.args[2:] {
		changed = s.Add(a) || changed
	}
	if !changed {
		k.w.Int(0)
		return nil
	}
	if err := k.keepSketch(s); err != nil {
		return err
	}
	k.w.Int(1)
	return nil
}

// keepSketch stores the HyperLogLog of the first key.
func (k *call) keepSketch(s *hll.Sketch) error {
	e, err := k.store(k.args[1], s.String(), true)
	if err != nil {
		return err
	}
	e.raw = true
	k.notify('$', "pfadd", e.name)
	return nil
}

func (k *call) pfcount() error {
	if len(k.args) > 2 {
		all := hll.New()
		for _, name := range k.args[1:] {
			s, err := k.sketch(name)
			if err != nil {
				return err
			}
			if s != nil {
				all.Merge(s)
			}
		}
		k.w.Int(all.Count())
		return nil
	}
	s, err := k.sketch(k.args[1])
	if err != nil || s == nil {
		k.w.Int(0)
		return err
	}
	n, fresh := s.Cached()
	if !fresh {
		// The count is kept in the value, as Redis does, which counts as a change.
		n = s.Count()
		if _, err := k.store(k.args[1], s.String(), true); err != nil {
			return err
		}
	}
	k.w.Int(n)
	return nil
}

func (k *call) pfmerge() error {
	all := hll.New()
	for _, name := range k.args[1:] {
		s, err := k.sketch(name)
		if err != nil {
			return err
		}
		if s != nil {
			all.Merge(s)
		}
	}
	if err := k.keepSketch(all); err != nil {
		return err
	}
	k.w.OK()
	return nil
}
