package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"bustop/backends"
)

// everything is how many rows get asks for when --limit is not given.
const everything = 1 << 20

func (a *app) getCommand() *cobra.Command {
	query := backends.Query{Complete: true}
	cmd := a.command("get KIND…", "Print what the sources have: "+strings.Join(plurals(), ", "),
		cobra.MinimumNArgs(1), func(ctx context.Context, args []string) error {
			wanted, err := parseKinds(args)
			if err != nil {
				return err
			}
			if query.Limit < 0 {
				return usage("--limit %d: expected a positive number", query.Limit)
			}
			a.receive.once = true
			return a.working(ctx, getName(wanted), func(ctx context.Context) error { return a.get(ctx, wanted, query) })
		})
	cmd.Flags().StringVar(&query.Match, "match", "", "only names that contain `TEXT`")
	cmd.Flags().IntVar(&query.Limit, "limit", 0, "at most `N` objects of each kind and source")
	cmd.ValidArgsFunction = func(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
		left := slices.DeleteFunc(plurals(), func(name string) bool { return slices.Contains(given, name) })
		return left, cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// getName names what is done.
func getName(wanted []kind) string {
	name := "get"
	for _, k := range wanted {
		name += " " + k.plural
	}
	return name
}

// parseKinds finds the kinds by their names, plural or singular, each once.
func parseKinds(args []string) ([]kind, error) {
	var wanted []kind
	for _, arg := range args {
		i := slices.IndexFunc(kinds(), func(k kind) bool { return arg == k.name || arg == k.plural })
		if i < 0 {
			return nil, usage("no kind %q; known: %s", arg, strings.Join(plurals(), " "))
		}
		k := kinds()[i]
		if !slices.ContainsFunc(wanted, func(w kind) bool { return w.name == k.name }) {
			wanted = append(wanted, k)
		}
	}
	return wanted, nil
}

// result is what one source said to one kind.
type result struct {
	listing
	has bool
	err error
}

func (a *app) get(ctx context.Context, wanted []kind, query backends.Query) error {
	if query.Limit == 0 {
		query.Limit = everything
	}
	reach := a.reach
	if slices.ContainsFunc(wanted, func(k kind) bool { return k.name == string(backends.KindHealth) }) {
		reach = a.reachHealth
	}
	sel, failed, err := reach(ctx)
	if err != nil {
		return err
	}
	defer sel.close()
	results := fetch(ctx, sel.sources, wanted, query)
	for _, row := range results {
		addQuorums(sel.sources, row)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	said := map[string]bool{}
	for k, row := range results {
		failed = max(failed, a.report(sel.sources, wanted[k], row, said))
	}
	if a.flags.form == formTable {
		a.printTables(sel.sources, wanted, results)
	} else {
		a.printJSON(results)
	}
	if err := a.out.Flush(); err != nil || failed == 0 {
		return err
	}
	return &failure{failed, nil}
}

// fetch asks every source for every kind, all at once, so that listings of one source can share
// a walk through its keyspace; how much of it happens at a time is the source's decision. The
// results are by kind, then by source.
func fetch(ctx context.Context, sources []backends.Source, wanted []kind, query backends.Query) [][]result {
	results := make([][]result, len(wanted))
	for k := range results {
		results[k] = make([]result, len(sources))
	}
	var all sync.WaitGroup
	for s, source := range sources {
		for k, kind := range wanted {
			all.Go(func() {
				r := &results[k][s]
				r.listing, r.has, r.err = kind.list(ctx, source, query)
			})
		}
	}
	all.Wait()
	return results
}

// report says on stderr what is missing from a listing, each thing once, and returns the status
// that deserves.
func (a *app) report(sources []backends.Source, k kind, row []result, said map[string]bool) int {
	failed := 0
	say := func(line string) {
		if !said[line] {
			said[line] = true
			a.note("%s", line)
		}
	}
	for s, r := range row {
		name := sources[s].Identity().Name
		if r.err != nil {
			say(named(sources[s], r.err).Error())
			failed = statusFailed
			continue
		}
		for _, note := range r.notes {
			say(name + ": " + note)
		}
		if shown := int64(len(r.entries)); r.total.Known() && r.total.Value > shown && len(r.notes) == 0 {
			say(fmt.Sprintf("%s: %d of %s %s", name, shown, number(r.total), k.plural))
		}
	}
	if !slices.ContainsFunc(row, func(r result) bool { return r.has }) {
		say("no source here has " + k.plural)
	}
	return failed
}

func (a *app) printTables(sources []backends.Source, wanted []kind, results [][]result) {
	for k, kind := range wanted {
		t := table{columns: kind.columns}
		if len(sources) > 1 && kind.name != string(backends.KindHealth) {
			t.columns = append([]column{{"SOURCE", false}}, kind.columns...)
		}
		for s, r := range results[k] {
			for _, e := range r.entries {
				cells := e.cells
				if len(t.columns) > len(cells) {
					cells = append([]string{sources[s].Identity().Name}, cells...)
				}
				t.add(cells...)
			}
		}
		if len(wanted) > 1 {
			if k > 0 {
				fmt.Fprintln(a.out)
			}
			fmt.Fprintln(a.out, strings.ToUpper(kind.plural))
		}
		t.write(a.out, a.out.width())
		if kind.sections {
			a.printSections(sources, results[k])
		}
	}
}

// printSections prints what has no room in the rows of a table, by source where there are several.
func (a *app) printSections(sources []backends.Source, row []result) {
	for s, r := range row {
		for _, e := range r.entries {
			for _, part := range sectionsOf(e.json) {
				if len(sources) > 1 {
					part.title = sources[s].Identity().Name + " " + part.title
				}
				part.write(a.out, a.out.width())
			}
		}
	}
}

func (a *app) printJSON(results [][]result) {
	list := jsonList{app: a}
	for _, row := range results {
		for _, r := range row {
			for _, e := range r.entries {
				list.add(e.json)
			}
		}
	}
	list.end()
}

// jsonList prints objects as one array, or one a line for jsonl.
type jsonList struct {
	app *app
	n   int
}

func (l *jsonList) add(object []byte) {
	lines := l.app.flags.form == formJSONL
	switch {
	case lines:
	case l.n == 0:
		fmt.Fprint(l.app.out, "[\n")
	default:
		fmt.Fprint(l.app.out, ",\n")
	}
	l.n++
	_, _ = l.app.out.Write(object)
	if lines {
		fmt.Fprintln(l.app.out)
	}
}

func (l *jsonList) end() {
	switch {
	case l.app.flags.form == formJSONL:
	case l.n == 0:
		fmt.Fprintln(l.app.out, "[]")
	default:
		fmt.Fprint(l.app.out, "\n]\n")
	}
}
