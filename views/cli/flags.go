package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// The forms of output.
const (
	formTable = "table"
	formJSON  = "json"
	formJSONL = "jsonl"
)

func forms() []string { return []string{formTable, formJSON, formJSONL} }

// flags are those that every command has.
type flags struct {
	context, config string
	urls            []string
	namespace       string
	timeout         time.Duration
	form            string
	more            []string // forms that the command has beside those of all
	noColour        bool
	verbose         bool
}

func (f *flags) add(root *cobra.Command) {
	p := root.PersistentFlags()
	p.StringVar(&f.context, "context", "", "take the sources of this `NAME` in the config file")
	p.StringVar(&f.config, "config", "", "read this config `FILE` instead of the usual one")
	p.StringArrayVar(&f.urls, "url", nil, "take the source at this `URL` (may be repeated)")
	p.StringVar(&f.namespace, "namespace", "", "look at this database `NUMBER` or vhost")
	p.DurationVar(&f.timeout, "timeout", 0, "wait this `DURATION` for one answer, for example 2s")
	p.StringVarP(&f.form, "output", "o", "", "print in this `FORM`: table, json or jsonl")
	p.BoolVar(&f.noColour, "no-color", false, "draw without colours")
	p.BoolVar(&f.verbose, "verbose", false, "say on stderr what became of the spans that are exported")
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(forms(), cobra.ShellCompDirectiveNoFileComp))
}

// check finds what the flag parser cannot.
func (f *flags) check() error {
	if f.form != "" && !slices.Contains(forms(), f.form) && !slices.Contains(f.more, f.form) {
		return usage("-o %s: expected %s", f.form, choice(append(forms(), f.more...)))
	}
	if f.timeout < 0 {
		return usage("--timeout %v: expected a positive length of time", f.timeout)
	}
	if f.context != "" && len(f.urls) > 0 {
		return usage("--context and --url exclude each other")
	}
	return nil
}

// choice lists words as "a, b or c".
func choice(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
