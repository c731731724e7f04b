package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace"

	"bustop/decoders"
	"bustop/views"
	"bustop/views/config"
	"bustop/views/jsonout"
)

// maxPayload is the longest payload that decode reads; more is cut there and said so.
const maxPayload = 64 << 20

// decodeFlags are those of decode alone.
type decodeFlags struct {
	as, contentType, contentEncoding string
	schema                           *decoders.Schema
	partial, lines                   bool
	notation                         decoders.Notation
}

func (f *decodeFlags) options() decoders.Options {
	return decoders.Options{
		As: f.as, ContentType: f.contentType, ContentEncoding: f.contentEncoding, Partial: f.partial,
		Schema: f.schema,
	}
}

func (a *app) decodeCommand() *cobra.Command {
	var f decodeFlags
	cmd := a.command("decode [FILE|-]", "Decode a payload from a file or a pipe",
		cobra.MaximumNArgs(1), func(ctx context.Context, args []string) error {
			if err := a.checkDecode(&f); err != nil {
				return err
			}
			in, err := a.input(args)
			if err != nil {
				return err
			}
			defer in.Close()
			if err := a.trace(ctx); err != nil {
				a.note("spans are not exported: %v", err)
			}
			if f.lines {
				return a.within(ctx, "decode lines", func(ctx context.Context) error { return a.decodeLines(ctx, in, f.options()) })
			}
			return a.within(ctx, "decode", func(ctx context.Context) error { return a.decode(ctx, in, &f) })
		})
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.flags.more = decodeForms()
		return run(cmd, args)
	}
	cmd.Long = decodeHelp
	cmd.Flags().StringVar(&f.as, "as", "", "take it for this `FORMAT` or chain, for example gzip,msgpack")
	cmd.Flags().StringVar(&f.contentType, "content-type", "", "what a header says of the format, for example application/cbor")
	cmd.Flags().StringVar(&f.contentEncoding, "content-encoding", "", "what a header says of the compression, for example gzip")
	a.withSchema(cmd)
	cmd.Flags().BoolVar(&f.partial, "partial", false, "the input is only the beginning of a payload")
	cmd.Flags().BoolVar(&f.lines, "lines", false, "decode the field base64 of each line, a JSON object")
	cmd.Flags().BoolVar(&f.notation.Offsets, "offsets", false, "with -o diag: a line for each item, after its offset")
	cmd.Flags().BoolVar(&f.notation.Widths, "widths", false, "with -o diag: the width of each CBOR head")
	_ = cmd.RegisterFlagCompletionFunc("as", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		names := decoders.Formats()
		if a.readSchema(&f) == nil {
			for _, message := range f.schema.Messages() {
				names = append(names, "protobuf:"+message)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

const decodeHelp = `Decode a payload from a file or a pipe, without being told its format.

Besides table, json and jsonl, -o takes
  tree   a line for each item: offset, length in bytes, exact type, key and value
  diag   diagnostic notation (RFC 8949 section 8); a broken payload with offsets
  hex    a hex dump of the content, everything around it unwrapped

--proto reads message types of Protocol Buffers: from a descriptor set (protoc --include_imports
--descriptor_set_out=FILE, buf build -o FILE) or from .proto files, whose imports are looked for beside
them and in --proto-path. A payload that one type explains is shown by it; --as protobuf:shop.v1.Order
says which it is, and the end of a name is enough when no other type has it.

--content-type and --content-encoding are hints: they count only when the payload is what they say.

With --lines each line of the input is a JSON object whose field base64 is a payload. For each
a JSON object comes back, on one line, in the same order: its other fields and payload. A line that
cannot be read gives an object with error, the others go on, and the exit status is 1.

The exit status is 1 too when the payload breaks; what was read before is printed.`

// checkDecode finds what the flag parser cannot.
func (a *app) checkDecode(f *decodeFlags) error {
	if err := a.readSchema(f); err != nil {
		return err
	}
	if f.as != "" {
		if err := f.schema.Check(f.as); err != nil {
			return usage("--as %s: %v", f.as, err)
		}
	}
	if f.lines && slices.Contains(decodeForms(), a.flags.form) {
		return usage("--lines prints JSON, not -o %s", a.flags.form)
	}
	if (f.notation.Offsets || f.notation.Widths) && a.flags.form != formDiagnostic {
		return usage("--offsets and --widths go with -o %s", formDiagnostic)
	}
	return nil
}

// readSchema reads the message types of --proto and of the config file. A config file that nobody
// named may be broken: a payload opens without it.
func (a *app) readSchema(f *decodeFlags) (err error) {
	file, err := a.readConfig()
	if err != nil {
		if a.flags.config != "" {
			return err
		}
		a.note("no message types of the config file: %v", err)
		file = &config.File{}
	}
	a.file = file
	f.schema, err = a.schema.read(file)
	return err
}

// input opens the file named, or stdin.
func (a *app) input(args []string) (io.ReadCloser, error) {
	if len(args) == 0 || args[0] == "-" {
		return io.NopCloser(a.env.Stdin), nil
	}
	return os.Open(args[0])
}

func (a *app) decode(ctx context.Context, in io.Reader, f *decodeFlags) error {
	data, err := io.ReadAll(io.LimitReader(in, maxPayload+1))
	if err != nil {
		return err
	}
	opt := f.options()
	if len(data) > maxPayload {
		data, opt.Partial = data[:maxPayload], true
		a.note("only the first %d bytes are decoded", maxPayload)
	}
	result := decoders.Decode(data, opt)
	views.DescribeDecoding(trace.SpanFromContext(ctx), result, len(data))
	switch a.flags.form {
	case "", formTable:
		a.printPayload(result, len(data))
	case formTree:
		a.printTree(result)
	case formDiagnostic:
		a.printDiagnostic(result, f.notation)
	case formHex:
		a.printHex(result)
	default:
		_, _ = a.out.Write(append(jsonout.Payload(nil, result), '\n'))
	}
	if err := a.out.Flush(); err != nil {
		return err
	}
	// Where a payload that is known to go on ends is no fault of it.
	if f := result.Fault; f != nil && (!opt.Partial || !result.Truncated) {
		return fmt.Errorf("%s: broken at byte %d: %s", result.Chain(), f.Offset, f.Text)
	}
	return nil
}
