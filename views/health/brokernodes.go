package health

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

func (s *Screen) nodeLines(told []backends.BrokerNode, w int) []string {
	var lines []string
	for _, n := range told {
		lines = append(lines, s.node(n, w)...)
	}
	return lines
}

func (s *Screen) node(n backends.BrokerNode, w int) []string {
	t := s.deps.Theme
	mark, facts := t.Good.Paint("●"), []string{}
	switch {
	case n.Down:
		mark, facts = t.Bad.Paint("○"), append(facts, t.Bad.Paint("not running"))
	case n.MemoryAlarm.Known() || n.DiskAlarm.Known() || len(n.Partitions) > 0:
		mark = t.Bad.Paint("●")
	case n.Draining:
		mark = t.Warn.Paint("◐")
	}
	if n.Draining {
		facts = append(facts, t.Warn.Paint("in maintenance: it takes no clients"))
	}
	if n.Ours {
		facts = append(facts, "answers us")
	}
	if n.Kind != "" {
		facts = append(facts, ui.Clean(n.Kind))
	}
	head := " " + mark + " " + t.Bold.Paint(ui.Clean(n.Name))
	if len(facts) > 0 {
		head += t.Dim.Paint(" · ") + strings.Join(facts, t.Dim.Paint(" · "))
	}
	lines := []string{head}
	for _, alarm := range []struct {
		what string
		on   backends.Span
	}{{"memory", n.MemoryAlarm}, {"disk", n.DiskAlarm}} {
		if alarm.on.Known() {
			lines = append(lines, "   "+t.Bad.Paint("! "+alarm.what+" alarm for "+views.Span(alarm.on)+": publishers are blocked on every node"))
		}
	}
	if len(n.Partitions) > 0 {
		lines = append(lines, "   "+t.Bad.Paint("! does not see "+ui.Clean(strings.Join(n.Partitions, ", "))))
	}
	if n.Down {
		return append(lines, "")
	}
	bar := min(max(w-58, 8), 30)
	lines = append(
		lines, s.pair("  up", views.Span(n.Uptime)),
		s.used("memory", n.Memory, views.Bytes, bar),
		s.pair("  disk free", s.diskFree(n)+t.Dim.Paint(", publishers are blocked below ")+views.Bytes(n.DiskLimit)),
		s.used("file descriptors", n.Files, views.Count, bar), s.used("sockets", n.Sockets, views.Count, bar), s.used("processes", n.Processes, views.Count, bar),
		s.pair("  run queue", views.Count(n.RunQueue)), "",
	)
	return lines
}

// diskFree paints how much is free where that is below the limit, or less than twice as much.
func (s *Screen) diskFree(n backends.BrokerNode) string {
	text, known := views.Bytes(n.DiskFree), n.DiskFree.Known() && n.DiskLimit.Known()
	switch {
	case n.DiskAlarm.Known(), known && n.DiskFree.Value < n.DiskLimit.Value:
		return s.deps.Theme.Bad.Paint(text)
	case known && n.DiskFree.Value/2 < n.DiskLimit.Value:
		return s.deps.Theme.Warn.Paint(text)
	}
	return text
}

// used is a line of how much of a limit is used; without a limit, of how much.
func (s *Screen) used(name string, u backends.Usage, text func(backends.Count) string, bar int) string {
	t := s.deps.Theme
	share := u.Share()
	if !share.Known() {
		return s.pair("  "+name, text(u.Used))
	}
	style := t.Live
	switch {
	case share.Value >= 0.95:
		style = t.Bad
	case share.Value >= 0.8:
		style = t.Warn
	}
	return s.pair("  "+name, ui.Fit(text(u.Used)+" of "+text(u.Limit), 22)+" "+style.Paint(ui.Bar(share.Value, bar))+" "+percent(share))
}

func (s *Screen) vhostLines(told []backends.BrokerVhost, w int) []string {
	t := s.deps.Theme
	heads := []head{{"VHOST", 0, false}, {"READY", 8, true}, {"UNACKED", 8, true}, {"IN/S", 7, true}, {"OUT/S", 7, true}, {"LIMITS", min(max(w/5, 16), 40), false}}
	var rows [][]string
	var notes []string
	for _, v := range told {
		name := ui.Clean(v.Name)
		if v.Ours {
			name = t.Bold.Paint(name) + t.Dim.Paint(" ← this source")
		}
		limits := t.Dim.Paint("none")
		if v.LimitsErr != nil {
			limits = views.Unknown
		} else if len(v.Limits) > 0 {
			limits = limitText(v.Limits)
		}
		rows = append(rows, []string{name, views.Count(v.Ready), views.Count(v.Unacked), views.Rate(v.Publish), views.Rate(v.Deliver), limits})
		notes = append(notes, s.vhostNotes(v, w)...)
	}
	return append(append(grid(t, w, heads, rows), ""), notes...)
}

// vhostNotes are what is unusual of a vhost.
func (s *Screen) vhostNotes(v backends.BrokerVhost, w int) []string {
	t := s.deps.Theme
	name := ui.Clean(v.Name)
	var notes []string
	if len(v.DownOn) > 0 {
		notes = append(notes, " "+t.Bad.Paint("! "+name+" does not run on "+ui.Clean(strings.Join(v.DownOn, ", "))))
	}
	if v.Tracing {
		notes = append(notes, " "+t.Warn.Paint("! "+name+": tracing is on, every message is copied to amq.rabbitmq.trace"))
	}
	var facts []string
	if v.Description != "" {
		facts = append(facts, v.Description)
	}
	if len(v.Tags) > 0 {
		facts = append(facts, "tags "+strings.Join(v.Tags, ", "))
	}
	if v.DefaultQueueType != "" {
		facts = append(facts, "queues are "+v.DefaultQueueType+" unless declared otherwise")
	}
	if len(facts) > 0 {
		notes = append(notes, s.dimLines(v.Name+": "+strings.Join(facts, " · "), w)...)
	}
	return notes
}

// limitText names limits, shortly; a negative one is none.
func limitText(limits map[string]int64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		if n := limits[name]; n >= 0 {
			parts = append(parts, strings.TrimPrefix(ui.Clean(name), "max-")+" "+ui.Count(n))
		}
	}
	return strings.Join(parts, ", ")
}

func (s *Screen) policyLines(told backends.BrokerRules, w int) []string {
	lines := s.rules("POLICY", told.Policies, w)
	lines = append(append(lines, ""), s.rules("OPERATOR POLICY", told.Operator, w)...)
	return append(append(lines, ""), s.dimLines("of the vhosts that we may enter; what an operator policy limits counts over the policy and the queue's own arguments", w)...)
}

func (s *Screen) rules(title string, part backends.Part[backends.BrokerPolicy], w int) []string {
	t := s.deps.Theme
	if part.Err != nil {
		return append([]string{t.Header.Line(" "+title, w)}, s.refusal(part.Err, w)...)
	}
	heads := []head{{title, 0, false}, {"PATTERN", max(w/4, 12), false}, {"APPLIES TO", 14, false}, {"PRIORITY", 8, true}, {"VHOST", 14, false}}
	lines := grid(t, w, heads, nil)
	for _, p := range part.Items {
		row := []string{t.Bold.Paint(ui.Clean(p.Name)), ui.Clean(p.Pattern), orUnknown(p.ApplyTo), views.Count(p.Priority), ui.Clean(p.Vhost)}
		lines = append(lines, grid(t, w, heads, [][]string{row})[1:]...)
		for _, d := range p.Definition {
			lines = append(lines, "   "+t.Dim.Paint(ui.Clean(d)))
		}
	}
	if len(part.Items) == 0 {
		lines = append(lines, s.dim("none"))
	}
	return lines
}

func (s *Screen) linkLines(told backends.BrokerTransfers, w int) []string {
	lines := s.transfers("SHOVELS", told.Shovels, told.NoShovels, "rabbitmq_shovel_management", w)
	lines = append(append(lines, ""), s.transfers("FEDERATION", told.Federation, told.NoFederation, "rabbitmq_federation_management", w)...)
	note := "of the vhosts that we may enter"
	undated := func(l backends.BrokerTransfer) bool { return l.Since != "" && !l.For.Known() }
	if slices.ContainsFunc(told.Shovels.Items, undated) || slices.ContainsFunc(told.Federation.Items, undated) {
		note += "; times are by the server's clock, which does not tell its zone"
	}
	return append(append(lines, ""), s.dimLines(note, w)...)
}

func (s *Screen) transfers(title string, part backends.Part[backends.BrokerTransfer], without bool, plugin string, w int) []string {
	t := s.deps.Theme
	lines := []string{t.Header.Line(" "+title, w)}
	switch {
	case part.Err != nil:
		return append(lines, s.refusal(part.Err, w)...)
	case without:
		return append(lines, s.dimLines("the server does not tell of any: the plugin "+plugin+" is not enabled", w)...)
	case len(part.Items) == 0:
		return append(lines, s.dim("none"))
	}
	for _, l := range part.Items {
		style := t.Bad
		switch l.State {
		case "running":
			style = t.Good
		case "starting":
			style = t.Warn
		}
		since := ""
		switch {
		case l.For.Known():
			since = t.Dim.Paint(" for " + views.Span(l.For))
		case l.Since != "":
			since = t.Dim.Paint(" since ~" + ui.Clean(l.Since))
		}
		lines = append(lines, ui.Fit(" "+style.Paint(orUnknown(l.State))+since+"  "+t.Bold.Paint(ui.Clean(l.Name))+
			t.Dim.Paint(" · "+ui.Clean(l.Kind)+" · vhost "+ui.Clean(l.Vhost)+" · on "+ui.Clean(l.Node)), w))
		if l.From != "" || l.To != "" {
			lines = append(lines, ui.Fit("   "+orUnknown(l.From)+t.Dim.Paint(" → ")+orUnknown(l.To), w))
		}
		if l.Problem != "" {
			lines = append(lines, ui.Fit("   "+t.Bad.Paint("! "+ui.Clean(l.Problem)), w))
		}
	}
	return lines
}

func (s *Screen) accessLines(told backends.BrokerRights, w int) []string {
	t, r := s.deps.Theme, told
	tags := ui.Clean(strings.Join(r.Tags, ", "))
	if tags == "" {
		tags = t.Dim.Paint("no tags, or none that the server tells")
	}
	lines := []string{s.pair("user", t.Bold.Paint(orUnknown(r.User))), s.pair("tags", tags), ""}
	for _, a := range r.Abilities {
		lines = append(lines, s.ability(a, w)...)
	}
	lines = append(append(lines, ""), s.permissions(r, w)...)
	return lines
}

// ability is a line of what our rights allow, and what is missing where they do not.
func (s *Screen) ability(a backends.BrokerAbility, w int) []string {
	t := s.deps.Theme
	switch a.Verdict {
	case backends.Granted:
		return []string{" " + t.Good.Paint("✓") + " " + ui.Clean(a.What)}
	case backends.Missing:
		lines := []string{ui.Fit(" "+t.Bad.Paint("✗")+" "+t.Dim.Paint(ui.Clean(a.What))+"  takes "+ui.Clean(a.Right), w)}
		return append(lines, ui.Fit("     "+t.Dim.Paint(ui.Clean(a.Advice)), w))
	case backends.Undecided:
	}
	return []string{
		ui.Fit(" "+t.Warn.Paint("?")+" "+ui.Clean(a.What)+t.Dim.Paint("  takes "+ui.Clean(a.Right)), w),
		ui.Fit("     "+t.Dim.Paint("the server does not tell us whether we have it"), w),
	}
}

func (s *Screen) permissions(r backends.BrokerRights, w int) []string {
	t := s.deps.Theme
	if r.Permissions.Err != nil {
		lines := s.refusal(r.Permissions.Err, w)
		lines[0] = t.Header.Line(" PERMISSIONS", w)
		return lines
	}
	size := max((w-30)/3, 8)
	var rows [][]string
	for _, p := range r.Permissions.Items {
		rows = append(rows, []string{ui.Clean(p.Vhost), pattern(p.Configure), pattern(p.Write), pattern(p.Read)})
	}
	lines := grid(t, w, []head{{"VHOST", 0, false}, {"CONFIGURE", size, false}, {"WRITE", size, false}, {"READ", size, false}}, rows)
	if len(rows) == 0 {
		lines = append(lines, " "+t.Warn.Paint("no permission in any vhost"))
	}
	if len(r.Topics.Items) == 0 {
		return lines
	}
	rows = nil
	for _, p := range r.Topics.Items {
		rows = append(rows, []string{ui.Clean(p.Vhost), ui.Clean(p.Exchange), pattern(p.Write), pattern(p.Read)})
	}
	return append(append(lines, ""), grid(t, w, []head{{"VHOST", 0, false}, {"TOPIC EXCHANGE", size, false}, {"WRITE KEYS", size, false}, {"READ KEYS", size, false}}, rows)...)
}

// pattern is a regular expression of a permission; the empty one matches nothing.
func pattern(text string) string {
	if text == "" || text == "^$" {
		return "nothing"
	}
	return ui.Clean(text)
}

func (s *Screen) featureLines(told []backends.BrokerFeature, w int) []string {
	t := s.deps.Theme
	var rows [][]string
	off := 0
	for _, f := range told {
		state := ui.Clean(f.State)
		switch {
		case f.State == "enabled":
		case f.Stability == "experimental": // off unless somebody wants it
			state = t.Dim.Paint(state)
		default:
			state = t.Warn.Paint(state)
			off++
		}
		rows = append(rows, []string{ui.Clean(f.Name), state, orUnknown(f.Stability), ui.Clean(f.Description)})
	}
	note := "all that are not experimental are enabled"
	if off > 0 {
		note = "not enabled: " + strconv.Itoa(off) + ", which an upgrade may ask for (rabbitmqctl enable_feature_flag all)"
	}
	size := min(max(w/3, 20), 34)
	return append([]string{s.dim(note)}, grid(t, w, []head{{"FEATURE", size, false}, {"STATE", 11, false}, {"STABILITY", 12, false}, {"WHAT IT IS", 0, false}}, rows)...)
}
