package stream

import (
	"encoding/binary"
	"slices"
	"sort"
)

// The limits of a node, as stream-node-max-entries and stream-node-max-bytes are by default. An
// approximate trim removes whole nodes only.
const (
	nodeEntries = 100
	nodeBytes   = 4096
)

// node is a block of entries, kept in a radix tree under the ID that it began with.
type node struct {
	first ID
	held  int // entries put into it, deleted ones too
	bytes int
}

// Entry is one entry; Fields holds names and values in turn.
type Entry struct {
	ID     ID
	Fields []string
	node   *node
}

// Stream holds entries in the order of their IDs. The zero value is an empty stream.
type Stream struct {
	Last       ID     // of the newest entry ever, or what XSETID said
	MaxDeleted ID     // highest that was deleted by name
	Added      uint64 // entries ever added
	Groups     map[string]*Group

	entries []Entry
	size    int64 // bytes of fields
	tail    *node // takes the next entry while there is room
}

// Len is the number of entries.
func (s *Stream) Len() int { return len(s.entries) }

// Bytes is the size of all field names and values.
func (s *Stream) Bytes() int64 { return s.size }

// Tree is how many keys and nodes the radix tree over the blocks of entries has.
func (s *Stream) Tree() (keys, nodes int) {
	var ids [][]byte
	var last *node
	for _, e := range s.entries {
		if e.node != last {
			last = e.node
			b := binary.BigEndian.AppendUint64(nil, last.first.MS)
			ids = append(ids, binary.BigEndian.AppendUint64(b, last.first.Seq))
		}
	}
	if len(ids) == 0 {
		return 0, 1
	}
	return len(ids), radixNodes(ids, 0)
}

// radixNodes counts the nodes of a compressed tree over sorted keys that agree up to a depth.
func radixNodes(keys [][]byte, depth int) int {
	first, last := keys[0], keys[len(keys)-1]
	run := 0
	for depth+run < len(first) && first[depth+run] == last[depth+run] {
		run++
	}
	nodes := 1 // the branch, or the end of the key
	if run > 0 {
		nodes++
	}
	if depth += run; depth == len(first) {
		return nodes
	}
	for i := 0; i < len(keys); {
		j := i
		for j < len(keys) && keys[j][depth] == keys[i][depth] {
			j++
		}
		nodes += radixNodes(keys[i:j], depth+1)
		i = j
	}
	return nodes
}

// First is the ID of the oldest entry, 0-0 without entries.
func (s *Stream) First() ID {
	if len(s.entries) == 0 {
		return ID{}
	}
	return s.entries[0].ID
}

// Add appends an entry, whose ID has to be above Last.
func (s *Stream) Add(id ID, fields []string) {
	size := 0
	for _, f := range fields {
		size += len(f)
	}
	stored := size + 2*len(fields) + 10 // each string has a header, each entry its ID and flags
	if len(s.entries) == 0 || s.tail == nil || s.tail.held >= nodeEntries || s.tail.bytes+stored > nodeBytes {
		s.tail = &node{first: id}
	}
	s.tail.held++
	s.tail.bytes += stored
	s.entries = append(s.entries, Entry{id, fields, s.tail})
	s.size += int64(size)
	s.Last = id
	s.Added++
}

// NextID is the ID that a new entry gets at a time in Unix milliseconds, and false when there is none.
func (s *Stream) NextID(ms uint64) (ID, bool) {
	if ms > s.Last.MS {
		return ID{MS: ms}, true
	}
	return s.Last.Next()
}

// at is the index of the first entry that is not before id.
func (s *Stream) at(id ID) int {
	return sort.Search(len(s.entries), func(i int) bool { return s.entries[i].ID.Compare(id) >= 0 })
}

// Get finds an entry.
func (s *Stream) Get(id ID) (Entry, bool) {
	i := s.at(id)
	if i == len(s.entries) || s.entries[i].ID != id {
		return Entry{}, false
	}
	return s.entries[i], true
}

// Range lists the entries from one ID to another, both included, at most limit of them unless
// that is negative. The slice is valid until the stream changes.
func (s *Stream) Range(from, to ID, limit int) []Entry {
	i := s.at(from)
	j := i + sort.Search(len(s.entries)-i, func(k int) bool { return s.entries[i+k].ID.Compare(to) > 0 })
	if limit >= 0 {
		j = min(j, i+limit)
	}
	return s.entries[i:j]
}

// RevRange lists like Range, but the newest limit entries, newest first.
func (s *Stream) RevRange(from, to ID, limit int) []Entry {
	all := s.Range(from, to, -1)
	if limit >= 0 && len(all) > limit {
		all = all[len(all)-limit:]
	}
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}

// Delete removes an entry by its ID and reports whether it was there.
func (s *Stream) Delete(id ID) bool {
	i := s.at(id)
	if i == len(s.entries) || s.entries[i].ID != id {
		return false
	}
	s.drop(i, i+1)
	if id.Compare(s.MaxDeleted) > 0 {
		s.MaxDeleted = id
	}
	return true
}

func (s *Stream) drop(i, j int) {
	for _, e := range s.entries[i:j] {
		for _, f := range e.Fields {
			s.size -= int64(len(f))
		}
	}
	if i > 0 {
		s.entries = slices.Delete(s.entries, i, j)
		return
	}
	clear(s.entries[:j]) // for the collector: the array lives on until the slice grows
	s.entries = s.entries[j:]
	if len(s.entries) == 0 {
		s.entries = nil
	}
}

// Trim says what to remove: all but the newest MaxLen entries, or all before MinID.
type Trim struct {
	ByID   bool
	MaxLen int
	MinID  ID
	Approx bool // whole nodes only
	Limit  int  // at most so many; 0 is no limit
}

// Trim removes the oldest entries and returns how many.
func (s *Stream) Trim(t Trim) int {
	cut := max(0, len(s.entries)-t.MaxLen)
	if t.ByID {
		cut = s.at(t.MinID)
	}
	if t.Approx {
		cut = s.wholeNodes(cut, t.Limit)
	}
	s.drop(0, cut)
	return cut
}

// wholeNodes is the number of entries in the nodes that lie before an index, within a limit.
func (s *Stream) wholeNodes(cut, limit int) int {
	end := 0
	for i := 0; i < cut; {
		j := i
		for j < len(s.entries) && s.entries[j].node == s.entries[i].node {
			j++
		}
		if j > cut || limit > 0 && j > limit {
			break
		}
		i, end = j, j
	}
	return end
}

// Clone copies the stream; entries are shared, as they never change.
func (s *Stream) Clone() *Stream {
	c := *s
	c.entries = slices.Clone(s.entries)
	c.Groups = make(map[string]*Group, len(s.Groups))
	for name, g := range s.Groups {
		c.Groups[name] = g.clone()
	}
	return &c
}

// tombstones reports whether an entry at or after id may have been deleted by name.
func (s *Stream) tombstones(id ID) bool {
	return len(s.entries) > 0 && !s.MaxDeleted.IsZero() && id.Compare(s.MaxDeleted) <= 0
}

// Unknown is a number of entries that cannot be told.
const Unknown = -1

// read is how many entries were ever added up to id, or Unknown.
func (s *Stream) read(id ID) int64 {
	switch c := id.Compare(s.Last); {
	case s.Added == 0:
		return 0
	case len(s.entries) == 0 && c < 1, c == 0:
		return int64(s.Added)
	case c > 0:
		return Unknown
	}
	first := s.First()
	if s.MaxDeleted.IsZero() || s.MaxDeleted.Compare(first) < 0 {
		switch c := id.Compare(first); {
		case c < 0:
			return int64(s.Added) - int64(len(s.entries))
		case c == 0:
			return int64(s.Added) - int64(len(s.entries)) + 1
		}
	}
	return Unknown
}

// Newest is the ID of the newest entry that is there, 0-0 without entries.
func (s *Stream) Newest() ID {
	if len(s.entries) == 0 {
		return ID{}
	}
	return s.entries[len(s.entries)-1].ID
}
