package decoders

import "strings"

// Names of the formats that have no tree and are no choice of Options.As alone.
const (
	formatEmpty  = "empty"
	formatBinary = "binary"
	formatText   = "text"
	formatXML    = "xml"
	formatUTF16  = "utf-16"
	formatLatin1 = "latin-1"

	formatProtobuf = "protobuf"
)

// Layer is one format of the chain from the payload's first byte to its content.
type Layer struct {
	Format string
	// Message is the full name of the type of a protobuf message, when a schema tells it.
	Message string
	// Reason tells why the format was taken: "exact end, 31 nodes, string keys".
	Reason string
	// Confidence is the probability, 0 to 1, that the format is right given that the layers
	// around it are.
	Confidence float64
}

// Guess is a format that lost, with the probability that it is right nevertheless. It is named as
// Options.As takes it.
type Guess struct {
	Format     string
	Confidence float64
}

// Fault is where a payload breaks, as an offset into Result.Data, and what was expected there.
type Fault struct {
	Offset int
	Text   string
}

// Result is what Decode made of a payload. It is not changed afterwards and may be read from
// several goroutines.
type Result struct {
	// Format is the innermost format: json, ndjson, xml, csv, text, msgpack, cbor, protobuf, bson,
	// binary, empty, or the name of a file format or serialisation that is not read (png, java).
	Format string
	// Layers lists the chain, outermost first, the innermost format included.
	Layers []Layer
	// Data is the content of the innermost format. It is the payload itself when nothing wraps it.
	Data []byte
	// Tree is nil when the format has no tree or not one node could be read.
	Tree *Tree
	// Fault is nil when the payload is whole.
	Fault *Fault
	// Truncated says that the payload ended early, because the bytes ended or a limit cut it.
	Truncated bool
	// Also lists the runner-ups with a confidence of 0.02 or more, the best first.
	Also []Guess
}

// Confidence is the probability, 0 to 1, that the whole chain is right.
func (r *Result) Confidence() float64 {
	p := 1.0
	for _, l := range r.Layers {
		p *= l.Confidence
	}
	return p
}

// Chain names the layers, outermost first: "gzip → msgpack", "gzip → protobuf:shop.v1.Order". It is
// what Options.As takes.
func (r *Result) Chain() string {
	names := make([]string, len(r.Layers))
	for i, l := range r.Layers {
		names[i] = l.Format
		if l.Message != "" {
			names[i] += ":" + l.Message
		}
	}
	return strings.Join(names, " → ")
}
