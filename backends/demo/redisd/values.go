package redisd

import (
	"maps"
	"slices"
	"sort"
	"strings"
)

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func valueHandlers() map[string]handler {
	return map[string]handler{
		"pfadd": (*call).pfadd, "pfcount": (*call).pfcount, "pfmerge": (*call).pfmerge,
		"sort": (*call).sort, "sort_ro": (*call).sort, "dump": (*call).dump, "restore": (*call).restore,
	}
}

// sorting are the options of SORT.
type sorting struct {
	by            string
	get           []string
	alpha, desc   bool
	store         string
	stores        bool
	offset, limit int64
	limited       bool
}

func (k *call) sorting() (s sorting, err error) {
	s.limit = -1
	o := options{args: k.args[2:]}
	for word, ok := o.next(); ok; word, ok = o.next() {
		switch {
		case word == "ASC":
			s.desc = false
		case word == "DESC":
			s.desc = true
		case word == "ALPHA":
			s.alpha = true
		case word == "LIMIT" && o.left() >= 2:
			if s.offset, err = o.integer(); err == nil {
				s.limit, err = o.integer()
			}
			if err != nil {
				return s, err
			}
			s.limited = true
		case word == "STORE" && o.left() >= 1 && k.cmd.name == "sort":
			s.store, _ = o.value()
			s.stores = true
		case word == "BY" && o.left() >= 1:
			s.by, _ = o.value()
		case word == "GET" && o.left() >= 1:
			v, _ := o.value()
			s.get = append(s.get, v)
		default:
			return s, errSyntax
		}
	}
	return s, nil
}

// sortable are the elements that SORT can take, in their order where they have one.
func (k *call) sortable() ([]string, error) {
	e := k.find(k.args[1])
	if e == nil {
		return nil, nil
	}
	switch e.kind {
	case kindList:
		list, err := k.list(e.name)
		return slices.Clone(list), err
	case kindSet:
		return k.n.engine.db(k.db.id).Members(e.name)
	case kindZSet:
		all, err := k.zset(e.name)
		var out []string
		for _, m := range all {
			out = append(out, m.member)
		}
		return out, err
	}
	return nil, errWrongType
}

// outside is the value that a pattern of BY or GET leads to: # is the element, the first * stands
// for it, key->field is a field of a hash.
func (k *call) outside(pattern, element string) (string, bool) {
	if pattern == "#" {
		return element, true
	}
	before, after, ok := strings.Cut(pattern, "*")
	if !ok {
		return "", false
	}
	key, field, isHash := after, "", false
	if i := strings.Index(after, "->"); i >= 0 && i+2 < len(after) {
		key, field, isHash = after[:i], after[i+2:], true
	}
	name := before + element + key
	if isHash {
		v, ok, err := k.field(name, field)
		return v, ok && err == nil
	}
	v, ok, err := k.text(name)
	return v, ok && err == nil
}

// weights orders elements for SORT.
func (k *call) order(s sorting, list []string) error {
	type weighed struct {
		element, text string
		number        float64
	}
	all := make([]weighed, len(list))
	for i, element := range list {
		w := weighed{element: element, text: element}
		if s.by != "" {
			w.text, _ = k.outside(s.by, element)
		}
		if !s.alpha && w.text != "" {
			v, err := float(w.text)
			if err != nil {
				return failure("ERR One or more scores can't be converted into double")
			}
			w.number = v
		}
		all[i] = w
	}
	less := func(a, b weighed) bool {
		switch {
		case s.alpha && a.text != b.text:
			return a.text < b.text
		case !s.alpha && a.number != b.number:
			return a.number < b.number
		}
		return a.element < b.element
	}
	sort.SliceStable(all, func(i, j int) bool {
		if s.desc {
			return less(all[j], all[i])
		}
		return less(all[i], all[j])
	})
	for i, w := range all {
		list[i] = w.element
	}
	return nil
}

func (k *call) sort() error {
	s, err := k.sorting()
	if err != nil {
		return err
	}
	list, err := k.sortable()
	if err != nil {
		return err
	}
	if s.by == "" || strings.Contains(s.by, "*") {
		if err := k.order(s, list); err != nil {
			return err
		}
	} else if s.desc && k.db.dict.names[k.args[1]] != nil && k.db.dict.names[k.args[1]].kind == kindZSet {
		slices.Reverse(list)
	}
	if s.limited {
		from := min(max(0, s.offset), int64(len(list)))
		list = list[from:]
		if s.limit >= 0 && s.limit < int64(len(list)) {
			list = list[:s.limit]
		}
	}
	if s.stores {
		return k.sortStore(s, list)
	}
	k.w.Array(len(list) * max(1, len(s.get)))
	for _, element := range list {
		if len(s.get) == 0 {
			k.w.Bulk(element)
		}
		for _, pattern := range s.get {
			k.bulkOrNull(k.outside(pattern, element))
		}
	}
	return nil
}

func (k *call) sortStore(s sorting, list []string) error {
	var out []string
	for _, element := range list {
		if len(s.get) == 0 {
			out = append(out, element)
		}
		for _, pattern := range s.get {
			v, _ := k.outside(pattern, element)
			out = append(out, v)
		}
	}
	if old := k.find(s.store); old != nil {
		k.n.removeKey(k.db, old)
		if len(out) == 0 {
			k.notify('g', "del", s.store)
		}
	}
	if len(out) > 0 {
		if _, err := k.n.engine.db(k.db.id).Push(s.store, out...); err != nil {
			return err
		}
		k.n.sync(k.db, s.store, true)
		k.notify('l', "sortstore", s.store)
	}
	k.w.Int(int64(len(out)))
	return nil
}

// lcs finds the longest common subsequence of two strings.
func (k *call) lcs() error {
	var wantLen, wantIdx, withLen bool
	shortest := int64(0)
	o := options{args: k.args[3:]}
	for word, ok := o.next(); ok; word, ok = o.next() {
		switch {
		case word == "LEN":
			wantLen = true
		case word == "IDX":
			wantIdx = true
		case word == "WITHMATCHLEN":
			withLen = true
		case word == "MINMATCHLEN" && o.left() > 0:
			v, err := o.integer()
			if err != nil {
				return err
			}
			shortest = max(0, v)
		default:
			return errSyntax
		}
	}
	if wantLen && wantIdx {
		return failure("ERR If you want both the length and indexes, please just use IDX.")
	}
	a, _, err := k.text(k.args[1])
	if err == nil {
		var b string
		if b, _, err = k.text(k.args[2]); err == nil {
			if len(a)*len(b) > maxString {
				return failure("ERR String too long for LCS")
			}
			k.lcsReply(a, b, wantLen, wantIdx, withLen, shortest)
			return nil
		}
	}
	return failure("ERR The specified keys must contain string values")
}

// run is a stretch that two strings have in common, with its first positions.
type stretch struct{ a, b, n int }

// common works out the longest common subsequence and its stretches, last first.
func common(a, b string) (string, []stretch) {
	width := len(b) + 1
	best := make([]uint32, (len(a)+1)*width)
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			if a[i-1] == b[j-1] {
				best[i*width+j] = best[(i-1)*width+j-1] + 1
			} else {
				best[i*width+j] = max(best[(i-1)*width+j], best[i*width+j-1])
			}
		}
	}
	out := make([]byte, best[len(best)-1])
	var runs []stretch
	for i, j, n := len(a), len(b), len(out); i > 0 && j > 0; {
		switch {
		case a[i-1] == b[j-1]:
			i, j, n = i-1, j-1, n-1
			out[n] = a[i]
			if last := len(runs) - 1; last >= 0 && runs[last].a == i+1 && runs[last].b == j+1 {
				runs[last] = stretch{i, j, runs[last].n + 1}
			} else {
				runs = append(runs, stretch{i, j, 1})
			}
		case best[(i-1)*width+j] > best[i*width+j-1]:
			i--
		default:
			j--
		}
	}
	return string(out), runs
}

func (k *call) lcsReply(a, b string, wantLen, wantIdx, withLen bool, shortest int64) {
	text, runs := common(a, b)
	switch {
	case wantLen:
		k.w.Int(int64(len(text)))
		return
	case !wantIdx:
		k.w.Bulk(text)
		return
	}
	runs = slices.DeleteFunc(runs, func(r stretch) bool { return int64(r.n) < shortest })
	k.w.Map(2)
	k.w.Bulk("matches")
	k.w.Array(len(runs))
	for _, r := range runs {
		parts := 2
		if withLen {
			parts = 3
		}
		k.w.Array(parts)
		for _, from := range []int{r.a, r.b} {
			k.w.Array(2)
			k.w.Int(int64(from))
			k.w.Int(int64(from + r.n - 1))
		}
		if withLen {
			k.w.Int(int64(r.n))
		}
	}
	k.w.Bulk("len")
	k.w.Int(int64(len(text)))
}
