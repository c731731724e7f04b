package rabbitmq

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"
)

// absent reports whether a server answered that it has no such route: the plugin is not there, or the
// version is older.
func absent(err error) bool {
	reason := backends.ReasonOf(err)
	return err != nil && (reason == backends.NotFound || reason == backends.Unsupported)
}

// gone reports whether an error means that there is no management API at all.
func gone(err error) bool { return errors.Is(err, management.ErrMissing) && !absent(err) }

// ReadLinks reads shovels and federation links of the vhosts that the user may enter, those in trouble
// first.
func (s *source) ReadLinks(ctx context.Context) (backends.BrokerTransfers, error) {
	var t backends.BrokerTransfers
	err := s.manage(ctx, func(ctx context.Context) error {
		if t.Shovels.Items, t.Shovels.Err = readPart(ctx, s, management.To("/api/shovels"), shovelFrom); gone(t.Shovels.Err) {
			return t.Shovels.Err
		}
		t.Federation.Items, t.Federation.Err = readPart(ctx, s, management.To("/api/federation-links"), federationFrom)
		if gone(t.Federation.Err) {
			return t.Federation.Err
		}
		if t.NoShovels = absent(t.Shovels.Err); t.NoShovels {
			t.Shovels.Err = nil
		}
		if t.NoFederation = absent(t.Federation.Err); t.NoFederation {
			t.Federation.Err = nil
		}
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

// at is "at host" of a URI, without what it may hold besides.
func at(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return ""
	}
	text := "at " + u.Host
	if vhost := strings.TrimPrefix(u.Path, "/"); vhost != "" {
		text += " vhost " + vhost
	}
	return text
}

// withoutSecrets cuts a server's words off before the first URI that may name a user, and so hold a
// password.
func withoutSecrets(text string) string {
	before, after, ok := strings.Cut(text, "://")
	if !ok || !strings.Contains(after, "@") {
		return text
	}
	return before[:strings.LastIndexAny(before, " \t\n\"'<[({,")+1] + "…"
}

// ReadFeatures reads the feature flags, those that are off first.
func (s *source) ReadFeatures(ctx context.Context) ([]backends.BrokerFeature, error) {
	var out []backends.BrokerFeature
	err := s.manage(ctx, func(ctx context.Context) error {
		var err error
		out, err = readPart(ctx, s, management.To("/api/feature-flags"), func(f management.Feature) backends.BrokerFeature {
			return backends.BrokerFeature{Name: f.Name, State: string(f.State), Stability: string(f.Stability), Description: string(f.Description)}
		})
		if absent(err) {
			return &backends.Error{Reason: backends.Unsupported, Source: s.address.shown, What: "the server has no feature flags", Advice: "RabbitMQ has them from 3.8 on"}
		}
		return err
	})
	slices.SortStableFunc(out, func(a, b backends.BrokerFeature) int {
		on := func(f backends.BrokerFeature) int { return map[bool]int{true: 1, false: 0}[f.State == "enabled"] }
		return cmp.Or(cmp.Compare(on(a), on(b)), cmp.Compare(a.Name, b.Name))
	})
	return out, err
}
