package cli

import (
	"context"
	"errors"
	"slices"

	"bustop/backends"
	"bustop/views/jsonout"
)

// readSections asks for everything that the servers of a source tell beside the report. What a user
// may not see is missing, and said so.
func readSections(ctx context.Context, role backends.Health, to *jsonout.HealthReport) {
	if r, ok := role.(backends.ServerDetails); ok {
		section(ctx, to, "details", r.Details, func(s *jsonout.HealthServer, v backends.ServerDetail) { s.Detail = &v })
	}
	if r, ok := role.(backends.SlowLogs); ok {
		section(ctx, to, "slow_log", r.SlowLog, func(s *jsonout.HealthServer, v backends.SlowLog) { s.SlowLog = &v })
	}
	if r, ok := role.(backends.Latencies); ok {
		section(ctx, to, "latency", r.Latency, func(s *jsonout.HealthServer, v backends.Latency) { s.Latency = &v })
	}
	if r, ok := role.(backends.ClientLists); ok {
		section(ctx, to, "clients", r.Clients, func(s *jsonout.HealthServer, v backends.ClientList) { s.Clients = &v })
	}
	if r, ok := role.(backends.CommandStats); ok {
		section(ctx, to, "commands", r.Commands, func(s *jsonout.HealthServer, v backends.CommandTable) { s.Commands = &v })
	}
}

// readBroker asks for what a message broker tells beside the report; nil when the role is none of one.
func readBroker(ctx context.Context, role backends.Health, to *jsonout.HealthReport) {
	b := &jsonout.HealthBroker{}
	if r, ok := role.(backends.BrokerNodes); ok {
		b.Nodes = whole(ctx, to, "nodes", r.ReadNodes)
		to.Broker = b
	}
	if r, ok := role.(backends.BrokerStates); ok {
		b.States = one(ctx, to, "connection_states", r.CountStates)
	}
	if r, ok := role.(backends.BrokerVhosts); ok {
		b.Vhosts = whole(ctx, to, "vhosts", r.ReadVhosts)
	}
	if r, ok := role.(backends.BrokerPolicies); ok {
		if b.Rules = one(ctx, to, "policies", r.ReadPolicies); b.Rules != nil {
			lacks(to, "policies", b.Rules.Policies.Err)
			lacks(to, "operator_policies", b.Rules.Operator.Err)
		}
	}
	if r, ok := role.(backends.BrokerLinks); ok {
		if b.Links = one(ctx, to, "links", r.ReadLinks); b.Links != nil {
			lacks(to, "shovels", b.Links.Shovels.Err)
			lacks(to, "federation_links", b.Links.Federation.Err)
		}
	}
	if r, ok := role.(backends.BrokerAccess); ok {
		if b.Rights = one(ctx, to, "rights", r.ReadAccess); b.Rights != nil {
			lacks(to, "permissions", b.Rights.Permissions.Err)
		}
	}
	if r, ok := role.(backends.BrokerFeatures); ok {
		b.Features = whole(ctx, to, "feature_flags", r.ReadFeatures)
	}
}

// lacks says what is missing and why, if it is.
func lacks(to *jsonout.HealthReport, name string, err error) {
	if err != nil {
		to.Missing = append(to.Missing, name+": "+what(err))
	}
}

// one reads a section, nil when that fails.
func one[T any](ctx context.Context, to *jsonout.HealthReport, name string, read func(context.Context) (T, error)) *T {
	v, err := read(ctx)
	lacks(to, name, err)
	if err != nil {
		return nil
	}
	return &v
}

// whole reads a list, nil when that fails; an empty one is not nil.
func whole[T any](ctx context.Context, to *jsonout.HealthReport, name string, read func(context.Context) ([]T, error)) []T {
	list := one(ctx, to, name, read)
	if list == nil {
		return nil
	}
	return append([]T{}, *list...)
}

func section[T any](ctx context.Context, to *jsonout.HealthReport, name string,
	read func(context.Context) ([]backends.OfServer[T], error), put func(*jsonout.HealthServer, T),
) {
	all, err := read(ctx)
	if err != nil {
		to.Missing = append(to.Missing, name+": "+what(err))
		return
	}
	for _, one := range all {
		i := slices.IndexFunc(to.Servers, func(s jsonout.HealthServer) bool { return s.Server == one.Server })
		if i < 0 {
			i = len(to.Servers)
			to.Servers = append(to.Servers, jsonout.HealthServer{Server: one.Server})
		}
		if one.Err != nil {
			to.Servers[i].Missing = append(to.Servers[i].Missing, name+": "+what(one.Err))
			continue
		}
		put(&to.Servers[i], one.Value)
	}
}

// what is what happened, without the source that the object names already.
func what(err error) string {
	var e *backends.Error
	if errors.As(err, &e) {
		return e.What
	}
	return err.Error()
}
