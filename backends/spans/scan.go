package spans

import (
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
	// plain says that values that are no texts may fit, ids that the beginning of an id may.
	plain, ids bool
	falses     [2]bool // whether "false" and "true" fit
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
			c.readyAttribute(in)
		}
		if !some && !c.not {
			s.never = true
		}
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
	// What numbers are written with: digits, and "NaN", "+Inf" and exponents.
	c.plain = strings.Trim(c.value, "0123456789.+-einfa") == ""
	c.ids = strings.Trim(c.value, "0123456789abcdef") == ""
	c.falses = [2]bool{strings.Contains("false", c.value), strings.Contains("true", c.value)}
	for i, o := range in.ops {
		c.ops[i] = hit[o.name] || hit[o.scope] || c.inAttributes(in.resource(o))
		some = some || c.ops[i]
	}
	return some || c.plain || c.ids || c.falses[0] || c.falses[1]
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

func (c *scanned) readyAttribute(in *segment) {
	c.texts = make([]byte, len(in.texts.ends))
	c.keys = make([]bool, len(in.texts.ends))
	names := Aliases(c.field)
	for n := range in.texts.ends {
		for _, name := range names {
			if string(in.texts.get(uint32(n))) == name {
				c.keys[n] = true
			}
		}
	}
	for i, o := range in.ops {
		about := in.resource(o)
		for _, name := range names {
			c.ops[i] = c.ops[i] || c.attribute(about, name)
		}
	}
}

// match reports whether a record fulfils every condition. What is quick goes first.
func (s *scan) match(r *record) bool {
	slow := false
	for i := range s.conditions {
		c := &s.conditions[i]
		fits, done := c.head(s.in, r)
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
		if _, done := c.head(s.in, r); !done && c.body(s.in, r) == c.not {
			return false
		}
	}
	return true
}

// head decides by what stands before the attributes, if that is enough.
func (c *scanned) head(in *segment, r *record) (fits, done bool) {
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
func (c *scanned) among(in *segment, r *reader) bool {
	for range r.uvarint() {
		v := r.value()
		if c.op == 0 {
			if c.hit[v.key] || c.valueHit(v) {
				return true
			}
		} else if c.keys[v.key] && c.valueFits(in, v) {
			return true
		}
	}
	return false
}

// valueHit looks for the text anywhere in a value.
func (c *scanned) valueHit(v value) bool {
	switch v.sort {
	case sortText, sortOther:
		return c.hit[v.text]
	case sortFalse, sortTrue:
		return c.falses[v.sort-sortFalse]
	}
	if !c.plain {
		return false
	}
	_, text := v.plain()
	return c.within(text)
}

// valueFits holds a value against the condition's.
func (c *scanned) valueFits(in *segment, v value) bool {
	if v.sort != sortText && v.sort != sortOther {
		_, text := v.plain()
		return c.fits(text)
	}
	if c.texts[v.text] == unknown {
		c.texts[v.text] = no
		if c.fits(in.texts.text(v.text)) {
			c.texts[v.text] = yes
		}
	}
	return c.texts[v.text] == yes
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

// scanAll calls visit for every record that is about q and tells it whether q.Where selects it.
func (s *Store) scanAll(q Query, visit func(in *segment, at int, r *record, fits bool)) {
	lanes, about := s.readings(q)
	for i := range lanes {
		for _, in := range lanes[i] {
			look := newScan(in, q.Where)
			in.each(func(at int, r *record) {
				if about == nil || about[r.traceID] {
					visit(in, at, r, !look.never && look.match(r))
				}
			})
		}
	}
}

// readings returns what a query is about: lanes to read, and the traces where not all count.
func (s *Store) readings(q Query) (lanes [laneCount]reading, about map[trace.TraceID]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range lanes {
		if i != polls || !q.HidePolls {
			lanes[i] = s.lanes[i].snapshot()
		}
	}
	if q.Match != "" {
		about = map[trace.TraceID]bool{}
		s.index.newestFirst(func(e *entry) bool {
			if s.listed(e, q) {
				about[e.id] = true
			}
			return true
		})
	}
	return lanes, about
}

// having returns the traces with a span that q.Where selects.
func (s *Store) having(q Query) map[trace.TraceID]bool {
	found := map[trace.TraceID]bool{}
	s.scanAll(q, func(_ *segment, _ int, r *record, fits bool) {
		if fits {
			found[r.traceID] = true
		}
	})
	return found
}
