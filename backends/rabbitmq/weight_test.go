package rabbitmq

import (
	"slices"
	"strings"
	"testing"

	"bustop/backends/rabbitmq/management"
)

// TestWeightOfWhatIsAsked: that messages are large is told where as many as are asked for weigh too much, and
// nothing else of the plan depends on it.
func TestWeightOfWhatIsAsked(t *testing.T) {
	row := func(mib float64) management.Queue {
		return management.Queue{Name: "q", Type: management.TypeQuorum, Messages: management.Num(10), Bytes: management.Num(10 * mib * (1 << 20))}
	}
	for _, c := range []struct {
		mib   float64 // of one message
		n     int     // 0: as many as one look takes
		heavy bool
	}{
		{0.1, 0, false},
		{1, 0, true},
		{1, maxQuorum, true},
		{1, 100, true},
		{1, 5, true},
		{1, 4, false},
		{1, 1, false},
		{5, 1, true},
	} {
		whole := planFor(row(c.mib), management.Version{Major: 3, Minor: 10}, "/", spent{})
		p := whole.atMost(c.n)
		heavy := func(text string) bool { return strings.Contains(text, "are sent whole") }
		if got := slices.ContainsFunc(p.Effects, heavy); got != c.heavy {
			t.Errorf("%d of %g MiB: heavy %v: %q", c.n, c.mib, got, p.Effects)
		}
		rest, all := slices.DeleteFunc(slices.Clone(p.Effects[1:]), heavy), slices.DeleteFunc(slices.Clone(whole.Effects[1:]), heavy)
		if !slices.Equal(rest, all) || p.Consent != whole.Consent {
			t.Errorf("%d of %g MiB: %q, of all: %q", c.n, c.mib, rest, all)
		}
	}
}
