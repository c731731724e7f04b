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
