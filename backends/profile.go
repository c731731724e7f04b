package backends

// ProfileRule is a profile of the person's own, or the name of one that is to be off.
type ProfileRule struct {
	Off                                      string
	Name, Match, Kind, Type, Library, Decode string
}

// ProfileSwitch is what the roles Queues, Streams, Locks, Leaderboards and Keys can do beside where their
// rows are recognised by rules. The rules are the source's: what is off for one role is off for all.
type ProfileSwitch interface {
	// SwitchOff forgets a rule (the field Profile of a row) until the source is closed: what it has
	// recognised is shown as what it is by the other rules, or by its type. The server is not changed.
	SwitchOff(profile string)
	// OriginOf says where a rule comes from.
	OriginOf(profile string) ProfileOrigin
}

// ProfileOrigin says where a rule comes from.
type ProfileOrigin uint8

// The origins; the zero value is a name that no rule has.
const (
	NoProfile ProfileOrigin = iota
	// BuiltIn is a rule that comes with the program.
	BuiltIn
	// OwnProfile is one of the person's own.
	OwnProfile
	// ByType is no more than what a key's type tells: there is nothing to be switched off.
	ByType
)
