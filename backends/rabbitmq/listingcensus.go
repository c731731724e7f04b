package rabbitmq

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// The rhythm of counting all queues of a large vhost.
const (
	// censusAge is how long the counts of a scrape are good, walkAge those of a walk through the
	// listing, which costs the server much more; both last longer when they were slow to get.
	censusAge   = 10 * time.Second
	walkAge     = 60 * time.Second
	censusShare = 50
	// walkTime bounds how long one round of the walk goes on; walkSize are the rows of a page.
	walkTime = time.Second
	walkSize = management.PageMost
	// natureAge is how long types and policies of queues are believed. Up to wholeMost queues one answer
	// tells them of all, which costs the server as much as two pages of them.
	natureAge = 5 * time.Minute
	wholeMost = 20_000
	// scrapeAgain is how long a Prometheus port that did not answer is left alone.
	scrapeAgain = time.Minute
	// complete is the share of the queues that a scrape has to tell of: a node tells of those only
	// whose leaders it has.
	complete = 0.99
)

// census counts all queues of a vhost that has too many to be read in full.
type census struct {
	source  *source
	scraper *management.Scraper

	// turn is held while counting.
	turn sync.Mutex

	mu    sync.Mutex
	total int64 // about how many there are; 0 as long as they can be read in full
	taken tally
	facts map[string]management.Queue // types, policies and arguments, by name

	// The rest is used by who has the turn.
	walk     walk
	foreseen bool
	// foreseeAfter is when the overview is worth a request again, where there is no management API.
	foreseeAfter time.Time
	factsAt      time.Time
	scrapeAfter  time.Time
	at           []url.URL // where Prometheus was found
	lookAgain    time.Time // when it is looked for anew
	missed       string    // why a node told nothing, while others did
	scrapeNote   string    // why it is of no use

	figures cached[nodeFigures]
}

// tally is one count of all queues.
type tally struct {
	rows map[string]counted
	at   time.Time
	from string
	next time.Time
	note string
	wide bool // with memory and bodies
}

// counted is what a count tells of a queue, and how fast it grows since the count before.
type counted struct {
	management.QueueCounts
	net backends.Rate
}

func newCensus(s *source) *census {
	opt := s.managementOptions(s.spans)
	opt.TLS = s.address.prometheusTLS
	return &census{source: s, scraper: management.NewScraper(opt)}
}

// begin notes that there are too many queues to be read in full.
func (c *census) begin(total int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total = total
}

// size is about how many queues there are, 0 as long as they can be read in full.
func (c *census) size() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := int64(len(c.taken.rows)); c.total > 0 && n > 0 {
		return n
	}
	return c.total
}

// latest is the last count.
func (c *census) latest() tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken
}

// known is what is known of a queue beside its counts.
func (c *census) known(name string) (management.Queue, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, ok := c.facts[name]
	return row, ok
}

// streams are the names of those that are streams, in order.
func (c *census) streams(match string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for name, row := range c.facts {
		if row.Kind() == management.TypeStream && strings.Contains(name, match) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// count returns a count of all queues, of which there are about total, and whether more is known soon.
// Who wants the facts too is made to wait for them.
func (c *census) count(ctx context.Context, total int64, facts bool) (tally, bool, error) {
	if t := c.latest(); !facts && time.Now().Before(t.next) {
		return t, !c.learned(), nil
	}
	c.turn.Lock()
	defer c.turn.Unlock()
	if t := c.latest(); time.Now().Before(t.next) {
		soon, err := c.learn(ctx)
		return t, soon, err
	}
	if c.walk.page == 0 && c.scrape(ctx, total, false) {
		return c.latest(), !c.learned(), nil
	}
	if ctx.Err() != nil {
		return tally{}, false, ctx.Err()
	}
	if c.walk.page == 0 {
		c.walk = walk{page: 1, rows: map[string]management.QueueCounts{}, facts: map[string]management.Queue{}, totals: true}
	}
	done, err := c.step(ctx)
	if err != nil {
		return tally{}, false, err
	}
	t := c.latest()
	if !done && t.at.IsZero() { // better a part than nothing
		t = tally{rows: growth(c.walk.rows, t, time.Now()), at: time.Now(), from: c.walkName()}
	}
	return t, !done && c.latest().at.IsZero(), nil
}

// scrape takes the count from Prometheus and reports whether that told of all queues.
func (c *census) scrape(ctx context.Context, total int64, wide bool) bool {
	if time.Now().Before(c.scrapeAfter) {
		return false
	}
	start := time.Now()
	g, note := c.locate(ctx, total, wide)
	if c.scrapeNote = note; note != "" {
		if ctx.Err() == nil {
			c.scrapeAfter = time.Now().Add(scrapeAgain)
		}
		return false
	}
	if total == 0 {
		c.scrapeNote = c.missed // nobody else tells that there is more
	}
	took := time.Since(start)
	c.publish(g.rows, g.from(), max(censusAge, censusShare*took), wide)
	return true
}

// publish makes a count the latest.
func (c *census) publish(rows map[string]management.QueueCounts, from string, good time.Duration, wide bool) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = tally{rows: growth(rows, c.taken, now), at: now, from: from, next: now.Add(good), note: c.scrapeNote, wide: wide}
}

// growth compares a count with the one before.
func growth(rows map[string]management.QueueCounts, before tally, now time.Time) map[string]counted {
	out := make(map[string]counted, len(rows))
	elapsed := now.Sub(before.at).Seconds()
	for name, row := range rows {
		next := counted{QueueCounts: row}
		if last, ok := before.rows[name]; ok && row.Ready.Known && last.Ready.Known && elapsed > 1 {
			change := row.Ready.Value + row.Unacked.Value - last.Ready.Value - last.Unacked.Value
			next.net = backends.Rate{Value: change / elapsed, Certainty: backends.About}
		}
		out[name] = next
	}
	return out
}

// learned reports whether types and policies are known.
func (c *census) learned() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.facts != nil
}

// shortFault is what an error says without the source.
func shortFault(err error) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, "Prometheus at "); ok {
		return "Prometheus at " + after
	}
	return text
}

// names are those of a count in order.
func (t tally) names() []string {
	names := make([]string, 0, len(t.rows))
	for name := range t.rows {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
