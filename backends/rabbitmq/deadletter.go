package rabbitmq

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends/rabbitmq/convention"
	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// The bounds of looking for dead letters.
const (
	// lettersAge is how long the settings of a vhost with more queues than a page has are kept;
	// lettersShare as many times as reading them took, when that is more.
	lettersAge   = time.Minute
	lettersShare = 100
	// lettersCounted bounds the queues whose counts are asked for one by one in such a vhost.
	lettersCounted = 40
)

// letters remembers the settings of a vhost with many queues.
type letters struct {
	mu   sync.Mutex
	kept cached[letterScene]
	// looks are what looks have told, by queue.
	looks map[string]letterEvidence
}

// letterScene is what decides where dead letters go.
type letterScene struct {
	queues    []management.Queue
	exchanges []management.LetterExchange
	bindings  map[string][]management.Binding // by source
	// whole says that queues come with their counts.
	whole bool
	notes []string
}

// ListDeadLetters implements backends.DeadLetters.
func (s *source) ListDeadLetters(ctx context.Context, q backends.Query) (backends.Page[backends.DeadLetterPlace], error) {
	var page backends.Page[backends.DeadLetterPlace]
	err := s.manage(ctx, func(ctx context.Context) error {
		scene, err := s.letterScene(ctx)
		if err != nil {
			return err
		}
		page.Notes = scene.notes
		for _, place := range deadLetterPlaces(scene, s.letters.looked(), s.ownQueues()) {
			if strings.Contains(place.Target.Name, q.Match) {
				page.Items = append(page.Items, place)
			}
		}
		page.Total = backends.ExactCount(int64(len(page.Items)))
		page.Items = page.Items[min(max(q.Offset, 0), len(page.Items)):]
		if q.Limit > 0 {
			page.Items = page.Items[:min(q.Limit, len(page.Items))]
		}
		if !scene.whole {
			s.countPlaces(ctx, &page)
		}
		return ctx.Err()
	})
	return page, err
}

// ReadFate implements backends.DeadLetters.
func (*source) ReadFate(m backends.Message, now time.Time) backends.LetterFate {
	return convention.ReadFate(m, now)
}

// Narrate implements backends.Narrator.
func (*source) Narrate(m backends.Message, now time.Time) backends.Narration {
	return convention.Narrate(m, now)
}

// letterScene reads what decides where dead letters go. As long as the queues fit on a page they come
// with their counts, in one request; of more, only the settings are read, which costs the server
// little, and seldom.
func (s *source) letterScene(ctx context.Context) (letterScene, error) {
	s.letters.mu.Lock()
	kept := s.letters.kept
	s.letters.mu.Unlock()
	if time.Now().Before(kept.until) {
		return kept.value, nil
	}
	start := time.Now()
	scene, err := s.readLetterScene(ctx)
	if err != nil || scene.whole {
		return scene, err
	}
	s.letters.mu.Lock()
	defer s.letters.mu.Unlock()
	s.letters.kept = cached[letterScene]{scene, time.Now().Add(max(lettersAge, lettersShare*time.Since(start)))}
	return scene, nil
}

func (s *source) readLetterScene(ctx context.Context) (letterScene, error) {
	var scene letterScene
	queues := &management.Lister[management.Queue]{
		Client: s.client, Route: s.queues.Route, Columns: management.LetterQueueColumns, Name: s.queues.Name,
	}
	first, err := queues.Page(ctx, "", 1, management.PageMost, nil)
	if err != nil {
		return scene, err
	}
	scene.queues, scene.whole = first.Items, first.Pages.Value <= 1
	if !scene.whole {
		if scene.queues, err = settingsOfAll(ctx, queues); err != nil {
			return scene, err
		}
		scene.notes = append(scene.notes, "of so many queues the settings are read once a minute at most")
	}
	exchanges := &management.Lister[management.LetterExchange]{
		Client: s.client, Route: s.topology.exchanges.Route, Columns: management.LetterExchangeColumns,
		Name: func(x management.LetterExchange) string { return x.Name },
	}
	found, err := exchanges.Read(ctx, backends.Query{Complete: true})
	if err != nil {
		return scene, err
	}
	scene.exchanges = found.Items
	var note string
	if scene.bindings, note = s.topology.allBindings(ctx, false); note != "" {
		scene.notes = append(scene.notes, note+"; only what goes by the default exchange is traced")
	}
	if slices.ContainsFunc(scene.queues, func(q management.Queue) bool { return q.Effective == nil }) {
		policies, err := s.topology.vhostPolicies(ctx)
		if err != nil {
			scene.notes = append(scene.notes, "policies cannot be read: dead-letter exchanges set by them are missing")
		}
		for i := range scene.queues {
			applyPolicies(&scene.queues[i], policies)
		}
	}
	return scene, ctx.Err()
}

// settingsOfAll reads the settings of all queues without their statistics.
func settingsOfAll(ctx context.Context, queues *management.Lister[management.Queue]) (all []management.Queue, err error) {
	seen := map[string]bool{}
	for number, pages := 1, 1; number <= pages; number++ {
		page, err := queues.Page(ctx, "", number, management.PageMost, url.Values{"disable_stats": {"true"}})
		if err != nil {
			return nil, err
		}
		for _, row := range page.Items {
			if !seen[row.Name] {
				seen[row.Name] = true
				all = append(all, row)
			}
		}
		pages = int(page.Pages.Value)
	}
	return all, nil
}

// applyPolicies gives a row whose effective policy was not told the settings of the policies that match,
// those of a higher priority first.
func applyPolicies(q *management.Queue, policies []management.Policy) {
	if q.Effective != nil {
		return
	}
	q.Effective = management.Table{}
	best := map[string]float64{}
	for _, p := range policies {
		if p.ApplyTo == "exchanges" || !mayMatch(p.Pattern, q.Name) {
			continue
		}
		for key, value := range p.Definition {
			if priority, had := best[key]; !had || p.Priority.Value > priority {
				best[key], q.Effective[key] = p.Priority.Value, value
				q.Policy = management.Word(p.Name)
			}
		}
	}
}

// countPlaces asks for the counts of the places of a page, as many as may be asked one by one.
func (s *source) countPlaces(ctx context.Context, page *backends.Page[backends.DeadLetterPlace]) {
	for i := range page.Items {
		place := &page.Items[i]
		if place.Target.Kind == backends.KindExchange {
			continue
		}
		if i >= lettersCounted {
			page.Notes = append(page.Notes, "only the first of so many are counted; a filter counts others")
			return
		}
		if row, err := s.queueRow(ctx, place.Target.Name); err == nil {
			place.Ready, place.Total, place.Consumers = row.Ready.Count(), row.Messages.Count(), row.Consumers.Count()
		}
	}
}
