package redis

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"bustop/backends"
)

// nodeHealth is what one node of a cluster says of itself.
type nodeHealth struct {
	node   *node
	report backends.HealthReport
	err    error
}

// healthOfAll asks every node of a cluster, replicas too, and adds up what is theirs together. It
// fails only when no node answers.
func (s *source) healthOfAll(ctx context.Context, nodes []*node) (backends.HealthReport, error) {
	parts := make([]nodeHealth, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() {
			report, err := n.health(ctx)
			parts[i] = nodeHealth{n, report, err}
		})
	}
	all.Wait()
	sum := backends.HealthReport{Role: "cluster"}
	answered := 0
	var fault error
	for _, p := range parts {
		if p.err != nil {
			fault = p.err
			sum.Alarms = append(sum.Alarms, backends.Alarm{Severity: backends.Critical, Text: p.node.at.addr + ": " + causeText(p.err)})
			sum.Facts = append(sum.Facts, backends.Fact{Group: "nodes", Name: p.node.at.addr, Value: causeText(p.err)})
			continue
		}
		answered++
		merge(&sum, p)
	}
	if answered == 0 {
		return backends.HealthReport{}, fault
	}
	if answered < len(parts) {
		bound(&sum)
	}
	s.clusterState(ctx, &sum)
	for _, p := range parts {
		for _, f := range p.report.Facts {
			if f.Group == "keyspace" || f.Group == "replication" {
				sum.Facts = append(sum.Facts, backends.Fact{Group: p.node.at.addr, Name: f.Name, Value: f.Value})
			}
		}
	}
	return sum, nil
}

// merge adds one node. Memory and limits of replicas count too: they are the cluster's cost.
func merge(sum *backends.HealthReport, p nodeHealth) {
	r := p.report
	switch {
	case sum.Product == "":
		sum.Product, sum.Version = r.Product, r.Version
	case !strings.Contains(sum.Version, r.Version):
		sum.Version += ", " + r.Version
	}
	if !sum.Uptime.Known() || r.Uptime.Value < sum.Uptime.Value {
		sum.Uptime = r.Uptime // since when all of them run
	}
	sum.Connections = sumOf(sum.Connections, r.Connections)
	sum.MemoryUsed = sumOf(sum.MemoryUsed, r.MemoryUsed)
	sum.MemoryLimit = sumOf(sum.MemoryLimit, r.MemoryLimit)
	sum.Operations = backends.ExactRate(sum.Operations.Value + r.Operations.Value)
	for _, a := range r.Alarms {
		sum.Alarms = append(sum.Alarms, backends.Alarm{Severity: a.Severity, Text: p.node.at.addr + ": " + a.Text})
	}
	sum.Facts = append(sum.Facts, backends.Fact{Group: "nodes", Name: p.node.at.addr, Value: fmt.Sprintf(
		"%s, %.0f ops/s, %s, %.1f MiB of memory, up %s", r.Role, r.Operations.Value,
		counted(int(r.Connections.Value), "client"), float64(r.MemoryUsed.Value)/(1<<20), r.Uptime.Value.Round(time.Second))})
}

// bound says of the sums that nodes are missing from them.
func bound(sum *backends.HealthReport) {
	sum.Connections.Certainty = backends.AtLeast
	sum.MemoryUsed.Certainty = backends.AtLeast
	sum.Operations.Certainty = backends.AtLeast
}

// clusterState adds what the cluster thinks of itself (redis.io/docs/latest/commands/cluster-info).
func (s *source) clusterState(ctx context.Context, sum *backends.HealthReport) {
	v, err := s.one(ctx, "CLUSTER", "INFO")
	if err != nil {
		sum.Facts = append(sum.Facts, backends.Fact{Group: "cluster", Name: "cluster_state", Value: causeText(err)})
		return
	}
	text, _ := v.(string)
	i := parseInfo(text)
	for _, name := range strings.Fields("cluster_state cluster_slots_assigned cluster_slots_ok cluster_slots_pfail cluster_slots_fail cluster_known_nodes cluster_size cluster_current_epoch") {
		if value, ok := i[name]; ok {
			sum.Facts = append(sum.Facts, backends.Fact{Group: "cluster", Name: name, Value: value})
		}
	}
	if i["cluster_state"] == "fail" {
		sum.Alarms = append(sum.Alarms, backends.Alarm{Severity: backends.Critical, Text: "the cluster is down: not all slots are served"})
	}
	if missing, ok := i.number("cluster_slots_assigned"); ok && missing < slotCount {
		sum.Alarms = append(sum.Alarms, backends.Alarm{Severity: backends.Critical, Text: fmt.Sprintf("%d of %d slots belong to nobody", slotCount-missing, slotCount)})
	}
}
