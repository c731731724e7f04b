package otlp

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/spans"
)

// applicationTime is how long spans of applications within this program wait at most: somebody is looking.
const applicationTime = 500 * time.Millisecond

// Applications are the providers of applications within this program, one for each name.
type Applications struct {
	processor sdktrace.SpanProcessor
	options   []sdktrace.TracerProviderOption
	mu        sync.Mutex
	providers map[string]*sdktrace.TracerProvider
}

// Applications returns providers whose spans go to this program's receiver or, when export is set and spans are
// exported, to the collector.
func (t *Tracing) Applications(export bool, options ...sdktrace.TracerProviderOption) *Applications {
	var out sdktrace.SpanExporter = inProcess{NewExporter(&Settings{}), t.Receiver}
	lost := &t.late
	if export && t.settings != nil {
		out, lost = NewExporter(t.settings), &t.unsent
	}
	limits := t.limits
	limits.delay = applicationTime
	return &Applications{
		processor: newBatcher(out, limits, lost),
		options:   options, providers: map[string]*sdktrace.TracerProvider{},
	}
}

// Provider returns the provider of an application.
func (a *Applications) Provider(service string) trace.TracerProvider {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.providers[service]
	if p == nil {
		about := sdkresource.NewSchemaless(
			attribute.String("service.name", service), attribute.String(serviceInstance, spans.NewInstance()))
		p = sdktrace.NewTracerProvider(append([]sdktrace.TracerProviderOption{
			sdktrace.WithSpanProcessor(a.processor), sdktrace.WithResource(about),
		}, a.options...)...)
		a.providers[service] = p
	}
	return p
}

// Close sends what waits, not for long.
func (a *Applications) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	_ = a.processor.Shutdown(ctx) // what could not be sent by now is lost
}

// inProcess hands requests to a receiver in this program, encoded as they would be on the network.
type inProcess struct {
	*Exporter
	to *Receiver
}

// ExportSpans implements sdktrace.SpanExporter.
func (p inProcess) ExportSpans(ctx context.Context, list []sdktrace.ReadOnlySpan) error {
	body, err := p.client.encode(p.pack(list))
	if err == nil {
		_, err = p.to.take(ctx, body, protobuf)
	}
	return err
}
