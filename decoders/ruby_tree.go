package decoders

import "bytes"

// rubyWalker reads version 4.8 of Ruby's Marshal (docs.ruby-lang.org/en/master/marshal_rdoc.html,
// "Stream Format"). Symbol links and object links are kept as they are: a symbol link shows the
// symbol, which is short, an object link is a leaf that tells an offset. Nothing is called: objects
// that wrote themselves (_dump, marshal_dump) are their class with what was written.
type rubyWalker struct {
	foreignWalker
	symbols []facet
	objects []uint32 // offsets of the objects that a link may name, from 0
}

func walkRuby(data []byte, limits Limits) walked {
	w := rubyWalker{foreignWalker: newForeign(data, limits)}
	switch version := []byte{4, 8}; {
	case len(data) < 2 && bytes.HasPrefix(version, data):
		w.fail(breakEnd, len(data), "expected the version, the data ends")
	case !bytes.HasPrefix(data, version):
		w.wrong(0, "expected the version 4.8")
	default:
		w.off = 2
		w.value(place{as: roleRoot})
	}
	return w.finish()
}

// fixnum reads Ruby's packed integer at the start of d and tells its length, 0 when d is too short.
func fixnum(d []byte) (v int64, size int) {
	if len(d) == 0 {
		return 0, 0
	}
	c := int(int8(d[0]))
	switch {
	case c == 0:
		return 0, 1
	case c > 4:
		return int64(c - 5), 1
	case c < -4:
		return int64(c + 5), 1
	}
	n := max(c, -c)
	if len(d) < 1+n {
		return 0, 0
	}
	if c < 0 {
		v = -1
	}
	for i := range n {
		v &^= 0xff << (8 * i)
		v |= int64(d[1+i]) << (8 * i)
	}
	return v, 1 + n
}

// long reads a packed integer.
func (w *rubyWalker) long(start int) (int64, facet, bool) {
	v, size := fixnum(w.data[w.off:])
	if size == 0 {
		w.fail(breakEnd, start, "expected an integer, the data ends")
		return 0, facet{}, false
	}
	f := facet{at: uint32(w.off), size: uint32(size), code: codeFixnum, form: formInt}
	w.off += size
	return v, f, true
}

// length reads a count or a length, which is not negative.
func (w *rubyWalker) length(start int) (int, bool) {
	v, _, ok := w.long(start)
	if ok && v < 0 {
		w.wrong(start, "expected a length, a negative number is none")
		return 0, false
	}
	return int(v), ok
}

// link notes an object that a link may name.
func (w *rubyWalker) link(start int) { w.objects = append(w.objects, uint32(start)) }

// value reads one value and reports whether all is well.
func (w *rubyWalker) value(p place) bool {
	if w.ends("a value") {
		return false
	}
	start := w.off
	c := w.data[start]
	w.off++
	switch c {
	case '0':
		return w.leaf(start, kindNull, facet{form: formNull}, p)
	case 'T', 'F':
		return w.leaf(start, kindBool, facet{form: formBool, ref: map[byte]uint32{'T': 1}[c]}, p)
	case 'i':
		v, f, ok := w.long(start)
		return ok && w.leaf(start, intKind(v), f, p)
	case ':', ';':
		w.off = start
		f, ok := w.symbol()
		return ok && w.leaf(start, kindText, f, p)
	case '@':
		n, ok := w.length(start)
		if !ok || n >= len(w.objects) {
			w.wrong(start, "expected the number of an earlier object")
			return false
		}
		return w.leaf(start, kindRef, facet{form: formReference, ref: w.objects[n]}, p)
	case '"', '/', 'f', 'l', 'c', 'm', 'M', 'I':
		return w.scalar(start, c, p)
	}
	return w.composite(start, c, p)
}

// symbol reads a symbol, one with instance variables (an encoding), or a link to one.
func (w *rubyWalker) symbol() (facet, bool) {
	start := w.off
	if w.ends("a symbol") {
		return facet{}, false
	}
	c := w.data[start]
	w.off++
	switch c {
	case ';':
		n, ok := w.length(start)
		if !ok || n >= len(w.symbols) {
			w.wrong(start, "expected the number of an earlier symbol")
			return facet{}, false
		}
		f := w.symbols[n]
		if f.size > maxName { // a link costs two bytes: it must not show more than a few
			f.size = maxName
		}
		return f, true
	case ':':
		n, ok := w.length(start)
		if !ok || !w.need(start, n) {
			return facet{}, false
		}
		f := facet{at: uint32(w.off), size: uint32(n), form: formSymbol}
		w.off += n
		w.symbols = append(w.symbols, f)
		return f, true
	case 'I':
		if w.off < len(w.data) && w.data[w.off] != ':' {
			break
		}
		f, ok := w.symbol()
		return f, ok && w.encoding(start, &f)
	}
	w.off = start
	w.wrong(start, "expected a symbol")
	return facet{}, false
}

// encoding passes over instance variables that are nothing but the encoding of text.
func (w *rubyWalker) encoding(start int, f *facet) bool {
	n, ok := w.length(start)
	for range n {
		if !ok || w.why != breakNone {
			return false
		}
		ok = w.oneEncoding(f)
		if !ok {
			w.wrong(w.off, "expected an encoding")
		}
	}
	return ok
}

// oneEncoding reads E true (UTF-8), E false (US-ASCII) or encoding "name".
func (w *rubyWalker) oneEncoding(f *facet) bool {
	name, ok := w.symbol()
	if !ok || w.ends("an encoding") {
		return false
	}
	c := w.data[w.off]
	switch s := w.data[name.at : name.at+name.size]; {
	case string(s) == "E" && (c == 'T' || c == 'F'):
		w.off++
		if f.form == formString || f.form == formUTF8 {
			f.form = formUTF8
			if c == 'F' {
				f.form = formASCII
			}
		}
		return true
	case string(s) == "encoding" && c == '"':
		start := w.off
		w.off++
		w.link(start)
		n, ok := w.length(start)
		if !ok || !w.need(start, n) {
			return false
		}
		w.off += n
		return true
	case string(s) == "encoding" && c == '@':
		w.off++
		_, ok := w.length(w.off)
		return ok
	}
	return false
}

// scalar reads the leaves that a link may name, and what has instance variables.
func (w *rubyWalker) scalar(start int, c byte, p place) bool {
	if c == 'I' {
		return w.withVariables(start, p)
	}
	w.link(start)
	if c == 'l' {
		return w.bignum(start, p)
	}
	n, ok := w.length(start)
	if !ok {
		return false
	}
	f := facet{form: formString}
	switch c {
	case 'f':
		if !w.need(start, n) {
			return false
		}
		f = facet{at: uint32(w.off), size: uint32(n), form: formFloat, code: codeDigits}
		w.off += n
		return w.leaf(start, kindNumber, f, p)
	case 'c', 'm', 'M':
		f.form = map[byte]form{'c': formClass, 'm': formModule, 'M': formClass}[c]
		return w.strip(start, n, kindName, f, p)
	case '/':
		f.form = formRegexp
		if !w.strip(start, n, kindText, f, p) || !w.need(start, 1) {
			return false
		}
		w.off++ // options
		w.extend(len(w.nodes) - 1)
		return true
	}
	return w.strip(start, n, kindText, f, p)
}

// bignum reads a sign and the magnitude, counted in shorts.
func (w *rubyWalker) bignum(start int, p place) bool {
	if !w.need(start, 1) {
		return false
	}
	sign := w.off
	if c := w.data[sign]; c != '+' && c != '-' {
		w.wrong(sign, "expected a sign")
		return false
	}
	w.off++
	n, ok := w.length(start)
	if !ok || !w.need(start, 2*n) {
		return false
	}
	f := facet{at: uint32(w.off), size: uint32(2 * n), form: formLong, code: codeMagnitude, ref: uint32(sign)}
	w.off += 2 * n
	return w.leaf(start, kindNumber, f, p)
}

// withVariables reads a value and its instance variables. Those that are an encoding belong to the
// type of the text; others are its children. What is no text is wrapped.
func (w *rubyWalker) withVariables(start int, p place) bool {
	if w.ends("a value") {
		return false
	}
	c := w.data[w.off]
	if c == ':' {
		w.off = start
		f, ok := w.symbol()
		return ok && w.leaf(start, kindText, f, p)
	}
	wrapper := c != '"' && c != '/' && c != 'u'
	if wrapper && (!w.open(start, kindObject, facet{form: formObject}, p) || !w.value(w.named("value"))) {
		return false
	}
	at, ok := len(w.nodes), true
	if !wrapper {
		first := len(w.objects)
		ok = w.value(p)
		if first < len(w.objects) {
			w.objects[first] = uint32(start)
		}
		if at < len(w.nodes) {
			w.nodes[at].start = uint32(start)
		}
	}
	if !ok {
		return false
	}
	if c == 'u' { // such an object is noted after its variables
		w.objects = w.objects[:len(w.objects)-1]
		defer w.link(start)
	}
	n, ok := w.length(w.off)
	if !ok {
		return w.cutText(at, wrapper)
	}
	if wrapper {
		return w.members(n)
	}
	return w.variables(at, n)
}

// cutText marks text whose instance variables are missing.
func (w *rubyWalker) cutText(at int, wrapper bool) bool {
	if !wrapper {
		w.nodes[at].flags |= flagCut
	}
	return false
}

// variables reads n instance variables of the text at a node.
func (w *rubyWalker) variables(at, n int) bool {
	f := &w.side.nodes[at]
	for ; n > 0 && w.nodes[at].kind == kindText; n-- {
		before, symbols, objects := w.off, len(w.symbols), len(w.objects)
		if w.oneEncoding(f) {
			continue
		}
		if w.why != breakNone {
			return w.cutText(at, false)
		}
		w.off, w.symbols, w.objects = before, w.symbols[:symbols], w.objects[:objects]
		break
	}
	w.extend(at)
	if n == 0 {
		return true
	}
	w.stack = append(w.stack, frame{node: uint32(at), kind: w.nodes[at].kind, left: endless, open: true, have: w.nodes[at].count})
	return w.members(n)
}

// members reads n symbols with their values into the innermost container, and closes it.
func (w *rubyWalker) members(n int) bool {
	for range n {
		if !w.member() {
			return false
		}
	}
	w.shut()
	return true
}

func (w *rubyWalker) member() bool {
	start := w.off
	f, ok := w.symbol()
	if !ok {
		w.off = start
		return false
	}
	return w.value(w.key(kindText, f))
}
