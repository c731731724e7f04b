package decoders

import (
	"strings"
	"testing"
)

// TestRecords reads what msgpackr 1.11 writes with useRecords.
func TestRecords(t *testing.T) {
	for _, tt := range []struct{ name, hex, want string }{
		{"one", "d4724093a26964a46e616d65a26f6b01a3416461c3", `{"id":1,"name":"Ada","ok":true}`},
		{
			"defined once", "93d4724092a26964a46e616d6501a341646140cc46a3426f62d4724193a26964a46e616d65a2696eccc8a3457665d4724291a178cb3ff8000000000000",
			`[{"id":1,"name":"Ada"},{"id":70,"name":"Bob"},{"id":200,"name":"Eve","in":{"x":1.5}}]`,
		},
		{"nested", "d4724091a161d4724191a162d4724291a1639301cc644102", `{"a":{"b":{"c":[1,100,{"b":2}]}}}`},
		{"in a map", "82a178d4724091a2696401a1794002", `{"x":{"id":1},"y":{"id":2}}`},
		{"two bytes", "92d5726001 91a16101 600102", `[{"a":1},{"a":2}]`},
		{"defined again", "94 d4724091a16101 4002 d4724091a16203 4004", `[{"a":1},{"a":2},{"b":3},{"b":4}]`},
		{"without keys", "93 d4724090 40 01", `[{},{},1]`},
	} {
		data := unhex(t, tt.hex)
		for _, as := range []string{"", "msgpack"} {
			r := Decode(data, Options{As: as})
			if got := string(r.AppendJSON(nil)); r.Chain() != "msgpack" || r.Fault != nil || got != tt.want {
				t.Errorf("%s as %q: %s %v %s", tt.name, as, r.Chain(), r.Fault, got)
			}
			checkResult(t, r, data)
		}
	}
	r := Decode(unhex(t, "92 d4724092a26964a26f6b01c3 4002c2"), Options{})
	const want = `0  = [2] : fixarray
1 [0] = {2} : record
2 id = 1 : fixint
2 ok = true : bool
1 [1] = {2} : record
2 id = 2 : fixint
2 ok = false : bool
`
	if got := rows(r); got != want {
		t.Errorf("%s", got)
	}
	if got := r.Diagnostic(); got != `[{"id": 1, "ok": true}, {"id": 2, "ok": false}]` {
		t.Error(got)
	}
}

// TestCutRecords: every prefix gives a beginning of the same entries.
func TestCutRecords(t *testing.T) {
	data := unhex(t, "93d4724092a26964a46e616d6501a341646140cc46a3426f62d4724193a26964a46e616d65a2696eccc8a3457665d4724291a178cb3ff8000000000000")
	whole := rows(Decode(data, Options{As: "msgpack"}))
	for cut := 13; cut < len(data); cut++ {
		if s := msgpackSkip(data[:cut], 0); s.ok && s.end == cut {
			continue // an array of an extension, an array and an integer
		}
		r := Decode(data[:cut], Options{As: "msgpack", Partial: true})
		if r.Fault == nil || !r.Truncated {
			t.Fatalf("cut at %d: %v", cut, r.Fault)
		}
		checkResult(t, r, data[:cut])
		for i := range r.Tree.Len() {
			if !r.Tree.Cut(i) && !r.Tree.Branch(i) && r.Tree.Type(i) != "ext 114" && !strings.Contains(whole, r.Tree.Key(i)+" = "+r.Tree.Value(i)+" : ") {
				t.Fatalf("cut at %d:\n%s", cut, rows(r))
			}
		}
	}
	if r := Decode(data[:30], Options{}); r.Chain() != "msgpack" || r.Fault == nil {
		t.Errorf("%s %v", r.Chain(), r.Fault)
	}
}

// TestNoRecords: what is no definition stays an extension, and what the lengths explain is no record.
func TestNoRecords(t *testing.T) {
	for _, h := range []string{
		"92 d47240 40", "81 a161 d47240", "93 d47240 91 01 02", "92 d47240 92a161a162",
	} {
		r := Decode(unhex(t, h), Options{As: "msgpack"})
		if strings.Contains(rows(r), "record") {
			t.Errorf("%s:\n%s", h, rows(r))
		}
	}
}

func FuzzRecords(f *testing.F) {
	for _, s := range []string{
		"d4724093a26964a46e616d65a26f6b01a3416461c3", "93d4724092a26964a46e616d6501a341646140cc46a3426f62d4724190",
		"92d572600191a16101600102", "d47240dcffff", "93d47240904040", "d47240 91 a0 40 40 40",
	} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, as := range []string{"", "msgpack"} {
			checkResult(t, Decode(data, Options{As: as, Limits: Limits{Nodes: 5000, Output: 1 << 20}}), data)
		}
	})
}
