package backends_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bustop/backends"
)

// lockStep is one look at a lock, or what the server told of it.
type lockStep struct {
	at    time.Duration
	lock  *backends.Lock
	began time.Duration // how long before at the look did
	told  string        // an event instead of a look, "heard" that the server tells from now on, "deaf" that it does not
}

func lockStart() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func held(at time.Duration, holder string, ttl time.Duration) lockStep {
	return lockStep{at: at, lock: &backends.Lock{Holder: holder, TTL: backends.ExactSpan(ttl)}}
}

func free(at time.Duration) lockStep { return lockStep{at: at} }

// slow is a look that began some time before it was over.
func slow(s lockStep, began time.Duration) lockStep {
	s.began = began
	return s
}

func told(event string, at time.Duration) lockStep { return lockStep{at: at, told: event} }

func readers(at time.Duration, mode string, tokens ...string) lockStep {
	l := &backends.Lock{TTL: backends.ExactSpan(30*time.Second - at), Mode: mode}
	for _, t := range tokens {
		l.Holders = append(l.Holders, backends.LockHolder{Token: t})
		l.Holder += t
	}
	return lockStep{at: at, lock: l}
}

func renewing(s lockStep, r backends.Renewal) lockStep {
	s.lock.Renewal = r
	return s
}

func historyOf(steps []lockStep) backends.LockHistory {
	log := backends.NewLockLog()
	for _, s := range steps {
		at := lockStart().Add(s.at)
		switch s.told {
		case "":
			log.Observe("a", at.Add(-s.began), at, s.lock)
		case "heard":
			log.Hear(at, "a")
		case "deaf":
			log.Hear(at)
		default:
			log.Told("a", at, s.told != "set", s.told == "expired")
		}
	}
	h, _ := log.History("a")
	return h
}

func TestLockLog(t *testing.T) {
	const s = time.Second
	third, half := backends.Renewal{Part: 1. / 3}, backends.Renewal{Part: .5, Always: true}
	for name, c := range map[string]struct {
		steps []lockStep
		want  []string
	}{
		"never there":   {[]lockStep{free(0), free(s)}, nil},
		"drains":        {[]lockStep{held(0, "w", 10*s), held(s, "w", 9*s), held(2*s, "w", 8050*time.Millisecond)}, []string{"found held w 0s"}},
		"renewed":       {[]lockStep{held(0, "w", 10*s), held(s, "w", 10*s)}, []string{"found held w 0s", "renewed w 1s"}},
		"handed over":   {[]lockStep{held(0, "w", 10*s), held(s, "v", 10*s)}, []string{"found held w 0s", "handed over v 1s from w"}},
		"released":      {[]lockStep{held(0, "w", 10*s), free(s), held(3*s, "w", 10*s)}, []string{"found held w 0s", "released w 1s", "acquired w 2s"}},
		"expired":       {[]lockStep{held(0, "w", 100*time.Millisecond), free(s)}, []string{"found held w 0s", "expired w 1s"}},
		"nobody knows":  {[]lockStep{held(0, "w", 900*time.Millisecond), free(s)}, []string{"found held w 0s", "released or expired w 1s"}},
		"told: deleted": {[]lockStep{held(0, "w", 900*time.Millisecond), told("del", 500*time.Millisecond), free(s)}, []string{"found held w 0s", "released w 0s"}},
		"told: expired": {[]lockStep{held(0, "w", 900*time.Millisecond), told("expired", 950*time.Millisecond), free(s)}, []string{"found held w 0s", "expired w 0s"}},
		"told: set":     {[]lockStep{held(0, "w", 9*s), told("set", 500*time.Millisecond), held(s, "v", 9*s)}, []string{"found held w 0s", "handed over v 0s from w"}},
		"old news":      {[]lockStep{held(s, "w", 9*s), told("expired", 0), held(500*time.Millisecond, "v", 9*s)}, []string{"found held w 0s"}},
		"told while it looks": {
			[]lockStep{held(0, "w", 9*s), told("set", 900*time.Millisecond), slow(held(s, "w", 8*s), 500*time.Millisecond), held(2*s, "v", 9*s)},
			[]string{"found held w 0s", "handed over v 0s from w"},
		},
		"ends while it looks": {
			[]lockStep{held(0, "w", 9*s), told("del", 900*time.Millisecond), slow(held(s, "w", 8*s), 500*time.Millisecond), free(2 * s)},
			[]string{"found held w 0s", "released w 0s"},
		},
		"ended or retaken": {
			[]lockStep{held(0, "w", 9*s), slow(held(s, "w", 8*s), 500*time.Millisecond), told("del", 900*time.Millisecond), free(2 * s)},
			[]string{"found held w 0s", "released w 0s"},
		},
		"seen before it is told": {
			[]lockStep{held(0, "w", 9*s), told("heard", 0), held(s, "w", 8*s), held(2*s, "v", 9*s), told("set", 2100*time.Millisecond)},
			[]string{"found held w 0s", "handed over v 0s from w"},
		},
		"changed before it could be told": {
			[]lockStep{slow(held(s, "w", 9*s), 500*time.Millisecond), told("heard", 900*time.Millisecond), held(2*s, "v", 9*s), told("set", 2100*time.Millisecond)},
			[]string{"found held w 0s", "handed over v 1s from w"},
		},
		"told of another change": {
			[]lockStep{held(0, "w", 9*s), told("heard", 0), held(s, "v", 9*s), held(2*s, "v", 8*s), told("set", 2100*time.Millisecond)},
			[]string{"found held w 0s", "handed over v 1s from w"},
		},
		"nothing is told any more": {
			[]lockStep{held(0, "w", 9*s), told("heard", 0), held(s, "v", 9*s), told("deaf", s), told("set", 1100*time.Millisecond)},
			[]string{"found held w 0s", "handed over v 1s from w"},
		},
		"a slow look is no renewal": {[]lockStep{held(0, "w", 9*s), slow(held(2*s, "w", 8500*time.Millisecond), 1900*time.Millisecond)}, []string{"found held w 0s"}},
		"an older look": {
			[]lockStep{held(0, "w", 9*s), held(s, "v", 9*s), slow(held(2*s, "w", 8*s), 1500*time.Millisecond)},
			[]string{"found held w 0s", "handed over v 1s from w"},
		},
		"no end":        {[]lockStep{{lock: &backends.Lock{Holder: "w", NoExpiry: true}}, free(s)}, []string{"found held w 0s", "released w 1s"}},
		"loses its end": {[]lockStep{held(0, "w", 9*s), {at: s, lock: &backends.Lock{Holder: "w", NoExpiry: true}}}, []string{"found held w 0s", "lost its expiry w 1s"}},
		"readers": {
			[]lockStep{readers(0, "read", "a"), readers(s, "read", "a", "b"), readers(2*s, "read", "b"), readers(3*s, "write", "b:write"), readers(4*s, "write", "c:write")},
			[]string{"found held a 0s", "reader joined ab 1s from a", "reader left b 1s from ab", "handed over c:write 1s from b:write"},
		},
		"misses after it renewed": {
			[]lockStep{renewing(held(0, "w", 30*s), third), renewing(held(10*s, "w", 30*s), third), renewing(held(23*s, "w", 17*s), third), renewing(held(24*s, "w", 16*s), third), renewing(held(33*s, "w", 7*s), third), renewing(held(34*s, "w", 6*s), third)},
			[]string{"found held w 0s", "renewed w 10s", "renewal missed w 0s", "renewal missed w 0s"},
		},
		"a lease is not renewed":  {[]lockStep{renewing(held(0, "w", 30*s), third), renewing(held(25*s, "w", 5*s), third)}, []string{"found held w 0s"}},
		"always renewed":          {[]lockStep{renewing(held(0, "w", 30*s), half), renewing(held(18*s, "w", 12*s), half), renewing(held(20*s, "w", 10*s), half)}, []string{"found held w 0s", "renewal missed w 0s"}},
		"renewed after a missing": {[]lockStep{renewing(held(0, "w", 30*s), half), renewing(held(1*s, "w", 29*s), half), renewing(held(20*s, "w", 10*s), half), renewing(held(21*s, "w", 9*s), half), renewing(held(22*s, "w", 30*s), half)}, []string{"found held w 0s", "renewal missed w 0s", "renewed w 1s"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := historyOf(c.steps)
			var got []string
			for _, e := range h.Events {
				line := fmt.Sprintf("%s %s %v", e.Change, e.Holder, e.Within)
				if e.Before != "" {
					line += " from " + e.Before
				}
				got = append(got, line)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestLockLogIsBounded(t *testing.T) {
	log, at := backends.NewLockLog(), lockStart()
	for i := range 1000 {
		at = at.Add(time.Second)
		log.Observe("a", at, at, &backends.Lock{Holder: fmt.Sprint(i), TTL: backends.ExactSpan(time.Minute)})
	}
	h, ok := log.History("a")
	if !ok || len(h.Events) > 100 || len(h.Samples) > 300 || h.Dropped != 1000-int64(len(h.Events)) || h.Events[len(h.Events)-1].Holder != "999" || h.Longest != time.Minute {
		t.Errorf("%d events, %d samples, %d dropped", len(h.Events), len(h.Samples), h.Dropped)
	}
	for i := range 2000 {
		at = at.Add(time.Second)
		log.Observe(fmt.Sprint(i), at, at, &backends.Lock{Holder: "w"})
	}
	if _, ok := log.History("a"); ok {
		t.Error("the lock looked at longest ago is kept")
	}
	if _, ok := log.History("1999"); !ok {
		t.Error("the newest lock is not kept")
	}
	log.Observe("1998", at, at, nil)
	log.Observe("1999", at.Add(time.Second), at.Add(time.Second), nil)
	if got := log.Seen(false, at.Add(-time.Minute), 5); !slices.Equal(got, []string{"1999", "1998"}) {
		t.Errorf("free: %q", got)
	}
	if got := log.Seen(false, at, 5); !slices.Equal(got, []string{"1999"}) {
		t.Errorf("free since: %q", got)
	}
	if got := log.Seen(true, at.Add(-3*time.Second), 5); !slices.Equal(got, []string{"1997"}) {
		t.Errorf("held since: %q", got)
	}
}
