package session

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// mechanisms are those that this client may log in with.
func (s *session) mechanisms() string {
	if s.certified() != "" {
		return "PLAIN EXTERNAL AMQPLAIN"
	}
	return "PLAIN AMQPLAIN"
}

// authenticate reports who the client is. It returns errLogin when the client cannot prove that, and
// errAnswer when its answer means nothing.
func (s *session) authenticate(mechanism, response string) (user string, err error) {
	var password string
	ok := false
	switch mechanism {
	case "PLAIN":
		user, password, ok = plain(response)
	case "AMQPLAIN":
		user, password, ok = amqplain(response)
	case "EXTERNAL":
		if user = s.certified(); user != "" && s.mayComeFromHere(user) {
			return user, nil
		}
	}
	if !ok {
		return "", errAnswer
	}
	if !s.broker.Authenticate(user, password) || !s.mayComeFromHere(user) {
		return "", errLogin
	}
	return user, nil
}

var (
	errLogin  = errors.New("login refused")
	errAnswer = errors.New("answer of no known mechanism")
)

// plain reads NUL user NUL password (RFC 4616 without an identity to act as).
func plain(response string) (user, password string, ok bool) {
	parts := strings.Split(response, "\x00")
	if len(parts) != 3 || parts[0] != "" {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// amqplain reads a table without its length that has LOGIN and PASSWORD
// (https://www.rabbitmq.com/amqp-0-9-1-errata.html, section 5).
func amqplain(response string) (user, password string, ok bool) {
	table, err := wire.ReadFields([]byte(response))
	if err != nil {
		return "", "", false
	}
	login, hasUser := table["LOGIN"]
	secret, hasPassword := table["PASSWORD"]
	user, isText := login.(string)
	password, isTextToo := secret.(string)
	// RabbitMQ takes it for an answer when one of them is text, and refuses the login then.
	return user, password, hasUser && hasPassword && (isText || isTextToo)
}

// certified is the common name in the client's certificate, empty without one that was verified.
func (s *session) certified() string {
	t, ok := s.conn.(interface{ ConnectionState() tls.ConnectionState })
	if !ok || !s.opt.External {
		return ""
	}
	chains := t.ConnectionState().VerifiedChains
	if len(chains) == 0 {
		return ""
	}
	return chains[0][0].Subject.CommonName
}

// mayComeFromHere reports whether the user may log in from where the client is.
func (s *session) mayComeFromHere(user string) bool {
	if !slices.Contains(s.opt.LoopbackUsers, user) {
		return true
	}
	from, err := netip.ParseAddrPort(s.conn.RemoteAddr().String())
	return err != nil || from.Addr().Unmap().IsLoopback()
}

// info describes the connection to the broker.
func (s *session) info() broker.ConnInfo {
	info := broker.ConnInfo{
		User: s.user, Mechanism: s.mechanism, ClientProperties: s.client,
		ChannelMax: s.channelMax, FrameMax: s.out.frameMax, Heartbeat: 2 * s.heartbeat(),
	}
	info.PeerHost, info.PeerPort = ends(s.conn.RemoteAddr())
	info.Host, info.Port = ends(s.conn.LocalAddr())
	if t, ok := s.conn.(interface{ ConnectionState() tls.ConnectionState }); ok {
		state := t.ConnectionState()
		info.TLS = true
		info.TLSProtocol = strings.ReplaceAll(strings.ToLower(tls.VersionName(state.Version)), "tls 1", "tlsv1")
		info.TLSCipher = tls.CipherSuiteName(state.CipherSuite)
	}
	return info
}

// ends parts an address; one that is not of TCP has no port.
func ends(a net.Addr) (host string, port int) {
	if at, err := netip.ParseAddrPort(a.String()); err == nil {
		return at.Addr().Unmap().String(), int(at.Port())
	}
	return a.String(), 0
}
