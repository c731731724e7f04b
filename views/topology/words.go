package topology

import (
	"slices"
	"strings"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// keysText are the keys by which an edge leads on, as its kind of exchange reads them.
func keysText(kind string, e backends.Edge) string {
	switch e.Way {
	case backends.ByName:
		return "by its name"
	case backends.ByAlternate:
		return "unmatched"
	case backends.ByDeath:
		return "dead letters"
	case backends.ByBinding:
	}
	return bindingsText(kind, e.Bindings)
}

func bindingsText(kind string, bindings []backends.Binding) string {
	if kind == "fanout" {
		return "all"
	}
	keys := make([]string, len(bindings))
	for i, b := range bindings {
		keys[i] = bindingText(kind, b)
	}
	return strings.Join(keys, ", ")
}

func bindingText(kind string, b backends.Binding) string {
	if kind == "headers" {
		fields := make([]string, len(b.Arguments))
		for i, f := range b.Arguments {
			fields[i] = f.Name + "=" + string(f.Value)
		}
		if len(fields) == 0 {
			return "all"
		}
		return ui.Clean(strings.Join(fields, " "))
	}
	if b.RoutingKey == "" {
		return `""`
	}
	return ui.Clean(b.RoutingKey)
}

// rate is a rate where there is one to tell.
func rate(r backends.Rate) string {
	if !r.Known() {
		return ""
	}
	return views.Rate(r)
}

// waiting is how many messages a queue holds.
func waiting(q backends.Queue) string {
	if q.Ready.Known() {
		return views.Count(q.Ready)
	}
	return views.Count(q.Total)
}

// delays reports whether messages leave a queue by their age, for where its dead letters go.
func delays(q backends.Queue) bool {
	return q.DeadLetterExchange != "" && slices.ContainsFunc(q.Arguments, func(f backends.Field) bool { return f.Name == "x-message-ttl" })
}

// consumerName is the tag with the address of the client.
func consumerName(c backends.Subscriber) string {
	name := ui.Clean(c.Tag)
	if c.Client != "" {
		name += " @" + ui.Clean(c.Client)
	}
	if c.Waiting {
		name += waits
	}
	return name
}

// waits marks a consumer that gets nothing as long as another one is there.
const waits = " (waits)"

// consumerIn is consumerName in at most w cells. Of a tag that a library made up the part that is the same
// for all goes first: the folder of the program (amqp091-go), or all of it, for the address (the server's
// own amq.ctag-). Then goes the address.
func consumerIn(c backends.Subscriber, w int) string {
	if name := consumerName(c); ui.Width(name) <= w {
		return name
	}
	after := ""
	if c.Waiting {
		after = waits
	}
	room := max(w-ui.Width(after), 1)
	tag, client := ui.Clean(c.Tag), ui.Clean(c.Client)
	switch {
	case client == "":
	case strings.HasPrefix(tag, "amq.ctag-"):
		return trimmed("@"+client, room) + after
	case strings.HasPrefix(tag, "ctag-"):
		tag = tag[strings.LastIndexByte(tag, '/')+1:]
	}
	if name := tag + " @" + client; client != "" && ui.Width(name) <= room {
		return name + after
	}
	return trimmed(tag, room) + after
}

// trimmed is a name in at most w cells, cut in the middle.
func trimmed(name string, w int) string { return ui.Middle(name, min(ui.Width(name), w)) }

// apart is a name in at most w cells, cut so that the cell is seen from which on it differs from those that
// it stands among.
func apart(name string, w, from int) string { return ui.Around(name, min(ui.Width(name), w), from) }

// differ tells of each name, as it is drawn, how many cells at its beginning it shares with another one.
func differ(names []string) map[string]int {
	sorted := slices.Sorted(slices.Values(names))
	from := make(map[string]int, len(sorted))
	for i := range len(sorted) - 1 {
		a, b := sorted[i], sorted[i+1]
		if a == b {
			continue
		}
		n := 0
		for n < min(len(a), len(b)) && a[n] == b[n] {
			n++
		}
		clean := ui.Width(ui.Clean(a[:n]))
		from[a], from[b] = max(from[a], clean), clean
	}
	return from
}

// graded parts flaws by which messages are lost or pile up from what is only remarked.
func graded(flaws []backends.Flaw) (grave, remarks []backends.Flaw) {
	for _, f := range flaws {
		if f.Severity == backends.Info {
			remarks = append(remarks, f)
		} else {
			grave = append(grave, f)
		}
	}
	return grave, remarks
}

// flawsText says how many flaws there are, "" for none.
func flawsText(t *ui.Theme, flaws []backends.Flaw) string {
	grave, remarks := graded(flaws)
	var parts []string
	if n := len(grave); n > 0 {
		parts = append(parts, t.Bad.Paint(views.Things(backends.ExactCount(int64(n)), "flaw", "flaws")))
	}
	if n := len(remarks); n > 0 {
		parts = append(parts, t.Warn.Paint(views.Things(backends.ExactCount(int64(n)), "remark", "remarks")))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + t.Dim.Paint(" (n)")
}

// sign is a mark for a place with a flaw.
func (g *graph) sign(t *ui.Theme, target backends.Target) string {
	worst := ""
	for _, f := range g.flaws[target] {
		switch {
		case f.Severity != backends.Info:
			return t.Bad.Paint("!")
		case worst == "":
			worst = t.Warn.Paint("?")
		}
	}
	return worst
}

// about is what there is to say of a place: its figures, then its flaws in full.
func (g *graph) about(t *ui.Theme, target backends.Target) []string {
	parts := []string{t.Bold.Paint(string(target.Kind)) + " " + ui.Clean(target.Name)}
	add := func(label, text string) {
		if text != "" && text != views.Unknown {
			parts = append(parts, t.Dim.Paint(label+" ")+text)
		}
	}
	if q, ok := g.queues[target.Name]; ok && target.Kind == backends.KindQueue {
		add("type", ui.Clean(q.Type))
		add("ready", views.Count(q.Ready))
		add("unacked", views.Count(q.Unacked))
		add("consumers", views.Count(q.Consumers))
		add("in", views.Rate(q.InRate))
		add("out", views.Rate(q.OutRate))
		if e, ok := g.deaths[q.Name]; ok {
			add("dead letters", ui.Clean(e.To.String()))
		}
	}
	if x, ok := g.exchanges[target.Name]; ok && target.Kind == backends.KindExchange {
		add("type", ui.Clean(x.Type))
		add("flags", strings.Join(x.Flags, " "))
		add("in", views.Rate(x.InRate))
		add("out", views.Rate(x.OutRate))
		add("unmatched to", ui.Clean(x.Alternate))
		add("from", publishersText(g.publishers[x.Name]))
	}
	lines := []string{strings.Join(parts, t.Dim.Paint(" · "))}
	for _, f := range g.flaws[target] {
		style := t.Warn
		if f.Severity != backends.Info {
			style = t.Bad
		}
		lines = append(lines, style.Paint(f.Rule)+" "+ui.Clean(f.Text))
	}
	return lines
}

// mostPublishers are named of an exchange.
const mostPublishers = 2

// publishersText names those who publish to an exchange.
func publishersText(all []backends.Publisher) string {
	var parts []string
	for i, p := range all {
		if i == mostPublishers {
			parts = append(parts, "+"+ui.Count(int64(len(all)-i)))
			break
		}
		parts = append(parts, ui.Clean(p.Client)+" "+views.Rate(p.Rate))
	}
	return strings.Join(parts, ", ")
}

// wayText is what there is to say of the way under the marker: all its keys, and of what its rate is.
func (s *screen) wayText() string {
	p, t := &s.picture, s.deps.Theme
	if s.asTree || p.sel >= len(p.lines) || p.lines[p.sel].edge == nil || p.column != columnQueue {
		return ""
	}
	l := p.lines[p.sel]
	text := t.Dim.Paint("way from ") + ui.Clean(l.of) + t.Dim.Paint(" by ") + t.Accent.Paint(keysText(l.kind, *l.edge))
	if !l.edge.Rate.Known() {
		return text
	}
	text += t.Dim.Paint(" · ") + views.Rate(l.edge.Rate)
	switch n := len(l.edge.Bindings); {
	case l.edge.Rate.Certainty == backends.About:
		text += t.Dim.Paint(", inferred from both ends")
	case l.edge.Rate.Certainty == backends.AtLeast:
		text += t.Dim.Paint(" counted; dead letters and what comes by other exchanges may be more")
	case n > 1:
		text += t.Dim.Paint(" over its " + ui.Count(int64(n)) + " bindings together, counted by the server")
	default:
		text += t.Dim.Paint(", counted by the server")
	}
	return text
}
