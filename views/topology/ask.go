package topology

import (
	"context"
	"errors"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// ask has the person describe a message and shows where it would go. The exchange is that of the place
// marked; a queue's is the default one, with the queue's name for a key.
func (s *screen) ask() tea.Cmd {
	p := backends.Posting{Exchange: defaultExchange}
	if target, ok := s.selected(); ok && target.Kind == backends.KindExchange {
		p.Exchange = target.Name
	} else if ok {
		p.Key = target.Name
	}
	Ask(s.deps, s.source, p)
	return nil
}

// Ask asks for exchange, routing key and headers of a message, and shows where it would go.
func Ask(d *views.Deps, source backends.Source, p backends.Posting) {
	const title = "Where would this message go?"
	d.Nav.Prompt(title, "the exchange; empty or amq.default is the default one", p.Exchange, func(exchange string) tea.Cmd {
		p.Exchange = exchange
		d.Nav.Prompt(title, "its routing key, which may be empty", p.Key, func(key string) tea.Cmd {
			p.Key = key
			d.Nav.Prompt(title, `headers such as tenant=7, "n"="7", CC=other.key; none is fine`, headersText(p.Headers), func(text string) tea.Cmd {
				headers, err := parseHeaders(text)
				if err != nil {
					d.Nav.Toast(err.Error())
					return nil
				}
				p.Headers = headers
				return follow(d, source, p)
			})
			return nil
		})
		return nil
	})
}

// follow asks the source for the way of a message and opens it.
func follow(d *views.Deps, source backends.Source, p backends.Posting) tea.Cmd {
	router := Router(source)
	return views.Work(d, "route a message", func(ctx context.Context) (backends.Route, error) { return router.Route(ctx, p) },
		func(r backends.Route, err error) {
			if err != nil {
				d.Nav.Toast(views.ErrorText(err))
				return
			}
			d.Nav.Push(newRoute(d, source, p, r))
		})
}

// parseHeaders reads "name=value, name=value". Numbers, true and false are what they look like, text in
// quotes is text; CC and BCC may come several times.
func parseHeaders(text string) (map[string]any, error) {
	headers := map[string]any{}
	for _, part := range fields(text) {
		name, value, found := strings.Cut(part, "=")
		name = unquote(strings.TrimSpace(name))
		if !found || name == "" {
			return nil, errors.New("a header is written as name=value, several with commas between")
		}
		value = strings.TrimSpace(value)
		if name == "CC" || name == "BCC" {
			list, _ := headers[name].([]string)
			headers[name] = append(list, unquote(value))
			continue
		}
		headers[name] = headerValue(value)
	}
	return headers, nil
}

// fields parts text at commas that are not in quotes.
func fields(text string) []string {
	var out []string
	quoted, start := false, 0
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			out = append(out, text[start:i])
			start = i + 1
		}
	}
	out = append(out, text[start:])
	if len(out) == 1 && strings.TrimSpace(text) == "" {
		return nil
	}
	return out
}

func unquote(text string) string {
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		return text[1 : len(text)-1]
	}
	return text
}

func headerValue(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	switch text {
	case "true":
		return true
	case "false":
		return false
	}
	return unquote(text)
}

// headersText writes headers as they are typed.
func headersText(headers map[string]any) string {
	var parts []string
	for _, name := range sortedNames(headers) {
		switch v := headers[name].(type) {
		case []string:
			for _, key := range v {
				parts = append(parts, name+"="+quoteIfNeeded(key))
			}
		case string:
			if _, text := headerValue(v).(string); !text {
				parts = append(parts, name+`="`+v+`"`)
			} else {
				parts = append(parts, name+"="+quoteIfNeeded(v))
			}
		case bool:
			parts = append(parts, name+"="+strconv.FormatBool(v))
		case int64:
			parts = append(parts, name+"="+strconv.FormatInt(v, 10))
		case float64:
			parts = append(parts, name+"="+strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	return strings.Join(parts, ", ")
}

func quoteIfNeeded(text string) string {
	if strings.ContainsAny(text, ",=") || text != strings.TrimSpace(text) {
		return `"` + text + `"`
	}
	return text
}

// postingText says what is asked about.
func postingText(t *ui.Theme, p backends.Posting) string {
	exchange := p.Exchange
	if exchange == "" {
		exchange = defaultExchange
	}
	key := "no key"
	if p.Key != "" {
		key = "the key " + t.Accent.Paint(ui.Clean(p.Key))
	}
	text := "A message to " + t.Bold.Paint(ui.Clean(exchange)) + " with " + key
	if headers := headersText(p.Headers); headers != "" {
		text += " and " + t.Accent.Paint(ui.Clean(headers))
	}
	return text
}
