package rabbitmq

import (
	"context"
	"fmt"
	"strconv"

	"bustop/backends"
)

// WatchesDeliveries implements backends.DeliveryWatcher: the firehose shows them.
func (s *source) WatchesDeliveries() bool { return true }

// TailStreamFrom follows a stream from an offset, a time or an interval on. After a lost connection it goes
// on where it was.
func (s *source) TailStreamFrom(ctx context.Context, name, from string) (*backends.Tail, error) {
	next, err := s.parseOffset(name, from)
	if err != nil {
		return nil, err
	}
	if _, err := s.streamRow(ctx, name); err != nil {
		return nil, err
	}
	target := backends.Target{Kind: backends.KindStream, Name: name}
	return s.openTail(ctx, target, func(ctx context.Context, t *backends.Tail) {
		missed := func() string { return fmt.Sprintf("reading goes on at the offset %v", next) }
		s.keepOpen(ctx, t, missed, func(ctx context.Context, attempt int, live func()) error {
			return s.tailOnce(ctx, t, attempt, live, &next)
		})
	})
}

// ReadStreamBefore implements backends.StreamPager. Offsets have no holes, so the page before one begins n
// earlier; what the stream no longer keeps makes it shorter.
func (s *source) ReadStreamBefore(ctx context.Context, name, before string, n int) ([]backends.Message, error) {
	end, err := strconv.ParseInt(before, 10, 64)
	if err != nil || end < 0 {
		return nil, &backends.Error{
			Reason: backends.BadUsage, Source: s.address.shown, Object: name,
			What: "cannot read before " + strconv.Quote(before), Advice: "an offset",
		}
	}
	if n = min(max(n, 1), maxRead); end == 0 {
		return nil, nil
	}
	start := max(end-int64(n), 0)
	found, err := s.ReadStream(ctx, name, strconv.FormatInt(start, 10), int(end-start))
	for i, m := range found {
		if position(m) >= end {
			return found[:i], err
		}
	}
	return found, err
}
