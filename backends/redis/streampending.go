package redis

import (
	"context"
	"sync"
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
	facts := l.known(ctx, name, time.Now())
	cmds := []command{ask}
	if facts == nil {
		cmds = append(cmds, command{"XINFO", "STREAM", name})
	}
	answers, err := l.s.many(ctx, cmds)
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
	var unsure []*backends.PendingEntry
	switch {
	case facts != nil:
		unsure = atEnds(page.Entries, facts.fields, false)
	case answers[1].err != nil:
		return page, nil // without XINFO it stays unknown which of them are still there
	default:
		unsure = atEnds(page.Entries, l.s.wholeFacts(name, answers[1].value, now).fields, true)
	}
	page.LookedAt, err = l.look(ctx, name, unsure)
	return page, l.s.at.fault(name, err)
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
// nothing is. Servers before 7 do not tell which that was; and what is not fresh tells of the beginning only,
// since what is gone stays gone.
func atEnds(entries []backends.PendingEntry, f map[string]any, fresh bool) (unsure []*backends.PendingEntry) {
	first, deleted := entryID(f["first-entry"]), textOf(f, "max-deleted-entry-id")
	for i := range entries {
		switch e := &entries[i]; {
		case (first == "" && fresh) || olderID(e.Position, first):
			e.Payload = backends.Gone
		case fresh && deleted != "" && olderID(deleted, e.Position):
			e.Payload = backends.Present
		default:
			unsure = append(unsure, e)
		}
	}
	return unsure
}

// check reads entries to find out whether they are there, more at a time while they are small. What
// would be too much stays unknown. It returns about how many bytes were read.
func (l streams) check(ctx context.Context, name string, entries []*backends.PendingEntry) (total int, err error) {
	step, done := 4, 0
	target := backends.Target{Kind: backends.KindStream, Name: name}
	for done < len(entries) && total < checkBytes {
		part := entries[done:min(done+step, len(entries))]
		cmds := make([]command, len(part))
		for i, e := range part {
			cmds[i] = command{"XRANGE", name, e.Position, e.Position, "COUNT", 1}
		}
		answers, err := l.s.many(ctx, cmds)
		if err != nil {
			return total, err
		}
		for i, a := range answers {
			if a.err != nil {
				return total, a.err
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
	return total, nil
}

// payloadLooks are the entries of one stream that were looked for, where that moved large ones: they are not
// looked for again for a while. The zero value is ready.
type payloadLooks struct {
	mu     sync.Mutex
	stream string
	at     time.Time
	bytes  int
	found  map[string]backends.Presence
}

// maxFound bounds the entries that are remembered.
const maxFound = 10_000

// recall fills in what is remembered of entries and returns the others, with the time of the look.
func (p *payloadLooks) recall(name string, entries []*backends.PendingEntry, anew bool) (unsure []*backends.PendingEntry, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if anew || name != p.stream || p.bytes <= largeReply || time.Since(p.at) >= largePause || len(p.found) >= maxFound {
		p.stream, p.at, p.bytes, p.found = name, time.Now(), 0, map[string]backends.Presence{}
	}
	for _, e := range entries {
		found, ok := p.found[e.Position]
		switch {
		case !ok:
			unsure = append(unsure, e)
		case found != backends.Gone:
			at = p.at // what is gone stays gone, of the others it is as of then
			fallthrough
		default:
			e.Payload = found
		}
	}
	return unsure, at
}

// keep remembers what a look found, for bytes read.
func (p *payloadLooks) keep(name string, entries []*backends.PendingEntry, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if name != p.stream {
		return
	}
	p.bytes += bytes
	for _, e := range entries {
		p.found[e.Position] = e.Payload
	}
}

// look finds out which entries are there. The time is that of an earlier look, zero where all is of now.
func (l streams) look(ctx context.Context, name string, entries []*backends.PendingEntry) (time.Time, error) {
	unsure, at := l.s.payloads.recall(name, entries, backends.Demanded(ctx))
	total, err := l.check(ctx, name, unsure)
	if err == nil {
		l.s.payloads.keep(name, unsure, total)
	}
	return at, err
}
