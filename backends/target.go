package backends

// Kind names a sort of object with the words of the command line and of the JSON output.
type Kind string

// The kinds of objects.
const (
	KindQueue       Kind = "queue"
	KindStream      Kind = "stream"
	KindChannel     Kind = "channel"
	KindExchange    Kind = "exchange"
	KindLock        Kind = "lock"
	KindLeaderboard Kind = "leaderboard"
	KindKey         Kind = "key"
	KindHealth      Kind = "health"
)

// TargetKinds are the kinds of objects that a Target may name.
func TargetKinds() []Kind {
	return []Kind{KindQueue, KindStream, KindChannel, KindExchange, KindLock, KindLeaderboard, KindKey}
}

// Target names one object of a source. Name holds the exact bytes the server uses, which need
// not be UTF-8.
type Target struct {
	Kind Kind
	Name string
}

// String returns the form of the command line, "queue/NAME".
func (t Target) String() string { return string(t.Kind) + "/" + t.Name }
