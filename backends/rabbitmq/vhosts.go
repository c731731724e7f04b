package rabbitmq

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"
)

// vhostColumns are the fields of management.BrokerVhost that the listing asks for; it has no pages.
const vhostColumns = "name,description,tags,tracing,default_queue_type,messages_ready,messages_unacknowledged,message_stats,cluster_state"

// ReadVhosts reads the vhosts that the user may see, the source's own first, then those with the most
// messages.
func (s *source) ReadVhosts(ctx context.Context) ([]backends.BrokerVhost, error) {
	var out []backends.BrokerVhost
	err := s.manage(ctx, func(ctx context.Context) error {
		var rows management.List[management.BrokerVhost]
		if err := s.client.Get(ctx, management.To("/api/vhosts"), url.Values{"columns": {vhostColumns}}, &rows); err != nil {
			return err
		}
		var limits management.List[management.Limits]
		limitsErr := s.client.Get(ctx, management.To("/api/vhost-limits"), nil, &limits)
		set := map[string]map[string]int64{}
		for _, l := range limits {
			set[l.Vhost] = numbersOf(l.Value)
		}
		for _, row := range rows {
			v := s.vhostFrom(row)
			v.Limits, v.LimitsErr = set[v.Name], limitsErr
			out = append(out, v)
		}
		return ctx.Err()
	})
	slices.SortStableFunc(out, func(a, b backends.BrokerVhost) int {
		if a.Ours != b.Ours {
			return map[bool]int{true: -1, false: 1}[a.Ours]
		}
		return cmp.Or(cmp.Compare(b.Ready.Value+b.Unacked.Value, a.Ready.Value+a.Unacked.Value), cmp.Compare(a.Name, b.Name))
	})
	return out, err
}

// numbersOf are the entries of an object that are whole numbers.
func numbersOf(t management.Table) map[string]int64 {
	out := map[string]int64{}
	for name := range t {
		if n, ok := t.Integer(name); ok {
			out[name] = n
		}
	}
	return out
}

func (s *source) vhostFrom(v management.BrokerVhost) backends.BrokerVhost {
	stats := v.Stats.Value
	out := backends.BrokerVhost{
		Name: v.Name, Description: string(v.Description), Tags: v.Tags, Ours: v.Name == s.address.vhost, Tracing: bool(v.Tracing),
		DefaultQueueType: string(v.QueueType), Ready: v.Ready.Count(), Unacked: v.Unacked.Count(),
		Publish: s.slopes.rate("published in the vhost "+v.Name, stats.PublishD, stats.Publish),
		Deliver: s.slopes.rate("delivered in the vhost "+v.Name, stats.GetD, stats.Get),
	}
	for node, state := range v.State {
		if state != "running" {
			out.DownOn = append(out.DownOn, node)
		}
	}
	slices.Sort(out.DownOn)
	return out
}

// ReadPolicies reads the policies of the vhosts that the user may enter.
func (s *source) ReadPolicies(ctx context.Context) (backends.BrokerRules, error) {
	var rules backends.BrokerRules
	err := s.manage(ctx, func(ctx context.Context) error {
		if rules.Policies.Items, rules.Policies.Err = readPart(ctx, s, management.To("/api/policies"), policyFrom); gone(rules.Policies.Err) {
			return rules.Policies.Err
		}
		// A server without operator policies does not know the route.
		rules.Operator.Items, rules.Operator.Err = readPart(ctx, s, management.To("/api/operator-policies"), policyFrom)
		if absent(rules.Operator.Err) {
			rules.Operator.Err = nil
		}
		return ctx.Err()
	})
	for _, list := range [][]backends.BrokerPolicy{rules.Policies.Items, rules.Operator.Items} {
		slices.SortStableFunc(list, func(a, b backends.BrokerPolicy) int {
			return cmp.Or(cmp.Compare(a.Vhost, b.Vhost), cmp.Compare(b.Priority.Value, a.Priority.Value), cmp.Compare(a.Name, b.Name))
		})
	}
	return rules, err
}

func policyFrom(p management.VhostPolicy) backends.BrokerPolicy {
	out := backends.BrokerPolicy{Vhost: p.Vhost, Name: p.Name, Pattern: p.Pattern, ApplyTo: string(p.ApplyTo), Priority: p.Priority.Count()}
	for key, value := range p.Definition {
		text := fmt.Sprint(value)
		switch value.(type) {
		case map[string]any, []any:
			encoded, _ := json.Marshal(value) // came from JSON
			text = string(encoded)
		}
		out.Definition = append(out.Definition, key+" = "+text)
	}
	slices.SortFunc(out.Definition, strings.Compare)
	return out
}
