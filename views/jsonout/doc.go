// Package jsonout writes the JSON that bustop promises to the outside: one object for each
// queue, stream, channel, lock, leaderboard, key, health report and message. Field names are
// stable; new ones may be added.
//
// Every object has kind, source, backend, namespace and name. Times are RFC 3339 in UTC,
// durations are milliseconds with the suffix _ms, unknown is null. A number that is an estimate
// has a neighbour with the suffix _certainty, "at_least" or "about". A text that is not valid
// UTF-8 has a neighbour with the suffix _base64, which holds its exact bytes, and stands itself
// in a printable form.
//
// Each function appends one compact object to dst. Inside strings every character that is not
// printable is escaped, so that no output of this package can do anything to a terminal.
package jsonout
