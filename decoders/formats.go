package decoders

import "strings"

// Formats lists the names that Options.As accepts, in the order of a menu.
func Formats() []string {
	return []string{
		"json", "ndjson", formatText, "msgpack", "cbor", formatBinary,
		"gzip", "zlib", "deflate", "zstd", "base64", "hex",
		"protobuf", "bson", formatXML, "csv", formatUTF16, formatLatin1, "grpc",
	}
}

// chainOf splits a pinned chain: "gzip → cbor", "gzip>cbor", "gzip,cbor".
func chainOf(as string) []string {
	return strings.FieldsFunc(strings.ToLower(as), func(r rune) bool {
		return r == '→' || r == '>' || r == ',' || r == '+' || r == ' '
	})
}

// hintedFormat is the format a content type names (RFC 6838, suffixes RFC 6839), "" for others.
func hintedFormat(contentType string) string {
	s, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	s = strings.TrimSpace(s)
	switch s {
	case "application/msgpack", "application/x-msgpack", "application/vnd.msgpack", "msgpack":
		return "msgpack"
	case "application/cbor", "application/cbor-seq", "cbor":
		return "cbor"
	case "application/json", "text/json", "json":
		return "json"
	case "application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf", "protobuf":
		return "protobuf"
	case "application/bson", "bson":
		return "bson"
	case "application/xml", "text/xml", "xml":
		return formatXML
	case "text/csv", "text/tab-separated-values", "csv":
		return "csv"
	case "application/x-ndjson", "application/jsonl", "application/json-seq":
		return "ndjson"
	}
	switch {
	case strings.HasSuffix(s, "+json"):
		return "json"
	case strings.HasSuffix(s, "+xml"):
		return formatXML
	case strings.HasSuffix(s, "+protobuf"), strings.HasSuffix(s, "+proto"):
		return "protobuf"
	case strings.HasSuffix(s, "+cbor"), strings.HasSuffix(s, "+cbor-seq"):
		return "cbor"
	case strings.HasSuffix(s, "+msgpack"):
		return "msgpack"
	case strings.HasPrefix(s, "text/"):
		return formatText
	}
	return ""
}

// hintedWrapping is the wrapping a content encoding names, "" for others. HTTP's "deflate" is zlib
// (RFC 9110 §8.4.1.2), which is known by itself, so only raw deflate is left of it.
func hintedWrapping(encoding string) string {
	switch s := strings.ToLower(strings.TrimSpace(encoding)); s {
	case "gzip", "x-gzip":
		return "gzip"
	case "deflate", "zlib", "zstd", "base64", "hex":
		return s
	}
	return ""
}
