package redis

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"bustop/backends"
)

// commandStat is what a server counts of one command since its start.
type commandStat struct {
	calls, usec, failed, rejected int64
	p50, p99                      backends.Span
}

// Commands implements backends.CommandStats: the counters of INFO commandstats, and how they grew since
// they were last read.
func (h health) Commands(ctx context.Context) ([]backends.OfServer[backends.CommandTable], error) {
	return askEach(ctx, h.s, func(ctx context.Context, n *node) (t backends.CommandTable, err error) {
		// Several sections in one INFO came with 7.0; before, the last word alone counts or none.
		answers, err := n.many(ctx, []command{{"INFO", "commandstats"}, {"INFO", "latencystats"}, {"INFO", "server"}})
		if err == nil {
			err = answers[0].err
		}
		if err != nil {
			return t, err
		}
		var text strings.Builder
		for _, a := range answers {
			part, _ := a.value.(string)
			text.WriteString(part + "\r\n")
		}
		i := parseInfo(text.String())
		return n.trend.commandTable(statsOf(i), i["run_id"], time.Now()), nil
	})
}

// statsOf reads the lines "cmdstat_get:calls=…" and "latency_percentiles_usec_get:p50=…".
func statsOf(i info) map[string]commandStat {
	out := map[string]commandStat{}
	for line, value := range i {
		name, ok := strings.CutPrefix(line, "cmdstat_")
		if !ok {
			continue
		}
		f, p := pairsOf(value), pairsOf(i["latency_percentiles_usec_"+name])
		var s commandStat
		s.calls, _ = f.number("calls")
		s.usec, _ = f.number("usec")
		s.failed, _ = f.number("failed_calls")
		s.rejected, _ = f.number("rejected_calls")
		s.p50, s.p99 = infoSpan(p, "p50", time.Microsecond), infoSpan(p, "p99", time.Microsecond)
		out[name] = s
	}
	return out
}

// commandTable makes rows of counters, the command that took most of the time first. A reading that
// comes too soon after the one before has no rates of its own.
func (t *trend) commandTable(now map[string]commandStat, run string, at time.Time) backends.CommandTable {
	t.mu.Lock()
	defer t.mu.Unlock()
	table := backends.CommandTable{At: at}
	span := at.Sub(t.commandsAt)
	same := t.commands != nil && t.commandsRun == run && !reset(t.commands, now)
	if same && span >= shortest {
		table.Over = backends.ExactSpan(span)
	}
	for name, s := range now {
		row := backends.CommandUse{
			Name: strings.ToUpper(strings.ReplaceAll(name, "|", " ")), Calls: backends.ExactCount(s.calls),
			Failed: backends.ExactCount(s.failed), Rejected: backends.ExactCount(s.rejected), P50: s.p50, P99: s.p99,
		}
		if s.calls > 0 {
			row.PerCall = backends.ExactSpan(time.Duration(s.usec) * time.Microsecond / time.Duration(s.calls))
		}
		if table.Over.Known() {
			grow(&row, s, t.commands[name], span)
		}
		table.Commands = append(table.Commands, row)
	}
	slices.SortFunc(table.Commands, func(a, b backends.CommandUse) int {
		return cmp.Or(cmp.Compare(b.Share.Value, a.Share.Value), cmp.Compare(b.CallRate.Value, a.CallRate.Value),
			cmp.Compare(b.Calls.Value, a.Calls.Value), cmp.Compare(a.Name, b.Name))
	})
	if !same || span >= shortest {
		t.commands, t.commandsAt, t.commandsRun = now, at, run
	}
	return table
}

// reset reports whether counters have fallen, as they do by CONFIG RESETSTAT.
func reset(before, now map[string]commandStat) bool {
	for name, s := range before {
		if now[name].calls < s.calls {
			return true
		}
	}
	return false
}

// grow fills in what happened between two readings.
func grow(row *backends.CommandUse, now, before commandStat, span time.Duration) {
	calls, spent := now.calls-before.calls, time.Duration(now.usec-before.usec)*time.Microsecond
	row.CallRate = backends.ExactRate(float64(calls) / span.Seconds())
	row.FailRate = backends.ExactRate(float64(now.failed+now.rejected-before.failed-before.rejected) / span.Seconds())
	row.Share = backends.ExactRate(spent.Seconds() / span.Seconds())
	if calls > 0 {
		row.Recent = backends.ExactSpan(spent / time.Duration(calls))
	}
}
