package rabbitmq

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// The bounds of describing a queue.
const (
	// historyAge is how far back the server's own records are asked for, historyStep how fine, in
	// seconds: it keeps an hour by the minute. They are asked for once in historyPause.
	historyAge, historyStep = "3600", "60"
	historyPause            = 15 * time.Second
	// maxDescribed bounds how many queues are remembered.
	maxDescribed = 100
)

// describer remembers what is asked for less often than a queue's own figures.
type describer struct {
	channels joins[management.Channel]
	peers    joins[management.Peer]
	company  company

	mu       sync.Mutex
	records  map[string]*past
	policies cached[policySets]
}

// past is what a queue's history told.
type past struct {
	asked         time.Time
	still, filled backends.Onset
}

// policySets are the policies and the operators' ones.
type policySets struct{ own, operators []management.Policy }

// DescribeQueue implements backends.QueueDescriber.
func (s *source) DescribeQueue(ctx context.Context, name string) (backends.QueueDetail, error) {
	if err := s.checkName(name); err != nil {
		return backends.QueueDetail{}, err
	}
	var d backends.QueueDetail
	err := s.manage(ctx, func(ctx context.Context) error {
		var row management.FullQueue
		route := management.To("/api/queues/{vhost}/{name}", s.address.vhost, name)
		if err := s.client.Get(ctx, route, nil, &row); err != nil {
			return err
		}
		row.Name = name
		d = s.detailOf(&row, s.past(ctx, route, name))
		d.Settings = s.settings(ctx, &row, &d.Notes)
		d.Readers = s.joinReaders(ctx, row.Readers, &d.Notes)
		s.addCompany(ctx, &row, &d)
		return ctx.Err()
	})
	if err != nil {
		return s.describeAlone(ctx, name, err)
	}
	return d, nil
}

// detailOf converts what the queue's own row tells.
func (s *source) detailOf(row *management.FullQueue, p past) backends.QueueDetail {
	d := backends.QueueDetail{
		Queue: s.queueFrom(row.Queue), Traits: traits(row), Memory: row.Memory.Count(), Members: members(row),
		Leader: string(row.Leader), Filled: p.filled, Still: p.still,
	}
	if d.Leader == "" {
		d.Leader = string(row.Node)
	}
	d.Capacity = row.Capacity.Share()
	if !d.Capacity.Known() {
		d.Capacity = row.Utilisation.Share()
	}
	if d.Consumers.Value == 0 {
		d.Capacity = backends.Share{} // nobody has none
	}
	done := row.Counts.Value
	d.AckRate = s.slopes.rate("done "+row.Name, done.Rate(), done.Total())
	d.RedeliverRate = s.slopes.rate("again "+row.Name, done.RedeliverD, done.Redeliver)
	if d.HeadTime.IsZero() && row.Oldest.Known {
		d.HeadTime = management.Number{Value: row.Oldest.Value / 1000, Known: true}.Seconds()
	}
	d.HeadWhy = headWhy(row, d.HeadTime)
	if d.AckRate.Value > 0 || d.Total.Known() && d.Total.Value == 0 {
		d.Still = backends.Onset{}
	}
	if d.Total.Known() && d.Total.Value == 0 {
		d.Filled = backends.Onset{}
	}
	d.Drain = drainOf(&d)
	return d
}

// traits are words for what a queue is beside its type.
func traits(row *management.FullQueue) []string {
	var words []string
	for _, t := range []struct {
		set  management.Truth
		word string
	}{
		{row.Durable, "durable"},
		{!row.Durable, "transient"},
		{row.Exclusive, "exclusive"},
		{row.AutoDelete, "auto-delete"},
	} {
		if t.set {
			words = append(words, t.word)
		}
	}
	return words
}

// members are the nodes of a replicated queue; a queue on one node has none.
func members(row *management.FullQueue) []backends.QueueMember {
	var out []backends.QueueMember
	for _, node := range row.Members {
		out = append(out, backends.QueueMember{
			Node: node, Online: slices.Contains(row.Online, node), Leader: node == string(row.Leader),
		})
	}
	if len(row.Mirrors) > 0 { // a mirrored classic queue
		out = append(out, backends.QueueMember{Node: string(row.Node), Online: true, Leader: true})
	}
	for _, node := range row.Mirrors {
		out = append(out, backends.QueueMember{Node: node, Online: slices.Contains(row.InSync, node)})
	}
	return out
}

// headWhy says why the age of the oldest message is not known.
func headWhy(row *management.FullQueue, head time.Time) string {
	switch {
	case !head.IsZero():
		return ""
	case row.Ready.Known && row.Ready.Value == 0:
		return "nothing waits"
	case row.Kind() != management.TypeClassic:
		return "a " + row.Kind() + " queue does not tell"
	case limited(row, "max-priority"):
		return "a queue with priorities tells it only where its publishers set timestamps"
	}
	return "its publishers set no timestamp"
}

// limited reports whether a setting with a number is there.
func limited(row *management.FullQueue, key string) bool {
	_, ok := row.Limit(key)
	return ok
}

// drainOf is when the messages that wait will be gone: those that come and those that are done with
// make the difference. Without either rate the slope of the total is taken.
func drainOf(d *backends.QueueDetail) backends.Drain {
	if !d.Ready.Known() {
		return backends.Drain{}
	}
	if d.Ready.Value == 0 {
		return backends.Drain{Outlook: backends.Drained}
	}
	sinks := d.AckRate.Value - d.InRate.Value
	switch {
	case d.AckRate.Known(): // an unknown inflow is none that was ever counted
	case d.Consumers.Known() && d.Consumers.Value == 0:
		return backends.Drain{Outlook: backends.NeverDrained}
	case d.NetRate.Known():
		sinks = -d.NetRate.Value
	default:
		return backends.Drain{}
	}
	const least = 0.001 // a second; slower is a rounding
	if sinks < least {
		return backends.Drain{Outlook: backends.NeverDrained}
	}
	seconds := float64(d.Ready.Value) / sinks
	if seconds > (100 * 365 * 24 * time.Hour).Seconds() {
		return backends.Drain{Outlook: backends.NeverDrained}
	}
	in := time.Duration(seconds * float64(time.Second))
	return backends.Drain{Outlook: backends.Draining, In: backends.Span{Value: in, Certainty: backends.About}}
}

// past is what the server's records of a queue tell. They are asked for by themselves: whoever asks for
// records is given the counts of the newest one for the present ones, which by the minute are that old.
// Without an answer it is what was known before.
func (s *source) past(ctx context.Context, route management.Route, name string) past {
	known, due := s.describer.pastOf(name)
	if !due {
		return known
	}
	query := columns("messages_details,message_stats")
	for _, of := range []string{"lengths", "msg_rates"} {
		query.Set(of+"_age", historyAge)
		query.Set(of+"_incr", historyStep)
	}
	var row management.FullQueue
	if err := s.client.Get(ctx, route, query, &row); err != nil {
		return known
	}
	return s.describer.remember(name, &row)
}

// pastOf is what is known of a queue's records, and whether to ask for them.
func (d *describer) pastOf(name string) (past, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.records[name]
	if p == nil {
		return past{}, true
	}
	return *p, time.Since(p.asked) >= historyPause
}

// remember notes what the records of a row tell and returns it.
func (d *describer) remember(name string, row *management.FullQueue) past {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.records == nil || len(d.records) > maxDescribed {
		d.records = map[string]*past{}
	}
	p := &past{
		asked:  time.Now(),
		still:  stillSince(row.Counts.Value),
		filled: onset(row.Lengths.Value, func(now, then float64) bool { return now > 0 && then > 0 }),
	}
	d.records[name] = p
	return *p
}

// stillSince is since when no message was done with: the latest of all ways to be done with.
func stillSince(done management.Done) backends.Onset {
	var latest backends.Onset
	for _, way := range []management.History{done.AckD.Value, done.DeliverNoAckD.Value, done.GetNoAckD.Value} {
		o := onset(way, func(now, then float64) bool { return now == then })
		if len(way.Samples) > 0 && o.At.IsZero() {
			return backends.Onset{} // one goes on
		}
		if o.Before && way.Samples[0].Value.Value == 0 {
			// The records are filled up with nothing, even from before there was the queue.
			latest.Ever = latest.At.IsZero()
			continue
		}
		if o.At.After(latest.At) || o.At.Equal(latest.At) && latest.Before {
			latest = o
		}
	}
	return latest
}

// onset walks back through a history while a condition holds between its newest value and an earlier
// one. A single value tells nothing.
func onset(h management.History, holds func(now, then float64) bool) backends.Onset {
	n := len(h.Samples)
	if n < 2 {
		return backends.Onset{}
	}
	now := h.Samples[0].Value.Value
	for i := 1; i < n; i++ {
		if !holds(now, h.Samples[i].Value.Value) {
			if i == 1 {
				return backends.Onset{}
			}
			return backends.Onset{At: h.Moment(i - 1)}
		}
	}
	return backends.Onset{At: h.Moment(n - 1), Before: true}
}

// settings words the queue's arguments and policies.
func (s *source) settings(ctx context.Context, row *management.FullQueue, notes *[]string) []backends.QueueSetting {
	if len(row.Effective) == 0 {
		return settingsOf(row, nil, nil)
	}
	sets, err := s.policySets(ctx)
	if err != nil {
		*notes = append(*notes, "policies cannot be read: which one a setting is from is not sure")
	}
	return settingsOf(row, sets.own, sets.operators)
}

// policySets reads the policies of the vhost, at most every few seconds.
func (s *source) policySets(ctx context.Context) (policySets, error) {
	d := &s.describer
	d.mu.Lock()
	kept := d.policies
	d.mu.Unlock()
	if time.Now().Before(kept.until) {
		return kept.value, nil
	}
	var own, operators management.List[management.Policy]
	if err := s.client.Get(ctx, management.To("/api/policies/{vhost}", s.address.vhost), nil, &own); err != nil {
		return kept.value, err
	}
	if err := s.client.Get(ctx, management.To("/api/operator-policies/{vhost}", s.address.vhost), nil, &operators); err != nil {
		return policySets{own: own}, err
	}
	sets := policySets{own, operators}
	d.mu.Lock()
	d.policies = cached[policySets]{sets, time.Now().Add(topologyAge)}
	d.mu.Unlock()
	return sets, nil
}

// plural words a number of things in notes.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(int64(n)) + " " + many
}

// usual reports whether a state is that of something that simply works.
func usual(state management.Word) bool {
	return state == "" || state == "running" || state == "idle" || strings.EqualFold(string(state), "live")
}

var _ backends.QueueDescriber = (*source)(nil)
