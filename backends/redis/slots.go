package redis

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"
)

// slotCount is the number of hash slots of a cluster
// (redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec).
const slotCount = 16384

// slotOf is the hash slot of a key: CRC-16 of it, or of what stands between its first "{" and the
// next "}" if that is not empty.
func slotOf(key string) int {
	if _, rest, found := strings.Cut(key, "{"); found {
		if tag, _, closed := strings.Cut(rest, "}"); closed && tag != "" {
			key = tag
		}
	}
	var sum uint16
	for i := range len(key) {
		// CRC-16/XMODEM, bit by bit: names are short.
		sum ^= uint16(key[i]) << 8
		for range 8 {
			carry := sum&0x8000 != 0
			if sum <<= 1; carry {
				sum ^= 0x1021
			}
		}
	}
	return int(sum) % slotCount
}

// shard is a part of a cluster's keyspace: the server that has it, and copies.
type shard struct {
	master   string // host:port
	replicas []string
}

// slotMap says which shard has which slot, as one node told it.
type slotMap struct {
	// shards are in the order of their masters' addresses.
	shards []shard
	owner  [slotCount]int16 // index of the shard, -1 for nobody
}

// shardOf is the shard that has a slot; ok is false when nobody has.
func (m *slotMap) shardOf(slot int) (s shard, ok bool) {
	i := m.owner[slot]
	if i < 0 {
		return shard{}, false
	}
	return m.shards[i], true
}

// slotRange is a part of an answer: a stretch of slots and who has it.
type slotRange struct {
	first, last int64
	shard       shard
}

func newSlotMap(ranges []slotRange) *slotMap {
	m := &slotMap{}
	for i := range m.owner {
		m.owner[i] = -1
	}
	slices.SortFunc(ranges, func(a, b slotRange) int {
		return cmp.Or(cmp.Compare(a.shard.master, b.shard.master), cmp.Compare(a.first, b.first))
	})
	for _, r := range ranges {
		if n := len(m.shards); n == 0 || m.shards[n-1].master != r.shard.master {
			m.shards = append(m.shards, r.shard)
		}
		for slot := max(r.first, 0); slot <= min(r.last, slotCount-1); slot++ {
			m.owner[slot] = int16(len(m.shards) - 1)
		}
	}
	return m
}

// maxShards bounds what is taken from an answer; the specification advises at most 1000 nodes.
const maxShards = 4096

// readSlots reads the answer of CLUSTER SLOTS (redis.io/docs/latest/commands/cluster-slots). asked is
// the host that answered: a node that does not know its own name leaves it out.
func readSlots(v any, asked string) *slotMap {
	list, _ := v.([]any)
	var ranges []slotRange
	for _, entry := range list[:min(len(list), slotCount)] {
		parts, _ := entry.([]any)
		if len(parts) < 3 {
			continue
		}
		r := slotRange{}
		r.first, _ = parts[0].(int64)
		r.last, _ = parts[1].(int64)
		for i, p := range parts[2:min(len(parts), 2+maxShards)] {
			server, _ := p.([]any)
			if len(server) < 2 {
				continue
			}
			host, _ := server[0].(string)
			port, _ := server[1].(int64)
			addr := announced(host, port, asked)
			if i == 0 {
				r.shard.master = addr
			} else {
				r.shard.replicas = append(r.shard.replicas, addr)
			}
		}
		if r.shard.master != "" {
			ranges = append(ranges, r)
		}
	}
	return newSlotMap(ranges)
}

// readShards reads the answer of CLUSTER SHARDS (redis.io/docs/latest/commands/cluster-shards),
// which servers have from 7.0 on.
func readShards(v any, asked string, secure bool) *slotMap {
	list, _ := v.([]any)
	var ranges []slotRange
	for _, entry := range list[:min(len(list), maxShards)] {
		f := fieldsOf(entry)
		own := shardNodes(f["nodes"], asked, secure)
		slots, _ := f["slots"].([]any)
		for i := 0; i+1 < len(slots) && own.master != ""; i += 2 {
			first, _ := slots[i].(int64)
			last, _ := slots[i+1].(int64)
			ranges = append(ranges, slotRange{first, last, own})
		}
	}
	return newSlotMap(ranges)
}

func shardNodes(v any, asked string, secure bool) (s shard) {
	nodes, _ := v.([]any)
	for _, n := range nodes {
		f := fieldsOf(n)
		port, _ := f["port"].(int64)
		if tlsPort, ok := f["tls-port"].(int64); ok && (secure || port == 0) {
			port = tlsPort
		}
		addr := announced(textOf(f, "endpoint"), port, asked)
		switch {
		case textOf(f, "role") == "master" && (s.master == "" || textOf(f, "health") == "online"):
			s.master = addr
		case textOf(f, "health") == "online":
			s.replicas = append(s.replicas, addr)
		}
	}
	return s
}

// announced is the address of a node by what a node tells: no host, or an unknown one, stands for
// the host by which the node that answered was reached.
func announced(host string, port int64, asked string) string {
	if host == "" || host == "?" {
		host = asked
	}
	return net.JoinHostPort(host, strconv.FormatInt(port, 10))
}

// redirect is where a MOVED or ASK sends a command
// (redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec#redirection-and-resharding).
type redirect struct {
	addr string
	ask  bool
}

// readRedirect reads "MOVED slot host:port".
func readRedirect(r reply, asked string) (redirect, bool) {
	words := strings.Fields(r.text)
	if len(words) != 3 || (words[0] != "MOVED" && words[0] != "ASK") {
		return redirect{}, false
	}
	i := strings.LastIndexByte(words[2], ':')
	if i < 0 {
		return redirect{}, false
	}
	port, err := strconv.ParseUint(words[2][i+1:], 10, 16)
	if err != nil {
		return redirect{}, false
	}
	return redirect{addr: announced(strings.Trim(words[2][:i], "[]"), int64(port), asked), ask: words[0] == "ASK"}, true
}

// keyOf is the key by which a command finds its node; ok is false for one that any node answers
// (redis.io/docs/latest/develop/reference/key-specs).
func keyOf(c command) (key string, ok bool) {
	name, _ := c[0].(string)
	at := 1
	switch strings.ToUpper(name) {
	case "PING", "INFO", "DBSIZE", "SCAN", "PUBSUB", "SLOWLOG", "CLIENT", "CONFIG", "LATENCY", "ROLE", "CLUSTER", "ACL",
		"TIME", "COMMAND", "LASTSAVE", "HELLO", "ASKING", "READONLY", "AUTH", "SELECT", "SENTINEL":
		return "", false
	case "XINFO", "MEMORY", "OBJECT":
		at = 2
	case "XREAD":
		at = 1 + slices.IndexFunc(c, func(word any) bool { s, _ := word.(string); return strings.EqualFold(s, "STREAMS") })
	}
	if at <= 0 || at >= len(c) {
		return "", false
	}
	switch word := c[at].(type) {
	case string:
		return word, true
	case []byte:
		return string(word), true
	}
	return "", false
}
