// Package profile is what people build on Redis, as a table: job queues, locks, caches, sessions,
// rate limiters, envelopes of stream entries. It is pure: it is told names, types and what one
// cheap read showed, and says what that is.
//
// # A row
//
// A Profile is one thing that one library builds, made of one or more Keys. Each Key has a form
// of name (Match), a type, and, where the name is not proof enough, a Confirm that judges the one
// read for this type (see Evidence) or a key that must exist beside it (Beside). The first Key in
// the order of the table that fits decides, so what is certain stands before what is probable.
//
// A form of name is plain text with captures: "bull:<name>:wait". <word> takes one or more bytes,
// as few as possible; <word:d> decimal digits; <word:w> anything without a colon; * any bytes, none
// too; \ takes the next byte as it is. What is captured fills the forms of the other keys of the
// profile, so a state's key, a companion's and a root's are all written the same way.
//
// Part says what a key is to its object:
//
//	Row        the key is the object (a lock, a leaderboard, a stream, a cache entry)
//	State      the key's elements are a part of the object: the jobs that wait, that run, …
//	Sign       the key shows that the object is there and has nothing to count
//	Companion  the key belongs to the object and never makes a row: waiters, counters
//	Item       one of many keys of the object: the hash of a job
//
// State and Sign make the object's row appear, Companion and Item do not. None but Row is ever a
// row of its own: a list in the part of a State is no queue, a sorted set no leaderboard.
//
// # Adding a job system
//
// See bullmq in jobs.go. Object is the name of the row, made of captures; it must be unique in the
// keyspace, so it keeps the library's prefix. Roots are what is read before the keyspace is walked.
// Each State has its word (Role) and says in Counts whether its elements are ready, in work or
// neither; Job says where the payload of an element is. The listing counts, sums and opens by that.
//
// # Adding a lock
//
// See redissonFair in locks.go. The Row's Confirm fills Finding.Lock with what the key tells: holder,
// mode, reentrancy, fencing token. Companions with the Role waiters are counted by the listing, one
// with the Role token is read for the fencing token.
//
// # Tests
//
// Every profile has in the tests a fixture that is recognised and a decoy that is not; a test fails
// for a profile without them.
package profile
