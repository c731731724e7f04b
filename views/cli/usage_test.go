package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongUsage holds that every wrong call is told in one line and with status 2.
func TestWrongUsage(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(broken, []byte("contexts:\n  a:\n    sauces: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args string
		want string
	}{
		{"frob", `unknown command or URL "frob"; see bustop --help`},
		{"--frob", "unknown flag: --frob"},
		{"get --frob", "unknown flag: --frob"},
		{"get", "requires at least 1 arg"},
		{"get frobs", `no kind "frobs"; known: queues streams channels locks leaderboards keys health`},
		{"get problems", `no kind "problems"; known:`},
		{"get queues -o xml", "-o xml: expected table, json or jsonl"},
		{"get queues --limit -1", "--limit -1: expected a positive number"},
		{"get queues --timeout -1s", "--timeout -1s: expected a positive"},
		{"get queues --timeout soon", `invalid argument "soon" for "--timeout" flag`},
		{"get queues --url nowhere", "not a URL"},
		{"get queues --url double://nope", "double://nope: no such double"},
		{"get queues --url gopher://h", `gopher://h: unknown scheme "gopher" (known: double://)`},
		{"get queues --url double://a --url double://a", "two sources are called a; give them names in the config file"},
		{"get queues --url double://a --context x", "--context and --url exclude each other"},
		{"get queues --config /nope", "--config /nope: no such file"},
		{"get queues --config " + broken, broken + `:3:5: unknown field "sauces"`},
		{"get queues --context nope", `no context "nope"; known: none`},
		{"peek", "accepts 1 arg(s), received 0"},
		{"peek stream/x -n 0", "-n 0: expected a positive number"},
		{"tail stream/x -n -1", "-n and --for: expected something positive"},
		{"decode a b", "accepts at most 1 arg(s), received 2"},
		{"decode --as frob", "--as frob: no format \"frob\"; known:"},
		{"demo --servers frob", "--servers frob: expected embedded or real"},
		{"demo --rate -1", "--rate -1: expected a number of at most 10000"},
		{"demo --rate NaN", "--rate NaN: expected a number of at most 10000"},
		{"demo --scenario war", "--scenario war: expected calm, incident, flood"},
		{"demo --for -1s", "--for -1s: expected a time to run, 10m for example"},
		{"demo x", `unknown command "x" for "bustop demo"`},
		{"completion powershell", `invalid argument "powershell" for "bustop completion"`},
		{"", "the console needs a terminal; bustop get prints to a pipe or a file"},
		{"double://a", "the console needs a terminal; bustop get prints to a pipe or a file"},
		{"check", `unknown command or URL "check"`},
		{"help", `unknown command or URL "help"`},
		{"--write", "unknown flag: --write"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			r := one().run(t, strings.Fields(tt.args)...)
			if r.status != 2 || r.stdout != "" || !strings.HasPrefix(r.stderr, "bustop: ") || !strings.Contains(r.stderr, tt.want) || len(lines(r.stderr)) != 1 {
				t.Errorf("status %d, stdout %q, stderr %q; want %q", r.status, r.stdout, r.stderr, tt.want)
			}
		})
	}
}

func TestNoSource(t *testing.T) {
	r := (&bench{local: []string{"redis://127.0.0.1:1"}}).run(t, "get", "queues")
	if r.status != 3 || !strings.HasPrefix(r.stderr, "bustop: no source: give a URL with --url") || len(lines(r.stderr)) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestHelpAndVersion(t *testing.T) {
	one().run(t, "version").expect(t, 0)
	if r := one().run(t, "--version"); r.stdout != "bustop 1.2.3\n" || r.status != 0 {
		t.Errorf("%+v", r)
	}
	r := one().run(t, "--help")
	r.expect(t, 0)
	for _, word := range []string{"demo", "get", "peek", "tail", "decode", "version", "completion", "--context", "--url", "--timeout", "--namespace"} {
		if !strings.Contains(r.stdout, word) {
			t.Errorf("the help has no %s", word)
		}
	}
	for _, word := range []string{"write", "record", "replay", "publish", "problems", "powershell", "no-help-command"} {
		if strings.Contains(r.stdout, word) {
			t.Errorf("the help offers %s", word)
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		r := one().run(t, "completion", shell)
		r.expect(t, 0)
		if !strings.Contains(r.stdout, "__complete") {
			t.Errorf("%s: %q", shell, r.stdout)
		}
	}
	for _, tt := range []struct{ args, want string }{
		{"get queues |", "streams channels locks leaderboards keys health"},
		{"peek |", "queue/ stream/ leaderboard/ key/"},
		{"tail |", "stream/ channel/ exchange/"},
		{"demo --servers |", "embedded real"},
		{"demo --scenario |", "calm incident flood"},
		{"get queues -o |", "table json jsonl"},
	} {
		args := strings.Fields("__complete " + strings.TrimSuffix(tt.args, "|"))
		if strings.HasSuffix(tt.args, " |") {
			args = append(args, "")
		}
		r := one().run(t, args...)
		got := lines(r.stdout)
		if s := strings.Join(got[:len(got)-1], " "); s != tt.want {
			t.Errorf("%s: got %q, want %q", tt.args, s, tt.want)
		}
	}
}
