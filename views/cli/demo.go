package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"
)

// maxDemoRate keeps the demo from being taken for a load generator.
const maxDemoRate = 10_000

func demoServers() []string   { return []string{"embedded", "real"} }
func demoScenarios() []string { return []string{"calm", "incident", "flood"} }

func (a *app) demoCommand() *cobra.Command {
	var opt DemoOptions
	var headless bool
	cmd := a.command("demo", "Open the console on servers with traffic that are started for it", cobra.NoArgs,
		func(ctx context.Context, _ []string) error {
			if err := opt.check(); err != nil {
				return err
			}
			if headless {
				return a.headlessDemo(ctx, opt)
			}
			return a.demo(ctx, opt)
		})
	cmd.Long = `Start a Redis and a RabbitMQ server with an order shop's traffic and open the console on them.
Nothing needs to be installed: the servers are part of bustop, listen on free ports of this machine
only and end with it.

  calm      the shop on a quiet day
  incident  something goes wrong within minutes, and recovers: find out what
  flood     the shop on its busiest day`
	flags := cmd.Flags()
	flags.StringVar(&opt.Servers, "servers", "embedded", "`KIND` of servers: embedded (nothing need be installed) or real (installed ones)")
	flags.StringVar(&opt.Scenario, "scenario", "calm", "`STORY` to tell: calm, incident or flood")
	flags.Int64Var(&opt.Seed, "seed", 1, "`NUMBER` of the story; the same seed tells the same one")
	flags.Float64Var(&opt.Rate, "rate", 0, "`NUMBER` of things that happen a second; 0 is the scenario's own pace")
	flags.DurationVar(&opt.For, "for", 0, "`TIME` after which the demo ends (10m, 1h30m); 0 is never")
	flags.BoolVar(&headless, "headless", false, "no console: print the servers' addresses and run until interrupted")
	fixed := func(flag string, words []string) {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
	a.receive.add(cmd)
	fixed("servers", demoServers())
	fixed("scenario", demoScenarios())
	return cmd
}

func (o *DemoOptions) check() error {
	switch {
	case !slices.Contains(demoServers(), o.Servers):
		return usage("--servers %s: expected %s", o.Servers, strings.Join(demoServers(), " or "))
	case !slices.Contains(demoScenarios(), o.Scenario):
		return usage("--scenario %s: expected %s", o.Scenario, strings.Join(demoScenarios(), ", "))
	case !(o.Rate >= 0 && o.Rate <= maxDemoRate):
		return usage("--rate %v: expected a number of at most %d", o.Rate, maxDemoRate)
	case o.For < 0:
		return usage("--for %v: expected a time to run, 10m for example", o.For)
	}
	return nil
}

// demo runs the demo under the console, until the person leaves it or its time is over.
func (a *app) demo(ctx context.Context, opt DemoOptions) error {
	in, out, err := a.screen()
	if err != nil {
		return err
	}
	if err := a.loadPins(); err != nil {
		return err
	}
	if done, err := a.supervised(); done {
		return err
	}
	a.receive.shows = true
	if err := a.trace(ctx); err != nil {
		return err
	}
	// From the first frame on the screen belongs to the console.
	var drawing atomic.Bool
	opt.Log = a.notes(&drawing)
	if opt.Servers == "real" {
		a.note("starting redis-server and rabbitmq-server, which takes some seconds")
	}
	demo, err := a.env.Demo(ctx, opt)
	if err != nil {
		return err
	}
	drawing.Store(true)
	defer demo.End()
	a.env.Ledger = nil // its queues end with it, and the next demo's have the same names
	sel, err := a.openURLs(demo.URLs)
	if err != nil {
		return err
	}
	defer sel.close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-demo.Over:
			cancel()
		case <-ctx.Done():
		}
	}()
	return a.console(ctx, sel, demo.Join, in, out)
}

// headlessDemo runs the demo for other clients: addresses on stdout, what happens on stderr.
func (a *app) headlessDemo(ctx context.Context, opt DemoOptions) error {
	opt.Headless = true
	if err := a.trace(ctx); err != nil {
		return err
	}
	opt.Log = a.notes(new(atomic.Bool))
	demo, err := a.env.Demo(ctx, opt)
	if err != nil {
		return err
	}
	defer demo.End()
	for _, j := range demo.Join {
		fmt.Fprintf(a.out, "%-11s %s\n", j.Name, j.Text)
	}
	if err := a.out.Flush(); err != nil {
		return err
	}
	select {
	case <-demo.Over:
	case <-ctx.Done():
	}
	return nil
}

// notes writes lines to stderr, from any goroutine, as long as silent is false.
func (a *app) notes(silent *atomic.Bool) func(line string) {
	var one sync.Mutex
	return func(line string) {
		one.Lock()
		defer one.Unlock()
		if !silent.Load() {
			a.note("%s", line)
		}
	}
}
