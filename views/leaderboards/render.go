package leaderboards

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

func (b *board) columns() []ui.Column[row] {
	t := b.deps.Theme
	cols := []ui.Column[row]{
		{
			Title: "RANK", Width: 6, Right: true,
			Cell: func(r row) string { return strconv.FormatInt(r.Rank, 10) },
			Less: func(x, y row) bool { return x.Rank < y.Rank },
		},
		{
			Title: "MOVED", Width: 6,
			Cell: func(r row) string { return moved(t, r, false) },
			Less: func(x, y row) bool { return x.climbed() > y.climbed() },
		},
		{
			Title: "MEMBER", Width: 14, Flex: 1, Most: 64, CellIn: b.member,
			Less: func(x, y row) bool { return x.Member < y.Member },
		},
		{
			Title: "SCORE", Width: 14, Flex: 1, Most: 20, Right: true,
			CellIn: func(r row, w int) string { return views.FitScore(r.Score, w) },
			Less:   func(x, y row) bool { return x.Score < y.Score },
		},
		{Title: "TIED", Width: 9, Hide: 3, Cell: func(r row) string { return tied(t, r.Standing) }},
		{
			Title: "GAINED", Width: 10, Right: true, Hide: 2,
			CellIn: func(r row, w int) string { return gained(t, r, false, w) },
			Less:   func(x, y row) bool { return x.gain() > y.gain() },
		},
		{Title: "SINCE OPENED", Width: 14, Right: true, Hide: 4, CellIn: func(r row, w int) string {
			rank := moved(t, r, true) + " "
			return rank + gained(t, r, true, w-ui.Width(rank))
		}},
	}
	if b.item.Value.Library != "" {
		cols = append(cols, ui.Column[row]{
			Title: "DATA", Width: 12, Flex: 1, Hide: 5, Cell: func(r row) string { return t.Dim.Paint(ui.Clean(string(r.Data))) },
		})
	}
	return cols
}

// neighbourColumns are those of the page with the distance to the pinned member.
func (b *board) neighbourColumns() []ui.Column[row] {
	t := b.deps.Theme
	return append(b.columns(), ui.Column[row]{Title: "APART", Width: 12, Right: true, Hide: 1, CellIn: func(r row, w int) string {
		pinned, ok := b.pinnedPlace()
		if !ok {
			return ""
		}
		return t.Dim.Paint(views.FitScoreDelta(pinned.Score, r.Score, w))
	}})
}

func (b *board) member(r row, w int) string {
	pin := ""
	if b.pinned != nil && *b.pinned == r.Member {
		pin = b.deps.Theme.Accent.Paint("◆ ")
	}
	if r.Member == "" {
		return pin + b.deps.Theme.Dim.Paint("(empty)")
	}
	return pin + ui.Middle(ui.Clean(r.Member), w-ui.Width(pin))
}

// tied says which rank a member shares, and with how many.
func tied(t *ui.Theme, s backends.Standing) string {
	if s.Equals < 2 || s.Shared == 0 {
		if s.Shared > 0 && s.Shared != s.Rank {
			return t.Dim.Paint("=" + strconv.FormatInt(s.Shared, 10)) // ranks by distinct scores
		}
		return ""
	}
	return t.Accent.Paint("="+strconv.FormatInt(s.Shared, 10)) + t.Dim.Paint(" ×"+ui.Count(s.Equals))
}

// moved says how many ranks a member rose or fell since the last change, or since it was first met;
// "new" when it was not in sight before.
func moved(t *ui.Theme, r row, first bool) string {
	if r.track == nil {
		return t.Dim.Paint(views.Unknown)
	}
	from := r.track.before
	if first {
		from = r.track.first
	}
	switch {
	case r.track.fresh && (!first || r.track.first == r.track.before):
		return t.Accent.Paint("new")
	case from.Rank == 0:
		return t.Accent.Paint("back")
	case from.Rank > r.Rank:
		return t.Good.Paint(fmt.Sprintf("▲%d", from.Rank-r.Rank))
	case from.Rank < r.Rank:
		return t.Bad.Paint(fmt.Sprintf("▼%d", r.Rank-from.Rank))
	}
	return t.Dim.Paint("·")
}

// climbed is by how many ranks a member rose since the last change. One that came into sight by it has
// risen most.
func (r row) climbed() int64 {
	switch {
	case r.track == nil:
		return math.MinInt64 // nobody knows
	case r.track.fresh || r.track.before.Rank == 0:
		return math.MaxInt64
	}
	return r.track.before.Rank - r.Rank
}

// gain is by how much a score grew since the last change.
func (r row) gain() float64 {
	if r.track == nil || r.track.before.Rank == 0 || r.track.before.Score == r.Score {
		return 0
	}
	return r.Score - r.track.before.Score
}

// gained says in w cells by how much a score changed meanwhile.
func gained(t *ui.Theme, r row, first bool, w int) string {
	if r.track == nil {
		return ""
	}
	from := r.track.before
	if first {
		from = r.track.first
	}
	text := views.FitScoreDelta(from.Score, r.Score, w)
	switch {
	case from.Rank == 0 || text == "":
		return ""
	case r.Score < from.Score:
		return t.Bad.Paint(text)
	}
	return t.Good.Paint(text)
}

// Render implements views.Screen: facts, the page, who left it, the pinned member with its
// neighbours, the spread of the scores.
func (b *board) Render(w, h int) []string {
	below := b.below(w, h)
	lines := []string{ui.Fit(" "+b.facts(w-1), w)}
	lines = append(lines, b.table.Render(b.deps.Theme, w, max(h-1-len(below), 0), true)...)
	if shown, _ := b.table.Len(); shown == 0 && len(lines) > 2 {
		lines[2] = ui.Fit(b.deps.Theme.Dim.Paint("  "+b.nothing()), w)
	}
	return ui.Pad(append(lines, below...), w, h)
}

// nothing says why there are no rows.
func (b *board) nothing() string {
	switch {
	case b.search.on && !b.search.done:
		return "searching"
	case b.search.on:
		return "no member matches"
	case !b.filter.Empty():
		return "no member on this page matches; enter searches the whole board"
	case b.last.At.IsZero():
		return "waiting for the first answer"
	case b.view.Size.Known() && b.view.Size.Value == 0:
		return "the board is gone: an empty one does not exist"
	}
	return "there is nobody at these ranks"
}

func (b *board) facts(w int) string {
	t := b.deps.Theme
	switch {
	case b.filter.Editing():
		return b.filter.Render(t, w)
	case b.search.on:
		return b.search.facts(t, b.view.Size)
	}
	size := b.view.Size
	if !size.Known() {
		size = b.item.Value.Size
	}
	parts := []string{t.Bold.Paint(views.Things(size, "member", "members"))}
	if n := int64(len(b.view.Page)); n > 0 && (b.look.Rank > 1 || b.more()) {
		parts = append(parts, "ranks "+strconv.FormatInt(b.look.Rank, 10)+"–"+strconv.FormatInt(b.look.Rank+n-1, 10))
	}
	order := "highest first"
	if b.look.Ascending {
		order = t.Accent.Paint("lowest first")
	}
	parts = append(parts, order)
	if b.view.Dense {
		parts = append(parts, "ranks by distinct scores")
	}
	if title, desc := b.table.Sorting(); title != "" {
		arrow := "▲"
		if desc {
			arrow = "▼"
		}
		parts = append(parts, t.Dim.Paint("this page by "+strings.ToLower(title)+" "+arrow))
	}
	if !b.filter.Empty() {
		parts = append(parts, t.Accent.Paint("/"+ui.Clean(b.filter.Value())))
	}
	switch {
	case !b.frozen.IsZero():
		parts = append(parts, t.Warn.Paint("FROZEN "+views.Ago(b.frozen, b.now)))
	case b.last.Err != nil:
		parts = append(parts, t.Bad.Paint(views.ShortError(b.last.Err)))
	default:
		parts = append(parts, t.Dim.Paint(views.Ago(b.last.At, b.now)+" old"))
	}
	return strings.Join(parts, t.Dim.Paint(" · "))
}

const (
	// roomForMore is the least height of a screen with anything below the page, pageRoom how much of it
	// stays the page's.
	roomForMore = 12
	pageRoom    = 6
	// labelRoom is how long a score may be beside a bar.
	labelRoom = 14
)

// below are the lines under the page.
func (b *board) below(w, h int) []string {
	if h < roomForMore {
		return nil
	}
	var lines []string
	if text := b.leavers(); text != "" {
		lines = append(lines, ui.Fit(" "+text, w))
	}
	room := h - pageRoom - len(lines)
	if b.spread.on {
		panel := b.spreadLines(w, min(room, max(h/2, 8)))
		room -= len(panel)
		lines = append(panel, lines...)
	}
	if b.pinned != nil && room >= 4 {
		shown, _ := b.around.Len()
		lines = append(b.neighbours(w, min(room, shown+2)), lines...)
	}
	return lines
}

// leaversMax is how many of those that left the page are named.
const leaversMax = 4

func (b *board) leavers() string {
	t := b.deps.Theme
	var parts []string
	for i, d := range b.moves.left {
		if i == leaversMax {
			parts = append(parts, t.Dim.Paint("and "+strconv.Itoa(len(b.moves.left)-i)+" more"))
			break
		}
		text := ui.Clean(d.from.Member) + " "
		if d.to.Rank == 0 {
			text += t.Bad.Paint("removed")
		} else {
			text += "now " + strconv.FormatInt(d.to.Rank, 10) + " " + moved(t, row{
				Standing: backends.Standing{Place: d.to}, track: &track{before: d.from},
			}, false)
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	return t.Dim.Paint("left the page: ") + strings.Join(parts, t.Dim.Paint(" · "))
}

// neighbours are the pinned member and those ahead of and behind it.
func (b *board) neighbours(w, h int) []string {
	t := b.deps.Theme
	head := " " + t.Accent.Paint("◆ ") + ui.Clean(*b.pinned)
	place, ok := b.pinnedPlace()
	if !ok {
		return []string{ui.Fit(head+t.Warn.Paint(" is not on the board"), w)}
	}
	head += t.Dim.Paint(" and its neighbours · rank " + strconv.FormatInt(place.Rank, 10) + ", score " + views.Score(place.Score))
	return append([]string{ui.Fit(head, w)}, b.around.Render(t, w, h-1, false)...)
}

// spreadLines are the deciles and, where there is room, a bar for each range of scores.
func (b *board) spreadLines(w, h int) []string {
	t, s := b.deps.Theme, b.spread
	switch {
	case s.err != nil:
		return views.ErrorLines(t, s.err, w)
	case s.at.IsZero():
		return []string{ui.Fit(t.Dim.Paint(" measuring"), w)}
	case len(s.value.Deciles) == 0:
		return []string{ui.Fit(t.Dim.Paint(" no scores"), w)}
	}
	title := t.Bold.Paint("spread of "+views.Things(s.value.Size, "score", "scores")) +
		t.Dim.Paint(" as of "+s.at.Local().Format("15:04:05")+", exact")
	lines := []string{ui.Fit(" "+title, w)}
	parts := make([]string, len(s.value.Deciles))
	for i, d := range s.value.Deciles {
		parts[i] = t.Dim.Paint(strconv.Itoa(10*i)+"% ") + views.LeanScore(d, labelRoom)
	}
	for _, l := range views.Flow(t, w-2, 2, parts...) {
		lines = append(lines, ui.Fit(" "+l, w))
	}
	return append(lines, b.bars(w, h-len(lines))...)
}

// bars draw the histogram; bars next to each other are joined until they fit.
func (b *board) bars(w, h int) []string {
	bars := b.spread.value.Bars
	if h < 3 {
		return nil
	}
	for len(bars) > h {
		bars = joined(bars)
	}
	var most, all, label int64
	for _, bar := range bars {
		most, all = max(most, bar.Members.Value), all+bar.Members.Value
		label = max(label, int64(ui.Width(barLabel(bar))))
	}
	t, width := b.deps.Theme, min(w-int(label)-22, 60)
	lines := make([]string, len(bars))
	for i, bar := range bars {
		n := bar.Members.Value
		text := ui.FitLeft(barLabel(bar), int(label)) + " " + t.Live.Paint(ui.Bar(float64(n)/float64(max(most, 1)), width)) + " " +
			ui.FitLeft(views.Count(bar.Members), 7) + t.Dim.Paint(fmt.Sprintf(" %5.1f%%", 100*float64(n)/float64(max(all, 1))))
		lines[i] = ui.Fit(" "+text, w)
	}
	return lines
}

func barLabel(bar backends.SpreadBar) string {
	from := views.LeanScore(bar.From, labelRoom)
	if bar.From == bar.To {
		return from
	}
	return from + " … " + views.LeanScore(bar.To, labelRoom)
}

// joined halves the number of bars.
func joined(bars []backends.SpreadBar) []backends.SpreadBar {
	var out []backends.SpreadBar
	for i := 0; i < len(bars); i += 2 {
		bar := bars[i]
		if i+1 < len(bars) {
			bar.To = bars[i+1].To
			bar.Members.Value += bars[i+1].Members.Value
			bar.Members.Certainty = max(bar.Members.Certainty, bars[i+1].Members.Certainty)
		}
		out = append(out, bar)
	}
	return out
}
