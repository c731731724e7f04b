package redis

import (
	"context"
	"strconv"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
	"bustop/backends/redis/resp"
)

const (
	// blockTime is how long the server holds an XREAD that has nothing to say.
	blockTime = time.Second
	// readCount is the most entries of one XREAD.
	readCount = 1000
)

// TailStream implements backends.Streams.
func (l streams) TailStream(ctx context.Context, name string) (*backends.Tail, error) {
	v, err := l.s.one(ctx, "XINFO", "STREAM", name)
	if err != nil {
		if backends.ReasonOf(err) == backends.NotFound {
			err = l.missing(name)
		}
		return nil, l.s.at.fault(name, err)
	}
	st := stream(name, l.s.wholeFacts(name, v, time.Now()).fields, time.Now())
	target := backends.Target{Kind: backends.KindStream, Name: name}
	return l.s.adopt(ctx, target, func(ctx context.Context, t *backends.Tail) {
		tail := &streamTail{
			tail: t, last: st.LastID, added: st.EntriesAdded, profiles: l.s.profiles,
			meter: meter{ctx: ctx, tracer: l.s.tracer, operation: "xread", target: name},
		}
		f := &follower{s: l.s, tail: t, session: tail.session}
		f.run(ctx)
	})
}

// streamTail follows a stream by XREAD, which leaves no trace on the server. It goes on from
// the last entry seen, so a broken connection alone loses nothing; what was trimmed meanwhile
// is found out from the count of all entries ever added.
type streamTail struct {
	tail  *backends.Tail
	meter meter
	last  string
	// added is the stream's count of entries ever added as of last; unknown before Redis 7.
	added    backends.Count
	profiles *profile.Table
	envelope envelope
}

func (t *streamTail) session(ctx context.Context, w *wire, live func()) error {
	if err := t.compare(w); err != nil {
		return err
	}
	live()
	defer t.meter.flush()
	var v resp.Value
	for ctx.Err() == nil {
		full, err := t.read(w, &v)
		if err != nil {
			return err
		}
		t.meter.tick()
		if full {
			// The writers may be faster: what is trimmed before we come to it is lost.
			if err := t.compare(w); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// read waits for the next entries and reports whether there are likely more at once.
func (t *streamTail) read(w *wire, v *resp.Value) (full bool, err error) {
	block := strconv.FormatInt(blockTime.Milliseconds(), 10)
	err = w.call(v, "XREAD", "BLOCK", block, "COUNT", strconv.Itoa(readCount), "STREAMS", t.tail.Target.Name, t.last)
	if err != nil || len(v.Items) == 0 || len(v.Items[0].Items) < 2 {
		return false, err
	}
	entries := v.Items[0].Items[1].Items
	out := make([]backends.Message, 0, len(entries))
	for i := range entries {
		m := t.message(&entries[i])
		out = append(out, m)
		t.last = m.Position
	}
	if t.added.Known() {
		t.added.Value += int64(len(out))
	}
	t.tail.Ring.Add(out...)
	t.meter.add(out)
	return len(entries) == readCount, nil
}

// message copies an entry out of the reader's memory.
func (t *streamTail) message(e *resp.Value) backends.Message {
	m := backends.Message{Target: t.tail.Target}
	if len(e.Items) < 2 {
		return m
	}
	m.Position = string(e.Items[0].Text)
	flat := e.Items[1].Items
	fields := make([]backends.Field, 0, len(flat)/2)
	sizes := make([]int, 0, len(flat)/2)
	for i := 0; i+1 < len(flat); i += 2 {
		fields = append(fields, backends.Field{Name: string(flat[i].Text), Value: append([]byte(nil), flat[i+1].Text...)})
		sizes = append(sizes, flat[i+1].Size)
	}
	fill(&m, fields, sizes, t.envelope.of(t.profiles, t.tail.Target.Name, fields))
	m.Envelope = t.envelope.known
	return m
}

// compare looks at the stream's ends and marks what can no longer be read.
func (t *streamTail) compare(w *wire) error {
	var v resp.Value
	err := w.call(&v, "XINFO", "STREAM", t.tail.Target.Name)
	// MOVED and ASK say that another node has it now, not that it is gone.
	if r, ok := replyOf(err); ok && r.code() != "MOVED" && r.code() != "ASK" && backends.ReasonOf(reasoned(r)) == backends.NotFound {
		// It is gone; if it comes again its entries are all new.
		t.anew("the stream is gone")
		return nil
	}
	if err != nil {
		return err
	}
	st := stream(t.tail.Target.Name, fieldsOf(plain(&v)), time.Now())
	if olderID(st.LastID, t.last) || (t.added.Known() && st.EntriesAdded.Value < t.added.Value) {
		t.anew("the stream was deleted and made anew")
		return nil
	}
	if !t.added.Known() || !st.EntriesAdded.Known() || !olderID(t.last, st.FirstID) {
		return nil
	}
	if lost := st.EntriesAdded.Value - st.Length.Value - t.added.Value; lost > 0 {
		t.tail.Gap(lostText(lost))
		t.tail.Update(func(s *backends.TailState) {
			s.LostAtServer.Value += lost
			s.LostAtServer.Certainty = backends.About
		})
		t.added.Value += lost
	}
	return nil
}

// anew starts from the beginning of whatever has the name next.
func (t *streamTail) anew(why string) {
	if t.last == "0-0" {
		return
	}
	t.tail.Gap(why)
	t.last, t.added = "0-0", backends.ExactCount(0)
}

func reasoned(r reply) error {
	reason, what, _ := answered(r)
	return &backends.Error{Reason: reason, What: what}
}

// plain is a value in the form in which the library gives answers.
func plain(v *resp.Value) any {
	switch v.Kind {
	case resp.Array, resp.Push:
		out := make([]any, len(v.Items))
		for i := range v.Items {
			out[i] = plain(&v.Items[i])
		}
		return out
	case resp.Integer:
		return v.Int
	case resp.Status, resp.Bulk, resp.Failure:
		return string(v.Text)
	case resp.Null:
	}
	return nil
}
