package management

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for path, want := range map[string][]string{
		"/api/queues":             {"api", "queues"},
		"/api/queues/":            {"api", "queues"},
		"/api//queues":            {"api", "", "queues"},
		"/api/queues/%2F/a%2Fb":   {"api", "queues", "/", "a/b"},
		"/api/queues/v/.":         {"api", "queues", "v"},
		"/api/queues/v/%2E%2E":    {"api", "queues"},
		"/../../api/x":            {"api", "x"},
		"/api/a+b%20c%00%ff":      {"api", "a+b c\x00\xff"},
		"/":                       {""},
		"/api/queues/v/%2e%2e/x/": {"api", "queues", "x"},
	} {
		if got, ok := split(path); !ok || !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"/api/%zz", "/api/%", "/api/%2"} {
		if got, ok := split(path); ok {
			t.Errorf("%s: %q", path, got)
		}
	}
}

func TestNarrow(t *testing.T) {
	sample := func() object {
		return object{
			"name": "q", "stats": object{"publish": 1, "details": object{"rate": decimal(2)}},
			"opaque": map[string]any{"a": 1}, "list": []object{{"x": 1, "y": 2}, {"x": 3}},
		}
	}
	for columns, want := range map[string]string{
		"name":                     `{"name":"q"}`,
		"nosuch":                   `[]`,
		"":                         `[]`,
		"name,stats.publish":       `{"name":"q","stats":{"publish":1}}`,
		"stats.details.rate":       `{"stats":{"details":{"rate":2.0}}}`,
		"stats.publish,stats":      `{"stats":{"details":{"rate":2.0},"publish":1}}`,
		"opaque.b":                 `{"opaque":{"a":1}}`,
		"list.x":                   `{"list":[{"x":1},{"x":3}]}`,
		"list.y":                   `{"list":[{"y":2},[]]}`,
		",,name,,.name, name,name": `{"name":"q"}`,
	} {
		c := &call{query: map[string]string{"columns": columns}}
		if got := string(encode(c.extract(sample()))); got != want {
			t.Errorf("%q: %s, want %s", columns, got, want)
		}
	}
}

func TestOrderIsErlangs(t *testing.T) {
	sorted := []any{-1.5, 0, uint64(3), decimal(3.5), json.Number("4"), nil, false, true, object{}, "", "a", "b", "ü"}
	for i := range sorted {
		for j := range sorted {
			if got, want := compareValues(sorted[i], sorted[j]), i-j; got*want < 0 || (got == 0) != (want == 0) {
				t.Errorf("%v, %v: %d", sorted[i], sorted[j], got)
			}
		}
	}
}

func TestDecimal(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", 0.25: "0.25", -3: "-3.0", 1e21: "1000000000000000000000.0", 1e-7: "0.0000001",
		math.NaN(): "0.0", math.Inf(1): "0.0",
	} {
		if got := string(encode(decimal(f))); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}

func TestPagesDoNotOverflow(t *testing.T) {
	c := &call{query: map[string]string{"page": "9223372036854775807", "page_size": "500"}}
	defer func() {
		if f, ok := recover().(fault); !ok || f.kind != "page_out_of_range" {
			t.Errorf("%v", f)
		}
	}()
	c.augmented([]row{{name: "a"}}, "name")
}

// FuzzRequests sends anything to a handler that has no broker behind it: what is parsed must not
// panic before it is known who asks.
func FuzzRequests(f *testing.F) {
	f.Add("GET", "/api/queues/%2F/x?page=1&columns=a.b,c&sort=x.y&name=(&use_regex=true", "guest", `{"a":[1,{"b":null}]}`)
	f.Add("POST", "/api/bindings/%2F/e/%2E/q/..", "", `"x"`)
	f.Fuzz(func(t *testing.T, method, target, user, body string) {
		path, query, _ := strings.Cut(target, "?")
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", strings.NewReader(body))
		r.URL.RawPath, r.URL.Path, r.URL.RawQuery = path, path, query
		r.Method = method
		c := &call{w: httptest.NewRecorder(), r: r, query: parseQuery(query), params: map[string]string{"vhost": user}}
		defer c.recover()
		if segments, ok := split(path); ok {
			(&api{routes: routes()}).find(segments)
		}
		rows := []row{{made: object{"name": body, "vhost": user}}, {name: path, ask: func() object { return object{"name": path} }}}
		c.extract(c.augmented(rows, "vhost", "name"))
		c.spans()
		b := c.body()
		c.properties(map[string]any{"headers": b})
		encode(tableJSON(c.arguments(any(b), true)))
		propertiesKey(body, c.table(b))
		settings(b)
	})
}
