package redisd

import (
	"maps"
	"slices"
	"time"

	"bustop/backends/demo/redisd/internal/glob"
	"bustop/backends/demo/redisd/internal/resp"
)

// members are the clients subscribed to each name.
type members map[string]map[*client]struct{}

func (m members) add(name string, c *client) {
	if m[name] == nil {
		m[name] = map[*client]struct{}{}
	}
	m[name][c] = struct{}{}
}

func (m members) remove(name string, c *client) {
	delete(m[name], c)
	if len(m[name]) == 0 {
		delete(m, name)
	}
}

// hub hands messages to subscribers.
type hub struct{ channels, patterns, shards members }

func newHub() *hub { return &hub{channels: members{}, patterns: members{}, shards: members{}} }

// subscriptions are what one client has subscribed to.
type subscriptions struct{ channels, patterns, shards map[string]struct{} }

func newSubscriptions() subscriptions {
	return subscriptions{map[string]struct{}{}, map[string]struct{}{}, map[string]struct{}{}}
}

// count is the number of channels and patterns, as SUBSCRIBE answers it.
func (s *subscriptions) count() int { return len(s.channels) + len(s.patterns) }

// leave ends all subscriptions of a client.
func (h *hub) leave(c *client) {
	for name := range c.subs.channels {
		h.channels.remove(name, c)
	}
	for name := range c.subs.patterns {
		h.patterns.remove(name, c)
	}
	for name := range c.subs.shards {
		h.shards.remove(name, c)
	}
	c.subs = newSubscriptions()
}

// publish sends a message to the subscribers of a channel and returns how many there were.
func (h *hub) publish(channel, message string) int {
	n := h.deliver(h.channels[channel], "message", channel, message)
	for pattern, clients := range h.patterns {
		if glob.Match(pattern, channel) {
			n += h.deliver(clients, "pmessage", pattern, channel, message)
		}
	}
	return n
}

func (h *hub) deliver(to map[*client]struct{}, words ...string) int {
	var built [2][]byte
	for c := range to {
		v := 0
		if c.v3 {
			v = 1
		}
		if built[v] == nil {
			built[v] = pushMessage(c.v3, words...)
		}
		c.push(built[v])
	}
	return len(to)
}

func pushMessage(v3 bool, words ...string) []byte {
	w := resp.Writer{V3: v3}
	w.Push(len(words))
	for _, s := range words {
		w.Bulk(s)
	}
	return w.Buf
}

// pushLimit is the output buffer limit of subscribers and monitors, as CONFIG has it.
func (n *node) pushLimit() outLimit {
	return outLimit{hard: n.conf.pushHard, soft: n.conf.pushSoft, grace: n.conf.pushGrace}
}

func pubsubHandlers() map[string]handler {
	return map[string]handler{
		"subscribe": (*call).subscribe, "psubscribe": (*call).subscribe, "ssubscribe": (*call).subscribe,
		"unsubscribe": (*call).unsubscribe, "punsubscribe": (*call).unsubscribe, "sunsubscribe": (*call).unsubscribe,
		"publish": (*call).publish, "spublish": (*call).publish,
		"pubsub|channels": (*call).pubsubChannels, "pubsub|shardchannels": (*call).pubsubChannels,
		"pubsub|numsub": (*call).pubsubNumsub, "pubsub|shardnumsub": (*call).pubsubNumsub,
		"pubsub|numpat": func(k *call) error { k.w.Int(int64(len(k.n.hub.patterns))); return nil },
	}
}

// kindOf is what a subscribe or unsubscribe command deals with: the server's list and the
// client's own.
func (k *call) kindOf() (members, map[string]struct{}) {
	switch k.cmd.name[0] {
	case 'p':
		return k.n.hub.patterns, k.c.subs.patterns
	case 's':
		if k.cmd.name == "subscribe" {
			break
		}
		return k.n.hub.shards, k.c.subs.shards
	case 'u':
	}
	return k.n.hub.channels, k.c.subs.channels
}

// confirm writes the answer to one name of a subscribe or unsubscribe command.
func (k *call) confirm(name string, null bool) {
	k.w.Push(3)
	k.w.Bulk(k.cmd.name)
	k.bulkOrNull(name, !null)
	n := k.c.subs.count()
	if k.cmd.name == "ssubscribe" || k.cmd.name == "sunsubscribe" {
		n = len(k.c.subs.shards)
	}
	k.w.Int(int64(n))
}

func (k *call) subscribe() error {
	all, own := k.kindOf()
	for _, name := range k.args[1:] {
		all.add(name, k.c)
		own[name] = struct{}{}
		k.confirm(name, false)
	}
	return nil
}

func (k *call) unsubscribe() error {
	all, own := k.kindOf()
	names := k.args[1:]
	if len(names) == 0 {
		names = slices.Collect(maps.Keys(own))
	}
	for _, name := range names {
		all.remove(name, k.c)
		delete(own, name)
		k.confirm(name, false)
	}
	if len(names) == 0 {
		k.confirm("", true)
	}
	return nil
}

func (k *call) publish() error {
	if k.cmd.name == "spublish" {
		k.w.Int(int64(k.n.hub.deliver(k.n.hub.shards[k.args[1]], "smessage", k.args[1], k.args[2])))
		return nil
	}
	k.w.Int(int64(k.n.hub.publish(k.args[1], k.args[2])))
	return nil
}

// serverList is what the PUBSUB sub-command asks about.
func (k *call) serverList() members {
	if k.cmd.name == "pubsub|shardchannels" || k.cmd.name == "pubsub|shardnumsub" {
		return k.n.hub.shards
	}
	return k.n.hub.channels
}

func (k *call) pubsubChannels() error {
	if len(k.args) > 3 {
		return errSubcommandUse("PUBSUB", k.args[1])
	}
	var names []string
	for name := range k.serverList() {
		if len(k.args) == 2 || glob.Match(k.args[2], name) {
			names = append(names, name)
		}
	}
	k.w.Bulks(names)
	return nil
}

func (k *call) pubsubNumsub() error {
	names := k.args[2:]
	k.w.Array(2 * len(names))
	for _, name := range names {
		k.w.Bulk(name)
		k.w.Int(int64(len(k.serverList()[name])))
	}
	return nil
}

// feedMonitors shows a command to the clients in MONITOR.
func (n *node) feedMonitors(k *call) {
	from := k.c.addr
	if k.script != nil {
		from = "lua"
	}
	w := resp.Writer{}
	w.Simple(monitorLine(k.now, k.c.db, from, k.args))
	for c := range n.monitors {
		if c == k.c && !k.inTx && k.script == nil {
			k.w.Raw(w.Buf) // after the reply
		} else {
			c.push(w.Buf)
		}
	}
}

func (k *call) monitor() error {
	if k.inTx || k.script != nil {
		return failure("ERR MONITOR isn't allowed for DENY BLOCKING client")
	}
	if k.c.monitor {
		return nil
	}
	k.c.monitor = true
	k.n.monitors[k.c] = struct{}{}
	k.w.OK()
	return nil
}

// monitorLine is a line of MONITOR: time, database, client, and the words in quotes.
func monitorLine(at time.Time, db int, from string, args []string) string {
	b := appendTime(nil, at)
	b = append(b, " ["...)
	b = appendInt(b, int64(db))
	b = append(b, ' ')
	b = append(b, from...)
	b = append(b, ']')
	for i, a := range args {
		b = append(b, ' ')
		if i > 0 && secret(args, i) {
			a = "(redacted)"
		}
		b = appendQuoted(b, a)
	}
	return string(b)
}
