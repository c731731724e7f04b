package backends

import (
	"context"
	"time"
)

// A source may tell more of its servers than a HealthReport holds. Each of these interfaces stands
// beside Health, is asked for by type assertion, and is asked only while what it tells is shown. An
// error means that no server tells it; one of reason Denied names the right that is missing.
type (
	// ServerDetails tells of memory, persistence, replication and what a server holds.
	ServerDetails interface {
		Details(ctx context.Context) ([]OfServer[ServerDetail], error)
	}
	// SlowLogs tells which commands took long, newest first.
	SlowLogs interface {
		SlowLog(ctx context.Context) ([]OfServer[SlowLog], error)
	}
	// Latencies tells when a server stalled, and at what.
	Latencies interface {
		Latency(ctx context.Context) ([]OfServer[Latency], error)
	}
	// ClientLists tells who is connected.
	ClientLists interface {
		Clients(ctx context.Context) ([]OfServer[ClientList], error)
	}
	// CommandStats tells which commands a server spends its time on.
	CommandStats interface {
		Commands(ctx context.Context) ([]OfServer[CommandTable], error)
	}
)

// OfServer is what one of a source's servers tells, or why it does not.
type OfServer[T any] struct {
	Server string
	Value  T
	Err    error
}

// ServerDetail is the state of one server. What it does not tell is unknown.
type ServerDetail struct {
	Role        string
	Sample      ServerSample
	Memory      MemoryState
	Persistence Persistence
	Replication Replication
	Keyspace    []DatabaseState
	Errors      []ErrorCount
}

// ServerSample is one reading of a server's gauges and counters. Counters grow from the start of the
// process that Run names.
type ServerSample struct {
	At  time.Time
	Run string
	// Gauges.
	Operations                     Rate
	Memory, Clients, Blocked, Keys Count
	// Counters.
	Commands, Hits, Misses, Evicted, Expired, Rejected, BytesIn, BytesOut Count
}

// MemoryState is what a server's memory goes to, in bytes.
type MemoryState struct {
	Used, Resident, Peak, Dataset, Overhead, Clients, Limit Count
	// Policy is what happens at the limit, as the server calls it.
	Policy string
	// Fragmentation is resident by used memory, as the server states it.
	Fragmentation Rate
}

// Persistence is how safe a server's data are on disk.
type Persistence struct {
	// Snapshots and Log say in the server's words when snapshots are made and whether an append-only
	// log is kept; "" when it does not tell.
	Snapshots, Log string
	LastSave       time.Time
	// Unsaved is the number of changes since then.
	Unsaved                   Count
	SaveTook, ForkTook        Span
	Saving, Rewriting         bool
	SaveFailed, LogFailed     bool
	LogRewriteFailed, Loading bool
	LogSize                   Count
}

// Replication is a server's place among its replicas.
type Replication struct {
	Role string
	// Master and Linked are of a replica: whom it follows, and whether it hears of it.
	Master      string
	Linked      bool
	LinkDown    Span
	LastHeard   Span
	Syncing     bool
	Offset      Count
	BacklogSize Count
	Replicas    []ReplicaLink
}

// ReplicaLink is a replica as its master sees it.
type ReplicaLink struct {
	Addr, State string
	Offset      Count
	// Behind is how many bytes of the stream of changes it has not confirmed, Silent how long ago it
	// confirmed last.
	Behind Count
	Silent Span
}

// DatabaseState is one of a server's databases.
type DatabaseState struct {
	Name           string
	Keys, Expiring Count
	MeanTTL        Span
}

// ErrorCount is how often a server has answered with an error of one code.
type ErrorCount struct {
	Code  string
	Count Count
	// Rate is since the reading before, unknown at the first.
	Rate Rate
}

// SlowLog is what a server noted as slow.
type SlowLog struct {
	// Over is how long a command has to take to be noted, negative when none is; Kept how many are kept.
	Over    Span
	Kept    Count
	Entries []SlowCommand
}

// SlowCommand is a command that took long. Words never hold a password.
type SlowCommand struct {
	ID           int64
	At           time.Time
	Took         time.Duration
	Words        []string
	Client, Name string
	// Ours marks bustop's own commands.
	Ours bool
}

// Latency is when a server stalled. Over is from which length on it looks, 0 when it does not.
type Latency struct {
	Over   Span
	Events []LatencyEvent
}

// LatencyEvent is a sort of stall with its latest times.
type LatencyEvent struct {
	Name          string
	Last          time.Time
	Latest, Worst time.Duration
	// History is oldest first.
	History []LatencySpike
}

// LatencySpike is one stall.
type LatencySpike struct {
	At   time.Time
	Took time.Duration
}

// ClientList is who was connected at a moment.
type ClientList struct {
	At time.Time
	// Total counts all clients, of which Clients may be the first only.
	Total   Count
	Clients []ClientInfo
}

// ClientInfo is one connection.
type ClientInfo struct {
	ID               int64
	Name, Addr, User string
	Database         string
	Command, Flags   string
	Library          string
	Age, Idle        Span
	// Subscriptions counts channels, patterns and sharded channels.
	Subscriptions Count
	// Output is what waits to be sent to it, Memory all that the server holds for it, in bytes.
	Output, Memory Count
	Blocked, Ours  bool
}

// CommandTable is what a server has done, by command.
type CommandTable struct {
	At time.Time
	// Over is the time that the rates are about; unknown at the first reading.
	Over     Span
	Commands []CommandUse
}

// CommandUse is one command: since the server's start, and a second since the reading before.
type CommandUse struct {
	Name                    string
	Calls, Failed, Rejected Count
	// PerCall is the mean time since the start, P50 and P99 percentiles of it.
	PerCall, P50, P99 Span
	CallRate          Rate
	FailRate          Rate
	// Recent is the mean time of a call since the reading before, Share what part of that time the server
	// spent on the command, from 0 to 1.
	Recent Span
	Share  Rate
}
