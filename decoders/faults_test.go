package decoders

import (
	"strings"
	"testing"
)

// broken is a payload that breaks, and what is told of the break.
type broken struct {
	name, hex string
	offset    int
	text      string // how it begins
	cut       bool
	nodes     int
}

// checkFaults reads broken payloads and compares what is told of them.
func checkFaults(t *testing.T, opt Options, cases []broken) {
	t.Helper()
	for _, tt := range cases {
		data := unhex(t, tt.hex)
		r := Decode(data, opt)
		nodes := 0
		if r.Tree != nil {
			nodes = r.Tree.Len()
		}
		if r.Fault == nil || r.Fault.Offset != tt.offset || !strings.HasPrefix(r.Fault.Text, tt.text) || r.Truncated != tt.cut || nodes != tt.nodes {
			t.Errorf("%s: %+v, truncated %v, %d nodes", tt.name, r.Fault, r.Truncated, nodes)
		}
		checkResult(t, r, data)
	}
}
