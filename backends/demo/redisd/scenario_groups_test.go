package redisd_test

// streamGroups is what groups keep.
func streamGroups() []observation {
	const stream = `
		XADD s 1-1 n 1
		XADD s 1-2 n 2
		XADD s 1-3 n 3
		XADD s 1-4 n 4
		XGROUP CREATE s g 0`
	return []observation{
		{name: "groups/create", script: `
			XGROUP CREATE s g $
			XGROUP CREATE s g $ MKSTREAM
			XGROUP CREATE s g $ MKSTREAM
			XLEN s
			TYPE s
			XADD s 1-1 f v
			XGROUP CREATE s g2 0
			XGROUP CREATE s g3 1-1
			XGROUP CREATE s g4 9-9
			XGROUP CREATE s g5 x
			XGROUP CREATE s g6 $ NOSUCH
			XINFO GROUPS s`},
		{name: "groups/create-entriesread", script: stream + `
			XGROUP CREATE s h 1-2 ENTRIESREAD 2
			XGROUP CREATE s i 1-2 ENTRIESREAD 100
			XGROUP CREATE s j 1-2 ENTRIESREAD -1
			XGROUP CREATE s k 1-2 ENTRIESREAD -2
			XGROUP CREATE s l 1-2 ENTRIESREAD x
			XGROUP CREATE s m $
			XGROUP CREATE s n 0 ENTRIESREAD 3
			XINFO GROUPS s`},
		{name: "groups/consumers", script: stream + `
			XGROUP CREATECONSUMER s g c1
			XGROUP CREATECONSUMER s g c1
			XGROUP CREATECONSUMER s nosuch c1
			XGROUP CREATECONSUMER nosuch g c1
			XREADGROUP GROUP g c2 COUNT 2 STREAMS s >
			XGROUP DELCONSUMER s g c1
			XGROUP DELCONSUMER s g c2
			XGROUP DELCONSUMER s g nosuch
			XGROUP DELCONSUMER s nosuch c
			XPENDING s g
			XINFO CONSUMERS s g`},
		{name: "groups/destroy", script: stream + `
			XGROUP DESTROY s g
			XGROUP DESTROY s g
			XGROUP DESTROY nosuch g
			XINFO GROUPS s
			XREADGROUP GROUP g c STREAMS s >`},
		{name: "groups/destroy-wakes-readers", script: stream + `
			XGROUP SETID s g $
			b! XREADGROUP GROUP g c BLOCK 5000 STREAMS s >
			@blocked 1
			XGROUP DESTROY s g
			<b`},
		{name: "groups/deleted-stream-wakes-readers", script: stream + `
			XGROUP SETID s g $
			b! XREADGROUP GROUP g c BLOCK 5000 STREAMS s >
			@blocked 1
			DEL s
			<b`},
		{name: "groups/setid", script: stream + `
			XREADGROUP GROUP g c STREAMS s >
			XGROUP SETID s g 0
			XINFO GROUPS s
			XREADGROUP GROUP g c COUNT 1 STREAMS s >
			XGROUP SETID s g $
			XINFO GROUPS s
			XGROUP SETID s g 1-2 ENTRIESREAD 2
			XINFO GROUPS s
			XGROUP SETID s g 1-2 ENTRIESREAD -1
			XINFO GROUPS s
			XGROUP SETID s g 1-2 ENTRIESREAD 77
			XINFO GROUPS s
			XGROUP SETID s g x
			XGROUP SETID s nosuch 0
			XGROUP SETID nosuch g 0
			XGROUP SETID s g 1-1 ENTRIESREAD x`},
		{name: "groups/read", script: stream + `
			XREADGROUP GROUP g c COUNT 1 STREAMS s >
			XREADGROUP GROUP g c COUNT 2 STREAMS s >
			XREADGROUP GROUP g d STREAMS s >
			XREADGROUP GROUP g d STREAMS s >
			XREADGROUP GROUP g c STREAMS s 0
			XREADGROUP GROUP g c COUNT 1 STREAMS s 1-1
			XREADGROUP GROUP g e STREAMS s 0
			XREADGROUP GROUP g c STREAMS s $`},
		{name: "groups/read-errors", script: stream + `
			XREADGROUP GROUP nosuch c STREAMS s >
			XREADGROUP GROUP g c STREAMS nosuch >
			XREADGROUP GROUP g c STREAMS s x
			XREADGROUP GROUP g c STREAMS s
			XREADGROUP STREAMS s >
			XREADGROUP GROUP g STREAMS s >
			XREADGROUP GROUP g c COUNT x STREAMS s >
			XREADGROUP GROUP g c NOSUCH STREAMS s >
			XREAD GROUP g c STREAMS s >`},
		{name: "groups/read-several-streams", script: stream + `
			XADD t 1-1 a b
			XGROUP CREATE t g 0
			XREADGROUP GROUP g c COUNT 1 STREAMS s t > >
			XREADGROUP GROUP g c STREAMS s t 0 >
			XREADGROUP GROUP g c STREAMS s t > >
			XREADGROUP GROUP g c STREAMS s t > >`},
		{name: "groups/read-deleted-entry", script: stream + `
			XREADGROUP GROUP g c STREAMS s >
			XDEL s 1-2
			XREADGROUP GROUP g c STREAMS s 0
			XPENDING s g`},
		{name: "groups/read-block", script: stream + `
			XGROUP SETID s g $
			b! XREADGROUP GROUP g c BLOCK 5000 STREAMS s >
			@blocked 1
			c! XREADGROUP GROUP g d BLOCK 5000 STREAMS s >
			@blocked 2
			XADD s 2-1 n 5
			<b
			XADD s 2-2 n 6
			<c
			XREADGROUP GROUP g c BLOCK 10 STREAMS s >
			XREADGROUP GROUP g c BLOCK 10 STREAMS s 0`},
		{name: "groups/read-noack", script: stream + `
			XREADGROUP GROUP g c COUNT 2 NOACK STREAMS s >
			XPENDING s g
			XREADGROUP GROUP g c STREAMS s 0
			%field=idle XINFO CONSUMERS s g
			XINFO GROUPS s`},
		{name: "groups/ack", script: stream + `
			XREADGROUP GROUP g c STREAMS s >
			XACK s g 1-1 1-2 9-9
			XACK s g 1-1
			XACK s nosuch 1-1
			XACK nosuch g 1-1
			XACK s g x
			XACK s g
			XPENDING s g`},
		{name: "groups/pending-summary", script: stream + `
			XPENDING s g
			XREADGROUP GROUP g c COUNT 3 STREAMS s >
			XREADGROUP GROUP g d STREAMS s >
			XREADGROUP GROUP g e STREAMS s >
			XPENDING s g
			XPENDING s nosuch
			XPENDING nosuch g`},
		{name: "groups/pending-entries", script: stream + `
			XREADGROUP GROUP g c COUNT 3 STREAMS s >
			XREADGROUP GROUP g d STREAMS s >
			XREADGROUP GROUP g c STREAMS s 0
			%at=2 XPENDING s g - + 10
			%at=2 XPENDING s g - + 2
			%at=2 XPENDING s g - + 10 c
			%at=2 XPENDING s g (1-1 1-3 10
			%at=2 XPENDING s g - + 1 d
			XPENDING s g - + 10 nosuch
			XPENDING s g IDLE 60000 - + 10
			%at=2 XPENDING s g IDLE 0 - + 10 d
			XPENDING s g - + 0`},
		{name: "groups/pending-errors", script: stream + `
			XPENDING s
			XPENDING s g -
			XPENDING s g - +
			XPENDING s g x + 10
			XPENDING s g - + x
			XPENDING s g - + -1
			XPENDING s g IDLE x - + 10
			XPENDING s g - + 10 c extra`},
		{name: "groups/counts-deliveries", script: stream + `
			XREADGROUP GROUP g c COUNT 1 STREAMS s >
			XCLAIM s g d 0 1-1
			XCLAIM s g c 0 1-1
			%at=2 XPENDING s g - + 10
			XCLAIM s g d 0 1-1 JUSTID
			%at=2 XPENDING s g - + 10`},
	}
}

// streamClaims is how entries change hands.
func streamClaims() []observation {
	const pending = `
		XADD s 1-1 n 1
		XADD s 1-2 n 2
		XADD s 1-3 n 3
		XADD s 1-4 n 4
		XGROUP CREATE s g 0
		XREADGROUP GROUP g c STREAMS s >`
	return []observation{
		{name: "claims/xclaim", script: pending + `
			XCLAIM s g d 0 1-1 1-2
			XCLAIM s g d 60000 1-3
			XCLAIM s g d 0 9-9
			XCLAIM s g d 0 1-3 JUSTID
			%at=2 XPENDING s g - + 10`},
		{name: "claims/xclaim-options", script: pending + `
			XCLAIM s g d 0 1-1 IDLE 5000 RETRYCOUNT 7
			%at=2 XPENDING s g - + 1
			XCLAIM s g d 3000 1-1 JUSTID
			XCLAIM s g e 0 1-2 TIME 1000 FORCE
			XCLAIM s g e 0 1-2 LASTID 1-9
			XINFO GROUPS s`},
		{name: "claims/xclaim-force", script: pending + `
			XACK s g 1-1
			XCLAIM s g d 0 1-1
			XCLAIM s g d 0 1-1 FORCE
			XCLAIM s g d 0 9-9 FORCE
			%at=2 XPENDING s g - + 10`},
		{name: "claims/xclaim-of-nothing-makes-no-consumer", script: pending + `
			XCLAIM s g new 0 9-9
			XCLAIM s g idle 60000 1-1
			%field=idle XINFO CONSUMERS s g`},
		{name: "claims/xclaim-deleted", script: pending + `
			XDEL s 1-2
			XCLAIM s g d 0 1-1 1-2
			%at=2 XPENDING s g - + 10`},
		{name: "claims/xclaim-errors", script: pending + `
			XCLAIM s g d 0
			XCLAIM s g d x 1-1
			XCLAIM s g d 0 x
			XCLAIM s nosuch d 0 1-1
			XCLAIM nosuch g d 0 1-1
			XCLAIM s g d 0 1-1 IDLE x
			XCLAIM s g d 0 1-1 NOSUCH
			XCLAIM s g d 0 1-1 RETRYCOUNT -1`},
		{name: "claims/xautoclaim", script: pending + `
			XAUTOCLAIM s g d 0 0
			XAUTOCLAIM s g e 0 0 COUNT 2
			XAUTOCLAIM s g e 0 1-3 COUNT 1 JUSTID
			XAUTOCLAIM s g f 60000 0
			XAUTOCLAIM s g e 0 (1-2
			%at=2 XPENDING s g - + 10`},
		{name: "claims/xautoclaim-deleted", script: pending + `
			XDEL s 1-1 1-3
			XAUTOCLAIM s g d 0 0
			XPENDING s g`},
		{name: "claims/xautoclaim-errors", script: pending + `
			XAUTOCLAIM s g d 0
			XAUTOCLAIM s g d x 0
			XAUTOCLAIM s g d 0 x
			XAUTOCLAIM s nosuch d 0 0
			XAUTOCLAIM nosuch g d 0 0
			XAUTOCLAIM s g d 0 0 COUNT 0
			XAUTOCLAIM s g d 0 0 COUNT x
			XAUTOCLAIM s g d 0 0 NOSUCH`},
		{name: "claims/own-again", script: pending + `
			XCLAIM s g c 0 1-1
			XAUTOCLAIM s g c 0 0 COUNT 1
			%at=2 XPENDING s g - + 1`},
	}
}
