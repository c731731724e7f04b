package redisd

import (
	"strconv"
	"strings"
)

// notify publishes a keyspace notification when its class is switched on. See
// https://redis.io/docs/latest/develop/use/keyspace-notifications.
func (n *node) notify(db *database, class rune, event, key string) {
	flags := n.conf.notify
	if flags == "" {
		return
	}
	if !strings.ContainsRune(flags, class) && (class != 'n' || !n.conf.isNew) && (!strings.ContainsRune("g$lshzxetd", class) || !strings.Contains(flags, "A")) {
		return
	}
	id := strconv.Itoa(db.id)
	if strings.Contains(flags, "K") {
		n.hub.publish("__keyspace@"+id+"__:"+key, event)
	}
	if strings.Contains(flags, "E") {
		n.hub.publish("__keyevent@"+id+"__:"+event, key)
	}
}

// effect is what a command that the engine carries out does to its keys.
type effect struct {
	class    rune
	event    string // told for every key that the command names first
	when     trigger
	replaces bool // the value is a new one, without expiry
	raw      bool // the string is changed in place
	store    bool // the first key is the result of others, "del" when that is empty
}

// trigger says which replies mean that something was changed.
type trigger int

const (
	always   trigger = iota // any but an error
	positive                // an integer above 0
	filled                  // neither null nor empty
)

// effects are the write commands that the engine carries out as they are.
func effects() map[string]effect {
	set := effect{class: '$', event: "set", replaces: true}
	return map[string]effect{
		"append": {class: '$', event: "append", raw: true}, "setrange": {class: '$', event: "setrange", when: positive, raw: true},
		"setbit": {class: '$', event: "setbit", raw: true}, "incr": {class: '$', event: "incrby"},
		"incrby": {class: '$', event: "incrby"}, "decr": {class: '$', event: "incrby"}, "decrby": {class: '$', event: "incrby"},
		"incrbyfloat": {class: '$', event: "incrbyfloat"}, "mset": set, "getset": set, "setnx": {class: '$', event: "set", when: positive, replaces: true},
		"msetnx": {class: '$', event: "set", when: positive, replaces: true},
		"bitop":  {class: '$', event: "set", store: true, replaces: true},
		"lpush":  {class: 'l', event: "lpush"}, "rpush": {class: 'l', event: "rpush"},
		"lpushx": {class: 'l', event: "lpush", when: positive}, "rpushx": {class: 'l', event: "rpush", when: positive},
		"linsert": {class: 'l', event: "linsert", when: positive}, "lset": {class: 'l', event: "lset"},
		"lrem": {class: 'l', event: "lrem", when: positive}, "ltrim": {class: 'l', event: "ltrim"},
		"sadd": {class: 's', event: "sadd", when: positive}, "srem": {class: 's', event: "srem", when: positive},
		"sinterstore": {class: 's', event: "sinterstore", store: true, replaces: true},
		"sunionstore": {class: 's', event: "sunionstore", store: true, replaces: true},
		"sdiffstore":  {class: 's', event: "sdiffstore", store: true, replaces: true},
		"hset":        {class: 'h', event: "hset"}, "hmset": {class: 'h', event: "hset"},
		"hsetnx": {class: 'h', event: "hset", when: positive}, "hdel": {class: 'h', event: "hdel", when: positive},
		"hincrby": {class: 'h', event: "hincrby"}, "hincrbyfloat": {class: 'h', event: "hincrbyfloat"},
		"geoadd":         {class: 'z', event: "zadd"},
		"geosearchstore": {class: 'z', event: "geosearchstore", store: true, replaces: true},
	}
}

// grown notes whether a collection has outgrown its compact encoding, and the order of a hash.
func (k *call) grown(e *entry, f effect) {
	switch {
	case f.store && e.kind == kindSet:
		members, err := k.n.engine.db(k.db.id).Members(e.name)
		if err == nil {
			e.outgrow(members)
		}
	case e.kind == kindHash:
		e.outgrow(k.args[2:])
		k.arrange(e, k.args[2:])
	default:
		e.outgrow(k.args[2:])
	}
}

// happened reports whether a reply means a change.
func (t trigger) happened(reply []byte) bool {
	if len(reply) == 0 || reply[0] == '-' {
		return false
	}
	switch t {
	case positive:
		return reply[0] == ':' && reply[1] != '-' && reply[1] != '0'
	case filled:
		head := firstLine(reply)
		return head != "$-1" && head != "*-1" && head != "_" && head != "*0"
	default:
		return true
	}
}

// engine carries a command out as miniredis does, and notes what that did to the keys.
func (k *call) engine() error {
	if err := guard(k.cmd.name, k.args); err != nil {
		return err
	}
	reply := k.n.engine.run(k.db.id, k.w.V3, k.args...)
	from := len(k.w.Buf)
	k.w.Raw(reply)
	k.settle(k.w.Buf[from:])
	return nil
}

// settle brings the keys of a write command up to date.
func (k *call) settle(reply []byte) {
	f := k.cmd.effect
	if !k.cmd.write || !f.when.happened(reply) {
		return
	}
	keys := k.cmd.keys(k.args)
	if f.store {
		keys = keys[:1]
	}
	for _, key := range keys {
		before := k.db.dict.names[key] != nil
		if f.store && string(reply) == ":0\r\n" {
			k.n.engine.db(k.db.id).Del(key) // the engine keeps an empty set
		}
		e := k.n.sync(k.db, key, f.replaces)
		if e == nil && f.store {
			if before {
				k.notify('g', "del", key)
			}
			continue
		}
		if e != nil {
			e.raw = e.raw || f.raw
			k.grown(e, f)
		}
		if f.event != "" {
			k.notify(f.class, f.event, key)
		}
		if e == nil && before {
			k.notify('g', "del", key)
		}
	}
}
