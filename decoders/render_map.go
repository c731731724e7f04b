package decoders

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// plainKeys reports whether the map at node i can be a JSON object: all keys are text, none
// repeats, and the only key is no reserved name.
func (t *Tree) plainKeys(i int) bool {
	count := t.Children(i)
	var seen map[string]struct{}
	if count > 8 {
		seen = make(map[string]struct{}, count)
	}
	var few [8][]byte
	keys := few[:0]
	for c, end := i+1, t.End(i); c < end; c = t.End(c) {
		n := &t.nodes[c]
		if n.role() != roleValue {
			return false
		}
		key, ok := t.nameOf(c)
		if !ok || reserved(key) {
			return false
		}
		if seen != nil {
			if _, twice := seen[string(key)]; twice {
				return false
			}
			seen[string(key)] = struct{}{}
			continue
		}
		for _, k := range keys {
			if bytes.Equal(k, key) {
				return false
			}
		}
		keys = append(keys, key)
	}
	return true
}

// nameOf is the scalar key of node i as the name of an object: text, the number of a protobuf field,
// a key of a protobuf map as its JSON mapping writes it.
func (t *Tree) nameOf(i int) ([]byte, bool) {
	if t.grammar == gProtobuf {
		switch h, content := t.keyHead(i); h.kind {
		case kindText:
			return content, utf8.Valid(content)
		case kindBool:
			return strconv.AppendBool(nil, h.arg == 1), true
		default:
			return appendInt(nil, h), true
		}
	}
	return t.keyText(i)
}

// reserved reports whether an object with this name would be taken for one of AppendJSON's own.
func reserved(key []byte) bool {
	switch string(key) {
	case "$bytes", "$number", "$float", "$simple", "$ext", "$tag", "$time", "$map", "$class", "$ref", "$value":
		return true
	}
	return false
}

func (w *jsonWriter) object(i int) {
	plain := w.t.plainKeys(i)
	if plain {
		w.puts("{")
	} else {
		w.puts(`{"$map":[`)
	}
	for c, end := i+1, w.t.End(i); c < end; c = w.t.End(c) {
		if c > i+1 {
			w.puts(",")
		}
		n := &w.t.nodes[c]
		switch {
		case plain:
			key, _ := w.t.nameOf(c)
			w.out = append(appendQuoted(w.out, key), ':')
			w.item(c)
		case n.kind == kindEntry:
			w.item(c)
		default:
			w.puts("[")
			w.key(c)
			w.puts(",")
			w.item(c)
			w.puts("]")
		}
	}
	if plain {
		w.puts("}")
	} else {
		w.puts("]}")
	}
}

// pair writes an entry whose key is a container.
func (w *jsonWriter) pair(i int) {
	w.array(i)
}

// key writes the scalar key of node i as a value of its own.
func (w *jsonWriter) key(i int) {
	if s, ok := w.t.keyText(i); ok {
		w.out = appendQuoted(w.out, s)
		return
	}
	if w.t.side != nil {
		f := w.t.side.keys[w.t.nodes[i].ref]
		w.foreignLeaf(f.kind, f)
		return
	}
	if w.t.grammar == gJSON {
		off := int(w.t.nodes[i].ref)
		w.out = appendBytes(w.out, w.t.data[off+1:off+w.t.keySize(i)-1])
		return
	}
	h, content := w.t.keyHead(i)
	switch h.kind {
	case kindText, kindBytes:
		w.out = appendBytes(w.out, content)
	case kindExt:
		w.ext(h, content)
	default:
		w.scalar(h)
	}
}

// extended writes a tag or an extension.
func (w *jsonWriter) extended(i int) {
	if when, ok := w.t.timeOf(i); ok {
		w.puts(`{"$time":"`)
		w.out = append(when.AppendFormat(w.out, rfc3339), `"}`...)
		return
	}
	if f := w.t.field(i); f != nil {
		w.out = appendQuoted(w.out, w.t.appendTyped(nil, i, f))
		return
	}
	if v, ok := w.t.bigOf(i); ok {
		w.puts(`{"$number":"`)
		w.out = append(v.Append(w.out, 10), `"}`...)
		return
	}
	h := w.t.headOf(i)
	if h.kind == kindExt {
		w.ext(h, w.t.raw(i, 0))
		return
	}
	w.puts(`{"$tag":`)
	w.out = strconv.AppendUint(w.out, h.arg, 10)
	w.puts(`,"value":`)
	if w.t.nodes[i].count > 0 {
		w.item(i + 1)
	} else {
		w.puts("null")
	}
	w.puts("}")
}

func (w *jsonWriter) ext(h head, content []byte) {
	if h.ext == -1 {
		if when, ok := timestamp(content); ok {
			w.puts(`{"$time":"`)
			w.out = append(when.AppendFormat(w.out, rfc3339), `"}`...)
			return
		}
	}
	w.puts(`{"$ext":`)
	w.out = strconv.AppendInt(w.out, int64(h.ext), 10)
	w.puts(`,"value":`)
	w.out = append(appendBytes(w.out, content), '}')
}
