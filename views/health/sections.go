package health

import (
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

func (s *Screen) memoryLines(w int) []string {
	return ofServers(s, s.details.Last, w, func(d backends.ServerDetail, w int) []string {
		t, m := s.deps.Theme, d.Memory
		limit := "no limit"
		if m.Limit.Known() {
			share := float64(m.Used.Value) / float64(max(m.Limit.Value, 1))
			limit = views.Bytes(m.Limit) + "  " + ui.Bar(share, min(max(w-50, 8), 30)) + " " + ui.Count(int64(100*share)) + " %"
		}
		fragmentation := views.Unknown
		if m.Fragmentation.Known() {
			fragmentation = strconv.FormatFloat(m.Fragmentation.Value, 'f', 2, 64) + " times what is used is resident"
		}
		return []string{
			s.pair("used", t.Bold.Paint(views.Bytes(m.Used))), s.pair("limit", limit), s.pair("at the limit", orDash(m.Policy)),
			s.pair("peak", views.Bytes(m.Peak)), s.pair("dataset", views.Bytes(m.Dataset)), s.pair("overhead", views.Bytes(m.Overhead)),
			s.pair("clients", views.Bytes(m.Clients)), s.pair("resident", views.Bytes(m.Resident)), s.pair("fragmentation", fragmentation),
			s.pair("evicted", views.Count(d.Sample.Evicted)+" since the start"), s.pair("expired", views.Count(d.Sample.Expired)+" since the start"),
		}
	})
}

func orDash(text string) string {
	if text == "" {
		return views.Unknown
	}
	return ui.Clean(text)
}

func (s *Screen) diskLines(w int) []string {
	return ofServers(s, s.details.Last, w, func(d backends.ServerDetail, _ int) []string {
		t, p := s.deps.Theme, d.Persistence
		outcome := func(failed, running bool) string {
			switch {
			case failed:
				return t.Bad.Paint("failed")
			case running:
				return t.Live.Paint("running")
			}
			return t.Good.Paint("fine")
		}
		last := views.Unknown
		if !p.LastSave.IsZero() {
			last = views.Ago(p.LastSave, s.now) + " ago"
		}
		log := orDash(p.Log)
		if p.Log != "no" {
			log += ", " + outcome(p.LogFailed, false)
		}
		lines := []string{
			s.pair("snapshots", orDash(p.Snapshots)), s.pair("last save", last+", "+outcome(p.SaveFailed, p.Saving)),
			s.pair("unsaved changes", views.Count(p.Unsaved)), s.pair("save took", duration(p.SaveTook)), s.pair("fork took", duration(p.ForkTook)),
			s.pair("append-only log", log),
		}
		if p.Log != "no" {
			lines = append(lines, s.pair("log rewrite", outcome(p.LogRewriteFailed, p.Rewriting)), s.pair("log size", views.Bytes(p.LogSize)))
		}
		if p.Snapshots == "no" && p.Log == "no" {
			lines = append(lines, "", " "+t.Warn.Paint("! nothing is kept on disk: the data end with the process"))
		}
		return lines
	})
}

func duration(d backends.Span) string { return views.Mark(d.Certainty, ui.Duration(d.Value)) }

func (s *Screen) replicaLines(w int) []string {
	return ofServers(s, s.details.Last, w, func(d backends.ServerDetail, w int) []string {
		t, r := s.deps.Theme, d.Replication
		lines := []string{s.pair("role", orDash(r.Role)), s.pair("offset", views.Mark(r.Offset.Certainty, views.Exactly(uint64(max(r.Offset.Value, 0)))))}
		if r.Role == "replica" {
			link := t.Good.Paint("up") + ", last heard " + views.Span(r.LastHeard) + " ago"
			if !r.Linked {
				link = t.Bad.Paint("down for " + views.Span(r.LinkDown))
			}
			if r.Syncing {
				link += ", " + t.Warn.Paint("copies all data")
			}
			lines = append(lines, s.pair("master", ui.Clean(r.Master)), s.pair("link", link))
		}
		if len(r.Replicas) == 0 {
			return append(lines, "", " "+t.Dim.Paint("no replicas are connected"))
		}
		var rows [][]string
		for _, l := range r.Replicas {
			state := ui.Clean(l.State)
			if l.State != "online" {
				state = t.Warn.Paint(state)
			}
			rows = append(rows, []string{ui.Clean(l.Addr), state, views.Bytes(l.Behind), views.Span(l.Silent)})
		}
		return append(append(lines, ""), grid(t, w, []head{{"REPLICA", 0, false}, {"STATE", 12, false}, {"BEHIND", 10, true}, {"SILENT", 7, true}}, rows)...)
	})
}

func (s *Screen) keyspaceLines(w int) []string {
	return ofServers(s, s.details.Last, w, func(d backends.ServerDetail, w int) []string {
		var rows [][]string
		for _, k := range d.Keyspace {
			rows = append(rows, []string{ui.Clean(k.Name), views.Count(k.Keys), views.Count(k.Expiring), ttl(k)})
		}
		lines := grid(s.deps.Theme, w, []head{{"DATABASE", 0, false}, {"KEYS", 9, true}, {"EXPIRING", 9, true}, {"MEAN TTL", 9, true}}, rows)
		if len(rows) == 0 {
			lines = append(lines, " "+s.deps.Theme.Dim.Paint("there are no keys"))
		}
		return lines
	})
}

// ttl is the mean time that keys of a database have left; servers say 0 where none expires.
func ttl(k backends.DatabaseState) string {
	if k.Expiring.Known() && k.Expiring.Value == 0 {
		return views.Unknown
	}
	return views.Span(k.MeanTTL)
}

func (s *Screen) errorLines(w int) []string {
	return ofServers(s, s.details.Last, w, func(d backends.ServerDetail, w int) []string {
		var rows [][]string
		for _, e := range d.Errors {
			rate := views.Rate(e.Rate)
			if e.Rate.Value > 0 {
				rate = s.deps.Theme.Warn.Paint(rate)
			}
			rows = append(rows, []string{ui.Clean(e.Code), views.Count(e.Count), rate})
		}
		lines := grid(s.deps.Theme, w, []head{{"ERROR", 0, false}, {"SINCE START", 11, true}, {"NOW", 9, true}}, rows)
		if len(rows) == 0 {
			lines = append(lines, " "+s.deps.Theme.Dim.Paint("the server has answered with no error, or does not count them"))
		}
		return lines
	})
}

func (s *Screen) factLines(report backends.HealthReport, w int) []string {
	t := s.deps.Theme
	var lines []string
	group := ""
	for _, f := range report.Facts {
		if f.Group != group {
			group = f.Group
			lines = append(lines, " "+t.Accent.Paint(ui.Clean(group)))
		}
		lines = append(lines, ui.Fit("   "+t.Dim.Paint(ui.Fit(ui.Clean(f.Name), 30))+" "+ui.Clean(f.Value), w))
	}
	return lines
}

func (s *Screen) commandLines(w int) []string {
	return ofServers(s, s.commands.Last, w, func(c backends.CommandTable, w int) []string {
		t := s.deps.Theme
		var rows [][]string
		for _, u := range c.Commands {
			share := views.Unknown
			if u.Share.Known() {
				share = ui.Bar(u.Share.Value, 8)
			}
			failed := views.Rate(u.FailRate)
			if u.FailRate.Value > 0 {
				failed = t.Bad.Paint(failed)
			}
			each := duration(u.Recent)
			if !u.Recent.Known() {
				each = t.Dim.Paint(duration(u.PerCall))
			}
			rows = append(rows, []string{
				ui.Clean(u.Name), views.Rate(u.CallRate), percent(u.Share), share, each, duration(u.P99), failed, views.Count(u.Calls),
			})
		}
		lines := grid(t, w, []head{
			{"COMMAND", 0, false}, {"CALLS/S", 8, true}, {"TIME", 6, true}, {"SHARE", 8, false}, {"EACH", 7, true}, {"P99", 7, true}, {"FAILED", 7, true}, {"CALLS", 6, true},
		}, rows)
		over := "since the start; rates come with the next reading"
		if c.Over.Known() {
			over = "over the last " + ui.Duration(c.Over.Value) + "; EACH is dim where it is since the start"
		}
		return append(lines, " "+t.Dim.Paint(over))
	})
}

func percent(r backends.Rate) string {
	if !r.Known() {
		return views.Unknown
	}
	tenths := int64(1000*r.Value + 0.5)
	return ui.Count(tenths/10) + "." + ui.Count(tenths%10) + "%"
}

func (s *Screen) slowLines(w int) []string {
	return ofServers(s, s.slow.Last, w, func(l backends.SlowLog, w int) []string {
		t := s.deps.Theme
		var rows [][]string
		hidden := int64(0)
		for _, e := range l.Entries {
			if e.Ours && !s.ours {
				hidden++
				continue
			}
			who := e.Name
			if who == "" {
				who = e.Client
			}
			if e.Ours {
				who = "bustop"
			}
			rows = append(rows, []string{
				views.Ago(e.At, s.now), slowness(t, e.Took), ui.Clean(who), ui.Clean(strings.Join(e.Words, " ")),
			})
		}
		lines := grid(t, w, []head{{"AGO", 6, true}, {"TOOK", 7, true}, {"WHO", 18, false}, {"COMMAND", 0, false}}, rows)
		switch {
		case l.Over.Known() && l.Over.Value < 0:
			lines = append(lines, " "+t.Warn.Paint("the server notes nothing: slowlog-log-slower-than is negative"))
		case len(rows) == 0:
			lines = append(lines, " "+t.Dim.Paint("nothing was slow"))
		}
		note := "noted from " + duration(l.Over) + " on"
		if !l.Over.Known() {
			note = "from which length on commands are noted is not known: that takes the right to CONFIG GET"
		}
		if l.Kept.Known() {
			note += " · " + views.Count(l.Kept) + " kept"
		}
		if hidden > 0 {
			note += " · " + ui.Count(hidden) + " of bustop's own left out, o shows them"
		}
		return append(lines, " "+t.Dim.Paint(note))
	})
}

// slowness paints what held everybody up for long.
func slowness(t *ui.Theme, took time.Duration) string {
	text := ui.Duration(took)
	switch {
	case took >= 100*time.Millisecond:
		return t.Bad.Paint(text)
	case took >= 10*time.Millisecond:
		return t.Warn.Paint(text)
	}
	return text
}

func (s *Screen) latencyLines(w int) []string {
	return ofServers(s, s.latency.Last, w, func(l backends.Latency, w int) []string {
		t := s.deps.Theme
		if l.Over.Known() && l.Over.Value == 0 {
			return []string{"", "  " + t.Dim.Paint("The server does not watch for stalls: latency-monitor-threshold is 0.")}
		}
		course := min(max(w-46, 8), 60)
		var rows [][]string
		for _, e := range l.Events {
			var took []int64
			for _, spike := range e.History {
				took = append(took, spike.Took.Milliseconds())
			}
			rows = append(rows, []string{
				ui.Clean(e.Name), views.Ago(e.Last, s.now), slowness(t, e.Latest), slowness(t, e.Worst), t.Live.Paint(ui.Sparkline(took, min(course, max(len(took), 1)))),
			})
		}
		lines := grid(t, w, []head{{"STALLED AT", 16, false}, {"AGO", 6, true}, {"LATEST", 7, true}, {"WORST", 7, true}, {"COURSE", 0, false}}, rows)
		if len(rows) == 0 {
			lines = append(lines, " "+t.Dim.Paint("no stall was seen"))
		}
		return append(lines, " "+t.Dim.Paint("stalls from "+duration(l.Over)+" on"))
	})
}
