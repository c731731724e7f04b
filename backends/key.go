package backends

import "context"

// Keys lists a keyspace.
type Keys interface {
	ListKeys(ctx context.Context, q Query) (Page[Key], error)
}

// KeyBrowser is what Keys can do beyond listing, where the server allows it.
type KeyBrowser interface {
	// ListShapes returns the forms that the names of keys have, as far as the keyspace was walked.
	ListShapes(ctx context.Context, q Query) (Page[KeyShape], error)
	// ShapeKeys returns some keys of a shape from a cursor on, "" being the start. Walking the
	// keyspace for them is bounded, so a page may hold few keys or none and yet not be the last.
	ShapeKeys(ctx context.Context, form, cursor string, n int) (KeyPage, error)
	// PlanOpen says what opening a key would do to it, without doing it.
	PlanOpen(ctx context.Context, name string) (Plan, error)
	// OpenKey returns a key and up to n of its elements from a cursor on, "" being the start.
	OpenKey(ctx context.Context, name, cursor string, n int) (KeyContent, error)
}

// KeySearcher is what a KeyBrowser can do beside where names can be searched on the server: as ShapeKeys, but
// only keys whose names contain a text, whatever its case. A page ends early as well, so that a search
// through very many keys goes on page by page.
type KeySearcher interface {
	SearchKeys(ctx context.Context, form, text, cursor string, n int) (KeyPage, error)
}

// Key is one entry of a keyspace.
type Key struct {
	Name     string
	Type     string
	TTL      Span
	NoExpiry bool
	// Length is the number of bytes of a string, of elements of everything else.
	Length   Count
	Bytes    Count
	Encoding string
	// Idle is how long nobody used the key; at least so long where our own looks count as uses.
	Idle Span
}

// KeyShape is what is known of the keys whose names have one form. All but the count is known of
// the keys that were looked at, and taken to hold for the others.
type KeyShape struct {
	// Form is the name with numbers, hashes and UUIDs as "#", words that vary as "*".
	Form  string
	Count Count
	// Looks is how many keys were looked at, Types what they were.
	Looks int
	Types []NamedCount
	Bytes Count
	// Never and Expiring are how many of those looked at never expire, or do; Shortest and
	// Longest bound the time that the latter have left.
	Never, Expiring   int
	Shortest, Longest Span
	// Profile is what most of the keys were recognised as, "" for nothing; Library who builds
	// that, Use what it is for ("queue", "cache", …), Role the key's part in it, Decode how the
	// payload opens.
	Profile, Library, Use, Role, Decode string
	Examples                            []string
}

// KeyPage is a part of the keys of a shape.
type KeyPage struct {
	Items []Key
	// Next is the cursor of what follows, "" at the end.
	Next string
	// Seen of SeenOf keys of the keyspace have been passed since the first page, about.
	Seen, SeenOf int64
}

// KeyContent is a key with a part of its elements.
type KeyContent struct {
	Key      Key
	Elements []KeyElement
	// Next is the cursor of what follows, "" at the end.
	Next string
	// Notes say what the content is beyond its type, and what is not shown.
	Notes []string
}

// KeyElement is one element of a key's value, or a piece of a string.
type KeyElement struct {
	// Position is the server's word for where the element is: an offset, an index, an entry's id.
	Position string
	// Field is the name in a hash, Score that in a sorted set, TTL that of a hash's field.
	Field    string
	Score    float64
	Scored   bool
	TTL      Span
	NoExpiry bool
	// Value is the element, or the start of it; Size its whole length.
	Value []byte
	Size  int
	// Fields are those of a stream's entry.
	Fields []Field
}
