package health

import (
	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// broker is what a message broker tells beside its report, a feed for each section.
type broker struct {
	nodes       views.Watch[[]backends.BrokerNode]
	connections views.Watch[pageOf[backends.BrokerConnection]]
	sessions    views.Watch[pageOf[backends.BrokerSession]]
	vhosts      views.Watch[[]backends.BrokerVhost]
	policies    views.Watch[backends.BrokerRules]
	links       views.Watch[backends.BrokerTransfers]
	access      views.Watch[backends.BrokerRights]
	features    views.Watch[[]backends.BrokerFeature]
	// What the pages of connections and channels are asked for.
	connectionPage, sessionPage clientPage
	more                        bool // a second line for each connection
}

// brokerSections adds the sections of what the role can tell.
func (s *Screen) brokerSections(d *views.Deps, source backends.Source, role backends.Health) {
	b := &s.broker
	add := func(name string, look func() bool, lines func(int) []string) {
		s.sections = append(s.sections, section{name, look, lines})
	}
	if r, ok := role.(backends.BrokerNodes); ok {
		b.nodes.Feed = open(d, source, r.ReadNodes)
		add("Nodes", b.nodes.Look, told(s, &b.nodes, s.nodeLines))
	}
	if r, ok := role.(backends.BrokerClients); ok {
		b.connections.Feed = open(d, source, paged(&b.connectionPage, r.ReadConnections))
		b.sessions.Feed = open(d, source, paged(&b.sessionPage, r.ReadSessions))
		add("Connections", b.connections.Look, told(s, &b.connections, s.connectionLines))
		add("Channels", b.sessions.Look, told(s, &b.sessions, s.sessionLines))
	}
	if r, ok := role.(backends.BrokerVhosts); ok {
		b.vhosts.Feed = open(d, source, r.ReadVhosts)
		add("Vhosts", b.vhosts.Look, told(s, &b.vhosts, s.vhostLines))
	}
	if r, ok := role.(backends.BrokerPolicies); ok {
		b.policies.Feed = open(d, source, r.ReadPolicies)
		add("Policies", b.policies.Look, told(s, &b.policies, s.policyLines))
	}
	if r, ok := role.(backends.BrokerLinks); ok {
		b.links.Feed = open(d, source, r.ReadLinks)
		add("Links", b.links.Look, told(s, &b.links, s.linkLines))
	}
	if r, ok := role.(backends.BrokerAccess); ok {
		b.access.Feed = open(d, source, r.ReadAccess)
		add("Rights", b.access.Look, told(s, &b.access, s.accessLines))
	}
	if r, ok := role.(backends.BrokerFeatures); ok {
		b.features.Feed = open(d, source, r.ReadFeatures)
		add("Features", b.features.Look, told(s, &b.features, s.featureLines))
	}
}

// close ends the feeds.
func (b *broker) close() {
	b.nodes.Close()
	b.connections.Close()
	b.sessions.Close()
	b.vhosts.Close()
	b.policies.Close()
	b.links.Close()
	b.access.Close()
	b.features.Close()
}

// refresh asks anew for what a section shows.
func (b *broker) refresh(section string) {
	switch section {
	case "Nodes":
		b.nodes.Refresh()
	case "Connections":
		b.connections.Refresh()
	case "Channels":
		b.sessions.Refresh()
	case "Vhosts":
		b.vhosts.Refresh()
	case "Policies":
		b.policies.Refresh()
	case "Links":
		b.links.Refresh()
	case "Rights":
		b.access.Refresh()
	case "Features":
		b.features.Refresh()
	}
}

// page is the page that a section shows, nil for one without pages, and how many rows there are.
func (s *Screen) page() (page *clientPage, total int64) {
	switch s.sections[s.at].name {
	case "Connections":
		return &s.broker.connectionPage, s.broker.connections.Last.Value.Total.Value
	case "Channels":
		return &s.broker.sessionPage, s.broker.sessions.Last.Value.Total.Value
	}
	return nil, 0
}

// brokerBindings are the keys of a section of a broker.
func (s *Screen) brokerBindings() []ui.Binding {
	page, total := s.page()
	if page == nil {
		return nil
	}
	ask := func(change func(*backends.Query)) {
		page.change(change)
		s.top = 0
		s.broker.refresh(s.sections[s.at].name)
	}
	bs := []ui.Binding{
		{Keys: []string{"/"}, Help: "find by address", Hint: "find", Category: "Health", Do: func() tea.Cmd {
			s.deps.Nav.Prompt("Find by address", "a part of host:port, of either side; empty for all", page.get().Match, func(text string) tea.Cmd {
				ask(func(q *backends.Query) { q.Match, q.Offset = text, 0 })
				return nil
			})
			return nil
		}},
		{Keys: []string{"d"}, Help: "a second line with all of it, or not", Hint: "details", Category: "Health", Do: views.Do(func() { s.broker.more = !s.broker.more })},
	}
	at := page.get().Offset
	turn := func(by int) func() tea.Cmd {
		return views.Do(func() { ask(func(q *backends.Query) { q.Offset = max(q.Offset+by, 0) }) })
	}
	if int64(at+pageSize) < total {
		bs = append(bs, ui.Binding{Keys: []string{"]"}, Help: "next page", Category: "Health", Do: turn(pageSize)})
	}
	if at > 0 {
		bs = append(bs, ui.Binding{Keys: []string{"["}, Help: "page before", Category: "Health", Do: turn(-pageSize)})
	}
	return bs
}

// dim is a line of what is said beside.
func (s *Screen) dim(text string) string { return " " + s.deps.Theme.Dim.Paint(ui.Clean(text)) }

// dimLines is dim in as many lines as it takes, up to three.
func (s *Screen) dimLines(text string, w int) []string {
	lines := ui.CleanText(text, max(w-2, 10), 3)
	for i, l := range lines {
		lines[i] = " " + s.deps.Theme.Dim.Paint(l)
	}
	return lines
}

// orUnknown is a text from the server, or that there is none.
func orUnknown(text string) string {
	if text == "" {
		return views.Unknown
	}
	return ui.Clean(text)
}
