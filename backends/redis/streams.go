package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
)

const (
	// readMax is the most entries of one read, readBytes where it stops earlier.
	readMax   = 1000
	readBytes = 8 << 20
	// lagProbe is how many entries are counted to find a lag that the server does not know.
	lagProbe = 100
	// maxGroups bounds the groups whose consumers are described.
	maxGroups = 100
)

// streams is the role of Streams.
type streams struct{ s *source }

// ListStreams implements backends.Streams.
func (l streams) ListStreams(ctx context.Context, q backends.Query) (backends.Page[backends.Stream], error) {
	return lister[backends.Stream]{kind: backends.KindStream, needs: []string{"XINFO STREAM"}, read: l.rows}.list(ctx, l.s, q)
}

func (l streams) rows(ctx context.Context, names []string) ([]row[backends.Stream], error) {
	cmds := make([]command, 0, 2*len(names))
	for _, name := range names {
		cmds = append(cmds, command{"XINFO", "STREAM", name}, command{"XINFO", "GROUPS", name})
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	out := make([]row[backends.Stream], len(names))
	for i, name := range names {
		facts, groups := answers[2*i], answers[2*i+1]
		if facts.err != nil {
			out[i].state = absent(facts.err)
			continue
		}
		st := stream(name, fieldsOf(facts.value))
		if added := st.EntriesAdded; added.Known() {
			st.InRate = l.s.slopes.rate("stream/"+name, added.Value, now)
		}
		list, _ := groups.value.([]any)
		for _, g := range list {
			st.Groups = append(st.Groups, group(st, fieldsOf(g)))
		}
		out[i].item = st
	}
	return out, l.lags(ctx, out)
}

// lags finds the lags that the server did not tell, by counting a bounded number of entries.
func (l streams) lags(ctx context.Context, rows []row[backends.Stream]) error {
	var cmds []command
	var of []*backends.Group
	for i := range rows {
		for j := range rows[i].item.Groups {
			if g := &rows[i].item.Groups[j]; !g.Lag.Known() && g.LastDeliveredID != "" {
				cmds = append(cmds, command{"XRANGE", rows[i].item.Name, "(" + g.LastDeliveredID, "+", "COUNT", lagProbe})
				of = append(of, g)
			}
		}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	for i, a := range answers {
		if entries, ok := a.value.([]any); ok {
			of[i].Lag = backends.ExactCount(int64(len(entries)))
			if len(entries) == lagProbe {
				of[i].Lag.Certainty = backends.AtLeast
			}
		}
	}
	return nil
}

// DescribeStream implements backends.Streams.
func (l streams) DescribeStream(ctx context.Context, name string) (backends.Stream, error) {
	rows, err := l.rows(ctx, []string{name})
	if err != nil {
		return backends.Stream{}, err
	}
	if rows[0].state != shown {
		if err := l.s.denied("XINFO STREAM"); err != nil {
			return backends.Stream{}, err
		}
		return backends.Stream{}, l.missing(name)
	}
	st := rows[0].item
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

// ReadStream implements backends.Streams.
func (l streams) ReadStream(ctx context.Context, name, from string, n int) ([]backends.Message, error) {
	n = min(max(n, 1), readMax)
	verb, start, end := "XRANGE", from, "+"
	switch from {
	case "first":
		start = "-"
	case "last":
		verb, start, end = "XREVRANGE", "+", "-"
	default:
		if !isID(from) {
			return nil, &backends.Error{
				Reason: backends.BadUsage, Source: l.s.at.shown, Object: name, What: strconv.Quote(from) + " is not a position",
				Advice: "first, last, or an id such as 1526919030474-0",
			}
		}
	}
	target := backends.Target{Kind: backends.KindStream, Name: name}
	var out []backends.Message
	total, step := 0, 4
	for len(out) < n && total < readBytes {
		count := min(step, n-len(out))
		v, err := l.s.one(ctx, verb, name, start, end, "COUNT", count)
		if err != nil {
			return out, l.s.at.fault(name, err)
		}
		entries, _ := v.([]any)
		for _, e := range entries {
			m := message(target, e)
			out, total = append(out, m), total+cost(m)
			start = "(" + m.Position
		}
		if len(entries) < count {
			break
		}
		step = min(max((readBytes-total)/(total/len(out)+1), 1), 4*step)
	}
	if from == "last" {
		slices.Reverse(out)
	}
	return out, nil
}

func cost(m backends.Message) int {
	n := 100 + len(m.Body)
	for _, h := range m.Headers {
		n += len(h.Name) + len(h.Value)
	}
	return n
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
func stream(name string, f map[string]any) backends.Stream {
	return backends.Stream{
		Name: name, Type: "stream", Length: countOf(f, "length"), EntriesAdded: countOf(f, "entries-added"),
		FirstID: entryID(f["first-entry"]), LastID: textOf(f, "last-generated-id"),
	}
}

// group reads one entry of XINFO GROUPS. Servers before 7 tell no lag, later ones tell none when
// entries were deleted; where it follows from the rest it is filled in.
func group(st backends.Stream, f map[string]any) backends.Group {
	g := backends.Group{
		Name: textOf(f, "name"), ConsumerCount: countOf(f, "consumers"), Pending: countOf(f, "pending"),
		Lag: countOf(f, "lag"), LastDeliveredID: textOf(f, "last-delivered-id"),
	}
	switch {
	case g.Lag.Known():
	case st.Length.Known() && st.Length.Value == 0, !olderID(g.LastDeliveredID, st.LastID):
		g.Lag = backends.ExactCount(0)
	case g.LastDeliveredID == "0-0":
		g.Lag = st.Length
	}
	return g
}

func consumer(f map[string]any) backends.Consumer {
	c := backends.Consumer{Name: textOf(f, "name"), Pending: countOf(f, "pending")}
	if idle, ok := f["idle"].(int64); ok {
		c.Idle = backends.ExactSpan(time.Duration(idle) * time.Millisecond)
	}
	return c
}

// oldest is how long the first of a group's pending entries has waited since it was last
// delivered; another one may have waited longer.
func oldest(v any) backends.Span {
	list, _ := v.([]any)
	if len(list) == 0 {
		return backends.Span{}
	}
	entry, _ := list[0].([]any)
	if len(entry) < 4 {
		return backends.Span{}
	}
	idle, _ := entry[2].(int64)
	return backends.Span{Value: time.Duration(idle) * time.Millisecond, Certainty: backends.AtLeast}
}

// message reads one entry: its id and its fields in their order.
func message(target backends.Target, entry any) backends.Message {
	e, _ := entry.([]any)
	m := backends.Message{Target: target, Position: entryID(entry)}
	if len(e) < 2 {
		return m
	}
	flat := texts(e[1])
	fields := make([]backends.Field, 0, len(flat)/2)
	for i := 0; i+1 < len(flat); i += 2 {
		fields = append(fields, backends.Field{Name: flat[i], Value: []byte(flat[i+1])})
	}
	fill(&m, fields, nil)
	return m
}

// fill gives a message its fields and the time in its id. A single field, or one with a name by
// which producers mean the payload, is the body; sizes are those of the whole values, nil when
// all are whole.
func fill(m *backends.Message, fields []backends.Field, sizes []int) {
	if ms, _, ok := parseID(m.Position); ok {
		m.Time = time.UnixMilli(int64(min(ms, 1<<53)))
	}
	body := payload(fields)
	if body >= 0 {
		m.Body, m.Size = fields[body].Value, len(fields[body].Value)
		if sizes != nil {
			m.Size = sizes[body]
		}
		if len(fields) == 1 {
			return
		}
		fields = slices.Delete(slices.Clone(fields), body, body+1)
	}
	m.Headers = fields
}

// payload is the index of the field that is the body, -1 when none stands out.
func payload(fields []backends.Field) int {
	if len(fields) == 1 {
		return 0
	}
	for _, name := range []string{"data", "payload", "message", "event", "body", "json"} {
		if i := slices.IndexFunc(fields, func(f backends.Field) bool { return f.Name == name }); i >= 0 {
			return i
		}
	}
	return -1
}

// parseID takes a stream id apart: milliseconds and a number within them
// (redis.io/docs/latest/develop/data-types/streams#entry-ids).
func parseID(id string) (ms, seq uint64, ok bool) {
	a, b, both := strings.Cut(id, "-")
	ms, err := strconv.ParseUint(a, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	if !both {
		return ms, 0, true
	}
	seq, err = strconv.ParseUint(b, 10, 64)
	return ms, seq, err == nil
}

func isID(s string) bool { _, _, ok := parseID(s); return ok }

// olderID reports whether a is older than b; what is no id is older than any.
func olderID(a, b string) bool {
	am, as, _ := parseID(a)
	bm, bs, _ := parseID(b)
	return am < bm || (am == bm && as < bs)
}

// lostText says how many entries went by unseen.
func lostText(n int64) string {
	if n == 1 {
		return "1 entry was trimmed before it could be read"
	}
	return fmt.Sprintf("%d entries were trimmed before they could be read", n)
}
