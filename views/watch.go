package views

import "bustop/backends"

// Watch is a feed with what was last taken from it. The zero value, without a feed, is for what a source
// does not have.
type Watch[T any] struct {
	Feed *backends.Feed[T]
	Last backends.Snapshot[T]
}

// Look takes the newest from the feed and reports whether it is another than before.
func (w *Watch[T]) Look() bool {
	if w.Feed == nil {
		return false
	}
	before := w.Last.Revision
	w.Last = w.Feed.Look()
	return w.Last.Revision != before
}

// Refresh has the feed ask its source now.
func (w *Watch[T]) Refresh() {
	if w.Feed != nil {
		w.Feed.Refresh()
	}
}

// Close ends the feed.
func (w *Watch[T]) Close() {
	if w.Feed != nil {
		w.Feed.Close()
	}
}
