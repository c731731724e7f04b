package otlp

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"bustop/backends/spans"
)

// TestExportInEachForm sends spans to a receiver as a second bustop has one.
func TestExportInEachForm(t *testing.T) {
	for _, protocol := range Protocols() {
		for _, compression := range []string{"none", "gzip"} {
			t.Run(protocol+" "+compression, func(t *testing.T) {
				_, store, addr := listening(t, Options{Token: "s3cret"})
				set, err := ExportSettings(env("OTEL_EXPORTER_OTLP_ENDPOINT=http://"+addr, "OTEL_EXPORTER_OTLP_PROTOCOL="+protocol,
					"OTEL_EXPORTER_OTLP_COMPRESSION="+compression, "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20s3cret"), Asked{})
				if err != nil {
					t.Fatal(err)
				}
				exporter := NewExporter(set)
				sameWork(t, store, work(t, exporter))
				if _, there := values(store.all()[1].Attributes)[string(KeyAttribute)]; there {
					t.Error("the name of a key went out")
				}
				if sent, failed := exporter.Counts(); sent != 2 || failed != 0 {
					t.Errorf("%d sent, %d failed", sent, failed)
				}
			})
		}
	}
}

func TestKeysGoOutWhenAskedFor(t *testing.T) {
	_, store, addr := listening(t, Options{})
	set, err := ExportSettings(env(), Asked{Endpoint: "http://" + addr, Keys: true})
	if err != nil {
		t.Fatal(err)
	}
	work(t, NewExporter(set))
	if got := values(store.all()[1].Attributes)[string(KeyAttribute)]; got != "session:1" {
		t.Errorf("the key is %q", got)
	}
}

func TestExportSettings(t *testing.T) {
	for _, c := range []struct {
		env  []string
		file Asked
		want string // protocol and URL, "" for no export
		err  string
	}{
		{},
		{env: []string{"OTEL_TRACES_EXPORTER=otlp"}, want: "http/protobuf http://localhost:4318/v1/traces"},
		{env: []string{"OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, want: "grpc http://localhost:4317" + pathGRPC},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=https://c:4318/base"}, want: "http/protobuf https://c:4318/base/v1/traces"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://d:2/x"}, want: "http/protobuf http://d:2/x"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json"}, want: "http/json http://c:1/v1/traces"},
		{file: Asked{Endpoint: "http://f:3", Protocol: "grpc"}, want: "grpc http://f:3" + pathGRPC},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1"}, file: Asked{Endpoint: "http://f:3"}, want: "http/protobuf http://c:1/v1/traces"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_TRACES_EXPORTER=none"}},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_SDK_DISABLED=TRUE"}},
		{env: []string{"OTEL_TRACES_EXPORTER=console"}, err: "over the screen"},
		{env: []string{"OTEL_TRACES_EXPORTER=zipkin"}, err: "known are otlp and none"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=127.0.0.1:4318"}, err: "OTEL_EXPORTER_OTLP_ENDPOINT is no URL"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=u:p4ss@h"}, err: "OTEL_EXPORTER_OTLP_ENDPOINT is no URL"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_EXPORTER_OTLP_PROTOCOL=thrift"}, err: "OTEL_EXPORTER_OTLP_PROTOCOL: known"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_EXPORTER_OTLP_HEADERS=p4ss"}, err: "expected name=value"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_EXPORTER_OTLP_HEADERS=a=p4ss%0d%0ab"}, err: "expected name=value"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_EXPORTER_OTLP_TIMEOUT=soon"}, err: "milliseconds"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_EXPORTER_OTLP_COMPRESSION=zstd"}, err: "known are gzip"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_EXPORTER_OTLP_CERTIFICATE=/nowhere"}, err: "no PEM certificate"},
		{env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:1", "OTEL_EXPORTER_OTLP_CLIENT_KEY=/nowhere"}, err: "no certificate with its key"},
	} {
		set, err := ExportSettings(env(c.env...), c.file)
		got := ""
		if set != nil {
			got = set.Protocol + " " + set.URL.String()
		}
		if got != c.want || (err == nil) != (c.err == "") || (err != nil && (!strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "p4ss"))) {
			t.Errorf("%v %+v: %q, %v; want %q, %q", c.env, c.file, got, err, c.want, c.err)
		}
	}
}

// TestCollectorsThatFail holds what is tried again and that nothing of an answer is shown.
func TestCollectorsThatFail(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []int // statuses, in turn, the last again and again
		want    string
		calls   int32
	}{
		{"once away", []int{503, 200}, "", 2},
		{"bad data", []int{400}, "1 spans were not exported: the collector answered 400 Bad Request", 1},
		{"moved", []int{302}, "answered 302 Found", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				n := int(calls.Add(1)) - 1
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.answers[min(n, len(c.answers)-1)])
				_, _ = w.Write([]byte("s3cret"))
			}))
			defer server.Close()
			set, err := ExportSettings(env("OTEL_EXPORTER_OTLP_ENDPOINT="+server.URL), Asked{})
			if err != nil {
				t.Fatal(err)
			}
			e := NewExporter(set)
			defer func() { _ = e.Shutdown(t.Context()) }()
			err = e.ExportSpans(t.Context(), someSpans(1))
			if (err == nil) != (c.want == "") || (err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret"))) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if got := calls.Load(); got != c.calls {
				t.Errorf("%d calls, want %d", got, c.calls)
			}
		})
	}
}

func TestCollectorThatIsNotThere(t *testing.T) {
	set, err := ExportSettings(env("OTEL_EXPORTER_OTLP_ENDPOINT=http://user:p4ss@127.0.0.1:1", "OTEL_EXPORTER_OTLP_TIMEOUT=50"), Asked{})
	if err != nil {
		t.Fatal(err)
	}
	e := NewExporter(set)
	if err = e.ExportSpans(t.Context(), someSpans(3)); err == nil || !strings.Contains(err.Error(), "3 spans were not exported: the collector cannot be reached") || strings.Contains(err.Error(), "p4ss") {
		t.Errorf("got %v", err)
	}
	if sent, failed := e.Counts(); sent != 0 || failed != 3 {
		t.Errorf("%d sent, %d failed", sent, failed)
	}
}

// TestRejectedSpans counts what a collector leaves out, in each form of the protocol.
func TestRejectedSpans(t *testing.T) {
	for _, protocol := range Protocols() {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			a := accepted{2, "no"}
			if protocol != ProtocolGRPC {
				in := protobuf
				if protocol == ProtocolJSON {
					in = jsonText
				}
				answer(w, in, http.StatusOK, a.protobuf, a.json)
				return
			}
			w.Header().Set("Content-Type", contentTypeGRPC)
			_, _ = w.Write(framed(a.protobuf()))
			w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
		}))
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
		set, err := ExportSettings(env("OTEL_EXPORTER_OTLP_ENDPOINT="+server.URL, "OTEL_EXPORTER_OTLP_PROTOCOL="+protocol), Asked{})
		if err != nil {
			t.Fatal(err)
		}
		e := NewExporter(set)
		if err := e.ExportSpans(t.Context(), someSpans(3)); err == nil || !strings.Contains(err.Error(), "rejected 2 of 3") {
			t.Errorf("%s: %v", protocol, err)
		}
		if sent, failed := e.Counts(); sent != 1 || failed != 2 {
			t.Errorf("%s: %d sent, %d failed", protocol, sent, failed)
		}
		_ = e.Shutdown(t.Context())
		server.Close()
	}
}

func someSpans(n int) []sdktrace.ReadOnlySpan {
	tracer := sdktrace.NewTracerProvider().Tracer("t")
	var list []sdktrace.ReadOnlySpan
	for range n {
		_, s := tracer.Start(context.Background(), "x")
		s.End()
		list = append(list, s.(sdktrace.ReadOnlySpan))
	}
	return list
}

// TestSampling holds that the sampler decides about the export and never about the store.
func TestSampling(t *testing.T) {
	for _, c := range []struct {
		env             []string
		polls           bool
		exported, local int // of a trace by a person and a poll, with a child each
		fault           bool
	}{
		{nil, false, 2, 4, false},
		{nil, true, 4, 4, false},
		{[]string{"OTEL_TRACES_SAMPLER=always_off"}, true, 0, 4, false},
		{[]string{"OTEL_TRACES_SAMPLER=parentbased_always_off"}, false, 0, 4, false},
		{[]string{"OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=0"}, true, 0, 4, false},
		{[]string{"OTEL_TRACES_SAMPLER=parentbased_traceidratio"}, true, 4, 4, false},
		{[]string{"OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=2"}, true, 4, 4, true},
		{[]string{"OTEL_TRACES_SAMPLER=jaeger_remote"}, true, 4, 4, true},
	} {
		sampler, err := ExportSampler(env(c.env...), c.polls)
		if (err != nil) != c.fault {
			t.Errorf("%v: %v", c.env, err)
		}
		seen := &recorder{}
		provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithSpanProcessor(seen))
		tracer := provider.Tracer("t")
		for _, trigger := range []string{spans.TriggerUser, spans.TriggerPoll} {
			ctx, root := spans.Root(context.Background(), tracer, "open", trigger)
			_, child := tracer.Start(ctx, "GET")
			child.End()
			root.End()
		}
		sampled := 0
		for _, s := range seen.ended {
			if s.SpanContext().IsSampled() {
				sampled++
			}
		}
		if sampled != c.exported || len(seen.ended) != c.local {
			t.Errorf("%v polls %v: %d exported, %d here; want %d and %d", c.env, c.polls, sampled, len(seen.ended), c.exported, c.local)
		}
	}
}

// recorder keeps every span that ends.
type recorder struct{ ended []sdktrace.ReadOnlySpan }

func (r *recorder) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (r *recorder) OnEnd(s sdktrace.ReadOnlySpan)                   { r.ended = append(r.ended, s) }
func (r *recorder) Shutdown(context.Context) error                  { return nil }
func (r *recorder) ForceFlush(context.Context) error                { return nil }

func TestItsOwnReceiverIsRefused(t *testing.T) {
	for raw, want := range map[string]bool{
		"http://127.0.0.1:4318": true, "http://localhost:4318": true, "http://127.0.0.1:4319": false, "http://collector:4318": false,
	} {
		set, err := ExportSettings(env("OTEL_EXPORTER_OTLP_ENDPOINT="+raw), Asked{})
		if err != nil {
			t.Fatal(err)
		}
		if got := set.Reaches([]string{"127.0.0.1:4318"}); got != want {
			t.Errorf("%s: %v", raw, got)
		}
	}
}
