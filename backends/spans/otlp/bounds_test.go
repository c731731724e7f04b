package otlp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

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
