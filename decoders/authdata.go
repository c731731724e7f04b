package decoders

import (
	"bytes"
	"encoding/hex"
)

// Sizes of authenticator data (Web Authentication Level 2, §6.1), in bytes.
const (
	authHash    = 32
	authFixed   = authHash + 1 + 4
	authAAGUID  = 16
	authHasKey  = 0x40 // flag AT: attested credential data follow
	authHasMore = 0x80 // flag ED: extensions follow
)

// The places of the parts of authenticator data; those that are missing keep theirs.
const (
	authItemHash = iota
	authItemFlags
	authItemCount
	authItemAAGUID
	authItemLength
	authItemID
	authItemKey
	authItemExtensions
	authItemRest
)

// attestation reports whether a map is an attestation object (§6.5.4): fmt, attStmt and authData, the
// last being bytes that are long enough.
func (t *Tree) attestation(nodes []node, i int) bool {
	n := &nodes[i]
	if n.count != 3 || t.grammar != gCBOR {
		return false
	}
	for c := i + 1; c < int(n.next); c = int(nodes[c].next) {
		if want := attestationPart(t.textKeyOf(&nodes[c])); want == kindShort || nodes[c].kind != want ||
			want == kindBytes && nodes[c].end-nodes[c].start < authFixed {
			return false
		}
	}
	return true
}

// attestationPart is the kind of what an attestation object holds under a key, kindShort under others.
func attestationPart(key []byte) kind {
	switch string(key) {
	case "fmt":
		return kindText
	case "attStmt":
		return kindMap
	case "authData":
		return kindBytes
	default:
		return kindShort
	}
}

// textKeyOf is a short key of CBOR that is text.
func (t *Tree) textKeyOf(n *node) []byte {
	if n.role() != roleValue || t.grammar != gCBOR {
		return nil
	}
	k, size, arg := cborLead(t.data, int(n.ref))
	if k != kindText || arg > maxLabel {
		return nil
	}
	from := int(n.ref) + size
	return t.data[from : from+int(arg)]
}

// authData puts the parts of authenticator data below the byte string appended last.
func (o *opener) authData(at int) {
	n := o.out[at]
	_, size, _ := cborLead(o.t.data, int(n.start))
	off, end := int(n.start)+size, int(n.end)
	if o.t.chunked(&n) || end-off < authFixed || int(n.depth) >= o.limits.Depth || len(o.out)+o.rest+2*authItemRest > o.limits.Nodes {
		return
	}
	o.out[at].flags |= flagInside
	part := func(item, size int, k kind) {
		if size = min(size, end-off); size > 0 {
			o.bare(at, item, off, off+size, k)
			off += size
		}
	}
	part(authItemHash, authHash, kindBytes)
	flags := o.t.data[off]
	part(authItemFlags, 1, kindUint)
	part(authItemCount, 4, kindUint)
	if flags&authHasKey != 0 && end-off >= authAAGUID+2 {
		part(authItemAAGUID, authAAGUID, kindBytes)
		length := int(bigEndian(o.t.data[off:], 2))
		part(authItemLength, 2, kindUint)
		part(authItemID, length, kindBytes)
		off = o.cborPart(at, authItemKey, off, end)
	}
	if flags&authHasMore != 0 {
		off = o.cborPart(at, authItemExtensions, off, end)
	}
	part(authItemRest, end-off, kindBytes)
	o.out[at].next = uint32(len(o.out))
}

// bare adds a part that has no head.
func (o *opener) bare(at, item, start, end int, k kind) {
	o.out = append(o.out, node{
		start: uint32(start), end: uint32(end), next: uint32(len(o.out) + 1), ref: uint32(item),
		depth: o.out[at].depth + 1, kind: k, flags: uint8(roleItem) | flagBare,
	})
	o.out[at].count++
}

// cborPart adds one CBOR item that begins at off, and returns where it ends; off when there is none.
func (o *opener) cborPart(at, item, off, end int) int {
	limits := o.limits
	limits.Depth -= int(o.out[at].depth) + 1
	limits.Nodes -= len(o.out) + o.rest
	if limits.Depth <= 0 || limits.Nodes <= 0 || off >= end {
		return off
	}
	s := gCBOR.skip(o.t.data[:end], off)
	if !s.ok {
		return off
	}
	w := walkInside(o.t.data[:s.end], off, false, limits, nil)
	if len(w.tree.nodes) == 0 {
		return off
	}
	first := &w.tree.nodes[0]
	first.flags, first.ref = first.flags&^roleMask|uint8(roleItem), uint32(item)
	o.t.keys += w.tree.keys
	o.t.oddKeys = o.t.oddKeys || w.tree.oddKeys
	o.out[at].count++
	o.copy(w.tree.nodes, o.out[at].depth+1, standing{})
	return s.end
}

// bareHead is the head of a part that has none.
func (t *Tree) bareHead(n *node) head {
	h := head{kind: n.kind, arg: uint64(n.end - n.start)}
	if n.kind == kindUint {
		h.width = uint8(n.end - n.start)
		h.arg = bigEndian(t.data[n.start:], h.width)
	}
	return h
}

// authNote tells the flags in letters, and the AAGUID as UUID.
func (t *Tree) authNote(n *node) string {
	d := t.data[n.start:n.end]
	switch {
	case n.ref == authItemFlags && len(d) == 1:
		var out [][]byte
		for bit, name := range []string{"UP", "", "UV", "BE", "BS", "", "AT", "ED"} {
			if d[0]>>bit&1 == 1 && name != "" {
				out = append(out, []byte(name))
			}
		}
		return string(bytes.Join(out, []byte(" ")))
	case n.ref == authItemAAGUID && len(d) == authAAGUID:
		s := hex.EncodeToString(d)
		return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	}
	return ""
}
