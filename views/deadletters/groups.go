package deadletters

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bustop/backends"
)

// letter is a message with how it died.
type letter struct {
	msg  backends.Message
	fate backends.LetterFate
	// gaps are marks that a look made after it.
	gaps []backends.Message
}

// when is when a letter died, else when it was published; zero when neither is known.
func (l letter) when() time.Time {
	if l.fate.Since.IsZero() && !l.msg.TimeReceived {
		return l.msg.Time
	}
	return l.fate.Since
}

// group is the letters that were at first in the same queue and died for the same reason of the same
// exception.
type group struct {
	queue, reason, exception string
	letters                  []letter
	oldest, newest           time.Time
}

func (g group) key() string { return g.queue + "\x00" + g.reason + "\x00" + g.exception }

// grouped puts letters into groups, the largest first, of those of a size the one with the newest letter.
func grouped(letters []letter) []group {
	at := map[string]int{}
	var groups []group
	for _, l := range letters {
		g := group{queue: l.fate.Queue, reason: l.fate.Reason, exception: l.fate.Exception}
		i, known := at[g.key()]
		if !known {
			i = len(groups)
			at[g.key()] = i
			groups = append(groups, g)
		}
		into := &groups[i]
		into.letters = append(into.letters, l)
		if t := l.when(); !t.IsZero() {
			if into.oldest.IsZero() || t.Before(into.oldest) {
				into.oldest = t
			}
			if t.After(into.newest) {
				into.newest = t
			}
		}
	}
	slices.SortStableFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(len(b.letters), len(a.letters)), b.newest.Compare(a.newest), strings.Compare(a.key(), b.key()))
	})
	return groups
}
