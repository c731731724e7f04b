package queues

import (
	"strconv"
	"strings"

	"bustop/ui"
	"bustop/views"
)

// readerLines are the consumers and more of the one that is marked.
func (a *about) readerLines(w, h int) []string {
	t, d := a.deps.Theme, a.last.Value
	if d.Blind {
		return a.blindLines(w)
	}
	if len(d.Readers) == 0 {
		return []string{"", "  " + t.Dim.Paint("no consumer reads this queue")}
	}
	below := a.selected(w)
	for i, n := range d.Notes {
		if i == 0 {
			below = append(below, "")
		}
		below = append(below, ui.Fit(" "+t.Dim.Paint(ui.Clean(n)), w))
	}
	room := max(h-len(below), min(leastTable, h))
	lines := a.readers.Render(t, w, min(len(d.Readers)+1, room), true)
	return append(lines, below[:min(len(below), max(h-len(lines), 0))]...)
}

// selected is what is known of the marked consumer beyond its row.
func (a *about) selected(w int) []string {
	t := a.deps.Theme
	r, ok := a.readers.Selected()
	if !ok {
		return nil
	}
	acks := "acknowledges"
	if !r.Acks {
		acks = "does not acknowledge: a message is gone once it is sent"
	}
	if r.Exclusive {
		acks += ", has the queue to itself"
	}
	idle := ""
	if !r.ChannelIdle.IsZero() {
		idle = "its channel does nothing for " + views.Ago(r.ChannelIdle, a.now)
	}
	activity := ""
	if r.Activity != "" && r.Activity != "up" {
		activity = "the server says " + ui.Clean(r.Activity)
	}
	lines := views.Flow(t, w-4, 3,
		t.Bold.Paint(ui.Clean(clientOf(r))), ui.Clean(r.Address), "tag "+ui.Clean(r.Tag), ui.Clean(r.Product), ui.Clean(r.Platform), acks, idle, activity,
	)
	if full(r) {
		lines = append(lines, t.Warn.Paint("it holds all it may and gets nothing more until it acknowledges"))
	}
	if len(r.Others) > 0 {
		others := make([]string, len(r.Others))
		for i, name := range r.Others {
			others[i] = ui.Clean(name)
		}
		lines = append(lines, "its connection reads "+strings.Join(others, ", ")+" too")
	}
	out := []string{""}
	for _, l := range lines {
		out = append(out, ui.Fit("  "+l, w))
	}
	return out
}

// blindLines say what is missing, and how to get it, of a queue of which nobody tells more than counts.
func (a *about) blindLines(w int) []string {
	t := a.deps.Theme
	lines := []string{""}
	for _, n := range a.last.Value.Notes {
		for i, l := range ui.CleanText(n, max(w-6, 10), 4) {
			mark := "  "
			if i == 0 {
				mark = "· "
			}
			lines = append(lines, ui.Fit("  "+t.Dim.Paint(mark+l), w))
		}
	}
	return lines
}

// number is how many there are of something that may be unread.
func (a *about) number(n int) string {
	if a.last.Value.Blind {
		return views.Unknown
	}
	return strconv.Itoa(n)
}

// asOf says how old the counts are, where they are not of just now.
func (a *about) asOf() string {
	at := a.last.Value.ReadyAt
	if at.IsZero() {
		return ""
	}
	return a.deps.Theme.Dim.Paint("as of " + at.Local().Format("15:04:05"))
}
