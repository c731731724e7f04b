package messages

import (
	"slices"
	"strings"

	"bustop/backends"
	"bustop/ui"
)

const (
	// fieldWidth is the width of a field's column, maxFields how many there are at most. The payload
	// keeps at least payloadWidth cells.
	fieldWidth   = 14
	maxFields    = 6
	payloadWidth = 44
	// fixedWidth is what the columns before the fields take on a wide screen.
	fixedWidth = 61
)

// fieldNames are the fields that get a column: the union of those of the messages in sight, in the
// order in which they come, as many as there is room for.
func (s *Screen) fieldNames(from, to, w int) (names []string) {
	room := min((w-fixedWidth-payloadWidth)/(fieldWidth+1), maxFields)
	if !s.opt.Fields || room < 1 {
		return nil
	}
	for i := from; i < to; i++ {
		for _, f := range s.log.at(i).msg.Headers {
			if tracing(f.Name) || strings.Contains(f.Name, "\x00") || slices.Contains(names, f.Name) {
				continue
			}
			if names = append(names, f.Name); len(names) == room {
				return names
			}
		}
	}
	return names
}

// tracing reports whether a field is what every message has and nobody can read.
func tracing(name string) bool {
	return strings.EqualFold(name, "traceparent") || strings.EqualFold(name, "tracestate")
}

func (c columns) fieldNames() []string {
	if c.fields == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(c.fields, "\x00"), "\x00")
}

// fieldValues are a message's fields in the order of the columns.
func (r *rows) fieldValues(m backends.Message, c columns) []string {
	names := c.fieldNames()
	for i, name := range names {
		at := slices.IndexFunc(m.Headers, func(f backends.Field) bool { return f.Name == name })
		names[i] = ""
		if at >= 0 {
			names[i] = ui.Clean(r.deps.Decoder.DecodeField(m, m.Headers[at], "").Preview(fieldWidth))
		}
	}
	return names
}
