package corpus_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"bustop/decoders/corpus"
)

func TestRead(t *testing.T) {
	cases := corpus.Generate(3, 400)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, c := range cases {
		if err := enc.Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	got, err := corpus.Read(&b)
	if err != nil || !reflect.DeepEqual(got, cases) {
		t.Fatalf("%d cases come back as %d others: %v", len(cases), len(got), err)
	}
	got, err = corpus.Read(strings.NewReader(`{"want":"gzip>msgpack","accept":["gzip"," a , b"],"data":"AQI="}`))
	want := []corpus.Case{{Class: "unnamed", Want: "gzip → msgpack", Accept: []string{"gzip", "a → b"}, Data: []byte{1, 2}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{`{"want":"json"`, `{"data":"AQI="}`, `{"want":"json","data":"?"}`, `3`} {
		if _, err := corpus.Read(strings.NewReader(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// TestForeign holds the promises on payloads of other encoders. It needs the network, npm and node, so
// it runs only when BUSTOP_FOREIGN is 1.
func TestForeign(t *testing.T) {
	if os.Getenv("BUSTOP_FOREIGN") != "1" {
		t.Skip("BUSTOP_FOREIGN is not 1")
	}
	run := func(dir, name string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Stderr = dir, t.Output()
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return out
	}
	run("foreign/npm", "npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
	for name, lines := range map[string][]byte{
		"Go":  run("foreign", "go", "run", ".", "-seed", "11", "-n", "10000"),
		"npm": run("foreign/npm", "node", "corpus.mjs", "11", "10000"),
	} {
		cases, err := corpus.Read(bytes.NewReader(lines))
		if err != nil || len(cases) != 10000 {
			t.Fatalf("%s: %d cases, %v", name, len(cases), err)
		}
		r := corpus.Measure(cases)
		var b strings.Builder
		if _, err := r.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s\n%s", name, b.String())
		usual, short, sure := r.Sizes[corpus.SizeUsual], r.Sizes[corpus.SizeShort], r.Stated[corpus.StatedSure]
		if usual.Share() < 0.995 || short.Share() < 0.96 || sure.Share() < 0.995 || len(r.TextAsBinary) > 0 {
			t.Errorf("%s: %+v, %+v, %+v, %d texts as binary", name, usual, short, sure, len(r.TextAsBinary))
		}
	}
}
