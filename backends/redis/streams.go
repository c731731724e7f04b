package redis

import (
	"context"
	"fmt"
	"maps"
	"time"

	"bustop/backends"
)

const (
	// readMax is the most entries of one read, readBytes where it stops earlier.
	readMax   = 1000
	readBytes = 8 << 20
	// maxGroups bounds the groups whose consumers are described.
	maxGroups = 100
)

// streams is the role of Streams.
type streams struct{ s *source }

// streamRow is a stream with what it was read from. The size of the larger of its first and last entry is
// there too, of which those between are mostly not far.
type streamRow struct {
	backends.Stream
	facts streamFacts
}

// ListStreams implements backends.Streams.
func (l streams) ListStreams(ctx context.Context, q backends.Query) (backends.Page[backends.Stream], error) {
	read := func(ctx context.Context, names []string) ([]row[backends.Stream], error) {
		rows, err := l.rows(ctx, names, false)
		out := make([]row[backends.Stream], len(rows))
		for i, r := range rows {
			out[i] = row[backends.Stream]{item: r.item.Stream, state: r.state}
		}
		return out, err
	}
	return lister[backends.Stream]{kind: backends.KindStream, needs: []string{"XINFO STREAM"}, read: read}.list(ctx, l.s, q)
}

// rows reads streams with their groups; first asks for the age of the oldest entry that waits for
// each.
func (l streams) rows(ctx context.Context, names []string, first bool) ([]row[streamRow], error) {
	now := time.Now()
	cmds := make([]command, 0, 2*len(names))
	known := make([]*largeStream, len(names))
	for i, name := range names {
		ask := command{"XINFO", "STREAM", name}
		if known[i] = l.known(ctx, name, now); known[i] != nil {
			ask = command{"XLEN", name}
		}
		cmds = append(cmds, ask, command{"XINFO", "GROUPS", name})
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	now = time.Now()
	out := make([]row[streamRow], len(names))
	for i, name := range names {
		facts, groups := answers[2*i], answers[2*i+1]
		f, err := l.facts(name, known[i], facts, groups, now)
		if err != nil {
			l.s.large.forget(name)
			out[i].state = absent(err)
			continue
		}
		st := streamRow{f.stream(l.s, name, now), f}
		if m := l.s.walker.catalog.matchOf(backends.KindStream, name); m != nil {
			st.Library, st.Profile = m.Profile.Library, m.Profile.Name
		}
		list, _ := groups.value.([]any)
		for _, g := range list {
			st.Groups = append(st.Groups, group(st.Stream, fieldsOf(g), now))
		}
		out[i].item = st
	}
	if err := l.lags(ctx, out, first, now); err != nil {
		return out, err
	}
	for i := range out {
		out[i].item.carry(l.s, now)
	}
	return out, nil
}

// known is what was said of a stream before, where that has to do and nobody has asked for better.
func (l streams) known(ctx context.Context, name string, now time.Time) *largeStream {
	if backends.Demanded(ctx) {
		return nil
	}
	return l.s.large.recent(name, now)
}

// facts reads what a stream says of itself: all, or where that is known its length.
func (l streams) facts(name string, known *largeStream, said, groups answer, now time.Time) (streamFacts, error) {
	if known == nil {
		if said.err != nil {
			return streamFacts{}, said.err
		}
		return l.s.wholeFacts(name, said.value, now), nil
	}
	n, counted := said.value.(int64)
	if said.err != nil && backends.ReasonOf(said.err) != backends.Denied {
		return streamFacts{}, said.err
	}
	if said.err == nil && n == 0 && groups.err != nil {
		return streamFacts{}, groups.err // XLEN counts 0 where nothing is, too
	}
	f := maps.Clone(known.fields)
	delete(f, "length")
	if counted {
		f["length"] = n
	}
	return streamFacts{fields: f, entry: known.entry, large: known, known: true}, nil
}

// carry keeps what was found of groups with the last answer, or takes what is known of it from there: a
// group that was given nothing since waits for about as much.
func (r *streamRow) carry(s *source, now time.Time) {
	f := r.facts
	if f.large == nil {
		return
	}
	if !f.known {
		s.large.withGroups(r.Name, r.Groups)
		return
	}
	for i := range r.Groups {
		g := &r.Groups[i]
		for _, old := range f.large.groups {
			if g.Lag.Known() || old.Name != g.Name || old.LastDeliveredID != g.LastDeliveredID || !old.Lag.Known() {
				continue
			}
			g.Lag = backends.Count{Value: old.Lag.Value, Certainty: backends.About}
			if old.LagTime.Known() && old.Lag.Value > 0 {
				g.LagTime = backends.Span{Value: old.LagTime.Value + now.Sub(f.large.at), Certainty: backends.About}
			}
		}
	}
}

func entryBytes(entry any) (n int) {
	e, _ := entry.([]any)
	for _, f := range pairs(e) {
		n += len(f.Name) + len(f.Value)
	}
	return n
}

// DescribeStream implements backends.Streams.
func (l streams) DescribeStream(ctx context.Context, name string) (backends.Stream, error) {
	rows, err := l.rows(ctx, []string{name}, true)
	if err != nil {
		return backends.Stream{}, err
	}
	if rows[0].state != shown {
		if err := l.s.denied("XINFO STREAM"); err != nil {
			return backends.Stream{}, err
		}
		return backends.Stream{}, l.missing(name)
	}
	st := rows[0].item.Stream
	groups := st.Groups[:min(len(st.Groups), maxGroups)]
	cmds := make([]command, 0, 2*len(groups))
	for _, g := range groups {
		cmds = append(cmds, command{"XINFO", "CONSUMERS", name, g.Name}, command{"XPENDING", name, g.Name, "-", "+", 1})
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return st, err
	}
	for i := range groups {
		consumers, _ := answers[2*i].value.([]any)
		for _, c := range consumers {
			groups[i].Consumers = append(groups[i].Consumers, consumer(fieldsOf(c)))
		}
		groups[i].OldestPending = oldest(answers[2*i+1].value)
	}
	return st, nil
}

func (l streams) missing(name string) error {
	return &backends.Error{Reason: backends.NotFound, Source: l.s.at.shown, Object: name, What: "no such stream"}
}

// fieldsOf is an answer of names and values in turn, as XINFO gives them.
func fieldsOf(v any) map[string]any {
	list, _ := v.([]any)
	out := make(map[string]any, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		if name, ok := list[i].(string); ok {
			out[name] = list[i+1]
		}
	}
	return out
}

// countOf is a field as a count; one that is missing or null is unknown.
func countOf(fields map[string]any, name string) backends.Count {
	if n, ok := fields[name].(int64); ok {
		return backends.ExactCount(n)
	}
	return backends.Count{}
}

func textOf(fields map[string]any, name string) string {
	s, _ := fields[name].(string)
	return s
}

// entryID is the id of an entry, "" for none.
func entryID(v any) string {
	if e, ok := v.([]any); ok && len(e) > 0 {
		id, _ := e[0].(string)
		return id
	}
	return ""
}

// stream reads XINFO STREAM (redis.io/docs/latest/commands/xinfo-stream).
func stream(name string, f map[string]any, now time.Time) backends.Stream {
	st := backends.Stream{
		Name: name, Type: "stream", Length: countOf(f, "length"), EntriesAdded: countOf(f, "entries-added"),
		FirstID: entryID(f["first-entry"]), LastID: textOf(f, "last-generated-id"),
	}
	st.FirstTime, st.LastTime = idTime(st.FirstID, now), idTime(st.LastID, now)
	return st
}

// lostText says how many entries went by unseen.
func lostText(n int64) string {
	if n == 1 {
		return "1 entry was trimmed before it could be read"
	}
	return fmt.Sprintf("%d entries were trimmed before they could be read", n)
}
