package broker

import "fmt"

// Reply codes of AMQP 0-9-1, section 1.2 of the reference.
const (
	ReplySuccess       uint16 = 200
	ContentTooLarge    uint16 = 311
	NoRoute            uint16 = 312
	NoConsumers        uint16 = 313
	ConnectionForced   uint16 = 320
	InvalidPath        uint16 = 402
	AccessRefused      uint16 = 403
	NotFound           uint16 = 404
	ResourceLocked     uint16 = 405
	PreconditionFailed uint16 = 406
	FrameError         uint16 = 501
	SyntaxError        uint16 = 502
	CommandInvalid     uint16 = 503
	ChannelError       uint16 = 504
	UnexpectedFrame    uint16 = 505
	ResourceError      uint16 = 506
	NotAllowed         uint16 = 530
	NotImplemented     uint16 = 540
	InternalError      uint16 = 541
)

// Error is an AMQP exception: what channel.close or connection.close says.
type Error struct {
	Code uint16
	Text string // with the name of the code in front, at most 255 bytes
	Hard bool   // closes the connection, not only the channel
}

// Error makes an *Error usable as an error.
func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Text) }

// maxReplyText is the length of a short string.
const maxReplyText = 255

// NewError makes an exception with the text that RabbitMQ would build: the code's name, " - " and
// the explanation, cut to 255 bytes.
func NewError(code uint16, format string, args ...any) *Error {
	text := codeName(code)
	if explanation := fmt.Sprintf(format, args...); explanation != "" {
		text += " - " + explanation
	}
	if len(text) > maxReplyText {
		text = text[:maxReplyText-3] + "..."
	}
	return &Error{Code: code, Text: text, Hard: isHard(code)}
}

func codeName(code uint16) string {
	names := map[uint16]string{
		ContentTooLarge: "CONTENT_TOO_LARGE", NoRoute: "NO_ROUTE", NoConsumers: "NO_CONSUMERS",
		ConnectionForced: "CONNECTION_FORCED", InvalidPath: "INVALID_PATH", AccessRefused: "ACCESS_REFUSED",
		NotFound: "NOT_FOUND", ResourceLocked: "RESOURCE_LOCKED", PreconditionFailed: "PRECONDITION_FAILED",
		FrameError: "FRAME_ERROR", SyntaxError: "SYNTAX_ERROR", CommandInvalid: "COMMAND_INVALID",
		ChannelError: "CHANNEL_ERROR", UnexpectedFrame: "UNEXPECTED_FRAME", ResourceError: "RESOURCE_ERROR",
		NotAllowed: "NOT_ALLOWED", NotImplemented: "NOT_IMPLEMENTED", InternalError: "INTERNAL_ERROR",
	}
	return names[code]
}

// isHard is the specification's division into channel and connection exceptions.
func isHard(code uint16) bool {
	switch code {
	case ContentTooLarge, NoRoute, NoConsumers, AccessRefused, NotFound, ResourceLocked, PreconditionFailed:
		return false
	}
	return true
}

// resource is how RabbitMQ's texts name a thing.
func resource(kind, name, vhost string) string {
	return fmt.Sprintf("%s '%s' in vhost '%s'", kind, name, vhost)
}

func (q *queue) String() string { return resource("queue", q.name, q.vhost.name) }

func (x *exchange) String() string { return resource("exchange", x.name, x.vhost.name) }

func noQueue(vhost, name string) *Error {
	return NewError(NotFound, "no %s", resource("queue", name, vhost))
}

func noExchange(vhost, name string) *Error {
	return NewError(NotFound, "no %s", resource("exchange", name, vhost))
}
