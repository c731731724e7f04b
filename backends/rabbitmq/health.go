package rabbitmq

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strconv"
	"sync"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// facts keeps what a server tells about itself once.
type facts struct {
	mu  sync.Mutex
	ver cached[management.Version]
	who cached[identityOf]
	// zone is of the server's clock, nil where it does not tell.
	zone cached[*time.Location]
	// cluster is the name of the cluster as the management API last told it.
	cluster string
}

// factsAge is how long the version is believed; nodes are upgraded while we look.
const factsAge = time.Minute

// serverVersion asks for the version unless it was asked for lately.
func (s *source) serverVersion(ctx context.Context) (management.Version, error) {
	s.facts.mu.Lock()
	kept := s.facts.ver
	s.facts.mu.Unlock()
	if time.Now().Before(kept.until) {
		return kept.value, nil
	}
	overview, err := s.overview(ctx)
	return overview.BrokerVersion(), err
}

// versionFor is the version that the server told at the login, or else, unless that is missing, by the
// management API.
func (s *source) versionFor(ctx context.Context, missing error) management.Version {
	if live, _ := s.keeper.state(); live != nil {
		return live.version()
	}
	if missing != nil {
		return management.Version{}
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	v, _ := s.serverVersion(ctx) // an unknown one is none
	return v
}

func (s *source) overview(ctx context.Context) (management.Overview, error) {
	var o management.Overview
	err := s.client.Get(ctx, management.To("/api/overview"), nil, &o)
	if err == nil {
		s.facts.mu.Lock()
		s.facts.ver = cached[management.Version]{o.BrokerVersion(), time.Now().Add(factsAge)}
		s.facts.cluster = string(o.Cluster)
		s.facts.mu.Unlock()
	}
	return o, err
}

// ReadHealth reads the state of the cluster. Without the management API it holds only what the
// AMQP connection tells.
func (s *source) ReadHealth(ctx context.Context) (backends.HealthReport, error) {
	var report backends.HealthReport
	err := s.manage(ctx, func(ctx context.Context) error {
		overview, err := s.overview(ctx)
		if err != nil {
			return err
		}
		report = reportOf(&overview)
		if who, err := s.whoAmI(ctx); err == nil && !who.sees(monitoring) && report.Connections.Known() {
			report.Connections.Certainty = backends.AtLeast // the overview counts our own only
		}
		stats := overview.Stats.Value
		report.Operations = s.slopes.rate("publish", stats.PublishD, stats.Publish)
		err = s.readNodes(ctx, &overview, &report)
		report.Figures = s.figuresOf(&overview, &report)
		return err
	})
	if err == nil {
		s.alarms.date(report.Alarms, time.Now())
	}
	if errors.Is(err, management.ErrMissing) && backends.ReasonOf(err) == backends.Unsupported {
		return s.healthByAMQP(ctx, err)
	}
	return report, err
}

// readNodes adds the nodes and the alarms. They take other rights than the overview: without
// those the rest is still shown.
func (s *source) readNodes(ctx context.Context, overview *management.Overview, report *backends.HealthReport) error {
	var nodes management.List[management.Node]
	err := s.client.Get(ctx, management.To("/api/nodes"), url.Values{"columns": {management.NodeColumns}}, &nodes)
	switch backends.ReasonOf(err) {
	case backends.Denied, backends.NotFound:
		report.Facts = append(report.Facts, backends.Fact{Group: "nodes", Name: "missing", Value: "they take the tag monitoring"})
	default:
		if err != nil {
			return err
		}
	}
	for i := range nodes {
		addNode(report, &nodes[i], nodes[i].Name == overview.Node || len(nodes) == 1)
	}
	if err := s.addAlarms(ctx, report); err != nil {
		return err
	}
	if len(report.Alarms) > 0 {
		s.addBlocked(ctx, report)
	}
	return ctx.Err()
}

// addAlarms asks for the cluster's own check, which also knows alarms of nodes that cannot be
// seen. It answers 503 when an alarm is on and 404 where the check does not exist.
func (s *source) addAlarms(ctx context.Context, report *backends.HealthReport) error {
	var check struct {
		Status management.Word `json:"status"`
		Alarms management.List[struct {
			Node     management.Word `json:"node"`
			Resource management.Word `json:"resource"`
		}] `json:"alarms"`
	}
	err := s.client.Get(ctx, management.To("/api/health/checks/alarms"), nil, &check)
	if err != nil {
		return ctx.Err()
	}
	for _, alarm := range check.Alarms {
		addAlarm(report, backends.Critical, blocking(string(alarm.Resource), string(alarm.Node)))
	}
	return nil
}

// addBlocked counts the connections that an alarm holds up. One that is blocking only is blocked once it
// publishes, which consumers never do.
func (s *source) addBlocked(ctx context.Context, report *backends.HealthReport) {
	states, err := s.CountStates(ctx)
	if err != nil {
		return
	}
	add := func(name string, n backends.Count) {
		text := strconv.FormatInt(n.Value, 10)
		if n.Certainty == backends.AtLeast {
			text = "≥" + text
		}
		report.Facts = append(report.Facts, backends.Fact{Group: "totals", Name: name, Value: text})
	}
	add("blocked connections", states.Blocked)
	add("blocking connections", states.Blocking)
}

// reportOf turns the overview into a report.
func reportOf(o *management.Overview) backends.HealthReport {
	objects, stats, queues := o.Objects.Value, o.Stats.Value, o.Queues.Value
	r := backends.HealthReport{
		Product: string(o.Product), Version: string(o.Version), Role: "node",
		Connections: objects.Connections.Count(),
	}
	if r.Product == "" {
		r.Product = "RabbitMQ"
	}
	if r.Version == "" {
		r.Version = string(cmp.Or(o.RabbitVersion, o.LavinVersion))
	}
	add := func(group, name, value string) {
		if value != "" {
			r.Facts = append(r.Facts, backends.Fact{Group: group, Name: name, Value: value})
		}
	}
	add("cluster", "name", string(o.Cluster))
	add("cluster", "node", string(o.Node))
	add("cluster", "erlang", string(o.Erlang))
	if o.StatsOff {
		add("cluster", "statistics", "off: no rates")
	} else if o.RatesMode == "none" {
		add("cluster", "statistics", "rates are not kept")
	}
	for _, c := range []struct {
		name string
		n    management.Number
	}{
		{"queues", objects.Queues},
		{"exchanges", objects.Exchanges},
		{"channels", objects.Channels},
		{"consumers", objects.Consumers},
		{"messages", queues.Messages},
		{"ready", queues.Ready},
		{"unacked", queues.Unacked},
	} {
		add("totals", c.name, c.n.Text(0))
	}
	add("rates", "publish", stats.PublishD.Value.Rate.Text(1))
	add("rates", "deliver or get", stats.GetD.Value.Rate.Text(1))
	add("rates", "acknowledge", stats.AckD.Value.Rate.Text(1))
	add("rates", "redeliver", stats.RedeliverD.Value.Rate.Text(1))
	for _, l := range o.Listeners {
		where := l.Port.Text(0)
		if on := cmp.Or(l.Node, l.Address); on != "" {
			where += " on " + string(on)
		}
		add("listeners", string(l.Protocol), where)
	}
	return r
}

// figuresOf are the totals whose course tells how a broker fares.
func (s *source) figuresOf(o *management.Overview, r *backends.HealthReport) []backends.Figure {
	objects, queues, stats := o.Objects.Value, o.Queues.Value, o.Stats.Value
	things := func(name string, n backends.Count, unit backends.Unit) backends.Figure {
		return backends.Figure{Name: name, Value: backends.Rate{Value: float64(n.Value), Certainty: n.Certainty}, Unit: unit}
	}
	channels := objects.Channels.Count()
	if r.Connections.Certainty == backends.AtLeast && channels.Known() {
		channels.Certainty = backends.AtLeast
	}
	rate := func(name string, d management.Maybe[management.Slope], n management.Number) backends.Figure {
		return backends.Figure{Name: name, Value: s.slopes.rate("all "+name, d, n), Unit: backends.PerSecond}
	}
	return []backends.Figure{
		things("ready", queues.Ready.Count(), backends.Things), things("unacked", queues.Unacked.Count(), backends.Things),
		{Name: "published", Value: r.Operations, Unit: backends.PerSecond},
		rate("delivered", stats.GetD, stats.Get), rate("acked", stats.AckD, stats.Ack), rate("redelivered", stats.RedeliverD, stats.Redeliver),
		rate("returned", stats.ReturnD, stats.Return), rate("dropped", stats.DropD, stats.Drop),
		things("connections", r.Connections, backends.Things), things("channels", channels, backends.Things),
		things("consumers", objects.Consumers.Count(), backends.Things), things("memory", r.MemoryUsed, backends.Bytes),
	}
}

// blocking is the text of an alarm that blocks all publishers of the cluster.
func blocking(resource, node string) string {
	return resource + " alarm on " + node + ": publishers are blocked"
}

// The shares of a limit from which on a resource is worth a warning.
const (
	filesWarn  = 0.8
	memoryWarn = 0.8
)

// addNode adds a node's state; that of the node that answers is the report's own.
func addNode(r *backends.HealthReport, n *management.Node, own bool) {
	if own {
		r.MemoryUsed, r.MemoryLimit = n.MemoryUsed.Count(), n.MemoryLimit.Count()
		if n.Uptime.Known {
			r.Uptime = backends.ExactSpan(time.Duration(n.Uptime.Value) * time.Millisecond)
		}
	}
	name := string(n.Name)
	if n.Running == false {
		addAlarm(r, backends.Critical, name+" is not running")
	}
	if n.MemoryAlarm {
		addAlarm(r, backends.Critical, blocking("memory", name))
	} else if share(n.MemoryUsed, n.MemoryLimit) >= memoryWarn {
		addAlarm(r, backends.Warning, name+" uses more than four fifths of the memory at which it blocks publishers")
	}
	if n.DiskAlarm {
		addAlarm(r, backends.Critical, blocking("disk", name))
	}
	if share(n.FilesUsed, n.FilesTotal) >= filesWarn {
		addAlarm(r, backends.Warning, name+" has less than a fifth of its file descriptors left")
	}
	if share(n.SocketsUsed, n.SocketsTotal) >= filesWarn {
		addAlarm(r, backends.Warning, name+" has less than a fifth of its sockets left")
	}
	if len(partitions(n)) > 0 {
		addAlarm(r, backends.Critical, name+" sees a network partition")
	}
	add := func(what, value string) {
		if value != "" {
			r.Facts = append(r.Facts, backends.Fact{Group: name, Name: what, Value: value})
		}
	}
	add("memory used (bytes)", n.MemoryUsed.Text(0))
	add("memory limit (bytes)", n.MemoryLimit.Text(0))
	add("disk free (bytes)", n.DiskFree.Text(0))
	add("disk limit (bytes)", n.DiskLimit.Text(0))
	add("file descriptors", ofTotal(n.FilesUsed, n.FilesTotal))
	add("sockets", ofTotal(n.SocketsUsed, n.SocketsTotal))
	add("processes", ofTotal(n.ProcessesUsed, n.ProcessesMax))
}

func share(used, total management.Number) float64 {
	if !used.Known || !total.Known || total.Value <= 0 {
		return 0
	}
	return used.Value / total.Value
}

func ofTotal(used, total management.Number) string {
	if !used.Known {
		return ""
	}
	return used.Text(0) + " of " + total.Text(0)
}

// addAlarm adds an alarm unless it is there already: two calls report the same one.
func addAlarm(r *backends.HealthReport, severity backends.Severity, text string) {
	for _, a := range r.Alarms {
		if a.Text == text {
			return
		}
	}
	r.Alarms = append(r.Alarms, backends.Alarm{Severity: severity, Text: text})
}

// healthByAMQP is what the server said of itself at the login, and Prometheus where it answers.
func (s *source) healthByAMQP(ctx context.Context, missing error) (backends.HealthReport, error) {
	live, _ := s.keeper.state()
	if live == nil {
		return backends.HealthReport{}, missing
	}
	product, _ := live.conn.Properties["product"].(string)
	release, _ := live.conn.Properties["version"].(string)
	cluster, _ := live.conn.Properties["cluster_name"].(string)
	report := backends.HealthReport{Product: product, Version: release, Role: "node"}
	if cluster != "" {
		report.Facts = append(report.Facts, backends.Fact{Group: "cluster", Name: "name", Value: cluster})
	}
	s.addFigures(ctx, &report)
	s.alarms.date(report.Alarms, time.Now())
	var ours *backends.Error
	if errors.As(missing, &ours) {
		report.Alarms = append(report.Alarms, backends.Alarm{Severity: backends.Info, Text: ours.What + ": " + ours.Advice})
	}
	return report, nil
}
