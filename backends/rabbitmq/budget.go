package rabbitmq

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"
)

// The times of budgets.
const (
	// openTime is how long a look may be under way; one that began longer ago has been cut off.
	openTime = time.Minute
	// emptyTime is how long after a look the server's statistics may still be those from before the
	// messages came: it gathers them every five seconds, or as seldom as it was told to.
	emptyTime = 2 * time.Minute
)

// budgets remember how often the first messages of quorum queues have been delivered. A server tells
// that with the message only, so that to ask is to use one delivery up; what one look learned must
// not be forgotten until the message is gone.
type budgets struct {
	ledger backends.Ledger
	// server is the address by which we know the server.
	server string
}

func newBudgets(ledger backends.Ledger, server string) *budgets {
	if ledger == nil {
		ledger = &shortLedger{}
	}
	return &budgets{ledger, server}
}

// budget is what is kept of a queue.
type budget struct {
	// Deliveries is the first message's x-delivery-count after the last look.
	Deliveries int64 `json:"deliveries"`
	// Perhaps says that the queue may be one that counts no deliveries.
	Perhaps bool `json:"perhaps,omitempty"`
	// Begun is when a look began that has not ended; it raises the count or has raised it. Zero when
	// every look has ended.
	Begun time.Time `json:"begun,omitzero"`
	// Seen is when the last look ended.
	Seen time.Time `json:"seen,omitzero"`
	// Passed is the number of acknowledgements from which on the message is no longer there: all
	// that were under way and it have been acknowledged. nil says nothing.
	Passed *float64 `json:"passed,omitempty"`
	// Queue tells the queue from one that is declared anew with other arguments.
	Queue string `json:"queue,omitempty"`
	// Server is the address of who looked.
	Server string `json:"server"`
}

// spent is what is known of a budget now. The zero value knows nothing.
type spent struct {
	budget
	// known says that the count is known.
	known bool
	// lost says why looks may have been forgotten, "" where none were.
	lost string
	// err says that nothing can be kept.
	err error
	// text is the budget as it is kept.
	text string
}

// running reports whether another look is under way, cut whether one was cut off so that the count is
// not known.
func (s spent) running() bool { return !s.Begun.IsZero() && time.Since(s.Begun) < openTime }
func (s spent) cut() bool     { return !s.Begun.IsZero() && !s.running() }

// keyOf names the budget of a queue: the same one by whatever address its cluster is reached.
func (b *budgets) keyOf(cluster, vhost, queue string) []string {
	return []string{"rabbitmq", cmp.Or(cluster, b.server), vhost, queue}
}

// of returns what is known of the budget of the queue as it is now.
func (b *budgets) of(key []string, q management.Queue) spent {
	var now spent
	err := b.ledger.Change(key, func(note backends.Note) (string, error) {
		now = read(note, q)
		return now.text, nil
	})
	now.err = err
	return now
}

// read makes of a note what it still says about the queue as it is now.
func read(note backends.Note, q management.Queue) spent {
	s := spent{lost: note.Lost}
	if note.Text == "" || json.Unmarshal([]byte(note.Text), &s.budget) != nil {
		return s
	}
	acked, last := q.Stats.Value.Ack, s.Seen
	if s.Begun.After(last) {
		last = s.Begun
	}
	switch declared := fingerprint(q); {
	case s.Passed != nil && acked.Known && acked.Value >= *s.Passed,
		q.Messages.Known && q.Messages.Value == 0 && time.Since(last) > emptyTime,
		s.Queue != "" && declared != "" && s.Queue != declared:
		return spent{lost: note.Lost}
	}
	s.text = note.Text
	if s.cut() && !s.Seen.IsZero() {
		s.Deliveries++
		s.Begun = time.Time{}
	}
	s.known = s.Begun.IsZero()
	return s
}

// fingerprint tells queues of one name apart by what they were declared with; "" when that is not known.
func fingerprint(q management.Queue) string {
	if q.Arguments == nil {
		return ""
	}
	text, err := json.Marshal([]any{q.Kind(), q.Arguments})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// errMeanwhile says that another look came between a plan and its look.
var errMeanwhile = errors.New("another look has used up a part of the delivery limit meanwhile")

// begin notes a look before it takes anything, so that one that is cut off, or another process, cannot
// make it forgotten.
func (b *budgets) begin(p peekPlan) error {
	return b.ledger.Change(p.key, func(note backends.Note) (string, error) {
		now := read(note, p.row)
		if now.text != p.spent.text {
			return "", errMeanwhile
		}
		next := now.budget
		next.Begun, next.Queue, next.Server = time.Now(), fingerprint(p.row), b.server
		return written(next), nil
	})
}

// end notes what a look told. Unsure says that something may have been taken although nothing came.
func (b *budgets) end(p peekPlan, h *held, unsure bool) error {
	return b.ledger.Change(p.key, func(note backends.Note) (string, error) {
		elsewhere := p.spent.known && p.spent.Server != b.server
		switch {
		case h.deliveries < 0 && unsure:
			cut := read(note, p.row).budget
			cut.Begun = time.Now().Add(-openTime)
			return written(cut), nil
		case h.classic && !elsewhere:
			return "", nil // what was taken for a quorum queue is none
		case h.deliveries < 0:
			return p.spent.text, nil
		}
		next := budget{
			Deliveries: h.deliveries, Perhaps: h.perhaps, Seen: time.Now(), Queue: fingerprint(p.row), Server: b.server,
		}
		if elsewhere {
			// Perhaps another cluster of the same name: what is known of that one's queue stays.
			next.Deliveries = max(next.Deliveries, p.spent.Deliveries)
			next.Perhaps = next.Perhaps && p.spent.Perhaps
		}
		if p.row.Unacked.Known {
			// A queue without acknowledgements yet has no such counter.
			passed := p.row.Stats.Value.Ack.Value + p.row.Unacked.Value + 1
			next.Passed = &passed
		}
		return written(next), nil
	})
}

func written(b budget) string {
	text, _ := json.Marshal(b) // numbers, texts and times
	return string(text)
}

// maxBudgets bounds how many queues a source remembers by itself.
const maxBudgets = 10_000

// shortLedger is a ledger for the life of a source.
type shortLedger struct {
	mu    sync.Mutex
	notes map[string]string
}

// Change implements backends.Ledger.
func (l *shortLedger) Change(key []string, change func(backends.Note) (string, error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, _ := json.Marshal(key) // texts
	text, err := change(backends.Note{Text: l.notes[string(name)]})
	switch {
	case err != nil:
		return err
	case text == "":
		delete(l.notes, string(name))
		return nil
	case l.notes == nil || len(l.notes) >= maxBudgets:
		l.notes = map[string]string{}
	}
	l.notes[string(name)] = text
	return nil
}
