package spans

import (
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// entry is what is known of one trace. It holds no pointers.
type entry struct {
	id         trace.TraceID
	start, end int64 // nanoseconds since 1970
	// last gives for each lane the position + 1 of the trace's last record, 0 for none.
	last                              [laneCount]uint64
	name, service, trigger            uint32 // numbers of Store.names
	older, newer                      uint32 // neighbours in the order of arrival, slot + 1
	slot                              uint32
	spans, running, errors, forgotten uint32
	lane                              uint8
	root                              uint8 // how far up the name comes from: one of the roots below
	received                          bool
}

// What an entry's name comes from.
const (
	anySpan   = iota
	localRoot // its parent is in another program
	trueRoot
)

// entryCost is what a trace takes beside its records, in bytes: the entry, its place in the map
// and its name.
const entryCost = 256

const entriesPerPage = 256

// index finds traces by id and in the order in which they arrived.
type index struct {
	slots          map[trace.TraceID]uint32
	pages          []*[entriesPerPage]entry
	free           []uint32
	used           uint32
	newest, oldest uint32 // slot + 1
	recent         uint32 // the slot that was found last
}

func (x *index) entry(slot uint32) *entry {
	return &x.pages[slot/entriesPerPage][slot%entriesPerPage]
}

func (x *index) find(id trace.TraceID) *entry {
	if x.used > 0 { // spans of one trace often follow each other
		if e := x.entry(x.recent); e.id == id && e.id.IsValid() {
			return e
		}
	}
	slot, ok := x.slots[id]
	if !ok {
		return nil
	}
	x.recent = slot
	return x.entry(slot)
}

// add makes an entry for a trace that has none.
func (x *index) add(id trace.TraceID) *entry {
	var slot uint32
	if n := len(x.free); n > 0 {
		slot, x.free = x.free[n-1], x.free[:n-1]
	} else {
		slot = x.used
		x.used++
		if slot%entriesPerPage == 0 {
			x.pages = append(x.pages, new([entriesPerPage]entry))
		}
	}
	e := x.entry(slot)
	*e = entry{id: id, slot: slot, older: x.newest}
	if x.newest != 0 {
		x.entry(x.newest - 1).newer = slot + 1
	} else {
		x.oldest = slot + 1
	}
	x.newest = slot + 1
	x.slots[id] = slot
	x.recent = slot
	return e
}

func (x *index) remove(e *entry) {
	slot := e.slot
	delete(x.slots, e.id)
	if e.older != 0 {
		x.entry(e.older - 1).newer = e.newer
	} else {
		x.oldest = e.newer
	}
	if e.newer != 0 {
		x.entry(e.newer - 1).older = e.older
	} else {
		x.newest = e.older
	}
	*e = entry{} // so that it is not taken for recent
	x.free = append(x.free, slot)
}

// newestFirst calls visit for the traces, the last that arrived first, until it returns false.
func (x *index) newestFirst(visit func(*entry) bool) {
	for at := x.newest; at != 0; {
		e := x.entry(at - 1)
		at = e.older
		if !visit(e) {
			return
		}
	}
}

// maxName bounds the names of traces and services in lists, in bytes.
const maxName = 128

// names is texts that come and go, counted by their uses.
type names struct {
	at   map[string]uint32
	list []string
	uses []uint32
	free []uint32
}

// use returns the number of a text and counts a use of it.
func (n *names) use(text string) uint32 {
	text = text[:min(len(text), maxName)]
	if at, ok := n.at[text]; ok {
		n.uses[at]++
		return at
	}
	text = strings.Clone(text)
	var at uint32
	if last := len(n.free) - 1; last >= 0 {
		at, n.free = n.free[last], n.free[:last]
		n.list[at], n.uses[at] = text, 1
	} else {
		at = uint32(len(n.list))
		n.list, n.uses = append(n.list, text), append(n.uses, 1)
	}
	n.at[text] = at
	return at
}

// drop ends a use.
func (n *names) drop(at uint32) {
	if n.uses[at]--; n.uses[at] == 0 {
		delete(n.at, n.list[at])
		n.list[at] = ""
		n.free = append(n.free, at)
	}
}

// change replaces a use by that of another text.
func (n *names) change(at *uint32, text string) {
	old := *at
	*at = n.use(text)
	n.drop(old)
}
