package decoders

import (
	"bytes"
	"strconv"
)

// phpWalker reads PHP's serialize (www.php.net/serialize; the letters are those of
// ext/standard/var_unserializer): scalars N b i d s S, arrays a, objects O, objects that write
// themselves C, cases of enumerations E, references R and r. A reference is a leaf that tells the
// offset of what it refers to. Names of private and protected properties lose their prefix and have
// it as part of the type.
type phpWalker struct {
	foreignWalker
	slots []uint32 // offset of each value that a reference may name, from 1
}

// walkPHP reads one value, or with session the name|value pairs of PHP's session files.
func walkPHP(data []byte, limits Limits) walked {
	w := phpWalker{foreignWalker: newForeign(data, limits)}
	w.value(place{as: roleRoot})
	return w.finish()
}

// value reads one value and reports whether all is well.
func (w *phpWalker) value(p place) bool {
	if w.ends("a value") {
		return false
	}
	start := w.off
	c := w.data[start]
	w.off++
	if c != 'R' {
		w.slots = append(w.slots, uint32(start))
	}
	switch c {
	case 'N':
		return w.expect(";") && w.leaf(start, kindNull, facet{form: formNull}, p)
	case 'b', 'i', 'd', 'r', 'R':
		return w.expect(":") && w.scalar(start, c, p)
	case 's', 'S', 'E':
		return w.expect(":") && w.text(start, c, p)
	case 'a':
		return w.expect(":") && w.composite(start, kindMap, facet{form: formPHPArray}, p)
	case 'O', 'C':
		return w.object(start, c, p)
	}
	w.off = start
	w.wrong(start, "expected a type, "+strconv.QuoteRuneToASCII(rune(c))+" is none")
	return false
}

// expect passes over what must come.
func (w *phpWalker) expect(s string) bool {
	rest := w.data[w.off:]
	if bytes.HasPrefix(rest, []byte(s)) {
		w.off += len(s)
		return true
	}
	if len(rest) < len(s) && string(rest) == s[:len(rest)] {
		w.fail(breakEnd, len(w.data), "expected "+s+", the data ends")
	} else {
		w.wrong(w.off, "expected "+s)
	}
	return false
}

// longestPHPNumber bounds the digits of a number.
const longestPHPNumber = 512

// until is the bytes of a number up to its end, which is passed over.
func (w *phpWalker) until(end byte) (facet, bool) {
	from := w.off
	for i := from; i < min(len(w.data), from+longestPHPNumber); i++ {
		c := w.data[i]
		if c == end && i > from {
			w.off = i + 1
			return facet{at: uint32(from), size: uint32(i - from), code: codeDigits}, true
		}
		if (c < '0' || c > '9') && bytes.IndexByte([]byte("+-.eEINFA"), c) < 0 {
			w.wrong(i, "expected a number")
			return facet{}, false
		}
	}
	if len(w.data)-from >= longestPHPNumber {
		w.wrong(from, "expected a number of fewer digits")
	} else {
		w.fail(breakEnd, len(w.data), "expected a number and "+string(rune(end))+", the data ends")
	}
	return facet{}, false
}

func (w *phpWalker) scalar(start int, c byte, p place) bool {
	f, ok := w.until(';')
	if !ok {
		return false
	}
	digits := string(w.data[f.at : f.at+f.size])
	switch c {
	case 'b':
		if digits != "0" && digits != "1" {
			w.wrong(int(f.at), "expected 0 or 1")
			return false
		}
		return w.leaf(start, kindBool, facet{form: formBool, ref: uint32(digits[0] - '0')}, p)
	case 'i':
		f.form = formInt
		return w.leaf(start, kindNumber, f, p)
	case 'd':
		f.form = formFloat
		return w.leaf(start, kindNumber, f, p)
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n == 0 || n > uint64(len(w.slots)) {
		w.wrong(int(f.at), "expected the number of an earlier value")
		return false
	}
	f = facet{form: formReference, ref: w.slots[n-1]}
	if c == 'R' {
		f.form = formValueReference
	}
	return w.leaf(start, kindRef, f, p)
}

// size reads a length or count and the sign after it.
func (w *phpWalker) size() (int, bool) {
	f, ok := w.until(':')
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(string(w.data[f.at:f.at+min(f.size, 20)]), 10, 31)
	if err != nil {
		w.wrong(int(f.at), "expected a length")
	}
	return int(n), err == nil
}

// text reads 5:"hello"; as a leaf.
func (w *phpWalker) text(start int, c byte, p place) bool {
	n, ok := w.size()
	if !ok || !w.expect(`"`) {
		return false
	}
	f := facet{form: formString}
	k := kindText
	switch c {
	case 'E':
		f.form, k = formEnum, kindName
	case 'S':
		return w.escaped(start, n, p)
	}
	if left := len(w.data) - w.off; n > left {
		return w.strip(start, n, k, f, p)
	}
	f.at, f.size = uint32(w.off), uint32(n)
	w.off += n
	return w.expect(`";`) && w.leaf(start, k, f, p)
}

// escaped reads S:1:"\41"; whose length counts each escape of two hex digits as one.
func (w *phpWalker) escaped(start, n int, p place) bool {
	from := w.off
	for ; n > 0 && w.off < len(w.data); n-- {
		if w.data[w.off] == '\\' {
			w.off += 2
		}
		w.off++
	}
	w.off = min(w.off, len(w.data))
	f := facet{at: uint32(from), size: uint32(w.off - from), form: formString}
	return w.expect(`";`) && w.leaf(start, kindText, f, p)
}

// composite reads 2:{key value key value}.
func (w *phpWalker) composite(start int, k kind, f facet, p place) bool {
	n, ok := w.size()
	if !ok || !w.expect("{") || !w.open(start, k, f, p) {
		return false
	}
	for range n {
		at, ok := w.entryKey(k == kindObject)
		if !ok || !w.value(at) {
			return false
		}
	}
	if !w.expect("}") {
		return false
	}
	w.shut()
	return true
}

// entryKey reads the name of an entry, an integer or a string.
func (w *phpWalker) entryKey(property bool) (place, bool) {
	start := w.off
	if w.ends("a key") {
		return place{}, false
	}
	c := w.data[start]
	w.off++
	var f facet
	k := kindText
	ok := (c == 'i' || c == 's') && w.expect(":")
	switch {
	case !ok && (c == 'i' || c == 's'):
	case c == 'i':
		f, ok = w.until(';')
		f.form, k = formInt, kindNumber
	case c == 's':
		var n int
		if n, ok = w.size(); ok {
			ok = w.expect(`"`) && w.need(start, n)
		}
		if ok {
			f = facet{at: uint32(w.off), size: uint32(n), form: formPublic}
			w.off += n
			ok = w.expect(`";`)
		}
	default:
		w.wrong(start, "expected a key, a number or a string")
		ok = false
	}
	if !ok {
		w.off = start
		return place{}, false
	}
	if property && k == kindText {
		f = phpProperty(w.data, f)
	}
	return w.key(k, f), true
}

// phpProperty takes the visibility off the name of a property: \0*\0name is protected, \0Class\0name
// private to a class.
func phpProperty(data []byte, f facet) facet {
	s := data[f.at : f.at+f.size]
	if len(s) < 3 || s[0] != 0 {
		return f
	}
	end := bytes.IndexByte(s[1:], 0)
	if end < 1 {
		return f
	}
	f.form = formPrivate
	if string(s[1:1+end]) == "*" {
		f.form = formProtected
	}
	f.at, f.size = f.at+uint32(end)+2, f.size-uint32(end)-2
	return f
}

// object reads O:3:"Foo":1:{…}, or C:3:"Foo":5:{bytes} whose content only the class can read.
func (w *phpWalker) object(start int, c byte, p place) bool {
	if !w.expect(":") {
		return false
	}
	n, ok := w.size()
	if !ok || !w.expect(`"`) || !w.need(start, n) {
		return false
	}
	f := facet{at: uint32(w.off), size: uint32(n), form: formObject}
	w.off += n
	if !w.expect(`":`) {
		return false
	}
	if c == 'O' {
		return w.composite(start, kindObject, f, p)
	}
	f.form = formCustom
	if n, ok = w.size(); !ok || !w.expect("{") || !w.open(start, kindObject, f, p) ||
		!w.strip(w.off, n, kindBytes, facet{form: formBytes}, w.named("data")) || !w.expect("}") {
		return false
	}
	w.shut()
	return true
}
