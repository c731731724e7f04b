// Package backends holds what every kind of server has in common: the domain types
// (Queue, Stream, Channel, Lock, Leaderboard, Key, Health, Message), the roles a source may
// play, its Status and its Pace, and the two ways data travels from an adapter to a pane.
//
// State travels as snapshots: a Feed asks a role's List method again and again, but only
// while somebody looks, one request in flight for each source, slower when the server is
// slow. A pane pulls the newest snapshot at its own tick; the adapter never calls a pane.
//
// Messages in flight travel through a Tail: an adapter goroutine fills a bounded Ring, which
// counts what it drops and never blocks the adapter.
//
// Everything here reads. An adapter dials through package gate, which refuses at the wire
// whatever is not on its list.
//
// Adapters live in the folders below (redis, rabbitmq). They know this package and gate, and
// not each other.
package backends
