package decoders

// ReasonPinned is the reason of a layer that Options.As names.
const ReasonPinned = "pinned"

// Options says what is known of a payload beside its bytes. The zero value detects everything.
type Options struct {
	// ContentType and ContentEncoding are what a header claims. They are hints: they count only
	// when the format they name then consumes the payload.
	ContentType, ContentEncoding string
	// As is a format or a chain ("gzip → cbor", "gzip,cbor") that a person has pinned. It is used
	// as said and its error is shown when it fails. After a pinned wrapping alone ("gzip") the
	// content is detected. "" detects.
	As string
	// Schema has the message types of Protocol Buffers that payloads may be of; nil for none. As then
	// may name one: "protobuf:shop.v1.Order", or the end of a name that only one type has.
	Schema *Schema
	// Partial says that data is only the beginning of a longer payload.
	Partial bool
	// Prior is what the source of the payload is known for: for a format the bits that speak for it
	// before its bytes are looked at, 0 to 6. They count only where the bytes leave a doubt, and
	// never make a binary format of text. History.Prior makes it.
	Prior map[string]float64
	// Limits bound the work; fields that are zero mean the defaults.
	Limits Limits
}

// Limits bound what one payload may cost. A limit that is reached ends the walk with a Fault. With the
// defaults a payload takes at most 64 MiB beyond its own bytes. Of a stream of deflate or zstd that is
// made of tiny blocks, frames or members no more than 262,144 are read (32,768 that define codes, 16,384
// of zstd); they are counted in streams of more than 320 KiB, since fewer bytes cannot hold them. Output is counted in the time that
// gunzip takes for a byte: one of bzip2 counts 16, one of brotli 2. docs/formats.md tells the times.
type Limits struct {
	Depth  int // nesting of containers, default 128
	Nodes  int // nodes of the tree, default 1<<20 (24 MiB); up to half give way to what wrappings unwrap to
	Output int // bytes that all wrappings together may unwrap to, default 16 MiB
	Ratio  int // output bytes for each input byte of a wrapping, above the first MiB; default 1000
	Layers int // wrappings inside each other, default 4
}

// maxDepth is the deepest nesting a node can tell (node.depth has 16 bits).
const maxDepth = 1<<16 - 2

// maxNodes keeps the memory of a tree and its indexes (32 bits) in bounds, whatever is asked for.
const maxNodes = 1 << 26

func (l Limits) withDefaults() Limits {
	def := Limits{Depth: 128, Nodes: 1 << 20, Output: 16 << 20, Ratio: 1000, Layers: 4}
	if l == (Limits{}) { // the usual case, and this runs for every payload
		return def
	}
	pick := func(v, usual, top int) int {
		if v <= 0 {
			v = usual
		}
		return min(v, top)
	}
	return Limits{
		Depth:  pick(l.Depth, def.Depth, maxDepth),
		Nodes:  pick(l.Nodes, def.Nodes, maxNodes),
		Output: pick(l.Output, def.Output, 1<<31-1),
		Ratio:  pick(l.Ratio, def.Ratio, 1<<20),
		Layers: pick(l.Layers, def.Layers, 16),
	}
}
