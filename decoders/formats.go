package decoders

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Formats lists the names that Options.As accepts, in the order of a menu.
func Formats() []string {
	return []string{
		"json", "ndjson", formatText, "msgpack", "cbor", formatBinary,
		"gzip", "zlib", "deflate", "zstd", "base64", "hex",
		"lz4", "lz4block", "snappy", "s2", "bzip2", "brotli", formatXZ, "jwt", "msgpack-lz4", "go-redis-cache",
		"protobuf", "bson", formatXML, "csv", formatUTF16, formatLatin1, "grpc",
		formatPickle, formatPHP, formatRuby,
	}
}

// chainOf splits a pinned chain: "gzip → cbor", "gzip>cbor", "gzip,cbor".
func chainOf(as string) []string {
	pins := strings.FieldsFunc(as, chainSeparator)
	for i, pin := range pins { // names of messages keep their case
		format, message, named := strings.Cut(pin, ":")
		if pins[i] = strings.ToLower(format); named {
			pins[i] += ":" + message
		}
	}
	return pins
}

// CheckChain says what is wrong with a chain that Options.As is to take: a name that is no format, or
// something after a format that holds nothing. After "protobuf:" the name of a message may stand.
func CheckChain(as string) error {
	parts := strings.FieldsFunc(as, chainSeparator)
	if len(parts) == 0 {
		return errors.New("expected a format or a chain")
	}
	for i, part := range parts {
		name, message, typed := strings.Cut(strings.ToLower(part), ":")
		if !slices.Contains(Formats(), name) || typed && (name != "protobuf" || message == "") {
			return fmt.Errorf("no format %q; known: %s", part, strings.Join(Formats(), ", "))
		}
		if i < len(parts)-1 && !isWrapping(name) {
			return fmt.Errorf("nothing comes after %s", name)
		}
	}
	return nil
}

func chainSeparator(r rune) bool { return r == '→' || r == '>' || r == ',' || r == '+' || r == ' ' }

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

// hintedWrapping is the wrapping a content encoding names, "" for others. Of several codings in a
// list the last was applied last (RFC 9110 §8.4). HTTP's "deflate" is zlib (§8.4.1.2), which is known
// by itself, so only raw deflate is left of it.
func hintedWrapping(encoding string) string {
	last := encoding[strings.LastIndexByte(encoding, ',')+1:]
	switch s := strings.ToLower(strings.TrimSpace(last)); s {
	case "gzip", "x-gzip":
		return "gzip"
	case "deflate", "zlib", "zstd", "base64", "hex", "lz4", "snappy", "s2", "bzip2", "brotli":
		return s
	case "raw-deflate", "deflate-raw":
		return "deflate"
	case "x-lz4", "lz4-frame":
		return "lz4"
	case "lz4-block", "lz4block", "lz4_raw":
		return "lz4block"
	case "x-snappy", "x-snappy-framed", "snappy-framed", "x-snappy-raw", "snappy-raw":
		return "snappy"
	case "x-bzip2", "bz2", "x-bz2":
		return "bzip2"
	case "x-zstd", "zst":
		return "zstd"
	case "br":
		return "brotli"
	}
	return ""
}
