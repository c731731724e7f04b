package views

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/decoders"
)

// Decode opens a message's payload; as pins the format, "" detects it.
func Decode(m backends.Message, as string) *decoders.Result {
	return decoders.Decode(m.Body, decoders.Options{
		ContentType: m.ContentType, ContentEncoding: m.ContentEncoding,
		As: as, Partial: !m.Complete(),
	})
}

// DecodeTraced is Decode for a message that a person opened: it leaves a span.
func DecodeTraced(d *Deps, m backends.Message, as string) *decoders.Result {
	_, span := spans.Root(context.Background(), d.Tracer, "decode", spans.TriggerUser)
	defer span.End()
	result := Decode(m, as)
	span.SetName(strings.ReplaceAll(result.Format, " ", "_") + ".decode")
	span.SetAttributes(
		attribute.String("codec.format", result.Format),
		attribute.String("codec.operation", "decode"),
		attribute.Int("codec.input_size_bytes", len(m.Body)),
		attribute.Int("codec.output_size_bytes", len(result.Data)),
	)
	if result.Fault != nil {
		span.SetStatus(codes.Error, "payload is broken")
		span.SetAttributes(attribute.String("error.type", "broken_payload"))
	}
	return result
}
