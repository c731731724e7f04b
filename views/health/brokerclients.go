package health

import (
	"cmp"
	"strings"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// The widths from which connections and channels have more columns.
const (
	broad   = 110
	broader = 138
)

func (s *Screen) connectionLines(w int) []string {
	snap := s.broker.connections.Last
	if lines := waiting(s, snap, w); lines != nil {
		return lines
	}
	lines := s.pageLines(&s.broker.connectionPage, snap.Value.Total, len(snap.Value.Items), snap.Value.Notes, "connection", "connections", w)
	heads := []head{{"STATE", 8, false}, {"CLIENT", 0, false}, {"PEER", 21, false}, {"USER", 10, false}, {"CH", 4, true}, {"SINCE", 6, true}}
	if w >= broad {
		heads = append(heads, head{"VHOST", 12, false}, head{"IN B/S", 8, true}, head{"OUT B/S", 8, true}, head{"TLS", 8, false})
	}
	if w >= broader {
		heads = append(heads, head{"PRODUCT", 20, false})
	}
	lines = append(lines, grid(s.deps.Theme, w, heads, nil)...)
	for _, c := range snap.Value.Items {
		row := s.connectionRow(c)[:len(heads)]
		lines = append(lines, grid(s.deps.Theme, w, heads, [][]string{row})[1:]...)
		if s.broker.more {
			lines = append(lines, ui.Fit("          "+s.deps.Theme.Dim.Paint(connectionFacts(c)), w))
		}
	}
	return lines
}

func (s *Screen) connectionRow(c backends.BrokerConnection) []string {
	t := s.deps.Theme
	name := cmp.Or(c.ClientName, strings.TrimSpace(c.Product+" "+c.Version), c.Name)
	if c.Ours {
		name = "bustop"
	}
	since := views.Unknown
	if !c.Since.IsZero() {
		since = views.Ago(c.Since, s.now)
	}
	secure := t.Dim.Paint("no")
	if c.Secure {
		secure, _, _ = strings.Cut(ui.Clean(cmp.Or(c.TLS, "yes")), " ")
	}
	return []string{
		s.clientState(c.State), ui.Clean(name), orUnknown(c.Peer), orUnknown(c.User), views.Count(c.Channels), since,
		orUnknown(c.Vhost), views.Rate(c.In), views.Rate(c.Out), secure, orUnknown(strings.TrimSpace(c.Product + " " + c.Version)),
	}
}

// clientState paints the states in which somebody waits.
func (s *Screen) clientState(state string) string {
	t := s.deps.Theme
	switch state {
	case "blocked", "blocking":
		return t.Bad.Paint(ui.Clean(state))
	case "flow":
		return t.Warn.Paint("flow")
	}
	return orUnknown(state)
}

// connectionFacts is all of a connection that has no column at every width.
func connectionFacts(c backends.BrokerConnection) string {
	parts := []string{}
	add := func(before, text string) {
		if text != "" {
			parts = append(parts, before+ui.Clean(text))
		}
	}
	add("", strings.TrimSpace(c.Product+" "+c.Version))
	add("on ", c.Platform)
	add("vhost ", c.Vhost)
	add("", c.Protocol)
	add("login by ", c.Mechanism)
	if c.Secure {
		add("", cmp.Or(c.TLS, "TLS"))
	} else {
		add("", "no TLS")
	}
	add("certificate ", c.Certificate)
	if c.Pending.Value > 0 {
		add("", views.Count(c.Pending)+" frames wait to be sent")
	}
	if c.Heartbeat.Known() {
		add("heartbeat ", views.Span(c.Heartbeat))
	}
	add("node ", c.Node)
	return strings.Join(parts, " · ")
}

// pageLines say which part of how many is shown.
func (s *Screen) pageLines(page *clientPage, total backends.Count, shown int, notes []string, one, several string, w int) []string {
	q := page.get()
	text := views.Things(total, one, several)
	if q.Match != "" {
		text += " with " + q.Match
	}
	if total.Value > int64(shown) {
		text += " · " + ui.Count(int64(q.Offset+1)) + "–" + ui.Count(int64(q.Offset+shown)) + " shown, ] and [ turn pages"
	}
	lines := []string{ui.Fit(s.dim(text), w)}
	for _, n := range notes {
		lines = append(lines, ui.Fit(" "+s.deps.Theme.Warn.Paint(ui.Clean(n)), w))
	}
	return lines
}

func (s *Screen) sessionLines(w int) []string {
	snap := s.broker.sessions.Last
	if lines := waiting(s, snap, w); lines != nil {
		return lines
	}
	lines := s.pageLines(&s.broker.sessionPage, snap.Value.Total, len(snap.Value.Items), snap.Value.Notes, "channel", "channels", w)
	heads := []head{{"STATE", 8, false}, {"CHANNEL", 0, false}, {"UNACKED", 8, true}, {"PREFETCH", 8, true}, {"UNCONF", 7, true}, {"CONS", 5, true}, {"IDLE", 6, true}}
	if w >= broad {
		heads = append(heads, head{"USER", 10, false}, head{"VHOST", 12, false}, head{"DELIVER/S", 9, true}, head{"ACK/S", 7, true}, head{"PUBLISH/S", 9, true})
	}
	lines = append(lines, grid(s.deps.Theme, w, heads, nil)...)
	for _, c := range snap.Value.Items {
		row := s.sessionRow(c)[:len(heads)]
		lines = append(lines, grid(s.deps.Theme, w, heads, [][]string{row})[1:]...)
		if s.broker.more {
			lines = append(lines, ui.Fit("          "+s.deps.Theme.Dim.Paint(sessionFacts(c)), w))
		}
	}
	return lines
}

func (s *Screen) sessionRow(c backends.BrokerSession) []string {
	t := s.deps.Theme
	name := strings.TrimSpace(ui.Clean(c.ClientName) + " " + ui.Clean(cmp.Or(c.Peer, c.Connection)))
	if c.Number.Known() {
		name += " (" + views.Count(c.Number) + ")"
	}
	idle := t.Dim.Paint("works")
	if !c.IdleSince.IsZero() {
		idle = views.Ago(c.IdleSince, s.now)
	}
	unacked := views.Count(c.Unacked)
	if bound := max(c.Prefetch.Value*max(c.Consumers.Value, 1), c.GlobalPrefetch.Value); bound > 0 && c.Unacked.Value >= bound {
		unacked = t.Warn.Paint(unacked) // it gets no more until it acknowledges
	}
	return []string{
		s.clientState(c.State), name, unacked, prefetch(c), views.Count(c.Unconfirmed), views.Count(c.Consumers), idle,
		orUnknown(c.User), orUnknown(c.Vhost), views.Rate(c.Deliver), views.Rate(c.Ack), views.Rate(c.Publish),
	}
}

// prefetch is how many messages may be unacknowledged: for each consumer, or for the whole channel.
func prefetch(c backends.BrokerSession) string {
	switch {
	case c.GlobalPrefetch.Value > 0:
		return views.Count(c.GlobalPrefetch) + " all"
	case c.Prefetch.Known() && c.Prefetch.Value == 0:
		return "∞"
	}
	return views.Count(c.Prefetch)
}

// sessionFacts is all of a channel that has no column at every width.
func sessionFacts(c backends.BrokerSession) string {
	parts := []string{"user " + orUnknown(c.User), "vhost " + orUnknown(c.Vhost)}
	if c.Confirms {
		parts = append(parts, "publisher confirms")
	}
	if c.Transactions {
		parts = append(parts, "transactions, "+views.Count(c.Uncommitted)+" uncommitted")
	}
	return strings.Join(append(parts, "of "+orUnknown(c.Connection)), " · ")
}
