package rabbitmq

import (
	"context"
	"errors"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// withoutManagement lists queues where there is no management API, which is what err says. AMQP has no
// listing, and asking for a queue by name (a passive declaration) keeps alive one that would expire, so
// Prometheus is asked: it tells of all queues and changes nothing.
func (s *source) withoutManagement(ctx context.Context, q backends.Query, err error) (backends.Page[backends.Queue], error) {
	var missing *backends.Error
	if !errors.Is(err, management.ErrMissing) || !errors.As(err, &missing) || missing.Reason != backends.Unsupported {
		return backends.Page[backends.Queue]{}, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	all, why := s.census.alone(ctx)
	if why != "" {
		told := *missing
		told.Advice += "; or the plugin rabbitmq_prometheus, which tells how many messages wait: " + why
		return backends.Page[backends.Queue]{}, &told
	}
	page := s.surveyed(all, nil, q.Match, false)
	page.Notes = append(page.Notes, missing.What+": rates, types and policies are not known; rabbitmq-plugins enable rabbitmq_management tells them")
	if !q.Complete && !q.Survey || q.Offset > 0 {
		page.Items = page.Items[min(max(q.Offset, 0), len(page.Items)):]
		if q.Limit > 0 {
			page.Items = page.Items[:min(q.Limit, len(page.Items))]
		}
	}
	return page, nil
}

// alone is a count by Prometheus only, or why there is none.
func (c *census) alone(ctx context.Context) (all tally, why string) {
	c.turn.Lock()
	defer c.turn.Unlock()
	if t := c.latest(); time.Now().Before(t.next) {
		return t, ""
	}
	if !c.scrape(ctx, 0) {
		return tally{}, c.scrapeNote
	}
	return c.latest(), ""
}
