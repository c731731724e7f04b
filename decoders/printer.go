package decoders

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// printer writes nodes in diagnostic notation, or in the brief form of previews, until its room is
// used up. It never looks at more of a string than it has room for.
type printer struct {
	widths bool // write every encoding indicator
	t      *Tree
	out    []byte
	room   int  // bytes
	brief  bool // keys and text without quotes where they are plain
}

func (p *printer) full() bool { return len(p.out) >= p.room }

func (p *printer) left() int { return max(p.room-len(p.out), 0) }

func (p *printer) puts(s string) { p.out = append(p.out, s...) }

// item writes node i with its subtree.
func (p *printer) item(i int) {
	if p.full() {
		return
	}
	n, h := &p.t.nodes[i], p.t.headOf(i)
	if p.t.side != nil && p.foreignItem(i) {
		return
	}
	switch n.kind {
	case kindArray:
		p.list(i, "["+indefinite(h)+p.width(h), "]")
	case kindMap:
		p.list(i, "{"+indefinite(h)+p.width(h), "}")
	case kindSeq:
		p.list(i, "", "")
	case kindEntry:
		p.entry(i)
	case kindTag:
		p.tag(i, h)
	case kindText, kindBytes:
		if p.t.chunked(n) && !p.brief {
			p.list(i, "(_ ", ")")
			return
		}
		p.leaf(h, p.t.raw(i, p.left()+1), n.cut())
	case kindExt:
		if when, ok := p.t.timeOf(i); ok {
			p.out = append(when.AppendFormat(append(p.out, "dt'"...), rfc3339), '\'')
			return
		}
		if f := p.t.field(i); f != nil {
			p.typed(i, f)
			return
		}
		p.leaf(h, p.t.raw(i, p.left()+1), n.cut())
	default:
		if p.t.grammar == gJSON {
			p.out = append(p.out, p.t.data[n.start:n.end]...)
		} else {
			p.leaf(h, nil, false)
		}
	}
}

func indefinite(h head) string {
	if h.open {
		return "_ "
	}
	return ""
}

// width is the encoding indicator (RFC 8949 §8.1) of a head that is longer than it needs to be, or of
// any head when they are all wanted.
func (p *printer) width(h head) string {
	if p.t.grammar != gCBOR || p.brief || h.width == 0 && !p.widths || h.open {
		return ""
	}
	least := uint8(8)
	switch {
	case h.arg < 24:
		least = 0
	case h.arg < 1<<8:
		least = 1
	case h.arg < 1<<16:
		least = 2
	case h.arg < 1<<32:
		least = 4
	}
	if h.width <= least && !p.widths {
		return ""
	}
	s := map[uint8]string{0: "_i", 1: "_0", 2: "_1", 4: "_2", 8: "_3"}[h.width]
	if h.kind == kindArray || h.kind == kindMap {
		s += " "
	}
	return s
}

// list writes the children of node i between brackets, "..." standing for those that are missing.
func (p *printer) list(i int, opening, closing string) {
	p.puts(opening)
	some := false
	for c, end := i+1, p.t.End(i); c < end && !p.full(); c = p.t.End(c) {
		if some {
			p.puts(", ")
		}
		some = true
		if p.t.nodes[c].role() == roleValue {
			p.key(c)
			p.puts(": ")
		}
		p.item(c)
	}
	if p.t.nodes[i].cut() && !p.full() {
		if some {
			p.puts(", ")
		}
		p.puts(p.elision())
	}
	p.puts(closing)
}

func (p *printer) entry(i int) {
	n := &p.t.nodes[i]
	if n.count > 0 {
		p.item(i + 1)
	}
	p.puts(": ")
	if n.count > 1 {
		p.item(p.t.End(i + 1))
	} else {
		p.puts(p.elision())
	}
}

// elision stands for what is missing.
func (p *printer) elision() string {
	if p.brief {
		return "…"
	}
	return "..."
}

func (p *printer) tag(i int, h head) {
	when, isTime := p.t.timeOf(i)
	v, isBig := p.t.bigOf(i)
	switch {
	case isTime && p.brief:
		p.out = when.AppendFormat(p.out, rfc3339)
		return
	case isBig && v.BitLen() > 64 && (p.brief || p.t.raw(i+1, 1)[0] != 0):
		p.out = v.Append(p.out, 10)
		return
	}
	p.out = strconv.AppendUint(p.out, h.arg, 10)
	p.list(i, p.width(h)+"(", ")")
}

// key writes the scalar key of node i.
func (p *printer) key(i int) {
	if p.full() {
		return
	}
	if p.t.side != nil {
		p.foreignKey(p.t.side.keys[p.t.nodes[i].ref])
		return
	}
	s, isText := p.t.keyText(i)
	if isText && (p.t.grammar == gJSON || p.brief) {
		s = cutText(s, p.left()+1)
		if p.brief && !ambiguous(s) {
			p.out = append(p.out, s...)
		} else {
			p.out = appendQuoted(p.out, s)
		}
		return
	}
	if p.t.grammar == gJSON {
		p.out = appendQuoted(p.out, cutText(s, p.left()+1))
		return
	}
	h, content := p.t.keyHead(i)
	p.leaf(h, content, false)
}

// leaf writes a scalar with its head and (a beginning of) its content.
func (p *printer) leaf(h head, content []byte, cut bool) {
	room := p.left()
	switch h.kind {
	case kindText:
		p.text(h, content, cut)
	case kindBytes:
		p.out = appendHex(p.out, content, room/2+1, len(content))
		p.puts(p.width(h))
	case kindExt:
		p.out = fmt.Appendf(p.out, "ext(%d, ", h.ext)
		p.out = append(appendHex(p.out, content, room/2+1, len(content)), ')')
	case kindNull:
		p.puts("null")
	case kindUndefined:
		p.puts("undefined")
	case kindBool:
		p.out = strconv.AppendBool(p.out, h.arg == 1)
	case kindUint, kindNegint:
		p.out = appendInt(p.out, h)
		p.puts(p.width(h))
	case kindFloat:
		p.out = appendFloat(p.out, h.float(), p.precision(h))
		if p.widths {
			p.puts(p.width(h))
		}
	default:
		p.out = fmt.Appendf(p.out, "simple(%d)", h.arg)
	}
}

// precision is the bits a float is written with: the notation gives the exact value, a preview the
// shortest one.
func (p *printer) precision(h head) int {
	if p.brief && h.width <= 4 {
		return 32
	}
	return 64
}

// appendValid appends s, U+FFFD standing for what is not UTF-8.
func appendValid(dst, s []byte) []byte {
	if !utf8.Valid(s) {
		s = bytes.ToValidUTF8(s, []byte(string(utf8.RuneError)))
	}
	return append(dst, s...)
}

// text writes a string; one that is not UTF-8 as hex with a comment.
func (p *printer) text(h head, s []byte, cut bool) {
	more := len(s) > p.left()+1
	if more {
		s = s[:p.left()+1]
	}
	switch p.t.grammar {
	case gJSON:
		s = unquote(s)
	case gCSV:
		s = csvText(s)
	case gForeign:
		s = h.code.plain(s)
	default:
	}
	if cut || more || len(s) == p.left()+1 {
		s = wholeRunes(s)
	}
	switch {
	case !utf8.Valid(s) && !p.brief:
		p.out = appendHex(p.out, s, len(s), len(s))
		p.puts(" /text, not UTF-8/")
	case p.brief && !ambiguous(s):
		p.out = appendValid(p.out, s)
	default:
		p.out = appendQuoted(p.out, s)
	}
	if !p.brief {
		p.puts(p.width(h))
	}
	if cut {
		p.puts("…")
	}
}
