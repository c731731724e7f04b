package redisd_test

// streamEntries is how entries get into streams and out of them.
func streamEntries() []observation {
	return []observation{
		{name: "streams/xadd-ids", script: `
			XADD s 1-1 f v
			XADD s 1-2 f v
			XADD s 2 f v
			XADD s 2-* f v
			XADD s 5-* f v
			XADD s 5-* f v
			XRANGE s - +`},
		{name: "streams/xadd-id-errors", script: `
			XADD s 0-0 f v
			XADD s 5-5 f v
			XADD s 5-5 f v
			XADD s 5-4 f v
			XADD s 4 f v
			XADD s 4-* f v
			XADD s x f v
			XADD s 1-x f v
			XADD s 1-1-1 f v
			XADD s 18446744073709551616-1 f v
			XADD s -1 f v
			XADD s 18446744073709551615-18446744073709551615 f v
			XADD s * f v
			XADD s 18446744073709551615-* f v`},
		{name: "streams/xadd-auto", script: `
			first= XADD s * f v
			XADD s 1-1 f v
			XRANGE s - +
			XLEN s`},
		{name: "streams/xadd-arity", script: `
			XADD s
			XADD s *
			XADD s * f
			XADD s * f v g
			XADD s MAXLEN 1
			XADD s NOMKSTREAM 1-1 f`},
		{name: "streams/xadd-nomkstream", script: `
			XADD s NOMKSTREAM 1-1 f v
			EXISTS s
			XADD s 1-1 f v
			XADD s NOMKSTREAM 1-2 f v`},
		{name: "streams/xadd-maxlen", script: `
			XADD s 1-1 f v
			XADD s 1-2 f v
			XADD s 1-3 f v
			XADD s MAXLEN 2 1-4 f v
			XRANGE s - +
			XADD s MAXLEN = 1 1-5 f v
			XLEN s
			XADD s MAXLEN 0 1-6 f v
			XLEN s
			EXISTS s
			XADD s MAXLEN -1 1-7 f v
			XADD s MAXLEN x 1-7 f v
			XADD s MAXLEN 1 LIMIT 5 1-7 f v
			XADD s MAXLEN ~ 1 LIMIT -1 1-7 f v
			XADD s MAXLEN ~ 1 LIMIT x 1-7 f v`},
		{name: "streams/xadd-maxlen-about", script: fill("XADD s 1-%d00 f v", 0) + `
			@fill XADD s 1-1 f v` + fill("XADD s 2-%d f v", 350) + `
			XADD s MAXLEN ~ 100 3-1 f v
			XLEN s
			XADD s MAXLEN ~ 0 3-2 f v
			XLEN s
			XADD s MAXLEN 0 3-3 f v
			XLEN s`},
		{name: "streams/xadd-minid", script: `
			XADD s 1-1 f v
			XADD s 2-1 f v
			XADD s 3-1 f v
			XADD s MINID 2-1 4-1 f v
			XRANGE s - +
			XADD s MINID = 3 5-1 f v
			XRANGE s - + COUNT 1
			XADD s MINID ~ 3 LIMIT 10 6-1 f v
			XADD s MINID x 7-1 f v
			XADD s MINID 1 MAXLEN 1 7-1 f v`},
		{name: "streams/xadd-many-fields", script: `
			XADD s 1-1 a 1 b 2 c 3
			XADD s 1-2 a 1 a 2
			XADD s 1-3 "" ""
			XADD s 1-4 "bin\x00" "\xff\xfe"
			XRANGE s - +`},
		{name: "streams/xdel", script: `
			XADD s 1-1 f v
			XADD s 1-2 f v
			XDEL s 1-1 9-9
			XLEN s
			XDEL s 1-1
			XDEL s x
			XDEL nosuch 1-1
			XDEL s 1-2
			EXISTS s
			XADD s 1-2 f v
			XADD s 1-3 f v
			XRANGE s - +`},
		{name: "streams/xtrim", script: `
			XADD s 1-1 f v
			XADD s 1-2 f v
			XADD s 1-3 f v
			XADD s 1-4 f v
			XTRIM s MAXLEN 3
			XTRIM s MINID 1-3
			XRANGE s - +
			XTRIM s MAXLEN ~ 1
			XTRIM s MAXLEN ~ 1 LIMIT 10
			XTRIM s MAXLEN 1 LIMIT 10
			XTRIM s
			XTRIM s MAXLEN
			XTRIM s MAXLEN x
			XTRIM s NOSUCH 1
			XTRIM nosuch MAXLEN 1
			XLEN s`},
		{name: "streams/xlen", script: `
			XLEN nosuch
			XADD s 1-1 f v
			XLEN s
			XLEN`},
		{name: "streams/xsetid", script: `
			XSETID nosuch 1-1
			XADD s 1-1 f v
			XADD s 1-5 f v
			XSETID s 1-3
			XSETID s 9-9
			XADD s 9-9 f v
			XADD s 10-1 f v
			XSETID s 20-1 ENTRIESADDED 100 MAXDELETEDID 5-0
			XINFO STREAM s
			XSETID s 20-1 ENTRIESADDED 1 MAXDELETEDID 5-0
			XSETID s 20-1 ENTRIESADDED 100 MAXDELETEDID 30-0
			XSETID s x`},
	}
}

// streamReads are the ways to read without a group.
func streamReads() []observation {
	const five = `
		XADD s 1-1 n 1
		XADD s 1-2 n 2
		XADD s 2-1 n 3
		XADD s 3-0 n 4
		XADD s 3-7 n 5`
	return []observation{
		{name: "streams/xrange", script: five + `
			XRANGE s - +
			XRANGE s 1 1
			XRANGE s 1-2 3
			XRANGE s (1-1 (3-7
			XRANGE s (1-2 +
			XRANGE s 2-1 2-1
			XRANGE s 3 1
			XRANGE s 9 +
			XRANGE nosuch - +
			XRANGE s - + COUNT 2
			XRANGE s - + COUNT 0
			XRANGE s - + COUNT -1
			XRANGE s - 2`},
		{name: "streams/xrange-errors", script: five + `
			XRANGE s
			XRANGE s x +
			XRANGE s - x
			XRANGE s (- +
			XRANGE s - (+
			XRANGE s (18446744073709551615-18446744073709551615 +
			XRANGE s - (0-0
			XRANGE s - + COUNT
			XRANGE s - + COUNT x
			XRANGE s - + NOSUCH 1
			XRANGE s + -`},
		{name: "streams/xrevrange", script: five + `
			XREVRANGE s + -
			XREVRANGE s + - COUNT 2
			XREVRANGE s 2 1
			XREVRANGE s (3-7 1-2 COUNT 2
			XREVRANGE s - +
			XREVRANGE nosuch + -
			XREVRANGE s x -`},
		{name: "streams/xread", script: five + `
			XREAD STREAMS s 0
			XREAD COUNT 2 STREAMS s 1-1
			XREAD STREAMS s 3-7
			XREAD STREAMS s $
			XREAD STREAMS nosuch 0
			XADD t 1-1 f v
			XREAD COUNT 1 STREAMS s t 2 0
			XREAD STREAMS s t 9 0
			XREAD COUNT 0 STREAMS s 3-0
			XREAD COUNT -1 STREAMS s 3-0`},
		{name: "streams/xread-errors", script: five + `
			XREAD
			XREAD STREAMS s
			XREAD STREAMS s t 0
			XREAD STREAMS s x
			XREAD STREAMS s >
			XREAD COUNT x STREAMS s 0
			XREAD BLOCK x STREAMS s 0
			XREAD BLOCK -1 STREAMS s 0
			XREAD COUNT 1 s 0
			XREAD NOACK STREAMS s 0
			XREAD STREAMS s +`},
		{name: "streams/xread-block", script: `
			b! XREAD BLOCK 5000 STREAMS s $
			@blocked 1
			XADD s 1-1 f v
			<b
			b! XREAD BLOCK 5000 COUNT 5 STREAMS s t 1-1 0
			@blocked 1
			XADD t 1-1 g w
			<b
			b XREAD BLOCK 5000 STREAMS s 0`},
		{name: "streams/xread-block-timeout", script: `
			XREAD BLOCK 10 STREAMS s $
			XADD s 1-1 f v
			XREAD BLOCK 10 STREAMS s $
			XREAD BLOCK 10 STREAMS s 5`},
		{name: "streams/xread-wakes-after-transaction", script: `
			b! XREAD BLOCK 5000 STREAMS s $
			@blocked 1
			MULTI
			XADD s 1-1 f v
			XADD s 1-2 f v
			EXEC
			<b`},
		{name: "streams/xread-wakes-by-script", script: `
			b! XREAD BLOCK 5000 STREAMS s $
			@blocked 1
			EVAL "return redis.call('XADD', KEYS[1], '1-1', 'f', 'v')" 1 s
			<b`},
		{name: "streams/xread-two-wait", script: `
			b! XREAD BLOCK 5000 STREAMS s $
			@blocked 1
			c! XREAD BLOCK 5000 STREAMS s $
			@blocked 2
			XADD s 1-1 f v
			<b
			<c`},
	}
}
