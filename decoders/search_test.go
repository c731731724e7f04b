package decoders

import (
	"fmt"
	"slices"
	"testing"
)

func TestSearch(t *testing.T) {
	v := map[string]any{
		"id": 4711, "user": map[string]any{"id": 12, "Name": "Ada LOVELACE", "city": "KÖLN"},
		"items":   []any{map[string]any{"sku": "A-1", "price": 2.5}, map[string]any{"sku": "B-2", "price": 19.9}},
		"a.b":     map[string]any{"c": true},
		"matrix":  []any{[]any{1, 2}, []any{3, 4}},
		"message": "see example.com/x[3]",
	}
	for _, data := range [][]byte{packed(t, v), cbored(t, v), jsoned(t, v)} {
		tree := Decode(data, Options{}).Tree
		for _, tt := range []struct{ query, key, value string }{
			{"items[1].price", "price", "19.9"},
			{"ITEMS[1].Sku", "sku", "B-2"},
			{"$.items[0].price", "price", "2.5"},
			{"user.id", "id", "12"},
			{"$.id", "id", "4711"},
			{`["a.b"].c`, "c", "true"},
			{"items[*].sku", "sku", "A-1"},
			{"matrix[1][0]", "[0]", "3"},
			{"[1][1]", "[1]", "4"},
			{"user.*", "", ""},
			{"lovelace", "Name", "Ada LOVELACE"},
			{"köln", "city", "KÖLN"},
			{"471", "id", "4711"},
			{"CITY", "city", "KÖLN"},
			{"example.com", "message", "see example.com/x[3]"},
			{"x[3]", "message", "see example.com/x[3]"},
			{"9.9", "price", "19.9"},
		} {
			i, ok := tree.Search(tt.query, 0)
			if tt.key == "" {
				if !ok || tree.Key(tree.Parent(i)) != "user" {
					t.Errorf("%s: %d %v", tt.query, i, ok)
				}
				continue
			}
			if !ok || tree.Key(i) != tt.key || tree.Value(i) != tt.value {
				t.Errorf("%s: %v, node %d is %s = %s", tt.query, ok, i, tree.Key(i), tree.Value(i))
			}
		}
		for _, query := range []string{"", "nothing", "items[2].price", "$.sku", "items.price", "[9]", "id.user"} {
			if i, ok := tree.Search(query, 0); ok {
				t.Errorf("%q finds %s = %s", query, tree.Key(i), tree.Value(i))
			}
		}
		found := 0
		for i, ok := tree.Search("items[*].sku", 0); ok; i, ok = tree.Search("items[*].sku", i+1) {
			found++
		}
		if found != 2 {
			t.Errorf("%d of 2 found one after the other", found)
		}
	}
}

func TestSearchInCBOR(t *testing.T) {
	tree := Decode(unhex(t, "d2"+sign1), Options{As: "cbor"}).Tree
	for query, want := range map[string]string{
		"ES256": "-7 (ES256)", "protected": "<<{1}>>", "protected.alg": "-7 (ES256)", "[0].1": "-7 (ES256)",
		"$[1].kid": "h'3131'", "h'3131'": "h'3131'", "is the content": "h'546869732069732074686520636f6e74656e742e'",
	} {
		i, ok := tree.Search(query, 0)
		if !ok || tree.Value(i) != want {
			t.Errorf("%s: %d %v", query, i, ok)
		}
	}
	tree = Decode(unhex(t, "a3 01 02 20 c11a514b67b0 6163 7f 6161 6162 ff"), Options{As: "cbor"}).Tree
	for query, want := range map[string]string{"$.1": "2", "$.-1": "2013-03-21T20:04:00Z", "20:04": "2013-03-21T20:04:00Z", "$.c": "ab"} {
		i, ok := tree.Search(query, 0)
		if !ok || tree.Value(i) != want {
			t.Errorf("%s: %d %v", query, i, ok)
		}
	}
}

// TestSearchIsLinear looks in trees of many nodes for what is not there, in shapes where looking
// back at siblings would take hours, and the test run would end before.
func TestSearchIsLinear(t *testing.T) {
	n := 300_000
	if raced {
		n = 30_000
	}
	flat, words := make([]any, n), make([]any, n)
	for i := range flat {
		flat[i], words[i] = i, fmt.Sprint("w", i)
	}
	last := fmt.Sprintf("[%d]", n-1)
	for _, data := range [][]byte{packed(t, flat), cbored(t, words), jsoned(t, words), cbored(t, order(n/6))} {
		tree := Decode(data, Options{}).Tree
		for _, query := range []string{"nothing", "[" + fmt.Sprint(n+1) + "].x", "items[*].nothing", "$.a.b.c", last + ".x"} {
			if i, ok := tree.Search(query, 0); ok {
				t.Fatalf("%q finds node %d", query, i)
			}
		}
	}
	i, ok := Decode(packed(t, flat), Options{}).Tree.Search(last, 0)
	if !ok || i != n {
		t.Error(i, ok)
	}
}

func FuzzSearch(f *testing.F) {
	f.Add("items[1].price", []byte(`{"items":[1,{"price":2}]}`))
	f.Add(`$["a.b"][*].*`, []byte{0x81, 0xd8, 24, 0x42, 0x81, 0x01})
	f.Fuzz(func(t *testing.T, query string, data []byte) {
		r := Decode(data, Options{})
		if r.Tree == nil {
			return
		}
		if i, ok := r.Tree.Search(query, 0); ok {
			if again, ok := r.Tree.Search(query, i); !ok || again != i {
				t.Errorf("node %d, then %d", i, again)
			}
		}
		_ = r.Notate(Notation{Offsets: true, Widths: true})
	})
}

func TestSearchAllFindsWhatSearchFinds(t *testing.T) {
	tree := Decode([]byte(`{"a":[{"x":1},{"x":2},{"x":11}],"x":{"b":"x"}}`), Options{}).Tree
	for _, query := range []string{"x", "1", "a[*].x", "$.x", "nothing", ""} {
		var want []int
		for i, ok := tree.Search(query, 0); ok; i, ok = tree.Search(query, i+1) {
			want = append(want, i)
		}
		if got := tree.SearchAll(query, 100); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
		if got := tree.SearchAll(query, 1); !slices.Equal(got, want[:min(1, len(want))]) {
			t.Errorf("%q, the first: %v", query, got)
		}
	}
	if got := tree.SearchAll("x", 0); got != nil {
		t.Errorf("none wanted, %v found", got)
	}
}
