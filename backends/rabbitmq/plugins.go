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
