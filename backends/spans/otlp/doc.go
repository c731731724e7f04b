// Package otlp takes in spans of other programs and sends out bustop's own, both by the
// OpenTelemetry protocol (opentelemetry.io/docs/specs/otlp).
//
// A Receiver is one HTTP handler for all three forms of the protocol: gRPC, protobuf over HTTP
// and JSON over HTTP. It trusts nobody: what arrives is bounded in bytes, spans, depth and rate
// before it is decoded, and what is wrong is answered as the protocol wants it and changes
// nothing.
//
// The exporter speaks the same three forms. It is made only when the environment
// (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables) or the configuration
// file asks for it.
package otlp
