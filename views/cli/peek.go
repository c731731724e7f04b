package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bustop/backends"
	"bustop/views"
	"bustop/views/jsonout"
)

func (a *app) peekCommand() *cobra.Command {
	n, from, confirm, state := 10, "", "", ""
	cmd := a.command("peek TARGET", "Print messages at rest: of a queue or a stream, the top of a leaderboard, or what a key holds",
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
			if n <= 0 {
				return usage("-n %d: expected a positive number", n)
			}
			source, target, err := parseTarget(args[0])
			if err != nil {
				return err
			}
			if err := peekable(target); err != nil {
				return err
			}
			if state != "" && target.Kind != backends.KindQueue {
				return usage("--state is for the queues of job libraries")
			}
			start, err := startOf(target, from)
			if err != nil {
				return err
			}
			a.receive.once = true
			return a.working(ctx, verbOn("peek", target), func(ctx context.Context) error {
				return a.peek(ctx, source, target, look{n: n, from: start, confirm: confirm, state: state})
			})
		})
	cmd.Flags().IntVarP(&n, "number", "n", n, "print at most `N`")
	cmd.Flags().StringVar(&state, "state", "", "print the jobs in this `STATE` of a job library's queue, for example failed")
	cmd.Flags().StringVar(&from, "from", "", "of a stream: begin at an `ID|TIME`: -5m, 14:03, 2026-11-23T10:00 (UTC), first")
	addConfirm(cmd, &confirm)
	cmd.ValidArgsFunction = completeTargets(backends.KindQueue, backends.KindStream, backends.KindLeaderboard, backends.KindKey)
	return cmd
}

// look is what peek is asked for; from is where a stream is read from.
type look struct {
	n                    int
	from, confirm, state string
}

// startOf is the position that --from means: the end of the stream where it is not given. Times are
// in UTC, as those that are printed.
func startOf(target backends.Target, from string) (string, error) {
	switch {
	case from == "":
		return "last", nil
	case target.Kind != backends.KindStream:
		return "", usage("--from %s: only streams are read from a position, as stream/NAME", from)
	}
	if at, ok := backends.ParseMoment(from, time.Now().UTC()); ok {
		return at.UTC().Format(time.RFC3339Nano), nil
	}
	return from, nil
}

func addConfirm(cmd *cobra.Command, confirm *string) {
	cmd.Flags().StringVar(confirm, "confirm", "", "agree to the effects of looking into this object, by its `NAME`")
}

func completeTargets(kinds ...backends.Kind) cobra.CompletionFunc {
	return func(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(given) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var prefixes []string
		for _, kind := range kinds {
			prefixes = append(prefixes, string(kind)+"/")
		}
		return prefixes, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	}
}

// peekable says what to do instead where nothing rests.
func peekable(target backends.Target) error {
	switch target.Kind {
	case backends.KindChannel, backends.KindExchange:
		return usage("%s keeps no messages; bustop tail watches those that pass", target)
	case backends.KindLock:
		return usage("%s holds no messages; bustop get %s --match NAME shows it", target, plural(target.Kind))
	default:
		return nil
	}
}

func (a *app) peek(ctx context.Context, source string, target backends.Target, want look) error {
	sel, failed, err := a.reach(ctx)
	if err != nil {
		return err
	}
	defer sel.close()
	o, err := a.locate(ctx, sel.sources, source, target)
	if err != nil {
		return err
	}
	switch o.target.Kind {
	case backends.KindLeaderboard:
		err = a.peekLeaderboard(ctx, o, want.n)
	default:
		err = a.peekMessages(ctx, o, want)
	}
	if err == nil {
		err = a.out.Flush()
	}
	if err == nil && failed != 0 {
		return &failure{failed, nil}
	}
	return err
}

func (a *app) peekMessages(ctx context.Context, o object, want look) error {
	read := a.read
	if want.state != "" {
		read = a.readJobs
	}
	found, err := read(ctx, o, want)
	if err != nil {
		return err
	}
	printer := a.messages(jsonout.OriginOf(o.source.Identity()))
	a.decoding(ctx, found, printer.add)
	printer.end()
	return nil
}

// read looks at messages at rest. Reading a stream has no effects.
func (a *app) read(ctx context.Context, o object, want look) ([]backends.Message, error) {
	n := want.n
	if o.target.Kind == backends.KindKey {
		return a.readKey(ctx, o, n, want.confirm)
	}
	if o.target.Kind == backends.KindStream {
		return o.source.Roles().Streams.ReadStream(ctx, o.target.Name, want.from, n)
	}
	queues := o.source.Roles().Queues
	plan, err := backends.PlanPeekOf(ctx, queues, o.target.Name, n)
	if err != nil {
		return nil, err
	}
	look, err := a.consent(plan, o, want.confirm)
	if err != nil {
		return nil, err
	}
	if look.N = n; plan.Max > 0 && n > plan.Max {
		a.note("%s: one look takes %d at most", o.target, plan.Max)
		look.N = plan.Max
	}
	return queues.Peek(ctx, look)
}

// readJobs looks at the jobs of one state, which changes nothing.
func (a *app) readJobs(ctx context.Context, o object, want look) ([]backends.Message, error) {
	role, ok := o.source.Roles().Queues.(backends.JobQueues)
	if !ok {
		return nil, usage("--state: %s has no queues of job libraries", o.source.Identity().Name)
	}
	page, err := role.ReadJobs(ctx, o.target.Name, want.state, 0, want.n)
	if err == nil && page.Total.Known() && page.Total.Value > int64(len(page.Jobs)) {
		a.note("%s: %d of %s jobs %s", o.target, len(page.Jobs), number(page.Total), page.State)
	}
	return page.Jobs, err
}

// consent shows the effects of a look and decides whether the person has agreed to them. To
// type the command is to agree, except where the object's name is asked for.
func (a *app) consent(plan backends.Plan, o object, confirm string) (backends.Look, error) {
	look := backends.Look{Target: o.target, Confirmed: true, TypedName: confirm}
	switch plan.Consent {
	case backends.Refused:
		return look, &backends.Error{
			Reason: backends.NotAllowed, Object: o.target.String(),
			What: "refused: " + strings.Join(plan.Effects, " "), Err: backends.ErrRefused,
		}
	case backends.TypeName:
		for _, effect := range plan.Effects {
			a.note("%s: %s", o.target, effect)
		}
		if confirm != plan.Typed() {
			return look, fmt.Errorf("%s: not done; to agree to this add --confirm %s", o.target, shellQuote(plan.Typed()))
		}
	default:
		for _, effect := range plan.Effects {
			a.note("%s: %s", o.target, effect)
		}
	}
	return look, nil
}

// shellQuote quotes a word for a POSIX shell.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func (a *app) peekLeaderboard(ctx context.Context, o object, n int) error {
	top, err := o.source.Roles().Leaderboards.ReadLeaderboard(ctx, o.target.Name, 1, n)
	if err != nil {
		return err
	}
	if len(top) == 0 {
		return &backends.Error{
			Reason: backends.NotFound, Source: o.source.Identity().Name, Object: o.target.String(),
			What: "no such leaderboard", Err: errors.New("empty"),
		}
	}
	if a.flags.form != formTable {
		list := jsonList{app: a}
		// How many there are is not asked for; that there are these is known.
		board := backends.Leaderboard{Name: o.target.Name, Size: backends.CountAtLeast(int64(len(top))), Top: top}
		list.add(jsonout.Leaderboard(nil, jsonout.OriginOf(o.source.Identity()), board))
		list.end()
		return nil
	}
	t := table{columns: []column{{"RANK", true}, {"MEMBER", false}, {"SCORE", true}}}
	for _, p := range top {
		t.add(strconv.FormatInt(p.Rank, 10), p.Member, views.Score(p.Score))
	}
	t.write(a.out, a.out.width())
	return nil
}
