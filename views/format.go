package views

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/ui"
)

// Unknown is how a figure that nobody told is shown.
const Unknown = "–"

// Mark puts the sign of a figure's certainty in front of its text.
func Mark(c backends.Certainty, text string) string {
	switch c {
	case backends.Exact:
		return text
	case backends.AtLeast:
		return "≥" + text
	case backends.About:
		return "~" + text
	case backends.Unknown:
	}
	return Unknown
}

// Count formats a number of things: "412", "≥12.3k", "–".
func Count(c backends.Count) string { return Mark(c.Certainty, ui.Count(c.Value)) }

// Bytes formats a number of bytes.
func Bytes(c backends.Count) string { return Mark(c.Certainty, ui.Bytes(c.Value)) }

// Things words a number of things: "1 queue", "≥3 queues", "– queues".
func Things(c backends.Count, one, many string) string {
	if c.Certainty == backends.Exact && c.Value == 1 {
		many = one
	}
	return Count(c) + " " + many
}

// Exactly is a number with all its digits, in groups of three: "200,000".
func Exactly(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Rate formats a number a second.
func Rate(r backends.Rate) string { return Mark(r.Certainty, ui.Rate(r.Value)) }

// SignedRate formats a slope with its sign; one too small to be written is none.
func SignedRate(r backends.Rate) string {
	if math.Abs(r.Value) < 0.05 {
		r.Value = 0
	}
	if !r.Known() || r.Value <= 0 {
		return Rate(r)
	}
	return Mark(r.Certainty, "+"+ui.Rate(r.Value))
}

// Span formats a length of time coarsely, as an age.
func Span(s backends.Span) string { return Mark(s.Certainty, ui.Age(s.Value)) }

// Ago formats how long ago t was; zero times are unknown.
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return Unknown
	}
	return ui.Age(max(now.Sub(t), 0))
}

// SourceName is the shortest name of a source that tells it from the others.
func SourceName(s backends.Source) string {
	id := s.Identity()
	if id.Name != "" && id.Name != id.Address {
		return ui.Clean(id.Name)
	}
	_, host, found := strings.Cut(id.Address, "://")
	if !found {
		host = id.Address
	}
	return ui.Clean(id.Backend + " " + host)
}

// ShortName is the name of a source where room is short: its backend, when no other open source
// has the same.
func (d *Deps) ShortName(s backends.Source) string {
	id := s.Identity()
	if id.Name != "" && id.Name != id.Address {
		return ui.Clean(id.Name)
	}
	for _, other := range d.Sources {
		if other != s && other.Identity().Backend == id.Backend {
			return SourceName(s)
		}
	}
	return ui.Clean(id.Backend)
}

// StatusShort is StatusLine where room is short: the name of a source that is live, with its cost if
// that is wanted; of another one the state, since when, and room cells of why.
func (d *Deps) StatusShort(s backends.Source, now time.Time, cost bool, room int) string {
	t, st, name := d.Theme, s.Status(), d.ShortName(s)
	switch st.State {
	case backends.Live:
		if cost {
			name += t.Dim.Paint(" live " + ui.Rate(st.Cost.PerSecond) + " asked")
		}
		return t.Good.Paint("● ") + name
	case backends.Connecting:
		return t.Warn.Paint("◌ ") + name
	case backends.Stale:
		return t.Warn.Paint("◐ ") + name + t.Warn.Paint(" stale "+Ago(st.DataAt, now)) + cut(errorTail(t, st.Err), room)
	case backends.Down:
	}
	return t.Bad.Paint("○ ") + name + t.Bad.Paint(" down "+Ago(st.Since, now)) + cut(errorTail(t, st.Err), room)
}

// cut shortens text to w cells.
func cut(text string, w int) string { return ui.Fit(text, min(ui.Width(text), w)) }

// StatusLine says in one styled line how a source is: a glyph, its name, a word, and since when
// or why.
func StatusLine(t *ui.Theme, s backends.Source, now time.Time) string {
	st := s.Status()
	name := SourceName(s)
	switch st.State {
	case backends.Live:
		return t.Good.Paint("● ") + name + t.Dim.Paint(" live "+ui.Rate(st.Cost.PerSecond)+" asked")
	case backends.Connecting:
		return t.Warn.Paint("◌ ") + name + t.Dim.Paint(" connecting")
	case backends.Stale:
		return t.Warn.Paint("◐ ") + name + t.Warn.Paint(" stale "+Ago(st.DataAt, now)) + errorTail(t, st.Err)
	case backends.Down:
	}
	return t.Bad.Paint("○ ") + name + t.Bad.Paint(" down "+Ago(st.Since, now)) + errorTail(t, st.Err)
}

func errorTail(t *ui.Theme, err error) string {
	if err == nil {
		return ""
	}
	return t.Dim.Paint(" " + ShortError(err))
}

// ShortError is what an error says beyond the name of its source, clean.
func ShortError(err error) string { return ui.Clean(ErrorText(err)) }

// ErrorText is the same before it is cleaned.
func ErrorText(err error) string {
	var fault *backends.Error
	if !errors.As(err, &fault) {
		return err.Error()
	}
	text := fault.What
	if fault.Object != "" {
		text = fault.Object + ": " + text
	}
	if fault.Advice != "" {
		text += " – " + fault.Advice
	}
	return text
}

// errorLines bounds the lines that one error takes.
const errorLines = 3

// ErrorLines is ShortError in a few lines of w cells, with a blank in front.
func ErrorLines(t *ui.Theme, err error, w int) []string {
	lines := ui.CleanText(ErrorText(err), max(w-1, 1), errorLines)
	for i, l := range lines {
		lines[i] = ui.Fit(" "+t.Bad.Paint(l), w)
	}
	return lines
}

// Flow sets parts, parted by dots, in lines of w cells, as many as it takes up to most.
func Flow(t *ui.Theme, w, most int, parts ...string) []string {
	lines := []string{""}
	for _, p := range parts {
		last := len(lines) - 1
		switch {
		case p == "":
		case lines[last] == "":
			lines[last] = p
		case len(lines) < most && ui.Width(lines[last])+3+ui.Width(p) > w:
			lines = append(lines, p)
		default:
			lines[last] += t.Dim.Paint(" · ") + p
		}
	}
	return lines
}
