package health

import (
	"context"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// broker is what a message broker tells beside its report, a feed for each section.
type broker struct {
	nodes       views.Watch[[]backends.BrokerNode]
	connections views.Watch[backends.Page[backends.BrokerConnection]]
	sessions    views.Watch[backends.Page[backends.BrokerSession]]
	vhosts      views.Watch[[]backends.BrokerVhost]
	policies    views.Watch[backends.BrokerRules]
	links       views.Watch[backends.BrokerTransfers]
	access      views.Watch[backends.BrokerRights]
	features    views.Watch[[]backends.BrokerFeature]
	// asked is what the pages of connections and channels show.
	connectionPage, sessionPage clientPage
	more                        bool // a second line for each connection
}

// clientPage is which rows of a listing are asked for. Feeds read it from goroutines of their own.
type clientPage struct {
	mu    sync.Mutex
	query backends.Query
}

// pageSize is how many rows are asked for at once.
const pageSize = 100

func (p *clientPage) get() backends.Query {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.query
}

func (p *clientPage) change(do func(*backends.Query)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do(&p.query)
	p.query.Limit = pageSize
}

// brokerSections adds the sections of what the role can tell.
func (s *Screen) brokerSections(d *views.Deps, source backends.Source, role backends.Health) {
	b := &s.broker
	add := func(name string, look func() bool, lines func(int) []string) {
		s.sections = append(s.sections, section{name, look, lines})
	}
	if r, ok := role.(backends.BrokerNodes); ok {
		b.nodes.Feed = open(d, source, r.ReadNodes)
		add("Nodes", b.nodes.Look, s.nodeLines)
	}
	if r, ok := role.(backends.BrokerClients); ok {
		b.connectionPage.change(func(*backends.Query) {})
		b.sessionPage.change(func(*backends.Query) {})
		b.connections.Feed = open(d, source, func(ctx context.Context) (backends.Page[backends.BrokerConnection], error) {
			return r.ReadConnections(ctx, b.connectionPage.get())
		})
		b.sessions.Feed = open(d, source, func(ctx context.Context) (backends.Page[backends.BrokerSession], error) {
			return r.ReadSessions(ctx, b.sessionPage.get())
		})
		add("Connections", b.connections.Look, s.connectionLines)
		add("Channels", b.sessions.Look, s.sessionLines)
	}
	if r, ok := role.(backends.BrokerVhosts); ok {
		b.vhosts.Feed = open(d, source, r.ReadVhosts)
		add("Vhosts", b.vhosts.Look, s.vhostLines)
	}
	if r, ok := role.(backends.BrokerPolicies); ok {
		b.policies.Feed = open(d, source, r.ReadPolicies)
		add("Policies", b.policies.Look, s.policyLines)
	}
	if r, ok := role.(backends.BrokerLinks); ok {
		b.links.Feed = open(d, source, r.ReadLinks)
		add("Links", b.links.Look, s.linkLines)
	}
	if r, ok := role.(backends.BrokerAccess); ok {
		b.access.Feed = open(d, source, r.ReadAccess)
		add("Rights", b.access.Look, s.accessLines)
	}
	if r, ok := role.(backends.BrokerFeatures); ok {
		b.features.Feed = open(d, source, r.ReadFeatures)
		add("Features", b.features.Look, s.featureLines)
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
	turn := func(by int) func() tea.Cmd {
		return views.Do(func() {
			ask(func(q *backends.Query) {
				if next := q.Offset + by; next >= 0 && int64(next) < max(total, 1) {
					q.Offset = next
				}
			})
		})
	}
	return []ui.Binding{
		{Keys: []string{"/"}, Help: "find by address", Hint: "find", Category: "Health", Do: func() tea.Cmd {
			s.deps.Nav.Prompt("Find by address", "a part of host:port, of either side; empty for all", page.get().Match, func(text string) tea.Cmd {
				ask(func(q *backends.Query) { q.Match, q.Offset = text, 0 })
				return nil
			})
			return nil
		}},
		{Keys: []string{"]"}, Help: "next page", Category: "Health", Do: turn(pageSize)},
		{Keys: []string{"["}, Help: "page before", Category: "Health", Do: turn(-pageSize)},
		{Keys: []string{"d"}, Help: "a second line with all of it, or not", Hint: "details", Category: "Health", Do: views.Do(func() { s.broker.more = !s.broker.more })},
	}
}

// waiting is what stands in a section without an answer: why not, or that it is awaited. It is nil when
// there is something to show.
func waiting[T any](s *Screen, snap backends.Snapshot[T], w int) []string {
	switch {
	case snap.Err != nil:
		return s.refusal(snap.Err, w)
	case snap.At.IsZero():
		return []string{"", s.deps.Theme.Dim.Paint("  waiting for the first answer")}
	}
	return nil
}

// dim is a line of what is said beside.
func (s *Screen) dim(text string) string { return " " + s.deps.Theme.Dim.Paint(ui.Clean(text)) }

// orUnknown is a text from the server, or that there is none.
func orUnknown(text string) string {
	if text == "" {
		return views.Unknown
	}
	return ui.Clean(text)
}
