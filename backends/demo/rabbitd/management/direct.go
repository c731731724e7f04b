package management

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"bustop/backends/demo/rabbitd/broker"
)

// catcher takes what the broker sends the connection of a call. It is used by one goroutine: the
// broker answers before its methods return.
type catcher struct {
	returned, nacked bool
	closed           *broker.Error
}

func (*catcher) Deliver(uint16, broker.Delivery) {}

func (k *catcher) Return(uint16, broker.Returned) { k.returned = true }

func (k *catcher) Confirm(_ uint16, _ uint64, _, ack bool) { k.nacked = k.nacked || !ack }

func (*catcher) CancelConsumer(uint16, string) {}

func (k *catcher) CloseChannel(_ uint16, e *broker.Error) { k.closed = e }

func (*catcher) Blocked(string) {}

func (*catcher) Unblocked() {}

func (k *catcher) CloseWith(e *broker.Error) { k.closed = e }

func (*catcher) Full() bool { return false }

// with opens a channel for the call's user in the path's virtual host, for as long as do runs.
func (c *call) with(do func(*broker.Channel, *catcher) *broker.Error) *broker.Error {
	host, port := hostPort(c.r.RemoteAddr)
	var k catcher
	conn, err := c.api.broker.Connect(broker.ConnInfo{
		PeerHost: host, PeerPort: port, User: c.user.Name, VHost: c.params["vhost"], Protocol: "Direct 0-9-1",
	}, &k)
	if err != nil {
		c.fail(notAuthorised("Access refused."))
	}
	defer conn.Close()
	ch, err := conn.Channel(1)
	if err != nil {
		return err
	}
	return do(ch, &k)
}

func hostPort(address string) (string, int) {
	host, text, _ := net.SplitHostPort(address)
	port, _ := strconv.Atoi(text)
	return host, port
}

// through declares or removes something; what the broker refuses becomes a fault with only the
// explanation.
func (c *call) through(do func(*broker.Channel) *broker.Error) {
	err := c.with(func(ch *broker.Channel, _ *catcher) *broker.Error { return do(ch) })
	if err == nil {
		return
	}
	_, explanation, _ := strings.Cut(err.Text, " - ")
	switch err.Code {
	case broker.NotFound:
		c.fail(fault{404, "not_found", explanation})
	case broker.AccessRefused, broker.NotAllowed:
		c.fail(notAuthorised("Access refused."))
	}
	c.fail(badRequest(explanation))
}

// channel works with messages, as any client does; faults have the whole text.
func (c *call) channel(do func(*broker.Channel, *catcher) *broker.Error) {
	err := c.with(do)
	if err == nil {
		return
	}
	switch err.Code {
	case broker.NotFound:
		c.fail(fault{404, "not_found", err.Text})
	case broker.AccessRefused:
		c.fail(notAuthorised(err.Text))
	}
	c.refuse(err)
}

// refuse fails with the code in front of the text. For what is not implemented RabbitMQ leaves the
// code's name out.
func (c *call) refuse(err *broker.Error) {
	text := err.Text
	if err.Code == broker.NotImplemented {
		text = strings.TrimPrefix(text, "NOT_IMPLEMENTED - ")
	}
	c.fail(badRequest(fmt.Sprintf("%d %s", err.Code, text)))
}
