package redisd_test

import (
	"fmt"
	"strings"
)

// scans page through keys, fields and members. What the server guarantees is compared: that everything is found,
// that nothing which was not there is, that a page is about COUNT long.
func scans() []observation {
	const many = 500
	return []observation{
		{name: "scan/all", script: fill("SET key:%d v", many) + `
			@scan SCAN {cursor} COUNT 100`},
		{name: "scan/default-count", script: fill("SET key:%d v", many) + `
			@scan SCAN {cursor}`},
		{name: "scan/match", script: fill("SET key:%d v", 100) + `
			@scan SCAN {cursor} MATCH key:1* COUNT 30
			@scan SCAN {cursor} MATCH nosuch* COUNT 30`},
		{name: "scan/type", script: fill("SET key:%d v", 50) + fill("LPUSH list:%d v", 50) + `
			PFADD hll x
			@scan SCAN {cursor} TYPE list COUNT 20
			@scan SCAN {cursor} TYPE string COUNT 20
			@scan SCAN {cursor} TYPE zset COUNT 20
			@scan SCAN {cursor} TYPE nosuch COUNT 20`},
		{name: "scan/one-page", script: `
			MSET a 1 b 2
			%sorted=1 SCAN 0
			%sorted=1 SCAN 0 COUNT 1000
			SCAN 0 MATCH nosuch`},
		{name: "scan/empty", script: `
			SCAN 0
			SCAN 0 COUNT 10`},
		{name: "scan/errors", script: `
			SCAN
			SCAN x
			SCAN -1
			SCAN 0 COUNT
			SCAN 0 COUNT 0
			SCAN 0 COUNT -5
			SCAN 0 COUNT x
			SCAN 0 NOSUCH 1
			SCAN 0 MATCH
			SCAN 99999999999999999999999`},
		{name: "scan/pages-are-bounded", script: fill("SET key:%d v", many) + `
			%page=300 SCAN 0 COUNT 100
			%page=30 SCAN 0`},
		{name: "scan/keys-that-go-meanwhile", script: fill("SET key:%d v", 200) + `
			@scan SCAN {cursor} COUNT 50
			DEL key:1 key:2 key:3
			@scan SCAN {cursor} COUNT 50`},
		{name: "scan/other-database", script: `
			SELECT 3
			SET only-here v
			SCAN 0 COUNT 1000
			SELECT 0
			SCAN 0 COUNT 1000`},
		{name: "hscan/small", script: `
			HSET h a 1 b 2 c 3
			%pairs=1 HSCAN h 0
			%pairs=1 HSCAN h 0 COUNT 1
			HSCAN h 0 MATCH a*
			HSCAN nosuch 0`},
		{name: "hscan/large", script: fill("HSET h field:%d v", 600) + `
			@scan HSCAN h {cursor} COUNT 50
			@scan HSCAN h {cursor} MATCH field:1* COUNT 50
			%page=300 HSCAN h 0 COUNT 50`},
		{name: "hscan/errors", script: `
			HSET h a 1
			HSCAN h
			HSCAN h x
			HSCAN h 0 COUNT 0
			HSCAN h 0 NOSUCH
			HSCAN h 0 NOVALUES`},
		{name: "sscan/small", script: `
			SADD s a b c
			SADD ints 1 2 3
			%sorted=1 SSCAN s 0 COUNT 100
			%sorted=1 SSCAN ints 0
			SSCAN s 0 MATCH a* COUNT 100
			SSCAN nosuch 0`},
		{name: "sscan/large", script: fill("SADD s member:%d", 600) + `
			@scan SSCAN s {cursor} COUNT 50
			%page=150 SSCAN s 0 COUNT 50`},
		{name: "sscan/errors", script: `
			SADD s a
			SSCAN s
			SSCAN s x
			SSCAN s 0 COUNT x
			SSCAN s 0 TYPE string`},
		{name: "zscan/small", script: `
			ZADD z 1 a 2.5 b -inf c
			%pairs=1 ZSCAN z 0
			ZSCAN z 0 MATCH a*
			ZSCAN nosuch 0`},
		{name: "zscan/large", script: fill("ZADD z %[1]d member:%[1]d", 600) + `
			@scan ZSCAN z {cursor} COUNT 50
			%page=300 ZSCAN z 0 COUNT 50`},
		{name: "zscan/errors", script: `
			ZADD z 1 a
			ZSCAN z
			ZSCAN z x
			ZSCAN z 0 COUNT 0`},
	}
}

// fill are n commands of one form, in pipelines so that it does not take long.
func fill(form string, n int) string {
	var out strings.Builder
	out.WriteByte('\n')
	for i := range n {
		fmt.Fprintf(&out, "@fill "+form+"\n", i)
	}
	return out.String()
}

// encodings are the forms in which values are kept, at the limits where they change.
func encodings() []observation {
	return []observation{
		{name: "encoding/strings", script: `
			SET int 12345
			SET negative -7
			SET largest 9223372036854775807
			SET too-large 9223372036854775808
			SET leading-zero 007
			SET decimal 1.5
			SET empty ""
			SET short ` + long(44) + `
			SET raw ` + long(45) + `
			SET appended a
			APPEND appended b
			INCR counter
			SETRANGE ranged 0 abc
			OBJECT ENCODING int
			OBJECT ENCODING negative
			OBJECT ENCODING largest
			OBJECT ENCODING too-large
			OBJECT ENCODING leading-zero
			OBJECT ENCODING decimal
			OBJECT ENCODING empty
			OBJECT ENCODING short
			OBJECT ENCODING raw
			OBJECT ENCODING appended
			OBJECT ENCODING counter
			OBJECT ENCODING ranged`},
		{name: "encoding/list-count", script: `
			RPUSH l a
			OBJECT ENCODING l` + fill("RPUSH l %d", 10) + `
			OBJECT ENCODING l` + fill("RPUSH l %d", 500) + `
			OBJECT ENCODING l`},
		{name: "encoding/hash-count", script: fill("HSET h f%d v", 512) + `
			OBJECT ENCODING h
			HSET h f512 v
			OBJECT ENCODING h
			HDEL h f512
			OBJECT ENCODING h`},
		{name: "encoding/hash-value", script: `
			HSET h f ` + long(64) + `
			OBJECT ENCODING h
			HSET h f ` + long(65) + `
			OBJECT ENCODING h
			HSET h2 ` + long(65) + ` v
			OBJECT ENCODING h2`},
		{name: "encoding/set-integers", script: fill("SADD s %d", 512) + `
			OBJECT ENCODING s
			SADD s 512
			OBJECT ENCODING s`},
		{name: "encoding/set-strings", script: `
			SADD s a
			OBJECT ENCODING s
			SADD ints 1 2 3
			OBJECT ENCODING ints
			SADD ints a
			OBJECT ENCODING ints
			SADD large 9223372036854775808
			OBJECT ENCODING large`},
		{name: "encoding/zset-count", script: fill("ZADD z %[1]d m%[1]d", 128) + `
			OBJECT ENCODING z
			ZADD z 128 m128
			OBJECT ENCODING z`},
		{name: "encoding/zset-member", script: `
			ZADD z 1 ` + long(64) + `
			OBJECT ENCODING z
			ZADD z 1 ` + long(65) + `
			OBJECT ENCODING z`},
		{name: "encoding/stream", script: `
			XADD s 1-1 f v
			OBJECT ENCODING s`},
		{name: "encoding/by-arithmetic", script: `
			APPEND n 1
			APPEND n 5
			DECR n
			OBJECT ENCODING n
			INCRBYFLOAT f 1
			OBJECT ENCODING f
			OBJECT REFCOUNT f`},
		{name: "encoding/moves-along", script: `
			SADD s 1 2 x
			SREM s x
			OBJECT ENCODING s
			COPY s t
			OBJECT ENCODING t
			RENAME t u
			OBJECT ENCODING u
			SET n 1
			APPEND n 2
			OBJECT ENCODING n
			COPY n m
			OBJECT ENCODING m
			SUNIONSTORE d s
			OBJECT ENCODING d
			SELECT 1
			SADD a 1
			MOVE a 2
			SELECT 2
			OBJECT ENCODING a`},
		{name: "encoding/set-by-config", script: `
			CONFIG SET hash-max-listpack-entries 2
			HSET h a 1 b 2
			OBJECT ENCODING h
			HSET h c 3
			OBJECT ENCODING h
			CONFIG SET hash-max-listpack-entries 512`},
	}
}
