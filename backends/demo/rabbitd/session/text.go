package session

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// RabbitMQ explains exceptions about frames with terms of Erlang: these functions print them.

func frameError(e *wire.FrameError) *broker.Error {
	reason := fmt.Sprintf("{invalid_frame_end_marker,%d}", e.End)
	if e.TooLarge() {
		reason = fmt.Sprintf("{frame_too_large,%d,%d}", e.Size, e.Limit)
	}
	return broker.NewError(broker.FrameError, "%s: %s", snippet(e.Frame), reason)
}

func unknownFrame(f wire.Frame) *broker.Error {
	return broker.NewError(broker.FrameError, "%s: unknown_frame", snippet(f))
}

func unexpectedFrame(f wire.Frame) *broker.Error {
	return broker.NewError(broker.UnexpectedFrame, "%s", snippet(f))
}

func unimplemented() *broker.Error {
	return broker.NewError(broker.CommandInvalid, "unimplemented method")
}

// internalError is what RabbitMQ says when its parser crashed where it can still speak.
func internalError() *broker.Error { return broker.NewError(broker.InternalError, "") }

func cannotDecode(arguments []byte, err error) *broker.Error {
	if errors.Is(err, wire.ErrUTF8) {
		return broker.NewError(broker.FrameError, "Malformed UTF-8 in shortstr")
	}
	return broker.NewError(broker.FrameError, "cannot decode %s", octets(arguments[:min(len(arguments), snippetMax)]))
}

// snippetMax is how many octets of arguments can be of any use in a text of 255 characters.
const snippetMax = 128

// snippet describes a frame by its type and its first octets.
func snippet(f wire.Frame) string {
	which, shown := "all", f.Payload
	if len(shown) > 16 {
		which, shown = "first 16", shown[:16]
	}
	return fmt.Sprintf("type %d, %s octets = %s", f.Type, which, binary(shown))
}

// binary prints like io_lib's ~p: as text when every octet is printable.
func binary(b []byte) string {
	if len(b) == 0 {
		return "<<>>"
	}
	for _, c := range b {
		if c < ' ' || c > '~' {
			return octets(b)
		}
	}
	return "<<" + strings.ReplaceAll(strconv.Quote(string(b)), "\\'", "'") + ">>"
}

// octets prints like io_lib's ~w.
func octets(b []byte) string {
	numbers := make([]string, len(b))
	for i, c := range b {
		numbers[i] = strconv.Itoa(int(c))
	}
	return "<<" + strings.Join(numbers, ",") + ">>"
}
