package decoders

import (
	"fmt"
	"slices"
	"strings"
)

// maxListed is how many names an error lists.
const maxListed = 8

// Resolve finds a message type by its full name, or by the end of it when only one has that end:
// Order for shop.v1.Order. The error lists what may have been meant.
func (s *Schema) Resolve(name string) (full string, err error) {
	if s == nil || len(s.names) == 0 {
		return "", fmt.Errorf("no message %s: no schema is loaded", name)
	}
	name = strings.TrimPrefix(name, ".")
	if m := s.messages[name]; m != nil && !m.missing {
		return name, nil
	}
	fold := strings.ToLower(name)
	found := s.matching(func(full string) bool { return strings.HasSuffix(full, "."+name) })
	if len(found) == 0 {
		found = s.matching(func(full string) bool { return strings.HasSuffix("."+strings.ToLower(full), "."+fold) })
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no message %s in the schema; %s", name, s.nearest(fold))
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("message %s is ambiguous: %s", name, listed(found))
}

// matching lists names that match; the well-known types only when no other does.
func (s *Schema) matching(match func(full string) bool) []string {
	var own, known []string
	for _, full := range s.names {
		switch {
		case !match(full):
		case isWellKnown(full):
			known = append(known, full)
		default:
			own = append(own, full)
		}
	}
	if len(own) > 0 {
		return own
	}
	return known
}

// isWellKnown reports whether a message comes with Protocol Buffers themselves.
func isWellKnown(full string) bool { return strings.HasPrefix(full, "google.protobuf.") }

// nearest lists the names that contain what was asked for, or all.
func (s *Schema) nearest(fold string) string {
	last := fold[strings.LastIndexByte(fold, '.')+1:]
	found := s.matching(func(full string) bool { return strings.Contains(strings.ToLower(full), last) })
	if len(found) == 0 {
		found = s.matching(func(string) bool { return true })
	}
	return "there are " + listed(found)
}

func listed(names []string) string {
	if len(names) > maxListed {
		return strings.Join(names[:maxListed], ", ") + fmt.Sprintf(" and %d more", len(names)-maxListed)
	}
	return strings.Join(names, ", ")
}

var errTooMany = fmt.Errorf("more than %d formats after each other", maxPins)

// Check says what is wrong with a chain that Options.As is to take together with this schema, which may
// be nil: what CheckChain says, or that a message is unknown or ambiguous.
func (s *Schema) Check(as string) error {
	if err := CheckChain(as); err != nil {
		return err
	}
	for _, pin := range chainOf(as) {
		if err := checkPin(pin, s); err != nil {
			return err
		}
	}
	return nil
}

// checkPin tells what is wrong with one part of a chain.
func checkPin(pin string, s *Schema) error {
	format, message, named := strings.Cut(pin, ":")
	switch {
	case !slices.Contains(Formats(), format):
		return fmt.Errorf("no format %q; there are %s", format, strings.Join(Formats(), ", "))
	case !named:
		return nil
	case format != formatProtobuf:
		return fmt.Errorf("%s has no message types; only %s:MESSAGE names one", format, formatProtobuf)
	}
	_, err := s.Resolve(message)
	return err
}
