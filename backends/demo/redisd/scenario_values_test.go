package redisd_test

// stringCommands are those on strings.
func stringCommands() []observation {
	return []observation{
		{name: "strings/set-get", script: `
			SET k v
			GET k
			GET nosuch
			SET k ""
			GET k
			SET k v NX
			SET new v NX
			SET nosuch v XX
			SET k w XX
			GET k`},
		{name: "strings/set-get-option", script: `
			SET k a GET
			SET k b GET
			SET k c NX GET
			GET k
			SET nosuch x XX GET
			GET nosuch`},
		{name: "strings/setnx-getset-getdel", script: `
			SETNX k a
			SETNX k b
			GETSET k c
			GETSET new d
			GETDEL k
			GETDEL k
			GET k`},
		{name: "strings/mset-mget", script: `
			MSET a 1 b 2
			MGET a nosuch b
			LPUSH l x
			MGET a l
			MSETNX a 9 z 9
			MSETNX y 1 z 2
			MGET y z a
			MSET a
			MSETNX a
			MGET`},
		{name: "strings/incr", script: `
			INCR n
			INCRBY n 10
			DECR n
			DECRBY n 20
			GET n
			INCRBY n x
			SET s abc
			INCR s
			SET f 1.5
			INCR f
			SET max 9223372036854775807
			INCR max
			SET min -9223372036854775808
			DECR min
			DECRBY n -9223372036854775808
			SET space " 1"
			INCR space`},
		{name: "strings/incrbyfloat", script: `
			INCRBYFLOAT f 10.5
			INCRBYFLOAT f 0.1
			INCRBYFLOAT f -5
			INCRBYFLOAT f 5.0e3
			INCRBYFLOAT f x
			SET s abc
			INCRBYFLOAT s 1
			INCRBYFLOAT f inf
			SET g 3.0
			INCRBYFLOAT g 1
			SET third 0
			INCRBYFLOAT third 0.333333333333
			GET f`},
		{name: "strings/append-strlen", script: `
			APPEND k abc
			APPEND k def
			STRLEN k
			STRLEN nosuch
			GET k`},
		{name: "strings/getrange", script: `
			SET k "Hello, World"
			GETRANGE k 0 4
			GETRANGE k -5 -1
			GETRANGE k 0 -1
			GETRANGE k 5 3
			GETRANGE k 0 1000
			GETRANGE k 100 200
			GETRANGE k -1000 3
			GETRANGE k -3 -1000
			GETRANGE nosuch 0 -1
			GETRANGE k x 1
			SUBSTR k 0 4
			SET n 12345
			GETRANGE n 1 2`},
		{name: "strings/setrange", script: `
			SETRANGE k 5 abc
			GET k
			SETRANGE k 0 X
			GET k
			SETRANGE k -1 a
			SETRANGE k x a
			SETRANGE empty 10 ""
			EXISTS empty
			SETRANGE k 536870912 a`},
		{name: "strings/bits", script: `
			SETBIT b 7 1
			GETBIT b 7
			GETBIT b 100
			BITCOUNT b
			SETBIT b -1 1
			SETBIT b 0 2
			BITPOS b 1
			BITPOS b 0
			SET x "\xff\xf0\x00"
			BITCOUNT x 0 0
			BITCOUNT x 5 30 BIT
			BITPOS x 0
			BITOP NOT y x
			GET y
			BITOP AND z x y
			BITCOUNT x 0`},
		{name: "strings/bitfield", script: `
			BITFIELD b SET u8 0 255 GET u8 0 INCRBY u8 0 10
			BITFIELD_RO b GET u4 0
			BITFIELD b GET u64 0
			BITFIELD b OVERFLOW FAIL INCRBY u8 0 250`},
		{name: "strings/lcs", script: `
			MSET a ohmytext b mynewtext
			LCS a b
			LCS a b LEN
			LCS a nosuch`},
		{name: "strings/geo", script: `
			GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
			GEODIST g Palermo Catania km
			GEOPOS g nosuch
			GEOADD g 200 100 nowhere
			GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC
			GEOHASH g Palermo nosuch`},
	}
}

// hashCommands are those on hashes.
func hashCommands() []observation {
	return []observation{
		{name: "hashes/hset-hget", script: `
			HSET h a 1 b 2
			HSET h a 9 c 3
			HGET h a
			HGET h nosuch
			HGET nosuch a
			%pairs HGETALL h
			HGETALL nosuch
			HLEN h
			HLEN nosuch
			HEXISTS h a
			HEXISTS h nosuch
			HSTRLEN h a
			HSTRLEN h nosuch
			HMSET h x 1
			HMSET h x
			HSETNX h a 5
			HSETNX h d 5`},
		{name: "hashes/hmget-hkeys", script: `
			HSET h a 1 b 2
			HMGET h a nosuch b
			HMGET nosuch a b
			%sorted HKEYS h
			%sorted HVALS h
			HKEYS nosuch
			HMGET h`},
		{name: "hashes/hdel", script: `
			HSET h a 1 b 2
			HDEL h a nosuch
			HDEL h b
			EXISTS h
			HDEL h a`},
		{name: "hashes/order-of-insertion", script: `
			HSET h zebra 1 apple 2 mango 3
			HGETALL h
			HKEYS h
			HVALS h
			HSCAN h 0
			HSET h apple 9 aardvark 4
			HGETALL h`},
		{name: "hashes/hincrby", script: `
			HINCRBY h n 5
			HINCRBY h n -10
			HINCRBY h n x
			HSET h s abc
			HINCRBY h s 1
			HINCRBYFLOAT h f 1.5
			HINCRBYFLOAT h f 1e2
			HINCRBYFLOAT h s 1
			HINCRBYFLOAT h f x
			HSET h max 9223372036854775807
			HINCRBY h max 1`},
		{name: "hashes/hrandfield", script: `
			HRANDFIELD nosuch
			HRANDFIELD nosuch 2
			HSET h a 1
			HRANDFIELD h
			HRANDFIELD h 5
			HRANDFIELD h -2
			HRANDFIELD h 1 WITHVALUES
			HRANDFIELD h x`},
		{name: "hashes/newer-commands", script: `
			HSET h a 1
			HEXPIRE h 10 FIELDS 1 a
			HTTL h FIELDS 1 a
			HPERSIST h FIELDS 1 a
			HGETDEL h FIELDS 1 a`},
	}
}
