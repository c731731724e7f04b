package redisd_test

// listCommands are those on lists.
func listCommands() []observation {
	return []observation{
		{name: "lists/push-pop", script: `
			RPUSH l a b
			LPUSH l c d
			LRANGE l 0 -1
			LPOP l
			RPOP l
			LLEN l
			LPOP nosuch
			LPOP l 5
			LPOP l 1
			EXISTS l
			RPUSHX l x
			LPUSHX l x`},
		{name: "lists/pop-count", script: `
			RPUSH l a b c
			LPOP l 0
			LPOP nosuch 0
			LPOP nosuch 2
			RPOP l 2
			LPOP l -1
			LPOP l x
			LPOP l 1 2`},
		{name: "lists/range", script: `
			RPUSH l a b c d e
			LRANGE l 1 3
			LRANGE l -2 -1
			LRANGE l 3 1
			LRANGE l -100 100
			LRANGE l 10 20
			LRANGE nosuch 0 -1
			LRANGE l x 1
			LINDEX l 0
			LINDEX l -1
			LINDEX l 10
			LINDEX l x
			LINDEX nosuch 0
			LLEN l
			LLEN nosuch`},
		{name: "lists/set-insert-rem-trim", script: `
			RPUSH l a b c b a
			LSET l 0 x
			LSET l 10 x
			LSET nosuch 0 x
			LINSERT l BEFORE c y
			LINSERT l AFTER nosuch y
			LINSERT l NOSUCH c y
			LINSERT nosuch BEFORE a y
			LREM l 1 b
			LREM l 0 nosuch
			LRANGE l 0 -1
			LTRIM l 1 2
			LRANGE l 0 -1
			LTRIM l 5 10
			EXISTS l
			LTRIM l x 1`},
		{name: "lists/lpos", script: `
			RPUSH l a b c b b
			LPOS l b
			LPOS l b RANK 2
			LPOS l b RANK -1
			LPOS l b COUNT 0
			LPOS l b COUNT 2
			LPOS l nosuch
			LPOS l nosuch COUNT 0
			LPOS l b RANK 0
			LPOS l b MAXLEN 2 COUNT 0
			LPOS l b COUNT -1`},
		{name: "lists/move", script: `
			RPUSH a 1 2 3
			LMOVE a b LEFT RIGHT
			RPOPLPUSH a b
			LRANGE b 0 -1
			LMOVE nosuch b LEFT LEFT
			LMOVE a b NOSUCH LEFT
			RPOPLPUSH b b
			LRANGE b 0 -1`},
		{name: "lists/lmpop", script: `
			RPUSH a 1 2 3
			LMPOP 2 nosuch a LEFT
			LMPOP 1 a RIGHT COUNT 5
			LMPOP 1 a LEFT
			LMPOP 0 a LEFT
			LMPOP 1 a NOSUCH
			LMPOP 1 a LEFT COUNT 0`},
		{name: "lists/blocking-at-once", script: `
			RPUSH l a b c
			BLPOP nosuch l 1
			BRPOP l 1
			BLMOVE l m LEFT RIGHT 1
			RPUSH l x
			BLMPOP 1 1 l LEFT
			BRPOPLPUSH m l 1`},
		{name: "lists/blocking-later", script: `
			b! BLPOP q1 q2 5
			@blocked 1
			RPUSH q2 a b
			<b
			LRANGE q2 0 -1
			b! BLMOVE q1 dest RIGHT LEFT 5
			@blocked 1
			RPUSH q1 moved
			<b
			LRANGE dest 0 -1`},
		{name: "lists/blocking-timeout", script: `
			BLPOP q 0.01
			BRPOP q 0.01
			BLMOVE q d LEFT LEFT 0.01
			BLMPOP 0.01 1 q LEFT
			BRPOPLPUSH q d 0.01`},
		{name: "lists/blocking-errors", script: `
			BLPOP q
			BLPOP q x
			BLPOP q -1
			BRPOP q ""
			BLMOVE a b LEFT NOSUCH 1`},
		{name: "lists/blocking-first-key-first", script: `
			b! BLPOP q1 q2 q3 5
			@blocked 1
			MULTI
			RPUSH q3 c
			RPUSH q1 a
			EXEC
			<b`},
		{name: "lists/blocking-wrong-type-does-not-wake", script: `
			b! BLPOP q 5
			@blocked 1
			SADD q member
			DEL q
			RPUSH q right
			<b`},
		{name: "lists/blocking-chain", script: `
			b! BLMOVE first second LEFT RIGHT 5
			@blocked 1
			c! BLPOP second 5
			@blocked 2
			RPUSH first x
			<b
			<c`},
		{name: "lists/blocking-in-order", script: `
			b! BLPOP q 5
			@blocked 1
			c! BLPOP q 5
			@blocked 2
			RPUSH q first second
			<b
			<c`},
	}
}
