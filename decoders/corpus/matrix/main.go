// Matrix prints how well the decoders name the payloads of a corpus: shares by length, class and stated
// confidence, and the confusion matrix.
//
//	go run ./decoders/corpus/matrix [-seed 1] [-n 20000] [-v]       payloads made here
//	go run ./decoders/corpus/matrix -from FILE.jsonl|- [-v]         payloads of another program
//
// What a file holds is told at corpus.Read; ./decoders/corpus/foreign makes two.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"

	"bustop/decoders/corpus"
)

func main() {
	if err := run(os.Stdin, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, args []string) error {
	flags := flag.NewFlagSet("matrix", flag.ContinueOnError)
	seed := flags.Uint64("seed", 1, "decides the payloads")
	count := flags.Int("n", 20000, "payloads to make")
	from := flags.String("from", "", "read the payloads from a file of JSON lines, - for the standard input")
	verbose := flags.Bool("v", false, "list the wrong answers")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cases, err := load(in, *from, *seed, *count)
	if err != nil {
		return err
	}
	report := corpus.Measure(cases)
	if *verbose {
		list(out, report)
	}
	_, err = report.WriteTo(out)
	return err
}

// load reads the cases from a file, or makes them when none is named.
func load(in io.Reader, from string, seed uint64, count int) ([]corpus.Case, error) {
	switch from {
	case "":
		return corpus.Generate(seed, count), nil
	case "-":
		return corpus.Read(in)
	}
	f, err := os.Open(from)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return corpus.Read(f)
}

// list prints the wrong answers with their first bytes.
func list(out io.Writer, report *corpus.Report) {
	for _, group := range []struct {
		name  string
		wrong []corpus.Wrong
	}{{"text as binary", report.TextAsBinary}, {"wrong", report.Wrong}, {"undecidable missed", report.Missed}} {
		for _, w := range group.wrong {
			head := w.Data[:min(len(w.Data), 80)]
			fmt.Fprintf(out, "%s: %s, %s, %d bytes: %s, answer %s %.3f: %x %s\n",
				group.name, w.Class, w.Template, len(w.Data), w.Want, w.Answer, w.Confidence, head, strconv.QuoteToASCII(string(head)))
		}
	}
}
