package cli

import (
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/views"
)

// stamp is how a table writes a moment: UTC, to the millisecond.
const stamp = "2006-01-02 15:04:05.000Z"

// number writes a count in full, as a table is often fed to another program.
func number(c backends.Count) string {
	return views.Mark(c.Certainty, strconv.FormatInt(c.Value, 10))
}

func rate(r backends.Rate) string {
	return views.Mark(r.Certainty, strconv.FormatFloat(r.Value, 'f', 1, 64))
}

func span(s backends.Span) string {
	return views.Mark(s.Certainty, length(s.Value))
}

// length writes a duration with at most three parts of precision: 850ms, 12.3s, 4m10s, 3h5m.
func length(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	case d < time.Hour:
		return d.Round(time.Second).String()
	}
	d = d.Round(time.Minute)
	days := ""
	if whole := d / (24 * time.Hour); whole > 0 {
		days = strconv.FormatInt(int64(whole), 10) + "d"
		d -= whole * 24 * time.Hour
	}
	if d == 0 && days != "" {
		return days
	}
	return days + strings.TrimSuffix(d.String(), "0s")
}

// expiry writes what is left of something that may never end.
func expiry(ttl backends.Span, never bool) string {
	if never {
		return "never"
	}
	return span(ttl)
}

func orUnknown(s string) string {
	if s == "" {
		return views.Unknown
	}
	return s
}

// sum adds counts; the result is as certain as its least certain part, and unknown when a part is.
func sum(counts ...backends.Count) backends.Count {
	total := backends.ExactCount(0)
	for _, c := range counts {
		if !c.Known() {
			return backends.Count{}
		}
		total.Value += c.Value
		total.Certainty = max(total.Certainty, c.Certainty)
	}
	return total
}
