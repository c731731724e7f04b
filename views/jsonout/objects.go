package jsonout

import "bustop/backends"

// Origin says which source an object was read from.
type Origin struct{ Source, Backend, Namespace string }

// OriginOf returns the origin of what a source shows.
func OriginOf(id backends.Identity) Origin {
	return Origin{Source: id.Name, Backend: id.Backend, Namespace: id.Namespace}
}

// beginObject starts an object with the fields that every object has.
func beginObject(dst []byte, kind backends.Kind, from Origin, name string) object {
	o := begin(dst)
	o.word("kind", string(kind))
	o.text("source", from.Source)
	o.word("backend", from.Backend)
	o.optional("namespace", from.Namespace)
	o.text("name", name)
	return o
}

// Queue appends a queue.
func Queue(dst []byte, from Origin, q backends.Queue) []byte {
	o := beginObject(dst, backends.KindQueue, from, q.Name)
	o.optional("type", q.Type)
	o.optional("state", q.State)
	o.count("ready", q.Ready)
	o.count("unacked", q.Unacked)
	o.count("total", q.Total)
	o.count("consumers", q.Consumers)
	o.rate("in_rate", q.InRate)
	o.rate("out_rate", q.OutRate)
	o.rate("net_rate", q.NetRate)
	o.count("bytes", q.Bytes)
	o.time("head_time", q.HeadTime)
	o.optional("dead_letter_exchange", q.DeadLetterExchange)
	o.optional("policy", q.Policy)
	o.optional("framework", q.Framework)
	o.key("states")
	states := begin(o.buf)
	for _, s := range q.States {
		states.count(s.Name, s.Count)
	}
	o.buf = states.end()
	o.fields("arguments", q.Arguments)
	return o.end()
}

// Stream appends a stream with its groups.
func Stream(dst []byte, from Origin, s backends.Stream) []byte {
	o := beginObject(dst, backends.KindStream, from, s.Name)
	o.optional("type", s.Type)
	o.count("length", s.Length)
	o.optional("first_id", s.FirstID)
	o.optional("last_id", s.LastID)
	o.count("entries_added", s.EntriesAdded)
	o.time("first_time", s.FirstTime)
	o.time("last_time", s.LastTime)
	o.rate("in_rate", s.InRate)
	o.count("bytes", s.Bytes)
	o.optional("library", s.Library)
	o.list("groups", len(s.Groups), func(dst []byte, i int) []byte { return group(dst, s.Groups[i]) })
	return o.end()
}

func group(dst []byte, g backends.Group) []byte {
	o := begin(dst)
	o.text("name", g.Name)
	o.count("consumers", g.ConsumerCount)
	o.count("pending", g.Pending)
	o.count("lag", g.Lag)
	o.span("lag_ms", g.LagTime)
	o.count("entries_read", g.EntriesRead)
	o.optional("last_delivered_id", g.LastDeliveredID)
	o.span("oldest_pending_ms", g.OldestPending)
	o.list("members", len(g.Consumers), func(dst []byte, i int) []byte {
		c := begin(dst)
		c.text("name", g.Consumers[i].Name)
		c.count("pending", g.Consumers[i].Pending)
		c.span("idle_ms", g.Consumers[i].Idle)
		return c.end()
	})
	return o.end()
}

// Channel appends a channel or an exchange.
func Channel(dst []byte, from Origin, c backends.Channel) []byte {
	o := beginObject(dst, backends.KindChannel, from, c.Name)
	o.optional("type", c.Type)
	o.count("subscribers", c.Subscribers)
	o.list("bindings", len(c.Bindings), func(dst []byte, i int) []byte {
		b := begin(dst)
		b.text("destination", c.Bindings[i].Destination.String())
		b.text("routing_key", c.Bindings[i].RoutingKey)
		b.fields("arguments", c.Bindings[i].Arguments)
		return b.end()
	})
	o.rate("in_rate", c.InRate)
	o.rate("byte_rate", c.ByteRate)
	o.rate("out_rate", c.OutRate)
	o.optional("use", c.Use)
	o.optional("alternate_exchange", c.Alternate)
	o.texts("flags", c.Flags)
	return o.end()
}

// Lock appends a lock. Its ttl_ms is null when it has no expiry, and then no_expiry is true.
func Lock(dst []byte, from Origin, l backends.Lock) []byte {
	o := beginObject(dst, backends.KindLock, from, l.Name)
	o.optional("holder", l.Holder)
	o.span("ttl_ms", l.TTL)
	o.flag("no_expiry", l.NoExpiry)
	o.optional("library", l.Library)
	o.float("confidence", l.Confidence)
	o.count("reentrancy", l.Reentrancy)
	o.count("fencing_token", l.FencingToken)
	o.count("waiters", l.Waiters)
	o.optional("mode", l.Mode)
	o.optional("variant", l.Variant)
	o.time("since", l.Since)
	o.optional("host", l.Host)
	o.count("permits", l.Permits)
	o.list("holders", len(l.Holders), func(dst []byte, i int) []byte {
		h := begin(dst)
		h.text("token", l.Holders[i].Token)
		h.count("reentrancy", l.Holders[i].Entered)
		h.optional("mode", l.Holders[i].Mode)
		return h.end()
	})
	o.quorum(l.Quorum)
	return o.end()
}

// quorum appends how far servers agree, null where that is no question.
func (o *object) quorum(q *backends.LockQuorum) {
	if q == nil {
		o.null("quorum")
		return
	}
	o.key("quorum")
	inner := begin(o.buf)
	inner.int("agree", int64(q.Agree))
	inner.int("of", int64(q.Of))
	inner.text("holder", q.Holder)
	inner.span("skew_ms", q.Skew)
	o.buf = inner.end()
}

// Leaderboard appends a leaderboard with the places that were read.
func Leaderboard(dst []byte, from Origin, l backends.Leaderboard) []byte {
	o := beginObject(dst, backends.KindLeaderboard, from, l.Name)
	o.optional("library", l.Library)
	o.count("size", l.Size)
	o.list("top", len(l.Top), func(dst []byte, i int) []byte {
		p := begin(dst)
		p.int("rank", l.Top[i].Rank)
		p.text("member", l.Top[i].Member)
		p.float("score", l.Top[i].Score)
		return p.end()
	})
	return o.end()
}

// Key appends an entry of a keyspace. Its ttl_ms is null when it has no expiry, and then
// no_expiry is true.
func Key(dst []byte, from Origin, k backends.Key) []byte {
	o := beginObject(dst, backends.KindKey, from, k.Name)
	o.optional("type", k.Type)
	o.span("ttl_ms", k.TTL)
	o.flag("no_expiry", k.NoExpiry)
	o.count("length", k.Length)
	o.count("bytes", k.Bytes)
	o.optional("encoding", k.Encoding)
	return o.end()
}

// Health appends a health report; its name is that of the source.
func Health(dst []byte, from Origin, h HealthReport) []byte {
	o := beginObject(dst, backends.KindHealth, from, from.Source)
	o.optional("product", h.Product)
	o.optional("version", h.Version)
	o.optional("role", h.Role)
	o.span("uptime_ms", h.Uptime)
	o.count("connections", h.Connections)
	o.rate("operations_rate", h.Operations)
	o.count("memory_used", h.MemoryUsed)
	o.count("memory_limit", h.MemoryLimit)
	o.list("alarms", len(h.Alarms), func(dst []byte, i int) []byte {
		a := begin(dst)
		a.word("severity", string(h.Alarms[i].Severity))
		a.text("text", h.Alarms[i].Text)
		return a.end()
	})
	o.list("facts", len(h.Facts), func(dst []byte, i int) []byte {
		f := begin(dst)
		f.text("group", h.Facts[i].Group)
		f.text("name", h.Facts[i].Name)
		f.text("value", h.Facts[i].Value)
		return f.end()
	})
	rows(&o, "servers", h.Servers, healthServer)
	if h.Broker != nil {
		o.broker(h.Broker)
	}
	o.texts("missing", h.Missing)
	return o.end()
}
