package decoders

import (
	"bytes"
	"strconv"
)

// isPickle knows protocols 2 to 5 of Python's pickle (docs.python.org/3/library/pickletools.html):
// the code PROTO with its number at the start, STOP at the end. Version 4 and 5 begin with a frame.
func isPickle(d []byte) bool {
	return len(d) >= 4 && d[0] == 0x80 && d[1] >= 2 && d[1] <= 5 && d[len(d)-1] == '.'
}

// isRubyMarshal knows version 4.8 of Ruby's Marshal (docs.ruby-lang.org/en/master/marshal_rdoc.html)
// by its two bytes and the type after them.
func isRubyMarshal(d []byte) bool {
	return len(d) >= 4 && d[0] == 4 && d[1] == 8 && bytes.IndexByte([]byte(`"/:;@BCFIMSU[cdeflmou{}`), d[2]) >= 0
}

// formatPHP is PHP's serialize, which is text unless its strings are not.
const formatPHP = "php"

const (
	formatPickle = "pickle"
	formatRuby   = "ruby-marshal"
)

// maxPHPDepth bounds the nesting of PHP values; deeper ones are not recognised.
const maxPHPDepth = 64

// isPHP reports whether d is one value of PHP's serialize (www.php.net/serialize) from end to end,
// an array, an object or a string: shorter ones are text by accident.
func isPHP(d []byte) bool {
	if len(d) < 6 || bytes.IndexByte([]byte("aOsC"), d[0]) < 0 || d[1] != ':' {
		return false
	}
	p := phpReader{d: d}
	return p.values() && p.off == len(d)
}

// phpReader passes over values. Lengths and counts are compared with the bytes that are there.
type phpReader struct {
	d    []byte
	off  int
	left [maxPHPDepth]int // values still to come at each level
}

func (p *phpReader) values() bool {
	level := 0
	p.left[0] = 1
	for level >= 0 {
		if p.left[level] == 0 {
			if level > 0 && !p.literal("}") {
				return false
			}
			level--
			continue
		}
		p.left[level]--
		count, ok := p.value()
		if !ok {
			return false
		}
		if count >= 0 {
			if level++; level >= maxPHPDepth {
				return false
			}
			p.left[level] = count
		}
	}
	return true
}

// value passes over a scalar, or the start of an array or object whose number of values, names
// included, it returns; -1 is a scalar.
func (p *phpReader) value() (count int, ok bool) {
	if p.off >= len(p.d) {
		return -1, false
	}
	c := p.d[p.off]
	p.off++
	if c == 'a' || c == 'O' {
		return p.composite(c == 'O')
	}
	switch c {
	case 'N':
		return -1, p.literal(";")
	case 'i', 'b', 'd', 'r', 'R':
		return -1, p.literal(":") && p.until(';')
	case 's', 'E':
		return -1, p.literal(":") && p.text() && p.literal(";")
	case 'C':
		return -1, p.literal(":") && p.text() && p.literal(":") && p.custom()
	default:
		return -1, false
	}
}

// composite passes over the head of an array or object.
func (p *phpReader) composite(object bool) (count int, ok bool) {
	ok = p.literal(":") && (!object || p.text() && p.literal(":"))
	n, digits := p.number()
	ok = ok && digits && p.literal(":{") && n <= (len(p.d)-p.off)/2
	return 2 * n, ok
}

func (p *phpReader) literal(s string) bool {
	if !bytes.HasPrefix(p.d[p.off:], []byte(s)) {
		return false
	}
	p.off += len(s)
	return true
}

// until passes over a number up to its end.
func (p *phpReader) until(end byte) bool {
	i := bytes.IndexByte(p.d[p.off:min(p.off+32, len(p.d))], end)
	if i < 1 {
		return false
	}
	for _, c := range p.d[p.off : p.off+i] {
		if (c < '0' || c > '9') && bytes.IndexByte([]byte("+-.eEINFA"), c) < 0 {
			return false
		}
	}
	p.off += i + 1
	return true
}

func (p *phpReader) number() (int, bool) {
	from := p.off
	for p.off < len(p.d) && p.d[p.off] >= '0' && p.d[p.off] <= '9' {
		p.off++
	}
	n, err := strconv.ParseUint(string(p.d[from:min(p.off, from+10)]), 10, 31)
	return int(n), err == nil
}

// custom passes over what an object has written itself: 5:{hello}.
func (p *phpReader) custom() bool {
	n, ok := p.number()
	if !ok || !p.literal(":{") || n > len(p.d)-p.off {
		return false
	}
	p.off += n
	return p.literal("}")
}

// text passes over 5:"hello".
func (p *phpReader) text() bool {
	n, ok := p.number()
	if !ok || !p.literal(`:"`) || n > len(p.d)-p.off {
		return false
	}
	p.off += n
	return p.literal(`"`)
}

// serialised is a format that has been recognised by how it begins, with the tree that a walk has
// made; nil when the walk has found what the format forbids. sure is the confidence in one that is
// whole, less in one that is cut.
func (d *decoding) serialised(format string, data []byte, reason string, sure, less float64) *Result {
	w := walkForeign(format, data, d.limits)
	if w.why == breakSyntax {
		return nil
	}
	r := d.result(format, data, w)
	layer := Layer{Format: format, Reason: reason + r.Tree.describe(", "), Confidence: sure}
	if r.Fault != nil {
		layer.Confidence = less
	}
	r.Layers[0] = layer
	r.Truncated = r.Truncated || d.partial
	return r
}

// walkForeign reads data as one of the formats whose nodes have facets.
func walkForeign(format string, data []byte, limits Limits) walked {
	switch format {
	case formatPickle:
		return walkPickle(data, limits)
	case formatRuby:
		return walkRuby(data, limits)
	default:
		return walkPHP(data, limits)
	}
}

// foreignFormats are the formats that walkForeign reads.
func foreignFormats() []string {
	return []string{formatPickle, formatPHP, formatRuby}
}
