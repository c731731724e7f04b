package leaderboards

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// maxMatches is how many members a search finds at most.
const maxMatches = 200

// search goes through a whole board for members, step by step. The zero value is none.
type search struct {
	on   bool
	text string
	// number tells the steps of this search from those of one that was ended.
	number  uint64
	scanned int64
	rows    []row
	found   map[string]bool
	done    bool
	err     error
}

// begin searches for what was typed.
func (b *board) beginSearch(text string) tea.Cmd {
	b.search = search{on: true, text: text, number: b.search.number + 1, found: map[string]bool{}}
	b.table.SetFilter(nil)
	b.table.SetRows(nil)
	return b.searchStep("")
}

// searchStep makes one step; its end begins the next one.
func (b *board) searchStep(cursor string) tea.Cmd {
	number := b.search.number
	q := backends.BoardQuery{Text: b.search.text, Ascending: b.look.Ascending, Cursor: cursor}
	return views.Work(b.deps, "search leaderboard", func(ctx context.Context) (backends.BoardMatches, error) {
		return b.reader.SearchBoard(ctx, b.item.Value.Name, q)
	}, func(m backends.BoardMatches, err error) {
		if b.search.number != number || !b.search.on {
			return // ended meanwhile
		}
		b.search.take(m, err)
		b.table.SetRows(b.search.rows)
		if !b.search.done {
			b.deps.Nav.Run(b.searchStep(m.Next))
		}
	})
}

func (s *search) take(m backends.BoardMatches, err error) {
	s.err, s.scanned = err, s.scanned+m.Scanned.Value
	rows := s.rows[:len(s.rows):len(s.rows)] // the table keeps the slice it was given
	for _, p := range m.Places {
		if !s.found[p.Member] && len(rows) < maxMatches {
			s.found[p.Member] = true
			rows = append(rows, row{Standing: backends.Standing{Place: p}})
		}
	}
	s.rows = rows
	s.done = err != nil || m.Next == "" || len(rows) >= maxMatches
}

// end goes back to the page; a step under way is of no use any more.
func (s *search) end(b *board) {
	if s.on {
		*s = search{number: s.number}
		b.filter.Clear()
		b.table.SetFilter(nil)
		b.table.SetRows(b.moves.rows(b.view.Page))
	}
}

// facts say what is searched for, how far it came, and how to leave.
func (s *search) facts(t *ui.Theme, size backends.Count) string {
	text := t.Accent.Paint("/"+ui.Clean(s.text)) + " " + t.Bold.Paint(views.Things(backends.ExactCount(int64(len(s.rows))), "match", "matches"))
	switch {
	case s.err != nil:
		return text + t.Bad.Paint(" · "+views.ShortError(s.err))
	case !s.done:
		looked := backends.Count{Value: min(s.scanned, size.Value), Certainty: backends.About}
		return text + t.Dim.Paint(" · searched "+views.Count(looked)+" of "+views.Count(size)+" · esc stops")
	case len(s.rows) >= maxMatches:
		return text + t.Dim.Paint(" · there may be more · enter goes there, esc back")
	}
	return text + t.Dim.Paint(" · all "+views.Count(size)+" searched · enter goes there, esc back")
}

// Capturing implements views.Screen.
func (b *board) Capturing() bool { return b.filter.Editing() }

// Type implements views.Screen: what is typed filters the page, Enter searches the whole board for it.
func (b *board) Type(key tea.KeyMsg) tea.Cmd {
	if b.filter.Type(key) {
		b.refilter()
	}
	text := b.filter.Value()
	if key.String() == "enter" && !b.filter.Empty() && !strings.HasPrefix(text, "!") {
		return b.beginSearch(text)
	}
	return nil
}

func (b *board) beginFilter() {
	b.search.end(b)
	b.filter.Begin()
}

func (b *board) dropFilter() {
	b.search.end(b)
	b.filter.Clear()
	b.refilter()
}

func (b *board) refilter() {
	if b.filter.Empty() {
		b.table.SetFilter(nil)
		return
	}
	b.table.SetFilter(func(r row) bool { return b.filter.Match(r.Member) })
}

// spread is the panel of how the scores are spread.
type spread struct {
	on    bool
	value backends.Spread
	at    time.Time
	err   error
}

// toggleSpread opens the panel, or closes it. What it shows is asked for when it is opened, and again
// by a refresh.
func (b *board) toggleSpread() tea.Cmd {
	b.spread.on = !b.spread.on
	if !b.spread.on {
		return nil
	}
	return b.measure()
}

func (b *board) measure() tea.Cmd {
	return views.Work(b.deps, "measure leaderboard", func(ctx context.Context) (backends.Spread, error) {
		return b.reader.MeasureBoard(ctx, b.item.Value.Name)
	}, func(s backends.Spread, err error) {
		if b.spread.err = err; err == nil {
			b.spread.value, b.spread.at = s, b.deps.Now()
		}
	})
}

// refresh looks at everything again now.
func (b *board) refresh() tea.Cmd {
	b.feed.Refresh()
	if b.spread.on {
		return b.measure()
	}
	return nil
}
