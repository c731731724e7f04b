package spans

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// scan is a Search made ready for one segment. It holds the search against each text and each
// operation of the segment once, so that a record costs a look at its numbers.
type scan struct {
	in         *segment
	conditions []scanned
	// never says that no record of the segment can fit.
	never bool
}

// scanned is a condition made ready.
type scanned struct {
	*condition
	// ops says for each operation whether its name, scope, service, kind or resource fits.
	ops []bool
	// keys marks the texts that are names of the attribute.
	keys []bool
	// texts says of each text whether it fits: unknown, yes or no. For text anywhere hit does.
	texts []byte
	hit   []bool
	// ints, floats and ids say that values of these sorts and the beginning of an id may fit.
	ints, floats, ids bool
	// least is what an integer's amount is at least where it contains the value.
	least uint64
	bools [2]bool // whether "false" and "true" fit
}

// What scanned.texts holds.
const (
	unknown = iota
	yes
	no
)

func newScan(in *segment, search Search) *scan {
	s := &scan{in: in}
	for i := range search.conditions {
		c := scanned{condition: &search.conditions[i]}
		c.ops = make([]bool, len(in.ops))
		some := true
		switch {
		case c.op == 0:
			some = c.readyAnywhere(in)
		case isField(c.field):
			c.readyField(in)
		default:
			some = c.readyAttribute(in)
		}
		if !some && c.not {
			continue // it holds for every record
		}
		s.never = s.never || !some
		s.conditions = append(s.conditions, c)
	}
	return s
}

func isField(field string) bool {
	switch field {
	case fieldName, fieldService, fieldScope, fieldKind, fieldStatus, fieldTrace, fieldDuration:
		return true
	}
	return false
}

// readyAnywhere reports whether a record may fit at all.
func (c *scanned) readyAnywhere(in *segment) bool {
	hit, some := in.texts.containing(c.value)
	if hit == nil {
		hit = make([]bool, len(in.texts.ends))
	}
	c.hit = hit
	c.readyPlain(c.value)
	c.ids = strings.Trim(c.value, "0123456789abcdef") == ""
	c.bools = [2]bool{strings.Contains("false", c.value), strings.Contains("true", c.value)}
	for i, o := range in.ops {
		c.ops[i] = hit[o.name] || hit[o.scope] || c.inAttributes(in.resource(o))
		some = some || c.ops[i]
	}
	return some || c.ints || c.floats || c.ids || c.bools[0] || c.bools[1]
}

// readyPlain says which sorts of numbers a text may be part of: integers are a sign and digits,
// floating point numbers may have a point, an exponent, or be NaN and infinite.
func (c *scanned) readyPlain(part string) {
	c.ints = strings.Trim(strings.TrimPrefix(part, "-"), "0123456789") == ""
	c.least = leastWith(part)
	dash := strings.LastIndexByte(part, '-')
	c.floats = strings.Trim(part, "0123456789.+-einfa") == "" && (dash <= 0 || part[dash-1] == 'e')
}

// leastWith is the least amount of an integer that a text of digits may be part of: it has as many digits.
func leastWith(part string) uint64 {
	least := uint64(1)
	for range min(len(strings.TrimPrefix(part, "-")), 19) - 1 {
		least *= 10
	}
	if least == 1 {
		return 0
	}
	return least
}

func (c *scanned) readyField(in *segment) {
	for i, o := range in.ops {
		switch c.field {
		case fieldName:
			c.ops[i] = c.fits(in.texts.text(o.name))
		case fieldService:
			c.ops[i] = c.fits(in.texts.text(o.service))
		case fieldScope:
			c.ops[i] = c.fits(in.texts.text(o.scope))
		case fieldKind:
			c.ops[i] = c.fits(trace.SpanKind(o.kind).String())
		}
	}
}

// readyAttribute reports whether a record may fit at all.
func (c *scanned) readyAttribute(in *segment) bool {
	names, known := Aliases(c.field), false
	c.keys = make([]bool, len(in.texts.ends))
	for n := range in.texts.ends {
		if text := in.texts.get(uint32(n)); slices.ContainsFunc(names, func(name string) bool { return string(text) == name }) {
			c.keys[n], known = true, true
		}
	}
	if !known {
		return false
	}
	c.bools = [2]bool{c.fits("false"), c.fits("true")}
	c.ints, c.floats = true, true
	c.texts = make([]byte, len(in.texts.ends))
	some := true
	if c.op == '=' {
		some = c.readyValues(in)
	}
	for i, o := range in.ops {
		about := in.resource(o)
		for _, name := range names {
			c.ops[i] = c.ops[i] || c.attribute(about, name)
		}
		some = some || c.ops[i]
	}
	return some
}

// readyValues marks the texts that fit, which are among those that contain the value without
// its stars, and reports whether any value of an attribute may fit.
func (c *scanned) readyValues(in *segment) bool {
	part := strings.TrimSuffix(strings.TrimPrefix(c.value, "*"), "*")
	c.readyPlain(part)
	hit, _ := in.texts.containing(part)
	some := c.ints || c.floats || c.bools[0] || c.bools[1]
	for n := range c.texts {
		c.texts[n] = no
		if hit != nil && hit[n] && c.fits(in.texts.text(uint32(n))) {
			c.texts[n] = yes
			some = true
		}
	}
	return some
}

// match reports whether a record fulfils every condition. What is quick goes first.
func (s *scan) match(r *record) bool {
	slow := false
	for i := range s.conditions {
		c := &s.conditions[i]
		fits, done := c.head(r)
		if done && fits == c.not {
			return false
		}
		slow = slow || !done
	}
	if !slow {
		return true
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		if _, done := c.head(r); !done && c.body(s.in, r) == c.not {
			return false
		}
	}
	return true
}

// head decides by what stands before the attributes, if that is enough.
func (c *scanned) head(r *record) (fits, done bool) {
	switch {
	case c.op == 0:
		found := c.ops[r.op] || r.flags&flagStatusText != 0 && c.hit[r.status] ||
			c.ids && (beginsWith(r.traceID[:], c.value) || beginsWith(r.id[:], c.value))
		return found, found
	case c.field == fieldDuration:
		return c.compare(float64(r.took)), true
	case c.field == fieldStatus:
		return c.fits(codes.Code(r.flags & statusMask).String()), true
	case c.field == fieldTrace:
		return c.fits(r.traceID.String()), true
	case isField(c.field):
		return c.ops[r.op], true
	}
	return true, c.ops[r.op]
}

// body decides by attributes, events and links.
func (c *scanned) body(in *segment, r *record) bool {
	rest := r.rest
	if c.among(in, &rest) {
		return true
	}
	if r.flags&flagEvents != 0 {
		for range rest.uvarint() {
			name := rest.uvarint()
			rest.uvarint()
			if c.op == 0 && c.hit[name] || c.among(in, &rest) {
				return true
			}
		}
	}
	if c.op != 0 || r.flags&flagLinks == 0 {
		return false
	}
	for range rest.uvarint() {
		l := readLink(&rest)
		if c.ids && (beginsWith(l.traceID[:], c.value) || beginsWith(l.id[:], c.value)) || c.among(in, &rest) {
			return true
		}
	}
	return false
}

// among looks at a list of attributes, and leaves the reader behind it if it returns false.
func (c *scanned) among(in *segment, list *reader) bool {
	r := *list
	for range r.uvarint() {
		head := r.uvarint()
		key := head >> sortBits
		sort := head & (1<<sortBits - 1)
		if c.op != 0 && !c.keys[key] {
			r.skip(sort)
			continue
		}
		if sort == sortOther {
			r.take(1) // its type
		}
		fits := false
		if sort == sortText || sort == sortOther {
			text := r.uvarint()
			fits = c.textFits(in, text)
		} else {
			fits = c.plainFits(sort, &r)
		}
		if fits || c.op == 0 && c.hit[key] {
			return true
		}
	}
	*list = r
	return false
}

// plainFits reads a value that is no text and holds it against the condition's.
func (c *scanned) plainFits(sort uint64, r *reader) bool {
	switch sort {
	case sortInt:
		n := r.varint()
		return c.ints && c.intFits(n)
	case sortFloat:
		bits := binary.LittleEndian.Uint64(r.take(8))
		return c.floats && c.numberFits(value{sort: sortFloat, bits: bits})
	}
	return c.bools[sort-sortFalse]
}

func (c *scanned) textFits(in *segment, n uint64) bool {
	if c.op == 0 {
		return c.hit[n]
	}
	if c.texts[n] == unknown {
		c.texts[n] = no
		if c.fits(in.texts.text(uint32(n))) {
			c.texts[n] = yes
		}
	}
	return c.texts[n] == yes
}

func (c *scanned) intFits(n int64) bool {
	if c.op == '>' || c.op == '<' {
		return c.compare(float64(n))
	}
	if amount := uint64(max(n, -n)); amount < c.least && n != math.MinInt64 {
		return false
	}
	var room [20]byte
	text := strconv.AppendInt(room[:0], n, 10)
	if c.op == 0 {
		return bytes.Contains(text, []byte(c.value))
	}
	return c.fits(string(text))
}

func (c *scanned) numberFits(v value) bool {
	_, text := v.plain()
	if c.op == 0 {
		return c.within(text)
	}
	return c.fits(text)
}

// beginsWith reports whether the small hexadecimal digits of an id begin with digits.
func beginsWith(id []byte, digits string) bool {
	if len(digits) > 2*len(id) {
		return false
	}
	for i := range len(digits) {
		nibble := id[i/2] >> 4
		if i%2 == 1 {
			nibble = id[i/2] & 15
		}
		if "0123456789abcdef"[nibble] != digits[i] {
			return false
		}
	}
	return true
}
