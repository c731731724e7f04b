package corpus

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Read takes cases that another program has made: one JSON object (RFC 8259) after another, with
// the fields of Case, the payload in base64 (RFC 4648 §4).
//
//	{"class":"whole","want":"gzip → msgpack","accept":[],"undecidable":false,"data":"H4sI…"}
//
// Chains are written as Result.Chain does, ">" and "," stand for its arrow as well.
func Read(r io.Reader) ([]Case, error) {
	var out []Case
	for dec := json.NewDecoder(r); ; {
		var c Case
		switch err := dec.Decode(&c); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return out, fmt.Errorf("case %d: %w", len(out)+1, err)
		case c.Want == "":
			return out, fmt.Errorf("case %d has no label", len(out)+1)
		}
		c.Want = chain(c.Want)
		for i := range c.Accept {
			c.Accept[i] = chain(c.Accept[i])
		}
		if c.Class == "" {
			c.Class = "unnamed"
		}
		out = append(out, c)
	}
}

// chain writes a chain of formats as Result.Chain does.
func chain(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '→' || r == '>' || r == ',' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, " → ")
}
