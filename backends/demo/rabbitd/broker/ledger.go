package broker

import "sort"

// held is a delivery that has not been acknowledged.
type held struct {
	tag      uint64
	queue    *queue
	entry    *entry // nil for streams
	consumer *consumer
	pair     *pair
	at       int64 // Broker.now of the delivery
	done     bool
}

// ledger holds the unacknowledged deliveries of a channel in the order of their tags. What is
// acknowledged out of order stays as done until it is at the front, or until there is more of that
// than of the rest.
type ledger struct {
	ring ring[held]
	done int
}

func (l *ledger) len() int { return l.ring.n - l.done }

func (l *ledger) add(h held) { l.ring.pushBack(h) }

// oldest is the delivery that has waited longest.
func (l *ledger) oldest() (held, bool) {
	if l.len() == 0 {
		return held{}, false
	}
	return l.ring.at(0), true
}

// find returns the place of a tag, -1 when it is not there.
func (l *ledger) find(tag uint64) int {
	i := sort.Search(l.ring.n, func(i int) bool { return l.ring.at(i).tag >= tag })
	if i == l.ring.n || l.ring.at(i).tag != tag || l.ring.at(i).done {
		return -1
	}
	return i
}

// take removes a delivery, or all up to it; tag 0 with multiple is all. It returns nil when the tag
// is not there.
func (l *ledger) take(tag uint64, multiple bool) []held {
	last := l.ring.n - 1
	if tag != 0 || !multiple {
		if last = l.find(tag); last < 0 {
			return nil
		}
	}
	if !multiple && last > 0 {
		h := l.ring.at(last)
		l.ring.slot(last).done = true
		l.ring.slot(last).entry = nil
		l.done++
		l.compact()
		return []held{h}
	}
	taken := make([]held, 0, last+1)
	for range last + 1 {
		if h := l.ring.popFront(); h.done {
			l.done--
		} else {
			taken = append(taken, h)
		}
	}
	l.compact()
	return taken
}

func (l *ledger) compact() {
	for l.ring.n > 0 && l.ring.at(0).done {
		l.ring.popFront()
		l.done--
	}
	if l.done > 32 && l.done > l.ring.n/2 {
		l.ring.keep(func(h held) bool { return !h.done })
		l.done = 0
	}
}

// putBack takes in deliveries again that a transaction had taken out.
func (l *ledger) putBack(list []held) {
	all := make([]held, 0, l.ring.n+len(list))
	for i := range l.ring.n {
		if h := l.ring.at(i); !h.done {
			all = append(all, h)
		}
	}
	all = append(all, list...)
	sort.Slice(all, func(i, j int) bool { return all[i].tag < all[j].tag })
	l.ring.clear()
	l.done = 0
	for _, h := range all {
		l.ring.pushBack(h)
	}
}
