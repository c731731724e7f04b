package backends

import "context"

// StreamFollower is Streams that follow a stream from anywhere in it.
type StreamFollower interface {
	// TailStreamFrom follows a stream from a position or time on, as ReadStream takes one. The tail ends
	// when ctx does or by Close.
	TailStreamFrom(ctx context.Context, name, from string) (*Tail, error)
}

// DeliveryWatcher is Channels whose PlanTap and Tap take a KindQueue too: what the queue delivers is watched
// without taking it, where the server shows that.
type DeliveryWatcher interface {
	WatchesDeliveries() bool
}
