package decoders

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Search finds the first node, from index from on in the order of the payload, whose key or value
// contains query without regard to case, or whose path ends as the query says. It does not begin
// again at the root: search on from i+1 for the next, and from 0 after the last.
//
// A path is made of keys and indexes: items[3].price, ["a.b"].c, items[*].sku. A leading $ means the
// root: $.id is not $.user.id. Tags, CBOR inside bytes and the chunks of a string are no steps.
//
// Text is searched whole, bytes as text and as hex digits, other scalars as Value writes them.
func (t *Tree) Search(query string, from int) (i int, ok bool) {
	t.search(query, from, func(found int) bool {
		i, ok = found, true
		return false
	})
	return i, ok
}

// SearchAll finds the first most nodes that Search would find one after the other, in one pass.
func (t *Tree) SearchAll(query string, most int) []int {
	var all []int
	t.search(query, 0, func(found int) bool {
		if len(all) < most {
			all = append(all, found)
		}
		return len(all) < most
	})
	return all
}

// search calls found for the nodes from index from on, until that returns false.
func (t *Tree) search(query string, from int, found func(i int) bool) {
	if query == "" {
		return
	}
	f := finder{t: t, query: []byte(strings.ToLower(query)), ascii: isASCII([]byte(query))}
	f.steps, f.rooted = parsePath(query)
	if d, err := hex.DecodeString(strings.TrimSuffix(strings.TrimPrefix(query, "h'"), "'")); err == nil && len(d) > 1 {
		f.bytes = d
	}
	var stack []int // the nodes that node i is in
	for i := range t.nodes {
		for len(stack) > 0 && t.End(stack[len(stack)-1]) <= i {
			stack = stack[:len(stack)-1]
		}
		if i >= from && (f.matchPath(i, stack) || f.matchKey(i) || f.matchValue(i)) && !found(i) {
			return
		}
		if t.End(i) > i+1 {
			stack = append(stack, i)
		}
	}
}

// step is one part of a path.
type step struct {
	key   string
	index int
	kind  stepKind
}

type stepKind uint8

const (
	stepKey stepKind = iota
	stepIndex
	stepAny // *
	stepAnyIndex
)

// parsePath reads a path; nil when query is none. A single name is none: it is a text to look for.
func parsePath(query string) (steps []step, rooted bool) {
	rest := query
	if strings.HasPrefix(rest, "$") && len(rest) > 1 {
		rest, rooted = rest[1:], true
	}
	for first := true; rest != ""; first = false {
		var s step
		var ok bool
		switch {
		case rest[0] == '[':
			s, rest, ok = bracket(rest)
		case rest[0] == '.':
			s, rest, ok = dotted(rest[1:])
		case first && !rooted:
			s, rest, ok = dotted(rest)
		}
		if !ok {
			return nil, false
		}
		steps = append(steps, s)
	}
	if len(steps) == 1 && !rooted && steps[0].kind == stepKey && !strings.HasPrefix(query, "[") {
		return nil, false
	}
	return steps, rooted
}

// dotted reads a name up to the next "." or "[".
func dotted(s string) (step, string, bool) {
	end := strings.IndexAny(s, ".[")
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		return step{}, "", false
	}
	if s[:end] == "*" {
		return step{kind: stepAny}, s[end:], true
	}
	return step{key: s[:end]}, s[end:], true
}

// bracket reads [3], [*] or ["name"].
func bracket(s string) (step, string, bool) {
	if strings.HasPrefix(s, `["`) {
		quoted, err := strconv.QuotedPrefix(s[1:])
		if err != nil {
			return step{}, "", false
		}
		rest, closed := strings.CutPrefix(s[1+len(quoted):], "]")
		name, err := strconv.Unquote(quoted)
		return step{key: name}, rest, closed && err == nil
	}
	inside, rest, ok := strings.Cut(s[1:], "]")
	if !ok {
		return step{}, "", false
	}
	if inside == "*" {
		return step{kind: stepAnyIndex}, rest, true
	}
	n, err := strconv.Atoi(inside)
	return step{index: n, kind: stepIndex}, rest, err == nil && n >= 0
}

// finder is one search.
type finder struct {
	t      *Tree
	query  []byte // in lower case
	ascii  bool
	steps  []step
	rooted bool
	bytes  []byte // the query when it is hex digits
	room   []byte
}

// matchPath reports whether the path of node i, which is in the nodes of stack, ends with the steps.
func (f *finder) matchPath(i int, stack []int) bool {
	if len(f.steps) == 0 {
		return false
	}
	left := len(f.steps)
	for at := len(stack); ; i = stack[at] {
		if at > 0 && f.t.isStep(i, stack[at-1]) {
			if left == 0 {
				return false // rooted, and not at the root yet
			}
			left--
			if !f.matchStep(f.steps[left], i) {
				return false
			}
		} else if left == len(f.steps) {
			return false // a tag's content has the path of the tag
		}
		if left == 0 && !f.rooted {
			return true
		}
		if at--; at < 0 {
			return left == 0
		}
	}
}

// isStep reports whether a node, a child of parent, has a key or an index of its own.
func (t *Tree) isStep(i, parent int) bool {
	switch t.nodes[i].role() {
	case roleValue, roleEntry:
		return true
	case roleItem:
		return !t.chunked(&t.nodes[parent])
	default:
		return false
	}
}

func (f *finder) matchStep(s step, i int) bool {
	n := &f.t.nodes[i]
	if n.role() == roleItem {
		switch s.kind {
		case stepIndex:
			return int(n.ref) == s.index
		case stepKey:
			return s.key == strconv.Itoa(int(n.ref)) || f.t.names != nil && strings.EqualFold(f.t.name(i), s.key)
		default:
			return true
		}
	}
	switch s.kind {
	case stepAny:
		return true
	case stepAnyIndex:
		return false
	case stepIndex:
		s.key = strconv.Itoa(s.index) // the key 3 of a map
	default:
	}
	if n.role() != roleValue {
		return strings.EqualFold(f.t.Key(i), s.key)
	}
	if key, ok := f.t.keyText(i); ok {
		return strings.EqualFold(string(key), s.key)
	}
	return strings.EqualFold(f.t.keyLabel(i), s.key) || f.t.names != nil && strings.EqualFold(f.t.name(i), s.key)
}

func (f *finder) matchKey(i int) bool {
	n := &f.t.nodes[i]
	if n.role() == roleValue {
		key, ok := f.t.keyText(i)
		if !ok {
			key = []byte(f.t.keyLabel(i))
		}
		if f.contains(key) {
			return true
		}
	}
	return f.t.names != nil && f.contains([]byte(f.t.name(i)))
}

func (f *finder) matchValue(i int) bool {
	n := &f.t.nodes[i]
	switch n.kind {
	case kindText:
		s, _ := f.t.text(i, 0)
		return f.contains(s)
	case kindBytes, kindExt:
		if n.flags&flagInside != 0 {
			return false
		}
		s := f.t.raw(i, 0)
		if f.contains(s) || f.bytes != nil && bytes.Contains(s, f.bytes) {
			return true
		}
		if n.kind == kindBytes {
			return false
		}
		f.room = f.t.appendValue(f.room[:0], i, 0)
		return f.contains(f.room)
	case kindArray, kindMap, kindSeq, kindEntry:
		return false
	case kindObject:
		return f.contains(f.t.raw(i, 0))
	case kindTag:
		said, ok := f.t.appendMeaning(f.room[:0], i)
		f.room = said
		return ok && f.contains(said)
	default:
		f.room = f.t.appendValue(f.room[:0], i, 0)
		return f.contains(f.room) || f.t.names != nil && f.contains([]byte(f.t.note(i)))
	}
}

// contains reports whether s contains the query, the case of letters aside.
func (f *finder) contains(s []byte) bool {
	q := f.query
	if !f.ascii {
		return bytes.Contains(bytes.ToLower(s), q)
	}
	for len(s) >= len(q) {
		at := indexFold(s[:len(s)-len(q)+1], q[0])
		if at < 0 {
			return false
		}
		if foldASCII(s[at:at+len(q)], q) {
			return true
		}
		s = s[at+1:]
	}
	return false
}

// indexFold finds a letter, given in lower case, in either case.
func indexFold(s []byte, c byte) int {
	if c < 'a' || c > 'z' {
		return bytes.IndexByte(s, c)
	}
	for i, b := range s {
		if b|0x20 == c {
			return i
		}
	}
	return -1
}

// foldASCII compares s with q, which is in lower case and ASCII.
func foldASCII(s, q []byte) bool {
	for i, c := range s {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != q[i] || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
