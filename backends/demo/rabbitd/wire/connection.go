package wire

// ConnectionStart begins the negotiation (connection.start).
type ConnectionStart struct {
	VersionMajor, VersionMinor uint8
	ServerProperties           Table
	Mechanisms, Locales        string
}

// ID is the number of the method.
func (*ConnectionStart) ID() MethodID { return IDConnectionStart }

func (m *ConnectionStart) fields(c *coder) {
	c.octet(&m.VersionMajor)
	c.octet(&m.VersionMinor)
	c.table(&m.ServerProperties)
	c.longstr(&m.Mechanisms)
	c.longstr(&m.Locales)
}

// ConnectionStartOk answers with who the client is and how it proves that.
type ConnectionStartOk struct {
	ClientProperties            Table
	Mechanism, Response, Locale string
}

// ID is the number of the method.
func (*ConnectionStartOk) ID() MethodID { return IDConnectionStartOk }

func (m *ConnectionStartOk) fields(c *coder) {
	c.table(&m.ClientProperties)
	c.shortstr(&m.Mechanism)
	c.longstr(&m.Response)
	c.shortstr(&m.Locale)
}

// ConnectionSecure asks for another step of the mechanism.
type ConnectionSecure struct {
	Challenge string
}

// ID is the number of the method.
func (*ConnectionSecure) ID() MethodID { return IDConnectionSecure }

func (m *ConnectionSecure) fields(c *coder) {
	c.longstr(&m.Challenge)
}

// ConnectionSecureOk answers it.
type ConnectionSecureOk struct {
	Response string
}

// ID is the number of the method.
func (*ConnectionSecureOk) ID() MethodID { return IDConnectionSecureOk }

func (m *ConnectionSecureOk) fields(c *coder) {
	c.longstr(&m.Response)
}

// ConnectionTune proposes limits; Heartbeat is in seconds.
type ConnectionTune struct {
	ChannelMax uint16
	FrameMax   uint32
	Heartbeat  uint16
}

// ID is the number of the method.
func (*ConnectionTune) ID() MethodID { return IDConnectionTune }

func (m *ConnectionTune) fields(c *coder) {
	c.short(&m.ChannelMax)
	c.long(&m.FrameMax)
	c.short(&m.Heartbeat)
}

// ConnectionTuneOk says which limits hold.
type ConnectionTuneOk struct {
	ChannelMax uint16
	FrameMax   uint32
	Heartbeat  uint16
}

// ID is the number of the method.
func (*ConnectionTuneOk) ID() MethodID { return IDConnectionTuneOk }

func (m *ConnectionTuneOk) fields(c *coder) {
	c.short(&m.ChannelMax)
	c.long(&m.FrameMax)
	c.short(&m.Heartbeat)
}

// ConnectionOpen opens a virtual host.
type ConnectionOpen struct {
	VirtualHost string
}

// ID is the number of the method.
func (*ConnectionOpen) ID() MethodID { return IDConnectionOpen }

func (m *ConnectionOpen) fields(c *coder) {
	c.shortstr(&m.VirtualHost)
	c.reservedShortstr()
	c.reservedBits()
}

// ConnectionOpenOk says that it is open.
type ConnectionOpenOk struct{}

// ID is the number of the method.
func (*ConnectionOpenOk) ID() MethodID { return IDConnectionOpenOk }

func (*ConnectionOpenOk) fields(c *coder) {
	c.reservedShortstr()
}

// ConnectionClose closes the connection; ClassID and MethodID name the method that failed, or are 0.
type ConnectionClose struct {
	ReplyCode         uint16
	ReplyText         string
	ClassID, MethodID uint16
}

// ID is the number of the method.
func (*ConnectionClose) ID() MethodID { return IDConnectionClose }

func (m *ConnectionClose) fields(c *coder) {
	c.short(&m.ReplyCode)
	c.shortstr(&m.ReplyText)
	c.short(&m.ClassID)
	c.short(&m.MethodID)
}

// ConnectionCloseOk confirms it: nothing is sent after it.
type ConnectionCloseOk struct{}

// ID is the number of the method.
func (*ConnectionCloseOk) ID() MethodID { return IDConnectionCloseOk }

func (*ConnectionCloseOk) fields(*coder) {}

// ConnectionBlocked is RabbitMQ's word that it reads no more messages, to clients with the capability connection.blocked.
type ConnectionBlocked struct {
	Reason string
}

// ID is the number of the method.
func (*ConnectionBlocked) ID() MethodID { return IDConnectionBlocked }

func (m *ConnectionBlocked) fields(c *coder) {
	c.shortstr(&m.Reason)
}

// ConnectionUnblocked ends it.
type ConnectionUnblocked struct{}

// ID is the number of the method.
func (*ConnectionUnblocked) ID() MethodID { return IDConnectionUnblocked }

func (*ConnectionUnblocked) fields(*coder) {}

// ConnectionUpdateSecret gives a new secret for the connection (an extension of RabbitMQ).
type ConnectionUpdateSecret struct {
	NewSecret, Reason string
}

// ID is the number of the method.
func (*ConnectionUpdateSecret) ID() MethodID { return IDConnectionUpdateSecret }

func (m *ConnectionUpdateSecret) fields(c *coder) {
	c.longstr(&m.NewSecret)
	c.shortstr(&m.Reason)
}

// ConnectionUpdateSecretOk accepts it.
type ConnectionUpdateSecretOk struct{}

// ID is the number of the method.
func (*ConnectionUpdateSecretOk) ID() MethodID { return IDConnectionUpdateSecretOk }

func (*ConnectionUpdateSecretOk) fields(*coder) {}

func newConnectionMethod(id MethodID) Method {
	switch id {
	case IDConnectionStart:
		return &ConnectionStart{}
	case IDConnectionStartOk:
		return &ConnectionStartOk{}
	case IDConnectionSecure:
		return &ConnectionSecure{}
	case IDConnectionSecureOk:
		return &ConnectionSecureOk{}
	case IDConnectionTune:
		return &ConnectionTune{}
	case IDConnectionTuneOk:
		return &ConnectionTuneOk{}
	case IDConnectionOpen:
		return &ConnectionOpen{}
	case IDConnectionOpenOk:
		return &ConnectionOpenOk{}
	case IDConnectionClose:
		return &ConnectionClose{}
	case IDConnectionCloseOk:
		return &ConnectionCloseOk{}
	case IDConnectionBlocked:
		return &ConnectionBlocked{}
	case IDConnectionUnblocked:
		return &ConnectionUnblocked{}
	case IDConnectionUpdateSecret:
		return &ConnectionUpdateSecret{}
	case IDConnectionUpdateSecretOk:
		return &ConnectionUpdateSecretOk{}
	default:
		return nil
	}
}
