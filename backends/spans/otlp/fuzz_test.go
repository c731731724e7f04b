package otlp

import (
	"bytes"
	"testing"
)

// taken holds of any body: it is refused and nothing of it is stored, or as much is stored as is said.
func taken(t *testing.T, body []byte, in encoding) {
	t.Helper()
	store := &kept{}
	r := NewReceiver(Options{Store: store})
	done, err := r.take(t.Context(), body, in)
	if n := len(store.all()); err != nil && n != 0 || err == nil && uint64(n) != r.Stats().Spans {
		t.Fatalf("%v, %+v, %d stored", err, done, n)
	}
}

func FuzzProtobuf(f *testing.F) {
	binary, _ := sample(f, 2)
	deep, _ := nested(maxNesting + 1)
	f.Add(binary)
	f.Add(deep)
	f.Fuzz(func(t *testing.T, body []byte) { taken(t, body, protobuf) })
}

func FuzzJSON(f *testing.F) {
	_, text := sample(f, 2)
	f.Add(text)
	f.Add([]byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"","kind":"SPAN_KIND_CLIENT","startTimeUnixNano":1e9,"x":null}]}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) { taken(t, body, jsonText) })
}

// FuzzCalls takes calls of gRPC: a frame, maybe compressed, around a request.
func FuzzCalls(f *testing.F) {
	binary, _ := sample(f, 2)
	f.Add(framed(binary), false)
	compressed := framed(gzipped(binary))
	compressed[0] = 1
	f.Add(compressed, true)
	f.Fuzz(func(t *testing.T, call []byte, compressed bool) {
		encoding := encodingIdentity
		if compressed {
			encoding = encodingGzip
		}
		body, err := message(bytes.NewReader(call), encoding)
		if err != nil {
			if body != nil {
				t.Fatalf("%v, and %d bytes", err, len(body))
			}
			return
		}
		if len(body) > maxBody {
			t.Fatalf("%d bytes", len(body))
		}
		taken(t, body, protobuf)
	})
}
