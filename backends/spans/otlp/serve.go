package otlp

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
)

// Where spans are sent to.
const (
	pathHTTP = "/v1/traces"
	pathGRPC = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
)

// ServeHTTP takes a request in any of the three forms.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	kind, _, _ := mime.ParseMediaType(req.Header.Get(headerContentType))
	if kind == contentTypeGRPC || kind == contentTypeGRPC+"+proto" {
		r.serveGRPC(w, req)
		return
	}
	in := protobuf
	if kind == contentTypeJSON {
		in = jsonText
	}
	done, err := r.post(w, req, kind, in)
	if err != nil {
		r.answerFault(w, in, err)
		return
	}
	answer(w, in, http.StatusOK, done.protobuf, done.json)
}

// post takes a request of OTLP/HTTP (opentelemetry.io/docs/specs/otlp/#otlphttp).
func (r *Receiver) post(w http.ResponseWriter, req *http.Request, kind string, in encoding) (accepted, error) {
	switch {
	case req.URL.Path != pathHTTP:
		return accepted{}, refuse(http.StatusNotFound, codeUnimplemented, "spans are taken at %s, and nothing else is taken", pathHTTP)
	case req.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return accepted{}, refuse(http.StatusMethodNotAllowed, codeUnimplemented, "spans come by POST")
	case kind != contentTypeProtobuf && kind != contentTypeJSON:
		return accepted{}, refuse(http.StatusUnsupportedMediaType, codeInvalidArgument, "the content type must be %s or %s", contentTypeProtobuf, contentTypeJSON)
	}
	if err := r.enter(); err != nil {
		return accepted{}, err
	}
	defer r.leave()
	body, err := readAll(req.Body)
	if err != nil {
		return accepted{}, err
	}
	if body, err = unpacked(body, req.Header.Get(headerContentEncoding)); err != nil {
		return accepted{}, err
	}
	return r.take(req.Context(), body, in)
}

// enter lets a request in unless there are too many already.
func (r *Receiver) enter() error {
	select {
	case r.requests <- struct{}{}:
		return nil
	default:
		return refuse(http.StatusServiceUnavailable, codeUnavailable, "more than %d requests at once", maxRequests)
	}
}

func (r *Receiver) leave() { <-r.requests }

func (r *Receiver) answerFault(w http.ResponseWriter, in encoding, err error) {
	f := r.faultOf(err)
	if f.retryable() {
		w.Header().Set(headerRetryAfter, retryAfterSeconds)
	}
	answer(w, in, f.http, f.protobuf, f.json)
}

// faultOf counts a refusal.
func (r *Receiver) faultOf(err error) *fault {
	r.counted.refused.Add(1)
	var f *fault
	if !errors.As(err, &f) {
		f = malformed("the request could not be read")
	}
	return f
}

// answer writes a message in the encoding of the request.
func answer(w http.ResponseWriter, in encoding, status int, binary func() []byte, text func() any) {
	body, kind := []byte(nil), contentTypeProtobuf
	if in == jsonText {
		body, _ = json.Marshal(text()) // plain structures of ours
		kind = contentTypeJSON
	} else {
		body = binary()
	}
	w.Header().Set(headerContentType, kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone needs no answer
}

// readAll reads up to maxBody.
func readAll(from io.Reader) ([]byte, error) {
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(from, maxBody+1))
	switch {
	case err != nil:
		return nil, malformed("the body could not be read to its end")
	case n > maxBody:
		return nil, tooLarge()
	}
	return b.Bytes(), nil
}

func tooLarge() error {
	return refuse(http.StatusRequestEntityTooLarge, codeResourceExhausted, "the body has more than %d MiB", maxBody>>20)
}

// unpacked undoes a content encoding.
func unpacked(body []byte, encoding string) ([]byte, error) {
	switch encoding {
	case "", encodingIdentity:
		return body, nil
	case encodingGzip:
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, malformed("the body is not in gzip")
		}
		return readAll(r)
	}
	return nil, refuse(http.StatusUnsupportedMediaType, codeUnimplemented, "the only compression is gzip")
}

// serveGRPC takes a unary call over HTTP/2 (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
func (r *Receiver) serveGRPC(w http.ResponseWriter, req *http.Request) {
	w.Header().Set(headerContentType, contentTypeGRPC)
	w.Header().Set("Grpc-Accept-Encoding", encodingIdentity+","+encodingGzip)
	done, err := r.call(req)
	status, what := codeOK, ""
	if err != nil {
		f := r.faultOf(err)
		status, what = f.code, f.what
	} else {
		_, _ = w.Write(framed(done.protobuf())) // the trailers tell of a client that has gone
	}
	w.Header().Set(http.TrailerPrefix+"Grpc-Status", strconv.Itoa(int(status)))
	if what != "" {
		w.Header().Set(http.TrailerPrefix+"Grpc-Message", percentEncoded(what))
	}
}

func (r *Receiver) call(req *http.Request) (accepted, error) {
	switch {
	case req.ProtoMajor < 2 || req.Method != http.MethodPost:
		return accepted{}, refuse(http.StatusBadRequest, codeUnimplemented, "gRPC needs HTTP/2 and POST")
	case req.URL.Path != pathGRPC:
		return accepted{}, refuse(http.StatusNotFound, codeUnimplemented, "only spans are taken, by %s", pathGRPC)
	}
	if err := r.enter(); err != nil {
		return accepted{}, err
	}
	defer r.leave()
	body, err := message(req.Body, req.Header.Get("Grpc-Encoding"))
	if err != nil {
		return accepted{}, err
	}
	return r.take(req.Context(), body, protobuf)
}

// frameHead is the length of what stands before each message of gRPC: whether it is compressed, and its
// length.
const frameHead = 5

// message reads the one message of a unary call.
func message(from io.Reader, encoding string) ([]byte, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return nil, malformed("the call has no whole message")
	}
	size := int64(binary.BigEndian.Uint32(head[1:]))
	if size > maxBody || head[0] > 1 {
		return nil, tooLarge()
	}
	body, err := readAll(io.LimitReader(from, size))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) < size {
		return nil, malformed("the message ends early")
	}
	if n, _ := from.Read(head[:1]); n > 0 {
		return nil, malformed("the call has more than one message")
	}
	if head[0] == 0 {
		return body, nil
	}
	if encoding != encodingGzip {
		return nil, refuse(http.StatusUnsupportedMediaType, codeUnimplemented, "the only compression is gzip")
	}
	return unpacked(body, encodingGzip)
}

// framed puts the head before a message.
func framed(body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))), body...)
}
