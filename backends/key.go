package backends

import "context"

// Keys lists a keyspace.
type Keys interface {
	ListKeys(ctx context.Context, q Query) (Page[Key], error)
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
}
