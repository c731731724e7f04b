package decoders

import (
	"slices"
	"testing"
)

// filled is walkBinary without its short way.
func filled(g grammar, data []byte, seq bool, limits Limits) walked {
	w := walker{data: data, grammar: g, limits: limits}
	if seq {
		w.add(node{kind: kindSeq})
		w.push(endless, true)
	} else {
		w.item(0, roleRoot)
	}
	for len(w.stack) > 0 && w.why == breakNone {
		w.fill()
	}
	return w.finish()
}

// checkPlain holds that the short way reads what the long one does.
func checkPlain(t failer, data []byte, limits Limits) {
	for _, g := range []grammar{gMsgpack, gCBOR} {
		for _, seq := range []bool{false, true} {
			want := filled(g, data, seq, limits)
			for _, room := range []int{0, 3, len(want.tree.nodes)} {
				got := walkBinary(g, data, seq, room, limits)
				if !slices.Equal(got.tree.nodes, want.tree.nodes) || got.off != want.off || got.why != want.why || got.fault != want.fault ||
					got.tree.keys != want.tree.keys || got.tree.oddKeys != want.tree.oddKeys {
					t.Fatalf("%s %x, sequence %v, room for %d nodes:\nplain %+v %v\nfill  %+v %v", g.name(), data, seq, room, got, got.tree.nodes, want, want.tree.nodes)
				}
			}
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, v := range []any{order(2), []any{1, -1, nil, []any{}, map[string]any{}, []byte("ab"), 1.5, [][]any{{1}, {}, {true}}}} {
		f.Add(packed(f, v), byte(0), byte(0))
		f.Add(cbored(f, v), byte(3), byte(20))
	}
	for _, data := range [][]byte{
		{0x9f, 1, 2, 0xff},
		{0xbf, 0x61, 'a', 0x7f, 0x61, 'b', 0xff, 0xff},
		{0xc1, 0x1a, 1, 2, 3, 4},
		{0x82, 0xc1, 1, 0xd8, 0x18, 0x41, 1},
		{0xa2, 1, 2, 0x61, 'a', 3},
		{0xa2, 0x61, 'a', 3, 1, 2},
		{0xa1, 0x81, 1, 2},
		{0x82, 0xa1, 'a', 1, 2, 3},
		{0x92, 0xd4, 1, 2, 0x82, 0xa1},
		{0x93, 1, 0xc1},
		{0x83, 1, 0xfc},
		{0xdd, 0xff, 0xff, 0xff, 0xff},
		{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
		{1, 2, 3},
		{0x82, 0x78},
		{0x82, 1, 0x79, 0xff},
	} {
		f.Add(data, byte(0), byte(0))
		f.Add(data, byte(1), byte(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, depth, nodes byte) {
		checkPlain(t, data, Limits{Depth: int(depth), Nodes: int(nodes)}.withDefaults())
	})
}
