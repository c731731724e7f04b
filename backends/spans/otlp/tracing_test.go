package otlp

import (
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"bustop/backends/spans"
)

// begun starts to trace as a program does.
func begun(t *testing.T, c Config) *Tracing {
	t.Helper()
	c.Store, c.Version = spans.NewStore(0), "1.0"
	if c.Getenv == nil {
		c.Getenv = env()
	}
	tr, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	return tr
}

// names are those of the traces in a store.
func names(store *spans.Store) string {
	var list []string
	for _, s := range store.Summaries(spans.Query{}) {
		list = append(list, s.Service+" "+s.Name)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// TestOneSeesTheSpansOfAnother exports from one bustop to the receiver of a second one.
func TestOneSeesTheSpansOfAnother(t *testing.T) {
	for _, protocol := range Protocols() {
		t.Run(protocol, func(t *testing.T) {
			seen := spans.NewStore(0)
			second, err := Start(t.Context(), Config{Store: seen, Getenv: env(), Listens: true, Listen: "127.0.0.1:0", Token: "s3cret"})
			if err != nil {
				t.Fatal(err)
			}
			defer second.Close()
			own := spans.NewStore(0)
			first, err := Start(t.Context(), Config{Store: own, Getenv: env(
				"OTEL_EXPORTER_OTLP_ENDPOINT=http://"+second.Listening[0], "OTEL_EXPORTER_OTLP_PROTOCOL="+protocol,
				"OTEL_EXPORTER_OTLP_HEADERS=x-otlp-api-key=s3cret")})
			if err != nil {
				t.Fatal(err)
			}
			tracer := first.Provider.Tracer("t")
			for _, trigger := range []string{spans.TriggerUser, spans.TriggerPoll} {
				ctx, root := spans.Root(t.Context(), tracer, trigger, trigger)
				_, child := tracer.Start(ctx, "GET")
				child.End()
				root.End()
			}
			first.Close() // sends what waits
			if got := names(seen); got != "bustop user" || names(own) != "bustop poll, bustop user" {
				t.Errorf("the second sees %q, the first %q", got, names(own))
			}
			if len(first.Notes) > 0 {
				t.Errorf("notes %q", first.Notes)
			}
			want := spans.Traffic{Endpoint: "http://" + second.Listening[0], Sent: 2}
			if got := first.Traffic(); !reflect.DeepEqual(got, want) {
				t.Errorf("traffic of the first %+v, want %+v", got, want)
			}
			want = spans.Traffic{Listening: second.Listening, Accepted: 2}
			if got := second.Traffic(); !reflect.DeepEqual(got, want) {
				t.Errorf("traffic of the second %+v, want %+v", got, want)
			}
		})
	}
}

// TestOwnSpansThatComeBack holds that what a collector sends on to where it came from is left out.
func TestOwnSpansThatComeBack(t *testing.T) {
	tr := begun(t, Config{Listens: true, Listen: "127.0.0.1:0"})
	set, err := ExportSettings(env("OTEL_EXPORTER_OTLP_ENDPOINT=http://"+tr.Listening[0]), Asked{})
	if err != nil {
		t.Fatal(err)
	}
	e := NewExporter(set)
	_, span := tr.Provider.Tracer("t").Start(t.Context(), "x")
	span.End()
	if err := e.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{span.(sdktrace.ReadOnlySpan)}); err != nil {
		t.Fatal(err)
	}
	_ = e.Shutdown(t.Context())
	if got := tr.Receiver.Stats(); got != (Stats{Requests: 1, Own: 1}) {
		t.Errorf("stats %+v", got)
	}
}

func TestNotes(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{}, ""},
		{Config{Getenv: env("OTEL_TRACES_EXPORTER=console")}, "spans are not exported: OTEL_TRACES_EXPORTER: console"},
		{Config{Getenv: env("OTEL_TRACES_EXPORTER=otlp", "OTEL_TRACES_SAMPLER=x")}, "OTEL_TRACES_SAMPLER: this sampler is not known"},
		{Config{Listens: true, Listen: "127.0.0.1:0"}, ""},
	} {
		tr := begun(t, c.config)
		if got := strings.Join(tr.Notes, "; "); !strings.HasPrefix(got, c.want) || (c.want == "" && got != "") {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	tr := begun(t, Config{Listens: true, Listen: "127.0.0.1:0"})
	set, err := ExportSettings(env("OTEL_EXPORTER_OTLP_ENDPOINT=http://"+tr.Listening[0]), Asked{})
	if err != nil || !set.Reaches(tr.Listening) {
		t.Errorf("%v: its own receiver is not known", err)
	}
}

// TestOtherProgramsHaveTheUsualPorts holds that a person is told when applications that are told no address
// reach another program.
func TestOtherProgramsHaveTheUsualPorts(t *testing.T) {
	for _, port := range usualPorts() {
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
			defer l.Close()
		}
	}
	tr := begun(t, Config{Listens: true})
	if got := strings.Join(tr.Notes, "; "); !strings.HasPrefix(got, "other programs have the usual ports of OTLP: spans are taken on 127.0.0.1:") {
		t.Errorf("notes %q", got)
	}
}

// TestTraffic holds what is told of a receiver that other machines reach, and of an export that fails and
// then does not.
func TestTraffic(t *testing.T) {
	var status atomic.Int32
	status.Store(http.StatusBadRequest)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }))
	defer collector.Close()
	tr := begun(t, Config{Listens: true, Listen: "0.0.0.0:0", Token: "s3cret", Getenv: env("OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL)})
	if got := tr.Traffic(); !got.Open || len(got.Listening) != 1 || got.Endpoint != collector.URL || got.Failure != "" || got.Failing {
		t.Errorf("at first %+v", got)
	}
	ended := func(name string) {
		ctx, root := spans.Root(t.Context(), tr.Provider.Tracer("t"), name, spans.TriggerUser)
		root.End()
		_ = tr.Provider.ForceFlush(ctx) // the traffic tells its error
	}
	ended("lost")
	failed := tr.Traffic()
	if failed.Sent != 0 || failed.Failed != 1 || !failed.Failing || !strings.Contains(failed.Failure, "answered 400") || failed.FailedAt.IsZero() {
		t.Errorf("after a failure %+v", failed)
	}
	status.Store(http.StatusOK)
	ended("sent")
	if got := tr.Traffic(); got.Sent != 1 || got.Failed != 1 || got.Failing || got.Failure != failed.Failure || !got.FailedAt.Equal(failed.FailedAt) {
		t.Errorf("afterwards %+v", got)
	}
}

// TestApplications lets applications within the program send to its receiver.
func TestApplications(t *testing.T) {
	store := spans.NewStore(0)
	tr, err := Start(t.Context(), Config{Store: store, Getenv: env()})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	apps := tr.Applications(true)
	ctx, root := apps.Provider("storefront").Tracer("t").Start(t.Context(), "POST /orders")
	_, child := apps.Provider("billing").Tracer("t").Start(ctx, "process billing")
	child.End()
	root.End()
	if apps.Provider("billing") != apps.Provider("billing") {
		t.Error("an application has two providers")
	}
	apps.Close()
	list := store.Trace(root.SpanContext().TraceID().String())
	if got := names(store); got != "storefront POST /orders" || len(list) != 2 {
		t.Fatalf("%q, %d spans", got, len(list))
	}
	if !slices.ContainsFunc(list[1].Resource, func(a spans.Attr) bool { return a.Key == "service.name" && a.Value == "billing" }) {
		t.Errorf("resource %v", list[1].Resource)
	}
}

func TestExportedSpansSayWhoTheyAre(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "console-7")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=forged,team=a")
	got := values(about("1.0", "me").Attributes())
	if got["service.name"] != "console-7" || got["team"] != "a" || got[serviceInstance] != "me" || got["service.version"] != "1.0" {
		t.Errorf("got %v", got)
	}
}
