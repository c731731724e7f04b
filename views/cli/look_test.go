package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/ui/golden"
	"bustop/views/cli"
)

func TestPeekForms(t *testing.T) {
	for _, form := range []string{"table", "json", "jsonl"} {
		b := one()
		b.sources["a"].plan = backends.Plan{Consent: backends.Free}
		r := b.run(t, "peek", "queue/orders", "--url", "double://a", "-o", form)
		r.expect(t, 0)
		if form == "json" && !json.Valid([]byte(r.stdout)) {
			t.Error("not JSON")
		}
		golden.Check(t, "peek-"+form, withoutPayload(lines(r.stdout)))
	}
}

// withoutPayload cuts what the decoders have said, which is theirs to test.
func withoutPayload(lines []string) []string {
	for i, line := range lines {
		if before, _, found := strings.Cut(line, `"payload":`); found {
			lines[i] = before + `"payload":…`
		}
	}
	return lines
}

func TestPeekConsent(t *testing.T) {
	for _, tt := range []struct {
		name   string
		plan   backends.Plan
		args   []string
		status int
		stderr []string
		look   *backends.Look
	}{
		{
			name: "free", plan: backends.Plan{Consent: backends.Free},
			look: &backends.Look{N: 10, Confirmed: true},
		},
		{
			name: "effects", plan: backends.Plan{Consent: backends.Confirm, Effects: []string{"It sets redelivered.", "It hides two messages."}},
			args:   []string{"-n", "2"},
			stderr: []string{"queue/it's: It sets redelivered.", "queue/it's: It hides two messages."},
			look:   &backends.Look{N: 2, Confirmed: true},
		},
		{
			name: "at most", plan: backends.Plan{Consent: backends.Free, Max: 1},
			stderr: []string{"queue/it's: one look takes 1 at most"},
			look:   &backends.Look{N: 1, Confirmed: true},
		},
		{
			name: "name wanted", plan: backends.Plan{Consent: backends.TypeName, Effects: []string{"The next peek drops it."}},
			status: 1, stderr: []string{"queue/it's: The next peek drops it.", `queue/it's: not done; to agree to this add --confirm 'it'\\''s'`},
		},
		{
			name: "another name", plan: backends.Plan{Consent: backends.TypeName}, args: []string{"--confirm", "its"},
			status: 1, stderr: []string{`queue/it's: not done; to agree to this add --confirm 'it'\\''s'`},
		},
		{
			name: "name given", plan: backends.Plan{Consent: backends.TypeName, Effects: []string{"The next peek drops it."}},
			args: []string{"--confirm", "it's"}, stderr: []string{"queue/it's: The next peek drops it."},
			look: &backends.Look{N: 10, Confirmed: true, TypedName: "it's"},
		},
		{
			name: "phrase wanted", plan: backends.Plan{Consent: backends.TypeName, Phrase: "it's again"}, args: []string{"--confirm", "it's"},
			status: 1, stderr: []string{`queue/it's: not done; to agree to this add --confirm 'it'\\''s again'`},
		},
		{
			name: "phrase given", plan: backends.Plan{Consent: backends.TypeName, Phrase: "it's again"}, args: []string{"--confirm", "it's again"},
			look: &backends.Look{N: 10, Confirmed: true, TypedName: "it's again"},
		},
		{
			name: "refused", plan: backends.Plan{Consent: backends.Refused, Effects: []string{"It has a consumer.", "Stop it first."}},
			args: []string{"--confirm", "it's"}, status: 1, stderr: []string{"queue/it's: refused: It has a consumer. Stop it first."},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := one()
			d := b.sources["a"]
			d.plan = tt.plan
			r := b.run(t, append([]string{"peek", "queue/it's", "--url", "double://a"}, tt.args...)...)
			r.expect(t, tt.status, tt.stderr...)
			if tt.look == nil {
				if len(d.looks) > 0 || r.stdout != "" {
					t.Fatal("looked without consent")
				}
				return
			}
			want := *tt.look
			want.Target = backends.Target{Kind: backends.KindQueue, Name: "it's"}
			if len(d.looks) != 1 || d.looks[0] != want {
				t.Errorf("got %+v, want %+v", d.looks, want)
			}
		})
	}
}

func TestPeekLeaderboard(t *testing.T) {
	r := one().run(t, "peek", "leaderboard/sellers", "-n", "2", "--url", "double://a")
	r.expect(t, 0)
	golden.Check(t, "peek-leaderboard", lines(r.stdout))
	r = one().run(t, "peek", "leaderboard/sellers", "-n", "1", "--url", "double://a", "-o", "jsonl")
	if want := `"size":1,"size_certainty":"at_least","top":[{"rank":1,"member":"ann"`; !strings.Contains(r.stdout, want) {
		t.Errorf("got %s, want %s", r.stdout, want)
	}
	one().run(t, "peek", "leaderboard/nope", "--url", "double://a").expect(t, 1, "a: leaderboard/nope: no such leaderboard")
}

func TestPeekFrom(t *testing.T) {
	for from, want := range map[string]string{
		"": "last", "first": "first", "1526919030474-0": "1526919030474-0", "17": "17", "2026-11-23T10:00": "2026-11-23T10:00:00Z",
		"2026-11-23T10:00:00.25+01:00": "2026-11-23T09:00:00.25Z",
	} {
		b := one()
		args := []string{"peek", "stream/x", "--url", "double://a"}
		if from != "" {
			args = append(args, "--from", from)
		}
		b.run(t, args...).expect(t, 0)
		if got := b.sources["a"].froms; len(got) != 1 || got[0] != want {
			t.Errorf("--from %q reads from %q, want %q", from, got, want)
		}
	}
	b := one()
	b.run(t, "peek", "stream/x", "--from", "-5m", "--url", "double://a").expect(t, 0)
	at, err := time.Parse(time.RFC3339, b.sources["a"].froms[0])
	if ago := time.Since(at); err != nil || ago < 5*time.Minute || ago > 6*time.Minute {
		t.Errorf("five minutes ago is %v, %v", at, err)
	}
	one().run(t, "peek", "queue/x", "--from", "first", "--url", "double://a").expect(t, 2, "--from first: only streams are read from a position, as stream/NAME")
}

func TestTargets(t *testing.T) {
	for _, tt := range []struct {
		name   string
		target string
		remove bool // take the streams from b
		status int
		stderr []string
	}{
		{name: "one source has the role", target: "stream/x", remove: true},
		{name: "source named", target: "b:stream/x"},
		{name: "name with colons and kinds", target: "a:stream/b:queue/x"},
		{name: "ambiguous", target: "stream/x", status: 2, stderr: []string{"stream/x is on several sources; name one: a:stream/x  b:stream/x"}},
		{name: "no such source", target: "c:stream/x", status: 2, stderr: []string{`no source "c"; known: a, b`}},
		{name: "source without the role", target: "b:stream/x", remove: true, status: 2, stderr: []string{"b has no streams"}},
		{name: "no kind", target: "x", status: 2, stderr: []string{"x: not a target; expected for example queue/NAME, stream/NAME, channel/PATTERN, exchange/NAME or leaderboard/NAME"}},
		{name: "no name", target: "queue/", status: 2, stderr: []string{"queue/: a name is missing after the slash"}},
		{name: "channel", target: "channel/x", status: 2, stderr: []string{"channel/x keeps no messages; bustop tail watches those that pass"}},
		{name: "lock", target: "lock/x", status: 2, stderr: []string{"lock/x holds no messages; bustop get locks --match NAME shows it"}},
		{name: "not found anywhere", target: "queue/nope", status: 1, stderr: []string{"queue/nope: not found on any source"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := two()
			if tt.remove {
				b.sources["b"].roles.Streams = nil
			}
			r := b.run(t, "peek", tt.target, "--url", "double://a", "--url", "double://b")
			r.expect(t, tt.status, tt.stderr...)
		})
	}
}

// TestNamesAsPrinted holds that a name can be given as a table prints it.
func TestNamesAsPrinted(t *testing.T) {
	b := one()
	d := b.sources["a"]
	d.plan = backends.Plan{Consent: backends.Free}
	b.run(t, "peek", `queue/bad\xff\e[2J\u{202e}`, "--url", "double://a").expect(t, 0)
	b.run(t, "peek", `queue/other\xff`, "--url", "double://a").expect(t, 0)
	if len(d.looks) != 2 || d.looks[0].Target.Name != "bad\xff\x1b[2J\u202e" || d.looks[1].Target.Name != `other\xff` {
		t.Errorf("%+v", d.looks)
	}
}

// three sends three messages and a mark, then waits for the end.
func three(ctx context.Context, tail *backends.Tail) {
	tail.Update(func(s *backends.TailState) { s.State = backends.Live })
	batch := letters(tail.Target)
	tail.Ring.Add(batch[:2]...)
	tail.Gap("the connection broke")
	tail.Ring.Add(batch[2])
	<-ctx.Done()
}

func TestTailEndsByCount(t *testing.T) {
	b := one()
	d := b.sources["a"]
	d.feed, d.plan = three, backends.Plan{Consent: backends.Confirm, Effects: []string{"It binds a queue."}}
	r := b.run(t, "tail", "exchange/shop", "-n", "3", "--url", "double://a", "-o", "jsonl")
	r.expect(t, 0, "exchange/shop: It binds a queue.", "exchange/shop: watching", "exchange/shop: interrupted once")
	var kinds []string
	for _, line := range lines(r.stdout) {
		var o struct{ Kind, Position, Text string }
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, o.Kind+o.Position+o.Text)
	}
	if got := strings.Join(kinds, " "); got != "message1 message2 gapthe connection broke message3" {
		t.Error(got)
	}
	if want := (backends.Look{Target: backends.Target{Kind: backends.KindExchange, Name: "shop"}, Confirmed: true}); len(d.looks) != 1 || d.looks[0] != want {
		t.Errorf("%+v", d.looks)
	}
}

func TestTailEndsByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := one()
		b.sources["a"].feed = three
		start := time.Now()
		r := b.run(t, "tail", "stream/x", "--for", "5s", "--url", "double://a", "-o", "json")
		r.expect(t, 0, "stream/x: watching", "stream/x: interrupted once")
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("took %v", took)
		}
		var all []struct{ Kind string }
		if err := json.Unmarshal([]byte(r.stdout), &all); err != nil || len(all) != 4 {
			t.Errorf("%v in %s", err, r.stdout)
		}
	})
}

// TestTailIsInterrupted holds that a signal ends a tail as it should, with its JSON closed.
func TestTailIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := one()
		b.sources["a"].feed = three
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var out, errs bytes.Buffer
		status := cli.Main(ctx, []string{"tail", "stream/x", "--url", "double://a", "-o", "json"}, b.world(t, &out, &errs))
		if status != 0 || !json.Valid(out.Bytes()) || !b.sources["a"].closed {
			t.Errorf("status %d, %s, %s", status, out.String(), errs.String())
		}
	})
}

// TestServerPipe holds that a connection which breaks with EPIPE is not taken for a reader of
// stdout who has gone.
func TestServerPipe(t *testing.T) {
	b := one()
	b.sources["a"].feed = func(_ context.Context, tail *backends.Tail) {
		tail.Update(func(s *backends.TailState) {
			s.State, s.Err = backends.Down, &backends.Error{Source: "h", What: "broken pipe", Err: syscall.EPIPE}
		})
	}
	if r := b.run(t, "tail", "stream/x", "--url", "double://a"); r.status != 1 || !strings.HasSuffix(r.stderr, "bustop: h: broken pipe\n") {
		t.Errorf("%+v", r)
	}
}

func TestTailThatBreaks(t *testing.T) {
	b := one()
	b.sources["a"].feed = func(_ context.Context, tail *backends.Tail) {
		tail.Ring.Add(letters(tail.Target)[0])
		tail.Update(func(s *backends.TailState) {
			s.State, s.Err = backends.Down, &backends.Error{Source: "h", What: "the queue was\ndeleted"}
		})
	}
	r := b.run(t, "tail", "stream/x", "--url", "double://a", "-o", "jsonl")
	if r.status != 1 || !strings.HasSuffix(r.stderr, "bustop: h: the queue was\\ndeleted\n") || len(lines(r.stdout)) != 1 {
		t.Errorf("%+v", r)
	}
}

// TestTailCountsDrops holds that messages which come faster than they are printed are counted.
func TestTailCountsDrops(t *testing.T) {
	// In a bubble the first tick comes when the feed is done.
	synctest.Test(t, func(t *testing.T) {
		b := one()
		b.sources["a"].feed = func(ctx context.Context, tail *backends.Tail) {
			for range backends.TailCount + 30 {
				tail.Ring.Add(backends.Message{Body: []byte("1"), Size: 1})
			}
			<-ctx.Done()
		}
		r := b.run(t, "tail", "stream/x", "--url", "double://a", "-o", "jsonl", "-n", "5")
		r.expect(t, 0, "stream/x: 30 messages dropped")
		if got := lines(r.stdout); len(got) != 6 || !strings.Contains(got[0], `"kind":"gap"`) || !strings.Contains(got[0], `"text":"30 messages dropped`) {
			t.Errorf("%q", got)
		}
	})
}

func TestTailTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := one()
		b.sources["a"].feed = func(_ context.Context, tail *backends.Tail) {
			tail.Ring.Add(letters(tail.Target)...)
		}
		r := b.run(t, "tail", "stream/x", "--url", "double://a", "-n", "3")
		golden.Check(t, "tail-table", lines(r.stdout))
	})
}

func TestTailTargets(t *testing.T) {
	b := one()
	b.run(t, "tail", "queue/list", "--url", "double://a").expect(t, 2, "queue/list: to follow a queue is to take its messages from their consumers; bustop peek looks at what waits, and tail exchange/NAME at what arrives")
	b.run(t, "tail", "queue/x", "--from", "first", "--url", "double://a").expect(t, 2, "--from first: streams of a are followed from their end; bustop peek --from reads them from anywhere")
	b.run(t, "tail", "exchange/shop", "--from", "first", "--url", "double://a").expect(t, 2, "--from first: only streams are followed from a position")
	b.run(t, "tail", "key/x", "--url", "double://a").expect(t, 2, "key/x: there are no messages to follow; bustop get keys --match NAME shows it")
	b.sources["a"].plan = backends.Plan{Effects: []string{"It would steal messages."}}
	b.run(t, "tail", "exchange/x", "--url", "double://a").expect(t, 1, "exchange/x: refused: It would steal messages.")
}

// closedPipe fails as a pipe does whose reader has gone.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
}

func TestClosedPipeEndsQuietly(t *testing.T) {
	for _, args := range [][]string{{"tail", "stream/x"}, {"get", "queues"}, {"peek", "stream/x"}, {"version"}, {"decode"}} {
		synctest.Test(t, func(t *testing.T) {
			b := one()
			b.stdin = `{"a":1}`
			b.sources["a"].feed = func(ctx context.Context, tail *backends.Tail) {
				tail.Ring.Add(letters(tail.Target)...)
				<-ctx.Done()
			}
			var errs bytes.Buffer
			env := b.world(t, closedPipe{}, &errs)
			if status := cli.Main(t.Context(), append(args, "--url", "double://a"), env); status != 0 || strings.Contains(errs.String(), "pipe") {
				t.Errorf("%q: status %d, %s", args, status, errs.String())
			}
		})
	}
}

func TestFullDisk(t *testing.T) {
	b := one()
	var errs bytes.Buffer
	env := b.world(t, writer(func([]byte) (int, error) { return 0, errors.New("no space left on device") }), &errs)
	if status := cli.Main(t.Context(), []string{"version"}, env); status != 1 || errs.String() != "bustop: no space left on device\n" {
		t.Errorf("status %d, %s", status, errs.String())
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// TestPeekWithSchema finds message types by a flag and by the config file.
func TestPeekWithSchema(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	proto := write("shop.proto", `syntax = "proto3"; package shop.v1; message Order { string id = 1; int64 cents = 3; }`)
	good := write("good.yaml", "decode:\n  schemas: [shop.proto]\n  pins:\n    - match: queue/*\n      as: protobuf:Order\n")
	wrong := write("wrong.yaml", "decode:\n  schemas: [shop.proto]\n  pins:\n    - match: queue/*\n      as: protobuf:Nope\n")
	lost := write("lost.yaml", "decode:\n  schemas: [nowhere.proto]\n")
	peek := func(args ...string) run {
		b := one()
		b.sources["a"].plan = backends.Plan{Consent: backends.Free}
		b.sources["a"].body = "\x0a\x06o-1700\x18\xac\x02"
		return b.run(t, append([]string{"peek", "queue/orders", "-n", "1", "--url", "double://a", "-o", "json"}, args...)...)
	}
	for _, args := range [][]string{{"--proto", proto}, {"--config", good}} {
		r := peek(args...)
		r.expect(t, 0)
		if !strings.Contains(r.stdout, `"value":{"id":"o-1700","cents":300}`) {
			t.Errorf("%v: %s", args, r.stdout)
		}
	}
	peek("--config", wrong).expect(t, 2, wrong+":5:11: as: no message Nope in the schema; there are shop.v1.Order")
	peek("--config", lost).expect(t, 2, lost+": decode: schemas: open "+filepath.Join(dir, "nowhere.proto")+": no such file or directory")
}

// sized are queues that plan a look for as many messages as are wanted.
type sized struct{ queues }

func (e sized) PlanPeekOf(ctx context.Context, name string, n int) (backends.Plan, error) {
	plan, err := e.PlanPeek(ctx, name)
	plan.Effects = []string{fmt.Sprintf("It takes %d.", n)}
	return plan, err
}

func TestPeekTellsWhatItTakes(t *testing.T) {
	b := one()
	d := b.sources["a"]
	d.plan = backends.Plan{Consent: backends.Confirm, Max: 20}
	d.roles.Queues = sized{queues{d}}
	b.run(t, "peek", "queue/orders", "-n", "2", "--url", "double://a").expect(t, 0, "queue/orders: It takes 2.")
}
