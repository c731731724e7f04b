package decoders

import (
	"bytes"
	"fmt"
)

// csvCommas are the separators of fields that are tried, the likeliest first.
const csvCommas = ",\t;|"

// csvComma is the separator that divides the first record, comma when none does.
func csvComma(data []byte) byte {
	for _, c := range []byte(csvCommas) {
		w := walkCSV(firstLine(data), c, false, Limits{Nodes: 4}.withDefaults())
		if len(w.tree.nodes) == 4 {
			return c
		}
	}
	return ','
}

// firstLine is the first record of a table whose fields have no line breaks, or a beginning of it.
func firstLine(data []byte) []byte {
	data = data[:min(len(data), evidenceBytes)]
	line, _, _ := bytes.Cut(data, []byte{'\n'})
	return line
}

// csvProbe is how much of a text is tried before room is made for the whole table.
const csvProbe = 4 << 10

// csvTable finds the separator that divides data into two or more records of the same number of
// fields, two or more. partial lets the last record be cut.
func csvTable(data []byte, limits Limits, partial, declared bool) (walked, byte, bool) {
	line := firstLine(data)
	for _, c := range []byte(csvCommas) {
		if bytes.IndexByte(line, c) < 0 {
			continue
		}
		if some := data[:min(len(data), csvProbe)]; len(some) < len(data) {
			if w := walkCSV(some, c, true, limits); !w.tabular(c, true, declared) {
				continue
			}
		}
		if w := walkCSV(data, c, true, limits); w.tabular(c, partial, declared) {
			return w, c, true
		}
	}
	return walked{}, 0, false
}

// tabular reports whether records make a table. Lines of prose may have a comma each: commas with a
// space behind them make none, unless the format is declared.
func (w *walked) tabular(comma byte, partial, declared bool) bool {
	return w.rectangular(partial) && (declared || comma != ',' || !spacedFields(&w.tree))
}

// rectangular reports whether all records have as many fields as the first.
func (w *walked) rectangular(partial bool) bool {
	t := &w.tree
	if len(t.nodes) < 2 || t.Children(0) < 2 || w.why == breakSyntax || w.why == breakEnd && !partial {
		return false
	}
	columns := t.Children(1)
	for c := 1; c < t.Len(); c = t.End(c) {
		if n := t.Children(c); n != columns && (!partial && w.why == breakNone || t.End(c) < t.Len() || n > columns) {
			return false
		}
	}
	return columns >= 2
}

// walkCSV reads records of fields (RFC 4180) as an array of arrays of text. A quote inside a field
// that does not begin with one is a fault, as is an empty line before the end, and with strict a
// record that has not as many fields as the first, unless it is the last.
func walkCSV(data []byte, comma byte, strict bool, limits Limits) walked {
	w := walker{data: data, grammar: gCSV, limits: limits, stack: make([]frame, 0, 2)}
	w.nodes = make([]node, 0, min(2+2*bytes.Count(data, []byte{'\n'})+bytes.Count(data, []byte{comma}), limits.Nodes))
	if bytes.HasPrefix(data, []byte(bom)) {
		w.off = len(bom)
	}
	if !w.add(node{kind: kindArray}) {
		return w.finish()
	}
	w.push(endless, true)
	for w.off < len(data) && w.why == breakNone {
		first := len(w.nodes)
		w.csvRecord(comma)
		if strict && w.why == breakNone && w.off < len(data) && w.nodes[first].count != w.nodes[1].count {
			w.fail(breakSyntax, int(w.nodes[first].start), fmt.Sprintf("expected %d fields", w.nodes[1].count))
		}
	}
	if w.why == breakNone {
		w.pop()
	}
	return w.finish()
}

// csvRecord reads a line of fields and the line break after it.
func (w *walker) csvRecord(comma byte) {
	if c := w.data[w.off]; c == '\n' || c == '\r' {
		w.fail(breakSyntax, w.off, "expected a record, not an empty line")
		return
	}
	if !w.add(node{start: uint32(w.off), end: uint32(w.off), kind: kindArray, ref: w.stack[0].have, flags: uint8(roleItem)}) {
		return
	}
	w.stack[0].have++
	w.push(endless, false)
	for w.csvField(comma) {
		if w.off >= len(w.data) || w.data[w.off] != comma {
			break
		}
		w.off++
	}
	if w.why != breakNone {
		return
	}
	w.pop()
	if w.off < len(w.data) && w.data[w.off] == '\r' {
		w.off++
	}
	if w.off < len(w.data) && w.data[w.off] == '\n' {
		w.off++
	}
}

// csvField reads one field up to the separator or the end of the line.
func (w *walker) csvField(comma byte) bool {
	start := w.off
	n := node{start: uint32(start), kind: kindText, ref: w.stack[1].have, flags: uint8(roleItem)}
	if start < len(w.data) && w.data[start] == '"' {
		if !w.csvQuoted() {
			n.flags |= flagCut
		} else if w.off < len(w.data) && w.data[w.off] != comma && w.data[w.off] != '\n' && w.data[w.off] != '\r' {
			w.fail(breakSyntax, w.off, fmt.Sprintf("expected %q or the end of the line after a quote", comma))
			return false
		}
	} else {
		for w.off < len(w.data) {
			c := w.data[w.off]
			if c == '"' {
				w.fail(breakSyntax, w.off, "a quote inside a field without quotes")
				return false
			}
			if c == comma || c == '\n' || c == '\r' {
				break
			}
			w.off++
		}
	}
	n.end = uint32(w.off)
	if !w.add(n) {
		return false
	}
	w.stack[1].have++
	return w.why == breakNone
}

// csvQuoted passes over a field in quotes; two quotes are one of its content.
func (w *walker) csvQuoted() bool {
	start := w.off
	for i := start + 1; i < len(w.data); i++ {
		if w.data[i] != '"' {
			continue
		}
		if i+1 >= len(w.data) || w.data[i+1] != '"' {
			w.off = i + 1
			return true
		}
		i++
	}
	w.off = len(w.data)
	w.fail(breakEnd, start, "expected a closing quote, the data ends")
	return false
}

// csvRaw is a field without its quotes, quotes inside it still doubled.
func csvRaw(field []byte, limit int) []byte {
	if len(field) > 0 && field[0] == '"' {
		field = field[1:]
		if odd := len(field) - len(bytes.TrimRight(field, `"`)); odd%2 == 1 {
			field = field[:len(field)-1]
		}
	}
	if limit > 0 {
		field = field[:min(limit, len(field))]
	}
	return field
}

// csvText undoes the doubling of quotes.
func csvText(field []byte) []byte {
	if bytes.IndexByte(field, '"') < 0 {
		return field
	}
	return bytes.ReplaceAll(field, []byte(`""`), []byte(`"`))
}

func csvType(n *node) string {
	switch {
	case n.kind == kindText:
		return "field"
	case n.role() == roleRoot:
		return "table"
	default:
		return "record"
	}
}

// csv reads text that is a table; nil when it is not.
func (d *decoding) csv(data []byte) *Result {
	w, comma, ok := csvTable(data, d.limits, d.partial, d.hint == "csv")
	if !ok {
		return nil
	}
	t := &w.tree
	rows, columns := t.Children(0), t.Children(1)
	layer := Layer{
		Format: "csv", Confidence: 0.97,
		Reason: fmt.Sprintf("%s of %s, divided by %q", plural(rows, "record"), plural(columns, "field"), comma),
	}
	if rows < 3 && d.hint != "csv" {
		layer.Confidence = 0.85
	}
	r := d.result("csv", data, w)
	r.Layers[0] = layer
	if layer.Confidence < 0.9 {
		r.Also = append(r.Also, Guess{Format: formatText, Confidence: 1 - layer.Confidence})
	}
	return r
}

// spacedFields reports whether most of the fields after the first of a record begin with a space.
func spacedFields(t *Tree) bool {
	spaces, all := 0, 0
	for i := range t.nodes[:min(t.Len(), 1000)] {
		if n := &t.nodes[i]; n.kind == kindText && n.ref > 0 {
			all++
			if n.end > n.start && t.data[n.start] == ' ' {
				spaces++
			}
		}
	}
	return 2*spaces > all
}
