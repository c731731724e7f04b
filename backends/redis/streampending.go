package redis

import (
	"context"
	"time"

	"bustop/backends"
)

const (
	// maxPending bounds a page of pending entries.
	maxPending = 200
	// checkBytes is how much of payloads is read at most to find out whether they are there.
	checkBytes = 1 << 20
)

// ReadPending implements backends.PendingReader. XPENDING is asked without IDLE, which would search
// all that is pending for enough entries that have waited so long.
func (l streams) ReadPending(ctx context.Context, name string, look backends.PendingLook) (backends.PendingPage, error) {
	var page backends.PendingPage
	n, from := min(max(look.N, 1), maxPending), look.From
	if from == "" {
		from = "-"
	}
	ask := command{"XPENDING", name, look.Group, from, "+", n + 1}
	if look.Consumer != "" {
		ask = append(ask, look.Consumer)
	}
	answers, err := l.s.many(ctx, []command{ask, {"XINFO", "STREAM", name}})
	if err == nil {
		err = answers[0].err
	}
	if err != nil {
		return page, l.s.at.fault(name, err)
	}
	list, _ := answers[0].value.([]any)
	now := time.Now()
	for _, v := range list {
		if entry, _ := v.([]any); len(entry) >= 4 {
			page.Entries = append(page.Entries, pendingEntry(entry, now))
		}
	}
	if len(page.Entries) > n {
		page.Next = page.Entries[n].Position
		page.Entries = page.Entries[:n]
	}
	if answers[1].err != nil {
		return page, nil // without XINFO it stays unknown which of them are still there
	}
	unsure := atEnds(page.Entries, fieldsOf(answers[1].value))
	return page, l.s.at.fault(name, l.check(ctx, name, unsure))
}

// pendingEntry reads id, consumer, milliseconds since the last delivery, deliveries
// (redis.io/docs/latest/commands/xpending).
func pendingEntry(entry []any, now time.Time) backends.PendingEntry {
	var p backends.PendingEntry
	p.Position, _ = entry[0].(string)
	p.Consumer, _ = entry[1].(string)
	p.Made = idTime(p.Position, now)
	if idle, ok := entry[2].(int64); ok {
		p.Idle = backends.ExactSpan(time.Duration(idle) * time.Millisecond)
	}
	if n, ok := entry[3].(int64); ok {
		p.Deliveries = backends.ExactCount(n)
	}
	return p
}

// atEnds decides by what the stream says of itself which entries are there, and returns those for
// which that is not enough: before the first entry everything is gone, after the last one deleted
// nothing is. Servers before 7 do not tell which that was.
func atEnds(entries []backends.PendingEntry, f map[string]any) (unsure []*backends.PendingEntry) {
	first, deleted := entryID(f["first-entry"]), textOf(f, "max-deleted-entry-id")
	for i := range entries {
		switch e := &entries[i]; {
		case first == "" || olderID(e.Position, first):
			e.Payload = backends.Gone
		case deleted != "" && olderID(deleted, e.Position):
			e.Payload = backends.Present
		default:
			unsure = append(unsure, e)
		}
	}
	return unsure
}

// check reads entries to find out whether they are there, more at a time while they are small. What
// would be too much stays unknown.
func (l streams) check(ctx context.Context, name string, entries []*backends.PendingEntry) error {
	total, step, done := 0, 4, 0
	target := backends.Target{Kind: backends.KindStream, Name: name}
	for done < len(entries) && total < checkBytes {
		part := entries[done:min(done+step, len(entries))]
		cmds := make([]command, len(part))
		for i, e := range part {
			cmds[i] = command{"XRANGE", name, e.Position, e.Position, "COUNT", 1}
		}
		answers, err := l.s.many(ctx, cmds)
		if err != nil {
			return err
		}
		for i, a := range answers {
			if a.err != nil {
				return a.err
			}
			found, _ := a.value.([]any)
			part[i].Payload = backends.Gone
			if len(found) > 0 {
				part[i].Payload = backends.Present
				total += cost(l.message(target, found[0], &envelope{asked: true}))
			}
		}
		done += len(part)
		step = min(max((checkBytes-total)/(total/done+1), 1), 4*step)
	}
	return nil
}
