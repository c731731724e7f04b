package management

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"

	"bustop/backends/demo/rabbitd/broker"
)

// maxRequest bounds the body of a request in bytes, as RabbitMQ does.
const maxRequest = 10_000_000

// call is one request on its way.
type call struct {
	api    *api
	w      http.ResponseWriter
	r      *http.Request
	user   broker.User
	pass   string
	params map[string]string
	query  map[string]string
}

// fault is an answer that is no success. Without kind it has no body.
type fault struct {
	status int
	kind   string
	reason any
}

func notFound() fault { return fault{http.StatusNotFound, "Object Not Found", "Not Found"} }

func badRequest(reason any) fault {
	return fault{http.StatusBadRequest, "bad_request", reason}
}

func notAuthorised(reason string) fault {
	return fault{http.StatusUnauthorized, "not_authorised", reason}
}

// crash is what RabbitMQ answers where its code gives up on an input.
func crash() fault { return fault{status: http.StatusInternalServerError} }

// fail ends the call with a fault.
func (c *call) fail(f fault) { panic(f) }

// recover writes the fault that ended the call. Any other panic is net/http's to handle.
func (c *call) recover() {
	switch f := recover().(type) {
	case nil:
	case fault:
		writeFault(c.w, f)
	default:
		panic(f)
	}
}

func writeFault(w http.ResponseWriter, f fault) {
	if f.status == http.StatusInternalServerError {
		clear(w.Header()) // the web server's own answer has none
	}
	if f.kind == "" {
		w.WriteHeader(f.status)
		return
	}
	text := encode(map[string]any{"error": f.kind, "reason": f.reason})
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(f.status)
	_, _ = w.Write(text)
}

// reply sends a value as JSON, or nothing for nil.
func (c *call) reply(status int, value any) {
	header := c.w.Header()
	switch v := value.(type) {
	case nil:
		c.w.WriteHeader(http.StatusNoContent)
		return
	case created:
		header.Set("Location", string(v))
		c.w.WriteHeader(http.StatusCreated)
		return
	case unhealthy:
		status, value = http.StatusServiceUnavailable, object(v)
	}
	text := encode(c.extract(value))
	header.Set("Cache-Control", "no-cache")
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(text)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(text)
}

// created answers a POST that has made something, with its relative address.
type created string

// unhealthy answers a health check that has found something.
type unhealthy object

// body reads a JSON object. Keys that must be there are named in the order in which a fault lists
// them.
func (c *call) body(keys ...string) map[string]any {
	text, err := io.ReadAll(io.LimitReader(c.r.Body, maxRequest+1))
	switch {
	case err != nil:
		c.fail(badRequest("not_json"))
	case len(text) > maxRequest:
		c.fail(badRequest("Exceeded HTTP request body size limit"))
	}
	values := c.decode(text)
	var missing []string
	for _, key := range keys {
		if _, ok := values[key]; !ok {
			missing = append(missing, "{key_missing,"+key+"}")
		}
	}
	if missing != nil {
		c.fail(badRequest("[" + strings.Join(missing, ",") + "]"))
	}
	return values
}

func (c *call) decode(text []byte) map[string]any {
	if s := string(text); s == "" || s == "null" || s == "undefined" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil || d.More() {
		c.fail(badRequest("not_json"))
	}
	switch v := value.(type) {
	case map[string]any:
		return v
	case nil, bool:
		return nil
	case string:
		c.fail(badRequest("invalid payload: the request body JSON-decoded to a string. Is the input doubly-JSON-encoded?"))
	}
	c.fail(badRequest("not_json"))
	return nil
}

// boolean reads a value of a body that may be a word; not there is false.
func (c *call) boolean(value any, there bool) bool {
	switch value {
	case true, "true":
		return true
	case false, "false":
		return false
	}
	if there {
		c.fail(badRequest([]any{"not_boolean", value}))
	}
	return false
}

// integer reads a whole number that may be a word.
func (c *call) integer(value any) int {
	switch v := value.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil && math.Abs(f) < 1<<53 {
			return int(f)
		}
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n
		}
	}
	c.fail(badRequest([]any{"not_integer", value}))
	return 0
}

// text reads a word; anything else makes RabbitMQ give up.
func (c *call) text(value any) string {
	s, ok := value.(string)
	if !ok {
		c.fail(crash())
	}
	return s
}

func (c *call) asks(name string) bool { return c.query[name] == "true" }
