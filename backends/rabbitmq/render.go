package rabbitmq

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"

	amqp "github.com/rabbitmq/amqp091-go"
)

// maxNesting bounds how deep a nested header is written out.
const maxNesting = 32

// render writes a header's or argument's value truthfully: text as its bytes, numbers and times
// as text, tables and arrays as compact JSON with sorted keys.
func render(v any) []byte {
	switch v := v.(type) {
	case string:
		return []byte(v)
	case []byte:
		return v
	case time.Time:
		return []byte(v.UTC().Format(time.RFC3339))
	}
	return appendJSON(nil, v, 0)
}

// appendJSON appends a value of an AMQP field table (RabbitMQ's 0-9-1 errata) or of JSON.
func appendJSON(out []byte, v any, depth int) []byte {
	if depth > maxNesting {
		return append(out, `"…"`...)
	}
	switch v := v.(type) {
	case string:
		return appendText(out, v)
	case []byte: // no text, even if it could be one
		return append(out, `{"$bytes":"`+base64.StdEncoding.EncodeToString(v)+`"}`...)
	case time.Time:
		return appendText(out, v.UTC().Format(time.RFC3339))
	case amqp.Table:
		return appendMap(out, v, depth)
	case management.Table:
		return appendMap(out, v, depth)
	case map[string]any:
		return appendMap(out, v, depth)
	case []any:
		out = append(out, '[')
		for i, item := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJSON(out, item, depth+1)
		}
		return append(out, ']')
	}
	return appendScalar(out, v)
}

func appendScalar(out []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, v)
	case json.Number:
		return append(out, v...)
	case float32:
		return strconv.AppendFloat(out, float64(v), 'g', -1, 32)
	case float64:
		return strconv.AppendFloat(out, v, 'g', -1, 64)
	case amqp.Decimal:
		return append(out, decimalText(v)...)
	}
	return fmt.Append(out, v) // the integers
}

func appendMap(out []byte, m map[string]any, depth int) []byte {
	out = append(out, '{')
	for i, key := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(out, key)
		out = append(out, ':')
		out = appendJSON(out, m[key], depth+1)
	}
	return append(out, '}')
}

// appendText quotes text; bytes that are no UTF-8 become {"$bytes": base64}.
func appendText(out []byte, s string) []byte {
	if !utf8.ValidString(s) {
		return append(out, `{"$bytes":"`+base64.StdEncoding.EncodeToString([]byte(s))+`"}`...)
	}
	quoted, err := json.Marshal(s)
	if err != nil {
		return append(out, `""`...)
	}
	return append(out, quoted...)
}

// argumentFields are the arguments of a queue or binding in the order of their names.
func argumentFields(t map[string]any) []backends.Field {
	fields := make([]backends.Field, 0, len(t))
	for _, name := range slices.Sorted(maps.Keys(t)) {
		fields = append(fields, backends.Field{Name: name, Value: render(t[name])})
	}
	return fields
}
