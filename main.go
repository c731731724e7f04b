// Bustop is a terminal console for the places where messages live.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	_ "bustop/ui/term" // first: see its package comment

	"bustop/backends"
	"bustop/backends/rabbitmq"
	"bustop/backends/redis"
	"bustop/backends/spans"
	"bustop/ui/supervise"
	"bustop/views"
	"bustop/views/app"
	"bustop/views/cli"
	"bustop/views/state"
)

// graceTime is how long a run may take to end after a signal.
const graceTime = 2 * time.Second

func main() { os.Exit(run()) }

func run() int {
	supervise.CaptureCrash()
	ctx, signals := untilSignal()
	store := spans.NewStore(0)
	alerts := make(chan string, 1)
	alarm := alarm{to: alerts, now: time.Now}
	spans.Quiet(alarm.raise)
	tracing := &tracing{store: store}
	env := cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: version(),
		Drivers: backends.Drivers{redis.Driver(), rabbitmq.Driver()},
		Ledger:  state.NewLedger(state.DefaultPath()),
		Trace:   tracing.start,
		Local:   []string{"redis://localhost:6379", "amqp://guest:guest@localhost:5672/"},
		Supervise: func() (int, bool) {
			// A supervisor passes signals on and outlives its child; it must not end first.
			signal.Stop(signals)
			defer notify(signals)
			return supervise.Run(os.Args, os.Environ())
		},
	}
	env.Console = func(ctx context.Context, opt cli.ConsoleOptions) error {
		join := make([]views.Address, len(opt.Join))
		for i, a := range opt.Join {
			join[i] = views.Address(a)
		}
		return app.Run(ctx, app.Options{
			Sources: opt.Sources, Spans: store, Tracer: tracing.Provider, Traffic: tracing.Traffic, Alerts: alerts,
			Context: opt.Context, Colour: opt.Colour,
			Mono: opt.Mono, In: opt.In, Out: opt.Out, Notes: opt.Notes, Join: join, Decoder: opt.Decoder,
		})
	}
	env.Demo = tracing.startDemo
	return cli.Main(ctx, os.Args[1:], env)
}

// untilSignal returns a context that ends with the first signal that asks the program to end. A
// second one, or graceTime, ends the program at once.
func untilSignal() (context.Context, chan os.Signal) {
	// With a handler a write to a closed pipe fails instead of killing the program.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	notify(signals)
	go func() {
		status := 128
		if sig, ok := (<-signals).(syscall.Signal); ok {
			status += int(sig)
		}
		cancel()
		select {
		case <-signals:
		case <-time.After(graceTime):
		}
		os.Exit(status)
	}()
	return ctx, signals
}

func notify(signals chan os.Signal) {
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT)
}

// version is that of the module, or the revision it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
