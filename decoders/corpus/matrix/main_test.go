package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	in := `{"class":"whole","want":"json","data":"eyJhIjoxfQ=="}` + "\n" + `{"class":"text","want":"cbor","data":"aGVsbG8gd29ybGQ="}`
	var out strings.Builder
	if err := run(strings.NewReader(in), &out, []string{"-from", "-", "-v"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"wrong: text, , 11 bytes: cbor, answer text", "whole                     1 of      1", "text                      0 of      1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if err := run(strings.NewReader("{"), &out, []string{"-from", "-"}); err == nil {
		t.Error("half an object is read")
	}
	if err := run(nil, &out, []string{"-from", "no such file"}); err == nil {
		t.Error("a missing file is read")
	}
	out.Reset()
	if err := run(nil, &out, []string{"-n", "300", "-seed", "4"}); err != nil || !strings.Contains(out.String(), "by stated confidence") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
