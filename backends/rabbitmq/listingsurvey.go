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
		if all, soon, err = s.census.count(ctx, total, q.Shown != nil); err != nil {
			return err
		}
		rows, err := s.inFull(ctx, q.Shown)
		full = make(map[string]backends.Queue, len(rows))
		for _, row := range rows {
			full[row.Name] = s.queueFrom(row)
		}
		return err
	})
	if err != nil {
		return backends.Page[backends.Queue]{}, err
	}
	return s.surveyed(all, full, q.Match, soon), nil
}

// inFull reads single queues, which costs less than to have the server look for them in a listing.
func (s *source) inFull(ctx context.Context, names []string) ([]management.Queue, error) {
	var full []management.Queue
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
		full = append(full, row)
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

// surveyStreams lists the streams of a vhost that has too many queues to be read in full: which ones they
// are is known of the facts, how long they are is asked of those that come first.
func (s *source) surveyStreams(ctx context.Context, q backends.Query, total int64) (backends.Page[backends.Stream], error) {
	var (
		all     tally
		soon    bool
		rows    []management.Queue
		streams []string
	)
	err := s.manage(ctx, func(ctx context.Context) error {
		var err error
		if all, soon, err = s.census.count(ctx, total, true); err != nil {
			return err
		}
		streams = s.census.streams(q.Match)
		rows, err = s.inFull(ctx, streams[min(max(q.Offset, 0), len(streams)):])
		return err
	})
	if err != nil {
		return backends.Page[backends.Stream]{}, err
	}
	page := backends.Page[backends.Stream]{Total: backends.ExactCount(int64(len(streams))), Soon: soon}
	for _, row := range rows {
		page.Items = append(page.Items, s.streamFrom(row))
	}
	for _, name := range streams[min(max(q.Offset, 0)+maxShown, len(streams)):] {
		page.Items = append(page.Items, backends.Stream{Name: name, Type: management.TypeStream, Length: all.rows[name].Ready.Count()})
	}
	if q.Limit > 0 {
		page.Items = page.Items[:min(q.Limit, len(page.Items))]
	}
	return page, nil
}
