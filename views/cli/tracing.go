package cli

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
)

// TraceOptions say how to trace.
type TraceOptions struct {
	// Endpoint is the URL that the config file exports spans to, "" for none, with Protocol. Keys lets names of
	// Redis keys out, Polls the spans of refreshing.
	Endpoint, Protocol string
	Keys, Polls        bool
	// Listens says that spans of other programs are taken, on the address Listen, "" for the usual ports of this
	// machine. Token is asked of every client when it is not "".
	Listens       bool
	Listen, Token string
}

// Tracing records spans until it is ended.
type Tracing struct {
	Tracer trace.TracerProvider
	// Notes are what the person should know of where spans come from and go to.
	Notes []string
	// Join are the addresses where spans are taken.
	Join []Address
	// End sends what waits to be exported. It must be called.
	End func()
	// Outcome says afterwards in a line what became of the spans that were to be exported, "" when none were.
	Outcome func() string
}

// The flag for taking spans, and the variable with the token.
const (
	flagOTLP      = "otlp"
	usualAddress  = "usual" // the flag without a value
	variableToken = "BUSTOP_OTLP_TOKEN"
)

// receiveFlags are those of commands that show the spans of other programs.
type receiveFlags struct {
	otlp  string
	shows bool // the run has a console, which shows spans
	once  bool // the run does what was asked for and ends: nothing of it is refreshing
}

func (f *receiveFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.otlp, flagOTLP, "", "take applications' spans (OTLP: gRPC, protobuf, JSON) on `ADDR`, 127.0.0.1:4318 and :4317 when none is given")
	cmd.Flags().Lookup(flagOTLP).NoOptDefVal = usualAddress
}

// joinAddress lets the address of --otlp follow it as a word of its own: a flag whose value may be left out
// takes one by = only.
func joinAddress(args []string) []string {
	out := make([]string, 0, len(args))
	for _, arg := range args {
		if last := len(out) - 1; last >= 0 && out[last] == "--"+flagOTLP && isAddress(arg) {
			out[last] += "=" + arg
			continue
		}
		out = append(out, arg)
	}
	return out
}

// isAddress reports whether an argument is HOST:PORT and no URL.
func isAddress(arg string) bool {
	_, port, err := net.SplitHostPort(arg)
	if err != nil || strings.Contains(arg, "/") {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// trace begins to trace as the config file and the flags say. It does nothing the second time.
func (a *app) trace(ctx context.Context) error {
	if a.env.Trace == nil || a.tracing != nil {
		return nil
	}
	opt, err := a.traceOptions(ctx)
	if err != nil {
		return err
	}
	if a.tracing, err = a.env.Trace(ctx, opt); err != nil {
		return err
	}
	a.env.Tracer = a.tracing.Tracer
	return nil
}

// traceOptions puts together what the file and the flags say; only what shows spans takes any.
func (a *app) traceOptions(ctx context.Context) (TraceOptions, error) {
	t := &a.file.Traces
	endpoint, err := a.file.ExportURL(a.env.Getenv)
	if err != nil {
		return TraceOptions{}, err
	}
	opt := TraceOptions{Endpoint: endpoint, Protocol: t.Protocol.Value, Keys: t.Keys, Polls: t.Polls || a.receive.once}
	opt.Listen = cmp.Or(a.receive.otlp, t.Receive.Value)
	if opt.Listens = a.receive.shows && opt.Listen != ""; !opt.Listens {
		return opt, nil
	}
	if opt.Listen == usualAddress {
		opt.Listen = ""
	}
	if opt.Token = a.env.Getenv(variableToken); opt.Token == "" {
		opt.Token, err = a.file.ReceiverToken(ctx, a.env.Getenv)
	}
	return opt, err
}

// endTracing sends what waits. Whether that goes well is no concern of whoever reads stderr, unless they ask.
func (a *app) endTracing() {
	if a.tracing == nil {
		return
	}
	a.tracing.End()
	if !a.flags.verbose {
		return
	}
	for _, note := range a.tracing.Notes {
		a.note("%s", note)
	}
	if a.tracing.Outcome == nil {
		return
	}
	if text := a.tracing.Outcome(); text != "" {
		a.note("%s", text)
	}
}

// working traces as the config file says and does what a command is for as one root, named as a person says what
// they do.
func (a *app) working(ctx context.Context, name string, do func(context.Context) error) error {
	if err := a.loadConfig(); err != nil {
		return err
	}
	if err := a.trace(ctx); err != nil {
		return err
	}
	return a.within(ctx, name, do)
}

// within does something as one root.
func (a *app) within(ctx context.Context, name string, do func(context.Context) error) error {
	if a.env.Tracer == nil {
		return do(ctx)
	}
	ctx, span := spans.Root(ctx, a.env.Tracer.Tracer("bustop/cli"), name, spans.TriggerUser)
	defer span.End()
	err := do(ctx)
	if err != nil && !errors.Is(err, errReaderGone) && ctx.Err() == nil {
		span.SetStatus(codes.Error, "failed")
	}
	return err
}

// decoding prints messages, which opens them, as one span for all.
func (a *app) decoding(ctx context.Context, list []backends.Message, show func([]backends.Message)) {
	if a.env.Tracer == nil || len(list) == 0 {
		show(list)
		return
	}
	_, span := a.env.Tracer.Tracer("bustop/cli").Start(ctx, "decode messages", trace.WithAttributes(
		attribute.String("codec.operation", "decode"), semconv.MessagingBatchMessageCount(len(list))))
	defer span.End()
	show(list)
}

// verbOn names what is done to an object. Names of keys belong into no name of a span.
func verbOn(verb string, targets ...backends.Target) string {
	for _, t := range targets {
		switch t.Kind {
		case backends.KindKey, backends.KindLeaderboard, backends.KindLock:
			verb += " " + string(t.Kind)
		default:
			verb += " " + ui.CleanPlain(t.Name)
		}
	}
	return verb
}

// withTraces adds what tracing has to say to the notes and the addresses of the console.
func (a *app) withTraces(notes []string, join []Address) ([]string, []Address) {
	if a.tracing == nil {
		return notes, join
	}
	return slices.Concat(notes, a.tracing.Notes), slices.Concat(join, a.tracing.Join)
}
