package otlp

import (
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// code is one of gRPC (grpc.io/docs/guides/status-codes).
type code int

const (
	codeOK                code = 0
	codeInvalidArgument   code = 3
	codeDeadlineExceeded  code = 4
	codePermissionDenied  code = 7
	codeResourceExhausted code = 8
	codeUnimplemented     code = 12
	codeUnavailable       code = 14
	codeUnauthenticated   code = 16
	retryAfterSeconds          = "1"
	headerRetryAfter           = "Retry-After"
	contentTypeProtobuf        = "application/x-protobuf"
	contentTypeJSON            = "application/json"
	contentTypeGRPC            = "application/grpc"
	encodingGzip               = "gzip"
	encodingIdentity           = "identity"
	headerContentEncoding      = "Content-Encoding"
	headerContentType          = "Content-Type"
)

// fault is why a request was refused.
type fault struct {
	// http is the status of an HTTP response, code that of gRPC.
	http int
	code code
	what string
}

func (f *fault) Error() string { return f.what }

func refuse(http int, code code, format string, args ...any) *fault {
	return &fault{http, code, fmt.Sprintf(format, args...)}
}

func malformed(what string) *fault {
	return refuse(http.StatusBadRequest, codeInvalidArgument, "%s", what)
}

// retryable faults pass: the client may send the same again
// (opentelemetry.io/docs/specs/otlp, "Retryable response codes").
func (f *fault) retryable() bool {
	return f.http == http.StatusTooManyRequests || f.http == http.StatusServiceUnavailable
}

// protobuf is the fault as google.rpc.Status.
func (f *fault) protobuf() []byte {
	b := protowire.AppendTag(nil, 1, protowire.VarintType)
	b = protowire.AppendVarint(b, uint64(f.code))
	b = protowire.AppendTag(b, 2, protowire.BytesType)
	return protowire.AppendString(b, f.what)
}

// jsonStatus is google.rpc.Status in JSON.
type jsonStatus struct {
	Code    code   `json:"code"`
	Message string `json:"message"`
}

func (f *fault) json() any { return jsonStatus{f.code, f.what} }

// accepted is the answer to a request that was taken: ExportTraceServiceResponse.
type accepted struct {
	// rejected spans were left out, for the reason.
	rejected int
	reason   string
}

func (a accepted) protobuf() []byte {
	if a.rejected == 0 {
		return nil
	}
	partial := protowire.AppendTag(nil, 1, protowire.VarintType)
	partial = protowire.AppendVarint(partial, uint64(a.rejected))
	partial = protowire.AppendTag(partial, 2, protowire.BytesType)
	partial = protowire.AppendString(partial, a.reason)
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial)
}

// jsonAccepted is ExportTraceServiceResponse in JSON, where 64-bit numbers are text.
type jsonAccepted struct {
	Partial *jsonPartial `json:"partialSuccess,omitempty"`
}

type jsonPartial struct {
	Rejected int    `json:"rejectedSpans,string"`
	Message  string `json:"errorMessage"`
}

func (a accepted) json() any {
	if a.rejected == 0 {
		return jsonAccepted{}
	}
	return jsonAccepted{&jsonPartial{a.rejected, a.reason}}
}

// percentEncoded is a text as the header grpc-message carries it
// (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
func percentEncoded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
