package views

import (
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
)

// barredLines bounds the lines that tell why there is no listing and how to get one.
const barredLines = 6

// notesMax bounds the lines under a table that tell what is missing.
const notesMax = 2

// Render implements Screen: a line of facts, the table, and what is missing from it.
func (l *List[T]) Render(w, h int) []string {
	if len(l.feeds) == 0 {
		return ui.Pad([]string{"", " " + l.deps.Theme.Dim.Paint(l.spec.Absent)}, w, h)
	}
	notes := l.notes(w)
	if h < 8 {
		notes = nil
	}
	lines := []string{ui.Fit(" "+l.facts(), w)}
	lines = append(lines, l.table.Render(l.deps.Theme, w, max(h-1-len(notes), 1), true)...)
	if shown, all := l.table.Len(); shown == 0 && len(lines) > 3 {
		lines[3] = ui.Fit("  "+l.deps.Theme.Dim.Paint(l.nothing(all)), w)
		if err := l.barred(); err != nil && h > 8 {
			// That there is nothing cannot be said: the whole table is greyed, with the reason in full.
			lines, notes = append(lines[:3], l.whyBarred(err, w, h-3)...), nil
		}
	}
	return ui.Pad(append(lines, notes...), w, h)
}

// whyBarred is the reason in up to h lines, and what can be done all the same.
func (l *List[T]) whyBarred(err error, w, h int) []string {
	t := l.deps.Theme
	var lines []string
	for _, line := range ui.CleanText(ErrorText(err), max(w-2, 1), min(barredLines, h)) {
		lines = append(lines, ui.Fit("  "+t.Dim.Paint(line), w))
	}
	if l.spec.Barred != "" && len(lines)+2 <= h {
		lines = append(lines, "", ui.Fit("  "+l.spec.Barred, w))
	}
	return lines
}

// barred is why no source may be asked for the listing, nil while one may.
func (l *List[T]) barred() error {
	for _, f := range l.feeds {
		reason := backends.ReasonOf(f.last.Err)
		if f.last.Err == nil || reason != backends.Denied && reason != backends.Unsupported || f.state != backends.Live {
			return nil
		}
	}
	return l.feeds[0].last.Err
}

// nothing says why the table is empty.
func (l *List[T]) nothing(all int) string {
	name := l.rowsCalled()
	if !l.filter.Empty() || all > 0 {
		return "none of the " + name + " matches the filter"
	}
	for _, f := range l.feeds {
		if f.last.At.IsZero() || f.last.Value.Seen < f.last.Value.SeenOf {
			return "no " + name + " so far"
		}
	}
	return "there are no " + name
}

// facts is the line above the table: how many rows, how they are filtered, how old they are.
func (l *List[T]) facts() string {
	t := l.deps.Theme
	if l.filter.Editing() {
		return l.filter.Render(t, 60)
	}
	shown, all := l.table.Len()
	text := l.known(all)
	if l.barred() != nil {
		text = "–" // and not none
	} else if shown != all {
		text = strconv.Itoa(shown) + " of " + text
	}
	name := l.rowsCalled()
	if all == 1 {
		name = strings.TrimSuffix(name, "s")
	}
	parts := []string{t.Bold.Paint(text) + " " + name}
	if walk := l.progress(); walk != "" {
		parts = append(parts, t.Dim.Paint(walk))
	}
	if !l.filter.Empty() {
		parts = append(parts, t.Accent.Paint("/"+ui.Clean(l.filter.Value())))
	}
	if title, desc := l.table.Sorting(); title != "" {
		arrow := "▲"
		if desc {
			arrow = "▼"
		}
		parts = append(parts, t.Dim.Paint("by "+strings.ToLower(title)+" "+arrow))
	}
	if !l.frozen.IsZero() {
		parts = append(parts, t.Warn.Paint("FROZEN "+Ago(l.frozen, l.now)))
	} else {
		parts = append(parts, t.Dim.Paint(l.age()))
	}
	return strings.Join(parts, t.Dim.Paint(" · "))
}

// known is how many rows there are, a lower bound where a source knows some only. A walk that goes on tells so itself.
func (l *List[T]) known(all int) string {
	for _, f := range l.feeds {
		if v := &f.last.Value; v.SeenOf == 0 && v.Total.Certainty == backends.AtLeast {
			return Count(backends.CountAtLeast(int64(all)))
		}
	}
	return strconv.Itoa(all)
}

// progress tells how much of the keyspaces was walked, "" once all of it was.
func (l *List[T]) progress() string {
	var seen, of int64
	for _, f := range l.feeds {
		seen, of = seen+f.last.Value.Seen, of+f.last.Value.SeenOf
	}
	if of == 0 || seen >= of {
		return ""
	}
	return "scanned " + ui.Count(seen) + " of " + ui.Count(of) + " keys"
}

// age is how old the oldest of the data on screen is.
func (l *List[T]) age() string {
	oldest := ""
	var at int64 = -1
	for _, f := range l.feeds {
		if f.last.At.IsZero() && f.state == backends.Down {
			return "no answer yet"
		}
		if f.last.At.IsZero() && backends.ReasonOf(f.last.Err) == backends.Denied && f.last.Err != nil {
			return "not permitted"
		}
		if f.last.At.IsZero() && backends.ReasonOf(f.last.Err) == backends.Unsupported && f.last.Err != nil {
			return "not told"
		}
		if f.last.At.IsZero() {
			return "waiting for the first answer"
		}
		if age := int64(l.now.Sub(f.last.At)); age > at {
			at, oldest = age, Ago(f.last.At, l.now)
		}
	}
	return oldest + " old"
}

// notes are the lines under the table: sources that fail, then what listings lack.
func (l *List[T]) notes(w int) []string {
	t := l.deps.Theme
	var lines []string
	for _, f := range l.feeds {
		if f.last.Err != nil && f.state == backends.Live {
			lines = append(lines, t.Warn.Paint(" ! "+SourceName(f.source)+": "+ShortError(f.last.Err)))
		}
		if len(f.last.Value.Items) > 0 && int64(len(f.last.Value.Items)) < f.last.Value.Total.Value {
			lines = append(lines, t.Dim.Paint(" "+SourceName(f.source)+": the first "+ui.Count(int64(len(f.last.Value.Items)))+
				" of "+Count(f.last.Value.Total)+", / filters all of them"))
		}
		if from := f.last.Value.Survey.From; from != "" {
			what, more := "counts of all by ", "; rows in sight by the server itself"
			if f.last.Value.Survey.Only {
				what, more = "counts by ", "; no management API"
			}
			lines = append(lines, t.Dim.Paint(" "+SourceName(f.source)+": "+what+ui.Clean(from)+", "+Ago(f.last.Value.Survey.At, l.now)+" old"+more))
		}
		for _, n := range f.last.Value.Notes {
			lines = append(lines, t.Dim.Paint(" "+SourceName(f.source)+": "+ui.Clean(n)))
		}
	}
	if len(lines) > notesMax {
		lines = lines[:notesMax]
	}
	if l.spec.Hint != nil {
		if hint := l.spec.Hint(l.table.Rows()); hint != "" {
			lines = append(lines, t.Dim.Paint(" "+hint))
		}
	}
	for i := range lines {
		lines[i] = ui.Fit(lines[i], w)
	}
	return lines
}

// Bindings implements Screen.
func (l *List[T]) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "open", Category: "Here", Do: l.open, Disabled: l.needsRow},
	}
	bs = append(bs, l.spec.More...)
	bs = append(bs, l.notThis()...)
	bs = append(bs,
		ui.Binding{Keys: []string{"/"}, Help: "filter (! inverts)", Hint: "filter", Category: "Here", Do: Do(l.filter.Begin)},
		ui.Binding{Keys: []string{" "}, Help: "freeze", Category: "Here", Do: Do(l.toggleFreeze)},
		ui.Binding{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Here", Do: Do(l.table.NextSort)},
		ui.Binding{Keys: []string{"S"}, Help: "reverse order", Category: "Here", Do: Do(l.table.ReverseSort)},
		ui.Binding{Keys: []string{"r"}, Help: "refresh now", Hint: "refresh", Category: "Here", Do: Do(l.Refresh)},
		ui.Binding{Keys: []string{"y"}, Help: "copy the name", Category: "Here", Do: Do(l.copyName), Disabled: l.needsRow},
	)
	if !l.filter.Empty() { // else Esc is the console's: one step back
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "drop the filter", Category: "Here", Do: Do(l.clearFilter)})
	}
	bs = append(bs, Moves(l.table.Move, l.table.Page, l.table.Home, l.table.End)...)
	for i := range bs {
		bs[i].Do = l.touching(bs[i].Do)
	}
	return bs
}

// touching is an action that settles the marker first.
func (l *List[T]) touching(do func() tea.Cmd) func() tea.Cmd {
	return func() tea.Cmd {
		l.touched = true
		return do()
	}
}

// Do makes a binding's action of something that needs no command afterwards.
func Do(f func()) func() tea.Cmd {
	return func() tea.Cmd {
		f()
		return nil
	}
}

// Moves are the bindings that move a marker, the same in every screen.
func Moves(move, page func(int), home, end func()) []ui.Binding {
	by := func(f func(int), n int) func() tea.Cmd {
		return func() tea.Cmd { f(n); return nil }
	}
	return []ui.Binding{
		{Keys: []string{"up", "k"}, Help: "up", Category: "Move", Hidden: true, Do: by(move, -1)},
		{Keys: []string{"down", "j"}, Help: "down", Category: "Move", Hidden: true, Do: by(move, 1)},
		{Keys: []string{"pgup", "ctrl+u"}, Help: "page up", Category: "Move", Hidden: true, Do: by(page, -1)},
		{Keys: []string{"pgdown", "ctrl+f"}, Help: "page down", Category: "Move", Hidden: true, Do: by(page, 1)},
		{Keys: []string{"home", "g"}, Help: "first", Category: "Move", Hidden: true, Do: Do(home)},
		{Keys: []string{"end", "G"}, Help: "last", Category: "Move", Hidden: true, Do: Do(end)},
	}
}

func (l *List[T]) clearFilter() {
	l.filter.Clear()
	l.applyFilter()
}

func (l *List[T]) needsRow() string {
	if _, ok := l.table.Selected(); !ok {
		return "nothing is selected"
	}
	return ""
}
