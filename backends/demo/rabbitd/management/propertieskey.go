package management

import (
	"bustop/backends/demo/rabbitd/wire"
	"bustop/backends/rabbitmq/bindingkey"
)

// propertiesKey is the name of a binding among those from the same source to the same destination.
func propertiesKey(routingKey string, args wire.Table) string {
	return bindingkey.Of(routingKey, plainTable(args))
}

// plainTable is a table in types that are not of the wire.
func plainTable(t wire.Table) map[string]any {
	out := make(map[string]any, len(t))
	for name, value := range t {
		out[name] = plainValue(value)
	}
	return out
}

func plainValue(value any) any {
	switch v := value.(type) {
	case wire.Table:
		return plainTable(v)
	case wire.Decimal:
		return bindingkey.Decimal(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plainValue(v[i])
		}
		return out
	}
	return value
}
