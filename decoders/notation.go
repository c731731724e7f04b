package decoders

import (
	"fmt"
	"strconv"
	"strings"
)

// Notation chooses how Notate writes the content.
type Notation struct {
	// Indent puts each item on a line of its own, with comments ("# …") that tell what tags and
	// registered numbers mean, and writes CBOR inside byte strings as <<…>>.
	Indent bool
	// Offsets begins each line with the offset of its item as a comment. It implies Indent.
	Offsets bool
	// Widths writes the encoding indicator of every CBOR head: _i for an argument in the initial
	// byte, _0 to _3 for one of 1, 2, 4 or 8 bytes behind it, _ for indefinite length. Without it only
	// those are written that the value does not imply.
	Widths bool
	// Limit is the room in bytes; 0 means 1 MiB. What is longer ends with "…".
	Limit int
}

// Notate is the content in the extended diagnostic notation of draft-ietf-cbor-edn-literals, which
// goes on from RFC 8949 §8 and RFC 8610 appendix G. The zero Notation is that of Diagnostic. A pickle
// with Offsets is the list of its opcodes instead.
func (r *Result) Notate(opt Notation) string {
	if opt.Limit <= 0 {
		opt.Limit = maxDiagnostic
	}
	if r.Format == formatPickle && opt.Offsets {
		return r.program(opt.Limit)
	}
	if r.Tree == nil || !opt.Indent && !opt.Offsets {
		return r.diagnostic(opt)
	}
	w := lineWriter{p: printer{t: r.Tree, room: opt.Limit, widths: opt.Widths}, offsets: opt.Offsets}
	w.digits = max(4, len(strconv.Itoa(len(r.Data))))
	w.item(0, 0)
	w.endLine("")
	if w.p.full() {
		w.p.out = append(wholeRunes(w.p.out[:opt.Limit]), "…\n"...)
	}
	if f := r.Fault; f != nil {
		w.begin(f.Offset, 0)
		w.p.out = fmt.Appendf(w.p.out, "/ broken at offset %d: %s /\n", f.Offset, uncomment(f.Text))
	}
	return strings.TrimSuffix(string(w.p.out), "\n")
}

// uncomment takes away what would end a comment.
func uncomment(s string) string {
	return strings.NewReplacer("/", "|", "\n", " ", "\r", " ").Replace(s)
}

// lineWriter writes a tree with one item a line.
type lineWriter struct {
	p       printer
	offsets bool
	digits  int    // width of an offset
	remark  string // of the line that is being written
}

// begin starts a line for what is at an offset, indented by depth.
func (w *lineWriter) begin(off, depth int) {
	if w.offsets {
		w.p.out = fmt.Appendf(w.p.out, "/ %*d / ", w.digits, off)
	}
	for range min(depth, 1<<10) {
		w.p.puts("  ")
	}
}

// endLine ends a line with text and the remark.
func (w *lineWriter) endLine(text string) {
	w.p.puts(text)
	if w.remark != "" {
		w.p.puts("  # " + strings.NewReplacer("\n", " ", "\r", " ").Replace(w.remark))
		w.remark = ""
	}
	w.p.puts("\n")
}

// start starts the line of node i with its key.
func (w *lineWriter) start(i, depth int) {
	t := w.p.t
	n := &t.nodes[i]
	at := int(n.start)
	if n.role() == roleValue {
		at, _ = t.KeyRange(i)
	}
	w.begin(at, depth)
	if n.role() == roleValue {
		w.p.key(i)
		w.p.puts(": ")
	}
	w.note(t.name(i))
	w.note(t.note(i))
}

func (w *lineWriter) note(s string) {
	if s != "" && w.remark != "" {
		s = w.remark + ", " + s
	}
	if s != "" {
		w.remark = s
	}
}

// item writes node i from its key on, without the end of its last line.
func (w *lineWriter) item(i, depth int) {
	if w.p.full() {
		return
	}
	w.start(i, depth)
	w.content(i, depth)
}

// content writes node i without its key.
func (w *lineWriter) content(i, depth int) {
	t := w.p.t
	n, h := &t.nodes[i], t.headOf(i)
	switch {
	case n.kind == kindTag:
		w.tag(i, depth, h)
	case n.kind == kindArray:
		w.block(i, depth, "["+indefinite(h)+w.p.width(h), "]")
	case n.kind == kindMap:
		w.block(i, depth, "{"+indefinite(h)+w.p.width(h), "}")
	case n.kind == kindSeq:
		w.sequence(i, depth)
	case n.kind == kindEntry:
		w.entry(i, depth)
	case t.chunked(n):
		w.block(i, depth, "(_ ", ")")
	case n.kind == kindObject:
		w.block(i, depth, string(t.className(nil, t.side.nodes[i]))+"{", "}")
	case n.flags&flagInside != 0:
		w.block(i, depth, "<<", ">>")
	default:
		w.p.item(i)
	}
}

func (w *lineWriter) tag(i, depth int, h head) {
	t := w.p.t
	w.note(tagName(h.arg))
	if said, ok := t.appendMeaning(nil, i); ok {
		w.note(string(said))
	}
	w.p.out = strconv.AppendUint(w.p.out, h.arg, 10)
	w.p.puts(w.p.width(h) + "(")
	if t.nodes[i].count > 0 {
		w.content(i+1, depth)
	} else {
		w.p.puts("...")
	}
	w.p.puts(")")
}

// entry writes an entry whose key is a container.
func (w *lineWriter) entry(i, depth int) {
	t := w.p.t
	if t.nodes[i].count > 0 {
		w.content(i+1, depth)
	}
	w.p.puts(": ")
	if t.nodes[i].count > 1 {
		w.content(t.End(i+1), depth)
	} else {
		w.p.puts("...")
	}
}

// sequence writes items that follow each other, at the depth of their parent.
func (w *lineWriter) sequence(i, depth int) {
	t := w.p.t
	for c, end := i+1, t.End(i); c < end && !w.p.full(); c = t.End(c) {
		if c > i+1 {
			w.endLine(",")
			w.begin(int(t.nodes[c].start), depth)
		}
		w.content(c, depth)
	}
}

// block writes the children of node i on lines between brackets.
func (w *lineWriter) block(i, depth int, opening, closing string) {
	t := w.p.t
	n := &t.nodes[i]
	w.p.puts(opening)
	if n.count == 0 && !n.cut() {
		w.p.puts(closing)
		return
	}
	w.endLine("")
	for c, end := i+1, t.End(i); c < end && !w.p.full(); c = t.End(c) {
		w.item(c, depth+1)
		if t.End(c) < end || n.cut() {
			w.endLine(",")
		} else {
			w.endLine("")
		}
	}
	if n.cut() && !w.p.full() {
		w.begin(int(n.end), depth+1)
		w.endLine("...")
	}
	w.begin(int(n.end), depth)
	w.p.puts(closing)
}
