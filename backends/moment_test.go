package backends_test

import (
	"testing"
	"time"

	"bustop/backends"
)

func TestParseMoment(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	now := time.Date(2026, 11, 23, 14, 30, 0, 0, zone)
	for text, want := range map[string]time.Time{
		"-5m":                       now.Add(-5 * time.Minute),
		"-1h30m":                    now.Add(-90 * time.Minute),
		"-2d":                       now.AddDate(0, 0, -2),
		"-1d12h":                    now.Add(-36 * time.Hour),
		"14:03":                     time.Date(2026, 11, 23, 14, 3, 0, 0, zone),
		"14:03:05.5":                time.Date(2026, 11, 23, 14, 3, 5, 5e8, zone),
		"23:59":                     time.Date(2026, 11, 22, 23, 59, 0, 0, zone),
		"2026-11-23":                time.Date(2026, 11, 23, 0, 0, 0, 0, zone),
		"2026-11-23T10:00":          time.Date(2026, 11, 23, 10, 0, 0, 0, zone),
		" 2026-11-23 10:00:07 ":     time.Date(2026, 11, 23, 10, 0, 7, 0, zone),
		"2026-11-23T10:00Z":         time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
		"2026-11-23T10:00:00+05:00": time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC),
	} {
		if got, ok := backends.ParseMoment(text, now); !ok || !got.Equal(want) {
			t.Errorf("%q is %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-", "-m", "--5m", "-5", "-xd", "-1d-2h", "25:00", "1763899200000", "1763899200000-0", "last", "2026-13-01"} {
		if got, ok := backends.ParseMoment(text, now); ok {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}
