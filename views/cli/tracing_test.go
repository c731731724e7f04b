package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/views/cli"
)

// TestTracing holds what the file, the environment and the flags say of spans, and that tracing ends with the run.
func TestTracing(t *testing.T) {
	path := t.TempDir() + "/c.yaml"
	if err := os.WriteFile(path, []byte("traces:\n  receive: 127.0.0.1:9\n  token: {env: FILE_TOKEN}\n  export: http://${HOST}:4318\n  protocol: grpc\n  keys: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		env  string
		want string
	}{
		{[]string{"get", "queues"}, "", "false \"127.0.0.1:9\" \"\" http://h:4318 grpc true true"},
		{[]string{"tail", "stream/x"}, "", "false \"127.0.0.1:9\" \"\" http://h:4318 grpc true false"},
		{[]string{"demo", "--headless"}, "", "false \"\" \"\"   false false"},
	} {
		var got string
		ended := 0
		env := cli.Env{
			Stdout: new(bytes.Buffer), Stderr: new(bytes.Buffer), Stdin: strings.NewReader(""),
			Getenv:  func(name string) string { return map[string]string{"HOST": "h", "FILE_TOKEN": "f"}[name] },
			Drivers: backends.Drivers{},
			Trace: func(_ context.Context, o cli.TraceOptions) (*cli.Tracing, error) {
				got = fmt.Sprintf("%v %q %q %s %s %v %v", o.Listens, o.Listen, o.Token, o.Endpoint, o.Protocol, o.Keys, o.Polls)
				return &cli.Tracing{End: func() { ended++ }}, nil
			},
			Demo: func(context.Context, cli.DemoOptions) (*cli.RunningDemo, error) {
				over := make(chan struct{})
				close(over)
				return &cli.RunningDemo{Over: over, End: func() {}}, nil
			},
		}
		args := c.args
		if c.args[0] != "demo" {
			args = append(args, "--config", path)
		}
		cli.Main(t.Context(), args, env)
		if got != c.want || ended != 1 {
			t.Errorf("%v: %s, ended %d times; want %s", c.args, got, ended, c.want)
		}
	}
}
