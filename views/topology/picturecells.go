package topology

import (
	"cmp"
	"strings"

	"bustop/backends"
	"bustop/ui"
)

// widths are the cells of the columns.
type widths struct{ exchange, edge, queue, who int }

// columns shares w cells out. Where there are few, consumers are left out.
func columns(w int) widths {
	w -= 2 // the marker and a blank
	if w < 60 {
		c := widths{exchange: w * 3 / 10, edge: w * 35 / 100}
		c.queue = w - c.exchange - c.edge
		return c
	}
	c := widths{exchange: min(w*22/100, 44), edge: min(w*31/100, 60), queue: min(w*23/100, 48)}
	c.who = w - c.exchange - c.edge - c.queue
	return c
}

// render draws the lines in sight.
func (p *picture) render(g *graph, t *ui.Theme, w, h int) []string {
	c := columns(w)
	if narrow := c.who == 0; narrow != p.narrow {
		p.narrow = narrow
		p.set(g, t)
	}
	p.page = h
	p.top = max(min(p.top, p.sel), p.sel-h+1, 0)
	p.top = max(min(p.top, len(p.lines)-h), 0)
	out := make([]string, 0, h)
	for i := p.top; i < min(p.top+h, len(p.lines)); i++ {
		out = append(out, ui.Fit(p.line(g, t, c, i), w))
	}
	return ui.Pad(out, w, h)
}

func (p *picture) line(g *graph, t *ui.Theme, c widths, i int) string {
	s := p.lines[i]
	if s.of == "" {
		return ""
	}
	mark := " "
	here := i == p.sel
	if here {
		mark = t.Accent.Paint("▌")
	}
	var b strings.Builder
	b.WriteString(mark + " ")
	b.WriteString(p.exchangeCell(g, t, c.exchange, s, here && p.column == columnExchange))
	if s.more || s.edge == nil && s.place.Name == "" {
		b.WriteString(" " + selectable(t, s.text, here))
		return b.String()
	}
	b.WriteString(edgeCell(t, c.edge, s))
	on := here && p.column == columnQueue
	if s.text != "" {
		b.WriteString(selectable(t, s.text, on))
		return b.String()
	}
	b.WriteString(queueCell(g, t, c.queue, s, on))
	if c.who > 0 {
		b.WriteString(whoCell(t, c.who, s))
	}
	return b.String()
}

func selectable(t *ui.Theme, text string, on bool) string {
	if on {
		return t.Selected.Line(text, ui.Width(text))
	}
	return text
}

// exchangeCell is the name of the exchange with what is published to it, and the joint.
func (p *picture) exchangeCell(g *graph, t *ui.Theme, w int, s stroke, on bool) string {
	room := w - 2
	joint := t.Border.Paint(s.fork)
	if s.fork == "" {
		joint = "  "
	}
	if s.exchange == "" {
		if on { // the name is above, perhaps out of sight
			name := apart(ui.Clean(s.of), room-1, g.differ[s.of])
			return selectable(t, name, true) + ui.Fit("", room-ui.Width(name)) + joint
		}
		return ui.Fit("", room) + joint
	}
	x := g.exchanges[s.exchange]
	figure := rate(x.InRate)
	name := ui.Clean(s.exchange)
	sign := g.sign(t, exchangeNamed(s.exchange))
	if ui.Width(name)+ui.Width(sign)+ui.Width(figure)+2 > room {
		figure = "" // it is told below when the marker is here
	}
	name = apart(name, max(room-ui.Width(sign)-1, 1), g.differ[s.exchange])
	text := selectable(t, name, on) + sign
	if figure != "" {
		text += " " + t.Live.Paint(figure)
	}
	text = ui.Fit(text, min(ui.Width(text), room-1)) + " "
	fill := " "
	if strings.HasPrefix(s.fork, "─") {
		fill = "─"
	}
	return text + t.Border.Paint(strings.Repeat(fill, max(room-ui.Width(text), 0))) + joint
}

// leastKeys are the cells that keys need beside a rate.
const leastKeys = 6

// edgeCell is a way with its keys and rate: "─ order.* ── 12/s ─▶ ".
func edgeCell(t *ui.Theme, w int, s stroke) string {
	if s.edge == nil {
		return ui.Fit("", w)
	}
	dash, room := "─", w-ui.Width("─  ─▶ ")
	if s.edge.Way != backends.ByBinding {
		dash = "╌"
	}
	figure := rate(s.edge.Rate)
	if with := room - ui.Width(figure) - 2; figure != "" && with >= leastKeys {
		room = with
	} else {
		figure = ""
	}
	keys := keysText(s.kind, *s.edge)
	if n := len(s.edge.Bindings); n > 1 && ui.Width(keys) > room {
		more := " +" + ui.Count(int64(n-1))
		first := bindingsText(s.kind, s.edge.Bindings[:1])
		keys = trimmed(first, max(room-ui.Width(more), 1)) + more
	}
	keys = trimmed(keys, max(room, 1))
	text := t.Border.Paint(dash+" ") + t.Accent.Paint(keys) + " "
	tail := t.Border.Paint(dash+"▶") + " "
	if figure != "" {
		tail = " " + t.Live.Paint(figure) + " " + tail
	}
	fill := max(w-ui.Width(text)-ui.Width(tail), 0)
	return text + t.Border.Paint(strings.Repeat(dash, fill)) + tail
}

// queueCell is a queue with what waits in it, or an exchange that a binding leads to.
func queueCell(g *graph, t *ui.Theme, w int, s stroke, on bool) string {
	if !s.shown {
		return ui.Fit("", w)
	}
	name, from, figure := ui.Clean(s.place.Name), s.from, ""
	if s.place.Kind == backends.KindExchange {
		name, from = "⇉ "+name, from+2
	} else {
		figure = waiting(g.queues[s.place.Name])
	}
	sign := g.sign(t, s.place)
	name = apart(name, max(w-ui.Width(figure)-ui.Width(sign)-2, 1), from)
	text := selectable(t, name, on) + sign
	if figure != "" {
		text += " " + t.Bold.Paint(figure)
	}
	text = ui.Fit(text, min(ui.Width(text), w-1)) + " "
	fill := " "
	if s.join != "" {
		fill = "─"
	}
	return text + t.Border.Paint(strings.Repeat(fill, max(w-ui.Width(text), 0)))
}

// whoCell is who takes messages out of the queue.
func whoCell(t *ui.Theme, w int, s stroke) string {
	switch {
	case s.again:
		return ui.Fit(t.Dim.Paint("(above)"), w)
	case s.join == "":
		return ui.Fit(" "+s.who, w)
	}
	figure := rate(s.rate)
	text := t.Border.Paint(cmp.Or(s.join, "  "))
	if figure != "" {
		text += t.Border.Paint(" ") + t.Live.Paint(figure) + " "
	}
	text += t.Border.Paint("─▶ ")
	who, room := s.who, max(w-ui.Width(text), 1)
	switch {
	case s.sub != nil:
		who = consumerIn(*s.sub, room)
	case s.next != "":
		who = s.style.Paint(trimmed(s.next, room))
	}
	return ui.Fit(text+who, w)
}
