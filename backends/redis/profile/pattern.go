package profile

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Vars are the captures of a name.
type Vars map[string]string

// pattern is a compiled form of name.
type pattern struct {
	parts []part
	// head and tail are the plain text at the ends: by them most names are dismissed.
	head, tail string
	expr       *regexp.Regexp
}

// part is plain text or, where name is not "", a capture. Text of neither is "*".
type part struct {
	text, name string
	class      byte
	star       bool
}

// compile reads a form of name, see the package comment.
func compile(form string) (pattern, error) {
	parts, err := split(form)
	if err != nil {
		return pattern{}, err
	}
	p := pattern{parts: parts}
	var expr strings.Builder
	expr.WriteString(`(?s)^`)
	for _, part := range parts {
		switch {
		case part.star:
			expr.WriteString(`.*`)
		case part.name == "":
			expr.WriteString(regexp.QuoteMeta(part.text))
		default:
			expr.WriteString(classes(part))
		}
	}
	expr.WriteString(`$`)
	if len(parts) > 0 {
		p.head, p.tail = parts[0].text, parts[len(parts)-1].text
	}
	if p.expr, err = regexp.Compile(expr.String()); err != nil {
		return p, fmt.Errorf("%q is not a form of name", form)
	}
	return p, nil
}

func classes(p part) string {
	body := map[byte]string{'d': `[0-9]+`, 'w': `[^:]+`}[p.class]
	if body == "" {
		body = `.+?`
	}
	return fmt.Sprintf("(?P<%s>%s)", p.name, body)
}

// split takes a form apart.
func split(form string) ([]part, error) {
	var parts []part
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			parts = append(parts, part{text: text.String()})
			text.Reset()
		}
	}
	for i := 0; i < len(form); i++ {
		switch c := form[i]; c {
		case '\\':
			if i+1 < len(form) {
				i++
			}
			text.WriteByte(form[i])
		case '*':
			flush()
			parts = append(parts, part{star: true})
		case '<':
			end := strings.IndexByte(form[i:], '>')
			if end < 0 {
				return nil, fmt.Errorf("%q: < without >", form)
			}
			name, class, _ := strings.Cut(form[i+1:i+end], ":")
			if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" || !strings.Contains("dw", class) || len(class) > 1 {
				return nil, fmt.Errorf("%q: between < and > stands a word of small letters, and :d or :w", form)
			}
			flush()
			p := part{name: name}
			if class != "" {
				p.class = class[0]
			}
			parts = append(parts, p)
			i += end
		default:
			text.WriteByte(c)
		}
	}
	flush()
	return parts, nil
}

// match returns the captures of a name.
func (p pattern) match(name string) (Vars, bool) {
	if !strings.HasPrefix(name, p.head) || !strings.HasSuffix(name, p.tail) {
		return nil, false
	}
	if len(p.parts) == 1 && p.parts[0].class == 0 { // most forms of locks: no expression needed
		switch part := p.parts[0]; {
		case part.star:
			return nil, true
		case part.name != "":
			return Vars{part.name: name}, name != ""
		}
	}
	found := p.expr.FindStringSubmatch(name)
	if found == nil {
		return nil, false
	}
	vars := make(Vars, len(found)-1)
	for i, word := range p.expr.SubexpNames() {
		if word != "" {
			vars[word] = found[i]
		}
	}
	return vars, true
}

// fill makes a name of captures; false when one is missing or the form has a "*".
func (p pattern) fill(vars Vars) (string, bool) {
	var out strings.Builder
	for _, part := range p.parts {
		switch {
		case part.star:
			return "", false
		case part.name == "":
			out.WriteString(part.text)
		default:
			value, ok := vars[part.name]
			if !ok {
				return "", false
			}
			out.WriteString(value)
		}
	}
	return out.String(), true
}

// bare reports whether a form says nothing about a name but how it is divided.
func (p pattern) bare() bool {
	for _, part := range p.parts {
		if strings.ContainsFunc(part.text, func(r rune) bool { return !unicode.IsPunct(r) }) || part.class == 'd' {
			return false
		}
	}
	return true
}

// Fill makes a name of a form and captures; false when one is missing.
func Fill(form string, vars Vars) (string, bool) {
	p, err := compile(form)
	if err != nil {
		return "", false
	}
	return p.fill(vars)
}

// Parse returns the captures of a name that has the form.
func Parse(form, name string) (Vars, bool) {
	p, err := compile(form)
	if err != nil {
		return nil, false
	}
	return p.match(name)
}
