package rabbitmq

import (
	"context"
	"net/url"
	"slices"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// ListQueues lists the queues of the vhost; stream queues are left to ListStreams.
func (s *source) ListQueues(ctx context.Context, q backends.Query) (backends.Page[backends.Queue], error) {
	if q.Survey && !q.Complete {
		if total := s.census.foresee(ctx); total > 0 {
			return s.survey(ctx, q, total)
		}
	}
	found, err := s.queueRows(ctx, q)
	if err != nil {
		return s.withoutManagement(ctx, q, err)
	}
	if q.Survey && !q.Complete && !found.Whole {
		s.census.begin(found.Total())
		page := s.pageOfQueues(found, q)
		page.Soon = true
		return page, nil
	}
	return s.pageOfQueues(found, q), nil
}

// pageOfQueues converts the rows that are queues of others.
func (s *source) pageOfQueues(found management.Rows[management.Queue], q backends.Query) backends.Page[backends.Queue] {
	ours := s.ownQueues()
	keep := func(row management.Queue) bool { return row.Kind() != management.TypeStream && !ours[row.Name] }
	return management.PageOf(found, q, func(r management.Queue) string { return r.Name }, keep, s.queueFrom)
}

// queueRows reads rows of queues and streams. For a complete query, which a command makes once,
// the counts are asked of the queues themselves instead of taken from the last statistics.
func (s *source) queueRows(ctx context.Context, q backends.Query) (management.Rows[management.Queue], error) {
	var found management.Rows[management.Queue]
	err := s.manage(ctx, func(ctx context.Context) error {
		var err error
		found, err = s.queues.Read(ctx, q)
		if err != nil {
			return err
		}
		if found.Whole { // the pace of a few queues is not for very many
			s.tempo.see(s.pace, found.Items)
		}
		if !q.Complete && !s.noStatistics(found.Items) {
			return nil
		}
		return s.countNow(ctx, q, &found)
	})
	return found, err
}

// noStatistics reports whether no row has counts: the server's statistics are off or not there
// yet, and it can only be asked for totals.
func (s *source) noStatistics(items []management.Queue) bool {
	return len(items) > 0 && !slices.ContainsFunc(items, func(r management.Queue) bool { return r.Messages.Known })
}

// countNow asks the queues for their counts (enable_queue_totals) and puts them into the rows.
// A server that cannot leaves the rows as they are.
func (s *source) countNow(ctx context.Context, q backends.Query, found *management.Rows[management.Queue]) error {
	totals := &management.Lister[management.Queue]{Client: s.client, Route: s.queues.Route, Columns: management.TotalsColumns, Name: s.queues.Name}
	now := map[string]management.Queue{}
	more := url.Values{"disable_stats": {"true"}, "enable_queue_totals": {"true"}}
	size, first := management.PageMost, 1
	last := (len(found.Items) + size - 1) / size
	if !found.Whole {
		size = min(max(q.Limit, management.PageFirst), management.PageMost)
		first = max(q.Offset, 0)/size + 1
		last = (max(q.Offset, 0)+len(found.Items)-1)/size + 1
	}
	for number := first; number <= last; number++ {
		page, err := totals.Page(ctx, q.Match, number, size, more)
		if err != nil {
			return ctx.Err()
		}
		for _, row := range page.Items {
			now[row.Name] = row
		}
	}
	for i, row := range found.Items {
		if fresh, ok := now[row.Name]; ok && fresh.Messages.Known {
			found.Items[i].Messages, found.Items[i].Ready, found.Items[i].Unacked = fresh.Messages, fresh.Ready, fresh.Unacked
		}
	}
	return nil
}

// queueFrom converts a row. What the row does not hold stays unknown.
func (s *source) queueFrom(row management.Queue) backends.Queue {
	q := backends.Queue{
		Name: row.Name, Type: row.Kind(), State: row.Trouble(),
		Ready: row.Ready.Count(), Unacked: row.Unacked.Count(), Total: row.Messages.Count(),
		Consumers: row.Consumers.Count(), Bytes: row.Bytes.Count(), Policy: string(row.Policy),
		HeadTime:  row.HeadTime.Seconds(),
		Arguments: argumentFields(row.Arguments),
	}
	if exchange, ok := row.Setting("dead-letter-exchange"); ok {
		q.DeadLetterExchange = exchangeName(exchange)
	}
	stats := row.Stats.Value
	q.InRate = s.slopes.rate("in "+row.Name, stats.PublishD, stats.Publish)
	q.OutRate = s.slopes.rate("out "+row.Name, stats.GetD, stats.Get)
	q.NetRate = s.slopes.rate("net "+row.Name, row.MessagesD, row.Messages)
	return q
}

// exchangeName is the name to show: the default exchange has an empty one.
func exchangeName(name string) string {
	if name == "" {
		return defaultExchange
	}
	return name
}

// ownQueues are the names of the queues of our taps.
func (s *source) ownQueues() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make(map[string]bool, len(s.ours))
	for name := range s.ours {
		names[name] = true
	}
	return names
}
