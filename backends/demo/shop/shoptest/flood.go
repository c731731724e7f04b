package shoptest

import (
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Flood watches a flood at the default rate for a while and checks that readers keep up with it.
func (l Look) Flood(during time.Duration) {
	l.T.Helper()
	db := redis.NewClient(l.Redis())
	defer db.Close()
	l.eventually("clicks come", func() bool { return l.clicks(db) > 0 })
	begin, before := time.Now(), l.clicks(db)
	l.until(begin.Add(during))
	counted, took := l.clicks(db)-before, time.Since(begin).Seconds()
	waiting := l.Queue("clicks").Messages
	l.T.Logf("%.0f clicks a second are counted, %d wait", float64(counted)/took, waiting)
	// Of 2000 events a second 61 in a hundred are clicks; busy spells come on top.
	if want := 0.9 * 1220 * took; float64(counted) < want || waiting > 3000 {
		l.T.Errorf("%d clicks are counted in %.0f s and %d wait, want at least %.0f", counted, took, waiting, want)
	}
}

func (l Look) clicks(db *redis.Client) int64 {
	l.T.Helper()
	sum := int64(0)
	for _, n := range db.HVals(l.T.Context(), "clicks:pages").Val() {
		count, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			l.T.Fatal(err)
		}
		sum += count
	}
	return sum
}
