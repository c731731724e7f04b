package cli

import (
	"context"
	"io"
	"os"
	"strings"

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
	a.receive.shows = true
	sel, err := a.choose(ctx, urls)
	if err != nil {
		return err
	}
	defer sel.close()
	return a.console(ctx, sel, nil, in, out)
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

func (a *app) console(ctx context.Context, sel selection, join []Address, in, out *os.File) error {
	notes, join := a.withTraces(sel.notes, join)
	return a.env.Console(ctx, ConsoleOptions{
		Sources: sel.sources, Context: sel.context, Colour: sel.colour,
		Mono: a.flags.noColour || a.env.Getenv("NO_COLOR") != "",
		In:   in, Out: out, Notes: notes, Join: join, Decoder: a.decoder,
	})
}

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
