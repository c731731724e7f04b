package redis

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

const (
	// shapeSamples keys of a shape are looked at before the shape is believed to be uniform.
	shapeSamples = 20
	// shapeShare is the part of a uniform shape's keys that is looked at in each pass; after as
	// many passes each of its keys has been. mixedShare is that of a shape in which rarely a key
	// is another thing than the rest.
	shapeShare, mixedShare = 16, 4
	// provenShare is that of a uniform shape of which very many keys were looked at.
	provenShare = 64
	// rareLooks and rareOdd: of so many keys looked at less than one in rareOdd was odd.
	rareLooks, rareOdd = 1000, 100
	// maxShapes and maxForms bound the tables; what is beyond is counted as the shape "*".
	maxShapes, maxForms = 10_000, 20_000
	// maxWords is how many different words stand at one place of a name before the place is
	// taken to be a variable.
	maxWords = 256
	// maxExamples names of a shape are kept, none of them longer than maxExample bytes.
	maxExamples, maxExample = 3, 256
	// sizeSamples keys of a shape are weighed in each pass.
	sizeSamples = 5
)

// verdict is what a look at a key showed.
type verdict struct {
	typ   string
	match profile.Match
}

// same reports whether two keys are the same part of the same thing.
func (v verdict) same(o verdict) bool {
	return v.typ == o.typ && v.match.Profile == o.match.Profile && v.match.Key == o.match.Key
}

// shape is what is known of the keys whose names have one form: "user:#:cart".
type shape struct {
	form string
	// count and weighed are those of the present pass, last is the count of the last complete one.
	count, last int64
	weighed     int
	// looks of all passes; odd are those that showed something else than most.
	looks, odd int
	most       verdict
	types      map[string]int
	bytes, of  int64 // the sum of the sizes and how many were weighed
	// lives are the least and greatest time to live in milliseconds; forever and expiring are how
	// many keys looked at never expire, or do. All are of the last pass that looked: times run down.
	shortest, longest int64
	forever, expiring int
	old               bool // the lives are those of the pass before
	examples          []string
}

// settled reports whether enough keys were looked at to believe that the rest is alike.
func (s *shape) settled() bool { return s.looks >= shapeSamples && s.odd == 0 }

// due reports whether a key is to be looked at in this pass.
func (s *shape) due(name string, pass uint32) bool {
	switch {
	case s.looks < shapeSamples:
		return true
	case s.odd == 0 && s.looks > rareLooks:
		return (hash(name)+pass)%provenShare == 0
	case s.odd == 0:
		return (hash(name)+pass)%shapeShare == 0
	case s.looks > rareLooks && s.odd*rareOdd < s.looks:
		return (hash(name)+pass)%mixedShare == 0
	}
	return true
}

// saw records what a look showed.
func (s *shape) saw(v verdict) {
	if s.looks == 0 {
		s.most = v
	}
	s.looks++
	if s.types == nil {
		s.types = map[string]int{}
	}
	s.types[v.typ]++
	if !s.most.same(v) {
		s.odd++
	}
}

// lives records a time to live, PTTL's answer.
func (s *shape) lives(left int64) {
	if s.old {
		s.shortest, s.longest, s.forever, s.expiring, s.old = 0, 0, 0, 0, false
	}
	switch {
	case left == -1:
		s.forever++
	case left >= 0:
		if s.expiring == 0 || left < s.shortest {
			s.shortest = left
		}
		s.longest = max(s.longest, left)
		s.expiring++
	}
}

// take adds what is known of another shape that has become the same.
func (s *shape) take(o *shape) {
	s.count, s.last, s.weighed = s.count+o.count, s.last+o.last, s.weighed+o.weighed
	if s.looks == 0 {
		s.most = o.most
	}
	s.odd += o.odd
	if !s.most.same(o.most) {
		s.odd += o.looks - o.odd
	}
	s.looks += o.looks
	for typ, n := range o.types {
		if s.types == nil {
			s.types = map[string]int{}
		}
		s.types[typ] += n
	}
	s.bytes, s.of = s.bytes+o.bytes, s.of+o.of
	if o.expiring > 0 && (s.expiring == 0 || o.shortest < s.shortest) {
		s.shortest = o.shortest
	}
	s.longest = max(s.longest, o.longest)
	s.forever, s.expiring = s.forever+o.forever, s.expiring+o.expiring
	s.examples = append(s.examples, o.examples...)
	s.examples = s.examples[:min(len(s.examples), maxExamples)]
}

// shapes folds the names of a keyspace into a table that stays small however many keys there are.
type shapes struct {
	mu sync.Mutex
	// byForm are the shapes; folded is where a folded name belongs, a cache.
	byForm map[string]*shape
	folded map[string]*shape
	// words are those that stood behind a prefix of a form, nil when there were too many.
	words map[string]map[string]struct{}
	buf   []byte
}

func newShapes() *shapes {
	s := &shapes{}
	s.clear()
	return s
}

func (s *shapes) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byForm, s.folded, s.words = map[string]*shape{}, map[string]*shape{}, map[string]map[string]struct{}{}
}

// begin starts to count anew, end closes a complete pass: shapes of which nothing was seen are gone.
func (s *shapes) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sh := range s.byForm {
		sh.count, sh.weighed, sh.old = 0, 0, true
	}
}

func (s *shapes) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.folded)
	for form, sh := range s.byForm {
		if sh.last = sh.count; sh.count == 0 {
			delete(s.byForm, form)
		}
	}
}

// of returns the shape of a name; the caller holds mu.
func (s *shapes) of(name string) *shape {
	s.buf = fold(s.buf[:0], name)
	if sh := s.folded[string(s.buf)]; sh != nil {
		return sh
	}
	folded := string(s.buf)
	form := s.form(folded)
	sh := s.byForm[form]
	if sh == nil {
		if len(s.byForm) >= maxShapes {
			form = "*"
		}
		if sh = s.byForm[form]; sh == nil {
			sh = &shape{form: form}
			s.byForm[form] = sh
		}
	}
	if len(s.folded) >= maxForms {
		clear(s.folded)
	}
	s.folded[folded] = sh
	return sh
}

// form replaces words by "*" at places where many different ones have been seen.
func (s *shapes) form(folded string) string {
	prefix := ""
	for rest := folded; ; {
		end := strings.IndexAny(rest, separators)
		word, separator := rest, ""
		if end >= 0 {
			word, separator = rest[:end], rest[end:end+1]
		}
		if s.wide(prefix, word, separator) {
			word = "*"
		}
		prefix += word + separator
		if end < 0 {
			return prefix
		}
		rest = rest[end+1:]
	}
}

// wide notes a word behind a prefix, before a separator, and reports whether there have been too
// many. Words that end names are counted apart from those in front of others.
func (s *shapes) wide(prefix, word, separator string) bool {
	if word == "#" {
		return false
	}
	place := prefix + "\x00" + separator
	seen, known := s.words[place]
	switch {
	case known && seen == nil:
		return true
	case !known:
		if len(s.words) >= maxForms || len(prefix) > maxExample {
			return true
		}
		seen = map[string]struct{}{}
		s.words[place] = seen
	}
	if _, ok := seen[word]; ok {
		return false
	}
	if len(seen) < maxWords && len(word) <= maxExample {
		seen[word] = struct{}{}
		return false
	}
	s.widen(prefix, separator)
	return true
}

// widen makes a place of a form variable: the shapes that differ there become one.
func (s *shapes) widen(prefix, separator string) {
	clear(s.folded)
	for place := range s.words {
		if _, differs := variable(place, prefix, separator); differs && separator != "" {
			delete(s.words, place)
		}
	}
	s.words[prefix+"\x00"+separator] = nil
	for form, sh := range maps.Clone(s.byForm) {
		wider, differs := variable(form, prefix, separator)
		if !differs {
			continue
		}
		delete(s.byForm, form)
		if into := s.byForm[wider]; into != nil {
			into.take(sh)
		} else {
			sh.form = wider
			s.byForm[wider] = sh
		}
	}
}

// separators divide a name into words.
const separators = ":/.|"

// variable replaces the word behind a prefix and before a separator by "*"; false when there is
// none, or none that could be replaced.
func variable(form, prefix, separator string) (string, bool) {
	rest, under := strings.CutPrefix(form, prefix)
	if !under {
		return "", false
	}
	end := strings.IndexAny(rest, separators)
	switch {
	case end < 0 && separator == "":
		end = len(rest)
	case end < 0 || !strings.HasPrefix(rest[end:], separator) || separator == "":
		return "", false
	}
	if word := rest[:end]; word == "*" || word == "#" {
		return "", false
	}
	return prefix + "*" + rest[end:], true
}

// seen counts a key and returns its shape; the caller holds mu.
func (s *shapes) seen(name string) *shape {
	sh := s.of(name)
	sh.count++
	if len(sh.examples) < maxExamples && len(name) <= maxExample && !slices.Contains(sh.examples, name) {
		sh.examples = append(sh.examples, name)
	}
	return sh
}

// list returns the shapes as they are shown, in the order of their forms.
func (s *shapes) list() []backends.KeyShape {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]backends.KeyShape, 0, len(s.byForm))
	for _, form := range slices.Sorted(maps.Keys(s.byForm)) {
		out = append(out, s.byForm[form].show())
	}
	return out
}

func (s *shape) show() backends.KeyShape {
	n := max(s.count, s.last)
	k := backends.KeyShape{
		Form: s.form, Count: backends.Count{Value: n, Certainty: backends.About}, Looks: s.looks,
		Examples: slices.Clone(s.examples), Never: s.forever, Expiring: s.expiring,
	}
	if s.of > 0 {
		k.Bytes = backends.Count{Value: s.bytes / s.of * n, Certainty: backends.About}
	}
	if s.expiring > 0 {
		k.Shortest = backends.ExactSpan(time.Duration(s.shortest) * time.Millisecond)
		k.Longest = backends.ExactSpan(time.Duration(s.longest) * time.Millisecond)
	}
	for _, typ := range slices.Sorted(maps.Keys(s.types)) {
		k.Types = append(k.Types, backends.NamedCount{Name: typ, Count: backends.ExactCount(int64(s.types[typ]))})
	}
	if m := s.most.match; m.Is() {
		k.Profile, k.Library, k.Use, k.Decode = m.Profile.Name, m.Profile.Library, string(m.Profile.Kind), m.Key.Decode
		if m.Key.Part != profile.Row {
			k.Role = m.Key.Role
		}
	}
	return k
}

// fold appends a name with each run of hexadecimal digits and dashes that holds a decimal digit
// replaced by '#', so that numbers, hashes and UUIDs look alike.
func fold(out []byte, name string) []byte {
	for i := 0; i < len(name); {
		end, digits := i, false
		for end < len(name) && isHex(name[end]) {
			digits = digits || name[end] <= '9' && name[end] != '-'
			end++
		}
		switch {
		case end == i:
			out = append(out, name[i])
			end++
		case digits:
			out = append(out, '#')
		default:
			out = append(out, name[i:end]...)
		}
		i = end
	}
	return out
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' || c == '-'
}

// hash is FNV-1a (datatracker.ietf.org/doc/html/draft-eastlake-fnv).
func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
