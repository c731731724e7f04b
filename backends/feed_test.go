package backends_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
)

func TestFeedAsksOnlyWhileSomebodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		f := backends.NewFeed(backends.NewPace(time.Second), func(context.Context) (int, error) {
			asked++
			return asked, nil
		})
		defer f.Close()
		if s := f.Look(); s.Revision != 0 || !s.At.IsZero() {
			t.Fatalf("an answer before the first question: %+v", s)
		}
		for range 100 { // ten seconds of ticks
			time.Sleep(100 * time.Millisecond)
			f.Look()
		}
		watched := f.Look()
		if watched.Value < 8 || watched.Value > 11 {
			t.Errorf("%d fetches in ten watched seconds", watched.Value)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if asked > watched.Value+4 {
			t.Errorf("%d fetches while nobody looked", asked-watched.Value)
		}
	})
}

func TestFeedKeepsTheLastGoodValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		fail := false
		f := backends.NewFeed(backends.NewPace(time.Second), func(context.Context) (string, error) {
			if fail {
				return "", broken
			}
			return "good", nil
		})
		defer f.Close()
		f.Look()
		synctest.Wait()
		fail = true
		f.Refresh()
		time.Sleep(time.Millisecond)
		synctest.Wait()
		s := f.Look()
		if s.Value != "good" || !errors.Is(s.Err, broken) || s.Revision != 2 {
			t.Errorf("%+v", s)
		}
	})
}

func TestFeedBoundsAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := backends.NewFeed(backends.NewPace(time.Second), func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		defer f.Close()
		f.Look()
		time.Sleep(11 * time.Second)
		if s := f.Look(); !errors.Is(s.Err, context.DeadlineExceeded) {
			t.Errorf("after the deadline: %+v", s)
		}
	})
}

func TestFeedClosesWithoutEverLooking(_ *testing.T) {
	backends.NewFeed(backends.NewPace(time.Second), func(context.Context) (int, error) { return 0, nil }).Close()
}

func TestPaceLetsOneIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := backends.NewPace(time.Second)
		leave, err := p.Enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := p.Enter(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a second round was let in: %v", err)
		}
		leave(nil)
		if _, err := p.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPacePauses(t *testing.T) {
	away := &backends.Error{Reason: backends.Unreachable}
	denied := &backends.Error{Reason: backends.Denied}
	for _, c := range []struct {
		name     string
		took     time.Duration
		outcomes []error
		min, max time.Duration
	}{
		{"base", time.Millisecond, []error{nil}, time.Second, 1100 * time.Millisecond},
		{"busy server", 100 * time.Millisecond, []error{nil}, 5 * time.Second, 5500 * time.Millisecond},
		{"slow server", 400 * time.Millisecond, []error{nil}, 10 * time.Second, 11 * time.Second},
		{"slower server", 1200 * time.Millisecond, []error{nil}, 12 * time.Second, 13200 * time.Millisecond},
		{"as slow as can be", 9 * time.Second, []error{nil}, 30 * time.Second, 33 * time.Second},
		{"one failure", 0, []error{denied}, time.Second, 1100 * time.Millisecond},
		{"denied again and again", 0, []error{denied, denied, denied, denied, denied, denied, denied}, 30 * time.Second, 33 * time.Second},
		{"away for long", 0, []error{away, away, away, away, away, away}, 2 * time.Second, 2200 * time.Millisecond},
		{"fails otherwise while it starts", 0, []error{away, away, away, away, away, away, denied}, time.Second, 1100 * time.Millisecond},
		{"cold when it is back", 400 * time.Millisecond, []error{away, away, nil}, time.Second, 1100 * time.Millisecond},
		{"slow when it is warm", 400 * time.Millisecond, []error{away, away, nil, nil}, 10 * time.Second, 11 * time.Second},
		{"recovered", 0, []error{away, away, away, nil}, time.Second, 1100 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := backends.NewPace(time.Second)
				for _, outcome := range c.outcomes {
					leave, err := p.Enter(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(c.took)
					leave(outcome)
				}
				if got := p.Pause(); got < c.min || got > c.max {
					t.Errorf("pause %v, want %v to %v", got, c.min, c.max)
				}
			})
		})
	}
}
