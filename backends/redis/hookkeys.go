package redis

import (
	"bytes"
	"strings"

	"bustop/backends"
	"bustop/backends/spans"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// keyKey is the attribute with the key of a command. It never leaves the program unless a person lets it.
const keyKey = attribute.Key("bustop.redis.key")

// about is the name of a command, and its key where it has exactly one. Only commands whose key is known to
// stand there have it: what stands elsewhere may be a value.
func about(name string, args []any) []attribute.KeyValue {
	attrs := []attribute.KeyValue{semconv.DBOperationName(name)}
	at := 0
	switch name {
	case "TYPE", "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME", "GET", "GETRANGE", "STRLEN", "HLEN", "HGET", "HMGET", "HEXISTS",
		"HSTRLEN", "HSCAN", "HPTTL", "LLEN", "LINDEX", "LRANGE", "SCARD", "SISMEMBER", "SMISMEMBER", "SSCAN", "ZCARD", "ZSCORE",
		"ZMSCORE", "ZRANK", "ZREVRANK", "ZCOUNT", "ZRANGE", "ZREVRANGE", "ZRANGEBYSCORE", "ZREVRANGEBYSCORE", "ZSCAN",
		"XLEN", "XRANGE", "XREVRANGE", "XPENDING":
		at = 1
	case "OBJECT", "XINFO", "MEMORY":
		at = 2
	}
	if at == 0 || len(args) <= at {
		return attrs
	}
	switch key := args[at].(type) {
	case string:
		attrs = append(attrs, keyKey.String(key))
	case []byte:
		attrs = append(attrs, keyKey.String(string(key)))
	}
	return attrs
}

// maxLooked bounds what is looked at of a body for a trace context, in bytes.
const maxLooked = 16 << 10

// traceparentIn takes the trace context of a message: the value of a field of that name, or of a member of that
// name where its body is JSON text.
func traceparentIn(m *backends.Message, links *spans.Links) {
	for i := range m.Headers {
		if name := m.Headers[i].Name; len(name) == len("traceparent") && strings.EqualFold(name, "traceparent") {
			links.Add(m.Headers[i].Value)
			return
		}
	}
	body := m.Body[:min(len(m.Body), maxLooked)]
	name := []byte(`"traceparent"`)
	at := bytes.Index(body, name)
	if at < 0 {
		return
	}
	rest, found := bytes.CutPrefix(bytes.TrimLeft(body[at+len(name):], " \t\r\n"), []byte(":"))
	if !found {
		return
	}
	if rest, found = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(`"`)); found {
		if end := bytes.IndexByte(rest, '"'); end >= 0 {
			links.Add(rest[:end])
		}
	}
}
