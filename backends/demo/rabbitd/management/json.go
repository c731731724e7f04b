package management

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// tableJSON is a table as JSON; an empty one is an object without keys.
func tableJSON(t wire.Table) map[string]any {
	out := make(map[string]any, len(t))
	for name, value := range t {
		out[name] = fieldJSON(value)
	}
	return out
}

func fieldJSON(value any) any {
	switch v := value.(type) {
	case wire.Table:
		return tableJSON(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = fieldJSON(v[i])
		}
		return out
	case []byte:
		return textJSON(string(v))
	case string:
		return textJSON(v)
	case time.Time:
		return v.Unix()
	case float32:
		return decimal(v)
	case float64:
		return decimal(v)
	case wire.Decimal:
		// RabbitMQ writes the two numbers with a dot between them.
		text := strconv.Itoa(int(v.Scale)) + "." + strconv.FormatUint(uint64(uint32(v.Value)), 10)
		f, _ := strconv.ParseFloat(text, 64)
		return decimal(f)
	case nil:
		return "undefined"
	}
	return value
}

// textJSON is a text as it is, other bytes in the words of RabbitMQ.
func textJSON(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return "Not UTF-8, base64 is: " + base64.StdEncoding.EncodeToString([]byte(s))
}

// definitionJSON is a policy's definition as JSON.
func definitionJSON(d map[string]any) map[string]any {
	if d == nil {
		return map[string]any{}
	}
	return d
}

// arguments reads a table of a body, if it is there.
func (c *call) arguments(value any, there bool) wire.Table {
	if !there {
		return nil
	}
	switch v := value.(type) {
	case map[string]any:
		return c.table(v)
	case []any:
		if len(v) == 0 {
			return nil
		}
	}
	c.fail(crash())
	return nil
}

func (c *call) table(m map[string]any) wire.Table {
	t := make(wire.Table, len(m))
	for name, value := range m {
		if len(name) > math.MaxUint8 {
			c.fail(crash())
		}
		t[name] = c.field(value)
	}
	return t
}

func (c *call) field(value any) any {
	switch v := value.(type) {
	case nil:
		c.fail(badRequest("null_not_allowed"))
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, err := v.Float64()
		if err != nil {
			c.fail(crash())
		}
		return f
	case map[string]any:
		return c.table(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = c.field(v[i])
		}
		return out
	}
	return value
}

// nullable is null for a text that is empty.
func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// instant writes a time as RabbitMQ does: milliseconds and a numeric zone.
func instant(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000+00:00")
}

// garbageCollection has the settings of an Erlang process that has not collected yet.
func garbageCollection() object {
	return object{
		"fullsweep_after": 65535, "max_heap_size": 0, "min_bin_vheap_size": 46422,
		"min_heap_size": 233, "minor_gcs": 0,
	}
}

func unknownGarbageCollection() object {
	return object{
		"fullsweep_after": -1, "max_heap_size": -1, "min_bin_vheap_size": -1,
		"min_heap_size": -1, "minor_gcs": -1,
	}
}

func connectionRef(r broker.ConnectionRef) object {
	return object{"name": r.Name, "peer_host": r.PeerHost, "peer_port": r.PeerPort}
}

func (c *call) channelRef(r *broker.ChannelRef) object {
	return object{
		"name": r.Name, "number": r.Number, "user": r.User, "connection_name": r.Connection,
		"peer_host": r.PeerHost, "peer_port": r.PeerPort, "node": c.api.node,
	}
}

// argumentsOf reads the arguments of what a body declares.
func (c *call) argumentsOf(body map[string]any) wire.Table {
	value, there := body["arguments"]
	return c.arguments(value, there)
}

// spelledOut is an object whose values RabbitMQ does not look through for null: it writes "".
func spelledOut(o object) map[string]any {
	for name, value := range o {
		if value == nil {
			o[name] = ""
		}
	}
	return o
}
