package cli

import (
	"fmt"
	"strconv"
	"strings"

	"bustop/decoders"
	"bustop/ui"
)

// The forms of output that decode has beside those of all commands.
const (
	formTree       = "tree"
	formDiagnostic = "diag"
	formHex        = "hex"
)

func decodeForms() []string { return []string{formTree, formDiagnostic, formHex} }

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
	a.printNotation(r.Diagnostic())
}

func (a *app) printNotation(s string) {
	for line := range strings.SplitSeq(s, "\n") {
		fmt.Fprintln(a.out, cleanNotation(line))
	}
}

// printDiagnostic writes the content in diagnostic notation; of a broken payload the places too.
func (a *app) printDiagnostic(r *decoders.Result, form decoders.Notation) {
	form.Limit = maxPayload
	form.Offsets = form.Offsets || r.Fault != nil
	a.printNotation(r.Notate(form))
}

// typeWidth is the room for a type in a tree; longer ones shift their line.
const typeWidth = 20

// printTree writes a line for each item with its place and its exact type, and the break.
func (a *app) printTree(r *decoders.Result) {
	line := func(offset, length, kind, text string) {
		s := fmt.Sprintf("%8s %8s  %-*s  %s", offset, length, typeWidth, kind, text)
		fmt.Fprintln(a.out, cut(strings.TrimRight(s, " "), a.out.width()))
	}
	line("OFFSET", "BYTES", "TYPE", strings.ToUpper(r.Chain()))
	t := r.Tree
	if t == nil {
		line("0", strconv.Itoa(len(r.Data)), r.Format, cleanNotation(r.Preview(maxPreview)))
	} else {
		for i := range t.Len() {
			start, end := t.Range(i)
			text := cleanNotation(t.Value(i))
			if key := t.Key(i); key != "" {
				text = cleanNotation(key) + ": " + text
			}
			line(strconv.Itoa(start), strconv.Itoa(end-start), ui.CleanPlain(t.Type(i)), strings.Repeat("  ", t.Depth(i))+text)
		}
	}
	if f := r.Fault; f != nil {
		line(strconv.Itoa(f.Offset), "", "break", cleanNotation(f.Text))
	}
}

// maxPreview is what is shown of content without a tree, in characters.
const maxPreview = 1 << 10

// printHex writes a dump of the content as hexdump -C does.
func (a *app) printHex(r *decoders.Result) {
	const screen = 4096 // rows made at once
	const wide = 3*16 + 1
	for from := 0; from < len(r.Data); from += screen * 16 {
		for _, row := range decoders.HexRows(r.Data, from, screen, 0, 0) {
			fmt.Fprintf(a.out, "%08x  %-*s |%s|\n", row.Offset, wide, row.Hex, row.ASCII)
		}
	}
	if len(r.Data) > 0 {
		fmt.Fprintf(a.out, "%08x\n", len(r.Data))
	}
}
