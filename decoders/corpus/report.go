package corpus

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"bustop/decoders"
)

// Report counts the answers to a corpus.
type Report struct {
	// Answers[truth][answer] counts by the outermost format, of the payloads that can be told.
	Answers map[string]map[string]int
	// Sizes counts by length, Classes by class, Stated by the confidence that was stated; Wrong lists
	// what was answered wrong.
	Sizes, Classes, Stated map[string]*Tally
	Undecidable            Tally // right: the label is the answer or among the first runner-ups
	Wrong                  []Wrong
	// Missed lists the payloads that nobody can tell whose label is not among the first three.
	Missed []Wrong
	// TextAsBinary lists texts that were shown as a binary format.
	TextAsBinary []Wrong
}

// Tally is a share of right answers.
type Tally struct{ Right, All int }

// Share is the part that is right, 1 of none.
func (t *Tally) Share() float64 {
	if t == nil || t.All == 0 {
		return 1
	}
	return float64(t.Right) / float64(t.All)
}

func (t *Tally) count(right bool) {
	t.All++
	if right {
		t.Right++
	}
}

// Wrong is a payload with a wrong answer.
type Wrong struct {
	Case
	Answer     string
	Confidence float64
}

// Names of the tallies of Sizes and Stated.
const (
	SizeTiny   = "1-7 bytes"
	SizeShort  = "8-15 bytes"
	SizeUsual  = "16 bytes and more"
	StatedSure = "0.95 and more"
)

// Measure decodes every case and counts.
func Measure(cases []Case) *Report {
	r := &Report{
		Answers: map[string]map[string]int{}, Sizes: map[string]*Tally{}, Classes: map[string]*Tally{}, Stated: map[string]*Tally{},
	}
	for _, c := range cases {
		r.add(c, decoders.Decode(c.Data, decoders.Options{Partial: c.Partial}))
	}
	return r
}

func (r *Report) add(c Case, got *decoders.Result) {
	chain := got.Chain()
	right := chain == c.Want || slices.Contains(c.Accept, chain)
	wrong := Wrong{Case: c, Answer: chain, Confidence: got.Confidence()}
	if textual(outermost(c.Want)) && !textual(outermost(chain)) {
		r.TextAsBinary = append(r.TextAsBinary, wrong)
	}
	if c.Undecidable {
		found := right || slices.ContainsFunc(append(c.Accept, c.Want), func(f string) bool { return among(got.Also, f) })
		r.Undecidable.count(found)
		if !found {
			r.Missed = append(r.Missed, wrong)
		}
		return
	}
	tally(r.Sizes, sizeOf(len(c.Data))).count(right)
	tally(r.Classes, c.Class).count(right)
	tally(r.Stated, statedOf(got.Confidence())).count(right)
	row := r.Answers[outermost(c.Want)]
	if row == nil {
		row = map[string]int{}
		r.Answers[outermost(c.Want)] = row
	}
	row[outermost(chain)]++
	if !right {
		r.Wrong = append(r.Wrong, wrong)
	}
}

func tally(m map[string]*Tally, name string) *Tally {
	if m[name] == nil {
		m[name] = &Tally{}
	}
	return m[name]
}

func outermost(chain string) string {
	first, _, _ := strings.Cut(chain, " ")
	return first
}

// textual reports whether a format is text, or made of text.
func textual(name string) bool {
	return slices.Contains([]string{"text", "json", "ndjson", "xml", "html", "csv", "php", "jwt", "base64", "hex", "utf-16", "latin-1", "yaml"}, name)
}

func among(list []decoders.Guess, want string) bool {
	return slices.ContainsFunc(list[:min(len(list), 2)], func(g decoders.Guess) bool { return g.Format == want })
}

func sizeOf(n int) string {
	switch {
	case n < 8:
		return SizeTiny
	case n < 16:
		return SizeShort
	}
	return SizeUsual
}

func statedOf(p float64) string {
	switch {
	case p >= 0.95:
		return StatedSure
	case p >= 0.9:
		return "0.90 to 0.95"
	case p >= 0.6:
		return "0.60 to 0.90"
	}
	return "below 0.60"
}

// WriteTo prints the shares, the calibration and the confusion matrix: rows are what the payloads are,
// columns what was answered.
func (r *Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	for _, part := range []struct {
		name  string
		count map[string]*Tally
	}{{"by length", r.Sizes}, {"by class", r.Classes}, {"by stated confidence", r.Stated}} {
		fmt.Fprintf(&b, "%s\n", part.name)
		for _, k := range slices.Sorted(maps.Keys(part.count)) {
			t := part.count[k]
			fmt.Fprintf(&b, "  %-20s %6d of %6d  %7.3f %%\n", k, t.Right, t.All, 100*t.Share())
		}
	}
	fmt.Fprintf(&b, "undecidable, the label among the first three\n  %-20s %6d of %6d  %7.3f %%\n", "", r.Undecidable.Right, r.Undecidable.All, 100*r.Undecidable.Share())
	fmt.Fprintf(&b, "texts shown as a binary format: %d\n\n", len(r.TextAsBinary))
	r.matrix(&b)
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func (r *Report) matrix(b *strings.Builder) {
	columns := map[string]bool{}
	for truth, row := range r.Answers {
		columns[truth] = true
		for answer := range row {
			columns[answer] = true
		}
	}
	names := slices.Sorted(maps.Keys(columns))
	fmt.Fprintf(b, "%-10s", "")
	for _, n := range names {
		fmt.Fprintf(b, " %8.8s", n)
	}
	b.WriteString("\n")
	for _, truth := range slices.Sorted(maps.Keys(r.Answers)) {
		fmt.Fprintf(b, "%-10s", truth)
		for _, n := range names {
			fmt.Fprintf(b, " %8d", r.Answers[truth][n])
		}
		b.WriteString("\n")
	}
}
