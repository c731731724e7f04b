package wire

import (
	"encoding/binary"
	"fmt"
)

// A Method is one of the structs of this package that are named after the methods of the
// specification.
type Method interface {
	ID() MethodID
	fields(c *coder)
}

// MethodID is the number of a class and that of a method in it, as a method frame begins with them.
type MethodID uint32

// Class is the number of the class.
func (id MethodID) Class() uint16 { return uint16(id >> 16) }

// Method is the number of the method in its class.
func (id MethodID) Method() uint16 { return uint16(id) }

// Classes and methods, with the numbers of section 1 of the XML specification
// (https://www.rabbitmq.com/resources/specs/amqp0-9-1.extended.xml).
const (
	ClassConnection = 10
	ClassChannel    = 20
	ClassAccess     = 30
	ClassExchange   = 40
	ClassQueue      = 50
	ClassBasic      = 60
	ClassConfirm    = 85
	ClassTx         = 90
)

// The methods.
const (
	IDConnectionStart          MethodID = ClassConnection<<16 | 10
	IDConnectionStartOk        MethodID = ClassConnection<<16 | 11
	IDConnectionSecure         MethodID = ClassConnection<<16 | 20
	IDConnectionSecureOk       MethodID = ClassConnection<<16 | 21
	IDConnectionTune           MethodID = ClassConnection<<16 | 30
	IDConnectionTuneOk         MethodID = ClassConnection<<16 | 31
	IDConnectionOpen           MethodID = ClassConnection<<16 | 40
	IDConnectionOpenOk         MethodID = ClassConnection<<16 | 41
	IDConnectionClose          MethodID = ClassConnection<<16 | 50
	IDConnectionCloseOk        MethodID = ClassConnection<<16 | 51
	IDConnectionBlocked        MethodID = ClassConnection<<16 | 60
	IDConnectionUnblocked      MethodID = ClassConnection<<16 | 61
	IDConnectionUpdateSecret   MethodID = ClassConnection<<16 | 70
	IDConnectionUpdateSecretOk MethodID = ClassConnection<<16 | 71

	IDChannelOpen    MethodID = ClassChannel<<16 | 10
	IDChannelOpenOk  MethodID = ClassChannel<<16 | 11
	IDChannelFlow    MethodID = ClassChannel<<16 | 20
	IDChannelFlowOk  MethodID = ClassChannel<<16 | 21
	IDChannelClose   MethodID = ClassChannel<<16 | 40
	IDChannelCloseOk MethodID = ClassChannel<<16 | 41

	IDAccessRequest   MethodID = ClassAccess<<16 | 10
	IDAccessRequestOk MethodID = ClassAccess<<16 | 11

	IDExchangeDeclare   MethodID = ClassExchange<<16 | 10
	IDExchangeDeclareOk MethodID = ClassExchange<<16 | 11
	IDExchangeDelete    MethodID = ClassExchange<<16 | 20
	IDExchangeDeleteOk  MethodID = ClassExchange<<16 | 21
	IDExchangeBind      MethodID = ClassExchange<<16 | 30
	IDExchangeBindOk    MethodID = ClassExchange<<16 | 31
	IDExchangeUnbind    MethodID = ClassExchange<<16 | 40
	IDExchangeUnbindOk  MethodID = ClassExchange<<16 | 51 // not 41: so it is in the specification

	IDQueueDeclare   MethodID = ClassQueue<<16 | 10
	IDQueueDeclareOk MethodID = ClassQueue<<16 | 11
	IDQueueBind      MethodID = ClassQueue<<16 | 20
	IDQueueBindOk    MethodID = ClassQueue<<16 | 21
	IDQueuePurge     MethodID = ClassQueue<<16 | 30
	IDQueuePurgeOk   MethodID = ClassQueue<<16 | 31
	IDQueueDelete    MethodID = ClassQueue<<16 | 40
	IDQueueDeleteOk  MethodID = ClassQueue<<16 | 41
	IDQueueUnbind    MethodID = ClassQueue<<16 | 50
	IDQueueUnbindOk  MethodID = ClassQueue<<16 | 51

	IDBasicQos          MethodID = ClassBasic<<16 | 10
	IDBasicQosOk        MethodID = ClassBasic<<16 | 11
	IDBasicConsume      MethodID = ClassBasic<<16 | 20
	IDBasicConsumeOk    MethodID = ClassBasic<<16 | 21
	IDBasicCancel       MethodID = ClassBasic<<16 | 30
	IDBasicCancelOk     MethodID = ClassBasic<<16 | 31
	IDBasicPublish      MethodID = ClassBasic<<16 | 40
	IDBasicReturn       MethodID = ClassBasic<<16 | 50
	IDBasicDeliver      MethodID = ClassBasic<<16 | 60
	IDBasicGet          MethodID = ClassBasic<<16 | 70
	IDBasicGetOk        MethodID = ClassBasic<<16 | 71
	IDBasicGetEmpty     MethodID = ClassBasic<<16 | 72
	IDBasicAck          MethodID = ClassBasic<<16 | 80
	IDBasicReject       MethodID = ClassBasic<<16 | 90
	IDBasicRecoverAsync MethodID = ClassBasic<<16 | 100
	IDBasicRecover      MethodID = ClassBasic<<16 | 110
	IDBasicRecoverOk    MethodID = ClassBasic<<16 | 111
	IDBasicNack         MethodID = ClassBasic<<16 | 120

	IDConfirmSelect   MethodID = ClassConfirm<<16 | 10
	IDConfirmSelectOk MethodID = ClassConfirm<<16 | 11

	IDTxSelect     MethodID = ClassTx<<16 | 10
	IDTxSelectOk   MethodID = ClassTx<<16 | 11
	IDTxCommit     MethodID = ClassTx<<16 | 20
	IDTxCommitOk   MethodID = ClassTx<<16 | 21
	IDTxRollback   MethodID = ClassTx<<16 | 30
	IDTxRollbackOk MethodID = ClassTx<<16 | 31
)

// HasContent reports whether a message follows the method.
func (id MethodID) HasContent() bool {
	switch id {
	case IDBasicPublish, IDBasicReturn, IDBasicDeliver, IDBasicGetOk:
		return true
	default:
		return false
	}
}

// NewMethod returns an empty method of that number, or nil when there is none.
func NewMethod(id MethodID) Method {
	switch id.Class() {
	case ClassConnection:
		return newConnectionMethod(id)
	case ClassChannel, ClassAccess:
		return newChannelMethod(id)
	case ClassExchange:
		return newExchangeMethod(id)
	case ClassQueue:
		return newQueueMethod(id)
	case ClassBasic:
		return newBasicMethod(id)
	case ClassConfirm, ClassTx:
		return newTxMethod(id)
	}
	return nil
}

// SplitMethod parts the payload of a method frame into its number and its arguments. It reports
// false when it is too short to have a number.
func SplitMethod(payload []byte) (id MethodID, arguments []byte, ok bool) {
	if len(payload) < 4 {
		return 0, payload, false
	}
	return MethodID(binary.BigEndian.Uint32(payload)), payload[4:], true
}

// ReadMethod reads the arguments of m, all of them and nothing more. An m that is read into again
// keeps the strings that did not change. As in RabbitMQ, short strings must be UTF-8 except in
// methods with content.
func ReadMethod(m Method, arguments []byte) error {
	return (&coder{buf: arguments, decoding: true}).whole(m)
}

func (d *coder) whole(m Method) error {
	d.text = !m.ID().HasContent()
	m.fields(d)
	if d.err == nil && len(d.buf) > 0 {
		d.fail(fmt.Errorf("%w: %d bytes after the arguments", ErrSyntax, len(d.buf)))
	}
	return d.err
}
