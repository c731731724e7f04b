package spans

import (
	"crypto/rand"
	"fmt"
	"os"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// maxAttribute bounds the length of a span's attribute values, in bytes.
const maxAttribute = 4 << 10

// Provider returns a tracer provider whose spans all end in the store. Its sampler and limits are
// its own, whatever the OTEL_ environment variables say: they would blind the Traces pane. More
// are options that come after its own, for an export beside the store.
func Provider(store *Store, version string, more ...sdktrace.TracerProviderOption) *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(append(append(rules(version), sdktrace.WithSpanProcessor(store)), more...)...)
}

// rules are what a provider does with spans before they reach the store.
func rules(version string) []sdktrace.TracerProviderOption {
	limits := sdktrace.SpanLimits{
		AttributeValueLengthLimit: maxAttribute, AttributeCountLimit: 128,
		EventCountLimit: 128, LinkCountLimit: 128, AttributePerEventCountLimit: 32, AttributePerLinkCountLimit: 32,
	}
	return []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(sdktrace.AlwaysSample()), sdktrace.WithRawSpanLimits(limits),
		sdktrace.WithResource(About(version, NewInstance())),
	}
}

// About is what the spans of this program say of it.
func About(version, instance string) *resource.Resource {
	return resource.NewSchemaless(
		attribute.String("service.name", "bustop"),
		attribute.String("service.version", version),
		attribute.String("service.instance.id", instance),
		attribute.Int("process.pid", os.Getpid()),
	)
}

// Quiet keeps OpenTelemetry from writing to standard error, where it would tear the screen:
// its errors go to report and its log nowhere. It is for main to call, before anything traces.
func Quiet(report func(error)) {
	otel.SetLogger(logr.Discard())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(report))
}

// NewInstance returns a service.instance.id: a random UUID (RFC 9562, version 4).
func NewInstance() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
