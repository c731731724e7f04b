package rabbitmq

import (
	"errors"
	"strings"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"

	amqp "github.com/rabbitmq/amqp091-go"
)

// amqpFault turns the error of an AMQP method into ours. Reply codes are those of the AMQP
// 0-9-1 reference.
func amqpFault(source, object string, err error) error {
	var ours *backends.Error
	if err == nil || errors.As(err, &ours) {
		return err
	}
	e := &backends.Error{Reason: backends.Unreachable, Source: source, Object: object, Err: err}
	var reply *amqp.Error
	if !errors.As(err, &reply) {
		e.What, e.Advice = management.NetworkFault(err)
		return e
	}
	e.What = reply.Reason
	switch reply.Code {
	case amqp.NotFound:
		e.Reason = backends.NotFound
	case amqp.AccessRefused:
		e.Reason, e.Advice = backends.Denied, "the user needs the permissions for this vhost"
	case amqp.ResourceLocked:
		e.Reason, e.Advice = backends.NotAllowed, "another connection or a single active consumer has it to itself"
	case amqp.ConnectionForced, amqp.ChannelError, amqp.FrameError:
	default:
		if reply.Server {
			e.Reason = backends.ServerError
		}
	}
	return e
}

// forced reports whether an administrator closed the connection (reply code 320).
func forced(err error) bool {
	var reply *amqp.Error
	return errors.As(err, &reply) && reply.Server && reply.Code == amqp.ConnectionForced &&
		!strings.Contains(reply.Reason, "shutdown")
}
