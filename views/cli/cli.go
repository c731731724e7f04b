package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/config"
)

// The exit statuses.
const (
	statusFine        = 0
	statusFailed      = 1
	statusUsage       = 2
	statusUnreachable = 3
	statusInterrupted = 130 // 128 and SIGINT, as shells have it
)

// Env is everything the commands need of the world.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Version        string

	Drivers backends.Drivers
	// Ledger keeps across runs what looks use up; nil keeps it for the run.
	Ledger backends.Ledger
	// Tracer records the spans of the sources; nil records none. Trace, when there is one, makes it once the
	// config file is read.
	Tracer trace.TracerProvider
	Trace  func(ctx context.Context, opt TraceOptions) (*Tracing, error)
	// Local are the URLs of servers looked for on this machine when no other source is named.
	Local []string

	// Console runs the console until the person leaves it.
	Console func(ctx context.Context, opt ConsoleOptions) error
	// Demo starts servers with traffic.
	Demo func(ctx context.Context, opt DemoOptions) (*RunningDemo, error)
	// Supervise runs this program again as a child, so that the terminal is restored however
	// the console ends, and returns the child's exit status. It does nothing and returns false
	// in the child. Nil supervises nothing.
	Supervise func() (status int, supervised bool)
}

// ConsoleOptions are what the console is started with.
type ConsoleOptions struct {
	// Sources may be empty; then the console offers the demo.
	Sources []backends.Source
	// Context and Colour name the context of the config file, "" for none.
	Context, Colour string
	// Mono asks for no colours.
	Mono    bool
	In, Out *os.File
	// Notes are facts the person should see once.
	Notes []string
	// Decoder opens payloads.
	Decoder *views.Decoder
	// Join are addresses that other clients can use too, nil where the servers are not ours.
	Join []Address
}

// Address is where a client can connect, with the name of what is there.
type Address struct{ Name, Text string }

// DemoOptions are what the demo is started with.
type DemoOptions struct {
	// Servers is "embedded" for servers within this program or "real" for installed ones.
	Servers string
	// Scenario is "calm", "incident" or "flood".
	Scenario string
	// Seed decides the story; the same seed tells the same one.
	Seed int64
	// Rate is how many things happen a second; 0 leaves it to the demo.
	Rate float64
	// For is how long the demo runs; 0 is until somebody ends it.
	For time.Duration
	// Headless says that nobody looks at the spans here: they are made for an export only.
	Headless bool
	// Log takes what happens to the servers, a line at a time, from any goroutine.
	Log func(line string)
}

// RunningDemo is a demo that was started.
type RunningDemo struct {
	// URLs are the sources to open, Join the addresses for any other client.
	URLs []string
	Join []Address
	// Over is closed when DemoOptions.For has passed.
	Over <-chan struct{}
	// End ends the traffic and the servers. It must be called.
	End func()
}

// app is one run of the command line.
type app struct {
	env   Env
	flags flags
	out   *output
	file  *config.File // as loaded, nil before that
	// decoder opens payloads with the pins of file; it is there from the start.
	decoder *views.Decoder
	loaded  bool // file and decoder are those of the config file
	// schema is where the message types of payloads are described.
	schema schemaFlags
	// receive are the flags of taking spans, tracing what was made of them.
	receive receiveFlags
	tracing *Tracing
	ran     bool // a command was found and its arguments were right
}

// failure ends a run with a status. Err is nil when everything was said already.
type failure struct {
	status int
	err    error
}

func (f *failure) Error() string {
	if f.err == nil {
		return ""
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

// usage returns an error about how the program was called.
func usage(format string, args ...any) error {
	return &failure{statusUsage, fmt.Errorf(format, args...)}
}

// Main runs one command and returns its exit status.
func Main(ctx context.Context, args []string, env Env) int {
	a := &app{env: env, out: newOutput(env.Stdout), file: &config.File{}, decoder: views.NewDecoder()}
	root := a.root()
	root.SetArgs(joinAddress(args))
	root.SetIn(env.Stdin)
	root.SetOut(a.out)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	// Nobody waits for a collector to see what was printed.
	if flushed := a.out.Flush(); err == nil {
		err = flushed
	}
	a.endTracing()
	return a.finish(ctx, err)
}

// finish says what went wrong, if anything, and maps it to the exit status.
func (a *app) finish(ctx context.Context, err error) int {
	if err == nil || errors.Is(err, errReaderGone) {
		return statusFine
	}
	var f *failure
	switch {
	case ctx.Err() != nil:
		return statusInterrupted
	case errors.As(err, &f):
		if f.err != nil {
			a.warn(f.err)
		}
		return f.status
	}
	a.warn(err)
	if !a.ran {
		return statusUsage
	}
	return statusOf(err)
}

// statusOf maps an error of a source or of the config file to an exit status.
func statusOf(err error) int {
	var fault *config.Error
	if errors.As(err, &fault) || backends.ReasonOf(err) == backends.BadUsage {
		return statusUsage
	}
	return statusFailed
}

// warn writes one clean line to stderr.
func (a *app) warn(err error) { a.note("%s", err) }

func (a *app) note(format string, args ...any) {
	fmt.Fprintln(a.env.Stderr, "bustop: "+ui.CleanPlain(strings.TrimSpace(fmt.Sprintf(format, args...))))
}

// command returns a command whose errors are told apart from those of its arguments.
func (a *app) command(use, short string, args cobra.PositionalArgs, run func(ctx context.Context, args []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: args, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.flags.check(); err != nil {
				return err
			}
			a.ran = true
			return run(cmd.Context(), args)
		},
	}
}

func (a *app) root() *cobra.Command {
	root := a.command("bustop [URL…]", "A console for queues, streams, channels, locks and leaderboards",
		cobra.ArbitraryArgs, a.runConsole)
	root.Long = longHelp
	root.Version = a.env.Version
	root.SetVersionTemplate("bustop {{.Version}}\n")
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Hidden: true, Use: "no-help-command"})
	a.flags.add(root)
	a.withSchema(root)
	a.receive.add(root)
	root.AddCommand(a.demoCommand(), a.getCommand(), a.withSchema(a.peekCommand()), a.withSchema(a.tailCommand()),
		a.decodeCommand(), a.versionCommand(), a.completionCommand())
	return root
}

const longHelp = `bustop shows what is in Redis and RabbitMQ: queues, streams, channels, locks and
leaderboards, live, with every payload decoded. It only reads.

Without a command it opens the console on the given URLs. Without URLs it takes the context of
the config file, then REDIS_URL and AMQP_URL, then servers on this machine.

A password in a URL on the command line can be seen by other users of the machine; take it
from the config file or the environment instead.`

func (a *app) versionCommand() *cobra.Command {
	return a.command("version", "Print the version", cobra.NoArgs, func(context.Context, []string) error {
		fmt.Fprintln(a.out, "bustop "+a.env.Version)
		return nil
	})
}
