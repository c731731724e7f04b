package messages

import (
	"bustop/backends"
)

// entry is a message with its number in the log, from 1 on.
type entry struct {
	n   uint64
	msg backends.Message
}

// log is what a screen shows of a flow: the newest entries, and of those the ones that match.
// Entries are only added while the screen is not frozen, so nothing under the reader moves.
type log struct {
	source  string // name of the source that all messages are from
	max     int
	entries []entry // entries[head:] are kept
	head    int
	last    uint64 // number of the newest entry
	match   func(backends.Message) bool
	matches []uint64 // numbers of matching entries, when match is set
}

// add appends messages and lets go of the oldest beyond max.
func (l *log) add(msgs ...backends.Message) {
	for _, m := range msgs {
		l.last++
		m.Source = l.source
		l.entries = append(l.entries, entry{l.last, m})
		if l.match != nil && l.match(m) {
			l.matches = append(l.matches, l.last)
		}
	}
	if over := len(l.entries) - l.head - l.max; over > 0 {
		clear(l.entries[l.head : l.head+over])
		l.head += over
	}
	if l.head > l.max {
		kept := copy(l.entries, l.entries[l.head:])
		clear(l.entries[kept:])
		l.entries, l.head = l.entries[:kept], 0
	}
	first := l.first()
	for len(l.matches) > 0 && l.matches[0] < first {
		l.matches = l.matches[1:]
	}
}

// first is the number of the oldest entry kept.
func (l *log) first() uint64 { return l.last + 1 - uint64(len(l.entries)-l.head) }

// kept is the number of entries, matching or not.
func (l *log) kept() int { return len(l.entries) - l.head }

// filter shows only what matches; nil shows everything.
func (l *log) filter(match func(backends.Message) bool) {
	l.match, l.matches = match, nil
	if match == nil {
		return
	}
	for _, e := range l.entries[l.head:] {
		if match(e.msg) {
			l.matches = append(l.matches, e.n)
		}
	}
}

// len is the number of entries shown.
func (l *log) len() int {
	if l.match != nil {
		return len(l.matches)
	}
	return l.kept()
}

// at returns the i-th entry shown, 0 being the oldest.
func (l *log) at(i int) entry {
	n := l.first() + uint64(i)
	if l.match != nil {
		n = l.matches[i]
	}
	return l.entries[l.head+int(n-l.first())]
}

// index returns where entry number n stands among those shown, or where the next newer one does.
func (l *log) index(n uint64) int {
	if l.match == nil {
		return int(max(n, l.first()) - l.first())
	}
	lo, hi := 0, len(l.matches)
	for lo < hi {
		if mid := (lo + hi) / 2; l.matches[mid] < n {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
