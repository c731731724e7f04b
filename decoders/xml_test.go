package decoders

import (
	"strings"
	"testing"
)

const xmlOrder = "<?xml version=\"1.0\"?>\n<!DOCTYPE o:order [<!ENTITY a \"x>y\">]>\n<!-- c -->\n<o:order id='7' note=\"a&amp;b\">\n" +
	"  <item>Tea</item>\n  <item sku=\"x\">&lt;&#65;&#x42;<![CDATA[<raw>]]> tail</item><empty/><sp> </sp>\n</o:order>\n"

func TestXMLRows(t *testing.T) {
	r := Decode([]byte(xmlOrder), Options{})
	if got := "\n" + rows(r); r.Chain() != "xml" || r.Fault != nil || got != `
0  = {2} : document
1 !DOCTYPE = o:order : document type
1 o:order = {6} : element
2 @id = "7" : attribute
2 @note = a&b : attribute
2 item = Tea : element
3 #text = Tea : text
2 item = {4} : element
3 @sku = x : attribute
3 #text = <AB : text
3 #cdata = <raw> : CDATA
3 #text = " tail" : text
2 empty = {0} : element
2 sp = " " : element
3 #text = " " : text
` {
		t.Errorf("%s %v%s", r.Chain(), r.Fault, got)
	}
	if got := string(r.AppendJSON(nil)); got != `{"!DOCTYPE":"o:order","o:order":{"$map":[["@id","7"],["@note","a&b"],["item","Tea"],`+
		`["item",{"$map":[["@sku","x"],["#text","<AB"],["#cdata","<raw>"],["#text"," tail"]]}],["empty",""],["sp"," "]]}}` {
		t.Error(got)
	}
	for i := range r.Tree.Len() {
		if start, end := r.Tree.KeyRange(i); r.Tree.Key(i) == "item" && xmlOrder[start:end] != "item" ||
			r.Tree.Key(i) == "@sku" && xmlOrder[start:end] != "sku" {
			t.Errorf("key of %d: %d to %d", i, start, end)
		}
	}
	checkResult(t, r, []byte(xmlOrder))
	for cut := 1; cut < len(xmlOrder)-1; cut++ {
		part := Decode([]byte(xmlOrder[:cut]), Options{As: "xml"})
		checkTree(t, part)
		if part.Fault == nil {
			t.Fatalf("cut at %d: no fault", cut)
		}
		if part.Truncated {
			checkPrefix(t, r, part, "xml", cut)
		}
	}
}

func TestXMLIsNotExpanded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">`)
	for c := 'b'; c < 'k'; c++ {
		b.WriteString("<!ENTITY " + string(c) + ` "` + strings.Repeat("&"+string(c-1)+";", 10) + `">`)
	}
	b.WriteString("]><l>&j;</l>")
	r := Decode([]byte(b.String()), Options{})
	if r.Format != "xml" || r.Fault == nil {
		t.Fatalf("%s %v", r.Chain(), r.Fault)
	}
	if got := string(r.AppendJSON(nil)); got != `{"!DOCTYPE":"l","l":"&j;"}` {
		t.Error(got)
	}
}

func TestXMLFaults(t *testing.T) {
	for _, tt := range []struct {
		data   string
		offset int
		text   string
	}{
		{"<a><b></a>", 6, "element <b> closed by </a>"},
		{"<a/><b/>", 4, "a second root element"},
		{"<a/>x", 4, "expected markup"},
		{"<a b></a>", 3, "expected an attribute"},
		{"<a b=c></a>", 5, "expected a quote"},
		{"</a>", 0, "the end of an element"},
		{"<a b='c", 3, "expected the end of an attribute"},
		{"<a><![CDATA[x", 3, "expected ]]>"},
	} {
		r := Decode([]byte(tt.data), Options{As: "xml"})
		if r.Fault == nil || r.Fault.Offset != tt.offset || !strings.HasPrefix(r.Fault.Text, tt.text) {
			t.Errorf("%s: %+v", tt.data, r.Fault)
		}
		checkResult(t, r, []byte(tt.data))
	}
	deep := strings.Repeat("<a>", 300) + strings.Repeat("</a>", 300)
	if r := Decode([]byte(deep), Options{}); r.Format != "xml" || r.Fault == nil || !r.Truncated || r.Tree.Len() != 128 {
		t.Errorf("%s %v", r.Chain(), r.Fault)
	}
}
