package rabbitmq

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"
)

// ReadLinks reads shovels and federation links of the vhosts that the user may enter, those in trouble
// first.
func (s *source) ReadLinks(ctx context.Context) (backends.BrokerTransfers, error) {
	var t backends.BrokerTransfers
	err := s.manage(ctx, func(ctx context.Context) error {
		if t.Shovels.Items, t.Shovels.Err = readPart(ctx, s, management.To("/api/shovels"), shovelFrom); gone(t.Shovels.Err) {
			return t.Shovels.Err
		}
		zones := map[string]*time.Location{}
		t.Federation.Items, t.Federation.Err = readPart(ctx, s, management.To("/api/federation-links"), func(l management.FederationLink) backends.BrokerTransfer {
			if zone := zoneOf(string(l.Local.Value.IdleSince)); zone != nil {
				zones[string(l.Node)] = zone
			}
			return federationFrom(l)
		})
		if gone(t.Federation.Err) {
			return t.Federation.Err
		}
		if t.NoShovels = absent(t.Shovels.Err); t.NoShovels {
			t.Shovels.Err = nil
		}
		if t.NoFederation = absent(t.Federation.Err); t.NoFederation {
			t.Federation.Err = nil
		}
		s.dateLinks(ctx, &t, zones)
		return ctx.Err()
	})
	for _, list := range [][]backends.BrokerTransfer{t.Shovels.Items, t.Federation.Items} {
		slices.SortStableFunc(list, func(a, b backends.BrokerTransfer) int {
			return cmp.Or(cmp.Compare(trouble(a.State), trouble(b.State)), cmp.Compare(a.Vhost, b.Vhost), cmp.Compare(a.Name, b.Name))
		})
	}
	return t, err
}

// trouble ranks the states of transfers, the worst first.
func trouble(state string) int {
	switch strings.ToLower(state) {
	case "running":
		return 2
	case "starting":
		return 1
	}
	return 0
}

func shovelFrom(v management.Shovel) backends.BrokerTransfer {
	place := func(uri management.Word, names ...management.Word) string {
		return strings.TrimSpace(string(cmp.Or(names...)) + " " + at(string(uri)))
	}
	return backends.BrokerTransfer{
		Name: string(v.Name), Vhost: string(v.Vhost), Kind: cmp.Or(string(v.Type), "shovel"), State: string(v.State), Node: string(v.Node),
		From:  place(v.SourceURI, v.SourceQueue, v.SourceX, v.SourceAddr),
		To:    place(v.TargetURI, v.TargetQueue, v.TargetX, v.TargetAddr),
		Since: string(v.Timestamp), Problem: withoutSecrets(string(v.Reason)),
	}
}

func federationFrom(l management.FederationLink) backends.BrokerTransfer {
	kind := cmp.Or(string(l.Type), "federation")
	return backends.BrokerTransfer{
		Name: string(l.Upstream), Vhost: string(l.Vhost), Kind: kind, State: string(l.Status), Node: string(l.Node),
		From: strings.TrimSpace(string(cmp.Or(l.UpstreamX, l.UpstreamQ)) + " " + at(string(l.URI))), To: string(cmp.Or(l.Exchange, l.Queue)),
		Since: string(l.Timestamp), Problem: withoutSecrets(string(l.Error)),
	}
}

// zoneOf is the zone of a time that names one, nil of any other.
func zoneOf(text string) *time.Location {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil
	}
	return at.Location()
}

// dateLinks says how long ago the states of links were entered. The plugins tell that in the local time of a
// node and not in which zone it is; zones are those that nodes are known to be in.
func (s *source) dateLinks(ctx context.Context, t *backends.BrokerTransfers, zones map[string]*time.Location) {
	elsewhere := sync.OnceValue(func() *time.Location { return s.serverZone(ctx) })
	for _, list := range [][]backends.BrokerTransfer{t.Shovels.Items, t.Federation.Items} {
		for i := range list {
			zone := zones[list[i].Node]
			if zone == nil {
				zone = elsewhere()
			}
			list[i].For = sinceTime(list[i].Since, zone, time.Now())
		}
	}
}

// sinceTime is how long ago something was by a clock in a zone. It is no more than about that: the clock may
// have been set since, as for summer.
func sinceTime(text string, zone *time.Location, now time.Time) backends.Span {
	at, err := time.Parse(time.RFC3339, text)
	if err == nil {
		return backends.ExactSpan(max(now.Sub(at), 0))
	}
	if zone == nil {
		return backends.Span{}
	}
	if at, err = time.ParseInLocation("2006-01-02 15:04:05", text, zone); err != nil {
		return backends.Span{}
	}
	return backends.Span{Value: max(now.Sub(at), 0), Certainty: backends.About}
}

const (
	// zoneAge is how long the server's zone is believed, noZoneAge that none is told: the next queue that is
	// idle tells one, and the server may have been asked before its first statistics.
	zoneAge   = 10 * time.Minute
	noZoneAge = 10 * time.Second
	// zoneRows is of how many queues the time is asked for since when they are idle: a busy one has none.
	zoneRows = 10
)

// serverZone is the zone of the server's clock: queues and channels are idle since a time that names it. It
// is nil where the server does not tell.
func (s *source) serverZone(ctx context.Context) *time.Location {
	s.facts.mu.Lock()
	kept := s.facts.zone
	s.facts.mu.Unlock()
	if time.Now().Before(kept.until) && (kept.value != nil || !backends.Demanded(ctx)) {
		return kept.value
	}
	var queues management.Paged[struct {
		IdleSince management.Word `json:"idle_since"`
	}]
	query := url.Values{"page": {"1"}, "page_size": {strconv.Itoa(zoneRows)}, "columns": {"idle_since"}}
	if s.client.Get(ctx, management.To("/api/queues"), query, &queues) != nil {
		return nil
	}
	var zone *time.Location
	for _, q := range queues.Items {
		zone = cmp.Or(zone, zoneOf(string(q.IdleSince)))
	}
	age := zoneAge
	if zone == nil {
		age = noZoneAge
	}
	s.facts.mu.Lock()
	s.facts.zone = cached[*time.Location]{zone, time.Now().Add(age)}
	s.facts.mu.Unlock()
	return zone
}
