package otlp

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"testing"

	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// sample is a request of n spans in both encodings.
func sample(t testing.TB, n int) (binary, text []byte) {
	t.Helper()
	traces := new(Exporter).pack(someSpans(n))
	for i, s := range traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		s.SetTraceID([16]byte{1, 2, 3, 15: byte(i)})
		s.SetSpanID([8]byte{9, 8, 7, 7: byte(i)})
		s.SetStartTimestamp(1_700_000_000_000_000_000)
		s.SetEndTimestamp(1_700_000_000_000_001_000)
		s.Attributes().PutStr("messaging.system", "rabbitmq")
		s.Attributes().PutInt("n", int64(i))
		list := s.Attributes().PutEmptySlice("list")
		list.AppendEmpty().SetDouble(1.5)
		list.AppendEmpty().SetEmptyMap().PutBool("b", true)
		s.Events().AppendEmpty().SetName("e")
		s.Links().AppendEmpty().Attributes().PutStr("l", "x")
	}
	binary, err := new(ptrace.ProtoMarshaler).MarshalTraces(traces)
	if err != nil {
		t.Fatal(err)
	}
	text, err = new(ptrace.JSONMarshaler).MarshalTraces(traces)
	if err != nil {
		t.Fatal(err)
	}
	return binary, text
}

// damaged spoils a body in one of the ways in which bodies get spoilt. The encoding's own reference decoder says
// whether that made it malformed.
func damaged(random *rand.Rand, body []byte, in encoding) ([]byte, bool) {
	b := bytes.Clone(body)
	switch random.IntN(4) {
	case 0:
		b = b[:random.IntN(len(b))]
	case 1:
		b[random.IntN(len(b))] ^= byte(1 << random.IntN(8))
	case 2:
		at := random.IntN(len(b))
		for i := range min(1+random.IntN(16), len(b)-at) {
			b[at+i] = byte(random.Uint32())
		}
	default:
		at := random.IntN(len(b))
		b = append(b[:at:at], b[min(at+1+random.IntN(32), len(b)):]...)
	}
	if in == jsonText {
		return b, !json.Valid(b)
	}
	err := proto.Unmarshal(b, &coltrace.ExportTraceServiceRequest{})
	return b, err != nil && !strings.Contains(err.Error(), "UTF-8") // which is cut out when it is shown
}

// spoilt is a body in a form of the protocol that is spoilt: what it says, its frame or its compression.
func spoilt(random *rand.Rand, body []byte, kind string, in encoding, compressed bool, n int) []byte {
	bad := false
	for whole := body; !bad; {
		body, bad = damaged(random, whole, in)
	}
	if compressed {
		body = gzipped(body)
		switch n % 5 {
		case 1: // it ends early
			body = body[:random.IntN(len(body))]
		case 2: // its checksum or length is wrong
			body[len(body)-8+random.IntN(8)] ^= 1 << random.IntN(8)
		}
	}
	if kind == contentTypeGRPC {
		body = framed(body)
		if compressed {
			body[0] = 1
		}
		if n%5 == 0 {
			body = body[:random.IntN(len(body))] // within the frame
		}
	}
	return body
}

// inUse is the memory that is held once garbage is gone, in bytes.
func inUse() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestMalformedBodies sends more than ten thousand bodies that are spoilt, over each form of the protocol, plain
// and compressed.
func TestMalformedBodies(t *testing.T) {
	const each, seed, forms = 1700, 7, 6
	r, store, addr := listening(t, Options{})
	binary, text := sample(t, 3)
	transport := &http.Transport{}
	client := &http.Client{Transport: transport}
	var h2 http.Protocols
	h2.SetUnencryptedHTTP2(true)
	callTransport := &http.Transport{Protocols: &h2}
	caller := &http.Client{Transport: callTransport}
	defer transport.CloseIdleConnections()
	defer callTransport.CloseIdleConnections()
	random := rand.New(rand.NewPCG(seed, seed))
	before, held := runtime.NumGoroutine(), inUse()
	for _, c := range []struct {
		kind, path string
		in         encoding
		whole      []byte
		by         *http.Client
	}{
		{contentTypeProtobuf, pathHTTP, protobuf, binary, client},
		{contentTypeJSON, pathHTTP, jsonText, text, client},
		{contentTypeGRPC, pathGRPC, protobuf, binary, caller},
	} {
		for n := range 2 * each {
			compressed := n >= each
			body := spoilt(random, c.whole, c.kind, c.in, compressed, n)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+c.path, bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", c.kind)
			switch {
			case compressed && c.kind == contentTypeGRPC:
				req.Header.Set("Grpc-Encoding", encodingGzip)
			case compressed:
				req.Header.Set(headerContentEncoding, encodingGzip)
			}
			refusedRightly(t, c.by, req, body)
		}
	}
	if got := r.Stats(); len(store.all()) != 0 || got != (Stats{Refused: forms * each}) {
		t.Fatalf("%d spans stored, %+v", len(store.all()), got)
	}
	if now := inUse(); now > held+2<<20 { // a body kept of each would be eight times as much
		t.Errorf("%d bytes held, %d before", now, held)
	}
	if status, _, _ := post(t, http.MethodPost, "http://"+addr+pathHTTP, contentTypeProtobuf, binary); status != http.StatusOK || len(store.all()) != 3 {
		t.Fatalf("afterwards: status %d, %d spans", status, len(store.all()))
	}
	transport.CloseIdleConnections()
	callTransport.CloseIdleConnections()
	if after := runtime.NumGoroutine(); after > before+20 { // goleak looks closer at the end
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

// refusedRightly sends a spoilt body and reads the error that the protocol wants.
func refusedRightly(t *testing.T, by *http.Client, req *http.Request, body []byte) {
	t.Helper()
	res, err := by.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	ok := false
	switch kind := req.Header.Get("Content-Type"); kind {
	case contentTypeGRPC:
		ok = res.StatusCode == http.StatusOK && res.Trailer.Get("Grpc-Status") == "3" && res.Trailer.Get("Grpc-Message") != ""
	case contentTypeJSON:
		var s jsonStatus
		ok = res.StatusCode == http.StatusBadRequest && res.Header.Get("Content-Type") == kind && json.Unmarshal(b.Bytes(), &s) == nil && s.Code == codeInvalidArgument && s.Message != ""
	default:
		number, n := protowire.ConsumeVarint(field(b.Bytes(), 1, protowire.VarintType))
		text, m := protowire.ConsumeString(field(b.Bytes(), 2, protowire.BytesType))
		ok = res.StatusCode == http.StatusBadRequest && res.Header.Get("Content-Type") == kind && n > 0 && number == uint64(codeInvalidArgument) && m > 0 && text != ""
	}
	if !ok {
		t.Log(proto.Unmarshal(body, &coltrace.ExportTraceServiceRequest{}))
		t.Fatalf("status %d, headers %v, trailers %v, %q to %q", res.StatusCode, res.Header, res.Trailer, b.Bytes(), body)
	}
}

// nested is a request with a value so deep.
func nested(depth int) (binary, text []byte) {
	wrap := func(field protowire.Number, b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), b)
	}
	for range depth - 1 {
		binary = wrap(5, wrap(1, binary))
	}
	binary = wrap(1, wrap(2, wrap(2, wrap(9, wrap(2, binary)))))
	text = []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"k","value":` +
		strings.Repeat(`{"arrayValue":{"values":[`, depth-1) + `{}` + strings.Repeat(`]}}`, depth-1) + `}]}]}]}]}`)
	return binary, text
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}
