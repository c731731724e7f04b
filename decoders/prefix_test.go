package decoders_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"bustop/decoders"
	"bustop/decoders/corpus"
)

// prefixRule is where a format gives less than the strict property: every node of the whole that
// ends at or before the cut is there unchanged (range, key, depth, type, value, children), what is
// open at the cut is there and marked as cut, nothing else is there, and a fault behind the last
// whole node tells where the break is and what was expected. Three cases are the same for all: a key
// that is cut has no text yet, text that is cut may end within a rune, and what a byte string holds
// is read after the fault of the string itself.
type prefixRule struct {
	// ends says that a prefix may be whole itself (records of a table, fields of a message, items
	// that follow each other): it has no fault then, and what is open at the cut counts as closed.
	ends bool
	// open says that text which the cut shortens has no mark: a field of a table, a number that is
	// no item of an array or object.
	open bool
	// numbers says that a number that ends at the cut is marked, since digits may follow; so is the
	// text of an element.
	numbers bool
	// opaque says that what a cut value of a length holds is not compared: whether it is text, bytes
	// or a message is told by the bytes that are there.
	opaque bool
	// zero says that a string is whole with the zero byte after its range only.
	zero bool
}

func prefixRules() map[string]prefixRule {
	return map[string]prefixRule{
		"json":     {ends: true, open: true, numbers: true}, // whole only where the text is a lone number
		"ndjson":   {ends: true, open: true, numbers: true},
		"bson":     {zero: true},
		"csv":      {ends: true, open: true},
		"xml":      {ends: true, numbers: true}, // whole only without the space behind the root element
		"protobuf": {ends: true, opaque: true},
		"msgpack":  {ends: true}, // whole only between items of a sequence
		"cbor":     {ends: true}, // the same
	}
}

// wholePayload is a payload with the name of its format.
type wholePayload struct {
	format, data string
	from         int // the shortest prefix: before it nothing tells what the format is
}

// prefixPayloads has shapes that the corpus has not.
func prefixPayloads(t *testing.T) []wholePayload {
	t.Helper()
	unhex := func(format, s string) wholePayload {
		data, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if format == "bson" {
			data[0] = byte(len(data))
		}
		return wholePayload{format: format, data: string(data)}
	}
	// Before their keys are whole, records of msgpackr are an extension and what follows it.
	records := unhex("msgpack", "d47240 92 a26964 a36b6964 07 92 40 01 a0 40 02 a3616263")
	records.from = 11
	return []wholePayload{
		records,
		unhex("msgpack", "97 05 cc05 d1fff6 ca3dcccccd d90178 c4020102 c70305010203"),
		unhex("msgpack", "86 01 c3 c0 02 a131 03 c40161 04 920102 a5 68656c6c6f a161 05"),
		unhex("msgpack", "92 81a16190 81 80 91 c0"),
		unhex("msgpack", "81a16101 92 01 a3626364 81a16301"),
		unhex("cbor", "bf 6161 f7 6162 5f42010243030405ff 61 63 c249010000000000000000 6164 f93e00 ff"),
		unhex("cbor", "9f 9f ff bf 820102 9f 03 ff 01 7f 6161 6162 ff ff d8 18 45 83 01 02 6161 ff"),
		unhex("cbor", "d2 84 43a10126 a1 04 42 3131 54 546869732069732074686520636f6e74656e742e 43010203"),
		unhex("cbor", "d83f 46 01 02 820304 05"),
		unhex("cbor", "a16161 01 8201 20 bf ff"),
		unhex("bson", "31000000 04 42534f4e00 26000000 02 3000 08000000 617765736f6d6500 01 3100 333333333333 1440 10 3200 c2070000 00 00"),
		unhex("bson", "3b000000 0a 6100 0b 6700 5e6100 6900 07 6300 000102030405060708090a0b 08 6400 01 05 6500 02000000 80 0102 03 7300 0500000000 06 6800 00"),
		unhex("protobuf", "08 01 12 05 68656c6c6f 1b 08 01 12 01 61 1c 25 00000000 29 0000000000000000 32 02 08 01 38 ac02"),
		{format: "json", data: ` { "a\"b" : "x\u00e4\n", "n":12345678901234567890 , "f": [1.50,-2e+5,null,true,[],{}], "":false}` + "\n"},
		{format: "json", data: `"a string"`},
		{format: "json", data: `-12.5e-3`},
		{format: "ndjson", data: "{\"a\":1}\n[2,3]\n\"x\"\n12 true\n"},
		{format: "csv", data: "name,n\r\n\"a,\"\"b\"\"\",1\r\nü,\r\n,\n"},
		{format: "xml", data: "<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b 'c>'>]>\n<a b='1' c=\"&lt;\">x<d/>y<![CDATA[<z>]]><e f='g'>\n <h>i</h></e></a>"},
		{format: "csv", data: "a;b;c\n1;2;3"},
	}
}

// prefixLongest keeps the number of prefixes times their length in bounds, in bytes.
const prefixLongest = 500

// TestEveryPrefixKeepsItsNodes cuts whole payloads of every format with a tree at every byte. What is
// asked is in prefixRule; a format that is not in prefixRules has to hold the strict property.
func TestEveryPrefixKeepsItsNodes(t *testing.T) {
	t.Parallel()
	payloads := prefixPayloads(t)
	count := 1500
	if os.Getenv("BUSTOP_LONG") != "" {
		count = 100_000
	}
	for _, c := range corpus.Generate(11, count) {
		if whole := c.Class == "whole" || c.Class == "text" || c.Class == "concatenated"; whole && !c.Partial && len(c.Data) <= prefixLongest {
			payloads = append(payloads, wholePayload{format: c.Want, data: string(c.Data)})
		}
	}
	cuts := map[string]int{}
	for _, p := range payloads {
		data := []byte(p.data)
		whole := decoders.Decode(data, decoders.Options{As: p.format})
		if whole.Tree == nil || whole.Format != p.format {
			continue // text, for example
		}
		if whole.Fault != nil {
			t.Fatalf("%s %x: %v", p.format, data, whole.Fault)
		}
		c := prefixCheck{rule: prefixRules()[p.format], whole: whole}
		for cut := p.from; cut < len(data); cut++ {
			c.cut, c.part = cut, decoders.Decode(data[:cut], decoders.Options{As: p.format})
			if problem := c.check(); problem != "" {
				t.Fatalf("%s %q cut at %d of %d: %s", p.format, data, cut, len(data), problem)
			}
			cuts[p.format]++
		}
	}
	t.Log(cuts)
	for format := range prefixRules() {
		if cuts[format] < 50 {
			t.Errorf("%s was cut %d times", format, cuts[format])
		}
	}
}

// prefixCheck compares the tree of a prefix with that of the whole.
type prefixCheck struct {
	rule        prefixRule
	cut         int
	whole, part *decoders.Result
	shift       int // nodes of the whole before the first of the part: the root of a sequence
}

// check is what is wrong, "" for nothing.
func (c *prefixCheck) check() string {
	w, p := c.whole.Tree, c.part.Tree
	have := 0
	if p != nil {
		have = p.Len()
	}
	c.shift = 0
	if w.Type(0) == "sequence" && (have == 0 || p.Type(0) != "sequence") {
		c.shift = 1 // one item, or a part of one, is no sequence yet
	}
	if s := c.fault(); s != "" {
		return s
	}
	at := 0
	for ; at < have && at+c.shift < w.Len(); at++ {
		if s := c.node(at); s != "" {
			return fmt.Sprintf("node %d: %s", at, s)
		}
		if _, end := w.Range(at + c.shift); c.rule.opaque && at > 0 && end > c.cut && p.Cut(at) {
			return "" // nothing comes after it
		}
	}
	if at < have {
		return fmt.Sprintf("%d nodes, the whole has %d", have, w.Len())
	}
	for i := have + c.shift; i < w.Len(); i++ {
		if at := c.known(i); at <= c.cut && at < len(c.whole.Data) {
			return fmt.Sprintf("node %d of the whole is missing, it is known at %d", i, at)
		}
	}
	return ""
}

// fault checks the break.
func (c *prefixCheck) fault() string {
	f := c.part.Fault
	switch {
	case f == nil && c.cut == 0 && c.rule.ends:
		return ""
	case f == nil && !c.rule.ends:
		return "no fault"
	case f == nil:
		return ""
	case f.Text == "" || f.Offset < 0 || f.Offset > c.cut || !c.part.Truncated:
		return fmt.Sprintf("%+v, truncated %v", *f, c.part.Truncated)
	}
	if t := c.part.Tree; t != nil {
		inside := 0 // what a cut string of bytes holds is read after it
		for i := range t.Len() {
			if t.Cut(i) && (t.Type(i) == "bytes" || c.rule.opaque && i > 0) {
				inside = t.End(i)
			}
			if _, end := t.Range(i); i >= inside && !t.Cut(i) && !t.Branch(i) && end > f.Offset {
				return fmt.Sprintf("the break at %d is before the end of node %d", f.Offset, i)
			}
		}
	}
	return ""
}

// node compares node i of the prefix.
func (c *prefixCheck) node(i int) string {
	w, p, n := c.whole.Tree, c.part.Tree, i+c.shift
	ws, we := w.Range(n)
	ps, pe := p.Range(i)
	wk, wke := w.KeyRange(n)
	pk, pke := p.KeyRange(i)
	depth, key := w.Depth(n)-c.shift, w.Key(n)
	switch {
	case i == 0:
		key = ""
	case w.Type(n) == "entry" && p.Cut(i):
		key, wke, pke = p.Key(i), wk, pk // the key may be what is cut
	}
	switch {
	case ws != ps || depth != p.Depth(i) || key != p.Key(i) || wke-wk != pke-pk || wke > wk && wk != pk:
		return fmt.Sprintf("%q at %d, depth %d; was %q at %d, depth %d", p.Key(i), ps, p.Depth(i), key, ws, depth)
	case pe > c.cut:
		return fmt.Sprintf("ends at %d", pe)
	case we > c.cut, c.rule.zero && we == c.cut && w.Type(n) == "string":
		return c.openNode(i, n)
	case p.Cut(i) && c.rule.numbers && we == c.cut && pe == we && w.Type(n) == "text":
	case p.Cut(i) && (!c.rule.numbers || we != c.cut || w.Type(n) != "number"):
		return "marked as cut, but whole"
	case we != pe || w.Value(n) != p.Value(i) || w.Type(n) != p.Type(i) || w.Branch(n) != p.Branch(i) || w.Children(n) != p.Children(i):
		return fmt.Sprintf("%s %q to %d; was %s %q to %d", p.Type(i), p.Value(i), pe, w.Type(n), w.Value(n), we)
	}
	return ""
}

// openNode checks a node that goes on beyond the cut.
func (c *prefixCheck) openNode(i, n int) string {
	w, p := c.whole.Tree, c.part.Tree
	switch {
	case p.Cut(i):
	case c.part.Fault == nil && p.Branch(i): // a whole of its own
	case c.rule.open && (p.Branch(i) && p.Type(i) != "object" || !p.Branch(i)):
	default:
		return "not marked as cut"
	}
	nothing := w.Type(n) == "bytes" && p.Children(i) == 0 // of the CBOR that is inside
	if !c.rule.opaque && (w.Branch(n) != p.Branch(i) && !nothing || plainType(w, n) != plainType(p, i)) {
		return fmt.Sprintf("%s; was %s", p.Type(i), w.Type(n))
	}
	_, pe := p.Range(i)
	ps, _ := p.Range(i)
	if !bytes.Equal(c.part.Data[ps:pe], c.whole.Data[ps:pe]) {
		return "other bytes"
	}
	return ""
}

// known is from which cut on node i of the whole has to be there: a container as soon as its head is
// read, all else when it is whole.
func (c *prefixCheck) known(i int) int {
	t := c.whole.Tree
	start, end := t.Range(i)
	switch {
	case c.rule.zero && t.Type(i) == "string":
		return end + 1
	case t.Type(i) == "field" && start == end && t.Key(i) == "[0]":
		return end + 1 // an empty field at the start of a line
	case t.Children(i) == 0 || c.rule.opaque:
		return end
	}
	first, keyEnd := t.KeyRange(i + 1)
	if keyEnd == first {
		first, _ = t.Range(i + 1)
	}
	return max(first, start+1) // an entry has no head of its own
}

// plainType is a type without the remark on text that is not UTF-8: a cut may be inside a rune.
func plainType(t *decoders.Tree, i int) string { return strings.TrimSuffix(t.Type(i), ", not UTF-8") }
