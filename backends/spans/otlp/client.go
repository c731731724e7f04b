package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/protobuf/encoding/protowire"
)

// How long an export waits before it tries again, and how much of an answer it reads.
const (
	firstRetry = 200 * time.Millisecond
	lastRetry  = 5 * time.Second
	maxAnswer  = 64 << 10
)

// client posts requests. It records no spans of its own.
type client struct {
	set  *Settings
	http *http.Client
	// close ends the connections that no request holds.
	close func()
	// last says that the program ends and waits for this: nothing is tried twice.
	last atomic.Bool
}

func newClient(s *Settings) *client {
	var protocols http.Protocols
	switch {
	case s.Protocol == ProtocolGRPC && s.URL.Scheme == "http":
		protocols.SetUnencryptedHTTP2(true)
	case s.Protocol == ProtocolGRPC:
		protocols.SetHTTP2(true)
	default:
		protocols.SetHTTP1(true)
		protocols.SetHTTP2(true)
	}
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: s.TLS, Protocols: &protocols,
		TLSHandshakeTimeout: s.Timeout, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute,
	}
	return newClientOn(s, t, t.CloseIdleConnections)
}

func newClientOn(s *Settings, t http.RoundTripper, stop func()) *client {
	return &client{set: s, close: stop, http: &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// passing is a failure after which the same may be sent again, not before wait.
type passing struct {
	err  error
	wait time.Duration
}

func (p *passing) Error() string { return p.err.Error() }
func (p *passing) Unwrap() error { return p.err }

// send posts spans until they are taken, refused for good or too late. It returns how many of them the
// collector left out.
func (c *client) send(ctx context.Context, traces ptrace.Traces) (rejected int, err error) {
	body, err := c.encode(traces)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.set.Timeout)
	defer cancel()
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		rejected, err = c.post(ctx, body)
		var p *passing
		if !errors.As(err, &p) || c.last.Load() {
			return rejected, err
		}
		again := time.NewTimer(max(wait, p.wait))
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return 0, p.err
		}
	}
}

func (c *client) encode(traces ptrace.Traces) (body []byte, err error) {
	if c.set.Protocol == ProtocolJSON {
		body, err = new(ptrace.JSONMarshaler).MarshalTraces(traces)
	} else {
		body, err = new(ptrace.ProtoMarshaler).MarshalTraces(traces)
	}
	if err == nil && c.set.Gzip {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err = w.Write(body)
		err = errors.Join(err, w.Close())
		body = b.Bytes()
	}
	if err == nil && c.set.Protocol == ProtocolGRPC {
		body = framed(body)
		if c.set.Gzip {
			body[0] = 1
		}
	}
	return body, err
}

func (c *client) post(ctx context.Context, body []byte) (rejected int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.set.URL.String(), bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("the endpoint is no URL")
	}
	c.head(req.Header)
	res, err := c.http.Do(req)
	if err != nil {
		return 0, &passing{err: unreached(err)}
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return 0, &passing{err: unreached(err)}
	}
	if c.set.Protocol == ProtocolGRPC {
		return called(res, answer)
	}
	return c.posted(res, answer)
}

func (c *client) head(h http.Header) {
	for key, values := range c.set.Headers {
		h[key] = values
	}
	h.Set("User-Agent", "bustop")
	switch c.set.Protocol {
	case ProtocolGRPC:
		h.Set(headerContentType, contentTypeGRPC)
		h.Set("Te", "trailers")
		if c.set.Gzip {
			h.Set("Grpc-Encoding", encodingGzip)
		}
		return
	case ProtocolJSON:
		h.Set(headerContentType, contentTypeJSON)
	default:
		h.Set(headerContentType, contentTypeProtobuf)
	}
	if c.set.Gzip {
		h.Set(headerContentEncoding, encodingGzip)
	}
}

// unreached is an error of the network without the URL, which may hold a password.
func unreached(err error) error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return fmt.Errorf("the collector cannot be reached: %w", err)
}

// posted reads an answer of OTLP/HTTP. What the collector says of a failure is not shown: it may quote headers.
func (c *client) posted(res *http.Response, answer []byte) (rejected int, err error) {
	if res.StatusCode/100 == 2 {
		return c.left(res.Header.Get(headerContentType), answer), nil
	}
	err = fmt.Errorf("the collector answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	switch res.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(res.Header.Get(headerRetryAfter))
		return 0, &passing{err, time.Duration(min(max(seconds, 0), 3600)) * time.Second}
	}
	return 0, err
}

func (c *client) left(kind string, answer []byte) int {
	if kind != contentTypeJSON {
		return leftOut(answer)
	}
	var a struct {
		Partial struct {
			Rejected json.RawMessage `json:"rejectedSpans"`
		} `json:"partialSuccess"`
	}
	_ = json.Unmarshal(answer, &a) // an answer that says nothing rejects nothing
	n, _ := strconv.Atoi(string(bytes.Trim(a.Partial.Rejected, `"`)))
	return n
}

// called reads the answer of a gRPC call.
func called(res *http.Response, answer []byte) (rejected int, err error) {
	status := res.Trailer.Get("Grpc-Status")
	if status == "" {
		status = res.Header.Get("Grpc-Status") // an answer that is nothing but trailers
	}
	n, err := strconv.Atoi(status)
	switch {
	case res.StatusCode != http.StatusOK:
		err = fmt.Errorf("the collector answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
		if res.StatusCode >= http.StatusBadGateway && res.StatusCode <= http.StatusGatewayTimeout {
			return 0, &passing{err: err}
		}
		return 0, err
	case err != nil:
		return 0, errors.New("the collector does not speak gRPC")
	case code(n) == codeUnavailable || code(n) == codeDeadlineExceeded:
		return 0, &passing{err: fmt.Errorf("the collector answered with gRPC status %d", n)}
	case code(n) != codeOK:
		return 0, fmt.Errorf("the collector answered with gRPC status %d", n)
	case len(answer) < frameHead || answer[0] != 0:
		return 0, nil
	}
	return leftOut(answer[frameHead:]), nil
}

// leftOut reads the rejected spans of an ExportTraceServiceResponse.
func leftOut(answer []byte) int {
	partial := field(answer, 1, protowire.BytesType)
	inner, n := protowire.ConsumeBytes(partial)
	if n < 0 {
		return 0
	}
	rejected, n := protowire.ConsumeVarint(field(inner, 1, protowire.VarintType))
	if n < 0 {
		return 0
	}
	return int(int64(rejected))
}

// field returns a message from the value of a field on, nil when it is not there.
func field(message []byte, number protowire.Number, kind protowire.Type) []byte {
	for len(message) > 0 {
		n, k, head := protowire.ConsumeTag(message)
		if head < 0 {
			return nil
		}
		message = message[head:]
		if n == number && k == kind {
			return message
		}
		size := protowire.ConsumeFieldValue(n, k, message)
		if size < 0 {
			return nil
		}
		message = message[size:]
	}
	return nil
}
