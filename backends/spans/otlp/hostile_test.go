package otlp

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

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

// TestBounds holds that each bound is one before anything is decoded.
func TestBounds(t *testing.T) {
	_, store, addr := listening(t, Options{Rate: 10, Burst: 60_000})
	shallow, shallowText := nested(maxNesting)
	deep, _ := nested(maxNesting + 1)
	tooDeep, tooDeepText := nested(10_000)
	manySpans := bytes.Repeat([]byte{0x12, 0}, maxSpans+1)
	scopeSpansOf := func(spans []byte) []byte {
		b := protowire.AppendBytes([]byte{0x12}, spans)
		return protowire.AppendBytes([]byte{0x0a}, b)
	}
	manyText := []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{}` + strings.Repeat(",{}", maxSpans) + `]}]}]}`)
	manyParts := scopeSpansOf(protowire.AppendBytes([]byte{0x12}, bytes.Repeat([]byte{0x4a, 0}, maxParts)))
	huge := make([]byte, maxBody+1)
	for _, c := range []struct {
		name, kind string
		body       []byte
		headers    []string
		status     int
		says       string
	}{
		{"as deep as may be", contentTypeProtobuf, shallow, nil, 200, ""},
		{"as deep as may be, JSON", contentTypeJSON, shallowText, nil, 200, ""},
		{"one deeper", contentTypeProtobuf, deep, nil, 400, "nested"},
		{"much deeper", contentTypeProtobuf, tooDeep, nil, 400, "nested"},
		{"much deeper, JSON", contentTypeJSON, tooDeepText, nil, 400, "nested"},
		{"brackets only", contentTypeJSON, bytes.Repeat([]byte("["), 1<<20), nil, 400, "nested"},
		{"spans", contentTypeProtobuf, scopeSpansOf(manySpans), nil, 400, "more than 50000 spans"},
		{"spans, JSON", contentTypeJSON, manyText, nil, 400, "more than 50000 spans"},
		{"attributes", contentTypeProtobuf, manyParts, nil, 400, "parts"},
		{"bytes", contentTypeProtobuf, huge, nil, 413, "16 MiB"},
		{"bytes after decompression", contentTypeProtobuf, gzipped(huge), []string{"Content-Encoding", "gzip"}, 413, "16 MiB"},
		{"no gzip", contentTypeProtobuf, []byte("x"), []string{"Content-Encoding", "gzip"}, 400, "gzip"},
		{"other compression", contentTypeProtobuf, nil, []string{"Content-Encoding", "zstd"}, 415, "gzip"},
		{"no JSON", contentTypeJSON, []byte("null"), nil, 400, "malformed"},
		{"garbage behind", contentTypeJSON, []byte("{}x"), nil, 400, "malformed"},
		{"wrong type", contentTypeJSON, []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":7}]}]}]}`), nil, 400, "malformed"},
		{"short id", contentTypeJSON, []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00ff"}]}]}]}`), nil, 400, "malformed"},
		{"other content", "text/plain", []byte("{}"), nil, 415, "content type"},
		{"no content", contentTypeJSON, []byte("{}"), nil, 200, ""},
		{"empty message", contentTypeProtobuf, nil, nil, 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, _, answer := post(t, http.MethodPost, "http://"+addr+pathHTTP, c.kind, c.body, c.headers...)
			if status != c.status || !strings.Contains(string(answer), c.says) {
				t.Errorf("%d %q, want %d %q", status, answer, c.status, c.says)
			}
		})
	}
	if len(store.all()) != 0 {
		t.Errorf("%d spans are stored", len(store.all()))
	}
}

func TestWrongPaths(t *testing.T) {
	r, _, addr := listening(t, Options{})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodPost, "/v1/metrics", 404},
		{http.MethodPost, "/v1/logs", 404},
		{http.MethodGet, "/", 404},
		{http.MethodGet, pathHTTP, 405},
		{http.MethodOptions, pathHTTP, 405},
	} {
		status, _, answer := post(t, c.method, "http://"+addr+c.path, contentTypeJSON, nil)
		var s jsonStatus
		if status != c.status || json.Unmarshal(answer, &s) != nil || s.Code != codeUnimplemented {
			t.Errorf("%s %s: %d %q", c.method, c.path, status, answer)
		}
	}
	if got := r.Stats(); got != (Stats{Refused: 5}) {
		t.Errorf("stats %+v", got)
	}
}

// TestWhoMaySend holds that pages in a browser, foreign names and those without the token are kept out.
func TestWhoMaySend(t *testing.T) {
	_, open, addr := listening(t, Options{})
	_, closed, guarded := listening(t, Options{Token: "s3cret"})
	binary, _ := sample(t, 1)
	for _, c := range []struct {
		addr    string
		headers []string
		status  int
	}{
		{addr, nil, 200},
		{addr, []string{"Host", "localhost"}, 200},
		{addr, []string{"Host", "[::1]:4318"}, 200},
		{addr, []string{"Host", "rebound.example:4318"}, 403},
		{addr, []string{"Host", "127.0.0.1.example"}, 403},
		{addr, []string{"Origin", "http://localhost:3000"}, 403},
		{addr, []string{"Origin", "null"}, 403},
		{guarded, nil, 401},
		{guarded, []string{"Authorization", "Bearer s3cre"}, 401},
		{guarded, []string{"Authorization", "Basic s3cret"}, 401},
		{guarded, []string{"Authorization", "bearer s3cret"}, 200},
		{guarded, []string{"X-Otlp-Api-Key", "s3cret"}, 200},
	} {
		status, header, answer := post(t, http.MethodPost, "http://"+c.addr+pathHTTP, contentTypeProtobuf, binary, c.headers...)
		if status != c.status || strings.Contains(string(answer), "s3cret") || header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%v: %d %q, want %d", c.headers, status, answer, c.status)
		}
	}
	if len(open.all()) != 3 || len(closed.all()) != 2 {
		t.Errorf("%d and %d spans are stored", len(open.all()), len(closed.all()))
	}
}

func TestWhereItMayListen(t *testing.T) {
	for _, c := range []struct {
		addr, token, want string
	}{
		{"127.0.0.1:0", "", ""},
		{"localhost:0", "", ""},
		{"0.0.0.0:0", "", "with a token only"},
		{":0", "", "with a token only"},
		{"0.0.0.0:0", "t", ""},
		{"4318", "", "HOST:PORT"},
		{"127.0.0.1:99999", "", "cannot take spans"},
	} {
		s, err := Listen(t.Context(), NewReceiver(Options{Store: &kept{}, Token: c.token}), c.addr)
		if err == nil {
			s.Close()
		}
		if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v, want %q", c.addr, err, c.want)
		}
	}
}

// TestWhatIsLeftOut counts spans that come too fast, that are our own and that are none.
func TestWhatIsLeftOut(t *testing.T) {
	now := time.Unix(1000, 0)
	r, store, addr := listening(t, Options{Instance: "me", Rate: 10, Burst: 20, Now: func() time.Time { return now }})
	url := "http://" + addr + pathHTTP
	twelve, _ := sample(t, 12)
	status := func() int {
		code, header, _ := post(t, http.MethodPost, url, contentTypeProtobuf, twelve)
		if code == 429 && header.Get("Retry-After") != "1" {
			t.Error("no hint when to come again")
		}
		return code
	}
	got := fmt.Sprint(status(), status())
	now = now.Add(time.Second)
	if got += fmt.Sprint(" ", status(), " ", status()); got != "200 429 200 429" {
		t.Errorf("answers %s", got)
	}
	now = now.Add(time.Minute)
	own := `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.instance.id","value":{"stringValue":"me"}}]},"scopeSpans":[{"spans":[{},{}]}]},
{"scopeSpans":[{"spans":[{"name":"no id"}]}]}]}`
	_, _, answer := post(t, http.MethodPost, url, contentTypeJSON, []byte(own))
	if want := `{"partialSuccess":{"rejectedSpans":"1","errorMessage":"a span needs a trace id and a span id"}}`; string(answer) != want {
		t.Errorf("answer %s", answer)
	}
	if got := r.Stats(); got != (Stats{Requests: 3, Spans: 24, Refused: 2, Dropped: 24, Rejected: 1, Own: 2}) || len(store.all()) != 24 {
		t.Errorf("stats %+v, %d stored", got, len(store.all()))
	}
}

// TestTooManyAtOnce lets requests stop in the middle until there are too many.
func TestTooManyAtOnce(t *testing.T) {
	r := NewReceiver(Options{Store: &kept{}})
	for range maxRequests {
		if err := r.enter(); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.enter(); err == nil || r.faultOf(err).http != http.StatusServiceUnavailable {
		t.Errorf("got %v", err)
	}
	r.leave()
	if err := r.enter(); err != nil {
		t.Error(err)
	}
}

func TestLongTexts(t *testing.T) {
	long := strings.Repeat("é", maxText)
	if got := text(long); len(got) > maxText || len(got) < maxText-4 || !strings.HasPrefix(long, got) || got[len(got)-2:] != "é" {
		t.Errorf("%d bytes", len(got))
	}
	if got := text("\xbf" + strings.Repeat("\x80", 2*maxText)); len(got) > maxText || len(got) < maxText-4 {
		t.Errorf("%d bytes", len(got))
	}
}
