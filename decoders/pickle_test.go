package decoders

import (
	"bytes"
	"strings"
	"testing"
)

// pickles are one value that CPython 3.11 has written with three protocols: a dict with numbers, a tuple,
// a set, bytes, a tuple as key, a list twice, an OrderedDict and text.
func pickles(t testing.TB) map[string][]byte {
	t.Helper()
	return map[string][]byte{
		"0": unhex(t, "286470300a5669640a70310a49343731310a73566269670a70320a4c2d313138303539313632303731373431313330333432344c0a7356"+
			"660a70330a46312e350a7356740a70340a2849310a49320a49330a49340a7470350a7356730a70360a635f5f6275696c74696e5f5f0a73"+
			"65740a70370a28286c70380a49310a617470390a527031300a7356620a7031310a635f636f646563730a656e636f64650a7031320a2856"+
			"5c7530303030010a7031330a566c6174696e310a7031340a747031350a527031360a732849310a49320a747031370a566b65790a703138"+
			"0a735673680a7031390a286c7032300a56610a7032310a616731310a6173567368320a7032320a6732300a73566f640a7032330a63636f"+
			"6c6c656374696f6e730a4f726465726564446963740a7032340a2874527032350a6732310a49310a737356750a7032360a565c75303030"+
			"61fc5c75323630330a7032370a732e"),
		"2": unhex(t, "80027d7100285802000000696471014d6712580300000062696771028a090000000000000000c05801000000667103473ff80000000000"+
			"005801000000747104284b014b024b034b047471055801000000737106635f5f6275696c74696e5f5f0a7365740a71075d71084b016185"+
			"710952710a580100000062710b635f636f646563730a656e636f64650a710c58020000000001710d58060000006c6174696e31710e8671"+
			"0f5271104b014b0286711158030000006b657971125802000000736871135d7114285801000000617115680b6558030000007368327116"+
			"681458020000006f64711763636f6c6c656374696f6e730a4f726465726564446963740a71182952711968154b0173580100000075711a"+
			"58060000000ac3bce29883711b752e"),
		"4": unhex(t, "800495a8000000000000007d94288c026964944d67128c03626967948a090000000000000000c08c016694473ff80000000000008c0174"+
			"94284b014b024b034b0474948c0173948f94284b01908c01629443020001944b014b0286948c036b6579948c027368945d94288c016194"+
			"6808658c0373683294680d8c026f64948c0b636f6c6c656374696f6e73948c0b4f72646572656444696374949394295294680e4b01738c"+
			"0175948c060ac3bce2988394752e"),
	}
}

func TestPickleRows(t *testing.T) {
	want := `
0  = {11} : dict
1 id = 4711 : int
1 big = -1180591620717411303424 : long
1 f = 1.5 : float
1 t = [4] : tuple
2 [0] = 1 : int
2 [1] = 2 : int
2 [2] = 3 : int
2 [3] = 4 : int
1 s = [1] : set
2 [0] = 1 : int
1 b = h'0001' : bytes
1 [1, 2] = key : entry
2 key = [2] : tuple
3 [0] = 1 : int
3 [1] = 2 : int
2 value = key : string
1 sh = [2] : list
2 [0] = a : string
2 [1] = b : string (memo)
1 sh2 = → offset 103 ($.sh) : reference
1 od = collections.OrderedDict {1} : object
2 entries = {1} : dict
3 a = 1 : int
1 u = "\nü☃" : string
`
	data := pickles(t)["4"]
	r := Decode(data, Options{})
	if got := "\n" + rows(r); got != want || r.Chain() != "pickle" || r.Fault != nil || r.Confidence() < 0.98 {
		t.Errorf("%s %v%s", r.Chain(), r.Fault, got)
	}
	if got, want := r.Diagnostic(), `{"id": 4711, "big": -1180591620717411303424, "f": 1.5, "t": [1, 2, 3, 4], "s": [1], "b": h'0001', [1, 2]: "key", `+
		`"sh": ["a", "b"], "sh2": ref(103), "od": collections.OrderedDict{"entries": {"a": 1}}, "u": "\nü☃"}`; got != want {
		t.Errorf("%s", got)
	}
	for protocol, data := range pickles(t) {
		r := Decode(data, Options{As: "pickle"})
		checkResult(t, r, data)
		out := string(r.AppendJSON(nil))
		for _, part := range []string{
			`["id",4711]`, `["big",{"$number":"-1180591620717411303424"}]`, `["t",[1,2,3,4]]`, `[[1,2],"key"]`, `["sh",["a","b"]],["sh2",{"$ref":`,
			`["od",{"$class":"collections.OrderedDict","entries":{"a":1}}]`, `["u","\nü☃"]`,
		} {
			if !strings.Contains(out, part) {
				t.Errorf("protocol %s: no %s in %s", protocol, part, out)
			}
		}
	}
}

func TestPickleObjects(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"reduce and build", "cshop\nOrder\n(K\x01tR}U\x01xK\x02sb.", `shop.Order{"args": [1], "state": {"x": 2}}`},
		{"os.system stays a name", "cos\nsystem\n(S'rm -rf /'\ntR.", `os.system{"args": ["rm -rf /"]}`},
		{"inst", "(K\x01ishop\nOrder\n.", `shop.Order{"args": [1]}`},
		{"obj", "(cshop\nOrder\nK\x01o.", `shop.Order{"args": [1]}`},
		{"newobj_ex", "cshop\nOrder\n)}X\x01\x00\x00\x00kK\x01s\x92.", `shop.Order{"kwargs": {"k": 1}}`},
		{"call of a call", "cf\ng\n)R(K\x01tR.", `object{"callable": f.g{}, "args": [1]}`},
		{"items of an object", "cshop\nList\n)\x81(K\x01K\x02e.", `shop.List{"items": [1, 2]}`},
		{"state of a list", "]K\x01b.", `object{"value": [], "state": 1}`},
		{"persistent id", "Pabc\n.", `persistent_load{"id": "abc"}`},
		{"extension", "\x82\x05.", `class("extension 5")`},
		{"a list in itself", "]q\x00h\x00a.", `[ref(0)]`},
		{"dup", "(K\x01l2\x86.", `[[1], ref(0)]`},
		{"bool and float of protocol 0", "(I01\nI00\nF-2.5\nL7L\nt.", `[true, false, -2.5, 7]`},
		{"frozenset", "(K\x01\x91.", `[1]`},
		{"pop", "K\x01K\x020.", `1`},
		{"mark popped", "K\x01(K\x021.", `1`},
	} {
		r := Decode([]byte(tt.data), Options{As: "pickle"})
		if got := r.Diagnostic(); got != tt.want || r.Fault != nil {
			t.Errorf("%s: %s, want %s, %v", tt.name, got, tt.want, r.Fault)
		}
		checkResult(t, r, []byte(tt.data))
	}
}

func TestPickleFaults(t *testing.T) {
	for _, tt := range []struct {
		data   string
		offset int
		text   string
		cut    bool
	}{
		{"", 0, "expected an opcode", true},
		{"K", 0, "BININT1 needs 2 bytes, 1 left", true},
		{"X\xff\xff\xff\x7fab", 0, "BINUNICODE needs", true},
		{"\x8d\xff\xff\xff\xff\xff\xff\xff\xffab", 0, "BINUNICODE8 needs", true},
		{"I12", 0, "INT needs", true},
		{"K\x01", 2, "expected an opcode", true},
		{"\xff", 0, "expected an opcode, ff is none", false},
		{"a.", 0, "APPEND finds no value", false},
		{"K\x01K\x02a.", 4, "APPEND finds no value", false},
		{"K\x01t.", 2, "TUPLE finds no mark", false},
		{"](K\x01u.", 4, "SETITEMS finds no value", false},
		{"}(K\x01u.", 4, "SETITEMS finds no value", false},
		{".", 0, "STOP finds no value", false},
		{"h\x05.", 0, "the memo has no 5", false},
		{"K\x01K\x02\x93.", 4, "STACK_GLOBAL expects two strings", false},
		{"N.N.", 2, "2 bytes after the end", false},
	} {
		r := Decode([]byte(tt.data), Options{As: "pickle"})
		if len(tt.data) == 0 {
			continue
		}
		if r.Fault == nil || r.Fault.Offset != tt.offset || !strings.HasPrefix(r.Fault.Text, tt.text) || r.Truncated != tt.cut {
			t.Errorf("%q: %+v, truncated %v", tt.data, r.Fault, r.Truncated)
		}
		checkResult(t, r, []byte(tt.data))
	}
}

// TestPicklePrefixes: a cut pickle has the scalars of the whole one, in their order and with their
// bytes; two strings that a later opcode makes a name of are still strings.
func TestPicklePrefixes(t *testing.T) {
	for protocol, data := range pickles(t) {
		whole := Decode(data, Options{As: "pickle"})
		for cut := 1; cut < len(data); cut++ {
			r := Decode(data[:cut], Options{As: "pickle"})
			if r.Fault == nil || !r.Truncated || r.Fault.Offset > cut {
				t.Fatalf("protocol %s cut at %d: %+v", protocol, cut, r.Fault)
			}
			checkTree(t, r)
			checkLeaves(t, whole, r, cut)
		}
	}
}

// checkLeaves compares the leaves of a cut payload with those of the whole one.
func checkLeaves(t *testing.T, whole, part *Result, cut int) {
	t.Helper()
	have, keys := map[[2]int]string{}, map[int]string{}
	if part.Tree != nil {
		for i := range part.Tree.Len() {
			start, end := part.Tree.Range(i)
			have[[2]int{start, end}] = part.Tree.Value(i)
			// The arguments of a call that is not reached may stand where keys do.
			if start, end := part.Tree.KeyRange(i); end > start {
				keys[end], keys[end+1] = part.Tree.Key(i), part.Tree.Key(i)
			}
		}
	}
	for i := range whole.Tree.Len() {
		start, end := whole.Tree.Range(i)
		if whole.Tree.Branch(i) || end >= cut || whole.Tree.nodes[i].kind == kindName || whole.Tree.nodes[i].role() != roleItem {
			continue
		}
		if got := have[[2]int{start, end}]; got != whole.Tree.Value(i) && keys[end] != whole.Tree.Value(i) {
			t.Fatalf("cut at %d: %q at %d to %d, was %q", cut, got, start, end, whole.Tree.Value(i))
		}
	}
}

// TestPickleBombsDoNotExpand: a reference costs a leaf, whatever it refers to.
func TestPickleBombsDoNotExpand(t *testing.T) {
	laughs := []byte("(Vlol\nlq\x00")
	for i := range byte(60) {
		laughs = append(laughs, '(')
		for range 10 {
			laughs = append(laughs, 'h', i)
		}
		laughs = append(laughs, 'l', 'q', i+1)
	}
	laughs = append(laughs, '.')
	long := append(append([]byte("X\xff\xff\x00\x00"), bytes.Repeat([]byte("x"), 0xffff)...), "q\x000("...)
	long = append(append(long, bytes.Repeat([]byte("h\x00"), 1<<16)...), "l."...)
	for name, data := range map[string][]byte{
		"laughs": laughs, "long text": long,
		"depth":   append(bytes.Repeat([]byte("]"), 1<<20), bytes.Repeat([]byte("a"), 1<<20)...),
		"tuples":  append([]byte("K\x01"), bytes.Repeat([]byte{0x85}, 1<<20)...),
		"marks":   bytes.Repeat([]byte("("), 1<<20),
		"memoize": append([]byte("]"), bytes.Repeat([]byte{0x94}, 1<<21)...),
		"dup":     append([]byte("]"), bytes.Repeat([]byte("2"), 1<<20)...),
		"names":   bytes.Repeat([]byte("caaaaaaaaaa\nbbbbbbbbbb\n0"), 1<<15),
		"lines":   bytes.Repeat([]byte("I1\n0"), 1<<18),
	} {
		var r *Result
		if got := allocated(func() {
			r = Decode(data, Options{As: "pickle"})
			r.Preview(200)
		}); got > 384<<20 {
			t.Errorf("%s: %d bytes allocated for %d", name, got, len(data))
		}
		if out := r.AppendJSON(nil); len(out) > 64*len(data)+1<<10 {
			t.Errorf("%s: JSON of %d bytes for %d", name, len(out), len(data))
		}
	}
}

func TestPickleDisassembly(t *testing.T) {
	data := []byte("\x80\x04}\x94(\x8c\x01aK\x01U\x01\xffcos\nsystem\nu.")
	r := Decode(data, Options{As: "pickle"})
	want := `    0: \x80 PROTO       4
    2: }    EMPTY_DICT
    3: \x94 MEMOIZE (as 0)
    4: (    MARK
    5: \x8c   SHORT_BINUNICODE "a"
    8: K      BININT1   1
   10: U      SHORT_BINSTRING h'ff'
   13: c      GLOBAL    "os system"
   24: u    SETITEMS (MARK at 4)
   25: .    STOP`
	if got := r.Notate(Notation{Indent: true, Offsets: true}); got != want {
		t.Errorf("\n%s", got)
	}
	cut := Decode(data[:9], Options{As: "pickle"})
	if got := cut.Notate(Notation{Offsets: true}); !strings.HasSuffix(got, "\n    8: BININT1 needs 2 bytes, 1 left") {
		t.Errorf("\n%s", got)
	}
	if got := r.Notate(Notation{Offsets: true, Limit: 60}); !strings.HasSuffix(got, "…") || len(got) > 70 {
		t.Errorf("\n%s", got)
	}
}
