package redis

import (
	"context"
	"slices"
	"strconv"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// ReadStream implements backends.Streams.
func (l streams) ReadStream(ctx context.Context, name, from string, n int) ([]backends.Message, error) {
	switch from {
	case "first":
		return l.read(ctx, name, "XRANGE", "-", "+", n)
	case "last":
		out, err := l.read(ctx, name, "XREVRANGE", "+", "-", n)
		slices.Reverse(out)
		return out, err
	}
	start, ok := startID(from)
	if !ok {
		return nil, l.noPosition(name, from, "first, last, ")
	}
	return l.read(ctx, name, "XRANGE", start, "+", n)
}

// ReadStreamBefore implements backends.StreamPager.
func (l streams) ReadStreamBefore(ctx context.Context, name, before string, n int) ([]backends.Message, error) {
	id, ok := startID(before)
	if !ok {
		return nil, l.noPosition(name, before, "")
	}
	end := prevID(id)
	if end == "" {
		return nil, nil
	}
	out, err := l.read(ctx, name, "XREVRANGE", end, "-", n)
	slices.Reverse(out)
	return out, err
}

func (l streams) noPosition(name, from, words string) error {
	return &backends.Error{
		Reason: backends.BadUsage, Source: l.s.at.shown, Object: name, What: strconv.Quote(from) + " is not a position",
		Advice: words + "an id such as 1526919030474-0, or a time such as 2026-01-31T12:00:00Z",
	}
}

// read reads entries by XRANGE or XREVRANGE, in the server's order, a few at a time: no command cuts
// them, so their size bounds how many are asked for at once.
func (l streams) read(ctx context.Context, name, verb, start, end string, n int) ([]backends.Message, error) {
	n = min(max(n, 1), readMax)
	target := backends.Target{Kind: backends.KindStream, Name: name}
	after := map[string]func(string) string{"XRANGE": nextID, "XREVRANGE": prevID}[verb]
	var out []backends.Message
	var env envelope
	total, step := 0, 4
	for len(out) < n && total < readBytes && start != "" {
		count := min(step, n-len(out))
		v, err := l.s.one(ctx, verb, name, start, end, "COUNT", count)
		if err != nil {
			return out, l.s.at.fault(name, err)
		}
		entries, _ := v.([]any)
		for _, e := range entries {
			m := l.message(target, e, &env)
			out, total = append(out, m), total+cost(m)
			start = after(m.Position)
		}
		if len(entries) < count {
			break
		}
		step = min(max((readBytes-total)/(total/len(out)+1), 1), 4*step)
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

// message reads one entry: its id and its fields in their order.
func (l streams) message(target backends.Target, entry any, env *envelope) backends.Message {
	e, _ := entry.([]any)
	m := backends.Message{Target: target, Position: entryID(entry)}
	if len(e) < 2 {
		return m
	}
	fields := pairs(e)
	fill(&m, fields, nil, env.of(l.s.profiles, target.Name, fields))
	m.Envelope = env.known
	return m
}

// envelope remembers in which field of a stream's entries the table finds the payload. The zero value
// has not asked it.
type envelope struct {
	asked   bool
	payload string
	// known is the library's, nil where the table knows no more than the field.
	known *backends.Envelope
}

// of returns the name of the field, "" where the table knows none. The entries of one stream are
// mostly of one producer: the table is asked for the first one, and again where that does not fit.
func (e *envelope) of(table *profile.Table, name string, fields []backends.Field) string {
	has := func(f backends.Field) bool { return f.Name == e.payload }
	if e.asked && (e.payload == "" || slices.ContainsFunc(fields, has)) {
		return e.payload
	}
	e.asked, e.payload, e.known = true, "", nil
	m, ok := table.Recognise(profile.Evidence{Name: name, Type: "stream", Left: -1, Read: true, Fields: fields, Now: time.Now()})
	if ok {
		e.payload = m.Key.Payload
		if m.Profile.Library != "" {
			e.known = &backends.Envelope{Name: m.Profile.Library, Decode: m.Key.Decode, Fields: m.Key.Fields}
		}
		for _, c := range m.Columns {
			if c.Name == "payload" {
				e.payload = string(c.Value)
			}
		}
	}
	return e.payload
}

// fill gives a message its fields and the time in its id. The field known to be the payload, a single
// field, or one with a name by which producers mean the payload, is the body; sizes are those of the
// whole values, nil when all are whole.
func fill(m *backends.Message, fields []backends.Field, sizes []int, known string) {
	if ms, _, ok := parseID(m.Position); ok {
		m.Time = time.UnixMilli(int64(min(ms, 1<<53)))
	}
	body := payload(fields, known)
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
func payload(fields []backends.Field, known string) int {
	if len(fields) == 1 {
		return 0
	}
	for _, name := range []string{known, "data", "payload", "message", "event", "body", "json"} {
		if name == "" {
			continue
		}
		if i := slices.IndexFunc(fields, func(f backends.Field) bool { return f.Name == name }); i >= 0 {
			return i
		}
	}
	return -1
}
