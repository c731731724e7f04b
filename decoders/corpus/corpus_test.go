package corpus_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"bustop/decoders/corpus"
)

// TestAccuracy holds the shares that detection promises, on payloads of three seeds.
func TestAccuracy(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		cases := corpus.Generate(seed, 8000)
		r := corpus.Measure(cases)
		var b strings.Builder
		if _, err := r.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		t.Logf("seed %d\n%s", seed, b.String())
		for name, least := range map[string]float64{corpus.SizeUsual: 0.995, corpus.SizeShort: 0.96} {
			if s := r.Sizes[name]; s == nil || s.All < 50 || s.Share() < least {
				t.Errorf("seed %d: %s: %+v right", seed, name, s)
			}
		}
		if s := r.Stated[corpus.StatedSure]; s == nil || s.Share() < 0.995 || s.All < 4000 {
			t.Errorf("seed %d: of the sure answers %+v are right", seed, s)
		}
		if r.Undecidable.All < 500 || r.Undecidable.Share() < 0.97 {
			t.Errorf("seed %d: of those nobody can tell %+v are among the first three", seed, r.Undecidable)
		}
		if len(r.TextAsBinary) > 0 {
			w := r.TextAsBinary[0]
			t.Errorf("seed %d: %d texts are shown as binary: %q is %s", seed, len(r.TextAsBinary), w.Data, w.Answer)
		}
		for i, w := range r.Wrong[:min(len(r.Wrong), 40)] {
			t.Logf("%d %s %s: want %s, answer %s %.3f: %x", i, w.Class, w.Template, w.Want, w.Answer, w.Confidence, w.Data[:min(len(w.Data), 60)])
		}
	}
}

func TestSeedDecides(t *testing.T) {
	a, b := corpus.Generate(7, 2000), corpus.Generate(7, 2000)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed makes other payloads")
	}
	same := 0
	for i, c := range corpus.Generate(8, 2000) {
		if bytes.Equal(c.Data, a[i].Data) {
			same++
		}
	}
	if same > 100 {
		t.Errorf("another seed makes %d of the same payloads", same)
	}
	classes, templates := map[string]int{}, map[string]int{}
	for _, c := range a {
		classes[c.Class]++
		templates[c.Template]++
	}
	if len(classes) < 9 || len(templates) < 25 {
		t.Errorf("%v %v", classes, templates)
	}
}

// TestMeasureCounts holds that a wrong label is counted as wrong.
func TestMeasureCounts(t *testing.T) {
	cases := corpus.Generate(1, 500)
	for i := range cases {
		cases[i].Want, cases[i].Accept = "nothing", nil
	}
	r := corpus.Measure(cases)
	if r.Sizes[corpus.SizeUsual].Right != 0 || r.Stated[corpus.StatedSure].Share() != 0 || len(r.Wrong) < 300 {
		t.Errorf("%+v", r.Sizes[corpus.SizeUsual])
	}
}
