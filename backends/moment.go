package backends

import (
	"strconv"
	"strings"
	"time"
)

// ParseMoment reads a time as people type one: how long ago ("-5m", "-1h30m", "-2d"), a time of the
// last 24 hours ("14:03", "14:03:05"), a day ("2026-11-23"), a day and a time ("2026-11-23T10:00",
// "2026-11-23 10:00:05"), or RFC 3339. What names no zone is in that of now.
func ParseMoment(text string, now time.Time) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if ago, ok := strings.CutPrefix(text, "-"); ok {
		d, ok := parseAgo(ago)
		return now.Add(-d), ok
	}
	for _, form := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(form, text); err == nil {
			at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), now.Location())
			if at.After(now) {
				at = at.AddDate(0, 0, -1)
			}
			return at, true
		}
	}
	spaced := strings.Replace(text, " ", "T", 1)
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(form, spaced, now.Location()); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseAgo is time.ParseDuration with days.
func parseAgo(text string) (time.Duration, bool) {
	days := 0
	if whole, rest, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.Atoi(whole)
		if err != nil || n < 0 || n > 100_000 {
			return 0, false
		}
		if days, text = n, rest; rest == "" {
			text = "0"
		}
	}
	d, err := time.ParseDuration(text)
	return d + time.Duration(days)*24*time.Hour, err == nil && d >= 0
}
