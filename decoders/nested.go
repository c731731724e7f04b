package decoders

import "bytes"

// insideLimits bound what opening one node may cost; rows are opened while a person looks at them.
func insideLimits() Limits {
	return Limits{Depth: 64, Nodes: 1 << 16, Output: 4 << 20, Ratio: 1000, Layers: 3}
}

// Inside decodes the content of node i, when it is a payload of its own: JSON, base64 or a token in
// text, any format in bytes and extensions, the LZ4 extensions of MessagePack-CSharp. It returns nil
// when the content is plain, and for byte strings whose content the tree shows already. The limits
// are smaller than those of Decode, nothing is kept, and i may be any number: a caller asks for rows
// that are visible.
func (r *Result) Inside(i int) *Result {
	if r.Tree == nil || i < 0 || i >= r.Tree.Len() {
		return nil
	}
	content, as, ok := r.Tree.inside(i)
	if !ok {
		return nil
	}
	in := Decode(content, Options{As: as, Partial: r.Tree.nodes[i].cut(), Limits: insideLimits()})
	if as == "" && !in.opens(r.Tree.nodes[i].kind) {
		return nil
	}
	return in
}

// shortestInside is the shortest content worth to try, in bytes: any three bytes are something.
const shortestInside = 4

// inside is the content of a node that may be a payload of its own; as is set where its format is
// known.
func (t *Tree) inside(i int) (content []byte, as string, ok bool) {
	n := &t.nodes[i]
	switch n.kind {
	case kindText:
		s, valid := t.text(i, 0)
		return s, "", valid && len(s) >= shortestInside
	case kindBytes:
		if n.flags&flagInside != 0 || t.numeric(i) {
			return nil, "", false
		}
		content = t.raw(i, 0)
		return content, "", len(content) >= shortestInside
	case kindTag:
		_, arg := tagHead(t.data[n.start:])
		if t.grammar != gCBOR || arg != 24 && arg != 63 || n.count == 0 || t.nodes[i+1].kind != kindBytes {
			return nil, "", false
		}
		content = t.raw(i+1, 0)
		return content, "cbor", len(content) > 0
	case kindExt, kindArray:
		return t.insideExt(i)
	default:
		return nil, "", false
	}
}

// numeric reports whether bytes are a number or an identifier by the tag around them.
func (t *Tree) numeric(i int) bool {
	if t.nodes[i].role() != roleContent || i == 0 || t.nodes[i-1].kind != kindTag {
		return false
	}
	_, arg := tagHead(t.data[t.nodes[i-1].start:])
	return arg == 2 || arg == 3 || arg == 37
}

// insideExt is the content of a MessagePack extension, or of an array that begins with extension 98.
func (t *Tree) insideExt(i int) (content []byte, as string, ok bool) {
	n := &t.nodes[i]
	if t.grammar != gMsgpack {
		return nil, "", false
	}
	whole := t.data[n.start:n.end]
	if msgpackLZ4Magic(whole) {
		return whole, "msgpack-lz4", true
	}
	if _, isTime := t.timeOf(i); isTime || n.kind != kindExt {
		return nil, "", false
	}
	content = t.raw(i, 0)
	return content, "", len(content) >= shortestInside
}

// opens reports whether a result shows more than the node it came from, which was of kind k. Its
// format has to be beyond doubt: much is something by accident.
func (r *Result) opens(k kind) bool {
	if r.Confidence() < 0.9 || r.Fault != nil && !r.Truncated {
		return false
	}
	switch {
	case r.Tree != nil && r.Tree.Len() > 1 && r.Tree.Branch(0):
		return k == kindText || r.Fault == nil
	case k == kindText:
		return len(r.Layers) > 1 && r.Format == formatText && r.Fault == nil
	case r.Format == formatText:
		return cleanText(r.Data) && len(bytes.TrimSpace(r.Data)) > 0
	default:
		return len(r.Layers) > 1 && r.Fault == nil
	}
}
