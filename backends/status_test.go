package backends_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
)

func TestVitals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var v backends.Vitals
		if s := v.Status(); s.State != backends.Connecting {
			t.Fatalf("starts as %v", s.State)
		}
		v.Answered(30 * time.Millisecond)
		live := v.Status().Since
		for range 9 {
			time.Sleep(time.Second)
			v.Answered(time.Millisecond)
		}
		v.Traffic(100, 20)
		s := v.Status()
		if s.State != backends.Live || !s.Since.Equal(live) || s.Cost.Requests != 10 || s.Cost.PerSecond != 1 {
			t.Errorf("%+v", s)
		}
		if s.Cost.Slowest != 30*time.Millisecond || s.Cost.BytesIn != 100 || s.Cost.BytesOut != 20 {
			t.Errorf("%+v", s.Cost)
		}
		v.Failed(backends.Down, errors.New("gone"))
		if s = v.Status(); s.State != backends.Down || s.Since.Equal(live) || s.Err == nil || s.DataAt.IsZero() {
			t.Errorf("%+v", s)
		}
		time.Sleep(2 * time.Minute)
		if s = v.Status(); s.Cost.Slowest != 0 || s.Cost.PerSecond != 0 {
			t.Errorf("old figures linger: %+v", s.Cost)
		}
	})
}

func TestTailEndsAndMarksGaps(t *testing.T) {
	ended := false
	tail := backends.OpenTail(t.Context(), backends.Target{Kind: backends.KindChannel, Name: "c"},
		func(ctx context.Context, tail *backends.Tail) {
			tail.Update(func(s *backends.TailState) { s.State = backends.Live })
			tail.Gap("reconnected")
			tail.Ring.Add(backends.Message{Body: []byte("x"), Size: 1})
			<-ctx.Done()
			ended = true
		})
	tail.Close()
	got, _ := tail.Ring.From(0, 10)
	if !ended || len(got) != 2 || got[0].Gap != "reconnected" || !got[1].Complete() {
		t.Errorf("ended %v, %+v", ended, got)
	}
	if s := tail.State(); s.Gaps != 1 || s.State != backends.Live {
		t.Errorf("%+v", s)
	}
}

func TestPlanAllows(t *testing.T) {
	target := backends.Target{Kind: backends.KindQueue, Name: "orders"}
	for _, c := range []struct {
		consent backends.Consent
		look    backends.Look
		want    bool
	}{
		{backends.Free, backends.Look{}, true},
		{backends.Confirm, backends.Look{}, false},
		{backends.Confirm, backends.Look{Confirmed: true}, true},
		{backends.TypeName, backends.Look{Confirmed: true}, false},
		{backends.TypeName, backends.Look{TypedName: "order"}, false},
		{backends.TypeName, backends.Look{TypedName: "orders"}, true},
		{backends.Refused, backends.Look{Confirmed: true, TypedName: "orders"}, false},
	} {
		if got := (backends.Plan{Target: target, Consent: c.consent}).Allows(c.look); got != c.want {
			t.Errorf("consent %d, look %+v: %v", c.consent, c.look, got)
		}
	}
	phrase := backends.Plan{Target: target, Consent: backends.TypeName, Phrase: "orders again"}
	for typed, want := range map[string]bool{"orders": false, "orders again": true, "": false} {
		if got := phrase.Allows(backends.Look{TypedName: typed, Confirmed: true}); got != want {
			t.Errorf("phrase %q: %v", typed, got)
		}
	}
}

func TestOpenSaysWhatIsWrongAndNoSecret(t *testing.T) {
	for _, raw := range []string{
		"redis://user:hunter2@host:notaport", "redis://user:hunter2@host:99999999/%zz", "hunter2", "",
		"mysql://user:hunter2@host/", "redis://user:hunter2%@host", "://hunter2", "redis://[::1:hunter2",
	} {
		_, err := backends.Drivers{{Schemes: []string{"redis"}}}.Open(raw, backends.Options{})
		var fault *backends.Error
		if !errors.As(err, &fault) || fault.Reason != backends.BadUsage || fault.Advice == "" {
			t.Errorf("%q: %v", raw, err)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: the error says %q", raw, err)
		}
	}
}
