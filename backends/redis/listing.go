package redis

import (
	"context"
	"errors"
	"fmt"

	"bustop/backends"
)

var errAbandoned = errors.New("nobody looks any more")

const (
	// paneRows is the size of a page when the query does not say.
	paneRows = 500
	// rowsAtOnce is how many rows are read together, and readAhead how many are read in vain
	// for one page of a pane, when keys turn out to be something else.
	rowsAtOnce = 50
	readAhead  = 1000
)

// row is one object read for a listing. One that is gone or of another kind is not shown.
type row[T any] struct {
	item  T
	state rowState
}

type rowState uint8

const (
	shown rowState = iota
	gone
	other
	// away: its server does not answer for it now.
	away
)

// typeOfKind is the type of which every key may be an object of the kind, "" where there is none.
func typeOfKind(kind backends.Kind) string {
	return map[backends.Kind]string{
		backends.KindQueue: "list", backends.KindStream: "stream", backends.KindLeaderboard: "zset",
	}[kind]
}

// lister is how one kind of object is listed: the commands without which it cannot be, and how
// rows are read, one for each name.
type lister[T any] struct {
	kind  backends.Kind
	needs []string
	read  func(ctx context.Context, names []string) ([]row[T], error)
}

// list answers a query from the names that the walker knows, reading the rows asked for.
func (l lister[T]) list(ctx context.Context, s *source, q backends.Query) (backends.Page[T], error) {
	var page backends.Page[T]
	state, err := s.walker.want(ctx, q.Complete, typeOfKind(l.kind))
	if err == nil && backends.ReasonOf(state.err) == backends.Denied && state.err != nil {
		err = state.err
	}
	if err != nil {
		return page, err
	}
	found, beyond := s.walker.catalog.list(l.kind, q.Match)
	if len(found) == 0 && state.err != nil {
		return page, state.err
	}
	if len(found) == 0 {
		// The listing has nothing to ask, yet its reader wants to know if the server is there.
		if _, err := s.many(ctx, []command{{"PING"}}); err != nil {
			return page, err
		}
	}
	limit := q.Limit
	if limit <= 0 {
		limit = paneRows
		if q.Complete {
			limit = len(found)
		}
	}
	missing, err := l.rows(ctx, s, &page, found[min(max(q.Offset, 0), len(found)):], limit, q.Complete)
	if err != nil {
		return page, err
	}
	page.Seen, page.SeenOf = state.seen, max(state.size, state.seen)
	page.Total = backends.ExactCount(int64(len(found) - missing))
	if beyond || state.passes == 0 || len(state.absent) > 0 {
		page.Total.Certainty = backends.AtLeast
	}
	page.Notes = state.notes(beyond)
	return page, nil
}

// notes say what a listing of the walk lacks.
func (w walkState) notes(beyond bool) (notes []string) {
	if beyond {
		notes = append(notes, fmt.Sprintf("more than %d: the first ones found are listed", maxNames))
	}
	notes = append(notes, missingParts(w.absent)...)
	if w.unreadable > 0 {
		notes = append(notes, fmt.Sprintf("%d keys are not shown: this user may not look at them", w.unreadable))
	}
	return notes
}

// missingParts are the notes on servers whose part of the keyspace is not in a listing, and on what
// else kept a walk from being whole.
func missingParts(absent []string) (notes []string) {
	for _, what := range absent {
		if what == slotsMoving {
			notes = append(notes, slotsMoving)
		} else {
			notes = append(notes, what+" does not answer: its keys are not shown")
		}
	}
	return notes
}

// rows fills the page and returns how many names turned out to be nothing for this listing.
func (l lister[T]) rows(ctx context.Context, s *source, page *backends.Page[T], names []string, limit int, complete bool) (missing int, err error) {
	for len(names) > 0 && len(page.Items) < limit {
		n := min(rowsAtOnce, len(names), limit-len(page.Items))
		rows, err := l.read(ctx, names[:n])
		if err != nil {
			return missing, err
		}
		if err := s.denied(l.needs...); err != nil {
			return missing, err
		}
		for i, r := range rows {
			switch r.state {
			case shown:
				page.Items = append(page.Items, r.item)
				continue
			case gone:
				s.walker.catalog.forget(l.kind, names[i])
			case away:
			case other:
				s.walker.catalog.reclass(l.kind, names[i])
			}
			missing++
		}
		names = names[n:]
		if !complete && missing > readAhead {
			break
		}
	}
	return missing, nil
}

// absent is the state of a row whose answer was an error: the key is gone or has another type.
func absent(err error) rowState {
	if backends.ReasonOf(err) == backends.Unreachable && err != nil {
		return away
	}
	switch r, _ := replyOf(err); r.code() {
	case "WRONGTYPE":
		return other
	case "CLUSTERDOWN", "MOVED", "ASK", "TRYAGAIN":
		return away
	}
	return gone
}
