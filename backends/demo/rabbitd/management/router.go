package management

import (
	"net/url"
	"strings"
)

// route is a path of the API; a segment that begins with a colon stands for any value.
type route struct {
	segments []string
	resource
}

func at(path string, r resource) route {
	return route{strings.Split(strings.TrimPrefix("/api"+path, "/"), "/"), r}
}

// match compares a path and returns the values of its parameters.
func (r *route) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(r.segments) {
		return nil, false
	}
	for i, s := range r.segments {
		if s[0] != ':' && s != segments[i] {
			return nil, false
		}
	}
	params := map[string]string{}
	for i, s := range r.segments {
		if s[0] == ':' {
			params[s[1:]] = segments[i]
		}
	}
	return params, true
}

// split takes a path apart and decodes each segment. A slash at the end does not count. Segments
// "." and ".." are directions even when they were encoded, so that objects with these names have no
// path: RabbitMQ's web server does so. It reports whether every escape is one.
func split(escaped string) ([]string, bool) {
	escaped = strings.TrimPrefix(escaped, "/")
	escaped = strings.TrimSuffix(escaped, "/")
	var segments []string
	for part := range strings.SplitSeq(escaped, "/") {
		value, err := url.PathUnescape(part)
		if err != nil {
			return nil, false
		}
		switch value {
		case ".":
		case "..":
			segments = segments[:max(len(segments)-1, 0)]
		default:
			segments = append(segments, value)
		}
	}
	return segments, true
}

// parseQuery reads a query leniently; of a key that comes twice the first counts.
func parseQuery(raw string) map[string]string {
	out := map[string]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(key)
		value, err2 := url.QueryUnescape(value)
		if _, there := out[key]; err1 == nil && err2 == nil && !there {
			out[key] = value
		}
	}
	return out
}
