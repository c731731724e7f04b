package messages

import (
	"slices"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

const (
	// maxRoutes bounds the routes that get a mark of their own; those beyond share one.
	maxRoutes = 500
	// legendPart is the share of the screen's height that the legend takes at most: a part in so many.
	legendPart = 8
	// legendMin is the least height of a screen with a legend.
	legendMin = 10
)

// routes are those of a flow by which something has come, each with the mark and the colour that tell it
// from the others, in the order in which they were met.
type routes struct {
	index  map[string]int
	counts []routeCount
	heard  map[string]bool // targets by which something has come
}

type routeCount struct {
	name     string
	messages uint64
}

// meet counts messages that were taken over.
func (r *routes) meet(msgs []backends.Message) {
	if r.index == nil {
		r.index, r.heard = map[string]int{}, map[string]bool{}
	}
	for i := range msgs {
		m := &msgs[i]
		if m.Gap != "" {
			continue
		}
		n, known := r.index[m.Route]
		if !known && m.Route != "" && len(r.counts) < maxRoutes {
			n, known = len(r.counts), true
			r.index[m.Route] = n
			r.counts = append(r.counts, routeCount{name: m.Route})
		}
		if known {
			r.counts[n].messages++
		}
		if !r.heard[m.Target.Name] && len(r.heard) < maxRoutes {
			r.heard[m.Target.Name] = true
		}
	}
}

// paint gives a text the mark and the colour of a route.
func (r *routes) paint(t *ui.Theme, route, text string) string {
	marks := []rune("●■▲◆▼○□△◇▽")
	n, known := r.index[route]
	if !known {
		return "· " + text
	}
	text = string(marks[n%len(marks)]) + " " + text
	if len(t.Categorical) == 0 {
		return text
	}
	return t.Categorical[n%len(t.Categorical)].Paint(text)
}

// legend says what comes by which route: its mark, how many messages, how fast; then what is watched and
// has brought nothing. It is empty while there is only one to tell of.
func (s *Screen) legend(w, h int) []string {
	if !s.opt.Colours || s.opt.Tail == nil || h < legendMin {
		return nil
	}
	t, r := s.deps.Theme, &s.routes
	silent := slices.DeleteFunc(slices.Clone(s.opt.Watched), func(name string) bool { return r.heard[name] })
	if len(r.counts)+len(silent) < 2 {
		return nil
	}
	shown := r.liveliest(s.opt.Tail.Flows)
	parts := make([]string, 0, len(shown)+len(silent))
	for _, f := range shown {
		parts = append(parts, r.paint(t, f.Route, ui.Clean(f.Route))+" "+t.Bold.Paint(views.Exactly(f.Messages))+" "+t.Dim.Paint(views.Rate(f.Rate)))
	}
	for _, name := range silent {
		parts = append(parts, t.Dim.Paint("  "+ui.Clean(name)+" nothing yet"))
	}
	more := "+"
	if len(r.counts) == maxRoutes {
		more = "+≥"
	}
	return pack(t, parts, more, w, max(h/legendPart, 1))
}

// liveliest are the routes with what is known of each, the liveliest first; those alike in the order in
// which they were met, so that they do not change places for nothing.
func (r *routes) liveliest(flows *backends.Flows) []backends.Flow {
	out := make([]backends.Flow, len(r.counts))
	for i, c := range r.counts {
		out[i] = backends.Flow{Route: c.name, Messages: c.messages}
		if f, known := flows.Of(c.name); known && f.Messages > 0 {
			out[i] = f
		}
	}
	slices.SortStableFunc(out, func(a, b backends.Flow) int { return magnitude(b.Messages) - magnitude(a.Messages) })
	return out
}

// magnitude is the number of a count's binary digits: routes change places when one has twice as much.
func magnitude(n uint64) (digits int) {
	for ; n > 0; n >>= 1 {
		digits++
	}
	return digits
}

// pack sets parts in lines of w cells, at most so many, and says after the sign how many had no room.
func pack(t *ui.Theme, parts []string, sign string, w, most int) []string {
	const gap, moreRoom = "   ", len("   +≥999 more")
	var lines []string
	line := ""
	for i, p := range parts {
		room := w - 1
		if len(lines) == most-1 && i < len(parts)-1 {
			room -= moreRoom
		}
		switch {
		case line == "":
			line = " " + p
			continue
		case ui.Width(line)+len(gap)+ui.Width(p) <= room:
			line += gap + p
			continue
		}
		if len(lines) == most-1 {
			line += t.Dim.Paint(gap + sign + views.Exactly(uint64(len(parts)-i)) + " more")
			return append(lines, ui.Fit(line, w))
		}
		lines, line = append(lines, ui.Fit(line, w)), " "+p
	}
	return append(lines, ui.Fit(line, w))
}
