package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bustop/decoders"
	"bustop/views/jsonout"
)

// maxPayload is the longest payload that decode reads; more is cut there and said so.
const maxPayload = 64 << 20

func (a *app) decodeCommand() *cobra.Command {
	as, lines := "", false
	cmd := a.command("decode [FILE|-]", "Decode a payload from a file or a pipe",
		cobra.MaximumNArgs(1), func(_ context.Context, args []string) error {
			if as != "" && !knownChain(as) {
				return usage("--as %s: no such format; known: %s", as, strings.Join(decoders.Formats(), " "))
			}
			in, err := a.input(args)
			if err != nil {
				return err
			}
			defer in.Close()
			if lines {
				return a.decodeLines(in, as)
			}
			return a.decode(in, as)
		})
	cmd.Long = `Decode a payload from a file or a pipe, without being told its format.

With --lines each line of the input is a JSON object whose field base64 is a payload. For each
a JSON object comes back, on one line: its other fields and payload. A line that cannot be read
gives an object with error, the others go on, and the exit status is 1.`
	cmd.Flags().StringVar(&as, "as", "", "take it for this `FORMAT` or chain, for example gzip,msgpack")
	cmd.Flags().BoolVar(&lines, "lines", false, "decode the field base64 of each line, a JSON object")
	_ = cmd.RegisterFlagCompletionFunc("as", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return decoders.Formats(), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

// knownChain reports whether every part of a chain is a format.
func knownChain(as string) bool {
	known := map[string]bool{}
	for _, name := range decoders.Formats() {
		known[name] = true
	}
	for name := range strings.SplitSeq(strings.ReplaceAll(as, "→", ","), ",") {
		if !known[strings.TrimSpace(name)] {
			return false
		}
	}
	return true
}

// input opens the file named, or stdin.
func (a *app) input(args []string) (io.ReadCloser, error) {
	if len(args) == 0 || args[0] == "-" {
		return io.NopCloser(a.env.Stdin), nil
	}
	return os.Open(args[0])
}

func (a *app) decode(in io.Reader, as string) error {
	data, err := io.ReadAll(io.LimitReader(in, maxPayload+1))
	if err != nil {
		return err
	}
	partial := len(data) > maxPayload
	if partial {
		data = data[:maxPayload]
		a.note("only the first %d bytes are decoded", maxPayload)
	}
	result := decoders.Decode(data, decoders.Options{As: as, Partial: partial})
	if a.flags.form == "" || a.flags.form == formTable {
		a.printPayload(result, len(data))
	} else {
		_, _ = a.out.Write(append(jsonout.Payload(nil, result), '\n'))
	}
	if err := a.out.Flush(); err != nil {
		return err
	}
	if f := result.Fault; f != nil {
		return fmt.Errorf("%s: broken at byte %d: %s", result.Chain(), f.Offset, f.Text)
	}
	return nil
}

// printPayload writes what a payload is, why, and its content in diagnostic notation.
func (a *app) printPayload(r *decoders.Result, size int) {
	fact := func(name, value string) {
		fmt.Fprintln(a.out, cut(fmt.Sprintf("%-9s", name)+cleanNotation(value), a.out.width()))
	}
	fact("format", r.Chain()+"  "+percent(r.Confidence()))
	for _, l := range r.Layers {
		if l.Reason != "" {
			fact("because", l.Format+": "+l.Reason)
		}
	}
	length := strconv.Itoa(size)
	if len(r.Data) != size {
		length += ", unwrapped " + strconv.Itoa(len(r.Data))
	}
	fact("bytes", length)
	for _, g := range r.Also {
		fact("or", g.Format+"  "+percent(g.Confidence))
	}
	fmt.Fprintln(a.out)
	for line := range strings.SplitSeq(r.Diagnostic(), "\n") {
		fmt.Fprintln(a.out, cleanNotation(line))
	}
}
