package wire

// ChannelOpen opens a channel.
type ChannelOpen struct{}

// ID is the number of the method.
func (*ChannelOpen) ID() MethodID { return IDChannelOpen }

func (*ChannelOpen) fields(c *coder) {
	c.reservedShortstr()
}

// ChannelOpenOk says that it is open.
type ChannelOpenOk struct{}

// ID is the number of the method.
func (*ChannelOpenOk) ID() MethodID { return IDChannelOpenOk }

func (*ChannelOpenOk) fields(c *coder) {
	c.reservedLongstr()
}

// ChannelFlow asks to stop or resume sending messages.
type ChannelFlow struct {
	Active bool
}

// ID is the number of the method.
func (*ChannelFlow) ID() MethodID { return IDChannelFlow }

func (m *ChannelFlow) fields(c *coder) {
	c.bits(&m.Active)
}

// ChannelFlowOk repeats what holds now.
type ChannelFlowOk struct {
	Active bool
}

// ID is the number of the method.
func (*ChannelFlowOk) ID() MethodID { return IDChannelFlowOk }

func (m *ChannelFlowOk) fields(c *coder) {
	c.bits(&m.Active)
}

// ChannelClose closes a channel; ClassID and MethodID name the method that failed, or are 0.
type ChannelClose struct {
	ReplyCode         uint16
	ReplyText         string
	ClassID, MethodID uint16
}

// ID is the number of the method.
func (*ChannelClose) ID() MethodID { return IDChannelClose }

func (m *ChannelClose) fields(c *coder) {
	c.short(&m.ReplyCode)
	c.shortstr(&m.ReplyText)
	c.short(&m.ClassID)
	c.short(&m.MethodID)
}

// ChannelCloseOk confirms it.
type ChannelCloseOk struct{}

// ID is the number of the method.
func (*ChannelCloseOk) ID() MethodID { return IDChannelCloseOk }

func (*ChannelCloseOk) fields(*coder) {}

// AccessRequest asks for an access ticket. Version 0-9-1 has no tickets; old clients still ask.
type AccessRequest struct {
	Realm                                   string
	Exclusive, Passive, Active, Write, Read bool
}

// ID is the number of the method.
func (*AccessRequest) ID() MethodID { return IDAccessRequest }

func (m *AccessRequest) fields(c *coder) {
	c.shortstr(&m.Realm)
	c.bits(&m.Exclusive, &m.Passive, &m.Active, &m.Write, &m.Read)
}

// AccessRequestOk answers with a ticket that means nothing.
type AccessRequestOk struct {
	Ticket uint16
}

// ID is the number of the method.
func (*AccessRequestOk) ID() MethodID { return IDAccessRequestOk }

func (m *AccessRequestOk) fields(c *coder) {
	c.short(&m.Ticket)
}

func newChannelMethod(id MethodID) Method {
	switch id {
	case IDChannelOpen:
		return &ChannelOpen{}
	case IDChannelOpenOk:
		return &ChannelOpenOk{}
	case IDChannelFlow:
		return &ChannelFlow{}
	case IDChannelFlowOk:
		return &ChannelFlowOk{}
	case IDChannelClose:
		return &ChannelClose{}
	case IDChannelCloseOk:
		return &ChannelCloseOk{}
	case IDAccessRequest:
		return &AccessRequest{}
	case IDAccessRequestOk:
		return &AccessRequestOk{}
	default:
		return nil
	}
}
