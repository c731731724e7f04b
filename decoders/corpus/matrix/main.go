// Matrix prints how well the decoders name the payloads of a generated corpus: shares by length, class
// and stated confidence, and the confusion matrix.
//
//	go run ./decoders/corpus/matrix [-seed 1] [-n 20000] [-v]
package main

import (
	"flag"
	"fmt"
	"os"

	"bustop/decoders/corpus"
)

func main() {
	seed := flag.Uint64("seed", 1, "decides the payloads")
	count := flag.Int("n", 20000, "payloads to make")
	verbose := flag.Bool("v", false, "list the wrong answers")
	flag.Parse()
	report := corpus.Measure(corpus.Generate(*seed, *count))
	if *verbose {
		for _, w := range append(report.TextAsBinary, report.Wrong...) {
			fmt.Printf("%s %s: %s, answer %s %.3f: %x\n", w.Class, w.Template, w.Want, w.Answer, w.Confidence, w.Data[:min(len(w.Data), 80)])
		}
	}
	if _, err := report.WriteTo(os.Stdout); err != nil {
		os.Exit(1)
	}
}
