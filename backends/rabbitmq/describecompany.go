package rabbitmq

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// The bounds of looking for other queues in trouble.
const (
	// companyAge is how long all consumers of the vhost, and the counts of other queues, are believed.
	companyAge = 30 * time.Second
	// newcomerAge is how long they are believed where they lack a consumer that is known to be there.
	newcomerAge = 3 * time.Second
	// maxCompany bounds how many queues in trouble are told, companyAtOnce how many others are asked for
	// one by one in a round where there are too many for one page.
	maxCompany    = 50
	companyAtOnce = 12
)

// company remembers who reads what, and how the other queues are.
type company struct {
	mu        sync.Mutex
	consumers cached[[]management.Consumer]
	asked     time.Time // for the consumers
	rows      cached[map[string]otherQueue]
	// whole says that rows are all there are; else they are those that were asked for.
	whole bool
}

// otherQueue is a queue to compare with, and how many messages a second it delivered when it was read.
type otherQueue struct {
	management.Queue
	delivered backends.Rate
}

func (s *source) otherFrom(row management.Queue) otherQueue {
	stats := row.Stats.Value
	return otherQueue{row, s.slopes.rate("delivered "+row.Name, stats.GetD, stats.Get)}
}

// columns asks for some fields only.
func columns(fields string) url.Values { return url.Values{"columns": {fields}} }

// consumerFields are what is asked of all consumers of a vhost.
const consumerFields = "queue.name,channel_details.connection_name"

// allConsumers are the consumers of the vhost, asked for seldom as their number may be large, and again
// when those of a queue are not among them.
func (s *source) allConsumers(ctx context.Context, readers []backends.QueueReader) ([]management.Consumer, error) {
	c := &s.describer.company
	c.mu.Lock()
	kept, age := c.consumers, time.Since(c.asked)
	c.mu.Unlock()
	if time.Now().Before(kept.until) && (age < newcomerAge || among(readers, kept.value)) {
		return kept.value, nil
	}
	start := time.Now()
	var all management.List[management.Consumer]
	err := s.client.Get(ctx, management.To("/api/consumers/{vhost}", s.address.vhost), columns(consumerFields), &all)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = time.Now()
	c.consumers = cached[[]management.Consumer]{all, time.Now().Add(max(companyAge, censusShare*time.Since(start)))}
	return all, nil
}

// among reports whether the connections of all readers are among those of the consumers.
func among(readers []backends.QueueReader, all []management.Consumer) bool {
	there := make(map[string]bool, len(all))
	for _, c := range all {
		there[string(c.Channel.Connection)] = true
	}
	return !slices.ContainsFunc(readers, func(r backends.QueueReader) bool { return !there[r.Connection] })
}

// addCompany tells what else the connections of the queue's consumers read, and which other queues that
// share one of them or the policy are in trouble.
func (s *source) addCompany(ctx context.Context, row *management.FullQueue, d *backends.QueueDetail) {
	shares := map[string]string{} // by queue: what it has in common
	all, err := s.allConsumers(ctx, d.Readers)
	if err != nil {
		d.Notes = append(d.Notes, "other queues of the same consumers are not known: "+shortFault(err))
	}
	mine := map[string]int{} // by connection: the first of our readers on it
	for i, r := range d.Readers {
		if _, ok := mine[r.Connection]; !ok && r.Connection != "" {
			mine[r.Connection] = i
		}
	}
	for _, c := range all {
		name, connection := c.Queue.Name, string(c.Channel.Connection)
		if i, ok := mine[connection]; ok && name != row.Name && name != "" {
			for j := range d.Readers {
				if r := &d.Readers[j]; r.Connection == connection && !slices.Contains(r.Others, name) {
					r.Others = append(r.Others, name)
				}
			}
			shares[name] = "connection " + whose(&d.Readers[i])
		}
	}
	if row.Policy != "" {
		s.samePolicy(ctx, row, shares)
	}
	delete(shares, row.Name)
	s.troubled(ctx, shares, d)
}

// whose is the shortest name of a reader's connection.
func whose(r *backends.QueueReader) string {
	if r.Client != "" {
		return r.Client
	}
	return r.Address
}

// samePolicy adds the queues with the same policy, as far as rows of them are known.
func (s *source) samePolicy(ctx context.Context, row *management.FullQueue, shares map[string]string) {
	rows, _ := s.others(ctx, nil)
	for name, other := range rows {
		if _, ok := shares[name]; !ok && other.Policy == row.Policy {
			shares[name] = "policy " + string(row.Policy)
		}
	}
}

// troubled judges the queues that share something.
func (s *source) troubled(ctx context.Context, shares map[string]string, d *backends.QueueDetail) {
	names := make([]string, 0, len(shares))
	for name := range shares {
		names = append(names, name)
	}
	slices.Sort(names)
	rows, err := s.others(ctx, names)
	if err != nil {
		d.Notes = append(d.Notes, "other queues cannot be read: "+shortFault(err))
	}
	d.Sharing = len(names)
	for _, name := range names {
		row, ok := rows[name]
		if !ok {
			continue
		}
		d.Compared++
		if trouble := troubleOf(row); trouble != "" && len(d.Company) < maxCompany {
			d.Company = append(d.Company, backends.QueueCompany{
				Name: name, Shares: shares[name], Trouble: trouble, Ready: row.Ready.Count(), Consumers: row.Consumers.Count(),
			})
		}
	}
}

// troubleOf says in a few words what is wrong with a queue, "" when nothing is to be seen.
func troubleOf(row otherQueue) string {
	waiting := row.Ready.Known && row.Ready.Value > 0
	switch {
	case !usual(row.State):
		return string(row.State)
	case waiting && row.Consumers.Known && row.Consumers.Value == 0:
		return "messages wait and nobody reads it"
	case waiting && row.delivered.Known() && row.delivered.Value == 0:
		return "messages wait and none is delivered"
	case waiting && !row.Stats.Value.Get.Known && row.Consumers.Value > 0:
		return "messages wait and none was ever delivered"
	}
	return ""
}

// others returns rows of the queues of the vhost: of all, where they fit one page, else of the names.
func (s *source) others(ctx context.Context, names []string) (map[string]otherQueue, error) {
	c := &s.describer.company
	c.mu.Lock()
	kept, whole := c.rows, c.whole
	c.mu.Unlock()
	fresh := time.Now().Before(kept.until)
	if fresh && (whole || len(names) == 0) {
		return kept.value, nil
	}
	rows := map[string]otherQueue{}
	start := time.Now()
	if !fresh {
		page, err := s.queues.Page(ctx, "", 1, management.PageMost, nil)
		if err != nil {
			return kept.value, err
		}
		whole = page.Pages.Value <= 1
		for _, row := range page.Items {
			rows[row.Name] = s.otherFrom(row)
		}
	} else {
		rows = maps.Clone(kept.value)
	}
	if !whole {
		if err := s.ask(ctx, names, rows); err != nil {
			return kept.value, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.whole = whole
	if c.rows.value = rows; !fresh {
		c.rows.until = time.Now().Add(max(companyAge/2, censusShare*time.Since(start)))
	}
	return rows, nil
}

// ask adds rows of named queues, some at a time.
func (s *source) ask(ctx context.Context, names []string, rows map[string]otherQueue) error {
	asked := 0
	for _, name := range names {
		if _, ok := rows[name]; ok {
			continue
		}
		if asked++; asked > companyAtOnce {
			return nil
		}
		var row management.Queue
		err := s.client.Get(ctx, management.To("/api/queues/{vhost}/{name}", s.address.vhost, name), columns(management.QueueColumns), &row)
		if err != nil && backends.ReasonOf(err) != backends.NotFound {
			return err
		}
		if row.Name = name; err == nil {
			rows[name] = s.otherFrom(row)
		}
	}
	return nil
}
