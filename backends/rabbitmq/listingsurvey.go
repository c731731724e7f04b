package rabbitmq

import (
	"context"
	"strings"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// maxShown bounds how many rows are read in full in one round.
const maxShown = 64

// survey lists all queues of a vhost that has too many to be read in full, about as many as total, with
// what counting them tells; those in sight are read in full.
func (s *source) survey(ctx context.Context, q backends.Query, total int64) (backends.Page[backends.Queue], error) {
	var (
		all  tally
		soon bool
		full map[string]backends.Queue
	)
	err := s.manage(ctx, func(ctx context.Context) error {
		var err error
		if all, soon, err = s.census.count(ctx, total); err != nil {
			return err
		}
		full, err = s.inFull(ctx, q.Shown)
		return err
	})
	if err != nil {
		return backends.Page[backends.Queue]{}, err
	}
	return s.surveyed(all, full, q.Match, soon), nil
}

// inFull reads single queues, which costs less than to have the server look for them in a listing.
func (s *source) inFull(ctx context.Context, names []string) (map[string]backends.Queue, error) {
	full := map[string]backends.Queue{}
	for _, name := range names[:min(maxShown, len(names))] {
		var row management.Queue
		route := management.To("/api/queues/{vhost}/{name}", s.address.vhost, name)
		err := s.client.Get(ctx, route, columns(management.QueueColumns), &row)
		if backends.ReasonOf(err) == backends.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		full[name] = s.queueFrom(row)
	}
	return full, nil
}

// surveyed is the page of all queues.
func (s *source) surveyed(all tally, full map[string]backends.Queue, match string, soon bool) backends.Page[backends.Queue] {
	ours := s.ownQueues()
	page := backends.Page[backends.Queue]{Soon: soon, Survey: backends.Survey{From: all.from, At: all.at}}
	if all.note != "" {
		page.Notes = append(page.Notes, all.note)
	}
	for _, name := range all.names() {
		if ours[name] || !strings.Contains(name, match) {
			continue
		}
		row, known := s.census.known(name)
		if known && row.Kind() == management.TypeStream {
			continue
		}
		if q, ok := full[name]; ok {
			page.Items = append(page.Items, q)
			continue
		}
		page.Items = append(page.Items, s.countedQueue(name, all.rows[name], row, known))
	}
	page.Total = backends.ExactCount(int64(len(page.Items)))
	return page
}

// countedQueue is a row of which only counts, and what seldom changes, are known.
func (s *source) countedQueue(name string, c counted, row management.Queue, known bool) backends.Queue {
	q := backends.Queue{
		Name: name, Ready: c.Ready.Count(), Unacked: c.Unacked.Count(), Consumers: c.Consumers.Count(), NetRate: c.net,
	}
	if q.Ready.Known() && q.Unacked.Known() {
		q.Total = backends.ExactCount(q.Ready.Value + q.Unacked.Value)
	}
	if !known {
		return q
	}
	q.Type, q.Policy, q.Arguments = row.Kind(), string(row.Policy), argumentFields(row.Arguments)
	if !usual(row.State) {
		q.State = string(row.State)
	}
	if exchange, ok := row.Setting("dead-letter-exchange"); ok {
		q.DeadLetterExchange = exchangeName(exchange)
	}
	return q
}
