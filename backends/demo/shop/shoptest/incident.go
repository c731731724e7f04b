package shoptest

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"bustop/backends/demo/shop"
)

// Incident follows the first round of an incident that began at begin, by the clock, and checks
// that in each phase a console could see what the timeline says.
func (l Look) Incident(begin time.Time) {
	l.T.Helper()
	db := redis.NewClient(l.Redis())
	defer db.Close()
	i := incident{Look: l, db: db}
	for n, phase := range shop.Incident.Timeline() {
		left := 2 * time.Minute
		if next := shop.Incident.Timeline(); n+1 < len(next) {
			left = next[n+1].At - phase.At
		}
		l.until(begin.Add(phase.At + left*9/10))
		i.at(phase)
	}
}

// until waits for a time.
func (l Look) until(t time.Time) {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.T.Context().Done():
	}
}

type incident struct {
	Look
	db *redis.Client
}

// view is what can be seen of an incident.
type view struct {
	Shipping QueueState
	Lag      int64 // of the ledger
	Endless  bool  // the reporter's lock
	Alarm    bool
	Blocked  int // connections
}

// signs are what tells the phases apart.
type signs struct{ backlog, endless, alarm, blocked bool }

func signsOf(phase string) signs {
	switch phase {
	case "stall":
		return signs{backlog: true}
	case "lost lock":
		return signs{backlog: true, endless: true}
	case "memory alarm":
		return signs{backlog: true, endless: true, alarm: true, blocked: true}
	}
	return signs{}
}

func (v view) signs() signs {
	return signs{v.Shipping.Messages > 20 && v.Lag > 20, v.Endless, v.Alarm, v.Blocked > 2}
}

func (i incident) at(phase shop.Phase) {
	i.T.Helper()
	v := i.look(i.T.Context())
	i.T.Logf("%v %s: %+v", phase.At, phase.Name, v)
	if got, want := v.signs(), signsOf(phase.Name); got != want {
		i.T.Errorf("%s shows as %+v, want %+v: %+v", phase.Name, got, want, v)
	}
	if v.Shipping.Consumers != 1 || (!signsOf(phase.Name).alarm && v.Blocked > 0) {
		i.T.Errorf("%s: %+v", phase.Name, v)
	}
}

func (i incident) look(ctx context.Context) view {
	i.T.Helper()
	v := view{Shipping: i.Queue("shipping"), Endless: i.db.PTTL(ctx, "lock:report:nightly").Val() == -1}
	for _, g := range i.db.XInfoGroups(ctx, "payments").Val() {
		if g.Name == "ledger" {
			v.Lag = g.Lag
		}
	}
	var nodes []struct {
		Alarm bool `json:"mem_alarm"`
	}
	i.get("/api/nodes", &nodes)
	v.Alarm = len(nodes) == 1 && nodes[0].Alarm
	var connections []struct{ State string }
	i.get("/api/connections", &connections)
	for _, c := range connections {
		if c.State == "blocked" {
			v.Blocked++
		}
	}
	return v
}
