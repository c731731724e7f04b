package decoders

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxXML is how much of a payload is checked for well-formedness, in bytes, and maxXMLDepth how
// deep its elements may nest.
const (
	maxXML      = 3 << 18
	maxXMLDepth = 1000
)

// isXMLStart reports whether text begins as XML does, after white space and a byte order mark.
func isXMLStart(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte(bom)), " \t\r\n")
	if len(data) < 4 || data[0] != '<' {
		return false
	}
	c := data[1]
	return c == '?' || c == '!' || c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// xmlReader counts the elements of a document (www.w3.org/TR/xml): one root, nothing but space,
// comments and instructions around it. Entities that a document defines are not expanded, and are
// faults.
type xmlReader struct {
	elements, depth int
}

// token takes one token into account.
func (x *xmlReader) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		if x.depth == 0 && x.elements > 0 {
			return errors.New("a second root element")
		}
		x.elements++
		if x.depth++; x.depth > maxXMLDepth {
			return errLimit
		}
	case xml.EndElement:
		x.depth--
	case xml.CharData:
		if x.depth == 0 && len(bytes.TrimSpace(t)) > 0 {
			return errors.New("text outside the root element")
		}
	}
	return nil
}

// checkXML reads a document without keeping anything.
func checkXML(data []byte) (elements int, why breakKind, fault Fault) {
	start := len(data) - len(bytes.TrimPrefix(data, []byte(bom)))
	dec := xml.NewDecoder(bytes.NewReader(data[start:min(len(data), maxXML)]))
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var x xmlReader
	var err error
	for err == nil {
		var t xml.Token
		if t, err = dec.Token(); err == nil {
			err = x.token(t)
		}
	}
	at := min(start+int(dec.InputOffset()), len(data))
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, errLimit):
		return x.elements, breakLimit, Fault{Offset: at, Text: fmt.Sprintf("elements nested deeper than %d", maxXMLDepth)}
	case errors.Is(err, io.EOF) && x.elements > 0 && len(data) <= maxXML:
		return x.elements, breakNone, Fault{}
	case len(data) > maxXML && at >= maxXML:
		return x.elements, breakLimit, Fault{Offset: maxXML, Text: fmt.Sprintf("checked up to %d bytes", maxXML)}
	case errors.Is(err, io.EOF):
		return 0, breakEnd, Fault{Offset: len(data), Text: "expected an element, the data ends"}
	case errors.As(err, &syntax) && strings.HasSuffix(syntax.Msg, "unexpected EOF"):
		return x.elements, breakEnd, Fault{Offset: len(data), Text: "expected the end of an element, the data ends"}
	case errors.As(err, &syntax):
		return x.elements, breakSyntax, Fault{Offset: at, Text: syntax.Msg}
	default:
		return x.elements, breakSyntax, Fault{Offset: at, Text: err.Error()}
	}
}

// xml reads text that looks like XML; nil when it is not.
func (d *decoding) xml(data []byte) *Result {
	if !isXMLStart(data) {
		return nil
	}
	elements, why, fault := checkXML(data)
	r := d.xmlResult(data, why, fault)
	declared := bytes.HasPrefix(bytes.TrimSpace(data[:min(len(data), 64)]), []byte("<?xml ")) || d.hint == formatXML
	layer := Layer{Reason: "well-formed, " + plural(elements, "element"), Confidence: 0.99}
	switch {
	case elements == 0:
		return nil
	case why == breakNone:
	case why == breakLimit:
		layer.Reason, layer.Confidence = "well-formed so far, "+plural(elements, "element"), 0.97
	case why == breakEnd && (declared || d.partial):
		layer.Reason, layer.Confidence = "cut after "+plural(elements, "element"), 0.95
	case declared, why == breakEnd && elements > 1:
		layer.Reason, layer.Confidence = "broken after "+plural(elements, "element"), 0.85
	default:
		return nil
	}
	layer.Format = formatXML
	r.Layers[0] = layer
	return r
}

// xmlResult is XML with the fault that a check has found, when the walk has found none before it.
func (d *decoding) xmlResult(data []byte, why breakKind, fault Fault) *Result {
	w := walkXML(data, d.limits)
	if w.why == breakNone && why != breakNone {
		w.why, w.fault, w.off = why, fault, len(data)
	}
	return d.result(formatXML, data, w)
}
