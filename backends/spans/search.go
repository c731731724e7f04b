package spans

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Search is conditions that a span must fulfil all. The zero Search fits every span.
type Search struct{ conditions []condition }

// condition is one term of a Search.
type condition struct {
	not   bool
	field string // "" for text anywhere
	op    byte   // one of = > <, 0 for text anywhere
	value string
	// number is the value for > and <, nanoseconds for a duration.
	number float64
}

// The fields that are not attributes.
const (
	fieldName     = "name"
	fieldService  = "service"
	fieldScope    = "scope"
	fieldKind     = "kind"
	fieldStatus   = "status"
	fieldTrace    = "trace"
	fieldDuration = "duration"
)

// ParseSearch reads conditions with spaces between them:
//
//	name=publish*  service=shop  status=error  kind=consumer  scope=…  trace=4bf9…
//	>10ms  <1s  duration>1.5s
//	messaging.destination.name=orders  http.response.status_code>499  db.operation.name=*
//	text anywhere, "text with spaces", !anything turns a condition round
//
// After the words name, service, scope, kind and status a : does as well as =. A value may begin and end with *; the case of ASCII letters does not matter. Attributes are found under
// their older names too.
func ParseSearch(text string) (Search, error) {
	var s Search
	terms, err := split(text)
	if err != nil {
		return Search{}, err
	}
	for _, term := range terms {
		c, err := parseCondition(term)
		if err != nil {
			return Search{}, err
		}
		s.conditions = append(s.conditions, c)
	}
	return s, nil
}

// Empty reports whether every span fits.
func (s Search) Empty() bool { return len(s.conditions) == 0 }

// term is a word with the place of its first sign outside quotes, -1 for none.
type term struct {
	text string
	sign int
}

// split takes a text apart at spaces outside of double quotes.
func split(text string) ([]term, error) {
	var terms []term
	word, sign, began, quoted := strings.Builder{}, -1, false, false
	end := func() {
		if began {
			terms = append(terms, term{word.String(), sign})
		}
		word.Reset()
		sign, began = -1, false
	}
	for _, r := range text {
		switch {
		case r == '"':
			quoted, began = !quoted, true
			continue
		case !quoted && (r == ' ' || r == '\t'):
			end()
			continue
		case !quoted && sign < 0 && strings.ContainsRune("=<>", r):
			sign = word.Len()
		case !quoted && sign < 0 && r == ':' && namesField(word.String()):
			sign, r = word.Len(), '='
		}
		began = true
		word.WriteRune(r)
	}
	if quoted {
		return nil, errors.New(`a " is missing its partner`)
	}
	end()
	return terms, nil
}

// namesField reports whether a : after a word means =, as other viewers of traces have it.
func namesField(word string) bool {
	switch strings.TrimPrefix(word, "!") {
	case fieldName, fieldService, fieldScope, fieldKind, fieldStatus:
		return true
	}
	return false
}

func parseCondition(t term) (condition, error) {
	var c condition
	if rest, ok := strings.CutPrefix(t.text, "!"); ok && t.sign != 1 && rest != "" {
		c.not = true
		t = term{rest, t.sign - 1}
	}
	if t.sign < 0 {
		c.value = fold(t.text)
		return c, nil
	}
	c.field, c.op, c.value = t.text[:t.sign], t.text[t.sign], fold(t.text[t.sign+1:])
	if c.op == '=' {
		if c.field == "" {
			return c, fmt.Errorf("%q names no attribute before its =", t.text)
		}
		if rest, ok := strings.CutSuffix(c.field, "!"); ok {
			c.field, c.not = rest, !c.not
		}
	} else if c.field == "" || c.field == fieldDuration+":" {
		c.field = fieldDuration
	}
	return c, c.parseNumber()
}

// parseNumber reads the value of a condition that compares numbers.
func (c *condition) parseNumber() error {
	if c.field == fieldDuration {
		d, err := time.ParseDuration(c.value)
		if err != nil {
			return fmt.Errorf("%q is no duration: write 250us, 10ms or 1.5s", c.value)
		}
		c.number = float64(d)
		return nil
	}
	if c.op == '=' {
		return nil
	}
	n, err := strconv.ParseFloat(c.value, 64)
	if err != nil {
		return fmt.Errorf("%q is no number", c.value)
	}
	c.number = n
	return nil
}

// fold makes ASCII letters small. It leaves all other bytes alone, so that text in any encoding
// can be searched.
func fold(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j := range b {
				b[j] = foldByte(b[j])
			}
			return string(b)
		}
	}
	return s
}

func foldByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// Match reports whether a span fulfils every condition.
func (s Search) Match(span *Span) bool {
	for i := range s.conditions {
		if s.conditions[i].match(span) == s.conditions[i].not {
			return false
		}
	}
	return true
}

func (c *condition) match(s *Span) bool {
	switch {
	case c.op == 0:
		return c.anywhere(s)
	case c.field == fieldDuration:
		return c.compare(float64(s.Duration))
	}
	if value, ok := fieldOf(s, c.field); ok {
		return c.fits(value)
	}
	for _, name := range Aliases(c.field) {
		if c.attribute(s.Attributes, name) || c.attribute(s.Resource, name) {
			return true
		}
		for i := range s.Events {
			if c.attribute(s.Events[i].Attributes, name) {
				return true
			}
		}
	}
	return false
}

// fieldOf returns the part of a span that is not an attribute.
func fieldOf(s *Span, field string) (string, bool) {
	switch field {
	case fieldName:
		return s.Name, true
	case fieldService:
		return s.Service(), true
	case fieldScope:
		return s.Scope, true
	case fieldKind:
		return s.Kind, true
	case fieldStatus:
		return s.Status, true
	case fieldTrace:
		return s.TraceID, true
	}
	return "", false
}

func (c *condition) attribute(list []Attr, name string) bool {
	for i := range list {
		if list[i].Key == name && c.fits(list[i].Value) {
			return true
		}
	}
	return false
}

// fits holds a text against the condition's value.
func (c *condition) fits(text string) bool {
	if c.op != '=' {
		n, err := strconv.ParseFloat(text, 64)
		return err == nil && c.compare(n)
	}
	return glob(c.value, fold(text))
}

func (c *condition) compare(n float64) bool {
	switch c.op {
	case '>':
		return n > c.number
	case '<':
		return n < c.number
	}
	return n == c.number
}

// glob matches a pattern that may begin and end with a star; "" and "*" match everything.
func glob(pattern, text string) bool {
	if pattern == "" || pattern == "*" {
		return true
	}
	rest, open := strings.CutPrefix(pattern, "*")
	middle, ended := strings.CutSuffix(rest, "*")
	switch {
	case open && ended:
		return strings.Contains(text, middle)
	case open:
		return strings.HasSuffix(text, rest)
	case ended:
		return strings.HasPrefix(text, middle)
	}
	return text == pattern
}

// anywhere looks for the text in every name, key, value and id of the span.
func (c *condition) anywhere(s *Span) bool {
	for _, text := range []string{s.Name, s.Scope, s.StatusText} {
		if c.within(text) {
			return true
		}
	}
	if strings.HasPrefix(s.TraceID, c.value) || strings.HasPrefix(s.ID, c.value) ||
		c.inAttributes(s.Attributes) || c.inAttributes(s.Resource) {
		return true
	}
	for i := range s.Events {
		if c.within(s.Events[i].Name) || c.inAttributes(s.Events[i].Attributes) {
			return true
		}
	}
	for i := range s.Links {
		if strings.HasPrefix(s.Links[i].TraceID, c.value) || strings.HasPrefix(s.Links[i].SpanID, c.value) ||
			c.inAttributes(s.Links[i].Attributes) {
			return true
		}
	}
	return false
}

func (c *condition) within(text string) bool { return strings.Contains(fold(text), c.value) }

func (c *condition) inAttributes(list []Attr) bool {
	for i := range list {
		if c.within(list[i].Key) || c.within(list[i].Value) {
			return true
		}
	}
	return false
}
