package locks

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// facts are the lines that say in words what is known of the lock.
func (l *detail) facts() []string {
	t, v := l.deps.Theme, l.item.Value
	lines := []string{""}
	add := func(name, value string) {
		lines = append(lines, " "+ui.FitLeft(t.Dim.Paint(name), 16)+"  "+value)
	}
	if v.Holder != "" || !v.Permits.Known() {
		add("holder", ui.Clean(v.Holder))
	}
	if v.Host != "" {
		add("host", ui.Clean(v.Host))
	}
	for _, f := range v.Tells {
		add(ui.Clean(f.Name), ui.Clean(string(f.Value)))
	}
	if !v.Since.IsZero() {
		add("held since", v.Since.Local().Format("15:04:05.000")+t.Dim.Paint(" by the holder's clock, "+views.Ago(v.Since, l.now)+" ago"))
	}
	add("expires", l.expiry())
	add("read", views.Ago(l.item.At, l.now)+" ago")
	add("recognised as", library(v)+t.Dim.Paint(" confidence "+strconv.FormatFloat(v.Confidence, 'f', 2, 64)))
	if v.Mode != "" {
		add("mode", ui.Clean(v.Mode))
	}
	entered := views.Count(v.Reentrancy)
	if v.Reentrancy.Known() {
		entered = views.Things(v.Reentrancy, "time", "times")
	}
	add("entered", entered)
	add("fencing token", views.Count(v.FencingToken))
	add("waiters", l.waiters())
	if q, ok := l.quorum(); ok {
		add("quorum", quorumText(t, q))
	}
	add("source", views.SourceName(l.item.Source))
	if h, ok := l.watches.history(l.item.Source, v.Name); ok {
		add("longest seen", ui.Age(h.Longest)+renewals(t, h))
	}
	return lines
}

// waiters says how many wait, and how that is known where it is an estimate.
func (l *detail) waiters() string {
	v := l.item.Value
	text := views.Count(v.Waiters)
	if v.WaitersBy != "" {
		text += l.deps.Theme.Dim.Paint(" estimated: " + ui.Clean(v.WaitersBy))
	}
	return text
}

func renewals(t *ui.Theme, h backends.LockHistory) string {
	text := ""
	if h.Renewals > 0 {
		text += t.Dim.Paint(", renewed ") + views.Things(backends.ExactCount(h.Renewals), "time", "times")
	}
	if h.Missed > 0 {
		text += t.Bad.Paint(fmt.Sprintf(", %d missed", h.Missed))
	}
	return text
}

func quorumText(t *ui.Theme, q backends.LockQuorum) string {
	text := fmt.Sprintf("%d of %d servers agree", q.Agree, q.Of)
	if q.Skew.Known() {
		text += fmt.Sprintf(", their ends %v apart", q.Skew.Value.Round(time.Millisecond))
	}
	if !q.Majority() {
		return t.Bad.Paint(text + ": no majority")
	}
	return text
}

// lists are who holds and who waits, where that is more than one, and the keys beside the lock.
func (l *detail) lists() []string {
	t, v := l.deps.Theme, l.item.Value
	var lines []string
	head := func(text string) { lines = append(lines, "", " "+t.Bold.Paint(text)) }
	if len(v.Holders) > 1 {
		head(fmt.Sprintf("%d holders", len(v.Holders)))
		for _, h := range v.Holders {
			line := "   " + ui.Clean(h.Token)
			if h.Entered.Known() {
				line += t.Dim.Paint("  entered " + views.Things(h.Entered, "time", "times"))
			}
			lines = append(lines, line)
		}
	}
	if len(v.Waiting) > 0 {
		head("waiting, in this order")
		for i, w := range v.Waiting {
			lines = append(lines, fmt.Sprintf("   %2d  %s", i+1, ui.Clean(w)))
		}
	}
	if len(v.Companions) > 0 {
		head("keys beside it")
		for _, c := range v.Companions {
			lines = append(lines, "   "+ui.Clean(c.Name)+t.Dim.Paint("  "+c.Role))
		}
	}
	return lines
}

// past is the chart and what happened, the newest first.
func (l *detail) past(w int) []string {
	t := l.deps.Theme
	h, ok := l.watches.history(l.item.Source, l.item.Value.Name)
	if !ok {
		return nil
	}
	var lines []string
	if c := chart(t, h, w-1); c != nil {
		lines = append(lines, "", " "+t.Bold.Paint("time left")+t.Dim.Paint("  ↑ renewed  ! missed  ⇄ handed over  + acquired  - released  × expired"))
		lines = append(lines, c...)
	}
	lines = append(lines, "", " "+t.Bold.Paint("history")+t.Dim.Paint("  by "+l.watches.by(l.item.Source)))
	for i := len(h.Events) - 1; i >= 0; i-- {
		lines = append(lines, "   "+eventLine(t, h.Events[i]))
	}
	if h.Dropped > 0 {
		lines = append(lines, t.Dim.Paint(fmt.Sprintf("   and %d before", h.Dropped)))
	}
	return lines
}

// eventLine is "12:00:05.123 handed over  a → b with 30s between two looks 1.0 s apart".
func eventLine(t *ui.Theme, e backends.LockEvent) string {
	var b strings.Builder
	b.WriteString(t.Dim.Paint(e.At.Local().Format("15:04:05.000")) + "  " + changeStyle(t, e.Change).Paint(string(e.Change)))
	switch {
	case e.Before != "":
		b.WriteString("  " + brief(e.Before) + " → " + brief(e.Holder))
	case e.Holder != "":
		b.WriteString("  " + brief(e.Holder))
	}
	if e.TTL.Known() {
		b.WriteString(t.Dim.Paint("  with ") + ui.Age(e.TTL.Value))
	}
	if e.Within > 0 {
		b.WriteString(t.Dim.Paint(fmt.Sprintf("  between two looks %.1f s apart", e.Within.Seconds())))
	}
	return b.String()
}

// brief is a holder where several have to fit in a line: the ends of a long token.
func brief(holder string) string {
	const most = 20
	text := ui.Clean(tokenShort(holder))
	if ui.Width(text) > most {
		text = ui.Middle(text, most)
	}
	return text
}
