package inspector

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"bustop/ui"
	"bustop/views"
)

const (
	// maxMatches is how many matches are counted.
	maxMatches = 9999
	// maxLive is up to how many bytes of payload a search runs with every key; in a larger one it waits
	// for Enter.
	maxLive = 1 << 20
	// searchRoom are the cells for the count beside the input.
	searchRoom = 16
)

// search is a text that is looked for in the tab that is open. Matches are rows of the tree, lines of text
// or offsets of bytes, in order.
type search struct {
	input   *ui.Input
	editing bool
	waiting bool // for Enter
	matches []int
	next    int // index into matches of the current one
	width   int // bytes that the query takes in the hex tab
	from    int // where the search began, as a match
}

// active reports whether something is looked for.
func (f *search) active() bool { return f.input != nil && f.input.Value() != "" }

// end drops the search.
func (f *search) end() { *f = search{} }

// current is the match that the reader was brought to.
func (f *search) current() (int, bool) {
	if f.next >= len(f.matches) {
		return 0, false
	}
	return f.matches[f.next], true
}

// at reports whether a row, line or offset is the current match, has whether it is any.
func (f *search) at(n int) bool {
	m, ok := f.current()
	return ok && m == n
}

func (f *search) has(n int) bool {
	_, found := slices.BinarySearch(f.matches, n)
	return found
}

// count is "3/17".
func (f *search) count() string {
	switch {
	case !f.active():
		return ""
	case f.waiting:
		return "enter finds it"
	case f.matches == nil:
		return "not found"
	case len(f.matches) == maxMatches:
		return fmt.Sprintf("%d/≥%d", f.next+1, maxMatches)
	}
	return fmt.Sprintf("%d/%d", f.next+1, len(f.matches))
}

// Capturing implements views.Screen.
func (s *Screen) Capturing() bool { return s.search.editing }

// beginSearch gives the keyboard to the search, which goes on from where the reader is.
func (s *Screen) beginSearch() {
	s.search = search{input: ui.NewInput("/"), editing: true, from: s.position()}
}

// position is where the reader is, in the terms of matches.
func (s *Screen) position() int {
	switch s.tab {
	case treeTab:
		return max(s.tree.Index(), 0)
	case hexTab:
		return s.scroll * hexRow
	default:
		return s.scroll
	}
}

// Type implements views.Screen: Enter keeps the search, Esc ends it.
func (s *Screen) Type(key tea.KeyMsg) tea.Cmd {
	switch key.String() {
	case "enter":
		s.search.editing = false
		if s.search.waiting {
			s.find(true)
		}
	case "esc":
		s.search.end()
	default:
		if s.search.input.Update(key) {
			s.search.matches, s.search.next, s.search.waiting = nil, 0, true
			if len(s.result.Data) <= maxLive {
				s.find(true)
			}
		}
	}
	return nil
}

// find looks for the matches in what is shown now. Go brings the reader to the first one from where the
// search began.
func (s *Screen) find(goThere bool) {
	f := &s.search
	if !f.active() {
		return
	}
	query := f.input.Value()
	f.next, f.waiting = 0, false
	switch s.tab {
	case treeTab:
		f.matches = s.outline.search(query, maxMatches)
	case hexTab:
		data := s.here().o.result.Data
		f.matches, f.width = findBytes(data, query, maxMatches), len(bytesOf(data, query))
	default:
		s.layOut(max(s.textAt, 2))
		f.matches = findLines(s.text, s.textAt-2, query)
	}
	from := f.from
	if !goThere {
		from = s.position()
	}
	if i, _ := slices.BinarySearch(f.matches, from); i < len(f.matches) {
		f.next = i
	}
	if goThere {
		s.show()
	}
}

// again looks again after text was laid out anew.
func (f *search) again(s *Screen) {
	if f.active() && s.tab != treeTab && s.tab != hexTab {
		f.matches = findLines(s.text, s.textAt-2, f.input.Value())
		f.next = min(f.next, max(len(f.matches)-1, 0))
	}
}

// step goes to the next or previous match, round the end.
func (s *Screen) step(by int) {
	f := &s.search
	if len(f.matches) == 0 {
		return
	}
	f.next = (f.next + by + len(f.matches)) % len(f.matches)
	s.show()
}

// show brings the current match into sight.
func (s *Screen) show() {
	match, ok := s.search.current()
	switch {
	case !ok:
	case s.tab == treeTab:
		s.tree.SetIndex(match)
	case s.tab == hexTab:
		s.reveal(match / hexRow)
	default:
		s.reveal(match)
	}
}

// reveal scrolls as little as brings a line into sight.
func (s *Screen) reveal(line int) {
	s.scroll = max(min(s.scroll, line), line-max(s.page, 1)+1)
}

func (s *Screen) searchBindings() []ui.Binding {
	return []ui.Binding{
		{Keys: []string{"n"}, Help: "next match", Category: "Inspector", Do: views.Do(func() { s.step(1) })},
		{Keys: []string{"N"}, Help: "previous match", Category: "Inspector", Hidden: true, Do: views.Do(func() { s.step(-1) })},
		{Keys: []string{"esc"}, Help: "end the search", Category: "Inspector", Do: views.Do(s.search.end)},
	}
}

// findLines finds the lines that contain a text, the case of letters aside. A line that fills its w cells
// goes on in the next one, and so may what is looked for.
func findLines(lines []string, w int, query string) []int {
	query = strings.ToLower(query)
	var found []int
	for i := range lines {
		text := plainLine(lines[i])
		for j, size := i+1, len(text); j < len(lines) && ui.Width(lines[j-1]) >= w-1 && len(text) < size+len(query); j++ {
			text += plainLine(lines[j])
		}
		if at := strings.Index(text, query); at >= 0 && at < len(plainLine(lines[i])) && len(found) < maxMatches {
			found = append(found, i)
		}
	}
	return found
}

func plainLine(line string) string { return strings.ToLower(ansi.Strip(line)) }

// findBytes finds the offsets of a text in any case of its ASCII letters, or, when it is made of hex
// digits and not there as a text, of those bytes.
func findBytes(data []byte, query string, most int) []int {
	if query == "" || most <= 0 {
		return nil
	}
	want, exact := wanted(data, query)
	if !exact {
		data = lower(data)
	}
	var found []int
	for at := 0; len(found) < most; {
		i := bytes.Index(data[at:], want)
		if i < 0 {
			break
		}
		found = append(found, at+i)
		at += i + 1
	}
	return found
}

// bytesOf is what findBytes looks for.
func bytesOf(data []byte, query string) []byte {
	want, _ := wanted(data, query)
	return want
}

// wanted is what to look for, and whether exactly that.
func wanted(data []byte, query string) (want []byte, exact bool) {
	text := lower([]byte(query))
	digits, err := hex.DecodeString(strings.ReplaceAll(query, " ", ""))
	if err == nil && len(digits) > 0 && !bytes.Contains(lower(data), text) {
		return digits, true
	}
	return text, false
}

// lower is a copy with ASCII letters in lower case; offsets stay.
func lower(data []byte) []byte {
	out := bytes.Clone(data)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c | 0x20
		}
	}
	return out
}
