package decoders

import (
	"bytes"
	"fmt"
)

// xmlWalker reads XML (www.w3.org/TR/xml) into a tree: a document with its root element; an element has
// its attributes as @name, its child elements by their names, and its text as #text or #cdata, all in
// order. Names keep the prefix of their namespace. Comments and processing instructions are passed
// over, a document type is one leaf. Entities beyond the five and character references stay as they
// are written, so nothing expands. Space with a line break between elements is dropped.
//
// As JSON an element with nothing but text is a string, an empty one "".
type xmlWalker struct {
	foreignWalker
}

// walkXML reads a document. What else makes it well-formed is for checkXML.
func walkXML(data []byte, limits Limits) walked {
	limits.Nodes = max(limits.Nodes*5/8, 1) // checkXML's tokens take room as well
	w := xmlWalker{foreignWalker: newForeign(data, limits)}
	w.off = len(data) - len(bytes.TrimPrefix(data, []byte(bom)))
	if w.open(0, kindMap, facet{form: formDocument}, place{as: roleRoot}) {
		for w.why == breakNone && w.off < len(data) {
			if data[w.off] == '<' {
				w.markup()
			} else {
				w.chars()
			}
		}
		switch {
		case len(w.stack) > 1:
			w.fail(breakEnd, len(data), "expected the end of an element, the data ends")
		case !w.rooted():
			w.fail(breakEnd, len(data), "expected an element, the data ends")
		}
		if w.why == breakNone {
			w.pop()
		}
	}
	return w.finish()
}

// chars reads text up to the next markup.
func (w *xmlWalker) chars() {
	start := w.off
	end := bytes.IndexByte(w.data[start:], '<')
	cut := end < 0
	if cut {
		end = len(w.data) - start
	}
	w.off = start + end
	text := w.data[start:w.off]
	if len(w.stack) < 2 {
		if len(bytes.TrimSpace(text)) > 0 {
			w.off = start
			w.wrong(start, "expected markup, not text outside the root element")
		}
		return
	}
	if (cut || bytes.IndexByte(text, '\n') >= 0) && len(bytes.TrimSpace(text)) == 0 {
		return
	}
	n := node{start: uint32(start), end: uint32(w.off), kind: kindText}
	if cut {
		n.flags |= flagCut
	}
	w.put(n, facet{at: uint32(start), size: uint32(end), code: codeXML, form: formText}, w.part("#text"))
}

// part is the place of text in an element.
func (w *xmlWalker) part(name string) place {
	p := w.named(name)
	w.side.keys[p.ref].form = formText
	return p
}

// markup reads what begins with <.
func (w *xmlWalker) markup() {
	rest := w.data[w.off:]
	switch {
	case len(rest) < 2:
		w.fail(breakEnd, w.off, "expected a name, the data ends")
	case bytes.HasPrefix(rest, []byte("<!--")):
		w.until(4, "-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		w.cdata()
	case bytes.HasPrefix(rest, []byte("<!")):
		w.doctype()
	case rest[1] == '?':
		w.until(2, "?>")
	case rest[1] == '/':
		w.endTag()
	default:
		w.startTag()
	}
}

// until passes over markup up to what ends it, and tells how long what is between is.
func (w *xmlWalker) until(head int, end string) (int, bool) {
	size := bytes.Index(w.data[w.off+head:], []byte(end))
	if size < 0 {
		w.fail(breakEnd, w.off, "expected "+end+", the data ends")
		return 0, false
	}
	w.off += head + size + len(end)
	return size, true
}

func (w *xmlWalker) cdata() {
	const head = len("<![CDATA[")
	start := w.off
	size, ok := w.until(head, "]]>")
	if !ok {
		return
	}
	if len(w.stack) < 2 {
		w.wrong(start, "expected markup, not text outside the root element")
		return
	}
	w.leaf(start, kindText, facet{at: uint32(start + head), size: uint32(size), form: formCDATA}, w.named("#cdata"))
}

// doctype passes over a declaration, with what it has in brackets and quotes.
func (w *xmlWalker) doctype() {
	start, depth := w.off, 0
	quote := byte(0)
	for i := start + 2; i < len(w.data); i++ {
		switch c := w.data[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '<':
			depth++
		case (c == ']' || c == '>') && depth > 0:
			depth--
		case c == '>':
			w.off = i + 1
			from := start + 2 + len("DOCTYPE")
			name := bytes.TrimLeft(w.data[min(from, i):i], " \t\r\n")
			at := i - len(name)
			size := nameSize(name)
			w.leaf(start, kindText, facet{at: uint32(at), size: uint32(size), form: formDoctype}, w.named("!DOCTYPE"))
			return
		}
	}
	w.fail(breakEnd, start, "expected the end of the document type, the data ends")
}

// nameSize is the length of the name at the start of d.
func nameSize(d []byte) int {
	if i := bytes.IndexAny(d, " \t\r\n/>=<\"'["); i >= 0 {
		return i
	}
	return len(d)
}

func (w *xmlWalker) endTag() {
	start := w.off
	name := w.data[start+2:]
	name = name[:nameSize(name)]
	end := start + 2 + len(name)
	for end < len(w.data) && isXMLSpace(w.data[end]) {
		end++
	}
	switch {
	case end >= len(w.data):
		w.fail(breakEnd, start, "expected the end of an element, the data ends")
		return
	case len(w.stack) < 2:
		w.wrong(start, "the end of an element that has not begun")
		return
	}
	open := w.side.content(w.data, w.side.nodes[w.stack[len(w.stack)-1].node])
	if w.data[end] != '>' || !bytes.Equal(open, name) {
		w.wrong(start, fmt.Sprintf("element <%s> closed by </%s>", cutText(open, maxName), cutText(name, maxName)))
		return
	}
	w.off = end + 1
	w.shut()
}

func isXMLSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// startTag reads the name and the attributes of an element.
func (w *xmlWalker) startTag() {
	start := w.off
	size := nameSize(w.data[start+1:])
	name := facet{at: uint32(start + 1), size: uint32(size), form: formElement}
	switch {
	case start+1+size >= len(w.data):
		w.fail(breakEnd, start, "expected a name and the end of the tag, the data ends")
		return
	case size == 0:
		w.wrong(start, "expected the name of an element")
		return
	case len(w.stack) == 1 && w.rooted():
		w.wrong(start, "a second root element")
		return
	}
	w.off += 1 + size
	if !w.open(start, kindMap, name, w.key(kindText, name)) {
		return
	}
	for w.why == breakNone {
		for w.off < len(w.data) && isXMLSpace(w.data[w.off]) {
			w.off++
		}
		rest := w.data[w.off:]
		switch {
		case len(rest) == 0, len(rest) == 1 && rest[0] == '/':
			w.fail(breakEnd, len(w.data), "expected the end of the tag, the data ends")
		case rest[0] == '>':
			w.off++
			return
		case rest[0] == '/' && rest[1] == '>':
			w.off += 2
			w.shut()
			return
		default:
			w.attribute()
		}
	}
}

// rooted reports whether the document has its root element.
func (w *xmlWalker) rooted() bool {
	for i := 1; i < len(w.nodes); i = int(w.nodes[i].next) {
		if w.nodes[i].kind == kindMap {
			return true
		}
	}
	return false
}

// attribute reads name="value".
func (w *xmlWalker) attribute() {
	start := w.off
	size := nameSize(w.data[start:])
	at := start + size
	for at < len(w.data) && isXMLSpace(w.data[at]) {
		at++
	}
	if at < len(w.data) && (size == 0 || w.data[at] != '=') {
		w.wrong(start, "expected an attribute and its value")
		return
	}
	at++
	for at < len(w.data) && isXMLSpace(w.data[at]) {
		at++
	}
	if at >= len(w.data) {
		w.fail(breakEnd, start, "expected the value of an attribute, the data ends")
		return
	}
	quote := w.data[at]
	if quote != '"' && quote != '\'' {
		w.wrong(at, "expected a quote")
		return
	}
	end := bytes.IndexByte(w.data[at+1:], quote)
	if end < 0 {
		w.fail(breakEnd, start, "expected the end of an attribute, the data ends")
		return
	}
	w.off = at + 1 + end + 1
	key := facet{at: uint32(start), size: uint32(size), code: codeAttribute, form: formAttribute}
	w.leaf(start, kindText, facet{at: uint32(at + 1), size: uint32(end), code: codeXMLValue, form: formAttribute}, w.key(kindText, key))
}
