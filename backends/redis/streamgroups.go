package redis

import (
	"context"
	"time"

	"bustop/backends"
)

const (
	// lagProbe is how many entries are counted at most to find a lag that the server does not know,
	// lagBytes about how many bytes of them.
	lagProbe = 100
	lagBytes = 64 << 10
)

// group reads one entry of XINFO GROUPS. Servers before 7 tell no lag, later ones tell none when
// entries were deleted that the group had not been given; where it follows from the rest it is filled
// in.
func group(st backends.Stream, f map[string]any, now time.Time) backends.Group {
	g := backends.Group{
		Name: textOf(f, "name"), ConsumerCount: countOf(f, "consumers"), Pending: countOf(f, "pending"),
		Lag: countOf(f, "lag"), LastDeliveredID: textOf(f, "last-delivered-id"), EntriesRead: countOf(f, "entries-read"),
	}
	fresh := st.EndsAt.IsZero()
	switch {
	case g.Lag.Known():
	case st.Length.Known() && st.Length.Value == 0, fresh && !olderID(g.LastDeliveredID, st.LastID):
		g.Lag = backends.ExactCount(0)
	case fresh && st.FirstID != "" && olderID(g.LastDeliveredID, st.FirstID):
		g.Lag = st.Length // it was given none of what there is
	case g.EntriesRead.Known() && st.Length.Value > g.EntriesRead.Value:
		// At most all that was ever deleted is missing from what it was not given.
		g.Lag = backends.CountAtLeast(st.Length.Value - g.EntriesRead.Value)
	}
	g.LagTime = lagTime(st, g, now)
	return g
}

// lagTime is how long the oldest entry that waits for a group has waited: exact where that is the
// stream's first, else about since the last one that the group was given.
func lagTime(st backends.Stream, g backends.Group, now time.Time) backends.Span {
	since, certainty := idTime(g.LastDeliveredID, now), backends.About
	fresh := st.EndsAt.IsZero()
	switch {
	case g.Lag == backends.ExactCount(0):
		return backends.ExactSpan(0)
	case !fresh && !g.Lag.Known():
		return backends.Span{} // whether anything waits is not known
	case olderID(g.LastDeliveredID, st.FirstID):
		since = st.FirstTime
		if fresh {
			certainty = backends.Exact
		}
	}
	if since.IsZero() {
		return backends.Span{}
	}
	return backends.Span{Value: max(now.Sub(since), 0), Certainty: certainty}
}

// waits reports whether reading the entries after the last one given could tell more of a group.
func waits(g *backends.Group) bool {
	return g.LastDeliveredID != "" && (!g.Lag.Known() || g.Lag.Certainty == backends.AtLeast)
}

// waiting is a look at the first entries that wait for a group.
type waiting struct {
	group *backends.Group
	count int
}

// lags finds the lags that the server did not tell, by counting a bounded number of entries. Where
// first is set the entries that wait are looked at for every group of which they tell more, and be it
// the age of the oldest.
func (l streams) lags(ctx context.Context, rows []row[streamRow], first bool, now time.Time) error {
	var cmds []command
	var of []waiting
	for i := range rows {
		st := &rows[i].item
		for j := range st.Groups {
			g := &st.Groups[j]
			p := waiting{group: g}
			switch {
			case st.facts.known: // its entries are large
			case waits(g) && (first || !g.Lag.Known()):
				p.count = min(max(lagBytes/(st.facts.entry+1), 1), lagProbe)
			case first && g.Lag.Value > 0 && g.LagTime.Certainty == backends.About && st.facts.entry < lagBytes:
				p.count = 1
			}
			if p.count > 0 {
				cmds = append(cmds, command{"XRANGE", st.Name, nextID(g.LastDeliveredID), "+", "COUNT", p.count})
				of = append(of, p)
			}
		}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	for i, a := range answers {
		if entries, ok := a.value.([]any); ok {
			of[i].saw(entries, now)
		}
	}
	return nil
}

// saw takes in the entries after the last one that the group was given.
func (p waiting) saw(entries []any, now time.Time) {
	g := p.group
	if len(entries) == 0 {
		g.Lag, g.LagTime = backends.ExactCount(0), backends.ExactSpan(0)
		return
	}
	if oldest := idTime(entryID(entries[0]), now); !oldest.IsZero() {
		g.LagTime = backends.ExactSpan(max(now.Sub(oldest), 0))
	}
	switch n := int64(len(entries)); {
	case len(entries) < p.count:
		g.Lag = backends.ExactCount(n)
	case g.Lag.Certainty != backends.Exact:
		g.Lag = backends.CountAtLeast(max(n, g.Lag.Value))
	}
}

func consumer(f map[string]any) backends.Consumer {
	c := backends.Consumer{Name: textOf(f, "name"), Pending: countOf(f, "pending")}
	if idle, ok := f["idle"].(int64); ok {
		c.Idle = backends.ExactSpan(time.Duration(idle) * time.Millisecond)
	}
	return c
}

// oldest is how long the first of a group's pending entries has waited since it was last
// delivered; another one may have waited longer.
func oldest(v any) backends.Span {
	list, _ := v.([]any)
	if len(list) == 0 {
		return backends.Span{}
	}
	entry, _ := list[0].([]any)
	if len(entry) < 4 {
		return backends.Span{}
	}
	idle, _ := entry[2].(int64)
	return backends.Span{Value: time.Duration(idle) * time.Millisecond, Certainty: backends.AtLeast}
}
