package redisd

import (
	"strconv"
)

// outgrow notes elements that are too long for a compact encoding. It is for good: Redis does
// not turn back either.
func (e *entry) outgrow(words []string) {
	if e.wide || e.kind == kindString || e.kind == kindList || e.kind == kindStream {
		return
	}
	for _, w := range words {
		if e.kind == kindSet {
			if _, err := integer(w); err == nil {
				continue
			}
			e.wide = true
		} else if len(w) > 64 {
			e.wide = true
		}
	}
}

// elements is how many elements a value has, 1 for a string.
func (n *node) elements(db *database, e *entry) int {
	command := map[string]string{kindHash: "HLEN", kindSet: "SCARD", kindZSet: "ZCARD", kindList: "LLEN"}[e.kind]
	switch {
	case e.kind == kindStream && e.stream != nil:
		return e.stream.Len()
	case command == "":
		return 1
	}
	reply := n.engine.run(db.id, false, command, e.name)
	if len(reply) < 4 {
		return 0
	}
	v, err := strconv.Atoi(string(reply[1 : len(reply)-2]))
	if err != nil {
		return 0
	}
	return v
}

// compact reports whether a collection is in its compact encoding.
func (k *call) compact(e *entry) bool {
	enc := k.n.encoding(k.db, e)
	return enc == "listpack" || enc == "intset"
}

// encoding is what OBJECT ENCODING says, by the limits that CONFIG has.
func (n *node) encoding(db *database, e *entry) string {
	switch e.kind {
	case kindString:
		return n.stringEncoding(db, e)
	case kindList:
		return "quicklist"
	case kindStream:
		return "stream"
	}
	limit, small, large := "hash-max-listpack-entries", "listpack", "hashtable"
	switch e.kind {
	case kindSet:
		limit, small = "set-max-intset-entries", "intset"
	case kindZSet:
		limit, large = "zset-max-listpack-entries", "skiplist"
	}
	if !e.wide && int64(n.elements(db, e)) > n.conf.number(limit) {
		e.wide = true
	}
	if e.wide {
		return large
	}
	return small
}

func (n *node) stringEncoding(db *database, e *entry) string {
	v, err := n.engine.db(db.id).Get(e.name)
	if err != nil || e.raw {
		return "raw"
	}
	if _, err := integer(v); err == nil && len(v) <= 20 {
		return "int"
	}
	if len(v) <= 44 {
		return "embstr"
	}
	return "raw"
}

// alloc is what the allocator hands out for a number of bytes: jemalloc's size classes.
func alloc(n int) int64 {
	switch {
	case n <= 8:
		return 8
	case n <= 128:
		return int64(n+15) &^ 15
	}
	group := 128
	for n > 2*group {
		group *= 2
	}
	step := group / 4
	return int64((n + step - 1) / step * step)
}

// sds is the size of a string with its header.
func sds(n int) int64 {
	header := 1
	switch {
	case n >= 1<<16:
		header = 9
	case n >= 1<<8:
		header = 5
	case n >= 32:
		header = 3
	}
	return alloc(n + header + 1)
}

// packed is the size of a string in a listpack.
func packed(s string) int64 {
	if v, err := integer(s); err == nil {
		switch {
		case v >= 0 && v < 128:
			return 2
		case v >= -4096 && v < 4096:
			return 3
		case v >= -1<<15 && v < 1<<15:
			return 4
		case v >= -1<<31 && v < 1<<31:
			return 6
		}
		return 10
	}
	switch n := int64(len(s)); {
	case n < 64:
		return n + 2
	case n < 4096:
		return n + 4
	default:
		return n + 7
	}
}

const (
	dictEntry  = 24   // a dictionary's entry: key, value, next
	object     = 16   // the header of a value
	skipNode   = 56   // a node of a skip list, with 1.33 levels
	skipHeader = 640  // its head, with 32 levels
	streamNode = 4096 // a block of entries, which is allocated in one piece
)

// estimate is how much memory a key takes in Redis, from a sample of its elements; 0 samples
// look at all. The figures follow how 7.0 lays values out, with jemalloc.
func (n *node) estimate(db *database, e *entry, samples int) int64 {
	base := sds(len(e.name)) + dictEntry
	if e.kind == kindStream {
		return base + alloc(object) + e.streamSize()
	}
	if e.kind == kindString {
		return base + n.stringSize(db, e)
	}
	list, total := n.sample(db, e, samples)
	if len(list) == 0 {
		return base + alloc(object)
	}
	sum, words := int64(0), int64(0)
	for _, w := range list {
		sum += w.size
		words++
	}
	all := sum * int64(total) / words
	switch n.encoding(db, e) {
	case "intset":
		return base + alloc(object) + alloc(8+total*intWidth(list))
	case "listpack":
		return base + alloc(object) + alloc(7+int(all))
	case "quicklist":
		nodes := 1 + all/8192
		return base + alloc(object) + 40 + nodes*(32+alloc(7+int(all/nodes)))
	case "skiplist":
		return base + alloc(object) + 16 + 32 + 56 + skipHeader + tableSize(total) + all + int64(total)*(dictEntry+skipNode)
	default:
		return base + alloc(object) + 56 + tableSize(total) + all + int64(total)*dictEntry
	}
}

// tableSize is the array of buckets of a dictionary.
func tableSize(n int) int64 {
	size := 4
	for size < n {
		size *= 2
	}
	return int64(size) * 8
}

func (n *node) stringSize(db *database, e *entry) int64 {
	v, err := n.engine.db(db.id).Get(e.name)
	if err != nil {
		return object
	}
	switch n.stringEncoding(db, e) {
	case "int":
		return object
	case "embstr":
		return alloc(object + 3 + len(v) + 1)
	}
	return object + sds(len(v))
}

func (e *entry) streamSize() int64 {
	if e.stream == nil {
		return 0
	}
	full := max(0, e.stream.Bytes()+int64(e.stream.Len())*10-streamNode)
	size := int64(576) + full + streamNode
	for name, g := range e.stream.Groups {
		size += 200 + int64(len(name))
		for _, c := range g.Consumers {
			size += 100 + int64(len(c.Name)) + int64(c.Owned)*48
		}
	}
	return size
}
