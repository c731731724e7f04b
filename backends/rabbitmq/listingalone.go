package rabbitmq

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// wideMost is up to how many queues Prometheus is asked for more than counts of them.
const wideMost = management.PageMost

// withoutAPI is an error that says that there is no management API to use, nil for any other.
func withoutAPI(err error) *backends.Error {
	var missing *backends.Error
	if errors.Is(err, management.ErrMissing) && errors.As(err, &missing) && missing.Reason == backends.Unsupported {
		return missing
	}
	return nil
}

// withoutManagement lists queues where there is no management API, which is what err says. AMQP has no
// listing, and asking for a queue by name (a passive declaration) keeps alive one that would expire, so
// Prometheus is asked: each node tells of the queues that it leads, and that changes nothing. Where it does not
// answer either, the names that are known are the listing.
func (s *source) withoutManagement(ctx context.Context, q backends.Query, err error) (backends.Page[backends.Queue], error) {
	missing := withoutAPI(err)
	if missing == nil {
		return backends.Page[backends.Queue]{}, err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	all, why := s.census.alone(ctx)
	var page backends.Page[backends.Queue]
	if why == "" {
		page = s.surveyed(all, nil, q.Match, false)
		page.Survey.Only = true
		page.Notes = append(page.Notes, "types, policies and rates are missing: "+missing.Advice+" ("+missing.What+")")
		if !q.Survey {
			page.Notes = slices.Insert(page.Notes, 0, "counts by "+all.from+", of the queues led there")
		}
	} else if page.Items = s.knownQueues(q.Match); s.sightings.none() {
		told := *missing
		told.Advice += "; or rabbitmq-plugins enable rabbitmq_prometheus, which tells how many messages wait (" + why + ")"
		return page, &told
	} else {
		page.Notes = []string{"only queues whose name is known: " + missing.What + " – " + missing.Advice, "rabbitmq-plugins enable rabbitmq_prometheus tells how many messages wait (" + why + ")"}
	}
	page.Total = backends.CountAtLeast(int64(len(page.Items)))
	if !q.Complete && !q.Survey || q.Offset > 0 {
		page.Items = page.Items[min(max(q.Offset, 0), len(page.Items)):]
		if q.Limit > 0 {
			page.Items = page.Items[:min(q.Limit, len(page.Items))]
		}
	}
	return page, nil
}

// knownQueues are rows of the queues of which the name is known. What a look told of them is of that time.
func (s *source) knownQueues(match string) []backends.Queue {
	var rows []backends.Queue
	for _, name := range s.sightings.names() {
		if !strings.Contains(name, match) {
			continue
		}
		row := backends.Queue{Name: name}
		if seen, ok := s.sightings.of(name); ok {
			row.Ready = backends.Count{Value: seen.ready, Certainty: backends.About}
		}
		rows = append(rows, row)
	}
	return rows
}

// alone is a count by Prometheus only, or why there is none. Where the queues are few it is told more of them.
func (c *census) alone(ctx context.Context) (all tally, why string) {
	c.turn.Lock()
	defer c.turn.Unlock()
	t := c.latest()
	if time.Now().Before(t.next) {
		return t, ""
	}
	wide := t.few()
	if !c.scrape(ctx, 0, wide) {
		return tally{}, c.scrapeNote
	}
	if !wide && c.latest().few() {
		c.scrape(ctx, 0, true)
	}
	return c.latest(), ""
}

// few reports whether more can be asked for cheaply.
func (t tally) few() bool { return len(t.rows) > 0 && len(t.rows) <= wideMost }

// nodeFigures are those of a node with the host that told them.
type nodeFigures struct {
	management.NodeFigures
	host string
}

// node is what Prometheus tells of the node it is on; ok is false where it does not answer.
func (c *census) node(ctx context.Context) (found nodeFigures, ok bool) {
	c.turn.Lock()
	defer c.turn.Unlock()
	now := time.Now()
	if now.Before(c.figures.until) {
		return c.figures.value, true
	}
	if now.Before(c.scrapeAfter) {
		return nodeFigures{}, false
	}
	places, cluster := c.candidates(ctx)
	note := ""
	for _, place := range places {
		told, err := c.scraper.ReadNode(ctx, place)
		if err == nil && (cluster == "" || cluster == told.Cluster) {
			good := max(censusAge, censusShare*time.Since(now))
			c.figures = cached[nodeFigures]{nodeFigures{told, place.Host}, time.Now().Add(good)}
			return c.figures.value, true
		}
		note = "Prometheus at " + place.Host + " is of another server"
		if err != nil {
			note = shortFault(err)
		}
	}
	if note != "" && ctx.Err() == nil {
		c.scrapeAfter, c.scrapeNote = time.Now().Add(scrapeAgain), note
	}
	return nodeFigures{}, false
}
