package rabbitmq

import (
	"encoding/base64"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"

	amqp "github.com/rabbitmq/amqp091-go"
)

// gotHeaders are headers as the management API shows them, with bytes that are not UTF-8 in place of what it
// writes for those.
func gotHeaders(headers map[string]any) map[string]any {
	out := make(map[string]any, len(headers))
	for name, value := range headers {
		out[name] = gotValue(value)
	}
	return out
}

func gotValue(value any) any {
	switch v := value.(type) {
	case map[string]any:
		return gotHeaders(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = gotValue(item)
		}
		return out
	case string:
		coded, marked := strings.CutPrefix(v, management.BytesPrefix)
		if raw, err := base64.StdEncoding.DecodeString(coded); marked && err == nil && !utf8.Valid(raw) {
			return raw
		}
	}
	return value
}

// nameGotTypes says of the headers among the fields what the management API lets be told. Numbers of all types
// look alike there, and void looks like a text.
func nameGotTypes(fields []backends.Field, headers map[string]any) {
	from := len(fields) - len(headers) // properties stand before the headers
	for i := max(from, 0); i < len(fields); i++ {
		switch v := headers[fields[i].Name].(type) {
		case bool:
			fields[i].Type = "boolean"
		case []byte:
			fields[i].Type = "bytes"
		case map[string]any:
			fields[i].Type = "table"
		case []any:
			fields[i].Type = "array"
		case string:
			fields[i].Type = "text"
			if v == management.VoidText {
				fields[i].Type = "void or text"
			}
		}
	}
}

// nameTypes says of the headers among the fields what they are on the wire.
func nameTypes(fields []backends.Field, headers amqp.Table) {
	from := len(fields) - len(headers) // properties stand before the headers
	for i := max(from, 0); i < len(fields); i++ {
		fields[i].Type = fieldType(headers[fields[i].Name])
	}
}

// fieldType is the type of a value of a field table, as RabbitMQ's errata to AMQP 0-9-1 have them.
func fieldType(v any) string {
	switch v.(type) {
	case nil:
		return "void"
	case bool:
		return "boolean"
	case int8:
		return "signed 8-bit"
	case uint8:
		return "unsigned 8-bit"
	case int16:
		return "signed 16-bit"
	case uint16:
		return "unsigned 16-bit"
	case int32:
		return "signed 32-bit"
	case uint32:
		return "unsigned 32-bit"
	case int64:
		return "signed 64-bit"
	case float32:
		return "32-bit float"
	case float64:
		return "64-bit float"
	}
	return longType(v)
}

func longType(v any) string {
	switch v.(type) {
	case amqp.Decimal:
		return "decimal"
	case string:
		return "text"
	case []byte:
		return "byte array"
	case time.Time:
		return "timestamp"
	case amqp.Table:
		return "table"
	case []any:
		return "array"
	}
	return ""
}

// decimalText writes a decimal with all its digits: a scale of 2 and 1234 are 12.34.
func decimalText(d amqp.Decimal) string {
	digits := big.NewInt(int64(d.Value)).String()
	sign := ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "-", rest
	}
	scale := int(d.Scale)
	if scale == 0 {
		return sign + digits
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}
