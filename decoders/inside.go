package decoders

// vocabulary is what the keys of a map or the items of an array stand for, by a specification.
type vocabulary uint8

const (
	vNone      vocabulary = iota
	vEncrypt0             // COSE_Encrypt0 (RFC 9052 §5.2)
	vMac0                 // COSE_Mac0 (§6.2)
	vSign1                // COSE_Sign1 (§4.2)
	vEncrypt              // COSE_Encrypt (§5.1)
	vMac                  // COSE_Mac (§6.1)
	vSign                 // COSE_Sign (§4.1)
	vSigner               // COSE_Signature (§4.1)
	vRecipient            // COSE_recipient (§5.1)
	vHeader               // map of header parameters (§3)
	vClaims               // map of CWT claims (RFC 8392 §3)
	vConfirm              // claim cnf (RFC 8747 §3.1)
	vKeyOKP               // COSE_Key (RFC 9052 §7) by its type (RFC 9053 §7)
	vKeyEC2
	vKeyRSA
	vKeySymmetric
	vAttestation // WebAuthn attestation object
	vAuthData    // WebAuthn authenticator data

	// What follows names nothing itself.
	vToken      // content of tag 61, a CWT
	vSigners    // array of vSigner
	vRecipients // array of vRecipient
	vProtected  // bytes with a vHeader inside
	vPayload    // bytes with the claims of a CWT inside
	vItem       // bytes with one item inside (RFC 8949 §3.4.5.1)
	vSequence   // bytes with a sequence inside (RFC 8742; tag 63)
)

// standing is what is known of a node from those around it.
type standing struct {
	is    vocabulary
	token bool // the message is a CWT: its payload holds claims
}

// opener copies a tree and puts into byte strings the nodes of what they hold.
type opener struct {
	t      *Tree
	out    []node
	rest   int    // nodes of the sources still to be copied
	free   []node // room for what is walked inside, used again
	limits Limits
}

// maxNamed bounds how many containers have names from a registry; it keeps the map of them small.
const maxNamed = 1 << 16

// reserve makes room for what is still to be copied.
func (o *opener) reserve() {
	if need := len(o.out) + o.rest; need > cap(o.out) {
		room := max(need, min(2*cap(o.out), o.limits.Nodes))
		o.out = append(make([]node, 0, room), o.out...)
	}
}

// level is a container that copy is in.
type level struct {
	next  int // index after it in the source
	at    int // its index in the copy
	index int // children seen
	is    standing
}

// openInside gives byte strings that hold CBOR by what is around them (tags 24 and 63, protected
// headers of COSE, claims) their content as children, and notes which maps and arrays have names
// from a registry. Offsets stay those of the payload. It is linear: what is inside is walked once
// and copied once.
func (t *Tree) openInside(limits Limits) {
	if !t.hasInside() {
		return
	}
	o := opener{t: t, limits: limits, out: make([]node, 0, len(t.nodes)+16)}
	src := t.nodes
	t.names = map[uint32]vocabulary{}
	o.copy(src, 0, standing{})
	t.nodes = o.out
}

// hasInside reports whether anything in the tree is worth the copy.
func (t *Tree) hasInside() bool {
	for i := range t.nodes {
		switch n := &t.nodes[i]; n.kind {
		case kindTag:
			if _, arg := tagHead(t.data[n.start:]); arg == 24 || arg == 63 || arg == 61 || messageOf(arg) != vNone {
				return true
			}
		case kindArray:
			if n.count == 4 && t.signed(t.nodes, i) {
				return true
			}
		case kindMap:
			if t.oddKeys && t.keyOf(t.nodes, i) != vNone || t.attestation(t.nodes, i) {
				return true
			}
		default:
		}
	}
	return false
}

func tagHead(d []byte) (size int, arg uint64) {
	_, size, arg = cborLead(d, 0)
	return size, arg
}

// messageOf is the structure that a tag announces (RFC 9052 §2).
func messageOf(tag uint64) vocabulary {
	switch tag {
	case 16:
		return vEncrypt0
	case 17:
		return vMac0
	case 18:
		return vSign1
	case 96:
		return vEncrypt
	case 97:
		return vMac
	case 98:
		return vSign
	}
	return vNone
}

// copy appends the nodes of src, depth levels deeper; root is known of the first.
func (o *opener) copy(src []node, depth uint16, root standing) {
	var stack []level
	leave := func(j int) {
		for len(stack) > 0 && stack[len(stack)-1].next <= j {
			o.out[stack[len(stack)-1].at].next = uint32(len(o.out))
			stack = stack[:len(stack)-1]
		}
	}
	o.rest += len(src)
	o.reserve()
	for j := range src {
		leave(j)
		o.rest--
		n, is := src[j], root
		if len(stack) > 0 {
			up := &stack[len(stack)-1]
			is = o.child(up, &n)
			up.index++
		}
		is = o.shape(src, j, is)
		n.depth += depth
		at := len(o.out)
		n.next = uint32(at + 1)
		o.out = append(o.out, n)
		if is.is > vNone && is.is < vToken && len(o.t.names) < maxNamed {
			o.t.names[uint32(at)] = is.is
		}
		switch {
		case n.kind != kindBytes:
		case is.is >= vProtected:
			o.open(at, is.is)
		case is.is == vAuthData:
			o.authData(at)
		}
		if int(src[j].next) > j+1 {
			stack = append(stack, level{next: int(src[j].next), at: at, is: is})
		}
	}
	leave(len(src))
}

// shape completes what is known of a node by the node itself.
func (o *opener) shape(src []node, j int, is standing) standing {
	switch n := &src[j]; n.kind {
	case kindTag:
		_, arg := tagHead(o.t.data[n.start:])
		return tagged(arg, is)
	case kindMap:
		switch is.is {
		case vToken, vPayload:
			is.is = vClaims
		case vProtected:
			is.is = vHeader
		case vNone, vConfirm:
			if key := o.t.keyOf(src, j); key != vNone {
				is.is = key
			} else if o.t.attestation(src, j) {
				is.is = vAttestation
			}
		default:
		}
	case kindArray:
		if is.is == vNone && n.count == 4 && o.t.signed(src, j) {
			is.is = vSign1
		}
	default:
	}
	return is
}

// tagged is what is known of the content of a tag.
func tagged(arg uint64, is standing) standing {
	switch v := messageOf(arg); {
	case v != vNone:
		return standing{v, is.token}
	case arg == 55799:
		return is
	case arg == 61:
		return standing{vToken, true}
	case arg == 24:
		return standing{is: vItem}
	case arg == 63:
		return standing{is: vSequence}
	}
	return standing{}
}

// child is what a container says of its next child.
func (o *opener) child(up *level, n *node) standing {
	switch o.out[up.at].kind {
	case kindTag:
		return up.is
	case kindArray:
		return itemOf(up.is, up.index)
	case kindMap:
		if up.is.is == vAttestation && string(o.t.textKeyOf(n)) == "authData" {
			return standing{is: vAuthData}
		}
		if key, ok := o.t.intKey(n); ok {
			return valueOf(up.is.is, key)
		}
	default:
	}
	return standing{}
}

// itemOf is what item i of a COSE structure is.
func itemOf(is standing, i int) standing {
	switch is.is {
	case vSigners:
		return standing{is: vSigner}
	case vRecipients:
		return standing{is: vRecipient}
	default:
	}
	if is.is == vNone || is.is > vRecipient {
		return standing{}
	}
	switch i {
	case 0:
		return standing{is: vProtected}
	case 1:
		return standing{is: vHeader}
	}
	switch itemName(is.is, i) {
	case "payload":
		if is.token {
			return standing{is: vPayload}
		}
	case "signatures":
		return standing{is: vSigners}
	case "recipients":
		return standing{is: vRecipients}
	}
	return standing{}
}

// valueOf is what the value of a registered key is.
func valueOf(v vocabulary, key int64) standing {
	switch {
	case v == vHeader && key == 15:
		return standing{is: vClaims}
	case v == vClaims && key == 8:
		return standing{is: vConfirm}
	}
	return standing{}
}

// open puts the content of the byte string appended last below it.
func (o *opener) open(at int, is vocabulary) {
	n := o.out[at]
	if o.t.chunked(&n) {
		return
	}
	_, size, _ := cborLead(o.t.data, int(n.start))
	limits := o.limits
	limits.Depth -= int(n.depth) + 1
	limits.Nodes -= len(o.out) + o.rest
	if limits.Depth <= 0 || limits.Nodes <= 0 || int(n.start)+size >= int(n.end) {
		return
	}
	w := walkInside(o.t.data[:n.end], int(n.start)+size, is == vSequence, limits, o.free)
	if len(w.tree.nodes) == 0 {
		return
	}
	o.t.keys += w.tree.keys
	o.t.oddKeys = o.t.oddKeys || w.tree.oddKeys
	w.tree.nodes[0].flags = w.tree.nodes[0].flags&^roleMask | uint8(roleContent)
	if is == vSequence {
		w.tree.nodes[0].flags |= n.flags & flagCut // it ends nowhere but with its string
	}
	o.out[at].flags |= flagInside
	o.out[at].count = 1
	if is == vItem || is == vSequence {
		is = vNone
	}
	inner := w.tree.nodes
	o.free = inner[len(inner):] // as long as inner is in use
	o.copy(inner, n.depth+1, standing{is: is})
	o.free = inner[:0]
	o.out[at].next = uint32(len(o.out))
}

// walkInside reads CBOR from off to the end of data, its nodes into the room if there is enough.
func walkInside(data []byte, off int, seq bool, limits Limits, room []node) walked {
	w := walker{data: data, off: off, grammar: gCBOR, limits: limits, nodes: room[:0]}
	if seq {
		w.add(node{kind: kindSeq, start: uint32(off), end: uint32(off)})
		w.push(endless, true)
	} else {
		w.item(0, roleRoot)
	}
	for len(w.stack) > 0 && w.why == breakNone {
		w.fill()
	}
	return w.finish()
}
