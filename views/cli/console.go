package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
)

// runConsole is bustop without a command.
func (a *app) runConsole(ctx context.Context, urls []string) error {
	for _, arg := range urls {
		if !strings.Contains(arg, "://") {
			return usage("unknown command or URL %q; see bustop --help", arg)
		}
	}
	in, out, err := a.screen()
	if err != nil {
		return err
	}
	if done, err := a.supervised(); done {
		return err
	}
	sel, err := a.choose(ctx, urls)
	if err != nil {
		return err
	}
	defer sel.close()
	return a.console(ctx, sel, in, out)
}

// screen returns the terminal that the console draws on.
func (a *app) screen() (in, out *os.File, err error) {
	in, reads := terminal(a.env.Stdin)
	out, writes := terminal(a.env.Stdout)
	if !reads || !writes {
		return nil, nil, usage("the console needs a terminal; bustop get prints to a pipe or a file")
	}
	return in, out, nil
}

// supervised runs the program again as a child; done says that this one has nothing left to do.
func (a *app) supervised() (done bool, err error) {
	if a.env.Supervise == nil {
		return false, nil
	}
	status, done := a.env.Supervise()
	if done && status != statusFine {
		return true, &failure{status, nil}
	}
	return done, nil
}

func (a *app) console(ctx context.Context, sel selection, in, out *os.File) error {
	return a.env.Console(ctx, ConsoleOptions{
		Sources: sel.sources, Context: sel.context, Colour: sel.colour,
		Mono: a.flags.noColour || a.env.Getenv("NO_COLOR") != "",
		In:   in, Out: out, Notes: sel.notes,
	})
}

func (a *app) demoCommand() *cobra.Command {
	var opt DemoOptions
	cmd := a.command("demo", "Open the console on servers with traffic that are started for it", cobra.NoArgs,
		func(ctx context.Context, _ []string) error {
			switch {
			case !slices.Contains(demoServers(), opt.Servers):
				return usage("--servers %s: expected real or embedded", opt.Servers)
			case opt.Rate < 0 || opt.Rate > maxDemoRate:
				return usage("--rate %v: expected a number of at most %d", opt.Rate, maxDemoRate)
			}
			return a.demo(ctx, opt)
		})
	cmd.Flags().StringVar(&opt.Servers, "servers", "embedded", "`KIND` of servers: real (installed ones) or embedded (none need be installed)")
	cmd.Flags().Int64Var(&opt.Seed, "seed", 1, "`NUMBER` of the story; the same seed tells the same one")
	cmd.Flags().Float64Var(&opt.Rate, "rate", 0, "`NUMBER` of things that happen a second; 0 is the demo's own pace")
	_ = cmd.RegisterFlagCompletionFunc("servers", cobra.FixedCompletions(demoServers(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// maxDemoRate keeps the demo from being taken for a load generator.
const maxDemoRate = 10_000

func demoServers() []string { return []string{"real", "embedded"} }

func (a *app) demo(ctx context.Context, opt DemoOptions) error {
	if opt.Servers == "embedded" {
		return &failure{statusFailed, errEmbedded}
	}
	in, out, err := a.screen()
	if err != nil {
		return err
	}
	if done, err := a.supervised(); done {
		return err
	}
	// From the first frame on the screen belongs to the console.
	var drawing atomic.Bool
	opt.Log = func(line string) {
		if !drawing.Load() {
			a.note("%s", line)
		}
	}
	a.note("starting redis-server and rabbitmq-server, which takes some seconds")
	urls, end, err := a.env.Demo(ctx, opt)
	if err != nil {
		return err
	}
	drawing.Store(true)
	defer end()
	sel, err := a.openURLs(urls)
	if err != nil {
		return err
	}
	defer sel.close()
	return a.console(ctx, sel, in, out)
}

var errEmbedded = errors.New("the demo's own servers are not in this version yet; bustop demo --servers real starts the installed redis-server and rabbitmq-server instead")

func (a *app) completionCommand() *cobra.Command {
	var cmd *cobra.Command
	cmd = a.command("completion bash|zsh|fish", "Print the completion script of a shell",
		cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs), func(_ context.Context, args []string) error {
			return writeCompletion(cmd.Root(), args[0], a.out)
		})
	cmd.ValidArgs = []string{"bash", "zsh", "fish"}
	cmd.Long = `Print the completion script of a shell. To load it:

  bash  source <(bustop completion bash)
  zsh   bustop completion zsh > "${fpath[1]}/_bustop"
  fish  bustop completion fish > ~/.config/fish/completions/bustop.fish`
	return cmd
}

func writeCompletion(root *cobra.Command, shell string, w io.Writer) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	default:
		return root.GenFishCompletion(w, true)
	}
}
