package redis

import "strings"

const (
	// shapeSamples keys of a shape are looked at before the shape is believed to be uniform.
	shapeSamples = 20
	// shapeShare is the part of a uniform shape's keys that is looked at in each pass; after as
	// many passes each of its keys has been.
	shapeShare = 16
	// maxShapes bounds the table; names of further shapes are all looked at.
	maxShapes = 10_000
)

// shape is what is known of the keys whose names have one form: "user:#:cart".
type shape struct {
	seen int
	// dull says that every key so far was of a type and content that no listing shows.
	dull bool
}

// shapes lets the walker skip keys that are alike without ever missing one for good.
type shapes map[string]*shape

// skip reports whether a key need not be looked at in this pass.
func (s shapes) skip(name, form string, pass uint32) bool {
	return s.dull(form) && (hash(name)+pass)%shapeShare != 0
}

// dull reports whether enough keys of a form were looked at and none was of interest.
func (s shapes) dull(form string) bool {
	known := s[form]
	return known != nil && known.dull && known.seen >= shapeSamples
}

// saw records what a look at a key of a form showed.
func (s shapes) saw(form string, dull bool) {
	known := s[form]
	if known == nil {
		if len(s) >= maxShapes {
			return
		}
		known = &shape{dull: true}
		s[form] = known
	}
	known.seen = min(known.seen+1, shapeSamples)
	known.dull = known.dull && dull
}

// fold replaces each run of hexadecimal digits and dashes that holds a decimal digit by '#', so
// that numbers, hashes and UUIDs look alike.
func fold(name string) string {
	var out strings.Builder
	for i := 0; i < len(name); {
		end, digits := i, false
		for end < len(name) && isHex(name[end]) {
			digits = digits || name[end] <= '9' && name[end] != '-'
			end++
		}
		switch {
		case end == i:
			out.WriteByte(name[i])
			end++
		case digits:
			out.WriteByte('#')
		default:
			out.WriteString(name[i:end])
		}
		i = end
	}
	return out.String()
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
