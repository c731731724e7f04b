// Sends one trace of two spans, with everything that a span can have, by an exporter of the OpenTelemetry SDK:
//
//	node main.mjs grpc|proto|json none|gzip http://127.0.0.1:4318
//
// It writes the id of the trace as one JSON object, then that it is ready, and ends with its standard input.
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as ByGRPC } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as ByJSON } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ByProto } from "@opentelemetry/exporter-trace-otlp-proto";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const [form, compression, endpoint] = process.argv.slice(2);
const exporters = {
  grpc: [ByGRPC, endpoint],
  proto: [ByProto, `${endpoint}/v1/traces`],
  json: [ByJSON, `${endpoint}/v1/traces`],
};
const [Exporter, url] = exporters[form];
const exporter = new Exporter({ url, compression: compression === "gzip" ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE });
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": "shop", "process.command_args": ["a", "b"] }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
});
const tracer = provider.getTracer("app", "1.2");
const root = tracer.startSpan("POST /orders", { kind: SpanKind.SERVER }, ROOT_CONTEXT);
const other = { traceId: "01".padEnd(32, "0"), spanId: "02".padEnd(16, "0"), traceFlags: TraceFlags.SAMPLED };
const child = tracer.startSpan(
  "send orders",
  {
    kind: SpanKind.PRODUCER,
    attributes: { "messaging.system": "rabbitmq", n: 3, b: true, f: 0.5 },
    links: [{ context: other, attributes: { why: "batch" } }],
  },
  trace.setSpan(ROOT_CONTEXT, root),
);
child.addEvent("retry", { attempt: 2 });
child.setStatus({ code: SpanStatusCode.ERROR, message: "no route" });
child.end();
root.end();
await provider.shutdown(); // sends what waits
console.log(JSON.stringify({ trace: root.spanContext().traceId }));
console.log(JSON.stringify({ ready: true }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
