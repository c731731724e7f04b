package rabbitmq

import (
	"context"
	"errors"
	"time"

	"bustop/backends/rabbitmq/management"
)

// foreseeAgain is how long a management API that is not there is not asked for the overview: the listing asks for
// what it needs anyway.
const foreseeAgain = 5 * time.Minute

// foresee is about how many queues there are when there are too many to be read in full, else 0. The first
// time it takes the count from Prometheus where the overview tells of very many: with ten thousand that is
// ten times quicker than the first page of the listing, which the server sorts anew for every page.
func (c *census) foresee(ctx context.Context) int64 {
	if total := c.size(); total > 0 {
		return total
	}
	c.turn.Lock()
	defer c.turn.Unlock()
	if c.foreseen || time.Now().Before(c.foreseeAfter) {
		return c.size()
	}
	overview, err := c.source.overview(ctx)
	if errors.Is(err, management.ErrMissing) {
		c.foreseeAfter = time.Now().Add(foreseeAgain)
	}
	if err != nil {
		return 0 // the listing tells why
	}
	c.foreseen = true
	// Of several vhosts, or nodes, the totals are of all of them; then the listing has to say how many.
	if total := int64(overview.Objects.Value.Queues.Value); total > management.PageMost {
		c.scrape(ctx, total, false)
		c.scrapeAfter, c.scrapeNote = time.Time{}, ""
	}
	if n := int64(len(c.latest().rows)); n > management.PageMost {
		c.begin(n)
	}
	return c.size()
}
