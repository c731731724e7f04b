package backends

import "time"

// Roles are what a source can show. A nil role is one that it does not have; a pane asks for
// the role it needs and never for the kind of server.
type Roles struct {
	Queues       Queues
	Streams      Streams
	Channels     Channels
	Locks        Locks
	Leaderboards Leaderboards
	Keys         Keys
	Health       Health
}

// Query says how much of a listing is wanted.
type Query struct {
	// Complete waits until everything was seen (a command); otherwise what is known by now is
	// returned at once (a pane).
	Complete bool
	// Offset and Limit select rows of the listing in the order of names; Limit 0 leaves the
	// size to the adapter.
	Offset, Limit int
	// Match keeps names that contain it; servers that can filter do it there.
	Match string
	// Survey asks for all objects, beyond Limit too, where a server can count them cheaply. Those that
	// are not read in full hold what that way tells; Shown are those to be read in full.
	Survey bool
	Shown  []string
}

// Page is a part of a listing.
type Page[T any] struct {
	Items []T
	// Total is how many objects the whole listing has.
	Total Count
	// Seen of SeenOf keys have been looked at; both are 0 where nothing is walked.
	Seen, SeenOf int64
	// Notes say what is missing from this page and how to get it.
	Notes []string
	// Survey says how rows that were not read in full were counted.
	Survey Survey
	// Soon says that more is known when it is asked for again at once.
	Soon bool
}

// Survey is where cheap counts of many objects are from and when they were taken; the zero value is
// that there are none.
type Survey struct {
	From string
	At   time.Time
	// Only says that nothing but these counts can be had: no row is read in full.
	Only bool
}
