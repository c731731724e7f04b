package profile

import (
	"slices"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	for _, tt := range []struct{ form, name, want string }{
		{"bull:<name>:wait", "bull:a:b:wait", "name=a:b"},
		{"bull:<name>:wait", "bull::wait", ""},
		{"<prefix>:<name>:wait", "a:b:c:wait", "name=b:c prefix=a"},
		{"q:<n:d>", "q:17", "n=17"},
		{"q:<n:d>", "q:1x", ""},
		{"q:<n:w>:x", "q:a:b:x", ""},
		{"order:*:lock", "order:7:lock", "."},
		{"order:*:lock", "order:7:locks", ""},
		{`a\<b\*`, "a<b*", "."},
		{"{<name>}:v", "{a}:v", "name=a"},
		{"<a>x<b>", "1x\n", "a=1 b=\n"},
		{"<a>\x06\x16<b:d>", "celery\x06\x163", "a=celery b=3"},
	} {
		vars, ok := Parse(tt.form, tt.name)
		var parts []string
		for k, v := range vars {
			parts = append(parts, k+"="+v)
		}
		slices.Sort(parts)
		got := strings.Join(parts, " ")
		if ok && got == "" {
			got = "."
		}
		if got != tt.want {
			t.Errorf("%q of %q: %q, want %q", tt.name, tt.form, got, tt.want)
		}
		if ok && !strings.Contains(tt.form, "*") {
			if back, _ := Fill(tt.form, vars); back != tt.name {
				t.Errorf("%q filled again is %q, want %q", tt.form, back, tt.name)
			}
		}
	}
	for _, bad := range []string{"a<", "<>", "<A>", "<a:x>", "<a><a"} {
		if _, err := compile(bad); err == nil {
			t.Errorf("%q is taken for a form", bad)
		}
	}
}

func TestUserProfilesComeFirstAndSwitchOff(t *testing.T) {
	e := key("string", "order:7:lock", -1, "x")
	list := key("list", "bull:mail:wait", -1, "1", 0.0).beside("bull:mail:meta")
	table, err := New(User{Off: "bullmq"}, User{Name: "orders lock", Match: "order:*:lock", Kind: Lock})
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := table.Recognise(e); !ok || m.Profile.Name != "orders lock" || m.Object != e.Name || m.Confidence != 1 {
		t.Errorf("%s is %s", e.Name, describe(m))
	}
	if m, _ := table.Recognise(list); m.Profile.Name != "list" {
		t.Errorf("with bullmq off %s is %s", list.Name, describe(m))
	}
	for _, bad := range []User{
		{}, {Off: "nothing"}, {Off: "bullmq", Match: "x"}, {Match: "x"}, {Match: "x", Kind: "lok"}, {Match: "<", Kind: Lock},
	} {
		if _, err := New(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

func TestWants(t *testing.T) {
	table, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		typ, name string
		left      int64
		content   bool
		byName    bool
		keys      string
	}{
		{"list", "bull:mail:wait", -1, true, true, "bull:mail:meta bull:mail:id bull:mail:wait.msgs"},
		{"list", "plain", -1, true, false, ""}, // its last element may be one of Celery's messages
		{"string", "plain", -1, true, false, ""},
		{"string", "sess:1", -1, true, false, ""}, // that would only name it
		{"string", "leader", -1, true, true, ""},
		{"set", "plain", -1, false, false, ""},
		{"list", "redisson_lock_queue:{a}", -1, true, false, "redisson_lock_queue:{a}.msgs"},
	} {
		w := table.Wants(tt.name, tt.typ, tt.left)
		if w.Content != tt.content || w.ByName != tt.byName || strings.Join(w.Keys, " ") != tt.keys {
			t.Errorf("%s %s wants %+v", tt.typ, tt.name, w)
		}
	}
}

func TestKeysOfAnObject(t *testing.T) {
	table, err := New()
	if err != nil {
		t.Fatal(err)
	}
	m, _ := table.Recognise(key("list", "bull:mail:wait", -1, "1", 0.0).beside("bull:mail:meta"))
	states := table.Keys(m.Profile, m.Vars, State)
	if len(states) != 8 || states[0].Name != "bull:mail:wait" || states[3].Name != "bull:mail:active" || states[3].Key.Counts != Unacked {
		t.Errorf("states: %v", states)
	}
	again, ok := table.Again(m, "bull:sms:wait")
	if !ok || again.Object != "bull:sms" {
		t.Errorf("another queue is %s", describe(again))
	}
	if again, ok := table.Again(m, "bull:sms:failed"); ok {
		t.Errorf("another state is taken for the same: %s", describe(again))
	}
}

func TestFromRoot(t *testing.T) {
	table := &Table{}
	p := Profile{
		Name: "resque", Kind: Queue, Object: "resque:queue:<name>", Roots: []Root{{Set: "resque:queues"}},
		Keys: []Key{{Match: "resque:queue:<name>", Type: "list", Part: State, Role: "wait", Counts: Ready}},
	}
	if err := table.add(&p); err != nil {
		t.Fatal(err)
	}
	m, ok := table.FromRoot(&p, p.Roots[0], "mail")
	if !ok || m.Object != "resque:queue:mail" || table.Keys(&p, m.Vars, State)[0].Name != m.Object {
		t.Errorf("the root's queue is %s", describe(m))
	}
	if m, ok := table.FromRoot(&p, Root{Member: "q:<name>"}, "mail"); ok {
		t.Errorf("a member of another form is %s", describe(m))
	}
}

func FuzzMsgpackLen(f *testing.F) {
	f.Add("\x82\xa1a\x01\xa1b\x93\x01\x02\x03")
	f.Add("\xdd\xff\xff\xff\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if n := msgpackLen(s); n > len(s) || n == 0 {
			t.Errorf("%q has length %d", s, n)
		}
	})
}
