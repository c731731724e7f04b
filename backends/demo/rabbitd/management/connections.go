package management

import (
	"bustop/backends/demo/rabbitd/broker"
)

// connectionJSON is a connection with its statistics.
func (c *call) connectionJSON(x *broker.ConnectionInfo, wanted spans) object {
	info := &x.Info
	o := object{
		"name": info.Name, "vhost": info.VHost, "user": info.User, "user_who_performed_action": info.User,
		"protocol": info.Protocol, "auth_mechanism": info.Mechanism, "type": "network", "state": x.State,
		"host": info.Host, "port": info.Port, "peer_host": info.PeerHost, "peer_port": info.PeerPort,
		"node": c.api.node, "connected_at": x.Connected.UnixMilli(),
		"channels": x.Channels, "channel_max": info.ChannelMax, "frame_max": info.FrameMax,
		"timeout": int(info.Heartbeat.Seconds()), "client_properties": tableJSON(info.ClientProperties),
		"ssl": info.TLS, "ssl_protocol": nullable(info.TLSProtocol), "ssl_cipher": nullable(info.TLSCipher),
		"ssl_hash": nil, "ssl_key_exchange": nil,
		"peer_cert_subject": nil, "peer_cert_issuer": nil, "peer_cert_validity": nil,
		"recv_cnt": x.FramesIn, "send_cnt": x.FramesOut, "send_pend": 0,
		"reductions": 0, "reductions_details": object{"rate": decimal(0)},
		"garbage_collection": garbageCollection(),
	}
	if name, ok := info.ClientProperties["connection_name"].(string); ok {
		o["user_provided_name"] = name
	}
	s := c.stats(broker.SampleConnection, x.ID, values{octetsIn: x.BytesIn, octetsOut: x.BytesOut}, wanted)
	s.write(o, wanted.data, octetNumbers()...)
	return o
}

// briefConnection is a connection without statistics.
func (c *call) briefConnection(x *broker.ConnectionInfo) object {
	return object{
		"name": x.Info.Name, "vhost": x.Info.VHost, "user": x.Info.User, "node": c.api.node,
	}
}

// shownConnections are those of the path's virtual host that the user may see: all for monitors,
// the user's own for others.
func (c *call) shownConnections() []broker.ConnectionInfo {
	vhost, some := c.vhost()
	var out []broker.ConnectionInfo
	for _, x := range c.api.broker.Connections() {
		if (c.isMonitor() || x.Info.User == c.user.Name) && (!some || x.Info.VHost == vhost) {
			out = append(out, x)
		}
	}
	return out
}

// listConnections is GET /api/connections.
func listConnections(c *call) any {
	return c.paged(c.connectionObjects(), "vhost", "name")
}

// vhostConnections is GET /api/vhosts/:vhost/connections.
func vhostConnections(c *call) any {
	return c.list(c.connectionObjects(), "vhost", "name")
}

func (c *call) connectionObjects() []object {
	wanted := c.spans()
	items := []object{}
	for _, x := range c.shownConnections() {
		if c.asks("disable_stats") {
			items = append(items, c.briefConnection(&x))
			continue
		}
		items = append(items, c.connectionJSON(&x, wanted))
	}
	return items
}

// userConnections is GET /api/connections/username/:user.
func userConnections(c *call) any {
	items := []object{}
	for _, x := range c.shownConnections() {
		if x.Info.User == c.params["user"] {
			items = append(items, c.briefConnection(&x))
		}
	}
	return c.paged(items, "vhost", "name")
}

// closeUserConnections is DELETE on the same path.
func closeUserConnections(c *call) {
	for _, x := range c.api.broker.Connections() {
		if x.Info.User == c.params["user"] {
			_ = c.api.broker.CloseConnection(x.Info.Name, c.reason()) // it may have gone
		}
	}
}

func (c *call) connection() (broker.ConnectionInfo, bool) {
	for _, x := range c.api.broker.Connections() {
		if x.Info.Name == c.params["connection"] {
			return x, true
		}
	}
	return broker.ConnectionInfo{}, false
}

func connectionExists(c *call) bool {
	_, ok := c.connection()
	return ok
}

func connectionOwner(c *call) string {
	x, _ := c.connection()
	return x.Info.User
}

// getConnection is GET /api/connections/:connection.
func getConnection(c *call) any {
	wanted := c.spans()
	x, _ := c.connection()
	if c.asks("disable_stats") {
		return object{"name": x.Info.Name}
	}
	return spelledOut(c.connectionJSON(&x, wanted))
}

// closeConnection is DELETE on the same path.
func closeConnection(c *call) {
	_ = c.api.broker.CloseConnection(c.params["connection"], c.reason()) // it may have gone
}

func (c *call) reason() string {
	if reason := c.r.Header.Get("X-Reason"); reason != "" {
		return reason
	}
	return "Closed via management plugin"
}
