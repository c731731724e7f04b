package otlp

import (
	"encoding/json"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// The bounds of one request.
const (
	maxBody    = 16 << 20 // bytes, after decompression
	maxSpans   = 50_000
	maxParts   = 1_000_000 // messages within messages: spans, attributes, values, events, links
	maxNesting = 16        // values within values
	// maxBrackets is the depth of brackets in JSON that maxNesting values reach: twelve down to the value of
	// an event's attribute, and four for a map in a map.
	maxBrackets = 12 + 4*maxNesting
)

var (
	errMalformed = errors.New("the body is malformed")
	errNesting   = fmt.Errorf("values are nested deeper than %d", maxNesting)
	errSpans     = fmt.Errorf("more than %d spans in one request", maxSpans)
	errParts     = fmt.Errorf("more than %d parts in one request", maxParts)
)

// measure is what was found in a body before it is decoded. Decoding recurses with the nesting and allocates
// for each part, however few bytes a part has.
type measure struct{ spans, parts int }

// shape is a message of the protocol, as far as it holds others
// (github.com/open-telemetry/opentelemetry-proto, trace.proto and common.proto).
type shape int

const (
	leaf shape = iota
	request
	resourceSpans
	resource
	scopeSpans
	scope
	span
	event
	link
	keyValue
	anyValue
	arrayValue
	keyValueList
)

// within returns the shape of a field of a message.
func (s shape) within(field protowire.Number) shape {
	const next = 16 // above every field number that holds a message
	if field >= next {
		return leaf
	}
	switch int(s*next + shape(field)) {
	case int(request*next + 1):
		return resourceSpans
	case int(resourceSpans*next + 1):
		return resource
	case int(resourceSpans*next + 2):
		return scopeSpans
	case int(scopeSpans*next + 1):
		return scope
	case int(scopeSpans*next + 2):
		return span
	case int(span*next + 11):
		return event
	case int(span*next + 13):
		return link
	case int(resource*next + 1), int(scope*next + 3), int(span*next + 9), int(event*next + 3), int(link*next + 4), int(keyValueList*next + 1):
		return keyValue
	case int(keyValue*next + 2), int(arrayValue*next + 1):
		return anyValue
	case int(anyValue*next + 5):
		return arrayValue
	case int(anyValue*next + 6):
		return keyValueList
	}
	return leaf
}

// protobuf walks a message; nesting counts the values around it.
func (m *measure) protobuf(body []byte, is shape, nesting int) error {
	if is == anyValue {
		nesting++
	}
	if nesting > maxNesting {
		return errNesting
	}
	for len(body) > 0 {
		field, kind, n := protowire.ConsumeTag(body)
		if n < 0 || field > protowire.MaxValidNumber || kind == protowire.StartGroupType {
			return errMalformed // the protocol has no groups
		}
		body = body[n:]
		if kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(field, kind, body); n < 0 {
				return errMalformed
			}
			body = body[n:]
			continue
		}
		inner, n := protowire.ConsumeBytes(body)
		if n < 0 {
			return errMalformed
		}
		body = body[n:]
		if err := m.part(inner, is.within(field), nesting); err != nil {
			return err
		}
	}
	return nil
}

func (m *measure) part(body []byte, is shape, nesting int) error {
	if is == leaf {
		return nil
	}
	if is == span {
		m.spans++
	}
	m.parts++
	switch {
	case m.spans > maxSpans:
		return errSpans
	case m.parts > maxParts:
		return errParts
	}
	return m.protobuf(body, is, nesting)
}

// spanBrackets is how deep the objects of spans are in JSON; the values of a resource's attributes are as
// deep and counted with them.
const spanBrackets = 7

// json scans a text for its brackets and holds that it is one object of JSON.
func (m *measure) json(body []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxBrackets {
				return errNesting
			}
			if err := m.object(c, depth); err != nil {
				return err
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	// Only now: the standard library's scanner takes its own stack from what is nested.
	if m.parts == 0 || !json.Valid(body) {
		return errMalformed
	}
	return nil
}

func (m *measure) object(bracket byte, depth int) error {
	if bracket != '{' {
		return nil
	}
	m.parts++
	if depth == spanBrackets {
		m.spans++
	}
	switch {
	case m.spans > maxSpans:
		return errSpans
	case m.parts > maxParts:
		return errParts
	}
	return nil
}
