package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"bustop/backends"
	"bustop/backends/redis/resp"

	goredis "github.com/redis/go-redis/v9"
)

var (
	errBadPort = errors.New("the port is not a number from 1 to 65535")
	// errSlotMoved ends a session whose channel or key another node of the cluster has now.
	errSlotMoved = errors.New("its slot has moved to another node")
	errClosed    = errors.New("the source is closed")
	// errFull is a server at its limit of connections. It is left alone for a while: whoever
	// repairs it needs the next free place.
	errFull = errors.New("max number of clients reached")
)

// reply is an error that the server answered, in its words.
type reply struct{ text string }

func (r reply) Error() string { return r.text }

// serverError is the error of a reply's text.
func serverError(text []byte) error {
	if strings.Contains(string(text), "max number of clients reached") {
		return fmt.Errorf("%w", errFull)
	}
	return reply{string(text)}
}

// code is the first word of a reply, as servers use it: "WRONGTYPE", "NOPERM", "ERR".
func (r reply) code() string {
	word, _, _ := strings.Cut(r.text, " ")
	return word
}

// notServing reports whether the server as a whole does not answer its clients now.
func (r reply) notServing() bool {
	return slices.Contains([]string{"NOAUTH", "LOADING", "MASTERDOWN", "CLUSTERDOWN"}, r.code())
}

// replyOf finds what the server answered in an error.
func replyOf(err error) (reply, bool) {
	var own reply
	if errors.As(err, &own) {
		return own, true
	}
	var theirs goredis.Error
	if errors.As(err, &theirs) && !errors.Is(err, goredis.Nil) {
		return reply{theirs.Error()}, true
	}
	return reply{}, false
}

// fault makes a backends.Error of what went wrong with the connection or in an answer.
func (d *dialer) fault(err error) error {
	out := d.at.fault("", err)
	var e *backends.Error
	if d.at.tls == nil && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) && errors.As(out, &e) && e.Advice == "" {
		e.Advice = "before it let us in; a server that wants TLS does so, and needs rediss://"
	}
	return d.unreachable(out)
}

func (a address) fault(object string, err error) error {
	if err == nil {
		return nil
	}
	var done *backends.Error
	if errors.As(err, &done) {
		if done.Source != "" {
			return err
		}
		return &backends.Error{Reason: done.Reason, Source: a.shown, Object: object, What: done.What, Advice: done.Advice, Err: err}
	}
	e := &backends.Error{Source: a.shown, Object: object, Err: err}
	if r, ok := replyOf(err); ok {
		e.Reason, e.What, e.Advice = answered(r)
		return e
	}
	e.Reason, e.What, e.Advice = a.broken(err)
	return e
}

// answered sorts what a server says by the first word of its answer
// (redis.io/docs/latest/develop/reference/protocol-spec#simple-errors).
func answered(r reply) (reason backends.Reason, what, advice string) {
	switch r.code() {
	case "NOAUTH", "WRONGPASS":
		return backends.Denied, r.text, "check user and password in the URL"
	case "NOPERM":
		return backends.Denied, r.text, "ask for the right, or leave this view"
	case "LOADING":
		return backends.ServerError, r.text, "it is live by itself when the data are read"
	case "MASTERDOWN":
		return backends.ServerError, r.text, ""
	case "WRONGTYPE":
		return backends.NotFound, "it is of another type now", ""
	case "MOVED", "ASK":
		return backends.NotFound, "another node of the cluster has it", "open the whole cluster by redis+cluster://"
	case "CLUSTERDOWN":
		return backends.ServerError, r.text, "the cluster does not serve these keys until a master has their slots again"
	case "TRYAGAIN":
		return backends.ServerError, r.text, "its slot is on the move"
	case "NOGROUP":
		return backends.NotFound, "no such group", ""
	case "CROSSSLOT":
		return backends.Unsupported, r.text, ""
	}
	text := strings.ToLower(r.text)
	switch {
	case strings.Contains(text, "invalid password"), strings.Contains(text, "without any password configured"):
		return backends.Denied, r.text, "check user and password in the URL"
	case strings.Contains(text, "no such key"):
		return backends.NotFound, "no such key", ""
	case strings.Contains(text, "unknown command"), strings.Contains(text, "unknown subcommand"):
		return backends.Unsupported, firstSentence(r.text), "this server does not have that command"
	case strings.Contains(text, "db index is out of range"):
		return backends.BadUsage, "there is no such database", "redis://host:port/0 is always there"
	}
	return backends.ServerError, r.text, ""
}

// firstSentence cuts the arguments off that a server quotes back.
func firstSentence(text string) string {
	head, _, _ := strings.Cut(text, ", with args")
	return head
}

// broken sorts what happens to connections.
func (a address) broken(err error) (reason backends.Reason, what, advice string) {
	if what, advice = secureFault(err); what != "" {
		return backends.Unreachable, "TLS: " + what, advice
	}
	var dns *net.DNSError
	switch {
	case errors.Is(err, errFull):
		return backends.Unreachable, "the server has its maximum number of clients", "it is tried again in 30 seconds"
	case errors.Is(err, errClosed), errors.Is(err, goredis.ErrClosed):
		return backends.Unreachable, errClosed.Error(), ""
	case errors.Is(err, errSlotMoved):
		return backends.ServerError, errSlotMoved.Error(), ""
	case errors.Is(err, context.Canceled):
		return backends.ServerError, "cancelled", ""
	case errors.As(err, &dns):
		return backends.Unreachable, "the name " + dns.Name + " cannot be resolved", "check the host in the URL"
	case errors.Is(err, syscall.ECONNREFUSED):
		return backends.Unreachable, "connection refused", "is the server running, on this port?"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return backends.Unreachable, "no answer in time", ""
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return backends.Unreachable, "the server closed the connection", ""
	case errors.Is(err, resp.ErrProtocol):
		return backends.Unreachable, err.Error(), "is this a Redis server? A server that wants TLS needs rediss://"
	}
	return backends.Unreachable, err.Error(), ""
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// noAnswer reports whether an error means that no answer came at all, rather than a bad one.
func noAnswer(err error) bool {
	if err == nil || errors.Is(err, goredis.Nil) {
		return false
	}
	var dialing *backends.Error
	if errors.As(err, &dialing) {
		return true
	}
	_, answered := replyOf(err)
	return !answered
}
