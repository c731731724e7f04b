package config

import (
	"io/fs"
	"strings"
	"testing"
)

func TestTraces(t *testing.T) {
	for _, c := range []struct {
		text string
		mode fs.FileMode
		want string // the fault, "" for none
	}{
		{"traces:\n  receive: 127.0.0.1:4318\n  token: {env: TOKEN}\n  export: http://c:4318\n  protocol: grpc\n  keys: true\n  polls: true\n", 0o644, ""},
		{"traces:\n  receive: '4318'\n", 0o600, "c.yaml:2:12: receive: expected HOST:PORT"},
		{"traces:\n  protocol: thrift\n", 0o600, "c.yaml:2:13: protocol: expected grpc, http/protobuf, http/json"},
		{"traces:\n  token: s3cret\n", 0o600, ""},
		{"traces:\n  token: s3cret\n", 0o644, "c.yaml:2:10: it holds a password"},
		{"traces:\n  export: http://u:s3cret@c:4318\n", 0o644, "c.yaml:2:11: a URL holds a password"},
		{"traces:\n  exports: x\n", 0o600, "unknown field"},
	} {
		f, err := parse("c.yaml", []byte(c.text), c.mode)
		if (err == nil) != (c.want == "") || (err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret"))) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
		if err != nil || c.mode != 0o644 {
			continue
		}
		token, err := f.ReceiverToken(t.Context(), func(string) string { return "from the environment" })
		if err != nil || token != "from the environment" || !f.Traces.Keys || !f.Traces.Polls {
			t.Errorf("%q, %v, %+v", token, err, f.Traces)
		}
	}
}
