package decoders

// tuple makes a tuple of the n values on top.
func (r *pickleReader) tuple(s pickleStep, n int) {
	if len(r.stack) < n {
		r.underflow(s)
		return
	}
	items := r.stack[len(r.stack)-n:]
	for _, v := range items {
		if r.values[v].kind == kindBreak {
			r.underflow(s)
			return
		}
	}
	t, ok := r.make(int(r.values[items[0]].start), s.end, kindArray, facet{form: formTuple})
	if !ok {
		return
	}
	for _, v := range items {
		r.hang(t, v, partItem)
	}
	r.stack = append(r.stack[:len(r.stack)-n], t)
}

// marked makes a container of what is above the mark.
func (r *pickleReader) marked(s pickleStep) {
	start, items, ok := r.toMark(s)
	if !ok {
		return
	}
	f, k := facet{form: formList}, kindArray
	switch s.code {
	case 't':
		f.form = formTuple
	case 'd':
		f.form, k = formDict, kindMap
		if len(items)%2 == 1 {
			r.underflow(s)
			return
		}
	case 0x91:
		f.form = formFrozenSet
	}
	v, ok := r.make(start, s.end, k, f)
	if !ok {
		return
	}
	for _, item := range items {
		r.hang(v, item, partItem)
	}
	r.stack = append(r.stack, v)
}

// put puts what is on top into the container below it.
func (r *pickleReader) put(s pickleStep) {
	n := 1
	pairs := s.code == 's' || s.code == 'u'
	var items []uint32
	switch s.code {
	case 's':
		n = 2
		fallthrough
	case 'a':
		if len(r.stack) <= n {
			r.underflow(s)
			return
		}
		items = r.stack[len(r.stack)-n:]
		r.stack = r.stack[:len(r.stack)-n]
	default:
		var ok bool
		if _, items, ok = r.toMark(s); !ok {
			return
		}
	}
	if len(r.stack) == 0 || pairs && len(items)%2 == 1 || r.top().kind == kindBreak || !r.into(r.stack[len(r.stack)-1], items, pairs) {
		r.underflow(s)
		return
	}
	r.top().end = uint32(s.end)
}

// into hangs items into a container; an object or a reference gets a part for them.
func (r *pickleReader) into(to uint32, items []uint32, pairs bool) bool {
	for _, v := range items {
		if r.values[v].kind == kindBreak {
			return false
		}
	}
	p := &r.values[to]
	switch p.kind {
	case kindArray:
		if pairs {
			return false
		}
	case kindMap:
		if !pairs {
			return false
		}
	case kindObject, kindRef:
		as, k, f := partItems, kindArray, formList
		if pairs {
			as, k, f = partEntries, kindMap, formDict
		}
		if len(items) == 0 {
			return true
		}
		if p.last == 0 || r.values[p.last].part != as {
			v, ok := r.make(int(r.values[items[0]].start), int(r.values[items[0]].end), k, facet{form: f})
			if !ok {
				return true
			}
			r.hang(to, v, as)
		}
		to = r.values[to].last
	default:
		return false
	}
	for _, v := range items {
		r.hang(to, v, partItem)
	}
	return true
}

// hang makes v the last child of a value.
func (r *pickleReader) hang(to, v uint32, as part) {
	p := &r.values[to]
	r.values[v].part = as
	if p.first == 0 {
		p.first = v
	} else {
		r.values[p.last].next = v
	}
	p.last = v
	p.end = max(p.end, r.values[v].end)
}
