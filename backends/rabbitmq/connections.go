package rabbitmq

import (
	"cmp"
	"context"
	"errors"
	"math/bits"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"
)

// pageRows is how many connections or channels are read at once unless more are asked for. The server
// sorts all of them to find those, which is why a slow answer makes the next one come later.
const pageRows = 100

// clientNames is what clients call themselves, by the server's name of the connection, as last read.
type clientNames map[string]string

// maxClientNames bounds how many are remembered.
const maxClientNames = 5000

// ReadConnections reads the connections of all vhosts that the user may see, those that an alarm or
// flow control holds up first.
func (s *source) ReadConnections(ctx context.Context, q backends.Query) (backends.Page[backends.BrokerConnection], error) {
	// "blocked", "blocking", "closing" and "flow" come before "running".
	rows, err := readClients[management.BrokerConnection](ctx, s, "/api/connections", management.BrokerConnectionColumns, q, "state", false)
	if err != nil {
		return backends.Page[backends.BrokerConnection]{}, err
	}
	page := backends.Page[backends.BrokerConnection]{Total: rows.total, Notes: s.onlyOwn(ctx, "connections")}
	s.mu.Lock()
	for i := range rows.items {
		row := &rows.items[i]
		c := connectionFrom(row)
		c.In = s.slopes.rate("received from "+c.Name, row.InD, row.In)
		c.Out = s.slopes.rate("sent to "+c.Name, row.OutD, row.Out)
		s.remember(c.Name, c.ClientName)
		page.Items = append(page.Items, c)
	}
	s.mu.Unlock()
	slices.SortStableFunc(page.Items, byHurt)
	return page, nil
}

// byHurt orders connections: the worst states first, then what waits to be sent, then the busiest. Rates
// count by powers of two, and none below 64 B/s, which heartbeats make: rows do not jump with every reading.
func byHurt(a, b backends.BrokerConnection) int {
	busy := func(c backends.BrokerConnection) int { return bits.Len64(uint64(max(c.In.Value+c.Out.Value, 0)) / 64) }
	return cmp.Or(cmp.Compare(hurt(a.State), hurt(b.State)), cmp.Compare(b.Pending.Value, a.Pending.Value),
		cmp.Compare(busy(b), busy(a)), cmp.Compare(a.ClientName, b.ClientName), cmp.Compare(a.Name, b.Name))
}

// hurt ranks the states of connections and channels, the worst first.
func hurt(state string) int {
	switch state {
	case "blocked":
		return 0
	case "blocking":
		return 1
	case "flow":
		return 2
	case "running":
		return 4
	case "": // a server's own connection to itself
		return 5
	}
	return 3
}

// ReadSessions reads the channels that the user may see, those with the most messages unacknowledged
// first.
func (s *source) ReadSessions(ctx context.Context, q backends.Query) (backends.Page[backends.BrokerSession], error) {
	rows, err := readClients[management.BrokerChannel](ctx, s, "/api/channels", management.BrokerChannelColumns, q, "messages_unacknowledged", true)
	if err != nil {
		return backends.Page[backends.BrokerSession]{}, err
	}
	page := backends.Page[backends.BrokerSession]{Total: rows.total, Notes: s.onlyOwn(ctx, "channels")}
	for i := range rows.items {
		row := &rows.items[i]
		c, stats := sessionFrom(row), row.Stats.Value
		c.Publish = s.slopes.rate("published in "+c.Name, stats.PublishD, stats.Publish)
		c.Deliver = s.slopes.rate("delivered in "+c.Name, stats.GetD, stats.Get)
		c.Ack = s.slopes.rate("acked in "+c.Name, stats.AckD, stats.Ack)
		page.Items = append(page.Items, c)
	}
	s.nameHolders(ctx, page.Items)
	s.mu.Lock()
	for i := range page.Items {
		page.Items[i].ClientName = s.clients[page.Items[i].Connection]
	}
	s.mu.Unlock()
	slices.SortStableFunc(page.Items, func(a, b backends.BrokerSession) int {
		return cmp.Or(cmp.Compare(b.Unacked.Value, a.Unacked.Value), cmp.Compare(hurt(a.State), hurt(b.State)),
			cmp.Compare(b.Unconfirmed.Value, a.Unconfirmed.Value), cmp.Compare(a.Name, b.Name))
	})
	return page, nil
}

// namesAtOnce is how many connections are asked for their names in one reading of channels.
const namesAtOnce = 4

// nameHolders learns what the clients call themselves that hold messages, a few at a time: the listing of
// channels tells the address only, and that of connections need not have been read.
func (s *source) nameHolders(ctx context.Context, sessions []backends.BrokerSession) {
	var unknown []string
	s.mu.Lock()
	for _, c := range sessions {
		if _, known := s.clients[c.Connection]; c.Unacked.Value > 0 && c.Connection != "" && !known && !slices.Contains(unknown, c.Connection) {
			unknown = append(unknown, c.Connection)
		}
	}
	s.mu.Unlock()
	for _, name := range unknown[:min(namesAtOnce, len(unknown))] {
		var told management.BrokerConnection
		err := s.client.Get(ctx, management.To("/api/connections/{connection}", name), url.Values{"columns": {"name,user_provided_name,client_properties"}}, &told)
		if err != nil && backends.ReasonOf(err) != backends.NotFound && backends.ReasonOf(err) != backends.Denied {
			return
		}
		s.mu.Lock()
		s.remember(name, connectionFrom(&told).ClientName)
		s.mu.Unlock()
	}
}

// remember keeps what the client of a connection calls itself; the caller holds mu.
func (s *source) remember(connection, client string) {
	if len(s.clients) >= maxClientNames || s.clients == nil {
		s.clients = clientNames{}
	}
	s.clients[connection] = client
}

// CountStates counts the connections that are held up. A page is read in the server's order of states: what
// comes before the last state on it is there as a whole. Otherwise there may be more.
func (s *source) CountStates(ctx context.Context) (backends.ConnectionStates, error) {
	type stateOnly struct {
		State string `json:"state"`
	}
	rows, err := readClients[stateOnly](ctx, s, "/api/connections", "state", backends.Query{Limit: management.PageMost}, "state", false)
	if err != nil {
		return backends.ConnectionStates{}, err
	}
	n, last := map[string]int64{}, ""
	for _, row := range rows.items {
		n[row.State]++
		last = row.State
	}
	all := rows.total.Known() && int64(len(rows.items)) >= rows.total.Value
	ownOnly := s.onlyOwn(ctx, "connections") != nil
	if ownOnly && rows.total.Known() {
		rows.total.Certainty = backends.AtLeast
	}
	of := func(state string) backends.Count {
		if !ownOnly && (all || (rows.sorted && state < last)) {
			return backends.ExactCount(n[state])
		}
		return backends.CountAtLeast(n[state])
	}
	return backends.ConnectionStates{Total: rows.total, Blocked: of("blocked"), Blocking: of("blocking"), Flow: of("flow")}, nil
}

// clientRows is a page of a listing.
type clientRows[T any] struct {
	items  management.List[T]
	total  backends.Count
	sorted bool
}

// readClients reads a page of a listing sorted by the server. One that cannot sort by that column, as
// without statistics, is asked again without.
func readClients[T any](ctx context.Context, s *source, path, columns string, q backends.Query, sort string, most bool) (clientRows[T], error) {
	size := min(cmp.Or(q.Limit, pageRows), management.PageMost)
	query := url.Values{
		"page": {strconv.Itoa(max(q.Offset, 0)/size + 1)}, "page_size": {strconv.Itoa(size)}, "columns": {columns},
		"sort": {sort}, "sort_reverse": {strconv.FormatBool(most)},
	}
	if q.Match != "" {
		query.Set("name", q.Match)
	}
	var page management.Paged[T]
	sorted := true
	err := s.manage(ctx, func(ctx context.Context) error {
		err := s.client.Get(ctx, management.To(path), query, &page)
		if err != nil && backends.ReasonOf(err) == backends.ServerError && !errors.Is(err, backends.ErrPastEnd) {
			sorted = false
			query.Del("sort")
			query.Del("sort_reverse")
			page = management.Paged[T]{}
			err = s.client.Get(ctx, management.To(path), query, &page)
		}
		return err
	})
	total := page.Filtered.Count()
	if len(page.Items) > size { // a server that does not page
		page.Items = page.Items[:size]
	}
	return clientRows[T]{page.Items, total, sorted}, err
}

// onlyOwn says that the listing may be a part only.
func (s *source) onlyOwn(ctx context.Context, what string) []string {
	if who, err := s.whoAmI(ctx); err != nil || who.sees(monitoring) {
		return nil
	}
	return []string{"only our own " + what + ": those of others take the tag monitoring"}
}

func connectionFrom(c *management.BrokerConnection) backends.BrokerConnection {
	given := cmp.Or(string(c.Given), c.Properties.Text("connection_name"))
	out := backends.BrokerConnection{
		Name: c.Name, ClientName: given,
		Product: c.Properties.Text("product"), Version: c.Properties.Text("version"), Platform: c.Properties.Text("platform"),
		User: string(c.User), Vhost: string(c.Vhost), Protocol: string(c.Protocol), Node: string(c.Node), State: string(c.State),
		Peer: hostPort(c.PeerHost, c.PeerPort), Secure: bool(c.TLS), Certificate: string(c.Subject), Mechanism: string(c.Mechanism),
		Channels: c.Channels.Count(), Since: c.Connected.Time, Pending: c.Pending.Count(),
		Ours: strings.HasPrefix(given, "bustop/"),
	}
	if out.Secure {
		out.TLS = strings.TrimSpace(cmp.Or(string(c.TLSVersion), string(c.Version2)) + " " + cmp.Or(string(c.Cipher), string(c.Cipher2)))
	}
	if c.Heartbeat.Known {
		out.Heartbeat = backends.ExactSpan(time.Duration(c.Heartbeat.Value) * time.Second)
	}
	return out
}

func hostPort(host management.Word, port management.Number) string {
	if host == "" {
		return ""
	}
	if !port.Known {
		return string(host)
	}
	return net.JoinHostPort(string(host), port.Text(0))
}

func sessionFrom(c *management.BrokerChannel) backends.BrokerSession {
	link := c.Connection.Value
	return backends.BrokerSession{
		Name: c.Name, Connection: link.Name, Number: c.Number.Count(), User: string(c.User), Vhost: string(c.Vhost),
		Peer: hostPort(link.PeerHost, link.PeerPort), State: string(c.State),
		Unacked: c.Unacked.Count(), Unconfirmed: c.Unconfirmed.Count(), Uncommitted: c.Uncommitted.Count(),
		Prefetch: c.Prefetch.Count(), GlobalPrefetch: c.GlobalPrefetch.Count(), Consumers: c.Consumers.Count(),
		IdleSince: c.IdleSince.Time, Confirms: bool(c.Confirm), Transactions: bool(c.Transactional),
	}
}
