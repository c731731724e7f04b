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

// consumerName is the tag, and for tags that clients made up the address.
func consumerName(c backends.Subscriber) string {
	name := ui.Clean(c.Tag)
	if c.Client != "" {
		name += " @" + ui.Clean(c.Client)
	}
	if c.Waiting {
		name += " (waits)"
	}
	return name
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
