package redis

import (
	"sync"
	"time"

	"bustop/backends"
)

const (
	// largeReply is from how many bytes of entries on an answer of XINFO STREAM, which has the first and
	// the last entry whole, is asked for rarely: no sooner than largePause after the last one, and so that
	// all large ones together take about largePerSecond, at the latest after largeWait.
	largeReply     = 64 << 10
	largePause     = 30 * time.Second
	largeWait      = 10 * time.Minute
	largePerSecond = 256 << 10
	// maxLarge bounds the table; it is emptied when it is full.
	maxLarge = 10_000
)

// largeStreams are what XINFO STREAM said of streams with large entries. The zero value is ready.
type largeStreams struct {
	mu    sync.Mutex
	bytes int // of all answers in the table
	of    map[string]*largeStream
}

// largeStream is one answer, without its entries. Its maps and slices are not changed.
type largeStream struct {
	fields map[string]any
	// bytes is the size of both entries, entry that of the larger one.
	bytes, entry int
	at           time.Time
	// rate is the mean since an answer before, unknown at first; the next one is counted from added at since.
	rate  backends.Rate
	added backends.Count
	since time.Time
	// groups are as they were found with the answer.
	groups []backends.Group
}

// recent returns the answer that still has to do, nil when the server is to be asked.
func (t *largeStreams) recent(name string, now time.Time) *largeStream {
	t.mu.Lock()
	defer t.mu.Unlock()
	pause := time.Duration(float64(t.bytes) / largePerSecond * float64(time.Second))
	if known := t.of[name]; known != nil && now.Sub(known.at) < min(max(pause, largePause), largeWait) {
		return known
	}
	return nil
}

// took takes in an answer that has just come; nil when it is small, and not kept.
func (t *largeStreams) took(name string, fields map[string]any, now time.Time) *largeStream {
	first, last := entryBytes(fields["first-entry"]), entryBytes(fields["last-entry"])
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.of[name]
	if old != nil {
		t.bytes -= old.bytes
		delete(t.of, name)
	}
	if first+last <= largeReply {
		return nil
	}
	if t.of == nil || len(t.of) >= maxLarge {
		t.of, t.bytes = map[string]*largeStream{}, 0
	}
	one := &largeStream{fields: withoutEntries(fields), bytes: first + last, entry: max(first, last), at: now}
	one.added, one.since = countOf(fields, "entries-added"), now
	if old != nil {
		one.measure(old)
	}
	t.of[name], t.bytes = one, t.bytes+one.bytes
	return one
}

// measure finds by how much the count of entries ever added grew in a second, which is unknown when the
// stream is not the one it was.
func (l *largeStream) measure(old *largeStream) {
	passed := l.at.Sub(old.since)
	switch {
	case !old.added.Known() || !l.added.Known() || l.added.Value < old.added.Value:
	case passed < minSlope:
		l.rate, l.added, l.since = old.rate, old.added, old.since
	default:
		l.rate = backends.ExactRate(float64(l.added.Value-old.added.Value) / passed.Seconds())
	}
}

// withGroups remembers the groups that were found with an answer.
func (t *largeStreams) withGroups(name string, groups []backends.Group) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one := t.of[name]; one != nil {
		with := *one
		with.groups = append([]backends.Group(nil), groups...)
		t.of[name] = &with
	}
}

// forget makes the next look at a stream ask for all.
func (t *largeStreams) forget(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one := t.of[name]; one != nil {
		t.bytes -= one.bytes
		delete(t.of, name)
	}
}

// withoutEntries keeps only the ids of the entries.
func withoutEntries(fields map[string]any) map[string]any {
	out := make(map[string]any, len(fields))
	for name, v := range fields {
		if name == "first-entry" || name == "last-entry" {
			v = []any{entryID(v)}
		}
		out[name] = v
	}
	return out
}

// streamFacts is what is known of a stream itself: what XINFO STREAM has just said, or what it said some
// time ago, with the length of now.
type streamFacts struct {
	fields map[string]any
	// entry is about the size of an entry in bytes.
	entry int
	large *largeStream
	// known says that fields are not of now.
	known bool
}

// wholeFacts reads an answer of XINFO STREAM.
func (s *source) wholeFacts(name string, answer any, now time.Time) streamFacts {
	f := fieldsOf(answer)
	out := streamFacts{fields: f, large: s.large.took(name, f, now)}
	if out.large != nil {
		out.entry = out.large.entry
	} else {
		out.entry = max(entryBytes(f["first-entry"]), entryBytes(f["last-entry"]))
	}
	return out
}

// stream is the stream by these facts.
func (f streamFacts) stream(s *source, name string, now time.Time) backends.Stream {
	st := stream(name, f.fields, now)
	switch {
	case f.known:
		st.EndsAt = f.large.at
		if st.EntriesAdded.Known() {
			st.EntriesAdded.Certainty = backends.AtLeast // it only grows
		}
		if st.InRate = f.large.rate; st.InRate.Known() {
			st.InRate.Certainty = backends.About
		}
	case f.large != nil:
		st.InRate = f.large.rate
	case st.EntriesAdded.Known():
		if st.InRate = s.slopes.rate("stream/"+name, st.EntriesAdded.Value, now); st.InRate.Value < 0 {
			st.InRate = backends.Rate{} // another stream has the name now
		}
	}
	return st
}
