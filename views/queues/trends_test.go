package queues

import (
	"testing"
	"time"

	"bustop/backends"
	"bustop/views/viewtest"
)

// TestTrendsAddOnlyWhatWasRead: rows of a source that is asked less often come along with those of
// another one and are no new totals.
func TestTrendsAddOnlyWhatWasRead(t *testing.T) {
	source, at := viewtest.Redis(), viewtest.Start()
	row := func(read time.Time, total backends.Count) []item {
		return []item{{Source: source, At: read, Value: backends.Queue{Name: "q", Total: total}}}
	}
	past := make(trends)
	for _, rows := range [][]item{
		row(at, backends.ExactCount(1)), row(at, backends.ExactCount(1)), row(at.Add(time.Second), backends.Count{}),
		row(at.Add(2*time.Second), backends.ExactCount(2)),
	} {
		past.add(rows)
	}
	if got, want := past.line(row(at, backends.Count{})[0]), "          ▅█"; got != want {
		t.Errorf("the trend is %q, want %q", got, want)
	}
	past.add(nil)
	if len(past) != 0 {
		t.Errorf("%d queues that are gone are remembered", len(past))
	}
	if got := past.line(row(at, backends.Count{})[0]); got != "" {
		t.Errorf("a queue never seen has the trend %q", got)
	}
}
