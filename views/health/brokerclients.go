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

func (s *Screen) connectionLines(told pageOf[backends.BrokerConnection], w int) []string {
	lines := s.pageLines(&s.broker.connectionPage, told.asked, told.Total, len(told.Items), told.Notes, views.Things(told.Total, "connection", "connections"), w)
	heads := []head{{"STATE", 8, false}, {"CLIENT", 0, false}, {"PEER", 21, false}, {"USER", 10, false}, {"CH", 4, true}, {"SINCE", 6, true}}
	if w >= broad {
		heads = append(heads, head{"VHOST", 12, false}, head{"IN", 10, true}, head{"OUT", 10, true})
	}
	if w >= broader {
		heads = append(heads, head{"TLS", 8, false}, head{"PRODUCT", 16, false})
	}
	lines = append(lines, grid(s.deps.Theme, w, heads, nil)...)
	for _, c := range told.Items {
		row := s.connectionRow(c)[:len(heads)]
		lines = append(lines, grid(s.deps.Theme, w, heads, [][]string{row})[1:]...)
		if s.broker.more {
			lines = append(lines, s.below(connectionFacts(c), w)...)
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
		orUnknown(c.Vhost), byteRate(c.In), byteRate(c.Out), secure, orUnknown(strings.TrimSpace(c.Product + " " + c.Version)),
	}
}

// byteRate is a number of bytes a second.
func byteRate(r backends.Rate) string { return views.Mark(r.Certainty, byteText(r.Value)+"/s") }

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

// below sets facts under a row, in as many lines as they take.
func (s *Screen) below(facts []string, w int) []string {
	const indent = 10
	t := s.deps.Theme
	for i, f := range facts {
		facts[i] = t.Dim.Paint(f)
	}
	lines := views.Flow(t, max(w-indent, 1), 4, facts...)
	for i, l := range lines {
		lines[i] = ui.Fit(strings.Repeat(" ", indent)+l, w)
	}
	return lines
}

// connectionFacts is all of a connection that has no column at every width.
func connectionFacts(c backends.BrokerConnection) []string {
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
		add("not yet sent to it: ", views.Things(c.Pending, "frame", "frames"))
	}
	if c.Heartbeat.Known() {
		add("heartbeat ", views.Span(c.Heartbeat))
	}
	add("node ", c.Node)
	return parts
}

func (s *Screen) sessionLines(told pageOf[backends.BrokerSession], w int) []string {
	lines := s.pageLines(&s.broker.sessionPage, told.asked, told.Total, len(told.Items), told.Notes, views.Things(told.Total, "channel", "channels"), w)
	heads := []head{{"STATE", 8, false}, {"CHANNEL", 0, false}, {"UNACKED", 8, true}, {"PREFETCH", 8, true}, {"UNCONF", 7, true}, {"CONS", 5, true}, {"IDLE", 6, true}}
	if w >= broad {
		heads = append(heads, head{"DELIVERED", 9, true}, head{"ACKED", 7, true}, head{"PUBLISHED", 9, true})
	}
	if w >= broader {
		heads = append(heads, head{"USER", 10, false}, head{"VHOST", 12, false})
	}
	lines = append(lines, grid(s.deps.Theme, w, heads, nil)...)
	for _, c := range told.Items {
		row := s.sessionRow(c)[:len(heads)]
		lines = append(lines, grid(s.deps.Theme, w, heads, [][]string{row})[1:]...)
		if s.broker.more {
			lines = append(lines, s.below(sessionFacts(c), w)...)
		}
	}
	return lines
}

func (s *Screen) sessionRow(c backends.BrokerSession) []string {
	t := s.deps.Theme
	// Its number in the connection stands before the address, which may be cut.
	peer := cmp.Or(c.Peer, c.Connection)
	name := ui.Clean(cmp.Or(c.ClientName, peer))
	if c.Number.Known() {
		name += " (" + views.Count(c.Number) + ")"
	}
	if c.ClientName != "" {
		name += " " + t.Dim.Paint(ui.Clean(peer))
	}
	idle := views.Unknown
	switch {
	case !c.IdleSince.IsZero():
		idle = views.Ago(c.IdleSince, s.now)
	case c.Unacked.Known(): // the server tells how it is
		idle = t.Dim.Paint("works")
	}
	unacked := views.Count(c.Unacked)
	if bound := max(c.Prefetch.Value*max(c.Consumers.Value, 1), c.GlobalPrefetch.Value); bound > 0 && c.Unacked.Value >= bound {
		unacked = t.Warn.Paint(unacked) // it gets no more until it acknowledges
	}
	return []string{
		s.clientState(c.State), name, unacked, prefetch(c), views.Count(c.Unconfirmed), views.Count(c.Consumers), idle,
		views.Rate(c.Deliver), views.Rate(c.Ack), views.Rate(c.Publish), orUnknown(c.User), orUnknown(c.Vhost),
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
func sessionFacts(c backends.BrokerSession) []string {
	parts := []string{"user " + orUnknown(c.User), "vhost " + orUnknown(c.Vhost)}
	if c.Confirms {
		parts = append(parts, "publisher confirms")
	}
	if c.Transactions {
		parts = append(parts, "transactions, "+views.Count(c.Uncommitted)+" uncommitted")
	}
	return append(parts, "of "+orUnknown(c.Connection))
}
