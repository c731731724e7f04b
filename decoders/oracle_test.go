package decoders

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"reflect"
	"strconv"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"
)

// document draws what encoders are given: nested maps, arrays and scalars of all types.
func document(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Uint64().AsAny(),
		rapid.Int64Range(-200, 300).AsAny(), rapid.Float64().AsAny(), rapid.Float32().AsAny(), rapid.String().AsAny(),
		rapid.SliceOfN(rapid.Byte(), 0, 40).AsAny(), rapid.StringN(20, 80, 300).AsAny(),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	return rapid.Custom(func(t *rapid.T) any {
		switch rapid.IntRange(0, 3).Draw(t, "shape") {
		case 0:
			return rapid.SliceOfN(document(depth-1), 0, 18).Draw(t, "array")
		case 1:
			return rapid.MapOfN(rapid.StringMatching(`[a-z_]{0,12}`), document(depth-1), 0, 6).Draw(t, "map")
		default:
			return rapid.OneOf(scalars...).Draw(t, "scalar")
		}
	})
}

// wanted is what AppendJSON must make of a Go value, numbers in the form of number.
func wanted(v any) any {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float32:
		return wanted(float64(v))
	case float64:
		switch {
		case math.IsNaN(v):
			return map[string]any{"$float": "NaN"}
		case math.IsInf(v, 0):
			return map[string]any{"$float": map[bool]string{true: "Infinity", false: "-Infinity"}[v > 0]}
		}
		return number(strconv.FormatFloat(v, 'g', -1, 64))
	case []byte:
		if v == nil {
			return nil
		}
		return map[string]any{"$bytes": base64.StdEncoding.EncodeToString(v)}
	case []any:
		if v == nil {
			return nil
		}
		out := make([]any, len(v))
		for i := range v {
			out[i] = wanted(v[i])
		}
		return out
	case map[string]any:
		if v == nil {
			return nil
		}
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = wanted(v[k])
		}
		return out
	default:
		return v
	}
}

func TestRoundTripAgainstEncoders(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := document(3).Draw(rt, "document")
		m, err := msgpack.Marshal(v)
		if err != nil {
			rt.Fatal(err)
		}
		c, err := cbor.Marshal(v)
		if err != nil {
			rt.Fatal(err)
		}
		want := wanted(v)
		for format, data := range map[string][]byte{"msgpack": m, "cbor": c} {
			r := Decode(data, Options{As: format})
			if r.Fault != nil {
				rt.Fatalf("%s %x: %v", format, data, *r.Fault)
			}
			if got := plain(rt, r.AppendJSON(nil)); !reflect.DeepEqual(got, want) {
				rt.Fatalf("%s %x:\n%v\nwant\n%v", format, data, got, want)
			}
			checkTree(rt, r)
		}
	})
}

// mutated draws a document's bytes with some of them changed or cut.
func mutated(rt *rapid.T, data []byte) []byte {
	data = bytes.Clone(data)
	for range rapid.IntRange(0, 3).Draw(rt, "changes") {
		if len(data) > 0 {
			data[rapid.IntRange(0, len(data)-1).Draw(rt, "at")] = rapid.Byte().Draw(rt, "byte")
		}
	}
	return data[:rapid.IntRange(0, len(data)).Draw(rt, "length")]
}

func TestWellFormedAgreesWithLibraries(t *testing.T) {
	mode, err := cbor.DecOptions{
		MaxNestedLevels: 65535, MaxArrayElements: 1 << 30, MaxMapPairs: 1 << 30,
	}.DecMode()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		v := document(3).Draw(rt, "document")
		c, _ := cbor.Marshal(v)
		c = mutated(rt, c)
		fault := Decode(c, Options{As: "cbor", Limits: Limits{Depth: maxDepth}}).Fault
		if err := mode.Wellformed(c); (err == nil) != (fault == nil) {
			// Several whole items are one payload here, and an error there.
			var extra *cbor.ExtraneousDataError
			if !errors.As(err, &extra) {
				rt.Fatalf("%x: %v, the library says %v", c, fault, err)
			}
		}
		if s := cborSkip(c, 0); s.ok != (mode.Wellformed(c[:s.end]) == nil) {
			rt.Fatalf("%x: skip says %v", c, s)
		}
		m, _ := msgpack.Marshal(v)
		m = mutated(rt, m)
		in := bytes.NewReader(m)
		err := msgpack.NewDecoder(in).Skip()
		s := msgpackSkip(m, 0)
		if s.ok != (err == nil) || s.ok && s.end != len(m)-in.Len() {
			rt.Fatalf("%x: skip says %v, the library %v", m, s, err)
		}
		if r := Decode(m, Options{As: "msgpack", Limits: Limits{Depth: maxDepth}}); s.ok && s.end == len(m) && r.Fault != nil {
			rt.Fatalf("%x: %v", m, *r.Fault)
		} else if !s.ok && r.Fault == nil {
			rt.Fatalf("%x is accepted", m)
		}
	})
}

func TestDiagnosticAgreesWithLibrary(t *testing.T) {
	mode, err := cbor.DiagOptions{MaxNestedLevels: 65535}.DiagMode()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		data, _ := cbor.Marshal(ascii(document(3).Draw(rt, "document")))
		want, err := mode.Diagnose(data)
		if err != nil {
			rt.Skip()
		}
		if got := Decode(data, Options{As: "cbor"}).Diagnostic(); got != want {
			rt.Fatalf("%x:\n%s\nwant\n%s", data, got, want)
		}
	})
}

// ascii replaces text: the notation leaves open which characters are escaped, and how.
func ascii(v any) any {
	switch v := v.(type) {
	case string:
		return strconv.Itoa(len(v))
	case []any:
		for i := range v {
			v[i] = ascii(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = ascii(v[k])
		}
	}
	return v
}

// failer is what *testing.T and *rapid.T share.
type failer interface{ Fatalf(string, ...any) }

// checkTree holds the promises of Tree: ranges inside the data and inside their parents, subtrees
// that nest, texts for every node.
func checkTree(t failer, r *Result) {
	tree := r.Tree
	if tree == nil {
		return
	}
	if tree.Len() == 0 || tree.End(0) != tree.Len() || tree.Depth(0) != 0 || tree.Parent(0) != -1 {
		t.Fatalf("root: %d nodes, end %d", tree.Len(), tree.End(0))
	}
	for i := range tree.Len() {
		start, end := tree.Range(i)
		if start < 0 || start > end || end > len(r.Data) {
			t.Fatalf("node %d: range %d to %d of %d", i, start, end, len(r.Data))
		}
		if ks, ke := tree.KeyRange(i); ks < 0 || ks > ke || ke > len(r.Data) {
			t.Fatalf("node %d: key %d to %d", i, ks, ke)
		}
		children := 0
		for c := i + 1; c < tree.End(i); c = tree.End(c) {
			children++
			cs, ce := tree.Range(c)
			if tree.End(c) > tree.End(i) || tree.End(c) <= c || tree.Depth(c) != tree.Depth(i)+1 || children < 100 && tree.Parent(c) != i ||
				cs < start || ce > end {
				t.Fatalf("node %d in %d: end %d depth %d range %d to %d", c, i, tree.End(c), tree.Depth(c), cs, ce)
			}
		}
		if children != tree.Children(i) || children > 0 && !tree.Branch(i) {
			t.Fatalf("node %d: %d children, counted %d, branch %v", i, tree.Children(i), children, tree.Branch(i))
		}
		if tree.Type(i) == "" || len(tree.Value(i)) > 8*maxText || len(tree.Key(i)) > 8*maxText {
			t.Fatalf("node %d: %q %q %q", i, tree.Key(i), tree.Value(i), tree.Type(i))
		}
	}
}

func TestPrefixesKeepTheirNodes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		v := document(2).Draw(rt, "document")
		m, _ := msgpack.Marshal(v)
		c, _ := cbor.Marshal(v)
		for format, data := range map[string][]byte{"msgpack": m, "cbor": c, "json": Decode(m, Options{As: "msgpack"}).AppendJSON(nil)} {
			whole := Decode(data, Options{As: format})
			for cut := range data {
				checkPrefix(rt, whole, Decode(data[:cut], Options{As: format}), format, cut)
			}
		}
	})
}

func checkPrefix(t failer, whole, part *Result, format string, cut int) {
	all, some := whole.Tree, part.Tree
	if part.Fault == nil {
		// A number of JSON is whole wherever it is cut.
		if format != "json" || all.Len() != 1 {
			t.Fatalf("%s cut at %d of %d: no fault", format, cut, len(whole.Data))
		}
		return
	}
	if !part.Truncated || part.Fault.Offset > cut {
		t.Fatalf("%s cut at %d: %+v, truncated %v", format, cut, *part.Fault, part.Truncated)
	}
	have := 0
	if some != nil {
		have = some.Len()
	}
	for i := range all.Len() {
		_, end := all.Range(i)
		if i >= have {
			if !all.Branch(i) && end < cut {
				t.Fatalf("%s cut at %d: node %d that ends at %d is missing", format, cut, i, end)
			}
			continue
		}
		if all.Key(i) != some.Key(i) || all.Depth(i) != some.Depth(i) || all.nodes[i].kind != some.nodes[i].kind {
			t.Fatalf("%s cut at %d: node %d is %q, was %q", format, cut, i, some.Key(i), all.Key(i))
		}
		if !some.Cut(i) && (all.Value(i) != some.Value(i) || all.Type(i) != some.Type(i)) {
			t.Fatalf("%s cut at %d: node %d is %q, was %q", format, cut, i, some.Value(i), all.Value(i))
		}
	}
	if have > all.Len() {
		t.Fatalf("%s cut at %d: %d nodes of %d", format, cut, have, all.Len())
	}
}
