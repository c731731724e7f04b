package otlp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"bustop/backends/spans"
)

// flushTime is how long the spans that wait for their export may take at the end. It is less than what a signal
// leaves of the run.
const flushTime = 1500 * time.Millisecond

// Config says how a program traces itself and takes in spans of others.
type Config struct {
	Store   *spans.Store
	Version string
	Getenv  func(string) string
	// Export is what the configuration file says of the export.
	Export Asked
	// Listens says that spans are taken from the network, at Listen (see the function Listen); Token is asked of
	// every client when it is not "".
	Listens       bool
	Listen, Token string
}

// Tracing is the provider of the program's own spans, with the receiver of others'.
type Tracing struct {
	Provider *sdktrace.TracerProvider
	Receiver *Receiver
	// Notes are what the person should know: why spans do not come and go as asked.
	Notes []string
	// Listening are the addresses of the receiver, as host:port.
	Listening []string

	settings *Settings // of the export, nil for none
	exporter *Exporter
	limits   batchLimits
	// unsent are the spans that were to be exported and never were tried, late those of applications within this
	// program that the receiver did not get.
	unsent, late atomic.Uint64
	server       *Server
	once         sync.Once
}

// Start begins to trace. Only an address that cannot be listened on is an error: an export that cannot be is a
// note, since the Traces pane needs none.
func Start(ctx context.Context, c Config) (*Tracing, error) {
	instance := spans.NewInstance()
	t := &Tracing{
		Receiver: NewReceiver(Options{Store: c.Store, Instance: instance, Token: c.Token}),
		limits:   batchLimitsOf(c.Getenv),
	}
	if c.Listens {
		var err error
		if t.server, err = Listen(ctx, t.Receiver, c.Listen); err != nil {
			return nil, err
		}
		t.Listening = t.server.Addresses()
		if c.Listen == "" && len(t.Listening) < len(usualPorts()) {
			t.note("other programs have the usual ports of OTLP: spans are taken on " + strings.Join(t.Listening, " and ") + " only")
		}
	}
	more := []sdktrace.TracerProviderOption{sdktrace.WithResource(spans.About(c.Version, instance))}
	more = append(more, t.export(c, instance)...)
	t.Provider = spans.Provider(c.Store, c.Version, more...)
	return t, nil
}

func (t *Tracing) note(text string) { t.Notes = append(t.Notes, text) }

// export returns what makes a provider export, nothing when nobody asks for it.
func (t *Tracing) export(c Config, instance string) []sdktrace.TracerProviderOption {
	set, err := ExportSettings(c.Getenv, c.Export)
	switch {
	case err != nil:
		t.note("spans are not exported: " + err.Error())
		return nil
	case set == nil:
		return nil
	case set.Reaches(t.Listening):
		t.note("spans are not exported: the endpoint is this program's own receiver")
		return nil
	}
	sampler, err := ExportSampler(c.Getenv, c.Export.Polls)
	if err != nil {
		t.note(err.Error())
	}
	t.settings, t.exporter = set, NewExporter(set)
	return []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(sampler), sdktrace.WithSpanProcessor(newBatcher(t.exporter, t.limits, &t.unsent)), sdktrace.WithResource(about(c.Version, instance)),
	}
}

// about is what exported spans say of this program: what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say
// counts, but for the instance, by which it knows its own spans.
func about(version, instance string) *sdkresource.Resource {
	own := spans.About(version, instance)
	merged, err := sdkresource.Merge(own, sdkresource.Environment())
	if err != nil {
		return own
	}
	merged, err = sdkresource.Merge(merged, sdkresource.NewSchemaless(attribute.String(serviceInstance, instance)))
	if err != nil {
		return own
	}
	return merged
}

// Traffic is what came in and went out so far.
func (t *Tracing) Traffic() spans.Traffic {
	in := t.Receiver.Stats()
	out := spans.Traffic{
		Listening: t.Listening, Open: t.server != nil && t.server.open,
		Accepted: in.Spans, Refused: in.Refused, Dropped: in.Dropped + t.late.Load(), Rejected: in.Rejected, Own: in.Own,
	}
	if t.exporter == nil {
		return out
	}
	out.Endpoint = t.settings.URL.Scheme + "://" + t.settings.URL.Host
	out.Sent, out.Failed = t.exporter.Counts()
	out.Unsent = t.unsent.Load()
	out.Failing = t.exporter.failing.Load()
	if last := t.exporter.last.Load(); last != nil {
		out.Failure, out.FailedAt = cause(last.err), last.at
	}
	return out
}

// cause is why spans were not exported, without how many: that is counted over all failures.
func cause(err error) string {
	if inner := errors.Unwrap(err); inner != nil {
		err = inner
	}
	return err.Error()
}

// Exports reports whether spans leave the program.
func (t *Tracing) Exports() bool { return t.exporter != nil }

// Outcome says in a line what became of the spans that were to be exported, "" when none were.
func (t *Tracing) Outcome() string {
	out := t.Traffic()
	if out.Endpoint == "" {
		return ""
	}
	text := fmt.Sprintf("spans to %s: %d sent", out.Endpoint, out.Sent)
	if out.Unsent > 0 {
		text += fmt.Sprintf(", %d dropped", out.Unsent)
	}
	if out.Failure != "" {
		text += fmt.Sprintf(", %d failed: %s", out.Failed, out.Failure)
	}
	return text
}

// Close sends what waits for its export and ends the receiver.
func (t *Tracing) Close() {
	t.once.Do(func() {
		if t.exporter != nil {
			t.exporter.client.last.Store(true)
		}
		ctx, cancel := context.WithTimeout(context.Background(), flushTime)
		defer cancel()
		_ = t.Provider.Shutdown(ctx) // what could not be sent by now is lost
		if t.server != nil {
			t.server.Close()
		}
	})
}
