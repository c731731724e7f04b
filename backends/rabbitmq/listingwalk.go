package rabbitmq

import (
	"context"
	"net/url"
	"time"

	"bustop/backends/rabbitmq/management"
)

// factColumns are what seldom changes of a queue, and its counts where they are asked for.
const factColumns = management.TotalsColumns + ",policy"

// walk is a pass through the listing, page by page.
type walk struct {
	page   int // the next one; 0 when none goes on
	pages  int
	rows   map[string]management.QueueCounts
	facts  map[string]management.Queue
	took   time.Duration
	totals bool
}

// learn walks for types and policies, which a scrape does not tell, when they are old.
func (c *census) learn(ctx context.Context) (soon bool, err error) {
	if c.walk.page == 0 {
		if time.Since(c.factsAt) < natureAge {
			return false, nil
		}
		c.walk = walk{page: 1, facts: map[string]management.Queue{}}
	}
	first := !c.learned()
	done, err := c.step(ctx)
	return first && !done, err
}

// step reads some pages of the walk and reports whether it is through.
func (c *census) step(ctx context.Context) (done bool, err error) {
	w := &c.walk
	start := time.Now()
	for w.page > 0 {
		if err := c.readPage(ctx, w); err != nil {
			c.walk = walk{}
			return false, err
		}
		if w.page > w.pages {
			w.took += time.Since(start)
			c.finish()
			return true, nil
		}
		if time.Since(start) > walkTime {
			break
		}
	}
	w.took += time.Since(start)
	return false, nil
}

// readPage reads the next page without statistics, with the totals where they are wanted.
func (c *census) readPage(ctx context.Context, w *walk) error {
	s := c.source
	if !w.totals && c.size() <= wholeMost {
		return c.readFacts(ctx, w)
	}
	pages := &management.Lister[management.Queue]{Client: s.client, Route: s.queues.Route, Columns: factColumns, Name: s.queues.Name}
	more := url.Values{"disable_stats": {"true"}}
	if w.totals {
		more.Set("enable_queue_totals", "true")
	}
	page, err := pages.Page(ctx, "", w.page, walkSize, more)
	if err != nil {
		return err
	}
	for _, row := range page.Items {
		w.facts[row.Name] = row
		if w.totals {
			w.rows[row.Name] = management.QueueCounts{Ready: row.Ready, Unacked: row.Unacked}
		}
	}
	w.page, w.pages = w.page+1, int(page.Pages.Value)
	return nil
}

// readFacts reads the facts of all queues in one answer, which ends the walk.
func (c *census) readFacts(ctx context.Context, w *walk) error {
	query := columns(factColumns)
	query.Set("disable_stats", "true")
	var rows management.Paged[management.Queue]
	if err := c.source.client.Get(ctx, c.source.queues.Route, query, &rows); err != nil {
		return err
	}
	for _, row := range rows.Items {
		w.facts[row.Name] = row
	}
	w.page, w.pages = w.page+1, w.page
	return nil
}

// finish takes over what the walk found.
func (c *census) finish() {
	w := c.walk
	c.walk, c.factsAt = walk{}, time.Now()
	c.mu.Lock()
	c.facts = w.facts
	c.mu.Unlock()
	if w.totals {
		c.publish(w.rows, c.walkName(), max(walkAge, censusShare*w.took), false)
	}
}

func (c *census) walkName() string { return "the management API's totals" }
