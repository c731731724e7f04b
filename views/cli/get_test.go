package cli_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"bustop/backends"
	"bustop/ui/golden"
)

func TestGetTables(t *testing.T) {
	for _, kind := range []string{"queues", "streams", "channels", "locks", "leaderboards", "keys", "health"} {
		t.Run(kind, func(t *testing.T) {
			r := one().run(t, "get", kind, "--url", "double://a")
			if r.status != 0 {
				t.Fatalf("%+v", r)
			}
			golden.Check(t, "get-"+kind, lines(r.stdout))
			r = one().run(t, "get", kind, "--url", "double://a", "-o", "json")
			golden.Check(t, "get-"+kind+"-json", lines(r.stdout))
			if !json.Valid([]byte(r.stdout)) {
				t.Error("not JSON")
			}
		})
	}
}

func TestGetSeveral(t *testing.T) {
	r := two().run(t, "get", "locks", "key", "health", "--url", "double://a", "--url", "double://b", "--match", "k")
	r.expect(t, 0)
	golden.Check(t, "get-several", lines(r.stdout))
}

func TestGetLines(t *testing.T) {
	r := two().run(t, "get", "queue", "locks", "queues", "--url", "double://a", "--url", "double://b", "-o", "jsonl", "--limit", "1")
	r.expect(t, 0, "a: rates are not known", "b: rates are not known", "a: 1 of 2 locks", "b: 1 of 2 locks")
	var got []string
	for _, line := range lines(r.stdout) {
		var o struct{ Kind, Source, Name string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err, line)
		}
		got = append(got, o.Kind+" "+o.Source+" "+o.Name)
	}
	want := []string{"queue a orders", "queue b orders", "lock a lock:a", "lock b lock:a"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestGetLocksOfSeveralServers: locks of one name say how far their servers agree.
func TestGetLocksOfSeveralServers(t *testing.T) {
	type quorum struct{ Agree, Of int }
	for address, want := range map[string]*quorum{"redis://h": nil, "redis://other": {2, 2}} {
		b := two()
		b.sources["b"].id.Address = address
		r := b.run(t, "get", "locks", "--url", "double://a", "--url", "double://b", "-o", "jsonl")
		got := 0
		for _, line := range lines(r.stdout) {
			var o struct {
				Name   string
				Quorum *quorum
			}
			if err := json.Unmarshal([]byte(line), &o); err != nil {
				t.Fatal(err, line)
			}
			if o.Name != "lock:a" {
				continue
			}
			got++
			if (o.Quorum == nil) != (want == nil) || (want != nil && *o.Quorum != *want) {
				t.Errorf("on %s: %s", address, line)
			}
		}
		if got != 2 {
			t.Errorf("%d locks of the name", got)
		}
	}
}

func TestGetNothing(t *testing.T) {
	b := one()
	b.sources["a"].roles.Locks = nil
	r := b.run(t, "get", "locks", "--url", "double://a", "-o", "json")
	r.expect(t, 0, "no source here has locks")
	if r.stdout != "[]\n" {
		t.Errorf("%q", r.stdout)
	}
}

// TestNoControlCharacters holds that hostile names reach no terminal as they are, in any form.
func TestNoControlCharacters(t *testing.T) {
	for _, form := range []string{"table", "json", "jsonl"} {
		r := one().run(t, "get", "queues", "locks", "leaderboards", "health", "--url", "double://a", "-o", form)
		for _, c := range r.stdout {
			if c != '\n' && (c < ' ' || c == 0x7f || c == '\u202e' || c == '\ufffd') {
				t.Errorf("%s: %q in the output", form, c)
			}
		}
	}
}

func TestExitStatus(t *testing.T) {
	unreachable := &backends.Error{Reason: backends.Unreachable, Source: "double://a", What: "connection refused"}
	broken := &backends.Error{Reason: backends.Unreachable, Source: "double://a", What: "broken pipe", Err: syscall.EPIPE}
	denied := &backends.Error{Reason: backends.Denied, Source: "double://b", What: "wrong password"}
	for _, tt := range []struct {
		name   string
		a, b   error
		args   []string
		status int
		stderr []string
	}{
		{"fine", nil, nil, []string{"get", "keys"}, 0, nil},
		{"one is down", unreachable, nil, []string{"get", "keys"}, 1, []string{"double://a: connection refused"}},
		{"all are down", unreachable, denied, []string{"get", "keys"}, 3, []string{"double://a: connection refused", "double://b: wrong password"}},
		{"a connection breaks like a pipe", broken, denied, []string{"get", "keys"}, 3, []string{"double://a: broken pipe", "double://b: wrong password"}},
		{"a server fails", errors.New("LOADING"), errors.New("LOADING"), []string{"get", "keys"}, 1, []string{"a: LOADING", "b: LOADING"}},
		{"peek on what is left", unreachable, nil, []string{"peek", "stream/x"}, 1, []string{"double://a: connection refused"}},
		{"not found", nil, &backends.Error{Reason: backends.Unreachable, Source: "double://b", What: "connection refused"}, []string{"peek", "queue/nope"}, 1, []string{"double://b: connection refused", "h: queue/nope: no such queue"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := two()
			b.sources["a"].ping, b.sources["b"].ping = tt.a, tt.b
			r := b.run(t, append(tt.args, "--url", "double://a", "--url", "double://b")...)
			r.expect(t, tt.status, tt.stderr...)
			for name, d := range b.sources {
				if !d.closed {
					t.Errorf("%s was not closed", name)
				}
			}
		})
	}
}

func TestSourceOrder(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "c.yaml")
	text := "current: x\ncontexts:\n  x:\n    sources:\n      - {name: mine, url: double://a}\n  y:\n    sources:\n      - url: double://b\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"REDIS_URL": "double://a", "AMQP_URL": "double://b"}
	for _, tt := range []struct {
		name string
		args []string
		env  map[string]string
		want string
	}{
		{"flag", []string{"--url", "double://b", "--config", conf}, env, "b"},
		{"current context", []string{"--config", conf}, env, "mine"},
		{"named context", []string{"--config", conf, "--context", "y"}, env, "b"},
		{"environment", nil, env, "a b"},
		{"one variable", nil, map[string]string{"AMQP_URL": "double://b"}, "b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := two()
			b.env = tt.env
			r := b.run(t, append([]string{"get", "health", "-o", "jsonl"}, tt.args...)...)
			r.expect(t, 0)
			var got []string
			for _, line := range lines(r.stdout) {
				var o struct{ Source string }
				if err := json.Unmarshal([]byte(line), &o); err != nil {
					t.Fatal(err)
				}
				got = append(got, o.Source)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestHealthWithoutEntry: a source that does not let us in may tell its health all the same; nothing else is
// asked of it then, and who refuses that too has failed as a whole.
func TestHealthWithoutEntry(t *testing.T) {
	denied := &backends.Error{Reason: backends.Denied, Source: "a", What: "no permission in the vhost"}
	mute := shop("a").roles
	mute.Health = nil
	for _, c := range []struct {
		kind   string
		ping   error
		roles  backends.Roles
		status int
	}{
		{"health", denied, shop("a").roles, 0},
		{"health", denied, mute, 3},
		{"queues", denied, shop("a").roles, 3},
		{"health", &backends.Error{Reason: backends.Unreachable, Source: "a", What: "no answer"}, shop("a").roles, 3},
	} {
		b := one()
		b.sources["a"].ping, b.sources["a"].roles = c.ping, c.roles
		r := b.run(t, "get", c.kind, "--url", "double://a")
		r.expect(t, c.status, c.ping.Error())
		if (c.status == 0) != strings.Contains(r.stdout, "7.0.15") {
			t.Errorf("%s after %v: %q", c.kind, c.ping, r.stdout)
		}
	}
}
