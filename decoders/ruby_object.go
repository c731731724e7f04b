package decoders

import "fmt"

// composite reads what holds other values.
func (w *rubyWalker) composite(start int, c byte, p place) bool {
	switch c {
	case '[':
		w.link(start)
		n, ok := w.length(start)
		if !ok || !w.open(start, kindArray, facet{form: formArray}, p) {
			return false
		}
		for range n {
			if !w.value(w.item()) {
				return false
			}
		}
		w.shut()
		return true
	case '{', '}':
		w.link(start)
		return w.hash(start, c == '}', p)
	case 'o', 'S':
		return w.object(start, c, p)
	case 'u', 'U', 'C', 'e', 'd':
		return w.wrapped(start, c, p)
	}
	w.off = start
	w.wrong(start, fmt.Sprintf("expected a type, %02x is none", c))
	return false
}

func (w *rubyWalker) hash(start int, hasDefault bool, p place) bool {
	n, ok := w.length(start)
	if !ok || !w.open(start, kindMap, facet{form: formHash}, p) {
		return false
	}
	for range n {
		if !w.entry() {
			return false
		}
	}
	if hasDefault && !w.value(w.named("(default)")) {
		return false
	}
	w.shut()
	return true
}

// entry reads a key and its value; a key that is no scalar makes a node of its own.
func (w *rubyWalker) entry() bool {
	start, symbols, objects := w.off, len(w.symbols), len(w.objects)
	k, f, ok := w.scalarKey()
	if ok {
		return w.value(w.key(k, f))
	}
	if w.why != breakNone {
		w.off = start
		return false
	}
	w.off, w.symbols, w.objects = start, w.symbols[:symbols], w.objects[:objects]
	if !w.open(start, kindEntry, facet{}, place{as: roleEntry}) ||
		!w.value(place{as: roleKey}) || !w.value(place{as: roleOf}) {
		return false
	}
	w.shut()
	return true
}

// scalarKey reads a key that is a symbol, a text or a number; false for all else.
func (w *rubyWalker) scalarKey() (kind, facet, bool) {
	if w.ends("a key") {
		return 0, facet{}, false
	}
	start := w.off
	c, inner := w.data[start], byte(0)
	if c == 'I' {
		if start+1 == len(w.data) {
			w.fail(breakEnd, start, "expected a key, the data ends")
			return 0, facet{}, false
		}
		inner = w.data[start+1]
	}
	switch {
	case c == ':' || c == ';' || inner == ':':
		f, ok := w.symbol()
		return kindText, f, ok
	case c == '"' || inner == '"':
		return w.textKey(start, inner == '"')
	}
	w.off++
	f := facet{at: uint32(start), size: 1, form: formBool}
	switch c {
	case 'i':
		v, f, ok := w.long(start)
		return intKind(v), f, ok
	case '0':
		return kindNull, f, true
	case 'T':
		f.ref = 1
		return kindBool, f, true
	case 'F':
		return kindBool, f, true
	}
	return 0, facet{}, false
}

// textKey reads a text that has no instance variables but an encoding.
func (w *rubyWalker) textKey(start int, encoded bool) (kind, facet, bool) {
	w.off++
	if encoded {
		w.off++
	}
	w.link(start)
	n, ok := w.length(start)
	if !ok || !w.need(start, n) {
		return 0, facet{}, false
	}
	f := facet{at: uint32(w.off), size: uint32(n), form: formString}
	w.off += n
	return kindText, f, !encoded || w.onlyEncoding(&f)
}

// onlyEncoding passes over instance variables when they are nothing but an encoding.
func (w *rubyWalker) onlyEncoding(f *facet) bool {
	n, ok := w.length(w.off)
	if !ok || n > 1 {
		return false
	}
	return n == 0 || w.oneEncoding(f)
}

// object reads an object with its instance variables, or a struct with its members.
func (w *rubyWalker) object(start int, c byte, p place) bool {
	w.link(start)
	class, ok := w.symbol()
	if !ok {
		return false
	}
	n, ok := w.length(start)
	class.form = formObject
	if c == 'S' {
		class.form = formStruct
	}
	return ok && w.open(start, kindObject, class, p) && w.members(n)
}

// wrapped reads a class with one value: what _dump (u) or marshal_dump (U) has written, an instance of
// a class that extends a core class (C), a value with a module (e), data of an extension (d).
func (w *rubyWalker) wrapped(start int, c byte, p place) bool {
	class, ok := w.symbol()
	if !ok {
		return false
	}
	class.form = map[byte]form{'u': formDump, 'U': formData, 'C': formUserClass, 'e': formExtended, 'd': formData}[c]
	if c == 'u' || c == 'U' || c == 'd' {
		w.link(start)
	}
	if c == 'u' {
		at := w.off
		n, ok := w.length(at)
		if !ok || !w.open(start, kindObject, class, p) || !w.strip(at, n, kindBytes, facet{form: formBytes}, w.named("dump")) {
			return false
		}
		w.shut()
		return true
	}
	if !w.open(start, kindObject, class, p) || !w.value(w.named("value")) {
		return false
	}
	w.shut()
	return true
}
