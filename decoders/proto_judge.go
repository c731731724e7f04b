package decoders

const (
	lossLone     = -3 // one field that is no text
	lossCutProto = -8 // its last length may be any number
)

// weighProto is the evidence that data is a message of Protocol Buffers; false when it cannot be.
// Text can only be a whole message, and stays text.
func (d *decoding) weighProto(data []byte, text bool) (candidate, bool) {
	end, why := protoSkip(data)
	switch {
	case why == breakSyntax, why == breakEnd && (text || 2*end < len(data) && !d.partial):
		return candidate{}, false
	}
	seen := data[:min(len(data), evidenceBytes)]
	w, bits := walkProto(seen, len(seen)/8, d.limits)
	t := &w.tree
	fields := t.Len() - 1
	if fields < 1 || w.why == breakSyntax {
		return candidate{}, false
	}
	c := candidate{format: "protobuf", score: priorProto + bits + nullBits(seen[w.off:]) + d.priorOf("protobuf")}
	if len(seen) == len(data) {
		c.read = &w
	}
	if why == breakNone {
		c.score += bonusWhole
		if k := t.nodes[1].kind; fields == 1 && k != kindText {
			c.score += lossLone
		}
		c.reason = "exact end, " + plural(fields, "field")
	} else {
		c.score += lossCutProto
		c.part = !d.partial
		if !d.partial {
			if c.score += lossCut; fields < 3 {
				return candidate{}, false
			}
		}
		c.reason = "cut after " + plural(fields, "field")
	}
	switch {
	case why == breakNone && d.hint == c.format:
		c.score += bonusHint
		c.reason = "declared, " + c.reason
	case text:
		c.score = min(c.score+priorASCII, stringBits(seen)-2)
	}
	return c, true
}

// sureProto reports whether a result is no protobuf, or one that is sure of itself and has readable text
// or enough different bytes: where text may be base64 by accident, one message in a hundred of random
// bytes is not enough, and a run of one letter makes one field again and again.
func (r *Result) sureProto() bool {
	if r.Format != "protobuf" {
		return true
	}
	const shortest, looked, long, different = 4, 1000, 16, 10
	if r.Layers[len(r.Layers)-1].Confidence < 0.98 {
		return false
	}
	t := r.Tree
	for i := range t.nodes[:min(t.Len(), looked)] {
		if n := &t.nodes[i]; n.kind == kindText && len(t.raw(i, 0)) >= shortest && isText(t.raw(i, 0)) {
			return true
		}
	}
	var seen [256]bool
	count := 0
	for _, c := range r.Data[:min(len(r.Data), looked)] {
		if !seen[c] {
			seen[c] = true
			count++
		}
	}
	return len(r.Data) >= long && count >= different
}
