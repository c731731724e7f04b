package rabbitmq

import (
	"context"

	"bustop/backends"
)

// describeAlone is what is known of a queue without the management API, which is what err says: what
// Prometheus counts, else what the last look told. The queue is not asked for, as a passive declaration keeps
// alive one that would expire.
func (s *source) describeAlone(ctx context.Context, name string, err error) (backends.QueueDetail, error) {
	missing := withoutAPI(err)
	if missing == nil {
		return backends.QueueDetail{}, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	d := backends.QueueDetail{Queue: backends.Queue{Name: name}, Blind: true}
	all, why := s.census.alone(ctx)
	row, counted := all.rows[name]
	seen, looked := s.sightings.of(name)
	switch {
	case counted:
		s.countAlone(&d, row, all)
	case looked:
		d.Ready, d.ReadyAt = backends.ExactCount(seen.ready), seen.at
	}
	d.Notes = []string{missing.What + ": type, settings, rates and consumers by name are not known – " + missing.Advice}
	switch {
	case counted:
		d.Notes = append(d.Notes, "figures by "+all.from)
	case why == "":
		d.Notes = append(d.Notes, all.from+" tells of no such queue; a node tells of the queues that it leads only")
	default:
		d.Notes = append(d.Notes,
			"how many wait and are with consumers, without any rights: rabbitmq-plugins enable rabbitmq_prometheus; ?prometheus=http://host:15692 says where ("+why+")")
	}
	if !counted {
		d.Notes = append(d.Notes, "a look (p) tells how many are ready; it takes the read permission on the queue: rabbitmqctl set_permissions -p VHOST USER CONFIGURE WRITE READ")
	}
	return d, nil
}

// countAlone fills in what Prometheus tells.
func (s *source) countAlone(d *backends.QueueDetail, row counted, all tally) {
	known, _ := s.census.known(d.Name)
	d.Queue = s.countedQueue(d.Name, row, known, known.Name != "")
	d.ReadyAt = all.at
	d.Bytes, d.Memory, d.HeadTime = row.Bytes.Count(), row.Memory.Count(), row.Head.Seconds()
	if d.Consumers.Value > 0 {
		d.Capacity = row.Capacity.Share()
	}
	d.Drain = drainOf(d)
}
