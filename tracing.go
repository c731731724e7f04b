package main

import (
	"context"
	"os"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/demo"
	"bustop/backends/demo/shop"
	"bustop/backends/spans"
	"bustop/backends/spans/otlp"
	"bustop/ui"
	"bustop/views/cli"
)

// floodShare is the part of the traces that the demo's flood keeps.
const floodShare = 0.05

// tracing is how this run traces, once it is started.
type tracing struct {
	store *spans.Store
	*otlp.Tracing
}

func (t *tracing) start(ctx context.Context, opt cli.TraceOptions) (*cli.Tracing, error) {
	started, err := otlp.Start(ctx, otlp.Config{
		Store: t.store, Version: version(), Getenv: os.Getenv,
		Export:  otlp.Asked{Endpoint: opt.Endpoint, Protocol: opt.Protocol, Keys: opt.Keys, Polls: opt.Polls},
		Listens: opt.Listens, Listen: opt.Listen, Token: opt.Token,
	})
	if err != nil {
		return nil, err
	}
	t.Tracing = started
	out := &cli.Tracing{Tracer: t.Provider, Notes: t.Notes, End: t.Close, Outcome: t.Outcome}
	for _, addr := range t.Listening {
		out.Join = append(out.Join, cli.Address{Name: "otlp", Text: "http://" + addr})
	}
	return out, nil
}

// startDemo starts the demo; its applications send their spans to the receiver of this program. Where nobody
// looks they send them to the collector that the environment names, or none.
func (t *tracing) startDemo(ctx context.Context, opt cli.DemoOptions) (*cli.RunningDemo, error) {
	options := demo.Options{
		Servers: opt.Servers, Scenario: opt.Scenario, Seed: opt.Seed, Rate: opt.Rate, For: opt.For, Log: opt.Log,
	}
	quiet := func() {}
	if !opt.Headless || t.Exports() {
		share := 1.0
		if shop.Scenario(opt.Scenario) == shop.Flood {
			share = floodShare
		}
		apps := t.Applications(opt.Headless, sdktrace.WithIDGenerator(shop.IDs()), sdktrace.WithSampler(sdktrace.TraceIDRatioBased(share)))
		options.Tracers = func(service string) trace.TracerProvider { return apps.Provider(service) }
		quiet = apps.Close
	}
	d, err := demo.Start(ctx, options)
	if err != nil {
		quiet()
		return nil, err
	}
	running := &cli.RunningDemo{URLs: d.URLs(), Over: d.Over(), End: func() { d.Close(); quiet() }}
	for _, a := range d.Addresses() {
		running.Join = append(running.Join, cli.Address(a))
	}
	return running, nil
}

// alarmPause is how long after an error none is told any more: a collector that is away brings one every few
// seconds, and each hides the keys for a while. The Traces pane counts them all.
const alarmPause = time.Minute

// alarm hands errors to the console.
type alarm struct {
	to   chan<- string
	now  func() time.Time
	mu   sync.Mutex
	last time.Time
}

// raise tells an error unless one was told lately or still waits to be shown.
func (a *alarm) raise(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if !a.last.IsZero() && now.Sub(a.last) < alarmPause {
		return
	}
	select {
	case a.to <- ui.CleanPlain(err.Error()):
		a.last = now
	default:
	}
}
