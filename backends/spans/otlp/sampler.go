package otlp

import (
	"errors"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/spans"
)

// sampler decides what is exported. Every span is recorded all the same, for the Traces pane.
type sampler struct {
	inner sdktrace.Sampler
	// polls lets the traces of bustop's own refreshing out too.
	polls bool
}

// ExportSampler reads OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG
// (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables). It returns a sampler in any case.
func ExportSampler(getenv func(string) string, polls bool) (sdktrace.Sampler, error) {
	name := strings.ToLower(strings.TrimSpace(getenv("OTEL_TRACES_SAMPLER")))
	base, child := strings.CutPrefix(name, "parentbased_")
	var inner sdktrace.Sampler
	var err error
	switch base {
	case "":
		inner, child = sdktrace.AlwaysSample(), true
	case "always_on":
		inner = sdktrace.AlwaysSample()
	case "always_off":
		inner = sdktrace.NeverSample()
	case "traceidratio":
		inner, err = ratio(getenv("OTEL_TRACES_SAMPLER_ARG"))
	default:
		inner, child, err = sdktrace.AlwaysSample(), true, errors.New("OTEL_TRACES_SAMPLER: this sampler is not known; everything is exported")
	}
	if child {
		inner = sdktrace.ParentBased(inner)
	}
	return &sampler{inner, polls}, err
}

func ratio(text string) (sdktrace.Sampler, error) {
	text = strings.TrimSpace(text)
	share, err := strconv.ParseFloat(text, 64)
	switch {
	case text == "":
		return sdktrace.TraceIDRatioBased(1), nil
	case err != nil || !(share >= 0 && share <= 1):
		return sdktrace.TraceIDRatioBased(1), errors.New("OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1; everything is exported")
	}
	return sdktrace.TraceIDRatioBased(share), nil
}

// ShouldSample implements sdktrace.Sampler.
func (s *sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if parent := trace.SpanContextFromContext(p.ParentContext); !s.polls && !parent.IsValid() && isPoll(p.Attributes) {
		return sdktrace.SamplingResult{Decision: sdktrace.RecordOnly}
	}
	result := s.inner.ShouldSample(p)
	if result.Decision == sdktrace.Drop {
		result.Decision = sdktrace.RecordOnly
	}
	return result
}

// Description implements sdktrace.Sampler.
func (s *sampler) Description() string { return "bustop{" + s.inner.Description() + "}" }

func isPoll(attrs []attribute.KeyValue) bool {
	for _, a := range attrs {
		if a.Key == spans.TriggerKey {
			return a.Value.AsString() == spans.TriggerPoll
		}
	}
	return false
}
