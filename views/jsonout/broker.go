package jsonout

import (
	"maps"
	"slices"

	"bustop/backends"
)

// HealthBroker is what a message broker tells of itself beside its report. What is nil was not told.
type HealthBroker struct {
	Nodes    []backends.BrokerNode
	States   *backends.ConnectionStates
	Vhosts   []backends.BrokerVhost
	Rules    *backends.BrokerRules
	Links    *backends.BrokerTransfers
	Rights   *backends.BrokerRights
	Features []backends.BrokerFeature
}

func (o *object) broker(b *HealthBroker) {
	list(o, "nodes", b.Nodes, brokerNode)
	if s := b.States; s != nil {
		o.inner("connection_states", func(o *object) {
			o.count("total", s.Total)
			o.count("blocked", s.Blocked)
			o.count("blocking", s.Blocking)
			o.count("flow", s.Flow)
		})
	} else {
		o.null("connection_states")
	}
	list(o, "vhosts", b.Vhosts, brokerVhost)
	rules, links := backends.BrokerRules{}, backends.BrokerTransfers{}
	if b.Rules != nil {
		rules = *b.Rules
	}
	if b.Links != nil {
		links = *b.Links
	}
	part(o, "policies", rules.Policies, b.Rules != nil, brokerPolicy)
	part(o, "operator_policies", rules.Operator, b.Rules != nil, brokerPolicy)
	part(o, "shovels", links.Shovels, b.Links != nil && !links.NoShovels, brokerTransfer)
	part(o, "federation_links", links.Federation, b.Links != nil && !links.NoFederation, brokerTransfer)
	if b.Rights != nil {
		o.inner("rights", func(o *object) { brokerRights(o, b.Rights) })
	} else {
		o.null("rights")
	}
	list(o, "feature_flags", b.Features, func(o *object, f backends.BrokerFeature) {
		o.text("name", f.Name)
		o.optional("state", f.State)
		o.optional("stability", f.Stability)
	})
}

// list appends an array of objects, null for nil.
func list[T any](o *object, name string, items []T, write func(*object, T)) {
	if items == nil {
		o.null(name)
		return
	}
	rows(o, name, items, write)
}

// part appends the items of a part, null where it was not told.
func part[T any](o *object, name string, p backends.Part[T], told bool, write func(*object, T)) {
	if !told || p.Err != nil {
		o.null(name)
		return
	}
	rows(o, name, p.Items, write)
}

func brokerNode(o *object, n backends.BrokerNode) {
	o.text("name", n.Name)
	o.flag("running", !n.Down)
	o.flag("draining", n.Draining)
	o.flag("answers_us", n.Ours)
	o.span("uptime_ms", n.Uptime)
	o.count("memory_used", n.Memory.Used)
	o.count("memory_limit", n.Memory.Limit)
	o.flag("memory_alarm", n.MemoryAlarm.Known())
	o.span("memory_alarm_ms", n.MemoryAlarm)
	o.count("disk_free", n.DiskFree)
	o.count("disk_limit", n.DiskLimit)
	o.flag("disk_alarm", n.DiskAlarm.Known())
	o.span("disk_alarm_ms", n.DiskAlarm)
	for _, u := range []struct {
		name string
		use  backends.Usage
	}{{"file_descriptors", n.Files}, {"sockets", n.Sockets}, {"processes", n.Processes}} {
		o.count(u.name+"_used", u.use.Used)
		o.count(u.name+"_limit", u.use.Limit)
	}
	o.count("run_queue", n.RunQueue)
	o.texts("partitions", n.Partitions)
}

func brokerVhost(o *object, v backends.BrokerVhost) {
	o.text("name", v.Name)
	o.flag("ours", v.Ours)
	o.flag("tracing", v.Tracing)
	o.count("ready", v.Ready)
	o.count("unacked", v.Unacked)
	o.rate("publish_rate", v.Publish)
	o.rate("deliver_rate", v.Deliver)
	o.texts("down_on", v.DownOn)
	if v.LimitsErr != nil {
		o.null("limits")
		return
	}
	o.inner("limits", func(o *object) {
		for _, name := range slices.Sorted(maps.Keys(v.Limits)) {
			o.int(name, v.Limits[name])
		}
	})
}

func brokerPolicy(o *object, p backends.BrokerPolicy) {
	o.text("name", p.Name)
	o.text("vhost", p.Vhost)
	o.text("pattern", p.Pattern)
	o.optional("apply_to", p.ApplyTo)
	o.count("priority", p.Priority)
	o.texts("definition", p.Definition)
}

// brokerTransfer writes a shovel or a link. The server's own time of its state names no zone, so that it is
// no moment: how long ago that was is state_ms, null where the zone is not known.
func brokerTransfer(o *object, t backends.BrokerTransfer) {
	o.text("name", t.Name)
	o.text("vhost", t.Vhost)
	o.optional("type", t.Kind)
	o.optional("state", t.State)
	o.span("state_ms", t.For)
	o.optional("state_since_server_clock", t.Since)
	o.optional("from", t.From)
	o.optional("to", t.To)
	o.optional("node", t.Node)
	o.optional("error", t.Problem)
}

func brokerRights(o *object, r *backends.BrokerRights) {
	o.optional("user", r.User)
	o.texts("tags", r.Tags)
	rows(o, "abilities", r.Abilities, func(o *object, a backends.BrokerAbility) {
		o.text("what", a.What)
		if a.Verdict == backends.Undecided {
			o.null("granted")
		} else {
			o.flag("granted", a.Verdict == backends.Granted)
		}
		o.optional("takes", a.Right)
		o.optional("advice", a.Advice)
	})
	part(o, "permissions", r.Permissions, true, func(o *object, p backends.BrokerPermission) {
		o.text("vhost", p.Vhost)
		o.text("configure", p.Configure)
		o.text("write", p.Write)
		o.text("read", p.Read)
	})
}
