package decoders

// historyLength is how many verdicts a History remembers.
const historyLength = 20

// maxPrior is the most that Options.Prior adds for a format, in bits.
const maxPrior = 6

// History remembers the formats of the last payloads of one source: a queue, a stream, a pattern of
// keys. What most of them were is likelier for the next one, which helps payloads too short or too
// broken to tell by themselves. The zero value is ready for use. It is not safe for concurrent use.
//
//	r := decoders.Decode(data, decoders.Options{Prior: history.Prior()})
//	history.Add(r)
type History struct {
	last [historyLength]string
	next int
	size int
}

// Add remembers a verdict. Those below a confidence of 0.90 are passed over, so that a guess does
// not become the reason for the next one, and so is "empty".
func (h *History) Add(r *Result) {
	if r == nil || r.Confidence() < 0.9 || r.Format == formatEmpty {
		return
	}
	h.last[h.next] = r.Format
	h.next = (h.next + 1) % historyLength
	h.size = min(h.size+1, historyLength)
}

// Majority is the format of more than half of the verdicts remembered, and how many of them it was;
// "" when there is none.
func (h *History) Majority() (format string, count int) {
	for _, f := range h.last[:h.size] { // Boyer and Moore's vote
		switch {
		case count == 0:
			format, count = f, 1
		case f == format:
			count++
		default:
			count--
		}
	}
	count = 0
	for _, f := range h.last[:h.size] {
		if f == format {
			count++
		}
	}
	if 2*count <= h.size {
		return "", 0
	}
	return format, count
}

// Prior is what Options.Prior takes: up to 6 bits for the majority, in proportion to the verdicts
// remembered; nil when there is no majority.
func (h *History) Prior() map[string]float64 {
	format, count := h.Majority()
	if count == 0 {
		return nil
	}
	return map[string]float64{format: maxPrior * float64(count) / historyLength}
}

// priorOf is the bits a source's history adds for a format.
func (d *decoding) priorOf(format string) float32 {
	return float32(min(max(d.prior[format], 0), maxPrior))
}
