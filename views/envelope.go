package views

import (
	"slices"
	"strings"

	"bustop/decoders"
)

// asEnveloped opens a payload by the chain that its library is known for; nil where there is none, or where
// the payload is not of that form after all: then it is to be detected.
func (p payload) asEnveloped(opt decoders.Options) *decoders.Result {
	if p.envelope == nil || p.partial {
		return nil
	}
	chains := p.envelope.Decode
	if p.where.field != "" {
		chains = p.envelope.Fields[p.where.field]
	}
	for chain := range strings.SplitSeq(chains, " or ") {
		if decoders.CheckChain(chain) != nil {
			continue // a form that is shown and not opened
		}
		opt.As = chain
		r := decoders.Decode(p.body, opt)
		if r.Fault != nil || r.Truncated {
			continue
		}
		r.Layers = slices.Clone(r.Layers)
		for i := range r.Layers {
			if r.Layers[i].Reason == decoders.ReasonPinned {
				r.Layers[i].Reason = "as " + p.envelope.Name + " writes it"
			}
		}
		return r
	}
	return nil
}
