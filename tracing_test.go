package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestAlarmsComeOneAtATime holds that an error that comes again and again is told once a minute.
func TestAlarmsComeOneAtATime(t *testing.T) {
	now, told := time.Unix(1000, 0), make(chan string, 1)
	a := alarm{to: told, now: func() time.Time { return now }}
	for _, step := range []struct {
		after time.Duration
		error string
		want  string
	}{
		{0, "first", "first"},
		{5 * time.Second, "second", ""},
		{alarmPause, "third\x1b[2J", "third"},
		{alarmPause - 1, "fourth", ""},
	} {
		now = now.Add(step.after)
		a.raise(errors.New(step.error))
		got := ""
		select {
		case got = <-told:
		default:
		}
		if !strings.HasPrefix(got, step.want) || (step.want == "") != (got == "") || strings.Contains(got, "\x1b") {
			t.Errorf("%s: told %q, want %q", step.error, got, step.want)
		}
	}
}
