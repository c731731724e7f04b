package decoders

// signed reports whether an array of four is a COSE_Sign1 without its tag: protected headers that are a
// map with an integer as first key, a map, the payload or null, a signature.
func (t *Tree) signed(nodes []node, i int) bool {
	const shortest = 32 // bytes of a signature
	end := int(nodes[i].next)
	var parts [4]*node
	c := i + 1
	for k := range parts {
		if c >= end {
			return false
		}
		parts[k] = &nodes[c]
		c = int(nodes[c].next)
	}
	if parts[0].kind != kindBytes || parts[1].kind != kindMap || parts[2].kind != kindBytes && parts[2].kind != kindNull ||
		parts[3].kind != kindBytes || parts[3].end-parts[3].start <= shortest || t.chunked(parts[0]) {
		return false
	}
	_, size, arg := cborLead(t.data, int(parts[0].start))
	start, stop := int(parts[0].start)+size, int(parts[0].end)
	if arg < 3 || stop-start < int(arg) {
		return false
	}
	head := t.data[start]
	s := gCBOR.skip(t.data[:stop], start)
	return s.ok && s.end == stop && head > 0xa0 && head < 0xb8 && t.data[start+1]>>5 <= 1
}

// keyOf tells which type of COSE_Key a map is: it begins with the type, all keys are integers, and
// the parameters that RFC 9053 §7 demands of the type are there.
func (t *Tree) keyOf(nodes []node, i int) vocabulary {
	const most = 16
	n := &nodes[i]
	if n.count < 2 || n.count > most {
		return vNone
	}
	have := map[int64]kind{}
	kty := int64(0)
	for c := i + 1; c < int(n.next); c = int(nodes[c].next) {
		key, ok := t.intKey(&nodes[c])
		if !ok {
			return vNone
		}
		have[key] = nodes[c].kind
		if key == 1 {
			kty, _ = intAt(t.data, int(nodes[c].start))
		}
	}
	return keyWith(kty, have)
}

// keyWith is the type of a key with these parameters.
func keyWith(kty int64, have map[int64]kind) vocabulary {
	curve := have[-1] == kindUint && have[-2] == kindBytes
	switch {
	case kty == 1 && curve:
		return vKeyOKP
	case kty == 2 && curve && have[-3] != kindShort:
		return vKeyEC2
	case kty == 3 && have[-1] == kindBytes && have[-2] == kindBytes:
		return vKeyRSA
	case kty == 4 && have[-1] == kindBytes:
		return vKeySymmetric
	}
	return vNone
}

// intKey is the integer a map entry of CBOR has as key.
func (t *Tree) intKey(n *node) (int64, bool) {
	if n.role() != roleValue || t.grammar != gCBOR {
		return 0, false
	}
	return intAt(t.data, int(n.ref))
}

// intAt reads an integer item that an int64 holds.
func intAt(d []byte, off int) (int64, bool) {
	k, _, arg := cborLead(d, off)
	if arg > 1<<62 {
		return 0, false
	}
	switch k {
	case kindUint:
		return int64(arg), true
	case kindNegint:
		return -1 - int64(arg), true
	default:
		return 0, false
	}
}
