package redisd_test

// streamReports is what XINFO says.
func streamReports() []observation {
	const stream = `
		XADD s 1-1 n 1
		XADD s 1-2 n 2
		XADD s 1-3 n 3
		XADD s 1-4 n 4
		XADD s 1-5 n 5
		XGROUP CREATE s g 0`
	return []observation{
		{name: "xinfo/stream", script: stream + `
			XINFO STREAM s
			XDEL s 1-1 1-3
			XINFO STREAM s
			XTRIM s MAXLEN 1
			XINFO STREAM s
			XDEL s 1-5
			XINFO STREAM s
			XINFO STREAM nosuch
			XINFO STREAM s NOSUCH`},
		{name: "xinfo/stream-new", script: `
			XGROUP CREATE s g $ MKSTREAM
			XINFO STREAM s
			%ms XINFO STREAM s FULL`},
		{name: "xinfo/stream-full", script: stream + `
			XREADGROUP GROUP g c COUNT 3 STREAMS s >
			XREADGROUP GROUP g d COUNT 1 STREAMS s >
			XACK s g 1-1
			XGROUP CREATE s empty $
			%ms XINFO STREAM s FULL
			%ms XINFO STREAM s FULL COUNT 1
			%ms XINFO STREAM s FULL COUNT 0`},
		{name: "xinfo/stream-full-many", script: `
			XGROUP CREATE s g $ MKSTREAM` + fill("XADD s 1-1%02d f v", 15) + `
			XREADGROUP GROUP g c STREAMS s >
			%ms XINFO STREAM s FULL
			%ms XINFO STREAM s FULL COUNT 12`},
		{name: "xinfo/stream-full-errors", script: stream + `
			XINFO STREAM s FULL COUNT
			XINFO STREAM s FULL COUNT x
			XINFO STREAM s FULL NOSUCH 1
			%ms XINFO STREAM s FULL COUNT -1
			XINFO STREAM nosuch FULL`},
		{name: "xinfo/nodes", script: fill("XADD s 1-1%03d f v", 250) + `
			%entry=length,radix-tree-keys,radix-tree-nodes XINFO STREAM s`},
		{name: "xinfo/groups", script: stream + `
			XINFO GROUPS s
			XREADGROUP GROUP g c COUNT 2 STREAMS s >
			XREADGROUP GROUP g d COUNT 1 STREAMS s >
			XGROUP CREATE s late $
			XGROUP CREATE s middle 1-2
			XINFO GROUPS s
			XACK s g 1-1
			XINFO GROUPS s
			XINFO GROUPS nosuch
			XINFO GROUPS`},
		{name: "xinfo/groups-in-order", script: stream + `
			XGROUP CREATE s zebra 0
			XGROUP CREATE s apple 0
			XGROUP CREATE s mango 0
			XINFO GROUPS s`},
		{name: "xinfo/lag-grows", script: stream + `
			XREADGROUP GROUP g c COUNT 5 STREAMS s >
			XINFO GROUPS s
			XADD s 2-1 n 6
			XADD s 2-2 n 7
			XINFO GROUPS s`},
		{name: "xinfo/lag-after-delete-behind", script: stream + `
			XREADGROUP GROUP g c COUNT 3 STREAMS s >
			XDEL s 1-1
			XINFO GROUPS s
			XREADGROUP GROUP g c COUNT 1 STREAMS s >
			XINFO GROUPS s`},
		{name: "xinfo/lag-after-delete-ahead", script: stream + `
			XREADGROUP GROUP g c COUNT 2 STREAMS s >
			XDEL s 1-4
			XINFO GROUPS s
			XREADGROUP GROUP g c COUNT 1 STREAMS s >
			XINFO GROUPS s
			XREADGROUP GROUP g c STREAMS s >
			XINFO GROUPS s
			XADD s 2-1 n 6
			XINFO GROUPS s`},
		{name: "xinfo/lag-after-trim", script: stream + `
			XREADGROUP GROUP g c COUNT 2 STREAMS s >
			XTRIM s MAXLEN 1
			XINFO GROUPS s
			XREADGROUP GROUP g c STREAMS s >
			XINFO GROUPS s`},
		{name: "xinfo/lag-after-trim-of-all", script: stream + `
			XREADGROUP GROUP g c COUNT 2 STREAMS s >
			XTRIM s MAXLEN 0
			XINFO GROUPS s
			XADD s 2-1 n 6
			XINFO GROUPS s`},
		{name: "xinfo/lag-of-a-group-in-the-middle", script: stream + `
			XGROUP CREATE s middle 1-3
			XINFO GROUPS s
			XREADGROUP GROUP middle c COUNT 1 STREAMS s >
			XINFO GROUPS s
			XREADGROUP GROUP middle c STREAMS s >
			XINFO GROUPS s`},
		{name: "xinfo/lag-of-a-group-at-the-start", script: stream + `
			XGROUP CREATE s first 1-1
			XDEL s 1-1
			XGROUP CREATE s second 1-1
			XINFO GROUPS s
			XREADGROUP GROUP second c COUNT 1 STREAMS s >
			XINFO GROUPS s`},
		{name: "xinfo/consumers", script: stream + `
			XINFO CONSUMERS s g
			XGROUP CREATECONSUMER s g idle
			XREADGROUP GROUP g busy COUNT 2 STREAMS s >
			XREADGROUP GROUP g also STREAMS s >
			%field=idle XINFO CONSUMERS s g
			XACK s g 1-1
			%field=idle XINFO CONSUMERS s g
			XINFO CONSUMERS s nosuch
			XINFO CONSUMERS nosuch g
			XINFO CONSUMERS s`},
		{name: "xinfo/consumer-that-found-nothing", script: stream + `
			XGROUP SETID s g $
			XREADGROUP GROUP g c STREAMS s >
			%field=idle XINFO CONSUMERS s g
			XREADGROUP GROUP g d STREAMS s 0
			%field=idle XINFO CONSUMERS s g`},
		{name: "xinfo/consumer-by-claim", script: stream + `
			XREADGROUP GROUP g c COUNT 1 STREAMS s >
			XCLAIM s g d 0 1-1
			XAUTOCLAIM s g e 0 0
			%field=idle XINFO CONSUMERS s g`},
		{name: "xinfo/after-rename-and-copy", script: stream + `
			XREADGROUP GROUP g c COUNT 2 STREAMS s >
			RENAME s t
			XINFO GROUPS t
			COPY t u
			XINFO GROUPS u
			XINFO STREAM u`},
		{name: "xinfo/deleted-and-made-again", script: stream + `
			XREADGROUP GROUP g c COUNT 2 STREAMS s >
			DEL s
			XADD s 1-1 f v
			XINFO STREAM s
			XINFO GROUPS s`},
		{name: "xinfo/overwritten", script: stream + `
			SET s string
			DEL s
			XADD s 9-1 f v
			XGROUP CREATE s g 0
			XINFO STREAM s
			XINFO GROUPS s`},
	}
}
