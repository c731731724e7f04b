package profile

import (
	"time"

	"bustop/backends"
)

// Kind is what something is used as.
type Kind string

// The kinds. The first four have panes of their own; the others are named among the keys.
const (
	Queue       Kind = "queue"
	Stream      Kind = "stream"
	Lock        Kind = "lock"
	Leaderboard Kind = "leaderboard"
	Cache       Kind = "cache"
	Session     Kind = "session"
	Limiter     Kind = "limiter"
	// Mailbox holds messages for one receiver in another form than a list.
	Mailbox Kind = "mailbox"
	// Other is something that is none of these and no row of a pane.
	Other Kind = "other"
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{Queue, Stream, Lock, Leaderboard, Cache, Session, Limiter, Mailbox, Other}
}

// labels reports whether recognising a key as this only names it: it neither makes it a row nor keeps it
// from being one of another kind.
func (k Kind) labels() bool { return k == Cache || k == Session || k == Limiter }

// Profile is one thing that one library builds.
type Profile struct {
	// Name is unique in the table: by it a profile is switched off.
	Name string
	// Library is what is shown, "" when no library is claimed.
	Library string
	Kind    Kind
	// Object is the form of the object's name. It may be "" when all keys are rows: then the key's
	// own name is the object's.
	Object string
	Roots  []Root
	Keys   []Key
	// Own says that it is one of the person's own.
	Own bool
	// Job says how the elements of the states open; nil when they are the messages themselves.
	Job *Job
}

// Root is a key by which objects are known without walking the keyspace.
type Root struct {
	// Set is a set whose members name objects; Key a key that is looked at first. One of them.
	Set, Key string
	// Member is the form of the set's members, "" for "<name>".
	Member string
	// Beside is another key that must exist, where the set's name is anybody's.
	Beside string
}

// Part is what a key is to its object.
type Part uint8

// The parts, see the package comment.
const (
	Row Part = iota
	State
	Sign
	Companion
	Item
)

// Counts says which of a queue's figures the elements of a state belong to.
type Counts uint8

// The figures. Apart are those that no consumer would be given next: delayed, completed, failed.
const (
	Apart Counts = iota
	Ready
	Unacked
)

// Life is what is asked of a key's time to live.
type Life uint8

// The lives. Soon is the longest life of a key that is judged by its value alone.
const (
	AnyLife Life = iota
	Expires
	ExpiresSoon
)

// Soon is the longest time to live that ExpiresSoon takes.
const Soon = 10 * time.Minute

// Holds reports whether a time to live, PTTL's answer, is one of these.
func (l Life) Holds(left int64) bool {
	switch l {
	case Expires:
		return left > 0
	case ExpiresSoon:
		return left > 0 && time.Duration(left)*time.Millisecond <= Soon
	case AnyLife:
	}
	return true
}

// Roles of companions that listings know.
const (
	// RoleWaiters is a list or sorted set with one element for each who waits for a lock.
	RoleWaiters = "waiters"
	// RoleToken is a string that counts fencing tokens.
	RoleToken = "token"
	// RoleMemberData is a hash with what is known of a leaderboard's members, RoleTies a sorted set of
	// its distinct scores.
	RoleMemberData = "member data"
	RoleTies       = "ties"
	// RolePermits is a sorted set with one element for each permit that was given out.
	RolePermits = "permits"
	// RoleSignal is a list in which waiters block until the lock is released.
	RoleSignal = "signal"
)

// Key is one form of key of a profile.
type Key struct {
	Match string
	// Type is TYPE's word, "" for any.
	Type string
	Part Part
	// Role is the word for a state ("wait", "active", …) or a companion.
	Role   string
	Counts Counts
	// Newest says that the elements of a state are read from the end at which they were added last:
	// of what is done, the latest matters. Rare says that a state without elements is not shown.
	Newest, Rare bool
	Life         Life
	// Named is a further test of the name, where its form is not enough; nil passes.
	Named func(name string) bool
	// Unless keeps names out that say another thing than the profile; nil keeps none out. Unlike Named
	// it is no reason to look at a key.
	Unless func(name string) bool
	// Beside is the form of another key that must exist, BesideType its type: "" stands for that of the
	// profile's key of the same form, or for any where the profile has none.
	Beside, BesideType string
	// Confirm judges what was read of the key; nil asks for no read.
	Confirm func(Evidence) (Finding, bool)
	// Confidence is 0 to 1: how sure a key that fits is what the profile says.
	Confidence float64
	// Decode is the chain by which the payload opens, outermost first: "base64 → json". It is
	// shown and, as a hint, tried first. Pickle, Java and PHP objects are shown and never executed.
	Decode string
	// Payload names the field of a hash or of a stream's entries that holds the payload.
	Payload string
	// Fields are the chains of the other fields of a stream's entries, by name.
	Fields map[string]string
}

// Job says where the elements of a profile's states have their payload.
type Job struct {
	// Key is the form of a job's own key, with <id> for the element; "" when the element is the
	// job. It is a hash unless Type says otherwise.
	Key, Type string
	// In is the form of a hash that holds all jobs by id, with <state> for the key of the state, ""
	// when there is none.
	In string
	// Payload is the field, or the member of a JSON object, that holds the payload; Headers are the
	// fields shown beside it.
	Payload string
	Headers []string
	// Trace is the field or JSON path with the trace context, as "opts.tm".
	Trace string
	// Time is the field with the time the job was made: seconds or milliseconds since 1970.
	Time string
	// Decode is the payload's chain, as in Key.
	Decode string
	// Oldest says which end is taken next: true for the tail (LPUSH and RPOP).
	Oldest bool
}

// Evidence is what is known of a key. Of each type one bounded read is made, if any:
//
//	string  GETRANGE 0 511                 Value, Cut
//	hash    HSCAN 0 COUNT 20               Fields
//	stream  XREVRANGE + - COUNT 1          Fields, those of the newest entry
//	zset    ZREVRANGE 0 9 WITHSCORES       Members
//	set     SSCAN 0 COUNT 10               Members
//	list    LRANGE -1 -1                   Members
type Evidence struct {
	Name, Type string
	// Left is PTTL's answer: milliseconds, -1 without expiry.
	Left int64
	// Read says that the content was read.
	Read  bool
	Value string
	// Cut says that the value is longer than what was read.
	Cut     bool
	Fields  []backends.Field
	Members []Member
	// Beside are the types of other keys that were asked for; one that is not there has none.
	Beside map[string]string
	Now    time.Time
}

// Member is an element of a sorted set, a set or a list.
type Member struct {
	Value string
	Score float64
}

// Field returns a field's value and whether there is one.
func (e Evidence) Field(name string) (string, bool) {
	for _, f := range e.Fields {
		if f.Name == name {
			return string(f.Value), true
		}
	}
	return "", false
}

// Has reports whether all of the fields are there.
func (e Evidence) Has(names ...string) bool {
	for _, n := range names {
		if _, ok := e.Field(n); !ok {
			return false
		}
	}
	return true
}

// Finding is what a read told beyond yes.
type Finding struct {
	// Confidence replaces that of the row when it is not 0.
	Confidence float64
	// Columns are figures for display.
	Columns []backends.Field
	// Lock is what a lock's key tells of its holder; Name, TTL and Library are filled in by the
	// listing.
	Lock backends.Lock
}

// Match is a key that was recognised.
type Match struct {
	Profile *Profile
	Key     *Key
	Object  string
	Vars    Vars
	Finding
	// rule is the place in the table.
	rule int
}

// Is reports whether there is a match at all.
func (m Match) Is() bool { return m.Profile != nil }

// Names reports whether the key makes the row of an object appear.
func (m Match) Names() bool {
	return m.Is() && (m.Key.Part == Row || m.Key.Part == State || m.Key.Part == Sign)
}
