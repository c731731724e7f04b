package decoders

// grammar is the format a tree was read from; it says how heads and labels are read back.
type grammar uint8

const (
	gMsgpack grammar = iota
	gCBOR
	gJSON
	gProtobuf
	gBSON
	gCSV
	gForeign // a format whose nodes have facets
)

// counts reports whether the head of a container tells how many children it has.
func (g grammar) counts() bool { return g == gMsgpack || g == gCBOR }

// headless reports whether a tree was read from text: items have no heads, strings have quotes.
func (g grammar) headless() bool { return g == gJSON || g == gCSV }

// kind is what an item is, in words all formats share.
type kind uint8

const (
	kindShort   kind = iota // not an item: the head is longer than the data
	kindInvalid             // not an item: the format reserves the initial byte or forbids the value
	kindBreak               // not an item: the end of an indefinite CBOR container
	kindNull
	kindUndefined
	kindBool
	kindUint
	kindNegint // −1 − arg, as in CBOR
	kindFloat
	kindNumber // a JSON number, kept as written
	kindSimple
	kindText
	kindBytes
	kindExt
	kindArray
	kindMap
	kindTag
	kindEntry // a map entry whose key is itself a container; its children are the key and the value
	kindSeq   // the root over several items that follow each other

	kindObject // an instance of a class; its children are entries
	kindRef    // a reference to an item elsewhere, never followed
	kindName   // the name of a class or function, never resolved
)

// role is how a node is named inside its parent.
type role uint8

const (
	roleRoot  role = iota
	roleItem       // ref is the index
	roleValue      // value of a map entry with a scalar key; ref is the offset of the key
	roleEntry      // entry of a map with a key that is no scalar
	roleKey        // key of a roleEntry node
	roleOf         // value of a roleEntry node
	roleContent
)

// node is one row of the tree. Labels, values and types are computed from the bytes it points at.
type node struct {
	start, end uint32 // the item's bytes, head included; a key is not part of its value's range
	next       uint32 // index after the subtree
	ref        uint32 // see role
	count      uint32 // children
	depth      uint16
	kind       kind
	flags      uint8 // role in the low bits, flagCut
}

const (
	roleMask   = 0x0f
	flagCut    = 0x80 // the item is not whole: data or a limit ended inside it
	flagBare   = 0x20 // bytes without a head of their own: a part of authenticator data
	flagInside = 0x40 // a byte string that holds CBOR; its children are what it holds
	flagUnset  = 0x20 // a value of a protobuf map that is not there: it is the default
	flagNoKey  = 0x10 // its key neither
)

func (n *node) role() role { return role(n.flags & roleMask) }
func (n *node) cut() bool  { return n.flags&flagCut != 0 }

// Tree is the payload as rows in pre-order: node 0 is the root, the children of node i begin at
// i+1, and End leads from one child to the next. A map entry is one node, the value, labelled with
// its key; only an entry whose key is an array, a map, a tag or a chunked string is a node of its
// own with the children "key" and "value". A byte string that is said to hold CBOR has what it holds
// as children too (see inside).
type Tree struct {
	data    []byte
	nodes   []node
	grammar grammar
	keys    int  // scalar keys
	oddKeys bool // some key is no text

	names map[uint32]vocabulary // containers whose keys or items have registered names; often nil
	typed []*fieldType          // what a schema says of each node; nil without one
	side  *foreign              // with gForeign only
}

// Len is the number of nodes.
func (t *Tree) Len() int { return len(t.nodes) }

// End is the index after the subtree of node i.
func (t *Tree) End(i int) int { return int(t.nodes[i].next) }

// Depth is how many containers node i is in.
func (t *Tree) Depth(i int) int { return int(t.nodes[i].depth) }

// Branch reports whether node i is a container: it may have children, and has none when empty.
func (t *Tree) Branch(i int) bool { return t.branch(&t.nodes[i]) }

func (t *Tree) branch(n *node) bool {
	switch n.kind {
	case kindArray, kindMap, kindTag, kindEntry, kindSeq, kindObject:
		return true
	default:
		return t.chunked(n) || n.flags&flagInside != 0 || t.side != nil && n.count > 0
	}
}

// chunked reports whether a node is a string of indefinite length, in chunks.
func (t *Tree) chunked(n *node) bool {
	return (n.kind == kindText || n.kind == kindBytes) && t.grammar == gCBOR && n.flags&flagBare == 0 && t.data[n.start]&0x1f == 31
}

// Children is the number of direct children of node i that were read.
func (t *Tree) Children(i int) int { return int(t.nodes[i].count) }

// Cut reports whether node i is not whole: the data or a limit ended inside it.
func (t *Tree) Cut(i int) bool { return t.nodes[i].cut() }

// Range is the bytes of node i in Result.Data, its head included, the key it hangs on not.
func (t *Tree) Range(i int) (start, end int) {
	return int(t.nodes[i].start), int(t.nodes[i].end)
}

// KeyRange is the bytes of the key of node i; it is empty when the node hangs on no key.
func (t *Tree) KeyRange(i int) (start, end int) {
	n := &t.nodes[i]
	switch n.role() {
	case roleValue:
		if t.side != nil {
			return t.facetRange(i)
		}
		start = int(n.ref)
		return start, start + t.keySize(i)
	case roleEntry:
		if i+1 < int(n.next) {
			return t.Range(i + 1)
		}
	default:
	}
	return int(n.start), int(n.start)
}

// Parent is the index of the container node i is in, -1 for the root.
func (t *Tree) Parent(i int) int {
	depth := t.nodes[i].depth
	if depth == 0 {
		return -1
	}
	for i--; t.nodes[i].depth >= depth; i-- {
	}
	return i
}
