package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/views"
	"bustop/views/jsonout"
)

// kind is a sort of object that get can list.
type kind struct {
	name, plural string
	columns      []column
	// list reads what a source has; has is false when the source has no such role.
	list lister
	// sections says that what an object's JSON holds beside its row is printed below the table.
	sections bool
}

type lister func(ctx context.Context, source backends.Source, q backends.Query) (l listing, has bool, err error)

// entry is one object in both forms.
type entry struct {
	json  []byte
	cells []string
}

// listing is what one source has of a kind.
type listing struct {
	entries []entry
	notes   []string
	total   backends.Count
	// locks are the entries of locks, which several sources may have to be asked about.
	locks []backends.LockSight
}

// kinds returns the kinds in the order of the help.
func kinds() []kind {
	return []kind{
		{"queue", "queues", queueColumns(), listQueues, false},
		{"stream", "streams", streamColumns(), listStreams, false},
		{"channel", "channels", channelColumns(), listChannels, false},
		{"lock", "locks", lockColumns(), listLocks, false},
		{"leaderboard", "leaderboards", leaderboardColumns(), listLeaderboards, false},
		{"key", "keys", keyColumns(), listKeys, false},
		{"health", "health", healthColumns(), readHealth, true},
	}
}

func plurals() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.plural)
	}
	return names
}

// collect turns a page of a role into a listing.
func collect[T any](page backends.Page[T], err error, source backends.Source,
	encode func([]byte, jsonout.Origin, T) []byte, cells func(T) []string,
) (listing, bool, error) {
	if err != nil {
		return listing{}, true, err
	}
	from := jsonout.OriginOf(source.Identity())
	l := listing{notes: page.Notes, total: page.Total}
	for _, item := range page.Items {
		l.entries = append(l.entries, entry{encode(nil, from, item), cells(item)})
	}
	return l, true, nil
}

func queueColumns() []column {
	return []column{
		{"NAME", false},
		{"TYPE", false},
		{"READY", true},
		{"UNACKED", true},
		{"TOTAL", true},
		{"CONSUMERS", true},
		{"IN/S", true},
		{"OUT/S", true},
		{"NET/S", true},
		{"FRAMEWORK", false},
	}
}

func listQueues(ctx context.Context, source backends.Source, q backends.Query) (listing, bool, error) {
	role := source.Roles().Queues
	if role == nil {
		return listing{}, false, nil
	}
	page, err := role.ListQueues(ctx, q)
	return collect(page, err, source, jsonout.Queue, func(q backends.Queue) []string {
		return []string{
			q.Name, q.Type, number(q.Ready), number(q.Unacked), number(q.Total), number(q.Consumers),
			rate(q.InRate), rate(q.OutRate), rate(q.NetRate), orUnknown(q.Framework),
		}
	})
}

func streamColumns() []column {
	return []column{
		{"NAME", false},
		{"LENGTH", true},
		{"ADDED", true},
		{"GROUPS", true},
		{"CONSUMERS", true},
		{"PENDING", true},
		{"LAG", true},
		{"FIRST", false},
		{"LAST", false},
	}
}

func listStreams(ctx context.Context, source backends.Source, q backends.Query) (listing, bool, error) {
	role := source.Roles().Streams
	if role == nil {
		return listing{}, false, nil
	}
	page, err := role.ListStreams(ctx, q)
	return collect(page, err, source, jsonout.Stream, func(s backends.Stream) []string {
		var consumers, pending, lag []backends.Count
		for _, g := range s.Groups {
			consumers, pending, lag = append(consumers, g.ConsumerCount), append(pending, g.Pending), append(lag, g.Lag)
		}
		return []string{
			s.Name, number(s.Length), number(s.EntriesAdded), strconv.Itoa(len(s.Groups)),
			number(sum(consumers...)), number(sum(pending...)), number(sum(lag...)),
			orUnknown(s.FirstID), orUnknown(s.LastID),
		}
	})
}

func channelColumns() []column {
	return []column{
		{"NAME", false},
		{"TYPE", false},
		{"SUBSCRIBERS", true},
		{"BINDINGS", true},
		{"IN/S", true},
		{"OUT/S", true},
		{"USE", false},
		{"FLAGS", false},
	}
}

func listChannels(ctx context.Context, source backends.Source, q backends.Query) (listing, bool, error) {
	role := source.Roles().Channels
	if role == nil {
		return listing{}, false, nil
	}
	page, err := role.ListChannels(ctx, q)
	return collect(page, err, source, jsonout.Channel, func(c backends.Channel) []string {
		return []string{
			c.Name, c.Type, number(c.Subscribers), strconv.Itoa(len(c.Bindings)),
			rate(c.InRate), rate(c.OutRate), orUnknown(c.Use), orUnknown(strings.Join(c.Flags, " ")),
		}
	})
}

func lockColumns() []column {
	return []column{
		{"NAME", false},
		{"HOLDER", false},
		{"TTL", true},
		{"LIBRARY", false},
		{"SURE", true},
		{"ENTERED", true},
		{"WAITERS", true},
	}
}

func listLocks(ctx context.Context, source backends.Source, q backends.Query) (listing, bool, error) {
	role := source.Roles().Locks
	if role == nil {
		return listing{}, false, nil
	}
	page, err := role.ListLocks(ctx, q)
	l, has, err := collect(page, err, source, jsonout.Lock, func(l backends.Lock) []string {
		return []string{
			l.Name, orUnknown(l.Holder), expiry(l.TTL, l.NoExpiry), orUnknown(l.Library),
			percent(l.Confidence), number(l.Reentrancy), number(l.Waiters),
		}
	})
	now, server := time.Now(), backends.ServerOf(source.Identity())
	for _, lock := range page.Items {
		l.locks = append(l.locks, backends.LockSight{Server: server, At: now, Lock: lock, Held: true})
	}
	return l, has, err
}

// addQuorums says in the locks of one name how far several sources agree on who holds them.
func addQuorums(sources []backends.Source, row []result) {
	var held []backends.LockSight
	var servers []string
	for s, r := range row {
		held = append(held, r.locks...)
		if r.has && r.err == nil {
			servers = append(servers, backends.ServerOf(sources[s].Identity()))
		}
	}
	if len(held) == 0 || len(servers) < 2 {
		return
	}
	all := backends.Quorums(held, servers)
	for s, r := range row {
		for i, sight := range r.locks {
			if q, ok := all[sight.Lock.Name]; ok {
				sight.Lock.Quorum = &q
				r.entries[i].json = jsonout.Lock(nil, jsonout.OriginOf(sources[s].Identity()), sight.Lock)
			}
		}
	}
}

func percent(p float64) string { return strconv.Itoa(int(p*100+0.5)) + "%" }

func leaderboardColumns() []column {
	return []column{{"NAME", false}, {"SIZE", true}, {"TOP", false}}
}

func listLeaderboards(ctx context.Context, source backends.Source, q backends.Query) (listing, bool, error) {
	role := source.Roles().Leaderboards
	if role == nil {
		return listing{}, false, nil
	}
	page, err := role.ListLeaderboards(ctx, q)
	return collect(page, err, source, jsonout.Leaderboard, func(l backends.Leaderboard) []string {
		var top []string
		for _, p := range l.Top[:min(3, len(l.Top))] {
			top = append(top, p.Member+" "+views.Score(p.Score))
		}
		return []string{l.Name, number(l.Size), orUnknown(strings.Join(top, ", "))}
	})
}

func keyColumns() []column {
	return []column{
		{"NAME", false}, {"TYPE", false}, {"TTL", true}, {"LENGTH", true}, {"BYTES", true}, {"ENCODING", false},
	}
}

func listKeys(ctx context.Context, source backends.Source, q backends.Query) (listing, bool, error) {
	role := source.Roles().Keys
	if role == nil {
		return listing{}, false, nil
	}
	page, err := role.ListKeys(ctx, q)
	return collect(page, err, source, jsonout.Key, func(k backends.Key) []string {
		return []string{
			k.Name, k.Type, expiry(k.TTL, k.NoExpiry), number(k.Length), number(k.Bytes), orUnknown(k.Encoding),
		}
	})
}

func healthColumns() []column {
	return []column{
		{"NAME", false},
		{"PRODUCT", false},
		{"VERSION", false},
		{"ROLE", false},
		{"UPTIME", true},
		{"CONNECTIONS", true},
		{"OPS/S", true},
		{"MEMORY", true},
		{"LIMIT", true},
		{"ALARMS", false},
	}
}

// readHealth lists the one report that a source has, with all that its servers tell.
func readHealth(ctx context.Context, source backends.Source, _ backends.Query) (listing, bool, error) {
	role := source.Roles().Health
	if role == nil {
		return listing{}, false, nil
	}
	report, err := role.ReadHealth(ctx)
	whole := jsonout.HealthReport{HealthReport: report}
	if err == nil {
		readSections(ctx, role, &whole)
		readBroker(ctx, role, &whole)
	}
	page := backends.Page[jsonout.HealthReport]{Items: []jsonout.HealthReport{whole}, Total: backends.ExactCount(1)}
	return collect(page, err, source, jsonout.Health, func(h jsonout.HealthReport) []string {
		var alarms []string
		for _, alarm := range h.Alarms {
			alarms = append(alarms, string(alarm.Severity)+": "+alarm.Text)
		}
		return []string{
			source.Identity().Name, orUnknown(h.Product), orUnknown(h.Version), orUnknown(h.Role), span(h.Uptime),
			number(h.Connections), rate(h.Operations), number(h.MemoryUsed), number(h.MemoryLimit),
			orUnknown(strings.Join(alarms, "; ")),
		}
	})
}
