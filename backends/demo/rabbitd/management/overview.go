package management

import (
	"crypto/sha256"
	"encoding/base64"
	"net"
	"slices"
	"strconv"
	"strings"

	"bustop/backends/demo/rabbitd/broker"
)

// The versions of what a RabbitMQ 3.10.8 on Debian runs on: clients expect some.
const (
	erlangRelease = "25.2.3"
	erlangFull    = "Erlang/OTP 25 [erts-13.1.5] [source] [64-bit] [async-threads:1] [jit:ns]"
)

// clusterID is the lasting name of a cluster, made from its other one so that it is the same after
// a restart.
func clusterID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "rabbitmq-cluster-id-" + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// getOverview is GET /api/overview.
func getOverview(c *call) any {
	wanted := c.spans()
	all := c.api.broker.Overview()
	o := object{
		"management_version": all.Version, "product_version": all.Version, "rabbitmq_version": all.Version,
		"product_name": "RabbitMQ", "cluster_name": all.ClusterName, "rates_mode": c.api.ratesMode(),
		"erlang_version": erlangRelease, "erlang_full_version": erlangFull,
		"release_series_support_status": "supported", "exchange_types": exchangeTypes(),
		"sample_retention_policies": object{
			"global": []int{600, 3600, 28800, 86400}, "basic": []int{600, 3600}, "detailed": []int{600},
		},
		"disable_stats": c.asks("disable_stats"), "enable_queue_totals": c.asks("enable_queue_totals"),
	}
	if c.asks("disable_stats") {
		o["node"] = all.Node
		totals := c.objectTotals(&all)
		delete(totals, "consumers")
		delete(totals, "channels")
		if !c.isMonitor() {
			delete(totals, "connections")
		}
		o["object_totals"] = totals
		return o
	}
	c.addOverviewStats(o, &all, wanted)
	if c.isMonitor() {
		o["node"] = all.Node
		o["listeners"], o["contexts"] = c.listeners(all.Node), c.contexts(all.Node)
	}
	return o
}

func exchangeTypes() []object {
	types := []object{}
	for _, name := range []string{"direct", "fanout", "headers", "topic"} {
		types = append(types, object{
			"name": name, "enabled": true, "description": "AMQP " + name + " exchange, as per the AMQP specification",
		})
	}
	return types
}

// addOverviewStats writes totals: of everything for monitors, else of what the user may see.
func (c *call) addOverviewStats(o object, all *broker.Overview, wanted spans) {
	s := c.overviewStats(all, wanted)
	m := s.messageStats(wanted.rates, publishNumbers(), deliverNumbers())
	if m == nil {
		m = object{}
	}
	totals, queues := c.objectTotals(all), object{}
	if n, _ := totals["queues"].(int); n > 0 || all.Churn.QueueCreated > 0 {
		s.write(queues, wanted.lengths, lengthNumbers()...)
		for _, name := range []string{"disk_reads", "disk_writes"} { // nothing is on disk
			m[name], m[name+"_details"] = 0, flat(wanted.rates)
		}
	}
	churn := object{}
	addChurn(churn, all.Churn, wanted.lengths)
	// Columns do not select within these.
	o["message_stats"], o["queue_totals"] = map[string]any(m), map[string]any(queues)
	o["churn_rates"], o["object_totals"] = map[string]any(churn), map[string]any(totals)
	o["statistics_db_event_queue"] = 0
}

// flat is the history of a number that is always 0.
func flat(wanted *span) object {
	var none stats
	return none.details(publish, wanted)
}

func (c *call) overviewStats(all *broker.Overview, wanted spans) stats {
	if c.isMonitor() {
		now := countersOf(all.Counters)
		now[messages], now[ready], now[unacked] = all.Totals.Messages, all.Totals.Ready, all.Totals.Unacked
		return c.stats(broker.SampleBroker, 0, now, wanted)
	}
	var sum stats
	for _, v := range c.visibleVHosts() {
		now := countersOf(v.Counters)
		now[messages], now[ready], now[unacked] = v.Totals.Messages, v.Totals.Ready, v.Totals.Unacked
		s := c.stats(broker.SampleVHost, v.ID, now, wanted)
		sum.add(&s)
	}
	return sum
}

// add sums two objects up; of the histories only the last two points are kept.
func (s *stats) add(other *stats) {
	for m := range metrics {
		s.values[m] += other.values[m]
		s.view.last.values[m] += other.view.last.values[m]
		s.view.previous.values[m] += other.view.previous.values[m]
	}
	s.view.last.at, s.view.previous.at = other.view.last.at, other.view.previous.at
}

func (c *call) objectTotals(all *broker.Overview) object {
	if c.isMonitor() {
		return object{
			"queues": all.Queues, "exchanges": all.Exchanges, "connections": all.Connections,
			"channels": all.Channels, "consumers": all.Consumers,
		}
	}
	queues, exchanges := 0, 0
	for _, v := range c.visibleVHosts() {
		queues += len(c.api.broker.Queues(v.Name))
		exchanges += len(c.api.broker.Exchanges(v.Name))
	}
	channels := 0
	for _, x := range c.api.broker.Channels() {
		if x.Ref.User == c.user.Name {
			channels++
		}
	}
	return object{
		"queues": queues, "exchanges": exchanges, "connections": len(c.shownConnections()), "channels": channels,
	}
}

// addChurn writes what has come and gone. There are no rates of it.
func addChurn(o object, churn broker.Churn, wanted *span) {
	for name, n := range map[string]uint64{
		"connection_created": churn.ConnectionCreated, "connection_closed": churn.ConnectionClosed,
		"channel_created": churn.ChannelCreated, "channel_closed": churn.ChannelClosed,
		"queue_declared": churn.QueueDeclared, "queue_created": churn.QueueCreated, "queue_deleted": churn.QueueDeleted,
	} {
		o[name], o[name+"_details"] = n, flat(wanted)
	}
}

// sortedListeners are in the order of protocol and port.
func (c *call) sortedListeners() []Listener {
	return slices.SortedFunc(slices.Values(c.api.opt.Listeners()), func(a, b Listener) int {
		if a.Protocol != b.Protocol {
			return strings.Compare(a.Protocol, b.Protocol)
		}
		return a.Port - b.Port
	})
}

func (c *call) listeners(node string) []object {
	items := []object{}
	for _, l := range c.sortedListeners() {
		options := object{"backlog": 128, "exit_on_close": false, "linger": []any{true, 0}, "nodelay": true}
		address := l.Address
		if isHTTP(l.Protocol) {
			options = object{"cowboy_opts": object{"sendfile": false}, "ip": l.Address, "port": l.Port}
			if l.Protocol != "http" {
				options["protocol"] = l.Protocol
			}
			address = "::"
		}
		items = append(items, object{
			"node": node, "protocol": l.Protocol, "ip_address": address, "port": l.Port, "socket_opts": options,
		})
	}
	return items
}

func isHTTP(protocol string) bool {
	return protocol == "http" || strings.HasPrefix(protocol, "http/") || strings.HasPrefix(protocol, "https")
}

func (c *call) contexts(node string) []object {
	items := []object{}
	for _, l := range c.sortedListeners() {
		if !isHTTP(l.Protocol) {
			continue
		}
		o := object{
			"description": "RabbitMQ Management", "path": "/", "ip": l.Address, "port": strconv.Itoa(l.Port),
			"cowboy_opts": "[{sendfile,false}]",
		}
		if strings.HasSuffix(l.Protocol, "prometheus") {
			o["description"], o["protocol"] = "RabbitMQ Prometheus", "'"+l.Protocol+"'"
		}
		if node != "" {
			o["node"], o["ssl_opts"] = node, []any{}
		}
		items = append(items, o)
	}
	return items
}

// ListenerOf describes an address that is listened on.
func ListenerOf(protocol string, address net.Addr) Listener {
	host, text, _ := net.SplitHostPort(address.String())
	port, _ := strconv.Atoi(text)
	return Listener{Protocol: protocol, Address: host, Port: port}
}

// clusterName is GET /api/cluster-name.
func clusterName(c *call) any { return object{"name": c.api.broker.Overview().ClusterName} }
