package decoders

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
	"unicode/utf8"
)

// facetHead reads what a facet points at as the head of an item of kind k.
func (t *Tree) facetHead(k kind, f facet) head {
	h := head{kind: k, arg: uint64(f.size), code: f.code}
	switch k {
	case kindBool:
		h.arg = uint64(f.ref)
	case kindUint, kindNegint:
		d := t.side.content(t.data, f)
		h.width = uint8(len(d))
		h.integer(intOfCoding(d, f.code))
		if f.code == codeUintLE {
			h.kind, h.arg = kindUint, uint64(intOfCoding(d, f.code))
		}
	case kindFloat:
		d := t.side.content(t.data, f)
		h.width = uint8(len(d))
		if h.arg = binary.LittleEndian.Uint64(append(slices.Clip(d), 0, 0, 0, 0)[:8]); len(d) == 4 {
			h.arg &= math.MaxUint32
		}
		if f.code == codeFloatBE {
			h.arg = bigEndian(d, h.width)
		}
	default:
	}
	return h
}

// facetText is the text of a facet with its escapes undone, and whether it is UTF-8. At most limit
// bytes are read, limit 0 means all.
func (t *Tree) facetText(f facet, limit int) ([]byte, bool) {
	s := t.side.content(t.data, f)
	if limit > 0 {
		s = s[:min(limit, len(s))]
	}
	s = f.code.plain(s)
	return s, utf8.Valid(s)
}

// plain undoes the escapes of text.
func (c coding) plain(s []byte) []byte {
	switch c {
	case codeXML, codeXMLValue:
		return unescapeXML(s, c == codeXMLValue)
	case codeEscaped:
		return unescapePython(s)
	case codeRawUnicode:
		return rawUnicode(s)
	case codeAttribute:
		return append([]byte{'@'}, s...)
	default:
		return s
	}
}

// number is the number of a facet of kindNumber, written as JSON writes it where that is possible.
func (t *Tree) number(dst []byte, f facet) []byte {
	d := t.side.content(t.data, f)
	v := new(big.Int)
	switch f.code {
	case codeBigLE:
		if len(d) > maxBig {
			return append(dst, "an integer of "+plural(len(d), "byte")...)
		}
		return bigLE(d).Append(dst, 10)
	case codeMagnitude:
		if len(d) > maxBig {
			return append(dst, "an integer of "+plural(len(d), "byte")...)
		}
		v.SetBytes(reversed(d))
		if t.data[f.ref] == '-' {
			v.Neg(v)
		}
		return v.Append(dst, 10)
	default:
	}
	if validNumber(d) {
		return append(dst, d...)
	}
	if f, err := strconv.ParseFloat(string(d[:min(len(d), maxName)]), 64); err == nil && len(d) <= maxName {
		return appendFloat(dst, f, 64)
	}
	return append(dst, cutText(d, maxName)...)
}

// bigLE is a number in two's complement, the least byte first.
func bigLE(d []byte) *big.Int {
	v := new(big.Int).SetBytes(reversed(d))
	if len(d) > 0 && d[len(d)-1]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(d))))
	}
	return v
}

func reversed(d []byte) []byte {
	out := slices.Clone(d)
	slices.Reverse(out)
	return out
}

// validNumber reports whether s is a number of JSON (RFC 8259 §6).
func validNumber(s []byte) bool {
	return len(s) > 0 && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid(s)
}

// appendFacet appends a leaf that only formats with facets have: a number as text, a reference, the
// name of a class.
func (t *Tree) appendFacet(dst []byte, k kind, f facet) []byte {
	switch k {
	case kindNumber:
		return t.number(dst, f)
	case kindRef:
		return strconv.AppendUint(append(dst, "→ offset "...), uint64(f.ref), 10)
	default:
		return t.className(dst, f)
	}
}

// className appends the name of a class; one that could be taken for something else in quotes.
func (t *Tree) className(dst []byte, f facet) []byte {
	s, _ := t.facetText(f, maxLabel)
	for _, c := range s {
		if c != '_' && c != '.' && c != ':' && c != '\\' && c != '$' && c != '-' && c != '/' && c < utf8.RuneSelf &&
			(c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return appendQuoted(dst, s)
		}
	}
	if len(s) == 0 {
		return append(dst, "object"...)
	}
	if !utf8.Valid(s) {
		return appendQuoted(dst, s)
	}
	return append(dst, s...)
}

// foreignValue is Value for the kinds that only formats with facets have.
func (t *Tree) foreignValue(dst []byte, i int) ([]byte, bool) {
	n := &t.nodes[i]
	switch n.kind {
	case kindObject:
		dst = append(t.className(dst, t.side.nodes[i]), " {"...)
		return append(append(dst, t.size(i, head{})...), '}'), true
	case kindMap:
		if t.side.nodes[i].form == formElement { // one that holds nothing but text is shown as it
			if n.count == 1 && t.nodes[i+1].kind == kindText && t.side.textKey(t.nodes[i+1].ref) {
				return t.appendText(dst, i+1), true
			}
		}
		return dst, false
	case kindRef:
		dst = t.appendFacet(dst, n.kind, t.side.nodes[i])
		if path := t.pathTo(int(t.side.nodes[i].ref)); path != "" {
			dst = append(append(append(dst, " ("...), path...), ')')
		}
		return dst, true
	case kindNumber, kindName:
		return t.appendFacet(dst, n.kind, t.side.nodes[i]), true
	default:
		return dst, false
	}
}

// pathTo is the path of the node at an offset, "" when it is far from the root or from its siblings'
// first: a row must cost little.
func (t *Tree) pathTo(off int) string {
	const most = 8
	i, ok := slices.BinarySearchFunc(t.nodes, uint32(off), func(n node, at uint32) int { return int(n.start) - int(at) })
	if !ok || t.nodes[i].depth > most {
		return ""
	}
	path := ""
	for left := 8 * nearby; i > 0; {
		n := &t.nodes[i]
		switch n.role() {
		case roleItem:
			path = "[" + strconv.Itoa(int(n.ref)) + "]" + path
		case roleValue:
			path = "." + t.keyLabel(i) + path
		default:
			return ""
		}
		depth := n.depth
		for i--; t.nodes[i].depth >= depth; i-- {
			if left--; left < 0 {
				return ""
			}
		}
	}
	return "$" + path
}

// textKey reports whether a key is the one of the text of an element.
func (s *foreign) textKey(ref uint32) bool {
	return s.keys[ref].form == formText
}

// foreignKey writes the key of an entry in diagnostic notation.
func (p *printer) foreignKey(f facet) {
	h := p.t.facetHead(f.kind, f)
	switch f.kind {
	case kindText:
		s, _ := p.t.facetText(f, p.left()+1)
		h.kind = kindText
		if p.brief && !ambiguous(s) {
			p.out = append(p.out, cutText(s, p.left()+1)...)
			return
		}
		if !utf8.Valid(s) && !p.brief {
			p.out = appendHex(p.out, s, p.left()/2+1, len(s))
			return
		}
		p.out = appendQuoted(p.out, s)
	case kindNumber, kindRef, kindName:
		p.foreignLeaf(f.kind, f)
	default:
		p.leaf(h, p.t.side.content(p.t.data, f), false)
	}
}

// foreignLeaf writes a leaf of a kind that only formats with facets have.
func (p *printer) foreignLeaf(k kind, f facet) {
	switch {
	case p.brief || k == kindNumber:
		p.out = p.t.appendFacet(p.out, k, f)
	case k == kindRef:
		p.out = append(strconv.AppendUint(append(p.out, "ref("...), uint64(f.ref), 10), ')')
	default:
		p.out = append(p.t.className(append(p.out, "class("...), f), ')')
	}
}

// foreignItem writes node i when it is of such a kind.
func (p *printer) foreignItem(i int) bool {
	n := &p.t.nodes[i]
	switch {
	case n.kind == kindObject:
		p.out = p.t.className(p.out, p.t.side.nodes[i])
		p.list(i, "{", "}")
	case n.kind == kindNumber, n.kind == kindRef, n.kind == kindName:
		p.foreignLeaf(n.kind, p.t.side.nodes[i])
		if n.count > 0 {
			p.list(i, "{", "}")
		}
	case n.count > 0 && (n.kind == kindText || n.kind == kindBytes):
		s, _ := p.t.text(i, p.left()+1)
		p.out = appendQuoted(p.out, s)
		p.list(i, "{", "}")
	default:
		return false
	}
	return true
}

// foreignJSON writes node i when it is of a kind that only formats with facets have.
func (w *jsonWriter) foreignJSON(i int) bool {
	n, f := &w.t.nodes[i], w.t.side.nodes[i]
	if n.kind == kindMap {
		return w.foreignMap(i, f.form)
	}
	switch {
	case n.kind == kindObject:
		w.objectWith(i, func() {
			w.puts(`{"$class":`)
			s, _ := w.t.facetText(f, 0)
			w.out = appendQuoted(w.out, s)
		})
	case n.count > 0 && n.kind != kindArray && n.kind != kindEntry && n.kind != kindSeq:
		w.objectWith(i, func() {
			w.puts(`{"$value":`)
			w.foreignLeaf(n.kind, f)
		})
	case n.kind == kindNumber, n.kind == kindRef, n.kind == kindName:
		w.foreignLeaf(n.kind, f)
	default:
		return false
	}
	return true
}

// foreignMap writes an element of XML that holds nothing but text, and a list of PHP.
func (w *jsonWriter) foreignMap(i int, f form) bool {
	n := &w.t.nodes[i]
	switch {
	case f == formPHPArray && w.t.isList(i):
		w.array(i)
	case f != formElement:
		return false
	case n.count == 0:
		w.puts(`""`)
	case n.count == 1 && w.t.side.textKey(w.t.nodes[i+1].ref):
		w.item(i + 1)
	default:
		return false
	}
	return true
}

// objectWith writes an object that begins with a member of ours, and then the children of node i.
func (w *jsonWriter) objectWith(i int, begin func()) {
	begin()
	n := &w.t.nodes[i]
	if n.count == 0 {
		w.puts("}")
		return
	}
	from := len(w.out)
	w.object(i)
	w.out[from] = ',' // the brace of {"a":1} and of {"$map":…} alike
}

// foreignLeaf writes a leaf, or a key as a value of its own.
func (w *jsonWriter) foreignLeaf(k kind, f facet) {
	switch k {
	case kindText:
		if s, ok := w.t.facetText(f, 0); ok {
			w.out = appendQuoted(w.out, s)
		} else {
			w.out = appendBytes(w.out, s)
		}
	case kindBytes:
		w.out = appendBytes(w.out, w.t.side.content(w.t.data, f))
	case kindRef:
		w.out = append(strconv.AppendUint(append(w.out, `{"$ref":`...), uint64(f.ref), 10), '}')
	case kindName:
		s, _ := w.t.facetText(f, 0)
		w.out = append(appendQuoted(append(w.out, `{"$class":`...), s), '}')
	case kindNumber:
		s := w.t.number(nil, f)
		switch {
		case validNumber(s):
			w.number(s)
		case f.code == codeDigits && len(s) < maxName && string(s) != "" && (s[0]|0x20 == 'n' || s[len(s)-1] == 'y'):
			w.out = append(appendQuoted(append(w.out, `{"$float":`...), s), '}')
		default:
			w.out = append(appendQuoted(append(w.out, `{"$number":`...), s), '}')
		}
	default:
		w.scalar(w.t.facetHead(k, f))
	}
}

// isList reports whether the keys of an array of PHP are 0, 1, 2 and so on.
func (t *Tree) isList(i int) bool {
	at := 0
	for c := i + 1; c < t.End(i); c = t.End(c) {
		n := &t.nodes[c]
		if n.role() != roleValue {
			return false
		}
		f := t.side.keys[n.ref]
		if f.kind != kindNumber || f.size > 10 || string(t.side.content(t.data, f)) != strconv.Itoa(at) {
			return false
		}
		at++
	}
	return true
}
