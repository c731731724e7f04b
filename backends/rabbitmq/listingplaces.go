package rabbitmq

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends/rabbitmq/management"
)

// The bounds of the search for Prometheus.
const (
	// maxPlaces is how many addresses are tried for one count.
	maxPlaces = 24
	// placesAge is how long the addresses that answered are the only ones that are asked: after that a node
	// that came to the cluster, or back to it, is found.
	placesAge = 5 * time.Minute
)

// target is a node that Prometheus tells of, where it is named, and the addresses where it may listen, the most
// probable first.
type target struct {
	node   string
	places []url.URL
}

// gathering is the sum of what the nodes of a cluster tell: a queue is told of by the node of its leader only.
type gathering struct {
	cluster string // "" where any is taken
	rows    map[string]management.QueueCounts
	at      []url.URL
	nodes   map[string]bool
	tried   map[string]bool
	note    string // the last fault
	missed  string // the fault of a node that told nothing
}

// add takes over what was told at a place and reports whether it is of use.
func (g *gathering) add(place url.URL, told management.Coarse, err error) bool {
	switch {
	case err != nil:
		g.note = shortFault(err)
		return false
	case g.cluster != "" && told.Cluster != g.cluster:
		g.note = "Prometheus at " + place.Host + " is of another server"
		return false
	case told.Node != "" && g.nodes[told.Node]:
		return true // another address of the same
	}
	if g.cluster == "" {
		g.cluster = told.Cluster // several that a person names have to be of one cluster
	}
	maps.Copy(g.rows, told.Queues)
	g.at = append(g.at, place)
	g.nodes[told.Node] = true
	return true
}

// from names who told.
func (g *gathering) from() string {
	if len(g.at) == 1 {
		return "Prometheus " + g.at[0].Host
	}
	return "Prometheus of " + strconv.Itoa(len(g.at)) + " nodes"
}

// gather scrapes the targets, one after the other.
func (c *census) gather(ctx context.Context, targets []target, cluster string, wide bool) *gathering {
	g := &gathering{cluster: cluster, rows: map[string]management.QueueCounts{}, nodes: map[string]bool{}, tried: map[string]bool{}}
	g.note = "no Prometheus port is known (?prometheus=http://host:15692 names it)"
	for _, t := range targets {
		if len(g.tried) >= maxPlaces || ctx.Err() != nil {
			break
		}
		if t.node != "" && g.nodes[t.node] {
			continue
		}
		if !c.ask(ctx, g, t, wide) {
			g.missed = g.note
		}
	}
	return g
}

// ask scrapes one target and reports whether it is told of now.
func (c *census) ask(ctx context.Context, g *gathering, t target, wide bool) bool {
	asked := false
	for _, place := range t.places {
		key := place.Scheme + " " + place.Host
		if g.tried[key] {
			continue
		}
		asked, g.tried[key] = true, true
		told, err := c.scraper.Read(ctx, place, c.source.address.vhost, wide)
		if g.add(place, told, err) && (t.node == "" || g.nodes[t.node]) {
			return true
		}
	}
	return !asked && t.node == ""
}

// locate scrapes where Prometheus was found before, else at the places where it may be. The note says why what
// was told is of no use.
func (c *census) locate(ctx context.Context, total int64, wide bool) (g *gathering, note string) {
	if known := len(c.at); known > 0 && time.Now().Before(c.lookAgain) {
		g = c.gather(ctx, c.found(), "", wide)
		if len(g.at) == known && float64(len(g.rows)) >= complete*float64(total) {
			return g, ""
		}
	}
	c.at, c.missed = nil, ""
	targets, cluster := c.targets(ctx)
	g = c.gather(ctx, targets, cluster, wide)
	switch {
	case len(g.at) == 0:
		return g, g.note
	case float64(len(g.rows)) < complete*float64(total):
		return g, g.from() + " tells of " + plural(len(g.rows), "queue", "queues") + " only, those led there"
	}
	c.at, c.lookAgain, c.missed = g.at, time.Now().Add(placesAge), g.missed
	if g.missed != "" {
		c.lookAgain = time.Now().Add(scrapeAgain)
	}
	return g, ""
}

// found are the places that answered before.
func (c *census) found() []target {
	var targets []target
	for _, place := range c.at {
		targets = append(targets, target{places: []url.URL{place}})
	}
	return targets
}

// candidates are the places where one node may be asked of itself, in order.
func (c *census) candidates(ctx context.Context) (places []url.URL, cluster string) {
	if len(c.at) > 0 {
		return c.at[:1], ""
	}
	targets, cluster := c.targets(ctx)
	if len(targets) == 0 {
		return nil, cluster
	}
	return targets[0].places, cluster
}

// targets are the nodes with the addresses where Prometheus may listen: those that were given, else the ports
// that the server says, else what LavinMQ does, which serves it beside the management API. A port that was not
// given has to be of the cluster that is named.
func (c *census) targets(ctx context.Context) (targets []target, cluster string) {
	a := &c.source.address
	if len(a.prometheus) > 0 {
		for _, place := range a.prometheus {
			targets = append(targets, target{places: []url.URL{place}})
		}
		return targets, ""
	}
	var o management.Overview
	present := c.source.client.Present()
	if c.source.client.Get(ctx, management.To("/api/overview"), nil, &o) != nil {
		return c.usualTargets()
	}
	if targets = listening(&o, present.Hostname(), a.hosts()); len(targets) == 0 {
		return []target{{places: []url.URL{present}}}, ""
	}
	return targets, string(o.Cluster)
}

// listening are the nodes that listen for Prometheus, that of the overview first. The listener's address is most
// often that of all interfaces: the hosts of the URL are tried, of which present is the one that tells the
// overview, and the host in the node's name.
func listening(o *management.Overview, present string, hosts []string) []target {
	schemes := map[management.Word]string{"http/prometheus": "http", "https/prometheus": "https"}
	var targets []target
	for _, l := range o.Listeners {
		scheme, ok := schemes[l.Protocol]
		if !ok || !l.Port.Known {
			continue
		}
		node, near := string(l.Node), []string{present}
		if l.Node != "" && o.Node != "" && l.Node != o.Node {
			near = hosts
			if _, host, ok := strings.Cut(node, "@"); ok {
				near = append(slices.Clone(hosts), host)
			}
		}
		i := slices.IndexFunc(targets, func(t target) bool { return t.node == node })
		if i < 0 {
			targets, i = append(targets, target{node: node}), len(targets)
		}
		for _, host := range near {
			targets[i].places = append(targets[i].places, url.URL{Scheme: scheme, Host: endpoint{host, int(l.Port.Value)}.String()})
		}
	}
	slices.SortStableFunc(targets, func(a, b target) int {
		return order(b.node == string(o.Node)) - order(a.node == string(o.Node))
	})
	return targets
}

func order(first bool) int {
	if first {
		return 1
	}
	return 0
}

// hosts are those of the URL, each once.
func (a *address) hosts() []string {
	var all []string
	for _, e := range a.nodes {
		all = append(all, e.host)
	}
	for _, m := range a.management {
		all = append(all, m.Hostname())
	}
	var once []string
	for _, host := range all {
		if !slices.Contains(once, host) {
			once = append(once, host)
		}
	}
	return once
}

// usualTargets are the plugin's own ports on the hosts of the broker, whose cluster the broker has named at the
// login; that which is connected to comes first.
func (c *census) usualTargets() (targets []target, cluster string) {
	live, _ := c.source.keeper.state()
	if live == nil {
		return nil, ""
	}
	cluster, _ = live.conn.Properties["cluster_name"].(string)
	if cluster == "" {
		return nil, ""
	}
	nodes := append([]endpoint{c.source.dialer.present()}, c.source.address.nodes...)
	for _, e := range nodes {
		var t target
		if c.source.address.tls != nil {
			t.places = append(t.places, url.URL{Scheme: "https", Host: endpoint{e.host, management.PrometheusPortTLS}.String()})
		}
		t.places = append(t.places, url.URL{Scheme: "http", Host: endpoint{e.host, management.PrometheusPort}.String()})
		targets = append(targets, t)
	}
	return targets, cluster
}
