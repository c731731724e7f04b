package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bustop/views/config"
)

// canary is a password that no error may show.
const canary = "c4n4ry-s3cret"

func write(t *testing.T, mode fs.FileMode, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestExample(t *testing.T) {
	f, err := config.Load("../../docs/config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"local", "prod"}, f.Names()); diff != "" {
		t.Error(diff)
	}
	if f.Defaults.Duration() != 5*time.Second {
		t.Errorf("timeout %v", f.Defaults.Duration())
	}
	if rules := f.Rules(); len(rules) != 2 || rules[0].Match != "order:*:lock" || rules[0].Kind != "lock" || rules[1].Off != "bullmq" {
		t.Errorf("profiles %+v", rules)
	}
	c, err := f.Select("")
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Resolve(t.Context(), c.Sources[1], env("RABBIT_PASSWORD", "p@ss/w#rd"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "amqp://guest:p%40ss%2Fw%23rd@localhost:5672/"; r.URL != want || r.Name != "bus" || r.NoTaps {
		t.Errorf("got %+v, want URL %s", r, want)
	}
	prod, err := f.Select("prod")
	if err != nil {
		t.Fatal(err)
	}
	if names := prod.Sources[1].Queues; len(names) != 2 || names[0].Value != "orders" || names[1].Value != "payments" {
		t.Errorf("queues %+v", names)
	}
	if !prod.ReadOnly || prod.Colour.Value != "red" || *prod.Sources[1].Taps {
		t.Errorf("prod: %+v", prod)
	}
}

// TestFaults holds that every fault is one line with its place, and quotes no password.
func TestFaults(t *testing.T) {
	source := func(rest string) string {
		return "contexts:\n  a:\n    sources:\n      - url: redis://h\n        " + rest + "\n"
	}
	for _, tt := range []struct{ name, text, want string }{
		{"unknown key", "contexts:\n  a:\n    source: []\n", `:3:5: unknown field "source"`},
		{"unknown key at the top", "sources: a\n", `:1:1: unknown field "sources"`},
		{"unknown key in tls", source("tls: {ca: x, password: " + canary + "}"), `:5:22: unknown field "password"`},
		{"twice the same key", "current: a\ncurrent: " + canary + "\n", `:2:1: mapping key "current" already defined`},
		{"not a mapping", "- " + canary + "\n", ":1:"},
		{"not YAML", "contexts: {" + canary + "\n", ":1:"},
		{"list for text", source("name: [" + canary + "]"), ":5:15: expected one value"},
		{"text for bool", source("taps: " + canary), ":5:15: "},
		{"password: two keys", source("password: {env: A, file: " + canary + "}"), ":5:"},
		{"password: wrong key", source("password: {value: " + canary + "}"), ":5:20: a password has one of the keys env, file and command"},
		{"password: list", source("password: [" + canary + "]"), ":5:19: expected one value"},
		{"current is not there", "current: b\ncontexts:\n  a:\n    sources:\n      - url: redis://h\n", `:1:10: no context "b"`},
		{"empty context", "contexts:\n  a:\n", `: context "a" is empty`},
		{"no sources", "contexts:\n  a:\n    sources: []\n", `: context "a" has no sources`},
		{"no url", "contexts:\n  a:\n    sources:\n      - name: x\n", `: context "a": source 1 has no url`},
		{"one name twice", "contexts:\n  a:\n    sources:\n      - {name: x, url: redis://h}\n      - {name: x, url: redis://i}\n", ":5:16: the context has another source"},
		{"colour", "contexts:\n  a:\n    colour: mauve\n    sources:\n      - url: redis://h\n", ":3:13: unknown colour; known: red,"},
		{"timeout", "defaults:\n  timeout: soon\n", ":2:12: timeout: expected a length of time"},
		{"negative timeout", "defaults:\n  timeout: -1s\n", ":2:12: timeout: expected a length of time"},
		{"output", "defaults:\n  output: xml\n", ":2:11: output: expected table, json or jsonl"},
		{"a tag without a value", "decode:\n  pins: !!seq\n", ": not valid YAML"},
		{"pin of no target", "decode:\n  pins:\n    - match: orders.*\n      as: json\n", ":3:14: match: expected a target with * and ?"},
		{"pin of an unknown kind", "decode:\n  pins:\n    - {match: topic/a, as: json}\n", ":3:15: match: expected a target"},
		{"pin without match", "decode:\n  pins:\n    - as: json\n", ": decode: pin 1 has no match"},
		{"pin without as", "decode:\n  pins:\n    - match: queue/a\n", ":3:14: the pin does not say as what"},
		{"pin as unknown format", "decode:\n  pins:\n    - match: queue/a\n      as: gzip → avro\n", `:4:11: as: no format "avro"; known: json,`},
		{"pin as a chain that goes on", "decode:\n  pins:\n    - match: queue/a\n      as: msgpack → gzip\n", ":4:11: as: nothing comes after msgpack"},
		{"profile without kind", "profiles:\n  - match: order:*\n", ":2:12: profiles: kind: expected one of"},
		{"profile of a form that is none", "profiles:\n  - {match: 'a<', kind: lock}\n", ":2:13: profiles: "},
		{"unknown profile off", "profiles:\n  - off: rails\n", `:2:10: profiles: no profile "rails"`},
		{"unknown key of a profile", "profiles:\n  - {match: a, kind: lock, sort: b}\n", `:2:28: unknown field "sort"`},
		{"unknown key of a pin", "decode:\n  pins:\n    - match: queue/a\n      to: json\n", `:4:7: unknown field "to"`},
		{"queues of Redis", source("queues: [jobs]"), ":5:18: queues: only of amqp"},
		{"a queue without a name", source("queues: [\"\"]"), ":4:14: queues: one has no name"},
		{"a name that is too long", source("queues: [" + strings.Repeat("n", 256) + "]"), ":5:18: queues: a name has at most"},
		{"certificate without key", source("tls: {cert: x}"), ":4:14: tls: cert and key go together"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, 0o600, tt.text)
			_, err := config.Load(path)
			if err == nil {
				t.Fatal("no error")
			}
			got := err.Error()
			if !strings.HasPrefix(got, path+tt.want) {
				t.Errorf("got  %s\nwant %s%s…", got, path, tt.want)
			}
			if strings.Contains(got, canary) || strings.Contains(got, "\n") {
				t.Errorf("a secret or a second line in %q", got)
			}
		})
	}
}

func TestMode(t *testing.T) {
	url := func(u string) string { return "contexts:\n  a:\n    sources:\n      - url: " + u + "\n" }
	for _, tt := range []struct {
		name, text string
		mode       fs.FileMode
		want       string // "" means accepted
	}{
		{"no password", url("redis://user@h"), 0o644, ""},
		{"own file", url("redis://user:" + canary + "@h"), 0o600, ""},
		{"readable by all", url("redis://user:" + canary + "@h"), 0o644, "a URL holds a password"},
		{"readable by the group", url("redis://:" + canary + "@h"), 0o640, "a URL holds a password"},
		{"broken URL", url("redis://:" + canary + "#%@h"), 0o644, "a URL holds a password"},
		{"variable", url("redis://user:${PW}@h"), 0o644, ""},
		{"variable and more", url("redis://user:${PW}" + canary + "@h"), 0o644, "a URL holds a password"},
		{"at sign in the query", url("redis://h/0?x=a:b@c"), 0o644, ""},
		{"management", url("amqp://h") + "        management: http://u:" + canary + "@h\n", 0o644, "a URL holds a password"},
		{"literal", url("amqp://h") + "        password: " + canary + "\n", 0o644, "it holds a password"},
		{"literal variable", url("amqp://h") + "        password: ${PW}\n", 0o644, ""},
		{"a sentinel's", url("redis+sentinel://h/m") + "        sentinel: {password: " + canary + "}\n", 0o644, "it holds a password"},
		{"a sentinel's in the URL", url("redis+sentinel://h,g:1/m?sentinel_password=" + canary + "&db=0"), 0o644, "a URL holds a password"},
		{"a sentinel's, variable", url("redis+sentinel://h,g:1/m?sentinel_password=${PW}"), 0o644, ""},
		{"command, writable by the group", url("amqp://h") + "        password: {command: cat}\n", 0o664, "a command is not run"},
		{"command, readable by all", url("amqp://h") + "        password: {command: cat}\n", 0o644, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Load(write(t, tt.mode, tt.text))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			case err != nil && strings.Contains(err.Error(), canary):
				t.Errorf("password in %v", err)
			}
		})
	}
}

func TestPassword(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pw"), []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, url, password, want, fault string }{
		{name: "env", url: "redis://u@h/0", password: "{env: PW}", want: "redis://u:a%2Fb@h/0"},
		{name: "env is not set", url: "redis://u@h", password: "{env: NOPE}", fault: `"NOPE" is not set`},
		{name: "file", url: "redis://h", password: "{file: pw}", want: "redis://:from%20file@h"},
		{name: "no file", url: "redis://h", password: "{file: nope}", fault: "password file: no such file or directory"},
		{name: "command", url: "redis://u@h", password: "{command: 'echo x; echo y'}", want: "redis://u:x%0Ay@h"},
		{name: "command fails", url: "redis://u@h", password: "{command: 'echo " + canary + " >&2; exit 3'}", fault: "password command: exit status 3"},
		{name: "command prints nothing", url: "redis://u@h", password: "{command: 'true'}", fault: "it printed 0 bytes"},
		{name: "literal", url: "redis://u@h", password: "'${PW}x'", want: "redis://u:a%2Fbx@h"},
		{name: "two passwords", url: "redis://u:" + canary + "@h", password: "{env: PW}", fault: "and another beside it"},
		{name: "none", url: "redis://${PW}:${PW}@h", password: "", want: "redis://a%2Fb:a%2Fb@h"},
		{name: "variable is not set", url: "redis://u:${NOPE}@h", password: "", fault: `"NOPE" is not set`},
		{name: "broken URL", url: "redis://u@h:" + canary, password: "{env: PW}", fault: "not a URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "contexts:\n  a:\n    sources:\n      - url: " + tt.url + "\n        password: " + tt.password + "\n"
			path := filepath.Join(dir, "config.yaml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := config.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			c, err := f.Select("a")
			if err != nil {
				t.Fatal(err)
			}
			r, err := f.Resolve(t.Context(), c.Sources[0], env("PW", "a/b"))
			switch {
			case tt.fault == "" && err != nil:
				t.Errorf("error: %v", err)
			case tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault)):
				t.Errorf("got %v, want %q", err, tt.fault)
			case r.URL != tt.want:
				t.Errorf("got %s, want %s", r.URL, tt.want)
			case err != nil && strings.Contains(err.Error(), canary):
				t.Errorf("password in %v", err)
			}
		})
	}
}

func TestTLSFaults(t *testing.T) {
	text := "contexts:\n  a:\n    sources:\n      - url: rediss://h\n        tls: {ca: nope.pem}\n"
	f, err := config.Load(write(t, 0o600, text))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Resolve(t.Context(), f.Contexts["a"].Sources[0], env())
	if err == nil || !strings.HasSuffix(err.Error(), ":5:19: tls: no such file or directory") {
		t.Errorf("got %v", err)
	}
}

func TestEmptyAndMissing(t *testing.T) {
	f, err := config.Load(write(t, 0o600, "# nothing yet\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := f.Select(""); c != nil || err != nil {
		t.Errorf("a context from nothing: %v %v", c, err)
	}
	if _, err := f.Select("x"); err == nil || !strings.Contains(err.Error(), `no context "x"; known: none`) {
		t.Errorf("got %v", err)
	}
	if _, err := config.Load(filepath.Join(t.TempDir(), "nope")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestSentinelAndServerName(t *testing.T) {
	text := "contexts:\n  a:\n    sources:\n      - url: rediss+sentinel://ann@h:1,g:2/m\n        password: {env: P}\n" +
		"        sentinel: {user: bo, password: {env: S}}\n        tls: {server_name: redis.test}\n"
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.Select("a")
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Resolve(t.Context(), c.Sources[0], env("P", "p@,/", "S", "s@,/"))
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := r.Sentinel.Password()
	if r.URL != "rediss+sentinel://ann:p%40%2C%2F@h:1,g:2/m" && r.URL != "rediss+sentinel://ann:p%40,%2F@h:1,g:2/m" {
		t.Errorf("URL %s", r.URL)
	}
	if r.Sentinel.Username() != "bo" || secret != "s@,/" || r.TLS.ServerName != "redis.test" {
		t.Errorf("%+v", r)
	}
}

func TestDefaultPath(t *testing.T) {
	if got := config.DefaultPath(env("XDG_CONFIG_HOME", "/x")); got != "/x/bustop/config.yaml" {
		t.Error(got)
	}
	if got := config.DefaultPath(env("XDG_CONFIG_HOME", "relative")); !filepath.IsAbs(got) {
		t.Error(got)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("contexts:\n  a:\n    sources:\n      - url: redis://h\n        password: {env: X}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(path); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("two lines: %q", err)
		}
	})
}
